"""Fully connected networks and cascades: what tests/layers does not say of them.

Chapter: convolution/cascades.
"""

import copy

import numpy as np
import pytest

from nndl import conv_layer_utils, layer_utils
from nndl.activations import Activation, LeakyRelu
from nndl.cnn import ConvNet, ThreeLayerConvNet
from nndl.fc_net import FullyConnectedNet, TwoLayerNet
from nndl.gradient_check import eval_numerical_gradient, rel_error
from tests.support.calls import CALLS


def test_the_published_scores_and_losses_of_the_two_layer_net():
    N, D, H, C = 3, 5, 50, 7
    net = TwoLayerNet(input_dim=D, hidden_dims=H, num_classes=C, weight_scale=1e-2)
    net.params["W1"] = np.linspace(-0.7, 0.3, num=D * H).reshape(D, H)
    net.params["b1"] = np.linspace(-0.1, 0.9, num=H)
    net.params["W2"] = np.linspace(-0.3, 0.4, num=H * C).reshape(H, C)
    net.params["b2"] = np.linspace(-0.9, 0.1, num=C)
    X, y = np.linspace(-5.5, 4.5, num=N * D).reshape(D, N).T, np.array([0, 5, 1])
    published = [
        [11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096],
        [12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143],
        [12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319],
    ]  # the course's table
    assert np.abs(net.loss(X) - published).sum() < 1e-6
    assert abs(net.loss(X, y)[0] - 3.4702243556) < 1e-10
    net.reg = 1.0
    assert abs(net.loss(X, y)[0] - 26.5948426952) < 1e-10


def test_the_published_errors_of_the_gradients_of_the_toy_network():
    """NumPy's older generator draws the same numbers to this day, so the errors come out too."""
    old = np.random.RandomState(0)
    net = TwoLayerNet(4, 10, 3, reg=0.05)
    net.params["W1"], net.params["W2"] = 0.1 * old.randn(10, 4).T, 0.1 * old.randn(3, 10).T
    X, y = 10 * np.random.RandomState(1).randn(5, 4), np.array([0, 1, 2, 2, 1])
    _, grads = net.loss(X, y)
    for name, published in {"W1": 1.28e-9, "b1": 3.17e-9, "W2": 2.96e-10, "b2": 1.84e-10}.items():
        measured = eval_numerical_gradient(lambda _: net.loss(X, y)[0], net.params[name], False)
        assert rel_error(grads[name], measured) == pytest.approx(published, rel=0.02)


def test_the_defaults_are_the_course_s():
    two = TwoLayerNet()
    shapes = {name: array.shape for name, array in two.params.items()}
    assert shapes == {"W1": (3072, 100), "b1": (100,), "W2": (100, 10), "b2": (10,)}
    assert two.reg == 0
    assert 9e-4 < two.params["W1"].std() < 11e-4
    net = FullyConnectedNet([20, 30])
    shapes = [net.params[f"W{i}"].shape for i in (1, 2, 3)]
    assert shapes == [(3072, 20), (20, 30), (30, 10)]
    assert {array.dtype for array in net.params.values()} == {np.dtype(np.float32)}
    assert 9e-3 < net.params["W1"].std() < 11e-3
    assert (net.num_layers, net.reg, net.dtype) == (3, 0, np.float32)
    assert (net.use_dropout, net.use_batchnorm) == (False, False)
    assert (net.dropout_param, net.bn_params) == ({}, [])


def test_parameters_and_attributes_with_batch_norm_and_dropout():
    net = FullyConnectedNet([4, 3], 5, 2, dropout=0.5, use_batchnorm=True, seed=1)
    assert set(net.params) == {
        *("W1", "b1", "gamma1", "beta1", "W2", "b2", "gamma2", "beta2", "W3", "b3"),
    }
    assert (net.params["gamma2"] == 1).all()
    assert not net.params["beta1"].any()
    assert net.dropout_param == {"mode": "train", "p": 0.5, "seed": 1}
    assert net.bn_params == [{"mode": "train"}, {"mode": "train"}]
    assert "rng" in FullyConnectedNet([4], dropout=0.5, seed=np.random.default_rng(0)).dropout_param
    assert FullyConnectedNet([4], dropout=0.5).dropout_param == {"mode": "train", "p": 0.5}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("use_batchnorm", [False, True])
def test_everything_has_the_network_s_dtype(dtype, use_batchnorm, rng):
    net = FullyConnectedNet(
        [4, 3], 12, 2, dropout=0.7, use_batchnorm=use_batchnorm, dtype=dtype, reg=0.1, seed=0
    )
    X, y = rng.integers(0, 255, size=(5, 3, 2, 2)), rng.integers(2, size=5)
    _, grads = net.loss(X, y)
    assert net.loss(X).dtype == dtype
    assert {grad.dtype for grad in grads.values()} == {np.dtype(dtype)}
    for name, grad in grads.items():
        assert grad.shape == net.params[name].shape


@pytest.fixture
def _global_state():
    """NumPy's global state, put back after the test."""
    state = np.random.get_state()  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


@pytest.mark.usefixtures("_global_state")
def test_the_same_seed_gives_the_same_network_and_the_global_state_is_left_alone(rng):
    X, y = rng.normal(size=(5, 6)), rng.integers(3, size=5)
    unseeded = FullyConnectedNet([4], 6, 3, dropout=0.5)
    before = np.random.get_state()[1:3]  # noqa: NPY002
    TwoLayerNet(6, 4, 3, seed=7).loss(X, y)
    FullyConnectedNet([4], 6, 3, dropout=0.5, seed=7).loss(X, y)
    unseeded.loss(X, y)  # its masks do not come from there
    for one, other in zip(np.random.get_state()[1:3], before, strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(one, other)
    for make in (
        lambda: FullyConnectedNet([4], 6, 3, dropout=0.5, seed=7),
        lambda: FullyConnectedNet([4], 6, 3, dropout=0.5, seed=np.random.default_rng(7)),
        lambda: TwoLayerNet(6, 4, 3, seed=7),
    ):
        assert make().loss(X, y)[0] == make().loss(X, y)[0]


@pytest.mark.usefixtures("_global_state")
@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: TwoLayerNet(6, 4, 3, weight_scale=0.1), "12"),
        (lambda: FullyConnectedNet([4, 5], 6, 3, weight_scale=0.1, dtype=np.float64), "123"),
        (
            lambda: FullyConnectedNet(
                [4, 5], 6, 3, weight_scale=0.1, use_batchnorm=True, dtype=np.float64
            ),
            "123",
        ),
        (
            lambda: ThreeLayerConvNet(
                (1, 4, 4), 2, 3, hidden_dim=5, weight_scale=0.1, dtype=np.float64
            ),
            "123",
        ),
    ],
)
def test_without_a_seed_the_weights_are_drawn_as_the_course_draws_them(make, names):
    """From the global state, one matrix after the other: scale times ``randn``."""
    np.random.seed(231)  # noqa: NPY002
    net = make()
    np.random.seed(231)  # noqa: NPY002
    for i in names:
        W = net.params[f"W{i}"]
        np.testing.assert_array_equal(W, 0.1 * np.random.randn(*W.shape))  # noqa: NPY002


@pytest.mark.usefixtures("_global_state")
def test_without_a_seed_the_global_state_decides_a_network_of_layers():
    nets = []
    for seed in (1, 1, 2):
        np.random.seed(seed)  # noqa: NPY002
        nets.append(ConvNet([("conv", 2), "relu", ("affine", 5)], (1, 4, 4), 3))
    for name in ("W1", "W2", "W3"):
        one, same, other = (net.params[name] for net in nets)
        np.testing.assert_array_equal(one, same)
        assert (one != other).all()


def test_the_names_of_either_course_mean_the_same():
    assert TwoLayerNet(6, hidden_dim=4).params["W1"].shape == (6, 4)
    assert TwoLayerNet(6, hidden_dims=4, hidden_dim=4).params["W1"].shape == (6, 4)
    for given in ({"dropout": 0.5}, {"dropout_keep_ratio": 0.5}):
        net = FullyConnectedNet([4], 6, 3, seed=1, **given)
        assert net.dropout_param == {"mode": "train", "p": 0.5, "seed": 1}
    for given in ({}, {"dropout": 0}, {"dropout": 1}, {"dropout_keep_ratio": 1}):
        net = FullyConnectedNet([4], 6, 3, **given)
        assert not net.use_dropout
        assert net.dropout_param == {}
    for given in (
        {"use_batchnorm": True},
        {"normalization": "batchnorm"},
        {"use_batchnorm": True, "normalization": "batchnorm"},
    ):
        net = FullyConnectedNet([4], 6, 3, **given)
        assert (net.use_batchnorm, net.normalization) == (True, "batchnorm")
        assert net.bn_params == [{"mode": "train"}]
    for given in ({}, {"use_batchnorm": False}, {"normalization": None}):
        net = FullyConnectedNet([4], 6, 3, **given)
        assert (net.use_batchnorm, net.normalization, net.bn_params) == (False, None, [])
        assert "gamma1" not in net.params


def test_layer_norm_has_parameters_and_no_running_averages(rng):
    """Its gradients are the numerical ones, and no example knows of another."""
    net = FullyConnectedNet(
        [4, 5], 6, 3, normalization="layernorm", weight_scale=0.5, dtype=np.float64, seed=1
    )
    assert net.params.keys() >= {"gamma1", "beta1", "gamma2", "beta2"}
    assert (net.use_batchnorm, net.bn_params) == (False, [])
    X, y = rng.normal(size=(5, 6)), rng.integers(3, size=5)
    alone = np.concatenate([net.loss(X[n : n + 1]) for n in range(5)])
    np.testing.assert_allclose(net.loss(X), alone, rtol=1e-12)
    _, grads = net.loss(X, y)
    for name, array in net.params.items():
        number = eval_numerical_gradient(lambda _: net.loss(X, y)[0], array, verbose=False)
        np.testing.assert_allclose(grads[name], number, rtol=1e-5, atol=1e-8)


def test_a_generator_draws_new_masks_and_an_integer_the_same_ones(rng):
    X, y = rng.normal(size=(5, 6)), rng.integers(3, size=5)
    options = {"dropout": 0.5, "weight_scale": 1.0, "dtype": np.float64}
    again = FullyConnectedNet([40], 6, 3, seed=1, **options)
    fresh = FullyConnectedNet([40], 6, 3, seed=np.random.default_rng(1), **options)
    assert again.loss(X, y)[0] == again.loss(X, y)[0]
    assert fresh.loss(X, y)[0] != fresh.loss(X, y)[0]


def test_a_loss_changes_neither_parameters_nor_data(rng):
    net = FullyConnectedNet([4, 3], 6, 2, use_batchnorm=True, reg=1.0, dtype=np.float64, seed=0)
    X, y = rng.normal(size=(5, 6)), rng.integers(2, size=5)
    kept = copy.deepcopy((net.params, X, y))
    first = net.loss(X, y)
    net.loss(X)
    second = net.loss(X, y)
    for name, array in net.params.items():
        np.testing.assert_array_equal(array, kept[0][name])
        np.testing.assert_array_equal(first[1][name], second[1][name])
    np.testing.assert_array_equal(X, kept[1])


def test_a_network_without_hidden_layers():
    net = FullyConnectedNet([], 4, 3, dropout=0.5, use_batchnorm=True, seed=0)
    assert set(net.params) == {"W1", "b1"}
    assert net.loss(np.ones((2, 4))).shape == (2, 3)


@pytest.mark.parametrize(
    ("network", "change", "error", "message"),
    [
        (FullyConnectedNet, {"hidden_dims": 100}, TypeError, r"hidden_dims is 100 \(int\)"),
        (FullyConnectedNet, {"hidden_dims": "ab"}, TypeError, "hidden_dims is 'ab'"),
        (FullyConnectedNet, {"hidden_dims": [5, 0]}, ValueError, r"hidden_dims\[1\] is 0"),
        (
            FullyConnectedNet,
            {"hidden_dims": [5.0]},
            TypeError,
            r"hidden_dims\[0\] is 5.0 \(float\)",
        ),
        (FullyConnectedNet, {"input_dim": 0}, ValueError, "input_dim is 0, expected 1 or more"),
        (FullyConnectedNet, {"num_classes": 2.5}, TypeError, "num_classes is 2.5"),
        (
            FullyConnectedNet,
            {"dropout_keep_ratio": 0},
            ValueError,
            "dropout_keep_ratio is 0, expected above 0: .*kept",
        ),
        (
            FullyConnectedNet,
            {"dropout": 1, "dropout_keep_ratio": 0.5},
            ValueError,
            "dropout is 1 and dropout_keep_ratio is 0.5: they mean the same, expected one",
        ),
        (
            FullyConnectedNet,
            {"use_batchnorm": False, "normalization": "batchnorm"},
            ValueError,
            "use_batchnorm is False and normalization is 'batchnorm', expected one of them",
        ),
        (
            FullyConnectedNet,
            {"use_batchnorm": True, "normalization": "layernorm"},
            ValueError,
            "use_batchnorm is True and normalization is 'layernorm'",
        ),
        (
            FullyConnectedNet,
            {"normalization": "batch"},
            ValueError,
            "normalization is 'batch', expected 'batchnorm', 'layernorm' or None",
        ),
        (FullyConnectedNet, {"dropout": False}, TypeError, r"dropout is False \(bool\)"),
        (FullyConnectedNet, {"dropout_keep_ratio": 2}, ValueError, "dropout_keep_ratio is 2, exp"),
        (FullyConnectedNet, {"dropout": 1.5}, ValueError, "dropout is 1.5, expected between 0 and"),
        (FullyConnectedNet, {"dropout": "no"}, TypeError, "dropout is 'no'"),
        (FullyConnectedNet, {"reg": -1}, ValueError, "reg is -1, expected 0 or more"),
        (FullyConnectedNet, {"weight_scale": np.nan}, ValueError, "weight_scale is nan"),
        (FullyConnectedNet, {"dtype": np.float16}, TypeError, "dtype is float16, expected float32"),
        (FullyConnectedNet, {"dtype": None}, TypeError, "dtype is None, expected float32"),
        (FullyConnectedNet, {"seed": -1}, ValueError, "seed is -1, expected 0 or more"),
        (FullyConnectedNet, {"seed": 1.5}, TypeError, "seed is 1.5"),
        (TwoLayerNet, {"hidden_dims": [100]}, TypeError, r"hidden_dims is \[100\] \(list\)"),
        (TwoLayerNet, {"hidden_dim": 6}, ValueError, "hidden_dims is 5 and hidden_dim is 6: they"),
        (TwoLayerNet, {"hidden_dims": None, "hidden_dim": 0}, ValueError, "hidden_dim is 0, exp"),
        (TwoLayerNet, {"num_classes": 0}, ValueError, "num_classes is 0"),
        (TwoLayerNet, {"reg": np.inf}, ValueError, "reg is inf"),
        (TwoLayerNet, {"weight_scale": True}, TypeError, "weight_scale is True"),
        (TwoLayerNet, {"seed": "a"}, TypeError, "seed is 'a'"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(network, change, error, message):
    given = {"hidden_dims": [5] if network is FullyConnectedNet else 5} | change
    with pytest.raises(error, match=f"^{network.__name__}: .*{message}"):
        network(**given)


@pytest.mark.parametrize("network", [TwoLayerNet(6, 4, 3), FullyConnectedNet([4], 6, 3)])
def test_data_that_do_not_fit_are_refused(network):
    with pytest.raises(ValueError, match="affine_forward_fast: x has"):
        network.loss(np.ones((2, 5)))
    with pytest.raises(ValueError, match="softmax_loss_fast: y"):
        network.loss(np.ones((2, 6)), np.array([0, 3]))


@pytest.mark.parametrize(
    ("module", "name", "parts"),
    [
        (layer_utils, "affine_relu", 2),
        (layer_utils, "affine_batchnorm_relu", 3),
        (layer_utils, "affine_layernorm_relu", 3),
        (conv_layer_utils, "conv_relu", 2),
        (conv_layer_utils, "conv_relu_pool", 3),
        (conv_layer_utils, "conv_bn_relu", 3),
    ],
)
def test_the_cache_of_another_layer_is_refused(module, name, parts):
    backward = getattr(module, f"{name}_backward")
    with pytest.raises(TypeError, match=f"^{name}_backward: cache is a tuple of {5 - parts}"):
        backward(np.ones((2, 3)), (None,) * (5 - parts))
    with pytest.raises(TypeError, match=f"^{name}_backward: cache is a list"):
        backward(np.ones((2, 3)), [None] * parts)


# ------------------------------------------------------------------------------------- activations


class Cube(Activation):
    """The third power, which no table has."""

    name = "cube"

    def forward(self, x):
        return x**3, x

    def backward(self, dout, cache):
        return 3 * cache**2 * dout


@pytest.mark.parametrize("activation", [("leaky_relu", 0.2), LeakyRelu(0.2), Cube()], ids=str)
@pytest.mark.parametrize("norm", [None, "batchnorm", "layernorm"])
def test_gradients_of_a_network_with_another_activation(activation, norm, rng):
    X, y = rng.normal(size=(7, 5)), rng.integers(3, size=7)
    options = {"weight_scale": 0.7, "dtype": np.float64, "seed": 3}
    net = FullyConnectedNet([6, 4], 5, 3, normalization=norm, activation=activation, **options)
    plain = FullyConnectedNet([6, 4], 5, 3, normalization=norm, **options)
    loss, grads = net.loss(X, y)
    assert loss != plain.loss(X, y)[0]
    for name, array in net.params.items():
        measured = eval_numerical_gradient(lambda _: net.loss(X, y)[0], array, False, 1e-6)
        np.testing.assert_allclose(grads[name], measured, rtol=1e-5, atol=1e-7)


def test_a_slope_of_one_makes_a_linear_network(rng):
    X = rng.normal(size=(4, 5))
    net = FullyConnectedNet([6, 4], 5, 3, activation=("leaky_relu", 1.0), dtype=np.float64, seed=0)
    p = net.params
    np.testing.assert_allclose(net.loss(X), X @ p["W1"] @ p["W2"] @ p["W3"], rtol=1e-12)


def test_the_activation_is_saved_and_shown(tmp_path, rng):
    X = rng.normal(size=(4, 5))
    for given in ("leaky_relu", ("leaky_relu", 0.3), LeakyRelu(0.3)):
        net = FullyConnectedNet([6], 5, 3, activation=given, seed=0)
        net.save(tmp_path / "net.npz")
        again = FullyConnectedNet.load(tmp_path / "net.npz")
        assert again.activation == net.activation
        np.testing.assert_array_equal(again.loss(X), net.loss(X))
        assert f"leaky_relu, slope {net.activation.slope}" in net.summary()
    listed = ConvNet([("conv", 2), LeakyRelu(0.3), "pool"], (1, 4, 4), 3, seed=0)
    listed.save(tmp_path / "net.npz")
    again = ConvNet.load(tmp_path / "net.npz")
    assert again.summary() == listed.summary()
    with pytest.raises(TypeError, match=r"^FullyConnectedNet.save: the network cannot be put into"):
        FullyConnectedNet([6], 5, 3, activation=Cube()).save(tmp_path / "net.npz")


SANDWICHES = [call for call in CALLS.values() if call.function.__module__.endswith("_utils")]


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match=r"^FullyConnectedNet: activation is 'elu', expected one"):
        FullyConnectedNet([6], activation="elu")
    for call in SANDWICHES:
        with pytest.raises(ValueError, match=f"^{call.name}: activation is 'elu', expected one of"):
            call.function(**call.arguments(), activation="elu")


@pytest.mark.parametrize("call", [c for c in SANDWICHES if "cache" not in c.given], ids=str)
def test_a_cascade_takes_an_activation(call, rng):
    """Its gradient is the slope in a direction; the way back must be told of it, too."""
    given = {
        name: value + rng.normal(size=value.shape) if isinstance(value, np.ndarray) else value
        for name, value in call.arguments().items()
    }
    backward = CALLS[call.name.replace("forward", "backward")].function
    out, cache = call.function(**given, activation=LeakyRelu(0.5))
    plain, _ = call.function(**given)
    if "pool" not in call.name:
        np.testing.assert_allclose(plain, np.maximum(0, out), rtol=1e-12)
    dout, way = rng.normal(size=out.shape), rng.normal(size=given["x"].shape)

    def loss_at(h):
        moved = given | {"x": given["x"] + h * way}
        return np.sum(dout * call.function(**moved, activation=LeakyRelu(0.5))[0])

    dx, *_ = backward(dout, cache, activation="leaky_relu")  # the slope is in the cache
    slope = (loss_at(1e-7) - loss_at(-1e-7)) / 2e-7
    np.testing.assert_allclose(np.sum(dx * way), slope, rtol=1e-5)
    with pytest.raises(TypeError, match=r"^relu_backward_fast: cache is a"):
        backward(dout, cache)
