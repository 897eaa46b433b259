"""What mistakes do in functions that no exercise asks for: runs of their own, for the gallery.

Each is written like an exercise of ``nndl.practice``, but calls the package's functions by their
names. While a mistake is planted, these are the wrong ones.
"""

import contextlib
import io
from functools import partial

import numpy as np

from nndl import autodiff, convnet, gradient_check, many_machines, moves, seeing
from nndl.practice.exercises import Case, Exercise


def backpropagation() -> dict:
    """Moves by arrays: what each gives, and what its way back gives for counted numbers."""
    x = np.array([[1.0, -2.0, 3.0], [0.5, 2.0, -1.0]])

    def back(pair):
        out, backward = pair
        return backward(1 + np.arange(out.size, dtype=float).reshape(out.shape))

    return {
        "dx of mean_over": back(moves.mean_over(x, 0)),
        "dx of broadcast": back(moves.broadcast(x, 1, 3)),
        "dx of index": back(moves.index(x, np.array([0, 0, 1]))),
        "out of scatter_add": moves.scatter_add(x[0], np.array([1, 1, 0]), (2,))[0],
    }


def scalar_gradients() -> dict:
    """Gradients of a number through a fork and products."""
    x, w = autodiff.scalars([2.0, -3.0]), autodiff.scalars([0.5, 1.5])
    z = x[0] * w[0] + x[1] * w[1]
    loss = z * (z + x[0])  # z is used twice, and found before the sum that it is in
    dx, dw = autodiff.backpropagate(loss, x, w)
    return {"dx": dx, "dw": dw}


def small_net(dropout: bool = False):
    """A network with a way around, batch norm, and means of maps; after a step of training."""
    inner = [("conv", 3, 3), "batchnorm", "relu"]
    layers = [("conv", 3, 3), "batchnorm", "relu", ("residual", inner), "average"]
    layers += [("dropout", 0.8)] if dropout else []
    net = convnet.ConvNet(layers, (2, 6, 6), 3, reg=0.1, dtype=np.float64, seed=0)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(4, 2, 6, 6)), np.array([0, 2, 1, 1])
    for name in net.params:
        if name.startswith("beta"):
            net.params[name] += rng.normal(size=net.params[name].shape)
    return net, X, y


def lists_of_layers() -> dict:
    """Scores, loss and gradients; the share that dropout keeps; the size of weights at first."""
    net, X, y = small_net()
    loss, grads = net.loss(X, y)
    found = {"loss": loss, "scores": net.loss(X)}
    found |= {f"d{name}": grads[name] for name in ("W1", "gamma1", "W2")}
    dropped, X, y = small_net(dropout=True)
    layer = dropped.layers[-2]
    kept, _ = layer.forward(dropped, np.ones((200, 3)))
    wide = convnet.ConvNet([("conv", 60, 5)], (20, 4, 4), 3, seed=0).params["W1"]
    return found | {
        "share kept": np.round(10 * np.mean(kept != 0)) / 10,
        "spread of the weights": np.round(wide.std(), 2),
    }


def looking_in() -> dict:
    """What is asked of a network that has been trained."""
    net, X, y = small_net()
    net.loss(X, y)
    features = seeing.vjp(net, X, stop=3)[0]
    plain = convnet.ConvNet([("affine", 9), "relu"], (2, 6, 6), 3, dtype=np.float64, seed=0)
    _, size = seeing.fooling_image(plain, X, plain.loss(X).argmax(axis=1), step=0.1, most=3.0)
    inverted = seeing.feature_inversion(net, features[:1], 2, steps=20, seed=0)
    return {
        "class_gradient": seeing.class_gradient(net, X, y),
        "smooth_grad": seeing.smooth_grad(net, X, y, draws=3, seed=0),
        "grad_cam": seeing.grad_cam(net, X, y, 2),
        "occlusion_map": seeing.occlusion_map(net, X, y, size=3, stride=3),
        "fooling_image": size,
        "feature_inversion": inverted,
    }


def checks() -> dict:
    """Whether a check lets errors pass."""

    def passes(error: float) -> float:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                gradient_check.check("dx", error, bound=1e-3)
            except AssertionError:
                return 0.0
        return 1.0

    errors = {"a small error": 1e-9, "a large error": 0.5, "NaN": np.nan}
    return {f"passes with {name}": passes(error) for name, error in errors.items()}


def shards() -> dict:
    """A batch in shards of unequal size, and the sum of what three machines have."""
    rng = np.random.default_rng(0)
    parts, counts = list(rng.normal(size=(3, 4))), [1, 2, 5]
    xs = [rng.normal(size=(count, 2)) + count for count in counts]
    given = np.array([1.0, -2.0]), np.array([0.5, 0.0]), {"mode": "train"}
    outs, caches = many_machines.batchnorm_forward_sync(xs, *given)
    dxs, dgamma, dbeta = many_machines.batchnorm_backward_sync([x**2 for x in xs], caches)
    return {
        "gradient": many_machines.mean_of_shards(parts, counts),
        "out": np.concatenate(outs), "dx": np.concatenate(dxs), "dgamma": dgamma, "dbeta": dbeta,
        "sum": np.concatenate(many_machines.all_reduce(parts)),
    }  # fmt: skip


def run(call, watcher, exercise, case, parts) -> dict:
    """A play that needs no function: what is planted in the package shows."""
    with np.errstate(all="ignore"):
        try:
            return call()
        except Exception as error:
            watcher.stop(f"{type(error).__name__}: {error}")


def made(name: str, call, module: str, *functions: str) -> Exercise:
    """A run as an exercise; its function is one that nobody changes."""
    return Exercise(
        name=name,
        function="moves.add",
        play=partial(run, call),
        outputs=("out",),
        cases=lambda: [Case("by hand", {}, {})],
        read="",
        equations=(),
        line="",
        helpers=tuple(f"{module}.{function}" for function in functions),
    )


BEYOND = (
    made("backpropagation", backpropagation, "moves", "mean_over", "broadcast", "scatter_add"),
    made("scalars", scalar_gradients, "autodiff", "backpropagate", "Scalar"),
    made("a list of layers", lists_of_layers, "convnet", "Residual", "Average", "Dropout",
         "ConvNet"),
    made("seeing", looking_in, "seeing", "class_gradient", "Scale", "grad_cam", "fooling_image",
         "occlusion_map", "smooth_grad", "feature_inversion"),
    made("many machines", shards, "many_machines", "mean_of_shards", "combined",
         "batchnorm_backward_sync", "ring_rounds"),
    made("checks", checks, "gradient_check", "check"),
)  # fmt: skip
