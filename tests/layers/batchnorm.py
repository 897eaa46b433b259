"""Batch normalization, as the shared tests see it; what it shares with the spatial layer."""

import numpy as np
from hypothesis import strategies as st

import nndl.fast.batchnorm
import nndl.layers
from tests.layers import Layer
from tests.support.oracles import assert_close
from tests.support.strategies import arrays_of, with_layout

TWINS = (
    (nndl.layers, "batchnorm_forward", "batchnorm_backward"),
    (nndl.fast.batchnorm, "batchnorm_forward_fast", "batchnorm_backward_fast"),
)


def spread_out(shape, seed):
    """Numbers whose features, on axis 1, have a spread near 1 and means that differ."""
    rng = np.random.default_rng(seed)
    size = np.prod(shape) // shape[1]
    columns = [rng.permutation(np.linspace(-2, 2, size)) for _ in range(shape[1])]
    columns = np.array(columns) + rng.uniform(-3, 3, (shape[1], 1))
    columns += rng.uniform(-0.5, 0.5, columns.shape) / size
    return np.moveaxis(columns.reshape(shape[1], shape[0], *shape[2:]), 0, 1)


@st.composite
def arguments_of(draw, shape, dtypes, layouts):
    """Arguments of batch normalization in training, for an x of ``shape``."""
    D = shape[1]
    shapes = {"x": shape, "gamma": (D,), "beta": (D,), "dout": shape}
    arrays = draw(arrays_of(shapes, dtypes, layouts))
    x = spread_out(shape, draw(st.integers(0, 2**32 - 1))).astype(arrays["x"].dtype)
    arrays["x"] = with_layout(x, draw(st.sampled_from(layouts)))
    bn_param = {"mode": "train"}
    if draw(st.booleans()):
        bn_param |= {"eps": draw(st.sampled_from((1e-5, 1e-2, 0.5))), "momentum": 0.5}
    if draw(st.booleans()):
        bn_param |= {"running_mean": np.ones(D, x.dtype), "running_var": np.ones(D, x.dtype)}
    return arrays | {"bn_param": bn_param}


@st.composite
def batches(draw, dtypes, layouts):
    """A batch of examples: fewer rows than the compiled layer has groups, and more."""
    shape = draw(st.integers(2, 20)), draw(st.integers(1, 5))
    return draw(arguments_of(shape, dtypes, layouts))


def one_formula(x, gamma, beta, bn_param):
    """The output by NumPy's own mean and variance, over all axes but axis 1."""
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    wide = (slice(None), *[None] * (x.ndim - 2))
    var = x.var(axis=axes, keepdims=True) + bn_param.get("eps", 1e-5)
    x_hat = (x - x.mean(axis=axes, keepdims=True)) * var**-0.5
    return x_hat * gamma[wide] + beta[wide]


def torch_batchnorm(torch, x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    norm = torch.nn.functional.batch_norm
    return norm(x, None, None, gamma, beta, training=True, eps=eps)


def check_running_averages(twins, shape):
    """Momentum is the share of the old value, the variance is biased, test mode uses both."""
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    wide = (slice(None), *[None] * (len(shape) - 2))
    D = shape[1]
    one, other = spread_out(shape, 1), 3 * spread_out(shape, 2)
    gamma, beta = np.linspace(1, 2, D), np.linspace(-1, 1, D)
    for module, forward, _ in twins:
        forward = getattr(module, forward)
        bn_param = {"mode": "train"}
        forward(one, gamma, beta, bn_param)
        assert_close(bn_param["running_mean"], 0.1 * one.mean(axis=axes))
        assert_close(bn_param["running_var"], 0.1 * one.var(axis=axes))
        kept = bn_param["running_mean"], bn_param["running_var"]
        copies = [array.copy() for array in kept]
        bn_param["momentum"] = 0.7
        forward(other, gamma, beta, bn_param)
        for array, copy in zip(kept, copies, strict=True):
            np.testing.assert_array_equal(array, copy)  # not written in place
        mean = 0.07 * one.mean(axis=axes) + 0.3 * other.mean(axis=axes)
        var = 0.07 * one.var(axis=axes) + 0.3 * other.var(axis=axes)
        assert_close(bn_param["running_mean"], mean)
        assert_close(bn_param["running_var"], var)
        bn_param |= {"mode": "test", "eps": 0.01}
        out, cache = forward(one, gamma, beta, bn_param)
        assert cache is None
        x_hat = (one - mean[wide]) / np.sqrt(var + 0.01)[wide]
        assert_close(out, gamma[wide] * x_hat + beta[wide])
        assert_close(bn_param["running_mean"], mean)
        assert_close(bn_param["running_var"], var)
        fresh = {"mode": "test"}
        out, _ = forward(one, gamma, beta, fresh)
        assert_close(out, gamma[wide] * one / np.sqrt(1e-5) + beta[wide])
        assert not fresh["running_mean"].any()
        assert not fresh["running_var"].any()


def check_statistics_and_invariance(twins, shape):
    """The output has mean beta and spread gamma, and does not see affine changes of x."""
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    x, dout = spread_out(shape, 3), np.random.default_rng(4).normal(size=shape)
    gamma, beta = np.linspace(1, 3, shape[1]), np.linspace(-5, 5, shape[1])
    for module, forward, backward in twins:
        forward, backward = getattr(module, forward), getattr(module, backward)
        run = lambda x: forward(x, gamma, beta, {"mode": "train", "eps": 0})  # noqa: B023, E731
        (out, cache), (moved, moved_cache) = run(x), run(1000 * x - 500)
        assert_close(out.mean(axis=axes), beta)
        assert_close(out.std(axis=axes), gamma)
        assert_close(moved, out)
        dx, dgamma, dbeta = backward(dout, cache)
        moved_dx, *moved_rest = backward(dout, moved_cache)
        assert_close(1000 * moved_dx, dx)
        assert_close(moved_rest[0], dgamma)
        assert_close(moved_rest[1], dbeta)
        assert np.abs(dx.sum(axis=axes)).max() < 1e-12
        assert np.abs((dx * out).sum(axis=axes)).max() < 1e-10


def batchnorm_keeps_running_averages():
    check_running_averages(TWINS, (7, 3))


def batchnorm_is_invariant_to_affine_changes():
    check_statistics_and_invariance(TWINS, (37, 3))


LAYERS = [
    Layer(
        name="batchnorm",
        naive=TWINS[0],
        fast=TWINS[1],
        inputs=("x", "gamma", "beta"),
        arguments=batches,
        reference=one_formula,
        torch=torch_batchnorm,
        extra=(batchnorm_keeps_running_averages, batchnorm_is_invariant_to_affine_changes),
    )
]
