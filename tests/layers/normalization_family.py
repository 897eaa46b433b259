"""Layer and group normalization, and batch normalization's other backward pass, for all tests."""

import numpy as np
from hypothesis import strategies as st

import nndl.conv_layers
import nndl.fast.normalization_family
import nndl.layers
from tests.layers import Layer
from tests.layers.batchnorm import batches, one_formula, spread_out, torch_batchnorm
from tests.support.oracles import assert_close
from tests.support.strategies import arrays_of, with_layout

FAST = nndl.fast.normalization_family
ROWS = (
    (nndl.layers, "layernorm_forward", "layernorm_backward"),
    (FAST, "layernorm_forward_fast", "layernorm_backward_fast"),
)
GROUPS = (
    (nndl.conv_layers, "spatial_groupnorm_forward", "spatial_groupnorm_backward"),
    (FAST, "spatial_groupnorm_forward_fast", "spatial_groupnorm_backward_fast"),
)


def sets_of(K, count, seed):
    """``count`` rows of ``K`` numbers, each with a spread near 1 and a mean of its own."""
    return np.ascontiguousarray(spread_out((K, count), seed).T)


@st.composite
def parameters(draw):
    """What the last argument may hold."""
    param = draw(st.sampled_from(({}, {"mode": "train"}, {"mode": "test"})))
    return param | draw(st.sampled_from(({}, {"eps": 1e-2}, {"eps": 0.5})))


@st.composite
def rows(draw, dtypes, layouts):
    """Arguments of layer normalization: fewer rows than the compiled layer has groups, and more."""
    N, D = draw(st.integers(1, 70)), draw(st.integers(1, 7))
    arrays = draw(arrays_of({"gamma": (D,), "beta": (D,), "dout": (N, D)}, dtypes, layouts))
    x = sets_of(D, N, draw(st.integers(0, 2**32 - 1))).astype(arrays["dout"].dtype)
    x = with_layout(x, draw(st.sampled_from(layouts)))
    return {"x": x, **arrays, "ln_param": draw(parameters())}


@st.composite
def maps(draw, dtypes, layouts):
    """Arguments of group normalization; two numbers at least, or PyTorch refuses."""
    N, G, width, H, W = (draw(st.integers(1, 3)) for _ in range(5))
    N, C = N + (N * width * H * W < 2), G * width
    channels = draw(st.sampled_from(((C,), (1, C, 1, 1))))
    shapes = {"gamma": channels, "beta": channels, "dout": (N, C, H, W)}
    arrays = draw(arrays_of(shapes, dtypes, layouts))
    x = sets_of(width * H * W, N * G, draw(st.integers(0, 2**32 - 1))).reshape(N, C, H, W)
    x = with_layout(x.astype(arrays["dout"].dtype), draw(st.sampled_from(layouts)))
    return {"x": x, **arrays, "G": G, "gn_param": draw(parameters())}


def row_formula(x, gamma, beta, ln_param):
    """Layer normalization, a row at a time, by NumPy's own mean and variance."""
    eps = ln_param.get("eps", 1e-5)
    return np.array([(row - row.mean()) * (row.var() + eps) ** -0.5 * gamma + beta for row in x])


def group_formula(x, gamma, beta, G, gn_param):
    """Group normalization, a group at a time, from a list of the group's channels."""
    eps, out = gn_param.get("eps", 1e-5), np.empty_like(x)
    for channels in np.split(np.arange(x.shape[1]), G):
        for n in range(len(x)):
            values = x[n, channels]
            x_hat = (values - values.mean()) * (values.var() + eps) ** -0.5
            scale, shift = (array.ravel()[channels, None, None] for array in (gamma, beta))
            out[n, channels] = x_hat * scale + shift
    return out


def torch_layernorm(torch, x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    return torch.nn.functional.layer_norm(x, x.shape[1:], gamma, beta, eps)


def torch_groupnorm(torch, x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    return torch.nn.functional.group_norm(x, G, gamma.reshape(-1), beta.reshape(-1), eps)


def in_one_line_it_is_the_same_backward_pass():
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        x, dout = (5 * rng.normal(size=(2, 30, 7)) + 12).astype(dtype)
        gamma, beta = rng.normal(size=(2, 7)).astype(dtype)
        _, cache = nndl.layers.batchnorm_forward(x, gamma, beta, {"mode": "train"})
        expected = nndl.layers.batchnorm_backward(dout, cache)
        grads = nndl.layers.batchnorm_backward_alt(dout, cache)
        for ours, theirs in zip(grads, expected, strict=True):
            assert_close(ours, theirs, dtype)


def sums_are_right_where_float32_runs_out_of_digits():
    """A set with a large mean, a longer set than float32 counts to, a batch of many examples."""
    rng = np.random.default_rng(1)
    for twins, shape in ((ROWS, (3, 3000)), (ROWS, (3000, 3)), (GROUPS, (2, 4, 40, 30))):
        extra = () if twins is ROWS else (2,)
        x = (1e4 + 2 * rng.normal(size=shape)).astype(np.float32)
        dout = (1 + 0.1 * rng.normal(size=shape)).astype(np.float32)
        gamma, beta = np.linspace(1, 2, shape[1], dtype=np.float32), np.ones(shape[1], np.float32)
        wide = [array.astype(np.float64) for array in (x, gamma, beta)]
        wide[0] -= 1e4  # exact, and it changes no result
        formula = row_formula if twins is ROWS else group_formula
        out = formula(*wide, *extra, {})
        naive = [getattr(twins[0][0], name) for name in twins[0][1:]]
        expected = out, *naive[1](dout.astype(np.float64), naive[0](*wide, *extra, {})[1])
        for module, forward, backward in twins:
            ours, cache = getattr(module, forward)(x, gamma, beta, *extra, {})
            results = ours, *getattr(module, backward)(dout, cache)
            for one, other in zip(results, expected, strict=True):
                assert one.dtype == np.float32
                assert np.abs(one - other).max() < 1e-6 * np.abs(other).max()


def numbers_that_float32_cannot_square_are_normalized():
    x = np.array([[1e25, -1e25, 3e25, 1e25], [1e-25, 0, 2e-25, 1e-25]], np.float32)
    one, param = np.ones(4, np.float32), {"eps": 0}
    for twins, shape, extra in ((ROWS, (2, 4), ()), (GROUPS, (1, 4, 1, 2), (2,))):
        for module, forward, _ in twins:
            given = x.reshape(shape), one, 0 * one, *extra, param
            out = getattr(module, forward)(*given)[0].reshape(2, 4)
            assert_close(out[0], np.array([0, -2, 2, 0]) / np.sqrt(2), np.float32)
            assert_close(out[1], np.array([0, -1, 1, 0]) * np.sqrt(2), np.float32)


LAYERS = [
    Layer(
        name="batchnorm in one line",
        naive=(nndl.layers, "batchnorm_forward", "batchnorm_backward_alt"),
        fast=None,
        inputs=("x", "gamma", "beta"),
        arguments=batches,
        reference=one_formula,
        torch=torch_batchnorm,
        extra=(in_one_line_it_is_the_same_backward_pass,),
    ),
    Layer(
        name="layernorm",
        naive=ROWS[0],
        fast=ROWS[1],
        inputs=("x", "gamma", "beta"),
        arguments=rows,
        reference=row_formula,
        torch=torch_layernorm,
        extra=(
            sums_are_right_where_float32_runs_out_of_digits,
            numbers_that_float32_cannot_square_are_normalized,
        ),
    ),
    Layer(
        name="groupnorm",
        naive=GROUPS[0],
        fast=GROUPS[1],
        inputs=("x", "gamma", "beta"),
        arguments=maps,
        reference=group_formula,
        torch=torch_groupnorm,
    ),
]
