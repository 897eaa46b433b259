"""Average pooling: what the shared tests of tests/layers do not say of it."""

import numpy as np
import pytest

from nndl.conv_layers import avg_pool_backward_naive, avg_pool_forward_naive
from nndl.convnet import AvgPool, ConvNet
from nndl.fast.avg_pool import avg_pool_backward_fast, avg_pool_forward_fast
from tests.support.oracles import assert_close

TWINS = (
    (avg_pool_forward_naive, avg_pool_backward_naive),
    (avg_pool_forward_fast, avg_pool_backward_fast),
)
each_twin = pytest.mark.parametrize(("forward", "backward"), TWINS)


def param(height, width, stride):
    return {"pool_height": height, "pool_width": width, "stride": stride}


@each_twin
def test_by_hand(forward, backward):
    x = np.array([[[[3.0, 6, 0, 9, 3]]]])
    out, cache = forward(x, param(1, 3, 2))
    assert out.tolist() == [[[[3, 4]]]]
    assert backward(np.array([[[[3.0, 30]]]]), cache).tolist() == [[[[1, 1, 11, 10, 10]]]]


@each_twin
def test_it_is_linear_and_its_way_back_is_the_adjoint(forward, backward, rng):
    x, y = rng.normal(size=(2, 2, 3, 9, 8))
    for sizes in (param(2, 2, 2), param(3, 2, 1), param(2, 3, 4)):
        (out, cache), (other, _) = forward(x, sizes), forward(y, sizes)
        assert_close(forward(2 * x - y, sizes)[0], 2 * out - other)
        dout = rng.normal(size=out.shape)
        assert np.sum(out * dout) == pytest.approx(np.sum(x * backward(dout, cache)), rel=1e-12)
        np.testing.assert_array_equal(backward(dout, (y, sizes)), backward(dout, cache))


@each_twin
def test_pixels_in_no_window_have_no_gradient(forward, backward, rng):
    out, cache = forward(rng.normal(size=(2, 3, 8, 9)), param(2, 3, 5))
    dx = backward(np.ones_like(out), cache)
    assert not dx[:, :, [2, 3, 4, 7]].any()
    assert not dx[:, :, :, [3, 4, 8]].any()
    assert dx.sum() == pytest.approx(out.size)


@each_twin
@pytest.mark.parametrize("shape", [(0, 2, 5, 5), (2, 0, 5, 5), (1, 1, 2, 3)])
def test_empty_batches_and_a_single_window(forward, backward, shape):
    out, cache = forward(np.ones(shape, np.float32), param(2, 3, 4))
    dx = backward(np.ones_like(out), cache)
    assert dx.shape == shape
    assert dx.dtype == out.dtype == np.float32


@each_twin
def test_nan_and_infinity_stay_in_their_windows(forward, backward):
    x = np.ones((1, 1, 2, 6))
    x[0, 0, 0, 1], x[0, 0, 1, 3] = np.nan, np.inf
    out, cache = forward(x, param(2, 2, 2))
    np.testing.assert_array_equal(out, [[[[np.nan, np.inf, 1]]]])
    assert np.isfinite(backward(np.ones_like(out), cache)).all()


def test_large_windows_lose_nothing_in_float32(rng):
    x = (1000 + rng.normal(size=(2, 2, 128, 128))).astype(np.float32)
    out, _ = avg_pool_forward_fast(x, param(128, 128, 1))
    exact = x.astype(np.float64).mean(axis=(2, 3), keepdims=True)
    np.testing.assert_array_equal(out, exact.astype(np.float32))
    large = np.full((1, 1, 2, 2), 3e38, np.float32)
    assert avg_pool_forward_fast(large, param(2, 2, 2))[0].item() == large[0, 0, 0, 0]


@each_twin
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones((3, 5, 6))}, ValueError, r"x has 3 dimensions \(3, 5, 6\), expected 4"),
        ({"pool_param": param(6, 3, 1)}, ValueError, r"height'\] is 6, .* the height of x, 5"),
        ({"pool_param": param(2, 3, 0)}, ValueError, r"\['stride'\] is 0, expected 1 or more"),
        ({"pool_param": (2, 3, 1)}, TypeError, "pool_param is a tuple, expected a dict"),
    ],
)
def test_bad_arguments_are_named(forward, backward, change, error, message):
    good = {"x": np.ones((2, 3, 5, 6)), "pool_param": param(2, 3, 1)}
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**good | change)
    with pytest.raises(ValueError, match=rf"^{backward.__name__}: dout has shape \(1, 3, 4, 4\)"):
        backward(np.ones((1, 3, 4, 4)), tuple(good.values()))


def test_in_a_network_it_stays_behind_the_activation(rng):
    net = ConvNet([("conv", 2), "relu", "avg_pool", ("avg_pool", 3)], (1, 6, 6), 3, seed=0)
    assert [str(layer) for layer in net.layers] == [
        *("conv 3x3", "relu", "avg_pool 2x2", "avg_pool 3x3", "affine")
    ]
    assert isinstance(net.layers[2], AvgPool)
    assert net.layers[3].shape == (2, 1, 1)
    with pytest.raises(ValueError, match=r"layers\[0\] is \('avg_pool', 7\) and gets maps of 6 by"):
        ConvNet([("avg_pool", 7)], (1, 6, 6), 3)
