"""How far each sum of a layer in float32 is off, on numbers that are made to hurt.

The sums are compared with the same in float64, and the bounds are a few times what they are off
today. So it shows when a sum is taken in float32 that was taken in float64, or when a correction
for a rounded mean is left out. Errors are shares of the largest entry. Max pooling, dropout and the
update rules are not here: their twins equal the chapters' to the last bit.
"""

from functools import partial

import numpy as np

import nndl.conv_layers
import nndl.fast.affine
import nndl.fast.batchnorm
import nndl.fast.conv
import nndl.fast.losses
import nndl.fast.spatial_batchnorm
import nndl.fast.spatial_batchnorm_relu
import nndl.fast.statistics.planes
import nndl.im2col
import nndl.layers
from tests.layers.conv import one_sum

ROWS, MAPS = (4096, 2), (4, 2, 40, 52)


def within(bound, what, ours, exact):
    """Each float32 array is off by ``bound`` at most."""
    for k, (one, other) in enumerate(zip(ours, exact, strict=True)):
        assert one.dtype == np.float32
        error = np.abs(one.astype(np.float64) - other).max() / np.abs(other).max()
        assert error <= bound, f"{what}, result {k}: off by {error:.1e}, expected {bound:.0e}"


# ------------------------------------------------------------------------------- numbers that hurt


def far_from_zero(shape, rng):
    """Mean 1e5 / 3, which float32 rounds, and deviation 1."""
    return (rng.normal(size=shape) + 1e5 / 3).astype(np.float32)


def nearly_equal(shape, rng):
    """A variance that is tiny beside the mean."""
    return (1 + 1e-5 * rng.normal(size=shape)).astype(np.float32)


def behind_an_outlier(shape, rng):
    """Small whole numbers, and a first one that all differences are taken from, far away.

    As many differences as are added up in float32 have an exact sum there, and more have not.
    """
    x = rng.integers(-8, 9, size=shape).astype(np.float32)
    x[(slice(None, 1 if len(shape) == 2 else None), slice(None), *[0] * (len(shape) - 2))] = (
        2**20 if len(shape) == 2 else 2**14
    )
    return x


def cancelling(shape, rng):
    """Large whole numbers, half of them negative, so that a small sum is left.

    Here, too, as many as are added up in float32 have an exact sum there, and more have not.
    """
    sign = np.where(np.arange(shape[0]) < shape[0] / 2, 1, -1).reshape(-1, *[1] * (len(shape) - 1))
    size = 2**20 if len(shape) == 2 else 2**14
    return (sign * size + rng.integers(-99, 100, size=shape)).astype(np.float32)


# ----------------------------------------------------------------------------- batch normalization


def definition(x, dout, gamma, beta, eps):
    """Output, gradients, mean and variance in float64, for features on axis 1."""
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    column = (slice(None), *[None] * (x.ndim - 2))
    mean_of = partial(np.mean, axis=axes, keepdims=True)
    x, dout = x.astype(np.float64), dout.astype(np.float64)
    mean = mean_of(x)
    sigma = np.sqrt(mean_of((x - mean) ** 2) + eps)
    x_hat, g = (x - mean) / sigma, gamma[column] * dout
    dx = (g - mean_of(g) - x_hat * mean_of(g * x_hat)) / sigma
    sums = np.sum(dout * x_hat, axis=axes), np.sum(dout, axis=axes)
    return gamma[column] * x_hat + beta[column], dx, *sums, mean.ravel(), sigma.ravel() ** 2 - eps


def check_batchnorm(module, forward, backward, shape, bounds):
    """All results of one pair of functions, for numbers of each kind."""
    forward, backward = getattr(module, forward), getattr(module, backward)
    gamma, beta = np.float32([1.5, -0.5]), np.float32([0.25, 3])
    for make, bound in bounds.items():
        rng = np.random.default_rng(0)
        x = make(shape, rng)
        noise = rng.normal(size=shape)
        along = noise + (x - x.mean(dtype=float)) / x.std(dtype=float)  # a large dgamma
        for dout in (noise.astype(np.float32), along.astype(np.float32), cancelling(shape, rng)):
            bn_param = {"mode": "train", "eps": 1e-12, "momentum": 0.0}
            out, cache = forward(x, gamma, beta, bn_param)
            ours = (
                out,
                *backward(dout, cache),
                *(bn_param[f"running_{k}"] for k in ("mean", "var")),
            )
            exact = definition(x, dout, gamma, beta, 1e-12)
            within(bound, f"{forward.__name__} {make.__name__}", ours, exact)


def interpreted():
    """Whether loops run as plain Python, which adds up one number after the other."""
    return not hasattr(nndl.fast.statistics.planes._deviations, "py_func")


def check_fast_batchnorm():
    """The compiled layer of features; its squares are taken of differences from the first row."""
    bounds = {far_from_zero: 5e-7, nearly_equal: 1e-6, behind_an_outlier: 5e-5}
    twin = nndl.fast.batchnorm, "batchnorm_forward_fast", "batchnorm_backward_fast"
    check_batchnorm(*twin, ROWS, bounds)


def check_fast_spatial_batchnorm():
    """The compiled layer of maps, whose planes are added up by 512 numbers in float32."""
    some = (1e-5, 1e-5, 8e-5) if interpreted() else (5e-7, 5e-7, 2e-5)
    bounds = dict(zip((far_from_zero, nearly_equal, behind_an_outlier), some, strict=True))
    twin = (
        nndl.fast.spatial_batchnorm,
        "spatial_batchnorm_forward_fast",
        "spatial_batchnorm_backward_fast",
    )
    check_batchnorm(*twin, MAPS, bounds)


def check_naive_batchnorm():
    """The chapters' layers, which compute in float64."""
    bounds = {far_from_zero: 3e-7, nearly_equal: 3e-7, behind_an_outlier: 5e-6}
    check_batchnorm(nndl.layers, "batchnorm_forward", "batchnorm_backward", ROWS, bounds)
    twin = nndl.conv_layers, "spatial_batchnorm_forward", "spatial_batchnorm_backward"
    check_batchnorm(*twin, MAPS, bounds)


@np.errstate(all="ignore")  # of the running variance, and of loops that run as plain Python
def check_sizes_of_batchnorm():
    """Deviations whose squares no float32 holds are no zeros, and no infinities."""
    twins = (
        (nndl.layers, "batchnorm_forward", "batchnorm_backward", (64, 2)),
        (nndl.fast.batchnorm, "batchnorm_forward_fast", "batchnorm_backward_fast", (64, 2)),
        (
            nndl.fast.spatial_batchnorm,
            "spatial_batchnorm_forward_fast",
            "spatial_batchnorm_backward_fast",
            (2, 2, 4, 8),
        ),
    )
    gamma, beta = np.float32([1.5, -0.5]), np.float32([0.25, 3])
    for module, forward, backward, shape in twins:
        rng = np.random.default_rng(0)
        for size in (1e12, 1e20, 1e30, 1e38):
            x, dout = (rng.uniform(-2, 2, size=shape).astype(np.float32) for _ in range(2))
            x *= np.float32(size)
            out, cache = getattr(module, forward)(x, gamma, beta, {"mode": "train"})
            exact = definition(x, dout, gamma, beta, 1e-5)[:4]
            within(5e-7, forward, (out, *getattr(module, backward)(dout, cache)), exact)


@np.errstate(all="ignore")  # of loops that run as plain Python, and of a variance in float32
def check_numbers_far_apart():
    """One number so far from all others that no float32 holds how far it is from their mean."""
    x = np.full((64, 2), -3e38, np.float32)
    x[3] = 3e38
    one, zero = np.ones(2, np.float32), np.zeros(2, np.float32)
    exact = definition(x, np.zeros_like(x), one, zero, 1e-5)[0]
    for module, forward, shape in (
        (nndl.fast.batchnorm, "batchnorm_forward_fast", (64, 2)),
        (nndl.fast.spatial_batchnorm, "spatial_batchnorm_forward_fast", (64, 2, 1, 1)),
    ):
        out, _ = getattr(module, forward)(x.reshape(shape), one, zero, {"mode": "train"})
        within(5e-7, forward, (out.reshape(x.shape),), (exact,))


def check_remembered_averages():
    """Averages that are remembered in float64 are not rounded to the dtype of x."""
    x = far_from_zero((64, 1), np.random.default_rng(0))
    one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    for forward in (nndl.layers.batchnorm_forward, nndl.fast.batchnorm.batchnorm_forward_fast):
        averages = {"running_mean": np.array([1e5 / 3]), "running_var": np.ones(1)}
        out, _ = forward(x, one, zero, {"mode": "test", "eps": 0} | averages)
        within(5e-7, forward.__name__, (out,), (x.astype(np.float64) - 1e5 / 3,))


def check_the_gate_of_the_fused_layer():
    """A result of exactly 0 lets no gradient through, as in the rectifier's own layer."""
    fused, naive = nndl.fast.spatial_batchnorm_relu, nndl.conv_layers
    x = np.tile([-1.0, 0.0, 1.0, 0.0], 4).reshape(1, 1, 4, 4)
    dout = np.random.default_rng(0).normal(size=x.shape)
    for dtype in (np.float32, np.float64):
        given = x.astype(dtype), np.ones(1, dtype), np.zeros(1, dtype)
        normalized, cache = naive.spatial_batchnorm_forward(*given, {"mode": "train"})
        assert (normalized == 0).sum() == 8
        gated = np.where(normalized > 0, dout, 0).astype(dtype)
        expected = naive.spatial_batchnorm_backward(gated, cache)
        out, cache = fused.spatial_batchnorm_relu_forward_fast(*given, {"mode": "train"})
        np.testing.assert_allclose(out, np.maximum(normalized, 0), rtol=1e-6)
        grads = fused.spatial_batchnorm_relu_backward_fast(dout.astype(dtype), cache)
        for ours, theirs in zip(grads, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------------ the sums of other layers


def check_losses(module, suffix):
    """The mean of twenty thousand losses that are all alike, so that roundings do not cancel."""
    x, y = np.tile(np.float32([0.3, 0.1, -0.2]), (20_000, 1)), np.zeros(20_000, int)
    wide = x[0].astype(np.float64)
    hinges = np.maximum(0, wide[1:] - wide[0] + 1).sum()
    entropy = np.log(np.exp(wide - wide[0]).sum())
    for name, exact in (("svm_loss", hinges), ("softmax_loss", entropy)):
        loss, dx = getattr(module, name + suffix)(x, y)
        within(1e-6, name + suffix, (np.float32(loss),), (exact,))
        assert np.abs(dx.sum(axis=1)).max() < 1e-10


def check_affine(module, suffix):
    """dw and db of many examples whose inputs are far from 0, and whose gradients alternate."""
    rng = np.random.default_rng(0)
    x, w = 100 + rng.normal(size=(20_000, 3)), rng.normal(size=(3, 2))
    dout = rng.normal(size=(20_000, 2)) + np.where(np.arange(20_000) % 2, 1, -1)[:, None]
    x, w, dout = (array.astype(np.float32) for array in (x, w, dout))
    out, cache = getattr(module, "affine_forward" + suffix)(x, w, np.ones(2, np.float32))
    ours = (out, *getattr(module, "affine_backward" + suffix)(dout, cache))
    wide_x, wide_w, wide_dout = (array.astype(np.float64) for array in (x, w, dout))
    exact = wide_x @ wide_w + 1, wide_dout @ wide_w.T, wide_x.T @ wide_dout, wide_dout.sum(axis=0)
    within(2e-5, "affine" + suffix, ours, exact)


def check_conv(module, suffix):
    """All sums of a convolution, by each way: tiles, windows of 4 by 4, and of 6 by 6."""
    for shape, w_shape in (
        ((8, 3, 14, 14), (5, 3, 3, 3)),
        ((4, 16, 9, 8), (32, 16, 3, 3)),
        ((2, 16, 8, 8), (32, 16, 5, 5)),
    ):
        rng = np.random.default_rng(0)
        param = {"stride": 1, "pad": w_shape[2] // 2}
        dout = rng.normal(size=(shape[0], w_shape[0], *shape[2:]))
        dout += np.where(np.arange(shape[3]) % 2, 3, -3)  # alternating signs
        x, w = 10 + rng.normal(size=shape), rng.normal(size=w_shape)
        x, w, b, dout = (a.astype(np.float32) for a in (x, w, np.ones(w_shape[0]), dout))
        out, cache = getattr(module, "conv_forward" + suffix)(x, w, b, param)
        ours = (out, *getattr(module, "conv_backward" + suffix)(dout, cache))
        wide = [array.astype(np.float64) for array in (x, w, b)]
        _, columns = nndl.im2col.conv_forward_im2col(*wide, param)
        rest = nndl.im2col.conv_backward_im2col(dout.astype(np.float64), columns)
        within(2e-5, f"conv{suffix} {w_shape}", ours, (one_sum(*wide, param), *rest))


@np.errstate(all="ignore")  # of loops that run as plain Python
def check_large_numbers():
    """Where Winograd's changed variables would overflow, the convolution takes plain sums."""
    rng = np.random.default_rng(0)
    for side in (3, 5):
        x, w = rng.normal(size=(1, 16, 5, 4)), rng.normal(size=(32, 16, side, side))
        dout = rng.normal(size=(1, 32, 5, 4))
        for sizes in ((8e37, 1e-3, 1e-3), (0.02, 8e37, 1e-3), (1e-3, 1e-3, 1e-3)):
            arrays = [(a * s).astype(np.float32) for a, s in zip((x, w, dout), sizes, strict=True)]
            if sizes[0] == sizes[1]:  # one large entry, so that db is finite
                arrays[2][0, 0, 2, 1] = 2e38
            param = {"stride": 1, "pad": side // 2}
            zero = np.zeros(32, np.float32)
            out, cache = nndl.fast.conv.conv_forward_fast(*arrays[:2], zero, param)
            wide = [array.astype(np.float64) for array in (*arrays[:2], zero)]
            expected, columns = nndl.im2col.conv_forward_im2col(*wide, param)
            rest = nndl.im2col.conv_backward_im2col(arrays[2].astype(np.float64), columns)
            ours = (out, *nndl.fast.conv.conv_backward_fast(arrays[2], cache))
            within(2e-5, f"large numbers, {side} by {side}", ours, (expected, *rest))


def check_all_of_batchnorm():
    """For what the compiled layers share."""
    for check in (check_fast_batchnorm, check_fast_spatial_batchnorm, check_sizes_of_batchnorm):
        check()
    check_numbers_far_apart()
    check_remembered_averages()
    check_the_gate_of_the_fused_layer()


def check_naive_batchnorms():
    """The chapters' layers, and sizes."""
    check_naive_batchnorm()
    check_remembered_averages()
    check_sizes_of_batchnorm()


CHECKS = {
    "fast.batchnorm.": check_all_of_batchnorm,
    "fast.statistics.": check_all_of_batchnorm,
    "fast.spatial_batchnorm.": check_all_of_batchnorm,
    "layers.batchnorm_": check_naive_batchnorms,
    "conv_layers.spatial_batchnorm_": check_naive_batchnorms,
    "layers.svm_loss": partial(check_losses, nndl.layers, ""),
    "layers.softmax_loss": partial(check_losses, nndl.layers, ""),
    "fast.losses.": partial(check_losses, nndl.fast.losses, "_fast"),
    "layers.affine_": partial(check_affine, nndl.layers, ""),
    "fast.affine.": partial(check_affine, nndl.fast.affine, "_fast"),
    "fast.conv.": partial(check_conv, nndl.fast.conv, "_fast"),
    "fast.kernels.direct_weights.": partial(check_conv, nndl.fast.conv, "_fast"),
    "fast.kernels.winograd": check_large_numbers,
    "im2col.": partial(check_conv, nndl.im2col, "_im2col"),
}
