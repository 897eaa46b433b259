"""ThreeLayerConvNet: what tests/layers/three_layer_convnet.py does not say of it."""

import copy
import inspect

import numpy as np
import pytest

from nndl.cnn import ThreeLayerConvNet
from nndl.gradient_check import eval_numerical_gradient, rel_error
from tests.layers.fully_connected import disturb
from tests.layers.three_layer_convnet import running_norms, scores_of

SMALL = {"input_dim": (3, 16, 16), "num_filters": 3, "filter_size": 3, "hidden_dim": 7}
DOUBLE = {"dtype": np.float64, "seed": 1}


def images(rng, N=2, input_dim=(3, 16, 16), classes=10):
    return rng.normal(size=(N, *input_dim)), rng.integers(classes, size=N)


def test_the_signature_is_the_course_s_with_a_seed_at_its_end():
    parameters = inspect.signature(ThreeLayerConvNet).parameters.values()
    assert {p.name: p.default for p in parameters} == {
        "input_dim": (3, 32, 32),
        "num_filters": 32,
        "filter_size": 7,
        "hidden_dim": 100,
        "num_classes": 10,
        "weight_scale": 1e-3,
        "reg": 0.0,
        "dtype": np.float32,
        "use_batchnorm": False,
        "seed": None,
    }
    assert [p.name for p in parameters][-1] == "seed"


@pytest.mark.parametrize("use_batchnorm", [False, True])
def test_parameters_have_the_course_s_names_shapes_and_spread(use_batchnorm):
    net = ThreeLayerConvNet(use_batchnorm=use_batchnorm, seed=0)
    shapes = {
        "W1": (32, 3, 7, 7),
        "b1": (32,),
        "W2": (32 * 16 * 16, 100),
        "b2": (100,),
        "W3": (100, 10),
        "b3": (10,),
    }
    if use_batchnorm:
        shapes |= {"gamma1": (32,), "beta1": (32,), "gamma2": (100,), "beta2": (100,)}
    assert {name: array.shape for name, array in net.params.items()} == shapes
    for name, array in net.params.items():
        assert array.dtype == np.float32
        if name.startswith("W"):
            assert 0.9e-3 < array.std() < 1.1e-3
        else:
            assert (array == (1 if name.startswith("gamma") else 0)).all()
    assert (net.reg, net.dtype, net.use_batchnorm) == (0, np.float32, use_batchnorm)
    assert net.bn_params == ([{"mode": "train"}, {"mode": "train"}] if use_batchnorm else [])
    assert net.conv_param == {"stride": 1, "pad": 3}
    assert net.pool_param == {"pool_height": 2, "pool_width": 2, "stride": 2}


@pytest.mark.parametrize("use_batchnorm", [False, True])
@pytest.mark.parametrize("reg", [0.0, 0.5])
def test_every_gradient_is_right_to_1e_5_at_the_contract_s_setting(use_batchnorm, reg):
    """Weight scale 0.1 and h = 1e-5; with batch norm, biases have no gradient without a penalty."""
    small = SMALL | {"input_dim": (3, 8, 10)}
    X, y = images(np.random.default_rng(5), N=4, input_dim=small["input_dim"])
    options = {"use_batchnorm": use_batchnorm, "reg": reg, "weight_scale": 0.1}
    net = ThreeLayerConvNet(**small, **options, dtype=np.float64, seed=105)
    _, grads = net.loss(X, y)
    assert grads.keys() == net.params.keys()
    for name, array in net.params.items():
        measured = eval_numerical_gradient(lambda _: net.loss(X, y)[0], array, False, h=1e-5)
        if use_batchnorm and name in ("b1", "b2"):
            assert np.abs(grads[name]).max() < 1e-12
            assert np.abs(measured).max() < 1e-8
        else:
            assert rel_error(grads[name], measured) < 1e-5, name


@pytest.mark.parametrize("use_batchnorm", [False, True])
def test_the_first_loss_is_ln_c_and_a_penalty_raises_it_by_its_own_size(use_batchnorm, rng):
    X, y = images(rng, N=50)
    make = lambda **options: ThreeLayerConvNet(  # noqa: E731
        **SMALL, **DOUBLE, use_batchnorm=use_batchnorm, weight_scale=1e-3, **options
    )
    net = make()
    assert abs(net.loss(X, y)[0] - np.log(10)) < 0.01
    assert abs(make(num_classes=4).loss(X, y % 4)[0] - np.log(4)) < 0.01
    squares = sum(np.sum(net.params[name] ** 2) for name in ("W1", "W2", "W3"))
    rise = make(reg=0.5).loss(X, y)[0] - net.loss(X, y)[0]
    assert abs(rise - 0.25 * squares) < 1e-12


@pytest.mark.parametrize("use_batchnorm", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (7, 10), (2, 3)])
def test_loss_scores_and_gradients_equal_pytorch_s_in_float64(torch, use_batchnorm, size, rng):
    """The same network from PyTorch's own layers, whose gradients are automatic."""
    F, M, reg, input_dim = 4, 6, 0.3, (2, *size)
    X, y = images(rng, N=5, input_dim=input_dim)
    options = {"use_batchnorm": use_batchnorm, "reg": reg, "weight_scale": 0.3}
    net = ThreeLayerConvNet(input_dim, F, 5, M, **options, **DOUBLE)
    disturb(net, rng)
    theirs = {k: torch.tensor(v, requires_grad=True) for k, v in net.params.items()}
    functional = torch.nn.functional
    running = [(torch.zeros(n, dtype=torch.float64), torch.zeros(n).double()) for n in (F, M)]

    def norm(i, z, training):
        """PyTorch counts the share of the new value, and keeps the unbiased variance."""
        if not use_batchnorm:
            return z
        gamma, beta = theirs[f"gamma{i}"], theirs[f"beta{i}"]
        options = {"training": training, "momentum": 0.1, "eps": 1e-5}
        return functional.batch_norm(z, *running[i - 1], gamma, beta, **options)

    def forward(training):
        z = functional.conv2d(torch.tensor(X), theirs["W1"], theirs["b1"], padding=2)
        a = functional.max_pool2d(functional.relu(norm(1, z, training)), 2)
        z = a.flatten(1) @ theirs["W2"] + theirs["b2"]
        return functional.relu(norm(2, z, training)) @ theirs["W3"] + theirs["b3"]

    expected = functional.cross_entropy(forward(True), torch.tensor(y))
    expected = expected + reg / 2 * sum((theirs[k] ** 2).sum() for k in ("W1", "W2", "W3"))
    expected.backward()
    loss, grads = net.loss(X, y)
    assert abs(loss - expected.item()) < 1e-10
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, theirs[name].grad.numpy(), rtol=1e-10, atol=1e-10)
    counts = (5 * size[0] * size[1], 5)
    for i in range(2 if use_batchnorm else 0):
        running[i][1].mul_((counts[i] - 1) / counts[i])
    np.testing.assert_allclose(net.loss(X), forward(False).detach(), rtol=1e-10, atol=1e-10)


def test_without_labels_batch_norm_uses_its_running_averages(rng):
    X, y = images(rng, N=6)
    net = ThreeLayerConvNet(**SMALL, use_batchnorm=True, weight_scale=0.3, **DOUBLE)
    disturb(net, rng)
    for _ in range(3):
        net.loss(X, y)
    averages = copy.deepcopy(net.bn_params)
    scores = net.loss(X)
    np.testing.assert_allclose(scores, scores_of(net.params, X, running_norms(net)), atol=1e-10)
    alone = np.concatenate([net.loss(X[n : n + 1]) for n in range(6)])
    np.testing.assert_allclose(alone, scores, atol=1e-12)
    for old, new in zip(averages, net.bn_params, strict=True):
        for name in ("running_mean", "running_var"):
            np.testing.assert_array_equal(old[name], new[name])
    net.loss(X, y)
    assert [param["mode"] for param in net.bn_params] == ["train", "train"]
    assert (net.bn_params[0]["running_mean"] != averages[0]["running_mean"]).any()


def test_an_odd_row_and_column_do_not_reach_the_scores_when_filters_are_1_by_1(rng):
    """The pool's windows leave them over, as the size's floor says."""
    net = ThreeLayerConvNet((1, 5, 7), 2, 1, 4, 3, weight_scale=1.0, **DOUBLE)
    assert net.params["W2"].shape == (2 * 2 * 3, 4)
    X, _ = images(rng, input_dim=(1, 5, 7), classes=3)
    other = X.copy()
    other[:, :, 4], other[..., 6] = 9.0, -9.0
    np.testing.assert_array_equal(net.loss(X), net.loss(other))
    other[0, 0, 0, 0] = 9.0
    assert (net.loss(X)[0] != net.loss(other)[0]).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("use_batchnorm", [False, True])
def test_everything_has_the_network_s_dtype(dtype, use_batchnorm, rng):
    options = {"use_batchnorm": use_batchnorm, "dtype": dtype, "reg": 0.1, "seed": 0}
    net = ThreeLayerConvNet(**SMALL, **options)
    X, y = rng.integers(0, 255, size=(3, 3, 16, 16)), rng.integers(10, size=3)
    loss, grads = net.loss(X, y)
    assert np.ndim(loss) == 0
    assert np.isfinite(loss)
    assert net.loss(X).dtype == dtype
    for name, grad in grads.items():
        assert (grad.dtype, grad.shape) == (dtype, net.params[name].shape)
    for param in net.bn_params:
        assert param["running_mean"].dtype == param["running_var"].dtype == dtype


@pytest.mark.parametrize("use_batchnorm", [False, True])
def test_a_loss_changes_neither_parameters_nor_data(use_batchnorm, rng):
    net = ThreeLayerConvNet(**SMALL, use_batchnorm=use_batchnorm, reg=1.0, **DOUBLE)
    X, y = images(rng)
    kept = copy.deepcopy((net.params, X, y))
    first = net.loss(X, y)
    net.loss(X)
    second = net.loss(X, y)
    assert first[0] == second[0]
    for name, array in net.params.items():
        np.testing.assert_array_equal(array, kept[0][name])
        np.testing.assert_array_equal(first[1][name], second[1][name])
        assert not any(np.shares_memory(array, grad) for grad in first[1].values())
    np.testing.assert_array_equal(X, kept[1])
    np.testing.assert_array_equal(y, kept[2])


def test_the_same_seed_gives_the_same_network_and_the_global_state_is_left_alone(rng):
    X, y = images(rng)
    before = np.random.get_state()[1:3]  # noqa: NPY002
    make = lambda seed: ThreeLayerConvNet(**SMALL, weight_scale=0.1, seed=seed)  # noqa: E731
    assert make(7).loss(X, y)[0] == make(7).loss(X, y)[0]
    assert make(7).loss(X, y)[0] == make(np.random.default_rng(7)).loss(X, y)[0]
    assert make(7).loss(X, y)[0] != make(8).loss(X, y)[0]
    for one, other in zip(np.random.get_state()[1:3], before, strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(one, other)
    assert make(None).loss(X, y)[0] != make(None).loss(X, y)[0]


def test_no_images_have_no_scores():
    assert ThreeLayerConvNet(**SMALL, use_batchnorm=True).loss(np.ones((0, 3, 16, 16))).size == 0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"filter_size": 4}, ValueError, "filter_size is 4, expected an odd number.* 1.5 pixels"),
        ({"filter_size": 0}, ValueError, "filter_size is 0, expected 1 or more"),
        ({"filter_size": 3.0}, TypeError, r"filter_size is 3.0 \(float\), expected an integer"),
        ({"input_dim": 3072}, TypeError, r"input_dim is 3072 \(int\), expected a tuple"),
        ({"input_dim": "abc"}, TypeError, r"input_dim is 'abc' \(str\), expected a tuple"),
        ({"input_dim": (32, 32)}, ValueError, r"input_dim is \(32, 32\), expected \(channels"),
        ({"input_dim": (0, 8, 8)}, ValueError, r"input_dim\[0\] is 0, expected 1 or more"),
        ({"input_dim": (3, 1, 8)}, ValueError, r"input_dim\[1\] is 1, expected 2 or more"),
        ({"input_dim": (3, 8, 8.0)}, TypeError, r"input_dim\[2\] is 8.0 \(float\)"),
        ({"num_filters": 0}, ValueError, "num_filters is 0, expected 1 or more"),
        ({"hidden_dim": [100]}, TypeError, r"hidden_dim is \[100\] \(list\)"),
        ({"num_classes": True}, TypeError, r"num_classes is True \(bool\)"),
        ({"weight_scale": np.nan}, ValueError, "weight_scale is nan, expected 0 or more"),
        ({"weight_scale": "small"}, TypeError, "weight_scale is 'small'"),
        ({"reg": -1}, ValueError, "reg is -1, expected 0 or more"),
        ({"dtype": np.float16}, TypeError, "dtype is float16, expected float32 or float64"),
        ({"dtype": None}, TypeError, "dtype is None, expected float32"),
        ({"seed": -1}, ValueError, "seed is -1, expected 0 or more"),
        ({"seed": 1.5}, TypeError, "seed is 1.5"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(change, error, message):
    with pytest.raises(error, match=f"^ThreeLayerConvNet: {message}"):
        ThreeLayerConvNet(**change)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        ((2, 16, 16, 3), None, ValueError, r"X has shape \(2, 16, 16, 3\), expected \(N, 3, 16,"),
        ((3, 16, 16), None, ValueError, r"X has shape \(3, 16, 16\), expected \(N, 3, 16, 16\)"),
        ((2, 768), None, ValueError, r"X has shape \(2, 768\), expected \(N, 3, 16, 16\)"),
        ((2, 3, 32, 32), None, ValueError, r"X has shape \(2, 3, 32, 32\), expected"),
        ((2, 3, 16, 16), np.array([0, 10]), ValueError, "softmax_loss_fast: y"),
        ((2, 3, 16, 16), np.array([0]), ValueError, "softmax_loss_fast: y"),
        ((2, 3, 16, 16), np.array([0.0, 1.0]), TypeError, "softmax_loss_fast: y"),
    ],
)
def test_data_that_do_not_fit_are_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        ThreeLayerConvNet(**SMALL).loss(np.ones(X), y)
