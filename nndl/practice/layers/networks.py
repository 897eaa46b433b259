"""Networks: a class with ``params`` and ``loss(X, y=None)``, as the courses have them."""

from typing import Any

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.longer_plays import network

LOSS = "L = the softmax loss of the scores + reg / 2 times the sum of squares of all weights"
GRADS = "dW of every weight has reg W added; biases, gamma and beta are not in the penalty"


def case(
    name: str,
    x: tuple[int, ...],
    shapes: dict[str, tuple[int, ...]],
    told: bool = False,
    **made: Any,
) -> Case:
    """A network with parameters, and examples for it."""
    rng = np.random.default_rng(len(name))
    params = {k: np.round(0.5 * rng.standard_normal(s), 2) for k, s in shapes.items()}
    for k in params:
        if k.startswith("gamma"):
            params[k] += 1
    for k in [k for k in params if k[0] == "b" and k[1:].isdigit()][:-1]:
        params[k][:1] += name.startswith("by hand")  # so that a hidden unit lets something through
    X = np.round(rng.standard_normal(x), 2)
    classes = next(
        reversed([s for k, s in shapes.items() if k.startswith("b") and k[1:].isdigit()])
    )
    y = (np.arange(x[0]) + len(name)) % classes[0]
    traits = {
        "by hand": name.startswith("by hand"), "reg": made.get("reg", 0.0),
        "dropout": "dropout" in made, "normalized": "gamma1" in shapes,
    }  # fmt: skip
    return Case(name, {"X": X, "y": y, "params": params, "made with": made}, traits, told)


def chain(*sizes: int, normalized: bool = False) -> dict[str, tuple[int, ...]]:
    """The shapes of a chain of affine layers."""
    found: dict[str, tuple[int, ...]] = {}
    for i in range(1, len(sizes)):
        found[f"W{i}"], found[f"b{i}"] = (sizes[i - 1], sizes[i]), (sizes[i],)
        if normalized and i < len(sizes) - 1:
            found[f"gamma{i}"] = found[f"beta{i}"] = (sizes[i],)
    return found


def two_layers() -> list[Case]:
    """Two layers."""
    sizes = {"input_dim": 4, "hidden_dim": 5, "num_classes": 3, "weight_scale": 0.1}
    small = {"input_dim": 2, "hidden_dim": 2, "num_classes": 2, "weight_scale": 0.1}
    return [
        case("by hand", (1, 2), chain(2, 2, 2), **small),
        case("without a penalty", (3, 4), chain(4, 5, 3), **sizes),
        case("with a penalty", (3, 4), chain(4, 5, 3), **sizes, reg=0.7),
        case("images", (3, 1, 2, 2), chain(4, 5, 3), **sizes, reg=0.1),
        case("by hand, a penalty", (1, 2), chain(2, 2, 2), **small, reg=0.5),
    ]


def many_layers() -> list[Case]:
    """Some layers, with what can stand between them."""
    given = {"input_dim": 4, "num_classes": 3, "weight_scale": 0.1, "dtype": np.float64}
    plain, normal = chain(4, 5, 6, 3), chain(4, 5, 6, 3, normalized=True)
    norm = {"normalization": "batchnorm"}
    return [
        case("by hand", (1, 4), chain(4, 2, 3), hidden_dims=[2], **given),
        case("without a penalty", (3, 4), plain, hidden_dims=[5, 6], **given),
        case("with a penalty", (3, 4), plain, hidden_dims=[5, 6], **given, reg=0.7),
        case("one layer", (3, 4), chain(4, 5, 3), hidden_dims=[5], **given, reg=0.1),
        case("batch norm", (4, 4), normal, hidden_dims=[5, 6], **given, **norm),
        case("batch norm, penalty", (4, 4), normal, hidden_dims=[5, 6], **given, **norm, reg=0.7),
        case("by hand, a penalty", (1, 4), chain(4, 2, 3), hidden_dims=[2], **given, reg=0.5),
        case("dropout", (3, 4), plain, hidden_dims=[5, 6], **given, dropout=0.5, seed=1),
    ]


# name: N, C, H, W, filter_size, reg
IMAGES = {
    "by hand": (1, 1, 2, 2, 1, 0.0),
    "filters of 3": (2, 2, 4, 4, 3, 0.0),
    "filters of 5": (2, 1, 6, 6, 5, 0.0),
    "wider than high": (2, 2, 4, 6, 3, 0.0),
    "with a penalty": (2, 2, 4, 4, 3, 0.7),
    "by hand, a penalty": (1, 1, 2, 2, 1, 0.5),
    "batch norm": (3, 2, 4, 4, 3, 0.0),
    "batch norm, penalty": (3, 2, 4, 4, 3, 0.7),
    "odd height and width": (2, 1, 5, 7, 3, 0.0),
}


def convolution() -> list[Case]:
    """A convolution in front; batch norm is more than the courses ask for."""
    found = []
    for name, (N, C, H, W, size, reg) in IMAGES.items():
        rest = chain(3 * (H // 2) * (W // 2), 4, 3)
        shapes = {
            "W1": (3, C, size, size), "b1": (3,), "W2": rest["W1"], "b2": rest["b1"],
            "W3": rest["W2"], "b3": rest["b2"],
        }  # fmt: skip
        made = {
            "input_dim": (C, H, W), "num_filters": 3, "filter_size": size, "hidden_dim": 4,
            "num_classes": 3, "weight_scale": 0.1, "dtype": np.float64, "reg": reg,
        }  # fmt: skip
        more = name.startswith("batch norm")
        if more:
            made["use_batchnorm"] = True
            shapes |= {"gamma1": (3,), "beta1": (3,), "gamma2": (4,), "beta2": (4,)}
        told = more or name == "odd height and width"
        found.append(case(name, (N, C, H, W), shapes, told, **made))
    return found


LINE = "Walk forward and keep every cache; walk back in the other order; add the penalty last."

EXERCISES = (
    Exercise(
        name="two_layer_net",
        function="fc_net.TwoLayerNet",
        helpers=("fc_net.with_penalty", "layer_utils.affine_relu_backward"),
        play=network,
        outputs=("scores", "loss"),
        cases=two_layers,
        read="foundations/fully_connected#the-network",
        equations=("scores = affine(relu(affine(X)))", LOSS, GRADS),
        line=LINE,
    ),
    Exercise(
        name="fully_connected_net",
        function="fc_net.FullyConnectedNet",
        helpers=("fc_net.with_penalty", "layer_utils.affine_relu_backward"),
        play=network,
        outputs=("scores", "loss"),
        cases=many_layers,
        read="foundations/fully_connected#a-chain-and-its-way-back",
        equations=(
            "a hidden block: affine, [normalization], relu, [dropout]; then one affine layer",
            LOSS,
            GRADS,
        ),
        line=LINE,
    ),
    Exercise(
        name="three_layer_convnet",
        function="cnn.ThreeLayerConvNet",
        helpers=("cnn.backward_pass", "cnn.forward_pass", "fc_net.with_penalty"),
        play=network,
        outputs=("scores", "loss"),
        cases=convolution,
        read="networks/three_layer_convnet#from-the-image-to-the-scores",
        equations=("scores = affine(relu(affine(pool(relu(conv(X))))))", LOSS, GRADS),
        line=LINE,
    ),
)
