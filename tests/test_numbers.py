"""Numbers of every type count as Python's: small integers do not overflow, fractions are floats.

Each case is a call with an argument ``n``, the type under test. It is called with ``int``, or with
``float``, first: that result is the right one.
"""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nndl import neural_net
from nndl.cnn import ConvNet, ThreeLayerConvNet
from nndl.conv_layers import (
    spatial_batchnorm_forward,
    spatial_groupnorm_forward,
)
from nndl.data import mnist
from nndl.data_utils import augment, get_CIFAR10_data, load_mnist, synthetic_CIFAR10
from nndl.fast import warm_up
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.spatial_batchnorm import spatial_batchnorm_forward_fast
from nndl.fc_net import FullyConnectedNet, TwoLayerNet
from nndl.layers import batchnorm_forward, dropout_forward, layernorm_forward
from nndl.optim import sgd
from nndl.solver import Solver
from nndl.vis_utils import confusion_counts, misclassified, visualize_grid
from tests.support.cifar10_files import write_copy
from tests.support.training import outcome, tiny_data, tiny_net
from tests.test_mnist import idx

HUGE = 10**400  # larger than any float
QUIET = {"verbose": False, "optim_config": {"learning_rate": 1e-3}}
X = np.random.default_rng(0).normal(size=(300, 3, 4, 4)).astype(np.float32)
Y = np.arange(300) % 3


def trained(n, **changes):
    """What a run leads to, of batches and epochs that make more steps than a byte counts."""
    settings = {"batch_size": n(100), "num_epochs": n(100), "print_every": n(100), "seed": n(100)}
    settings |= {"num_train_samples": n(100), "num_val_samples": n(10), **QUIET, **changes}
    solver = Solver(tiny_net(), tiny_data(300), **settings)
    solver.train()
    return outcome(solver)


def trained_again(n):
    solver = Solver(tiny_net(), tiny_data(300), batch_size=100, num_epochs=1, **QUIET)
    solver.train()
    solver.train(num_epochs=n(100))
    return outcome(solver), solver.check_accuracy(
        tiny_data(300)["X_train"], tiny_data(300)["y_train"], n(100), batch_size=n(100)
    )


def resumed(n, folder):
    solver = Solver(tiny_net(), tiny_data(300), batch_size=n(100), num_epochs=1, **QUIET)
    solver.train()
    solver.save(folder / "run.npz")
    found = Solver.resume(
        folder / "run.npz", tiny_net(), tiny_data(300), num_epochs=n(100), keep=n(100)
    )
    found.train()
    return outcome(found)


def learned(n):
    net = neural_net.TwoLayerNet(n(48), n(100), n(3), seed=n(100))
    found = net.train(X, Y, X, Y, num_iters=n(3), batch_size=n(100))
    return found, net.params


def answers(n):
    """Of a network that is asked for more examples than a byte counts."""
    net = FullyConnectedNet([n(100), n(2)], n(48), n(3), seed=n(100), dropout=0.5)
    size = n(100)
    asked = net.predict(X, size), net.probabilities(X, size), net.evaluate(X, Y, size)
    return asked, net.params, TwoLayerNet(n(48), n(100), n(3), seed=n(100)).params


def images_of(n, folder):
    if not (folder / "cifar").exists():
        write_copy(folder / "cifar", np.random.default_rng(0), n=100)
    return dict(get_CIFAR10_data(n(120), n(120), n(100), root=folder / "cifar", verbose=False))


def mnist_of(n, folder):
    for name, kind in mnist.FILES.items():
        shape = (300, 28, 28) if "images" in name else (300,)
        (folder / f"{name}-{kind}").write_bytes(idx((np.arange(np.prod(shape)) % 10)
            .astype(np.uint8).reshape(shape)))  # fmt: skip
    return dict(load_mnist(folder, num_validation=n(100), verbose=False))


def synthetic(n, folder):
    synthetic_CIFAR10(folder / n.__name__, num_per_batch=n(100), seed=n(100))
    return [path.read_bytes() for path in sorted((folder / n.__name__).glob("*.bin"))]


def figure(n):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    gray = X[:, :1]
    fig = misclassified(gray, Y, (Y + 1) % 3, [*"abc"], most=n(20), columns=n(7))
    found = [ax.get_position().bounds for ax in fig.axes], fig.alt
    plt.close(fig)
    return found


INTEGERS = {
    "Solver": lambda n, _: trained(n),
    "Solver, with replacement": lambda n, _: trained(n, replacement=True),
    "Solver.train": lambda n, _: trained_again(n),
    "Solver.resume": resumed,
    "neural_net.TwoLayerNet": lambda n, _: learned(n),
    "FullyConnectedNet": lambda n, _: answers(n),
    "ThreeLayerConvNet": lambda n, _: ThreeLayerConvNet(
        (n(3), n(32), n(33)), n(32), n(3), n(100), n(10), seed=n(100)
    ).params,
    "ThreeLayerConvNet, large filters": lambda n, _: ThreeLayerConvNet(
        (n(3), n(32), n(33)), n(100), n(15), n(4), n(100), use_batchnorm=True, seed=n(100)
    ).params,
    "ConvNet": lambda n, _: ConvNet(
        [("conv", n(32)), "relu", ("conv", n(64), n(3)), ("pool", n(2)), ("affine", n(100))],
        (n(3), n(10), n(10)), n(100), seed=n(100),
    ).params,
    "ConvNet, large maps": lambda n, _: ConvNet(
        [("conv", n(2), n(3), n(2)), ("residual", [("conv", n(2), n(15))])],
        (n(3), n(120), n(120)), n(2), seed=n(100),
    ).params,
    "get_CIFAR10_data": images_of,
    "load_mnist": mnist_of,
    "synthetic_CIFAR10": synthetic,
    "augment": lambda n, _: augment(X[:9], n(100), pad=n(100)),
    "visualize_grid": lambda n, _: visualize_grid(X[:9].transpose(0, 2, 3, 1), padding=n(100)),
    "visualize_grid, padding 1": lambda n, _: visualize_grid(
        np.tile(X[:3].transpose(0, 2, 3, 1), (1, 40, 40, 1)), padding=n(1)
    ),
    "confusion_counts": lambda n, _: confusion_counts([0, 15], [1, 2], n(20)),
    "confusion_counts, many": lambda n, _: confusion_counts([0, 99], [1, 2], n(100)),
    "misclassified": lambda n, _: figure(n),
}  # fmt: skip


@pytest.mark.parametrize("kind", [np.int8, np.uint8], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("case", INTEGERS)
def test_a_small_integer_counts_as_the_same_int(case, kind, tmp_path):
    right = INTEGERS[case](int, tmp_path)
    np.testing.assert_equal(INTEGERS[case](kind, tmp_path), right)


def test_an_unsigned_byte_counts_to_255(tmp_path):
    def byte(value):
        return np.uint8(value)

    write_copy(tmp_path / "cifar", np.random.default_rng(0), n=100)
    for n in (int, byte):
        counts = {"num_training": n(200), "num_validation": n(200), "num_test": n(100)}
        data = get_CIFAR10_data(**counts, root=tmp_path / "cifar", verbose=False)
        assert [len(data[f"y_{part}"]) for part in ("train", "val", "test")] == [200, 200, 100]
        net = ConvNet([("conv", 2, n(3), n(2))], (3, n(200), n(200)), seed=0)
        assert net.params["W2"].shape == (2 * 100 * 100, 10)
        assert augment(X[:2], 0, pad=n(200)).shape == X[:2].shape


def net_of(make, n, **options):
    """The loss and the gradients of a network with a penalty."""
    net = make(reg=n(0.5), weight_scale=n(0.25), seed=0, **options)
    return net.loss(X[:6], Y[:6])


def norm_of(norm, n, x=X):
    C = x.shape[1]
    return norm(x, np.ones(C), np.zeros(C), {"mode": "train", "eps": n(0.5), "momentum": n(0.5)})[0]


def decayed(n):
    net = neural_net.TwoLayerNet(48, 5, 3, std=n(0.5), seed=0)
    return net.train(X, Y, X, Y, n(0.5), n(0.5), n(0.25), num_iters=5, batch_size=300), net.params


FLOATS = {
    "TwoLayerNet": lambda n: net_of(TwoLayerNet, n, input_dim=48),
    "FullyConnectedNet": lambda n: net_of(
        FullyConnectedNet, n, hidden_dims=[5], input_dim=48, dropout=n(0.5)
    ),
    "ThreeLayerConvNet": lambda n: net_of(ThreeLayerConvNet, n, input_dim=(3, 4, 4)),
    "ConvNet": lambda n: ConvNet(
        [("conv", 4), "relu", ("dropout", n(0.5))], (3, 4, 4), reg=n(0.5), seed=0
    ).loss(X[:6], Y[:6]),
    "neural_net.TwoLayerNet": decayed,
    "Solver": lambda n: trained(
        int, num_epochs=2, lr_decay=n(0.5), optim_config={"learning_rate": n(0.25)},
        update_rule="sgd", schedule=("step", {"at": [n(0.5)], "factor": n(0.5)}),
    ),
    "sgd": lambda n: sgd(np.ones(3), np.ones(3), {"learning_rate": n(0.5)}),
    "visualize_grid": lambda n: visualize_grid(X[:4].transpose(0, 2, 3, 1), ubound=n(0.5)),
    "dropout_forward": lambda n: dropout_forward(X, {"p": n(0.5), "mode": "train", "seed": 0})[0],
    "batchnorm_forward": lambda n: norm_of(batchnorm_forward, n, X[:, :, 0, 0]),
    "spatial_batchnorm_forward": lambda n: norm_of(spatial_batchnorm_forward, n),
}  # fmt: skip


@pytest.mark.parametrize("case", FLOATS)
def test_a_fraction_counts_as_the_float_that_it_is(case):
    np.testing.assert_equal(FLOATS[case](Fraction), FLOATS[case](float))


def test_a_network_of_fractions_can_be_saved(tmp_path):
    net = FullyConnectedNet([4], 6, 3, weight_scale=Fraction(1, 2), reg=Fraction(1, 4), seed=0)
    net.save(tmp_path / "net.npz")
    loaded = FullyConnectedNet.load(tmp_path / "net.npz")
    np.testing.assert_equal(loaded.params, net.params)
    assert (type(loaded.reg), loaded.reg) == (float, 0.25)


NORMS = {"x": X[:, :, 0, 0], "gamma": np.ones(3), "beta": np.zeros(3)}
SPATIAL = {"x": X, "gamma": np.ones(3), "beta": np.zeros(3)}
TRAINED = {"X": X, "y": Y, "X_val": X, "y_val": Y}
OUT, CACHE = conv_forward_fast(X, np.ones((2, 3, 3, 3)), np.zeros(2), {"stride": 1, "pad": 1})
LISTS = ({5, 4}, {5: 4}, np.array(5), np.ones((2, 2), int), "54", 5)

REFUSED = [
    *[(make, {"reg": value}, "reg")
      for make in (TwoLayerNet, ThreeLayerConvNet) for value in (HUGE, -HUGE, Fraction(HUGE))],
    *[(FullyConnectedNet, {"hidden_dims": [4], key: HUGE}, key)
      for key in ("reg", "weight_scale", "dropout", "dropout_keep_ratio")],
    (ConvNet, {"layers": ["relu"], "reg": HUGE}, "reg"),
    (ConvNet, {"layers": [("dropout", HUGE)]}, "dropout"),
    (neural_net.TwoLayerNet,
     {"input_size": 4, "hidden_size": 3, "output_size": 2, "std": HUGE}, "std"),
    *[(neural_net.TwoLayerNet(48, 5, 3).train, TRAINED | {key: HUGE}, key)
      for key in ("learning_rate", "learning_rate_decay", "reg")],
    (sgd, {"w": np.ones(3), "dw": np.ones(3), "config": {"learning_rate": HUGE}}, "learning_rate"),
    *[(Solver, {"model": tiny_net(), "data": tiny_data(), **given}, key) for key, given in {
        "lr_decay": {"lr_decay": HUGE}, "learning_rate": {"optim_config": {"learning_rate": HUGE}},
        "epsilon": {"update_rule": "adam", "optim_config": {"epsilon": HUGE}},
        "factor": {"schedule": ("step", {"factor": HUGE})},
    }.items()],
    *[(Solver, {"model": tiny_net(), "data": tiny_data(), "schedule": ("step", {"at": at})}, "at")
      for at in ({0.5}, {0.5: 1}, np.array(0.5), np.ones((2, 2)), "0.5", 0.5)],
    (visualize_grid, {"Xs": np.ones((4, 3, 3, 1)), "ubound": HUGE}, "ubound"),
    *[(batchnorm_forward, NORMS | {"bn_param": {"mode": "train", key: HUGE}}, key)
      for key in ("eps", "momentum")],
    (layernorm_forward, NORMS | {"ln_param": {"eps": HUGE}}, "eps"),
    *[(norm, SPATIAL | {"bn_param": {"mode": "train", "eps": HUGE}}, "eps")
      for norm in (spatial_batchnorm_forward, spatial_batchnorm_forward_fast)],
    (spatial_groupnorm_forward, SPATIAL | {"G": 1, "gn_param": {"eps": HUGE}}, "eps"),
    (dropout_forward, {"x": X, "dropout_param": {"p": HUGE, "mode": "train"}}, "p"),
    *[(FullyConnectedNet, {"hidden_dims": sizes}, "hidden_dims") for sizes in LISTS],
    *[(FullyConnectedNet, {"hidden_dims": [4], key: value}, key)
      for key in ("use_batchnorm", "normalization", "dropout", "dropout_keep_ratio")
      for value in (np.ones(2), np.ones((2, 2)), "no", [1, 2])],
    *[(FullyConnectedNet, {"hidden_dims": [4], "dropout": np.ones(2), "dropout_keep_ratio": other},
       "dropout") for other in (np.ones(2), 0.5)],
    (FullyConnectedNet, {"hidden_dims": [4], "dropout": 1, "dropout_keep_ratio": np.ones(2)},
     "dropout_keep_ratio"),
    (TwoLayerNet, {"hidden_dims": np.ones(2), "hidden_dim": np.ones(2)}, "hidden_dims"),
    *[(ThreeLayerConvNet, {"use_batchnorm": value}, "use_batchnorm")
      for value in ("no", None, 1, np.ones(2))],
    *[(conv_backward_fast, {"dout": OUT, "cache": CACHE, "need_dx": value}, "need_dx")
      for value in ("no", None, 0, np.ones(2))],
    *[(make, {**given, "dtype": dtype}, "dtype")
      for make, given in ((FullyConnectedNet, {"hidden_dims": [4]}), (ThreeLayerConvNet, {}),
                          (ConvNet, {"layers": ["relu"]}), (warm_up, {"verbose": False}))
      for dtype in ("foo", 5, ">f4" if np.little_endian else "<f4", np.float16, None, "f4,,", [])],
    *[(augment, {"X": images, "rng": 0}, "X") for images in (
        np.ma.ones((2, 3, 4, 4)), np.full((2, 3, 4, 4), None), np.full((2, 3, 4, 4), "a"),
        np.ones((2, 3, 4, 4), complex), [[[[1.0]]]])],
    *[(visualize_grid, {"Xs": np.ones((4, 3, 3, 1)), "ubound": value}, "ubound")
      for value in (Decimal(1), "1", None, True)],
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "given", "name"),
    REFUSED,
    ids=[f"{function.__qualname__}-{name}-{k}" for k, (function, _, name) in enumerate(REFUSED)],
)
def test_what_no_float_no_flag_and_no_list_holds_is_refused_by_name(function, given, name):
    with pytest.raises((TypeError, ValueError)) as error:
        function(**given)
    who, _, what = str(error.value).partition(": ")
    assert who.startswith(function.__qualname__.partition("_naive")[0].split("[")[0])
    assert re.search(rf"\b{name}\b", f"{who} {what}")
    assert "expected" in what


def test_the_dtype_that_came_is_named():
    swapped = np.dtype(np.float32).newbyteorder()
    for dtype, came in ((swapped, str(swapped)), ("foo", "'foo'"), (5, "5"), ("i4", "int32")):
        with pytest.raises(TypeError, match=f"dtype is {came}, expected float32 or float64"):
            FullyConnectedNet([4], dtype=dtype)


def test_numbers_of_the_right_kind_are_taken():
    for hidden_dims in ([4, 5], (4, 5), np.array([4, 5]), np.array([4, 5], np.uint8)):
        assert FullyConnectedNet(hidden_dims).params["W2"].shape == (4, 5)
    for flag in (True, np.True_):
        assert len(FullyConnectedNet([4], use_batchnorm=flag).bn_params) == 1
        assert ThreeLayerConvNet(use_batchnorm=flag).use_batchnorm is True
    for images in (X, X.astype(np.uint8), X > 0, X.astype(np.float16)):
        assert augment(images, 0).dtype == images.dtype
