"""Networks that are used elsewhere: asked, measured, saved, loaded and shown."""

import copy
import json
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest

from nndl import neural_net
from nndl.cnn import ConvNet, ThreeLayerConvNet
from nndl.fc_net import FullyConnectedNet, TwoLayerNet
from nndl.gradient_check import eval_numerical_gradient, rel_error
from nndl.model.network import Network
from nndl.solver import Solver
from nndl.training import checkpoints
from tests.support.training import tiny_data, tiny_net
from tests.test_checkpoints import archive, npy

LAYERS = [
    ("conv", 4, 3, 2), "batchnorm", "relu", ("residual", [("conv", 4), "batchnorm", "relu"]),
    "pool", "average", ("dropout", 0.8), ("affine", 6), "batchnorm", "relu",
]  # fmt: skip


def two_layers(**options):
    return TwoLayerNet(12, 5, 3, weight_scale=0.5, reg=0.1, **{"seed": 0} | options)


def fully_connected(**options):
    known = {"dropout": 0.5, "use_batchnorm": True, "weight_scale": 0.5, "seed": 0}
    return FullyConnectedNet(np.array([5, 4]), 12, 3, **known | options)


def three_layers(**options):
    known = {"use_batchnorm": True, "weight_scale": 0.5, "seed": 0, "dtype": np.float64}
    return ThreeLayerConvNet((1, 6, 6), 3, 3, 5, 3, **known | options)


def convnet(**options):
    return ConvNet(LAYERS, (2, 8, 8), 3, reg=1e-3, **{"seed": 0} | options)


def first(**options):
    return neural_net.TwoLayerNet(12, 5, 3, std=0.5, **{"seed": 0} | options)


KINDS = [two_layers, fully_connected, three_layers, convnet, first]
kinds = pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)


def examples(net, N=250):
    rng = np.random.default_rng(7)
    return rng.normal(size=(N, *getattr(net, "input_dim", (12,)))), rng.integers(3, size=N)


def trained(make):
    """A network that has seen a batch, so that its batch norms have averages; and examples."""
    net = make()
    X, y = examples(net)
    net.loss(X, y)
    return net, X, y


@kinds
def test_a_loaded_network_is_the_one_that_was_saved(make, tmp_path):
    net, X, y = trained(make)
    net.reg = 0.25
    net.save(tmp_path / "net.npz")
    before = repr(np.random.get_state())  # noqa: NPY002
    for load in (type(net).load, Network.load):
        other = load(tmp_path / "net.npz")
        assert type(other) is type(net)
        assert other.params.keys() == net.params.keys()
        for name, array in net.params.items():
            np.testing.assert_array_equal(other.params[name], array)
            assert other.params[name].dtype == array.dtype
        np.testing.assert_array_equal(other.loss(X), net.loss(X))
        if make is not first:  # which is told at each call of ``loss``
            assert other.reg == 0.25
        assert repr(other) == repr(net)
        other.loss(X, y)  # it can be trained
    assert repr(np.random.get_state()) == before  # noqa: NPY002
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fu" for name in file.files)


def test_the_two_networks_of_one_name_are_told_apart(tmp_path):
    for net, other, held in (
        (first(), TwoLayerNet, "neural_net."),
        (two_layers(), type(first()), ""),
    ):
        net.save(tmp_path / "net.npz")
        assert type(Network.load(tmp_path / "net.npz")) is type(net)
        with pytest.raises(ValueError, match=f"it holds a {held}TwoLayerNet, expected a "):
            other.load(tmp_path / "net.npz")


def test_the_first_network_is_shown_by_its_transposed_weights(rng):
    """Biases say how many units a layer has, whichever way its weights lie."""
    net = first()
    assert [line.split() for line in net.summary().splitlines()[2:]] == [
        ["affine", "5", "65"], ["relu", "5"], ["affine", "3", "18"], ["sum", "83"],
    ]  # fmt: skip
    given = "input_size=12, hidden_size=5, output_size=3, std=0.5"
    assert repr(net) == f"<TwoLayerNet({given}): 83 parameters>"
    X, y = rng.normal(size=(20, 12)), np.full(20, 3)
    with pytest.raises(ValueError, match="a label 3, but the model has 3 classes"):
        Solver(net, {"X_train": X, "y_train": y, "X_val": X, "y_val": y})


def test_a_loaded_first_network_draws_batches_without_a_seed(tmp_path):
    net, X, y = trained(first)
    net.save(tmp_path / "net.npz")
    loaded = Network.load(tmp_path / "net.npz")
    assert loaded.rng is None
    state = np.random.get_state()  # noqa: NPY002
    assert len(loaded.train(X, y, X, y, num_iters=3)["loss_history"]) == 3
    np.random.set_state(state)  # noqa: NPY002


@kinds
def test_a_solver_s_checkpoint_holds_its_best_network(make, tmp_path):
    net = make()
    X, y = examples(net, 90)
    data = {"X_train": X[:60], "y_train": y[:60], "X_val": X[60:], "y_val": y[60:]}
    Solver(net, data, batch_size=20, num_epochs=2, verbose=False,
           checkpoint_name=tmp_path / "run").train()  # fmt: skip
    loaded = type(net).load(tmp_path / "run_epoch_2.npz")
    np.testing.assert_array_equal(loaded.loss(X), net.loss(X))


def test_dropout_of_a_loaded_network_draws_new_masks(tmp_path):
    net, X, y = trained(fully_connected)
    net.save(tmp_path / "net.npz")
    loaded = Network.load(tmp_path / "net.npz")
    assert len({float(loaded.loss(X, y)[0]) for _ in range(3)}) == 3


@kinds
def test_predictions_and_measures_are_those_of_the_scores(make):
    net, X, y = trained(make)
    scores = net.loss(X).astype(float)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    for batch_size in (1, 7, 100, 1000):
        predicted = net.predict(X, batch_size=batch_size)
        np.testing.assert_array_equal(predicted, scores.argmax(axis=1))
        loss, accuracy = net.evaluate(X, y, batch_size=batch_size)
        assert accuracy == np.mean(predicted == y)
        assert rel_error(loss, -np.log(chances[np.arange(len(y)), y]).mean()) < 1e-5
    assert rel_error(net.probabilities(X), chances) < 1e-5
    assert predicted.dtype.kind == "i"
    np.testing.assert_array_equal(net.predict(X.tolist()), predicted)
    assert net.predict(X[:0]).shape == (0,)


@kinds
def test_a_question_leaves_the_network_as_it_is(make):
    net, X, y = trained(make)
    kept = copy.deepcopy((net.params, getattr(net, "bn_params", [])))
    rng = getattr(net, "dropout_param", {}).get("rng")
    state = repr(rng and rng.bit_generator.state)
    net.predict(X)
    net.evaluate(X, y)
    net.summary()
    assert repr(rng and rng.bit_generator.state) == state
    for name, array in net.params.items():
        np.testing.assert_array_equal(array, kept[0][name])
    for norm, before in zip(getattr(net, "bn_params", []), kept[1], strict=True):
        for key in ("running_mean", "running_var"):
            np.testing.assert_array_equal(norm[key], before[key])


@kinds
@pytest.mark.parametrize("question", ["loss", "predict", "evaluate"])
def test_memory_does_not_grow_with_the_number_of_examples(make, question):
    """Only what is returned does: not the maps, nor a cache of them."""
    net = make()
    X, y = examples(net, 4000)
    X = X.astype(net.params["W1"].dtype)
    net.loss(X[:100], y[:100])
    arguments = (y,) if question == "evaluate" else ()
    peaks = []
    for N in (400, 4000):
        ask = getattr(net, question)
        few = [array[:N] for array in arguments]
        ask(X[:N], *few)
        tracemalloc.start()
        ask(X[:N], *few)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    scores = 4000 * 3 * 8
    assert peaks[1] - peaks[0] < 4 * scores
    assert scores < X.nbytes


def test_scores_that_are_nan_are_no_answer():
    net, X, y = trained(two_layers)
    X[3] = np.nan
    assert net.predict(X)[3] == -1
    assert (net.predict(X) == -1).sum() == 1
    y[:] = 0
    net.params["b2"][:] = [50, 0, 0]
    assert net.evaluate(X, y)[1] == (len(y) - 1) / len(y)


@kinds
def test_the_table_of_layers_counts_every_parameter(make):
    net = make()
    lines = net.summary().splitlines()
    assert lines[0] == type(net).__name__
    cells = [line.split("  ")[-1].strip().replace(",", "") for line in lines[2:-1]]
    ends = [len(line) == len(lines[-1]) for line in lines[2:-1]]  # else there are no parameters
    counts = [int(cell) for cell, end in zip(cells, ends, strict=True) if end]
    total = sum(array.size for array in net.params.values())
    assert lines[-1].split() == ["sum", f"{total:,}"]
    assert sum(counts) == total
    assert f"{total:,} parameters" in repr(net)


def test_the_shapes_in_the_table_are_those_of_what_comes_out():
    lines = convnet().summary().splitlines()
    assert lines[2].split() == ["conv", "3x3,", "stride", "2", "4", "x", "4", "x", "4", "72"]
    assert [line.split("  ")[0].strip() for line in lines[2:-1]] == [
        "conv 3x3, stride 2", "batchnorm, relu", "residual", "| conv 3x3", "| batchnorm, relu",
        "pool 2x2", "average", "dropout, keep 0.8", "affine", "batchnorm", "relu", "affine",
    ]  # fmt: skip


@kinds
@pytest.mark.parametrize("seed", [0, None])
def test_copies_and_pickles_are_networks(make, seed):
    net, X, _ = trained(lambda: make(seed=seed))
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other.loss(X), net.loss(X))
        assert repr(other) == repr(net)


@kinds
def test_lists_tables_and_integers_are_examples(make):
    net, X, y = trained(make)
    X = np.round(10 * X)
    scores, loss = net.loss(X), make().loss(X, y)[0]
    for given in (X.tolist(), X.astype(int), X.astype(np.float32), np.asfortranarray(X)):
        np.testing.assert_allclose(net.loss(given), scores, rtol=1e-5, atol=1e-5)
    assert abs(make().loss(X.tolist(), y.tolist())[0] - loss) < 1e-5


@kinds
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X + 1j, "X has dtype complex128, expected real numbers"),
        (lambda X: X.astype(str), "X has dtype <U"),
        (lambda X: X.astype(object), "X has dtype object"),
        (lambda X: np.ma.masked_array(X, X > 0), "X is a MaskedArray, expected a plain"),
    ],
)
def test_examples_that_are_no_real_numbers_are_refused(make, change, message):
    net, X, y = trained(make)
    name = type(net).__name__
    for method, arguments in (("loss", ()), ("loss", (y,)), ("predict", ()), ("evaluate", (y,))):
        with pytest.raises(TypeError, match=f"^{name}.{method}: {message}"):
            getattr(net, method)(change(X), *arguments)


def test_bad_arguments_of_predict_and_evaluate():
    net, X, y = trained(two_layers)
    for call, message in (
        (lambda: net.predict(X, batch_size=0), "predict: batch_size is 0"),
        (lambda: net.predict(X, batch_size=2.0), "predict: batch_size is 2.0"),
        (lambda: net.predict(np.float64(1.0)), "loss: X has no dimension"),
        (lambda: net.evaluate(X, y[:-1]), "evaluate: .*a label for each example"),
        (lambda: net.evaluate(X[:0], y[:0]), "evaluate: X is empty"),
        (lambda: net.evaluate(X, y + 1), "evaluate: y has a label 3, but the model has 3 classes"),
        (lambda: net.evaluate(X, y - 1), "evaluate: y has a label -1"),
        (lambda: net.evaluate(X, y.astype(float)), "evaluate: y has dtype float64"),
        (lambda: net.evaluate(X, np.ma.array(y)), "evaluate: y is a MaskedArray"),
        (lambda: net.save("no/such/folder/net.npz"), "No such file"),
        (lambda: TwoLayerNet.load(3), "load: path is 3, expected a path"),
    ):
        with pytest.raises((OSError, TypeError, ValueError), match=message):
            call()


def test_batch_norm_of_one_example_is_refused_in_training():
    """Its output would not depend on the example, and no gradient would pass."""
    for make in (fully_connected, three_layers, convnet):
        net, X, y = trained(make)
        name = type(net).__name__
        with pytest.raises(ValueError, match=f"^{name}.loss: X has 1 example, expected 2 or more"):
            net.loss(X[:1], y[:1])
        assert net.loss(X[:1]).shape == (1, 3)
    spatial = ConvNet([("conv", 2), "batchnorm", "relu"], (1, 4, 4), 3)
    spatial.loss(np.ones((1, 1, 4, 4)), np.array([0]))  # it has 16 pixels for its statistics
    two_layers().loss(X[:1].reshape(1, -1)[:, :12], y[:1])


def test_a_run_with_batches_of_one_is_refused():
    with pytest.raises(ValueError, match="X has 1 example, expected 2 or more with labels"):
        Solver(tiny_net(), tiny_data(), batch_size=1, verbose=False).train()


def test_a_new_network_with_batch_norm_says_once_that_its_scores_mean_nothing():
    for make in (fully_connected, three_layers, convnet):
        net = make()
        X, y = examples(net)
        with pytest.warns(RuntimeWarning, match="has no running averages before the first loss"):
            net.loss(X)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            net.loss(X)
            other = make()
            other.loss(X, y)
            other.loss(X)
            fully_connected(use_batchnorm=False).loss(np.ones((2, 12)))


def test_a_gradient_check_of_seeded_dropout_is_still_possible():
    """Outside of a Solver the seed fixes the masks, as in the course."""
    net = fully_connected(dtype=np.float64, use_batchnorm=False, seed=123)
    X, y = examples(net, 5)
    for name in ("b1", "b2"):  # else a unit whose inputs are all off lies on its kink
        net.params[name] += 0.1
    _, grads = net.loss(X, y)
    for name, array in net.params.items():
        measured = eval_numerical_gradient(lambda _: net.loss(X, y)[0], array, verbose=False)
        assert rel_error(grads[name], measured) < 1e-5


def changed(path, meta=None, **arrays):
    """Write the file again with other contents."""
    kind, old, found = checkpoints.read(path, ("network",))
    merged = {name.replace("__", "/"): array for name, array in arrays.items()}
    checkpoints.write(path, old | (meta or {}), found | merged, kind)


def test_files_that_hold_no_such_network_are_refused(tmp_path):
    net, *_ = trained(fully_connected)
    path = tmp_path / "net.npz"

    def refused(message, load=FullyConnectedNet.load):
        with pytest.raises(ValueError, match=message) as caught:
            load(path)
        assert "load: " in str(caught.value)
        assert str(path) in str(caught.value)

    path.write_bytes(b"")
    refused("is not a whole network")
    archive(path, W1=npy(np.zeros(3)))
    refused("it has no member 'meta'")
    net.save(path)
    refused("it holds a FullyConnectedNet, expected a TwoLayerNet", TwoLayerNet.load)
    content = path.read_bytes()
    for size in (100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        refused("is not a whole network")
    wrong, wide = np.zeros((2, 2), np.float32), np.zeros((5, 12), np.float32)
    for meta, arrays, message in (
        ({"network": {"class": "Evil", "arguments": {}}}, {}, "holds a Evil, expected a Fully"),
        ({"network": None}, {}, "its model is not a network of this book"),
        ({"network": {"class": "FullyConnectedNet"}}, {}, "arguments"),
        ({}, {"params__W1": wide}, r"W1 is float32 \(5, 12\), expected \(12, 5\)"),
        ({}, {"params__W9": wrong}, "it has parameters .*W9.*, expected"),
        ({}, {"params__b1": np.zeros(5, int)}, r"b1 is int64 \(5,\)"),
    ):
        path.write_bytes(content)
        changed(path, meta, **arrays)
        refused(message)
    huge = json.loads(json.dumps({"class": "FullyConnectedNet", "arguments": net._arguments()}))
    huge["arguments"]["hidden_dims"] = [10**6, 10**6]
    path.write_bytes(content)
    changed(path, {"network": huge})
    refused("its arguments ask for more weights than it holds")


def test_a_checkpoint_of_a_foreign_model_is_no_network(tmp_path):
    from tests.support.training import STEP, Scripted

    options = {"batch_size": 4, "num_epochs": 1, "verbose": False, "optim_config": STEP}
    Solver(Scripted(), Scripted.data(), checkpoint_name=tmp_path / "run", **options).train()
    with pytest.raises(ValueError, match="its model is not a network of this book"):
        Network.load(tmp_path / "run_epoch_1.npz")


class Wider(FullyConnectedNet):
    """What someone may make of a network of the book."""

    def __init__(self, width, factor=2, **options):
        super().__init__([factor * width], **options)
        self.given = width


def test_arguments_that_a_file_cannot_hold(tmp_path):
    class Odd(FullyConnectedNet):
        def __init__(self, thing=None):
            super().__init__([4], 6, 3, use_batchnorm=True)

    net = Odd(object())
    with pytest.raises(TypeError, match=r"^Odd.save: the network cannot be put into a file"):
        net.save(tmp_path / "net.npz")
    assert "Odd(thing=<object" in repr(net)
    Solver(net, tiny_data(), num_epochs=1, verbose=False, checkpoint_name=tmp_path / "a").train()
    Solver.resume(tmp_path / "a_epoch_1.npz", Odd(object()), tiny_data())
    with pytest.raises(ValueError, match="its model is not a network of this book"):
        Odd.load(tmp_path / "a_epoch_1.npz")


def test_a_network_whose_arguments_were_refused_can_be_printed():
    net = TwoLayerNet.__new__(TwoLayerNet, "nonsense")
    assert "TwoLayerNet object" in repr(net)


def test_networks_that_a_reader_derives_from_these(tmp_path):
    net = Wider(3, input_dim=4, num_classes=2)
    net.save(tmp_path / "net.npz")
    loaded = Wider.load(tmp_path / "net.npz")
    X = np.ones((3, 4))
    np.testing.assert_array_equal(loaded.loss(X), net.loss(X))
    assert "Wider(width=3, factor=2, input_dim=4, num_classes=2)" in repr(loaded)
    with pytest.raises(ValueError, match=r"it holds a Wider, expected one of .'TwoLayerNet'"):
        Network.load(tmp_path / "net.npz")
