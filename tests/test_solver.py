"""The Solver's loop. Checkpoints have tests of their own.

Chapter: networks/training.
"""

import copy
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nndl import optim
from nndl.fc_net import TwoLayerNet
from nndl.solver import Solver
from nndl.training import sampling
from tests.support.training import STEP, Scripted, jitter, outcome, tiny_data, tiny_net

RULES = ["sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop", "adam"]


def scripted(model, N=12, **options):
    """A silent Solver whose every step adds 1 to the parameter of the model."""
    known = {"batch_size": 4, "verbose": False, "optim_config": STEP}
    return Solver(model, Scripted.data(N), **(known | options))


def trained(data=None, **options):
    """A tiny run to its end."""
    known = {"batch_size": 8, "num_epochs": 3, "verbose": False}
    solver = Solver(tiny_net(), data or tiny_data(), **(known | options))
    solver.train()
    return solver


@pytest.mark.parametrize("rule", RULES)
def test_training_is_the_loop_one_would_write(rule):
    data, model, by_hand = tiny_data(), tiny_net(dropout=1), tiny_net(dropout=1)
    config = {"learning_rate": 3e-3} | ({"momentum": 0.8} if "momentum" in rule else {})
    rows = []

    def noting(X, rng):
        rows.append([int(np.flatnonzero((data["X_train"] == x).all(axis=1))[0]) for x in X])
        return X

    solver = Solver(
        model, data, update_rule=rule, optim_config=config, batch_size=10, num_epochs=1,
        num_val_samples=1, verbose=False, augment=noting,
    )  # fmt: skip
    solver.train()
    configs = {name: dict(config) for name in by_hand.params}
    losses, seen = [], []
    for batch in rows:
        loss, grads = by_hand.loss(data["X_train"][batch], data["y_train"][batch])
        losses.append(loss)
        for name in by_hand.params:
            by_hand.params[name], configs[name] = getattr(optim, rule)(
                by_hand.params[name], grads[name], configs[name]
            )
        seen.append({name: array.copy() for name, array in by_hand.params.items()})
    assert len(rows) == 5
    assert solver.loss_history == losses
    best = 0 if solver.val_acc_history[0] >= solver.val_acc_history[1] else 4
    for name in by_hand.params:
        np.testing.assert_array_equal(model.params[name], seen[best][name])
        assert solver.optim_configs[name].keys() == configs[name].keys()


def test_training_learns():
    solver = trained(tiny_data(300), update_rule="adam", num_epochs=15)
    assert solver.best_val_acc >= 0.9
    assert np.mean(solver.loss_history[-5:]) < 0.6 * np.mean(solver.loss_history[:5])


@pytest.mark.parametrize("rule", RULES)
def test_two_runs_with_one_seed_are_identical(rule):
    options = {"update_rule": rule, "augment": jitter, "num_train_samples": 10}
    assert outcome(trained(**options)) == outcome(trained(**options))
    assert outcome(trained(**options)) != outcome(trained(**options, seed=1))


def test_the_global_random_state_is_left_alone():
    before = repr(np.random.get_state())  # noqa: NPY002
    trained(augment=jitter, replacement=True, num_train_samples=5)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("N", "batch_size", "sizes"),
    [
        (12, 4, {4}),
        (13, 4, {4, 5}),  # not a batch of one, whose variance is 0
        (7, 4, {7}),
        (3, 100, {3}),
        (5, 1, {1}),
        (49, 8, {8, 9}),
    ],
)
def test_an_epoch_visits_each_example_once(N, batch_size, sizes):
    model = Scripted()
    solver = scripted(model, N, batch_size=batch_size, num_epochs=3)
    solver.train()
    per_epoch = max(N // batch_size, 1)  # as in the course
    assert len(solver.loss_history) == 3 * per_epoch
    assert {len(batch) for batch in model.seen} == sizes
    epochs = [np.concatenate(model.seen[k * per_epoch :][:per_epoch]) for k in range(3)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(N))
    if N > 3:
        assert len({tuple(epoch) for epoch in epochs}) == 3


def test_accuracy_checks_do_not_disturb_the_shuffles():
    seen = []
    for samples in (None, 5):
        model = Scripted()
        scripted(model, num_epochs=3, num_train_samples=samples, num_val_samples=samples).train()
        seen.append([batch.tolist() for batch in model.seen])
    assert seen[0] == seen[1]


def test_with_replacement_as_in_the_course():
    model = Scripted()
    scripted(model, 13, num_epochs=40, replacement=True).train()
    assert {len(batch) for batch in model.seen} == {4}
    assert len(model.seen) == 40 * 3
    epochs = [np.concatenate(model.seen[3 * k : 3 * k + 3]) for k in range(40)]
    assert any(len({*epoch}) < 12 for epoch in epochs)
    counts = np.bincount(np.concatenate(epochs), minlength=13)
    assert counts.min() > 15  # of 37 expected


def test_augmentation_sees_each_batch_and_never_the_checks():
    data, calls = tiny_data(), []

    def doubled(X, rng):
        calls.append(X.copy())
        assert isinstance(rng, np.random.Generator)
        return 2 * X

    kept = data["X_train"].copy()
    solver = trained(data, augment=doubled, num_epochs=2)
    assert len(calls) == len(solver.loss_history)
    np.testing.assert_array_equal(data["X_train"], kept)
    plain = trained(data, num_epochs=2)
    assert plain.loss_history[0] != solver.loss_history[0]


def test_accuracy_is_checked_at_the_first_iteration_and_after_each_epoch():
    accuracies = [0.1, 0.3, 0.2]
    solver = scripted(Scripted(accuracies=accuracies), num_epochs=2)
    solver.train()
    assert solver.val_acc_history == accuracies
    assert solver.train_acc_history == [1.0, 1.0, 1.0]
    assert (solver.epoch, solver.iteration) == (2, 6)
    one = scripted(Scripted(accuracies=[0.5, 0.6]), batch_size=12, num_epochs=1)
    one.train()  # the first iteration is the last: one check, not two
    assert one.val_acc_history == [0.5]


def test_the_best_parameters():
    model = Scripted(accuracies=[0.1, 0.4, 0.7, 0.7, 0.2])
    solver = scripted(model, num_epochs=4)
    solver.train()
    assert solver.best_val_acc == 0.7
    assert model.params["w"] == solver.best_params["w"] == 6  # steps: the first time at 0.7
    model.params["w"] += 1
    assert solver.best_params["w"] == 6


def test_the_best_parameters_when_the_accuracy_stays_0():
    solver = scripted(Scripted(accuracies=[0.0]), num_epochs=2)
    solver.train()
    assert solver.best_val_acc == 0
    assert solver.model.params["w"] == solver.best_params["w"] == 1


def test_without_an_epoch_the_model_stays_as_it_is():
    model = tiny_net()
    before = {name: array.copy() for name, array in model.params.items()}
    solver = Solver(model, tiny_data(), num_epochs=0, verbose=False)
    solver.train()
    assert model.params.keys() == solver.best_params.keys() == before.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(model.params[name], array)
        np.testing.assert_array_equal(solver.best_params[name], array)
    assert solver.loss_history == solver.val_acc_history == []


def test_running_averages_belong_to_the_best_state():
    """Right after training, the model finds the best accuracy again."""
    seen = []
    for lr in (0.3, 1.0, 3.0):  # so wild that the last epoch is not the best
        solver = trained(tiny_data(200), optim_config={"learning_rate": lr}, num_epochs=6)
        again = solver.check_accuracy(solver.X_val, solver.y_val)
        assert again == solver.best_val_acc == max(solver.val_acc_history)
        seen.append(solver.val_acc_history[-1] < solver.best_val_acc)
        for bn, best in zip(solver.model.bn_params, solver.best_averages, strict=True):
            np.testing.assert_array_equal(bn["running_mean"], best["running_mean"])
    assert any(seen)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("nan")])
def test_a_loss_that_is_no_number_stops_the_run(bad):
    model = Scripted(losses=[2.0, 1.25, bad])
    solver = scripted(model, num_epochs=2)
    with pytest.raises(FloatingPointError) as caught:
        solver.train()
    message = str(caught.value)
    for part in (
        f"the loss is {float(bad)} at iteration 3 of 6",
        "1.25",
        "learning_rate, which is 1",
    ):
        assert part in message
    assert model.params["w"] == 2  # the third step was not made
    assert solver.loss_history == [2.0, 1.25]


def test_a_first_loss_that_is_nan():
    with pytest.raises(
        FloatingPointError, match="at iteration 1 of 30; the loss was finite last: never"
    ):
        scripted(Scripted(losses=[np.nan])).train()


def test_a_step_that_is_not_made_leaves_no_trace():
    """NaN in a batch must not get into batch norm's averages, nor an exception advance dropout."""
    data, model = tiny_data(), tiny_net()
    calls = []

    def poison(X, rng):
        calls.append(None)
        return X if len(calls) < 4 else X * np.nan

    solver = Solver(model, data, batch_size=8, verbose=False, augment=poison)
    with pytest.raises(FloatingPointError):
        solver.train()
    unharmed = Solver(tiny_net(), data, batch_size=8, verbose=False, augment=jump_out(3))
    with pytest.raises(ZeroDivisionError):
        unharmed.train()
    assert outcome(solver) == outcome(unharmed)
    assert all(np.isfinite(bn["running_mean"]).all() for bn in model.bn_params)


def jump_out(after):
    """An augmentation that raises once it has been called ``after`` times."""
    calls = []

    def augment(X, rng):
        calls.append(None)
        return X if len(calls) <= after else 1 / 0

    return augment


@pytest.mark.parametrize("verbose", [True, "lines", "auto"])  # this is no terminal
def test_the_lines_of_the_course(capsys, verbose):
    losses, accuracies = [2.5, 2.25, 2.0, 1.75, 1.5, 1.25], [0.1, 0.2, 0.3]
    model = Scripted(losses, accuracies)
    scripted(model, num_epochs=2, verbose=verbose, print_every=2).train()
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "(Iteration 1 / 6) loss: 2.500000",
        "(Epoch 0 / 2) train acc: 1.000000; val_acc: 0.100000",
        "(Iteration 3 / 6) loss: 2.000000",
        "(Epoch 1 / 2) train acc: 1.000000; val_acc: 0.200000",
        "(Iteration 5 / 6) loss: 1.500000",
        "(Epoch 2 / 2) train acc: 1.000000; val_acc: 0.300000",
    ]
    assert captured.err == ""


def test_silence(capsys):
    trained()
    assert capsys.readouterr() == ("", "")


def test_the_bar_has_loss_accuracy_and_images_per_second(capsys):
    solver = scripted(Scripted([0.875], [0.5]), verbose="bar", num_epochs=3)
    solver.train()
    captured = capsys.readouterr()
    assert captured.err == ""  # this is no terminal
    last = captured.out.replace("\n", "\r").rstrip("\r").split("\r")[-1]
    assert "100%" in last
    assert "images/s" in last
    assert "epoch 3/3" in last
    assert "loss 0.875, val 0.500" in last


def test_a_bar_that_an_error_ends(capsys):
    solver = scripted(Scripted([1.0, 2.0, ZeroDivisionError()]), verbose="bar")
    with pytest.raises(ZeroDivisionError):
        solver.train()
    assert capsys.readouterr().out.endswith("\n")


@pytest.mark.parametrize("kind", ["none", "ascii", "replaced"])
@pytest.mark.parametrize("verbose", ["auto", True, "bar"])
def test_what_is_shown_survives_any_stream(kind, verbose, monkeypatch):
    """A program without a console has no streams, others have old ones, or objects of their own."""

    class Replaced:
        """What some hosts put in the place of a stream: it takes text, and knows nothing else."""

        text = ""

        def write(self, text):
            self.text += text

        def flush(self):
            pass

    raw = io.BytesIO()
    streams = {"none": None, "ascii": io.TextIOWrapper(raw, "ascii"), "replaced": Replaced()}
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, streams[kind])
    solver = scripted(Scripted([0.875], [0.5]), verbose=verbose, num_epochs=3)
    solver.train()
    assert solver.epoch == 3
    if kind == "ascii":
        streams[kind].flush()
        assert b"100%" in raw.getvalue() if verbose == "bar" else b"Epoch 3 / 3" in raw.getvalue()
    if kind == "replaced":
        assert ("100%" if verbose == "bar" else "Epoch 3 / 3") in Replaced.text + streams[kind].text


def test_silent_runs_do_not_import_tqdm():
    program = (
        "import sys\n"
        "from tests.support import training; from nndl.solver import Solver\n"
        "Solver(training.tiny_net(), training.tiny_data(), num_epochs=1, verbose=False).train()\n"
        "print('tqdm' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_the_learning_rate_of_each_step():
    rates = []

    class Noting(Scripted):
        def loss(self, X, y=None):
            if y is not None:
                rates.append(self.params["w"][0])  # the sum of all rates so far
            return super().loss(X, y)

    model = Noting()
    scripted(model, num_epochs=3, lr_decay=0.5, schedule=lambda progress: 1 - progress).train()
    steps = [0.5 ** (t // 3) * (1 - t / 9) for t in range(9)]
    np.testing.assert_allclose(np.diff(rates), steps[:-1], rtol=1e-12)


def test_a_schedule_that_gives_no_learning_rate():
    model = Scripted()
    with pytest.raises(ValueError, match="the schedule's factor is nan"):
        scripted(model, schedule=lambda progress: np.nan).train()
    assert model.params["w"] == 0


@pytest.mark.parametrize(
    "factor",
    [None, "1", True, np.True_, 1j, np.ones(1), np.ones(2), np.array("1"), [1.0]],
    ids=repr,
)
def test_a_schedule_that_gives_no_number(factor):
    model = Scripted()
    with pytest.raises(TypeError, match=r"^Solver\.train: the schedule's factor is .*a number"):
        scripted(model, schedule=lambda progress: factor).train()
    assert model.params["w"] == 0


@pytest.mark.parametrize("one", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0)], ids=repr)
def test_one_may_be_written_in_many_ways(one):
    """As the factor of a schedule, and as a loss."""
    model = Scripted([one], accuracies=[0.1, 0.2])  # so that the last step is the best
    scripted(model, num_epochs=1, schedule=lambda progress: one).train()
    assert model.params["w"] == 3


@pytest.mark.parametrize(
    "loss",
    [None, "1", True, 1j, np.ones(1), [1.0], [[1], [1, 2]], np.ma.masked, np.array("1")],
    ids=repr,
)
def test_a_loss_that_is_no_number(loss):
    model = Scripted([loss])
    wanted = (
        rf"^Solver\.train: model\.loss\(X, y\) returned a {type(loss).__name__} and a dict, exp"
    )
    with pytest.raises(TypeError, match=wanted):
        scripted(model).train()
    assert model.params["w"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda scores: scores + 1j, "returned scores of dtype complex128, expected real numbers"),
        (lambda scores: scores.astype(str), "returned scores of dtype <U"),
        (lambda scores: scores.astype(object), "returned scores of dtype object"),
        (lambda scores: scores > 0, "returned scores of dtype bool"),
        (np.ma.array, "is a MaskedArray"),
        (lambda scores: scores.tolist(), "returned a list, expected scores"),
    ],
)
def test_scores_that_are_no_real_numbers(change, message):
    class Wrong(Scripted):
        def scores(self, X):
            return change(super().scores(X))

    wanted = rf"^Solver\.check_accuracy: model\.loss\(X\) {message}"
    with pytest.raises(TypeError, match=wanted):
        scripted(Wrong()).check_accuracy(np.ones((5, 1)), np.ones(5, int))


def test_check_accuracy():
    data = tiny_data(103)
    solver = trained(data)
    X, y = data["X_train"], data["y_train"]
    share = np.mean(solver.model.loss(X).argmax(axis=1) == y)
    for batch_size in (1, 10, 103, 1000):
        assert solver.check_accuracy(X, y, batch_size=batch_size) == share
    assert type(solver.check_accuracy(X, y)) is float
    some = solver.check_accuracy(X, y, num_samples=7)
    assert some == solver.check_accuracy(X, y, num_samples=7)
    assert (7 * some) == round(7 * some)
    assert solver.check_accuracy(X, y, num_samples=5000) == share


def test_check_accuracy_gives_the_model_one_batch_at_a_time():
    sizes = []

    class Sized(Scripted):
        def loss(self, X, y=None):
            sizes.append(len(X))
            return super().loss(X, y)

    solver = scripted(Sized())
    X, y = np.ones((25, 1)), np.ones(25, int)
    solver.check_accuracy(X, y, batch_size=10)
    assert sizes == [10, 10, 5]
    sizes.clear()
    solver.check_accuracy(X, y, num_samples=12, batch_size=10)
    assert sizes == [10, 2]


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.ones((0, 1)), np.ones(0, int), {}, "X is empty"),
        (np.ones((2, 1)), np.ones(3, int), {}, "expected a label for each example"),
        ([[1.0]], np.ones(1, int), {}, "X is a list"),
        (np.ones((2, 1)), np.ones(2), {}, "y has dtype float64, expected integers"),
        (np.ones((2, 1)), np.ones(2, int), {"num_samples": 0}, "num_samples is 0"),
        (np.ones((2, 1)), np.ones(2, int), {"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_bad_arguments_of_check_accuracy(X, y, options, message):
    with pytest.raises(
        (TypeError, ValueError), match=f"Solver.check_accuracy: {message}|{message}"
    ):
        scripted(Scripted()).check_accuracy(X, y, **options)


def test_parameters_are_updated_in_place_and_the_best_ones_are_copies():
    model = tiny_net()
    arrays = dict(model.params)
    solver = Solver(model, tiny_data(), num_epochs=1, batch_size=10, verbose=False)
    before = {name: array.copy() for name, array in arrays.items()}
    solver.train()
    assert any((arrays[name] != before[name]).any() for name in arrays)
    for name, array in solver.best_params.items():
        assert not np.shares_memory(array, model.params[name])
        assert not np.shares_memory(array, arrays[name])


def test_the_time_of_each_epoch():
    solver = trained(num_epochs=4)
    assert len(solver.epoch_seconds) == 4
    assert all(seconds > 0 for seconds in solver.epoch_seconds)


def test_a_run_is_trained_once():
    solver = trained()
    with pytest.raises(RuntimeError, match="all 3 epochs were trained before"):
        solver.train()


def test_each_parameter_has_a_config_of_its_own():
    config = {"learning_rate": 1e-2, "momentum": 0.5}
    solver = trained(update_rule="sgd_momentum", optim_config=config)
    assert config == {"learning_rate": 1e-2, "momentum": 0.5}
    velocities = [solver.optim_configs[name]["velocity"] for name in solver.model.params]
    assert [v.shape for v in velocities] == [w.shape for w in solver.model.params.values()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 1e-3}, "learning_rate is not an argument: it belongs into optim_config"),
        ({"reg": 1e-3}, "reg is not an argument: it is an argument of the network"),
        ({"update_rule": "adamw"}, "update_rule is 'adamw', expected one of .*'sgd'.*'adam'"),
        ({"update_rule": ["adam"]}, "update_rule is .*expected one of"),
        ({"optim_config": {"lr": 1}}, "optim_config has an unknown key 'lr', not in .*learning_ra"),
        ({"optim_config": {"beta1": 0.9}}, "unknown key 'beta1'"),
        ({"optim_config": [1]}, "optim_config is a list, .* keys .'learning_rate'"),
        ({"optim_config": 1e-3}, "optim_config is a float, expected a dict"),
        ({"optim_config": {"learning_rate": -1.0}}, "learning_rate.* is -1, expected 0 or more"),
        ({"optim_config": {"learning_rate": "1e-3"}}, "learning_rate.* is '1e-3' .str., expected"),
        ({"update_rule": "adam", "optim_config": {"t": 3}}, "unknown key 't'"),
        (
            {"update_rule": "adam", "optim_config": {"epsilon": 0}},
            "'epsilon'. is 0, .* divided by 0",
        ),
        ({"update_rule": "rmsprop", "optim_config": {"epsilon": 1e-60}}, "'epsilon'. is 1e-60"),
        ({"keep": 0}, "keep is 0, expected 1 or more"),
        ({"lr_decay": np.nan}, "lr_decay is nan"),
        ({"schedule": "cosin"}, "schedule is 'cosin', expected one of .*'cosine'"),
        ({"batch_size": 0}, "batch_size is 0, expected 1 or more"),
        ({"batch_size": 10.0}, "batch_size is 10.0 .float., expected an integer"),
        ({"num_epochs": -1}, "num_epochs is -1"),
        ({"num_train_samples": 0}, "num_train_samples is 0"),
        ({"num_val_samples": 1.5}, "num_val_samples is 1.5"),
        ({"print_every": 0}, "print_every is 0"),
        ({"verbose": "line"}, "verbose is 'line', expected one of .True, False, 'bar'"),
        ({"seed": None}, "seed is None"),
        ({"seed": -1}, "seed is -1"),
        ({"replacement": "yes"}, "replacement is 'yes' .str., expected True or False"),
        ({"augment": True}, "augment is True, expected a function"),
        ({"checkpoint_name": 3}, "checkpoint_name is 3, expected a path"),
        ({"checkpoint_name": "no/such/run"}, "'no/such/run', but 'no.such' is not a folder"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises((TypeError, ValueError), match=f"^Solver: .*{message}"):
        Solver(tiny_net(), tiny_data(), **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X_val": None}, "data.'X_val'. is a NoneType, expected a NumPy array"),
        (
            {"y_train": np.zeros(49, int)},
            "X_train.* has shape .50, 6., .*y_train.* has shape .49,.",
        ),
        ({"y_train": np.zeros(50)}, "y_train.* has dtype float64, expected integers"),
        ({"y_val": -np.ones(20, int)}, "y_val.* has a label -1, expected 0 or more"),
        ({"y_val": np.zeros((20, 1), int)}, "a label for each example"),
        ({"X_val": np.zeros((0, 6)), "y_val": np.zeros(0, int)}, "X_val.* is empty"),
        ({"y_val": np.full(20, 3)}, "y_val.* has a label 3, but the model has 3 classes, from 0"),
        ({"y_train": np.full(50, 7)}, "y_train.* has a label 7, but the model has 3 classes"),
        (
            {"X_test": np.zeros((2, 6)), "y_test": np.array([0, 3])},
            "y_test.* has a label 3, but the model has 3 classes",
        ),
        ({"X_test": np.zeros((0, 6)), "y_test": np.zeros(5, int)}, "a label for each example"),
        ({"X_test": np.zeros((5, 6)), "y_test": np.zeros(0, int)}, "a label for each example"),
        ({"X_test": np.array(1.0), "y_test": np.zeros(0, int)}, "a label for each example"),
        ({"X_test": np.zeros((2, 7)), "y_test": np.zeros(2, int)}, "in X_train and .7,. in X_test"),
        ({"X_val": np.zeros((20, 7))}, "shape .6,. in X_train and .7,. in X_val"),
        ({"X_val": np.ma.ones((20, 6))}, "X_val.* is a MaskedArray, expected a plain NumPy array"),
        ({"y_train": np.ma.zeros(50, int)}, "y_train.* is a MaskedArray"),
        ({"X_train": np.full((50, 6), "a")}, "X_train.* has dtype <U1, expected numbers"),
    ],
)
def test_bad_data(change, message):
    with pytest.raises((TypeError, ValueError), match=f"^Solver: .*{message}"):
        Solver(tiny_net(), tiny_data() | change)


def test_data_without_a_key_or_no_dict():
    data = tiny_data()
    del data["y_val"]
    with pytest.raises(ValueError, match=r"data has no key 'y_val', it has \['X_train'"):
        Solver(tiny_net(), data)
    with pytest.raises(TypeError, match="data is a list, expected a dict"):
        Solver(tiny_net(), [])


def test_bad_models():
    class Empty:
        pass

    model = Empty()
    for params, loss, message in (
        (None, None, "without a dict params"),
        ({"w": np.zeros(1)}, None, "without a method loss"),
        ({}, print, "model.params is empty"),
        ({"w": [1.0]}, print, "model.params.'w'. is a list"),
        ({"w": np.zeros(2, int)}, print, "model.params.'w'. has dtype int64"),
        ({1: np.zeros(2)}, print, "model.params has a key 1"),
    ):
        model.params, model.loss = params, loss
        with pytest.raises((TypeError, ValueError), match=f"^Solver: {message}|model is"):
            Solver(model, tiny_data())


@pytest.mark.parametrize(
    ("grads", "message"),
    [
        ({}, r"returned gradients of \[\], the model has \['w'\]"),
        ({"v": np.zeros(1)}, r"gradients of \['v'\], the model has \['w'\]"),
        ({"w": np.zeros(2)}, r"the gradient of w has shape \(2,\), the parameter \(1,\)"),
        ({1: np.zeros(1), "w": np.zeros(1)}, r"gradients of \['1', 'w'\], the model has \['w'\]"),
        ({"w": np.array(["a"])}, r"^Solver\.train: the gradient of w has dtype <U1"),
        ({"w": np.array([None])}, r"^Solver\.train: the gradient of w has dtype object"),
        ({"w": np.array([1j])}, r"^Solver\.train: the gradient of w has dtype complex128"),
        ({"w": np.ma.zeros(1)}, r"^Solver\.train: the gradient of w is a MaskedArray"),
        ({"w": "a"}, r"^Solver\.train: the gradient of w is a str, expected a NumPy array"),
        ({"w": [[1.0], [1.0, 2.0]]}, r"^Solver\.train: the gradient of w is a list"),
        (np.zeros(1), r"returned a float and a ndarray, expected .*\(loss, grads\)"),
    ],
)
def test_gradients_that_do_not_fit(grads, message):
    class Wrong(Scripted):
        def loss(self, X, y=None):
            return (1.0, grads) if y is not None else super().loss(X)

    model = Wrong()
    with pytest.raises((TypeError, ValueError), match=message):
        scripted(model).train()
    assert model.params["w"] == 0


def test_a_model_that_returns_scores_for_labels():
    class Wrong(Scripted):
        def loss(self, X, y=None):
            return np.zeros((len(X), 10))

    with pytest.raises((TypeError, ValueError), match="returned a ndarray, expected a number"):
        scripted(Wrong()).train()


def test_memory_order_survives_training():
    net = TwoLayerNet(input_dim=6, hidden_dims=5, num_classes=3, weight_scale=0.1, seed=0)
    net.params["W1"] = np.asfortranarray(net.params["W1"])
    Solver(net, tiny_data(), num_epochs=1, verbose=False).train()
    assert net.params["W1"].flags.f_contiguous


def test_numbers_of_numpy_are_numbers(tmp_path):
    solver = trained(
        batch_size=np.int64(8), num_epochs=np.int32(1), lr_decay=np.float32(0.5),
        optim_config={"learning_rate": np.float32(0.01)}, seed=np.uint8(3),
        replacement=np.bool_(False), checkpoint_name=tmp_path / "run",
    )  # fmt: skip
    assert json.dumps([solver.batch_size, solver.lr_decay, solver.optim_config])


def test_each_purpose_and_time_has_random_numbers_of_its_own():
    times = [
        (seed, purpose, number) for seed in (0, 1) for purpose in range(4) for number in (0, 1)
    ]
    assert len({sampling.new_generator(*time).random() for time in times}) == len(times)


def test_a_first_step_that_is_not_made_leaves_no_averages():
    solver = Solver(tiny_net(), tiny_data(), verbose=False, augment=lambda X, rng: X * np.nan)
    with pytest.raises(FloatingPointError):
        solver.train()
    assert all("running_mean" not in bn for bn in solver.model.bn_params)


def test_averages_that_a_model_updates_in_place():
    class InPlace(Scripted):
        def loss(self, X, y=None):
            if y is not None:
                self.bn_params[0]["running_mean"] += 1
            return super().loss(X, y)

    model = InPlace([1.0, 1.0, 1.0, np.nan], [0.5, 0.1])
    model.bn_params = [{"running_mean": np.zeros(2), "running_var": np.ones(2)}]
    solver = scripted(model, batch_size=12)
    with pytest.raises(FloatingPointError):
        solver.train()
    assert model.bn_params[0]["running_mean"].tolist() == [3, 3]
    assert solver.best_averages[0]["running_mean"].tolist() == [1, 1]


class Faulty(Scripted):
    """Its gradient, or the step it leads to, goes wrong at a given step; its loss never does."""

    def __init__(self, step, grad, **options):
        super().__init__(**options)
        self.step, self.grad = step, grad

    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is not None and len(self.seen) == self.step:
            return 1.0, {"w": np.array([self.grad])}
        return result


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("step", [1, 3, 6])
def test_a_gradient_that_is_no_number_stops_the_run(tmp_path, bad, step):
    """At its first step, in its middle, and at its last one."""
    model = Faulty(step, bad, accuracies=[0.5, 0.2, 0.1])
    solver = scripted(model, num_epochs=2, checkpoint_name=tmp_path / "run")
    message = f"the gradient of w is not finite at iteration {step} of 6; .*as it was before that"
    with pytest.raises(FloatingPointError, match=message):
        solver.train()
    assert model.params["w"] == step - 1
    assert solver.loss_history == [1.0] * (step - 1)
    if step > 1:
        assert solver.best_params["w"] == 1
    for path in tmp_path.iterdir():
        with np.load(path) as file:
            assert all(np.isfinite(file[name]).all() for name in file.files)


@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_a_step_that_ruins_the_weights_is_seen_and_taken_back(tmp_path, step):
    """The gradient is finite, the weight after it is not: too large a rate, a division by 0."""
    model = Faulty(step, -1e308, accuracies=[0.5, 0.2, 0.1])
    solver = scripted(model, num_epochs=2, optim_config={"learning_rate": 1e10},
                      checkpoint_name=tmp_path / "run")  # fmt: skip
    with pytest.raises(FloatingPointError, match="An update before had ruined w; the model "), \
            np.errstate(over="ignore"):  # fmt: skip
        solver.train()
    assert model.params["w"] == (1e10 if step > 1 else 0)  # the best, or that of the start
    assert all(np.isfinite(array).all() for array in solver.best_params.values())
    with pytest.raises(RuntimeError, match="an update was interrupted or ruined the parameters"):
        solver.train()
    for path in tmp_path.iterdir():
        with np.load(path) as file:
            assert all(np.isfinite(file[name]).all() for name in file.files)


@pytest.mark.parametrize("epochs", [0, 2])
def test_a_model_that_is_not_finite_to_begin_with_is_refused(epochs):
    model = Scripted(accuracies=[1.0])
    model.params["w"][:] = np.nan
    solver = scripted(model, num_epochs=epochs)
    with pytest.raises(ValueError, match=r"^Solver.train: w has NaN or infinity in it before the"):
        solver.train()
    assert solver.best_params == {}


def test_large_gradients_whose_sum_overflows_are_gradients():
    model = Faulty(2, 1.0)
    model.params = {"w": np.zeros(4, np.float32)}
    plain = model.loss

    def loss(X, y=None):
        result = plain(X, y)
        return result if y is None else (1.0, {"w": np.full(4, 3e38, np.float32)})

    model.loss = loss
    scripted(model, num_epochs=1, optim_config={"learning_rate": 1e-30}).train()


def test_scores_that_are_nan_are_wrong_answers_and_never_the_best():
    class Broken(Scripted):
        def scores(self, X):
            return np.full((len(X), 2), np.nan)

    solver = scripted(Broken(), num_epochs=1)
    X, y = np.ones((5, 1)), np.zeros(5, int)  # argmax of NaN is 0
    assert solver.check_accuracy(X, y) == 0
    solver.train()
    assert solver.val_acc_history == [0, 0]
    assert np.isnan(solver.val_loss_history).all()
    assert solver.best_params["w"] == 1


def test_labels_that_only_the_scores_show_to_be_wrong():
    """A model that does not say how many classes it has."""
    solver = scripted(Scripted())
    with pytest.raises(ValueError, match=r"Solver.check_accuracy: y has a label 2, but the model"):
        solver.check_accuracy(np.ones((5, 1)), np.full(5, 2))
    solver.y_val[:] = 57
    with pytest.raises(ValueError, match="y has a label 57, but the model has 2 classes"):
        solver.train()


def test_the_loss_on_the_validation_data():
    data = tiny_data()
    solver = trained(data, num_val_samples=15, num_epochs=4)
    assert len(solver.val_loss_history) == len(solver.val_acc_history) == 5
    whole = trained(data, num_epochs=4)
    best = int(np.argmax(whole.val_acc_history))
    loss, accuracy = whole.model.evaluate(data["X_val"], data["y_val"])
    assert whole.val_loss_history[best] == loss
    assert whole.val_acc_history[best] == accuracy
    assert whole.loss_history == solver.loss_history  # measuring changes nothing


@pytest.mark.parametrize("rule", RULES)
def test_training_on_after_the_end(rule):
    """The rule's arrays are kept: with a constant rate it is the longer run, to the last bit."""
    options = {"update_rule": rule, "augment": jitter, "lr_decay": 0.9}
    longer = trained(**options, num_epochs=5)
    solver = trained(**options, num_epochs=2)
    solver.train(num_epochs=3)
    assert outcome(solver) == outcome(longer)
    assert solver.val_loss_history == longer.val_loss_history


def test_a_schedule_starts_anew_when_training_goes_on():
    rates = []

    class Noting(Scripted):
        def loss(self, X, y=None):
            if y is not None:
                rates.append(float(self.params["w"][0]))
            return super().loss(X, y)

    solver = scripted(Noting(), num_epochs=1, schedule=lambda progress: 1 - progress)
    solver.train()
    solver.train(num_epochs=2)
    steps = [1, 2 / 3, 1 / 3, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6]
    np.testing.assert_allclose(np.diff(rates), steps, rtol=1e-12)
    with pytest.raises(
        RuntimeError, match=r"all 3 epochs were trained before; train\(num_epochs=3"
    ):
        solver.train()


def test_the_number_of_epochs_can_be_given_at_the_start_and_must_be_a_number():
    solver = scripted(Scripted(), num_epochs=5)
    solver.train(num_epochs=2)
    assert (solver.epoch, solver.num_epochs) == (2, 2)
    for epochs, message in ((0, "num_epochs is 0"), (1.5, "num_epochs is 1.5"), ("1", "is '1'")):
        with pytest.raises((TypeError, ValueError), match=f"^Solver.train: .*{message}"):
            solver.train(num_epochs=epochs)


def masks_of(model, runs=1, **options):
    """The share of units that each step keeps, told by the model's own dropout."""
    seen, plain = [], model.loss

    def loss(X, y=None):
        if y is not None:
            param = model.dropout_param
            rng = np.random.default_rng(copy.deepcopy(param.get("rng", param.get("seed"))))
            seen.append(rng.random(4).tolist())
        return plain(X, y)

    model.loss = loss
    known = {"batch_size": 10, "num_epochs": 2, "verbose": False}
    Solver(model, tiny_data(), **known | options).train()
    return seen


def test_a_seeded_dropout_draws_anew_at_each_step_of_a_run():
    seen = masks_of(tiny_net(seed=5))
    assert len({tuple(mask) for mask in seen}) == len(seen) == 10
    assert masks_of(tiny_net(seed=5)) == seen  # the run can be repeated
    assert masks_of(tiny_net(seed=6)) != seen
    model = tiny_net(seed=5)
    masks_of(model)
    assert model.dropout_param == {"mode": "test", "p": 0.8, "seed": 5}  # for checks, as before


def test_a_seeded_dropout_of_a_model_from_elsewhere_draws_anew_too():
    class Foreign:
        def __init__(self):
            net = tiny_net(seed=5)
            self.params, self.dropout_param = net.params, net.dropout_param
            self.bn_params, self.loss = net.bn_params, net.loss

    seen = masks_of(Foreign())
    assert len({tuple(mask) for mask in seen}) == len(seen) == 10


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda X: None, "returned a NoneType, expected the examples"),
        (lambda X: (X, X), "returned a tuple"),
        (lambda X: X[1:], r"returned an array of shape \(9, 6\), expected 10 examples"),
        (lambda X: X.astype(str), "returned an array of dtype <U"),
    ],
)
def test_an_augmentation_that_returns_something_else(returned, message):
    options = {"augment": lambda X, rng: returned(X), "batch_size": 10, "verbose": False}
    with pytest.raises((TypeError, ValueError), match=f"^Solver.train: augment {message}"):
        Solver(tiny_net(), tiny_data(), **options).train()


NOTEBOOK = """
import sys
sys.path.insert(0, {tests!r})
from tests.support import training
from nndl.solver import Solver
Solver(training.tiny_net(), training.tiny_data(500), num_epochs=40, batch_size=5, {verbose}).train()
"""


@pytest.mark.parametrize("verbose", ["", "verbose='bar'"])
def test_a_notebook_that_is_executed_without_a_screen_stores_one_line(verbose):
    import nbformat
    from nbclient import NotebookClient

    source = NOTEBOOK.format(tests=str(Path(__file__).parents[1]), verbose=verbose)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    text = output["data"]["text/plain"]
    assert len(text.splitlines()) == 1
    assert "epoch 40/40" in text
    assert "100%" in text
    assert "val " in text
