"""ConvNet: its lists of layers, what it makes of them, and what it refuses."""

import copy
import inspect

import numpy as np
import pytest

from nndl.activations import ACTIVATIONS, RELU, Activation
from nndl.cnn import ThreeLayerConvNet
from nndl.convnet import LAYERS, Activate, Affine, BatchNorm, Conv, ConvNet, MaxPool
from nndl.gradient_check import eval_numerical_gradient
from nndl.solver import Solver

EVERY_KIND = [
    *[("conv", 3), "batchnorm", "relu", ("conv", 3, 5, 2), "relu", "pool"],
    ("residual", [("conv", 3), "batchnorm", "relu", ("conv", 3), "batchnorm"]),
    *["relu", "average", ("affine", 4), "batchnorm", "relu", ("dropout", 1.0)],
]
DOUBLE = {"dtype": np.float64, "seed": 0}


def kinds(net):
    return [type(layer) for layer in net.layers]


def check_all_gradients(net, X, y):
    _, grads = net.loss(X, y)
    assert grads.keys() == net.params.keys()
    for name, array in net.params.items():
        numerical = eval_numerical_gradient(lambda _: net.loss(X, y)[0], array, False, 1e-6)
        np.testing.assert_allclose(grads[name], numerical, rtol=1e-5, atol=1e-7)


def test_the_gradient_of_every_parameter(rng):
    X, y = rng.normal(size=(6, 2, 9, 8)), rng.integers(5, size=6)
    check_all_gradients(ConvNet(EVERY_KIND, (2, 9, 8), 5, reg=0.1, dtype=np.float64, seed=1), X, y)


def test_layers_that_do_the_work_of_two_change_no_result(rng):
    X = rng.normal(size=(4, 2, 8, 6))
    layers = [("conv", 3), "batchnorm", "relu", "pool", ("conv", 4), "relu", "pool"]
    net = ConvNet(layers, (2, 8, 6), 5, **DOUBLE)
    assert kinds(net) == [Conv, BatchNorm, MaxPool, Conv, MaxPool, Activate, Affine]
    assert "b1" not in net.params  # batch norm would take it away
    assert "b2" in net.params
    one_by_one = copy.deepcopy(net)
    norm, relu = BatchNorm(net, (3, 8, 6)), Activate(net, (), RELU)
    pool, last = net.layers[2], net.layers[-1]
    norm.names, norm.bn_param = net.layers[1].names, {"mode": "train"}
    one_by_one.layers = [net.layers[0], norm, relu, pool, net.layers[3], relu, net.layers[4], last]
    y = np.array([0, 1, 2, 4])
    (loss, grads), (other, others) = net.loss(X, y), one_by_one.loss(X, y)
    assert loss == pytest.approx(other, rel=1e-13)
    for name in grads:
        np.testing.assert_allclose(grads[name], others[name], rtol=1e-9, atol=1e-13)


def test_the_network_of_the_course_as_a_list(rng):
    layers = [("conv", 4, 7), "relu", "pool", ("affine", 6), "relu"]
    listed = ConvNet(layers, (3, 8, 8), reg=0.5, **DOUBLE)
    three = ThreeLayerConvNet((3, 8, 8), 4, 7, 6, weight_scale=0.1, reg=0.5, **DOUBLE)
    assert listed.params.keys() == three.params.keys()
    listed.params = {name: array.copy() for name, array in three.params.items()}
    X, y = rng.normal(size=(5, 3, 8, 8)), rng.integers(10, size=5)
    (loss, grads), (other, others) = listed.loss(X, y), three.loss(X, y)
    assert loss == pytest.approx(other, rel=1e-14)
    for name in grads:
        np.testing.assert_allclose(grads[name], others[name], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_and_shapes(rng, dtype):
    net = ConvNet(EVERY_KIND, (2, 9, 8), 4, dtype=dtype, seed=0)
    X, y = rng.normal(size=(5, 2, 9, 8)), rng.integers(4, size=5)
    loss, grads = net.loss(X, y)
    assert loss.dtype == dtype
    for name, array in net.params.items():
        assert grads[name].dtype == array.dtype == dtype
        assert grads[name].shape == array.shape
    assert net.loss(X).shape == (5, 4)
    assert net.loss(X).dtype == dtype


def test_equals_pytorch(rng):
    torch = pytest.importorskip("torch")
    nn, functional = torch.nn, torch.nn.functional
    net = ConvNet(EVERY_KIND, (2, 9, 8), 4, **DOUBLE)
    for name, array in net.params.items():
        if name[0] != "W":
            array += 0.3 * rng.normal(size=array.shape)
    p = {name: torch.tensor(array, requires_grad=True) for name, array in net.params.items()}
    X, y = rng.normal(size=(5, 2, 9, 8)), rng.integers(4, size=5)

    def norm(x, i):
        return functional.batch_norm(x, None, None, p[f"gamma{i}"], p[f"beta{i}"], training=True)

    def conv(x, i, bias=None, **options):
        return functional.conv2d(x, p[f"W{i}"], bias, **options)

    x = norm(conv(torch.tensor(X), 1, padding=1), 1).relu()
    x = nn.MaxPool2d(2)(conv(x, 2, p["b2"], stride=2, padding=2).relu())
    x = x + norm(conv(norm(conv(x, 3, padding=1), 2).relu(), 4, padding=1), 3)
    x = norm(x.relu().mean(dim=(2, 3)) @ p["W5"] + p["b5"], 4).relu() @ p["W6"] + p["b6"]
    expected = functional.cross_entropy(x, torch.tensor(y))
    expected.backward()
    loss, grads = net.loss(X, y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    for name in grads:
        np.testing.assert_allclose(grads[name], p[name].grad, rtol=1e-8, atol=1e-12)


def test_a_solver_trains_it_and_goes_on_from_a_checkpoint(rng, tmp_path):
    X = rng.normal(size=(60, 1, 6, 6)).astype(np.float32)
    y = (X[:, 0, :3].mean(axis=(1, 2)) > X[:, 0, 3:].mean(axis=(1, 2))).astype(int)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    layers = [("conv", 4), "batchnorm", "relu", ("residual", [("conv", 4), "batchnorm", "relu"])]
    layers += ["average", ("dropout", 0.9)]

    def solver(epochs):
        net = ConvNet(layers, (1, 6, 6), 2, seed=0)
        settings = {"optim_config": {"learning_rate": 1e-2}, "update_rule": "adam"}
        name = tmp_path / "run"
        return Solver(net, data, num_epochs=epochs, verbose=False, checkpoint_name=name, **settings)

    whole = solver(4)
    whole.train()
    again = Solver.resume(
        tmp_path / "run_epoch_2.npz", ConvNet(layers, (1, 6, 6), 2, seed=1), data, verbose=False
    )
    again.train()
    assert again.loss_history == whole.loss_history
    for name, array in whole.model.params.items():
        np.testing.assert_array_equal(again.model.params[name], array)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ("conv", TypeError, "ConvNet: layers is 'conv', expected a list"),
        ([], ValueError, "ConvNet: layers is empty"),
        ([3], TypeError, r"layers\[0\] is 3, expected a name, or a tuple"),
        (["relu", "convolution"], ValueError, r"layers\[1\] is 'convolution', expected one of"),
        ([("conv",)], ValueError, r"layers\[0\] is \('conv',\), expected \('conv', filters, size"),
        (["conv"], ValueError, r"layers\[0\] is 'conv', expected \('conv', filters, size"),
        ([("relu", 2)], ValueError, "expected 'relu' alone"),
        ([("conv", 4, 2)], ValueError, r"layers\[0\]: size is 2, expected an odd number"),
        ([("conv", 4.0)], TypeError, r"layers\[0\]: filters is 4.0 \(float\), expected an integer"),
        ([("conv", 0)], ValueError, r"layers\[0\]: filters is 0, expected 1 or more"),
        ([("dropout", 0)], ValueError, r"layers\[0\]: dropout is 0"),
        (["average", "pool"], ValueError, r"layers\[1\] is 'pool' and gets rows of 3 numbers"),
        ([("pool", 9)], ValueError, r"gets maps of 8 by 8 pixels"),
        ([("residual", [])], ValueError, "layers is empty"),
        ([("residual", "relu")], TypeError, "expected a list of layers"),
        ([("residual", [("conv", 4)])], ValueError, r"a residual block turns \(3, 8, 8\) into"),
        ([("residual", ["relu", "pol"])], ValueError, "'pol', expected one of"),
    ],
)
def test_bad_lists_of_layers(layers, error, message):
    with pytest.raises(error, match=message):
        ConvNet(layers, (3, 8, 8))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"input_dim": (3, 8)}, ValueError, "input_dim"),
        ({"num_classes": 0}, ValueError, "num_classes is 0"),
        ({"reg": -1}, ValueError, "reg is -1"),
        ({"dtype": int}, TypeError, "dtype is int"),
        ({"seed": "x"}, TypeError, "seed"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=f"^ConvNet: {message}"):
        ConvNet(["relu"], **({"input_dim": (3, 8, 8)} | options))


def test_images_of_another_size(rng):
    net = ConvNet(["relu"], (3, 8, 8))
    with pytest.raises(ValueError, match=r"^ConvNet.loss: X has shape \(2, 3, 8, 7\), expected"):
        net.loss(rng.normal(size=(2, 3, 8, 7)))


# ------------------------------------------------------------------------- the tables of kinds

# What must follow the name of a kind; the others take none, or have a default.
OPTIONS = {"conv": (4,), "affine": (5,), "dropout": (1.0,), "residual": ([("conv", 4), "relu"],)}


@pytest.mark.parametrize("name", LAYERS | ACTIVATIONS)
def test_every_kind_is_what_pytorch_makes_of_its_name(torch, name, rng):
    from benchmarks.pytorch_steps import built

    layers = [("conv", 4), (name, *OPTIONS.get(name, ()))]
    net = ConvNet(layers, (3, 7, 6), 5, **DOUBLE)
    for array in net.params.values():
        array += 0.3 * rng.normal(size=array.shape)
    with torch.no_grad():
        modules, shape = built([*layers, ("affine", 5)], (3, 7, 6), bias="b1" in net.params)
        theirs = torch.nn.Sequential(*modules).double()
        for ours, tensor in zip(net.params.values(), theirs.parameters(), strict=True):
            tensor.copy_(torch.tensor(ours.T if tensor.ndim == 2 else ours))
        X = rng.normal(size=(4, 3, 7, 6))
        expected = theirs(torch.tensor(X)).numpy()
    net.loss(X, np.array([0, 1, 2, 3]))  # batch norm then has the statistics of these images
    for norm in net.bn_params:
        norm["mode"] = "train"
    scores, _ = net.through(net.layers, X)
    assert shape == (5,)
    np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", [*LAYERS.values(), *ACTIVATIONS.values()])
def test_an_entry_says_what_a_list_needs(kind):
    parameters = [*inspect.signature(kind).parameters]
    given = 2 if kind in LAYERS.values() else 0  # the network and the shape
    assert len(parameters) == given + len(kind.checks), "a check for each option"
    assert not kind.torch or hasattr(pytest.importorskip("torch").nn, kind.torch)
    assert kind.__doc__


def test_every_option_is_checked():
    for name, kind in (LAYERS | ACTIVATIONS).items():
        if kind.checks:
            with pytest.raises((TypeError, ValueError), match=r"^ConvNet: layers\[0\]"):
                ConvNet([(name, None)], (3, 8, 8))


def test_an_activation_may_be_given_as_a_value(rng):
    X, y = rng.normal(size=(4, 3, 6, 6)), rng.integers(5, size=4)
    for layers in (["batchnorm", "relu", "pool"], [("conv", 2), "relu", "pool"]):
        named = ConvNet(layers, (3, 6, 6), 5, **DOUBLE)
        valued = ConvNet([RELU if k == "relu" else k for k in layers], (3, 6, 6), 5, **DOUBLE)
        assert kinds(valued) == kinds(named)
        assert valued.loss(X, y)[0] == named.loss(X, y)[0]


def test_what_waits_for_batch_norm_and_changes_places_with_a_pool(rng):
    """The ReLU alone is done in batch norm's loop; what never falls goes behind a maximum."""

    class Hump(Activation):
        """Rises and falls."""

        def forward(self, x):
            return x * np.exp(-(x**2)), x

        def backward(self, dout, cache):
            return dout * (1 - 2 * cache**2) * np.exp(-(cache**2))

    X, y = rng.normal(size=(4, 3, 6, 6)), rng.integers(5, size=4)
    for activation, changes in ((("leaky_relu", 0.1), True), (Hump(), False)):
        layers = [("conv", 2), "batchnorm", activation, ("conv", 2), activation, "pool"]
        net = ConvNet(layers, (3, 6, 6), 5, **DOUBLE)
        last = [MaxPool, Activate] if changes else [Activate, MaxPool]
        assert kinds(net) == [Conv, BatchNorm, Activate, Conv, *last, Affine]
        assert not net.layers[1].rectified
        check_all_gradients(net, X, y)
