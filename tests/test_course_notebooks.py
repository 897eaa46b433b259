# ruff: noqa: NPY002  (the notebooks draw from the global state)
"""The courses' notebooks run with their import root replaced by nndl and nothing else changed."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nndl import data_utils, optim
from nndl.cnn import ThreeLayerConvNet
from nndl.fc_net import FullyConnectedNet, TwoLayerNet
from nndl.gradient_check import eval_numerical_gradient, rel_error
from nndl.optim import adam, rmsprop
from nndl.solver import Solver
from tests.support.cifar10_files import write_copy
from tests.support.course_notebooks import NOTEBOOKS

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _seeded():
    """The notebooks draw from NumPy's global state; here it has a seed, and is put back."""
    state = np.random.get_state()
    np.random.seed(231)
    yield
    np.random.set_state(state)


@pytest.fixture
def data():
    """Images as those of ``get_CIFAR10_data``, in shape and size: ten blurs, and noise."""
    rng = np.random.default_rng(231)
    blurs = rng.normal(scale=12, size=(10, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    found = {}
    for part, count in (("train", 400), ("val", 100), ("test", 100)):
        y = rng.integers(10, size=count)
        found[f"X_{part}"] = blurs[y] + rng.normal(scale=60, size=(count, 3, 32, 32))
        found[f"y_{part}"] = y
    with threadpool_limits(1):  # matrices so small that BLAS's threads would mostly wait
        yield found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_its_own_names(name, data, monkeypatch, tmp_path, rng):
    """Cell after cell, in a namespace that has what the notebook imports, and nothing else."""
    plt.switch_backend("agg")
    monkeypatch.setattr(data_utils, "get_CIFAR10_data", lambda: data)
    write_copy(tmp_path / "cifar-10-batches-py", rng, n=60, python=True)
    namespace = {"cifar10_dir": str(tmp_path / "cifar-10-batches-py")}
    for number, cell in enumerate(NOTEBOOKS[name]):
        exec(compile(cell, f"<{name}, cell {number}>\n{cell}", "exec"), namespace)


def test_the_notebooks_import_what_the_course_s_import():
    """The roots apart: so that no test here passes by an import that no notebook has."""
    cells = [cell for notebook in NOTEBOOKS.values() for cell in notebook]
    lines = {line for cell in cells for line in cell.splitlines() if "import" in line.split()}
    modules = {line.split()[1] for line in lines if line.startswith("from nndl")}
    assert modules == {
        *("nndl.fc_net", "nndl.cnn", "nndl.layers", "nndl.conv_layers", "nndl.layer_utils"),
        *("nndl.conv_layer_utils", "nndl.fast_layers", "nndl.optim", "nndl.layer_tests"),
        *("nndl.neural_net", "nndl.classifiers.fc_net", "nndl.classifiers.cnn"),
        *("nndl.solver", "nndl.data_utils", "nndl.gradient_check", "nndl.vis_utils"),
    }
    assert not any(line.startswith(("import nndl", "from nndl.fast.")) for line in lines)


def test_a_seeded_notebook_gives_the_numbers_that_others_printed():
    """CS231n's check of its network: after seed 231, with the same draws, the same errors.

    Four of them are the step's and not the rounding's, and are published with seven digits; those
    of W1 and b3 are rounding, which differs from one program to the next.
    """
    np.random.seed(231)
    X, y = np.random.randn(2, 3, 16, 16), np.random.randint(10, size=2)
    model = ThreeLayerConvNet(
        num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64
    )
    _, grads = model.loss(X, y)
    published = {"W2": 1.822723e-02, "W3": 3.064049e-04, "b1": 3.477652e-05, "b2": 2.516375e-03}
    for name, error in published.items():
        number = eval_numerical_gradient(
            lambda _: model.loss(X, y)[0], model.params[name], verbose=False, h=1e-6
        )
        assert rel_error(number, grads[name]) == pytest.approx(error, rel=0.01), name


def test_optimization():
    N, D = 4, 5
    near, square = (lambda *ends: np.linspace(*ends, num=N * D).reshape(N, D)), (N, D)
    for rule, ends in (
        ("sgd_momentum", (0.1406, 1.4096)),
        ("sgd_nesterov_momentum", (0.08714, 1.32824)),
    ):
        w, dw, v = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9)
        config = {"learning_rate": 1e-3, "velocity": v}
        next_w, _ = getattr(optim, rule)(w, dw, config=config)
        assert rel_error(next_w, near(*ends)) < 1e-8
        assert rel_error(config["velocity"], near(0.5406, 0.8096)) < 1e-8

    w, dw, a = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9)
    config = {"learning_rate": 1e-2, "a": a}
    next_w, _ = rmsprop(w, dw, config=config)
    expected_next_w = [
        *[-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247],
        *[-0.132737, -0.08078555, -0.02881884, 0.02316247, 0.07515774],
        *[0.12716641, 0.17918792, 0.23122175, 0.28326742, 0.33532447],
        *[0.38739248, 0.43947102, 0.49155973, 0.54365823, 0.59576619],
    ]
    expected_a = [
        *[0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321],
        *[0.67329252, 0.68859723, 0.70395734, 0.71937285, 0.73484377],
        *[0.75037008, 0.7659518, 0.78158892, 0.79728144, 0.81302936],
        *[0.82883269, 0.84469141, 0.86060554, 0.87657507, 0.8926],
    ]
    assert rel_error(next_w, np.reshape(expected_next_w, square)) < 1e-6
    assert rel_error(config["a"], np.reshape(expected_a, square)) < 1e-7

    w, dw, v, a = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9), near(0.7, 0.5)
    config = {"learning_rate": 1e-2, "v": v, "a": a, "t": 5}
    next_w, _ = adam(w, dw, config=config)
    expected_next_w = [
        *[-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977],
        *[-0.1380274, -0.08544591, -0.03286534, 0.01971428, 0.0722929],
        *[0.1248705, 0.17744702, 0.23002243, 0.28259667, 0.33516969],
        *[0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459],
    ]
    expected_a = [
        *[0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853],
        *[0.64683452, 0.63628604, 0.6257431, 0.61520571, 0.60467385],
        *[0.59414753, 0.58362676, 0.57311152, 0.56260183, 0.55209767],
        *[0.54159906, 0.53110598, 0.52061845, 0.51013645, 0.49966],
    ]
    assert rel_error(next_w, np.reshape(expected_next_w, square)) < 1e-6
    assert rel_error(config["a"], np.reshape(expected_a, square)) < 1e-7
    assert rel_error(config["v"], near(0.48, 0.85)) < 1e-7
    assert config["t"] == 6


def test_the_tests_that_notebooks_call_by_name(capsys):
    from nndl import layer_tests

    expected = {
        "affine_forward_test": 1e-8,
        "affine_backward_test": 1e-8,
        "relu_forward_test": 1e-7,
        "relu_backward_test": 1e-10,
        "affine_relu_test": 1e-7,
        "fc_net_test": 1e-6,
    }
    for name, largest in expected.items():
        found = getattr(layer_tests, name)()
        printed = capsys.readouterr().out
        assert len(printed.splitlines()) == 1 + len(found)
        assert 0 < max(found.values()) < largest, name


def test_the_solver_of_fc_nets(data):
    """A two-layer net, and a deep one that learns fifty images by heart."""
    model = TwoLayerNet(hidden_dims=100, reg=1e-3, seed=0)
    solver = Solver(
        model, data, update_rule="sgd", optim_config={"learning_rate": 1e-3}, lr_decay=0.95,
        num_epochs=10, batch_size=100, print_every=100,
    )  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 40
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 11
    predicted = np.argmax(model.loss(data["X_val"]), axis=1)
    assert (predicted == data["y_val"]).mean() == solver.best_val_acc > 0.3

    small = {"X_train": data["X_train"][:50], "y_train": data["y_train"][:50]}
    small |= {"X_val": data["X_val"], "y_val": data["y_val"]}
    model = FullyConnectedNet([100, 100], weight_scale=1e-2, dtype=np.float64, seed=0)
    solver = Solver(
        model, small, print_every=10, num_epochs=20, batch_size=25, update_rule="sgd",
        optim_config={"learning_rate": 3e-3},
    )  # fmt: skip
    solver.train()
    assert max(solver.train_acc_history) == 1.0


def test_the_solver_of_optimization(data):
    """Six layers with each rule: momentum is ahead of sgd, and all of them of chance."""
    rates = {"sgd": 1e-2, "sgd_momentum": 1e-2, "sgd_nesterov_momentum": 1e-2}
    rates |= {"rmsprop": 2e-4, "adam": 1e-3}
    solvers = {}
    for update_rule, learning_rate in rates.items():
        model = FullyConnectedNet([100] * 5, weight_scale=5e-2, seed=0)
        solvers[update_rule] = Solver(
            model, data, num_epochs=5, batch_size=100, update_rule=update_rule,
            optim_config={"learning_rate": learning_rate}, verbose=False,
        )  # fmt: skip
        solvers[update_rule].train()
    final = {rule: np.mean(solver.loss_history[-5:]) for rule, solver in solvers.items()}
    assert final["sgd_momentum"] < final["sgd"]
    assert final["sgd_nesterov_momentum"] < final["sgd"]
    assert max(final.values()) < 2.3


def test_the_solver_of_batch_normalization(data):
    """A deep net learns faster with batch norm, and at every scale of its weights."""
    curves = {}
    for use_batchnorm in (True, False):
        model = FullyConnectedNet([100] * 5, weight_scale=2e-2, use_batchnorm=use_batchnorm, seed=0)
        solver = Solver(
            model, data, num_epochs=5, batch_size=50, update_rule="adam",
            optim_config={"learning_rate": 1e-3}, verbose="lines", print_every=200,
        )  # fmt: skip
        solver.train()
        curves[use_batchnorm] = solver.train_acc_history
    assert curves[True][3] > curves[False][3]

    best = []
    for weight_scale in np.logspace(-4, 0, num=3):
        model = FullyConnectedNet([50] * 7, weight_scale=weight_scale, use_batchnorm=True, seed=0)
        solver = Solver(
            model, data, num_epochs=5, batch_size=50, update_rule="adam",
            optim_config={"learning_rate": 1e-3}, verbose=False, print_every=200,
        )  # fmt: skip
        solver.train()
        best.append(max(solver.train_acc_history))
    assert min(best[:-1]) > 0.4
    assert best[-1] > 0.15  # weights of size 1 are slow to turn, with batch norm or without


def test_the_solver_of_dropout(data):
    """With dropout, the training data is not learned by heart as quickly."""
    final = {}
    for dropout in (0.6, 1):
        model = FullyConnectedNet([100, 100, 100], dropout=dropout, seed=0)
        solver = Solver(
            model, data, num_epochs=6, batch_size=100, update_rule="adam",
            optim_config={"learning_rate": 5e-4}, verbose=True, print_every=100,
        )  # fmt: skip
        solver.train()
        final[dropout] = solver.train_acc_history
    assert final[0.6][5] < final[1][5]


def test_the_solver_of_cnn(data):
    """A few images by heart, and an epoch, with the course's settings; then the filters."""
    from nndl.vis_utils import visualize_grid

    small = {name: data[name][:50] for name in ("X_train", "y_train")}
    small |= {name: data[name] for name in ("X_val", "y_val")}
    model = ThreeLayerConvNet(weight_scale=1e-2, seed=0)
    solver = Solver(
        model, small, num_epochs=10, batch_size=25, update_rule="adam",
        optim_config={"learning_rate": 1e-3}, verbose=True, print_every=1,
    )  # fmt: skip
    solver.train()
    assert solver.train_acc_history[-1] > 0.9

    model = ThreeLayerConvNet(weight_scale=0.001, hidden_dim=500, reg=0.001, seed=0)
    solver = Solver(
        model, data, num_epochs=1, batch_size=50, update_rule="adam",
        optim_config={"learning_rate": 1e-3}, verbose="lines", print_every=20,
    )  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 8
    grid = visualize_grid(model.params["W1"].transpose(0, 2, 3, 1))
    assert grid.shape == (6 * 7 + 5, 6 * 7 + 5, 3)
    assert np.isfinite(grid).all()
