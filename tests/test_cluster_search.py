"""A search over settings: the same on any number of workers, whoever is killed meanwhile."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import cluster_search
from nndl.cluster import Choice, Integers, LogUniform, Uniform, connect, search
from nndl.cluster.searching import describing, entry, trial
from nndl.cluster.searching.brackets import brackets, promoted, total_epochs
from nndl.cluster.searching.records import Records
from nndl.cluster.searching.space import checked_space, settings_of, split
from nndl.cluster.searching.table import Table
from nndl.fc_net import FullyConnectedNet
from nndl.solver import Solver
from nndl.training import checkpoints
from tests.support.searches import (
    OPTIONS,
    SPACE,
    die_always,
    die_once,
    net,
    read_data,
    refuse_some,
    slow,
)
from tests.support.training import jitter, tiny_data

ROOT = Path(__file__).resolve().parent.parent
DATA = tiny_data()
posix = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def alone():
    """The search in this process, which all others are compared with."""
    return search(net, SPACE, DATA, **OPTIONS)


@pytest.fixture(scope="module")
def two():
    """Two workers."""
    with connect(workers=2) as client:
        yield client


def results(found):
    """What a search leads to; its bytes are the same if and only if these are."""
    whole = json.loads(found.to_json())
    params = {name: array.tobytes() for name, array in found.model().params.items()}
    return whole["trials"], whole["best"], params


# Brackets.


def test_brackets_of_hyperband_are_the_published_ones():
    """Li et al. 2018, table 1: R = 81 and eta = 3."""
    published = {
        4: ((81, 1), (27, 3), (9, 9), (3, 27), (1, 81)),
        3: ((34, 3), (11, 9), (3, 27), (1, 81)),
        2: ((15, 9), (5, 27), (1, 81)),
        1: ((8, 27), (2, 81)),
        0: ((5, 81),),
    }
    found = brackets("hyperband", None, 81, 1, 3)
    assert {one.number: one.rungs for one in found} == published
    numbers = [number for one in found for number in one.trials]
    assert numbers == list(range(81 + 34 + 15 + 8 + 5))


def test_brackets_of_the_other_methods():
    (halving,) = brackets("halving", 20, 27, 3, 3)
    assert halving.rungs == ((20, 3), (6, 9), (2, 27))
    (random,) = brackets("random", 7, 5, 1, 3)
    assert random.rungs == ((7, 5),)
    assert total_epochs([halving]) == 20 * 3 + 6 * 6 + 2 * 18
    assert [one.rungs for one in brackets("halving", 2, 9, 1, 3)] == [((2, 1), (1, 3), (1, 9))]


@given(
    st.integers(1, 200), st.integers(1, 5), st.integers(2, 5), st.sampled_from(["hyperband", "x"])
)
def test_rungs_shrink_and_end_with_all_epochs(epochs, least, eta, method):
    least = min(least, epochs)
    for one in brackets("halving" if method == "x" else method, 50, epochs, least, eta):
        sizes, until = zip(*one.rungs, strict=True)
        assert until[-1] == epochs
        assert until[0] >= least
        assert list(until) == sorted(set(until))
        assert list(sizes) == sorted(sizes, reverse=True)
        assert sizes[-1] >= 1


def test_the_best_go_on_and_of_equal_ones_the_first():
    values = {4: 0.5, 1: 0.9, 7: 0.9, 2: None, 3: 0.9}
    assert promoted(values, 2, "val_acc") == [1, 3]
    assert promoted(values, 1, "val_loss") == [4]
    assert promoted(values, 9, "val_acc") == [1, 3, 4, 7]


# Draws.


@given(st.integers(0, 2**32), st.integers(0, 100))
def test_draws_depend_on_the_seed_and_the_number_alone(seed, number):
    space = {
        "a": LogUniform(1e-4, 10),
        "b": Uniform(-1, 1),
        "c": Integers(3, 5),
        "d": Choice(1, "x"),
    }
    found = settings_of(checked_space(space), seed, number)
    again = settings_of(checked_space(dict(reversed(space.items()))), seed, number)
    assert found == again
    assert 1e-4 <= found["a"] <= 10
    assert -1 <= found["b"] <= 1
    assert found["c"] in (3, 4, 5)
    assert found["d"] in (1, "x")
    assert found != settings_of(checked_space(space), seed, number + 1)


def test_draws_have_their_distributions():
    space = checked_space({"a": LogUniform(1e-4, 1), "b": Integers(0, 3), "c": Choice("x", "y")})
    drawn = [settings_of(space, 0, k) for k in range(4000)]
    shares = np.histogram([np.log10(one["a"]) for one in drawn], 4, (-4, 0))[0] / 4000
    np.testing.assert_allclose(shares, 0.25, atol=0.03)
    np.testing.assert_allclose(np.bincount([one["b"] for one in drawn]) / 4000, 0.25, atol=0.03)
    assert abs(sum(one["c"] == "x" for one in drawn) / 4000 - 0.5) < 0.03
    assert len({one["seed"] for one in drawn}) == 4000


def test_distributions_of_scipy_serve():
    class Frozen:  # as scipy.stats.beta(2, 3)
        args, kwds, dist = (2, 3), {}, type("Beta", (), {"name": "beta"})

        def rvs(self, random_state):
            return np.float64(random_state.beta(*self.args))

    space = checked_space({"momentum": Frozen()})
    assert repr(space["momentum"]) == "beta(2, 3){}"
    assert type(settings_of(space, 0, 0)["momentum"]) is float
    assert settings_of(space, 0, 0) == settings_of(space, 0, 0)


def test_settings_go_to_the_network_the_solver_and_the_rule():
    given = {"update_rule": "adam", "learning_rate": 0.1, "momentum": 0.9, "beta1": 0.8,
             "batch_size": 4, "reg": 0.2, "seed": 5}  # fmt: skip
    network, solver = split(given, net)
    assert network == {"reg": 0.2, "seed": 5}
    assert solver == {"update_rule": "adam", "batch_size": 4, "seed": 5,
                      "optim_config": {"learning_rate": 0.1, "beta1": 0.8}}  # fmt: skip
    assert split(given, lambda reg: None)[0] == {"reg": 0.2}


def test_a_trial_of_several_rungs_is_a_run_of_the_solver(tmp_path):
    settings = {"learning_rate": 0.05, "update_rule": "adam", "batch_size": 8, "seed": 11,
                "schedule": "cosine", "augment": jitter, "reg": 0.01}  # fmt: skip
    state, values = None, []
    for until in (1, 3, 6):
        job = trial.Job(0, settings, until, 6, "val_acc", state)
        found = trial.attempt(job, (net, DATA))
        assert not found.reason, found.reason
        state = found.state
        values.append(found.value)
    solver = Solver(net(0.01, 11), DATA, update_rule="adam", optim_config={"learning_rate": 0.05},
                    batch_size=8, seed=11, schedule="cosine", augment=jitter, num_epochs=6,
                    verbose=False)  # fmt: skip
    solver.train()
    assert values[-1] == solver.best_val_acc
    solver.save(tmp_path / "whole.npz")
    (tmp_path / "parts.npz").write_bytes(state)
    whole, parts = (checkpoints.read(tmp_path / f"{name}.npz")[2] for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    for name in whole.keys() - {"history/epoch_seconds"}:
        np.testing.assert_array_equal(whole[name], parts[name], err_msg=name)


# The same, everywhere.


def test_results_are_the_same_on_one_worker_two_and_none(alone, two, tmp_path):
    assert len(alone.trials) == 10
    assert len({one.value for one in alone.trials}) > 3
    assert results(search(net, SPACE, DATA, **OPTIONS, cluster=two)) == results(alone)
    address = two.scheduler.address
    again = search(net, SPACE, DATA, **OPTIONS, cluster=address, folder=tmp_path / "a")
    assert results(again) == results(alone)
    with connect(workers=1) as one:
        assert results(search(net, SPACE, read_data, **OPTIONS, cluster=one)) == results(alone)


@posix
def test_a_worker_that_is_killed_costs_nothing_but_time(alone, two, tmp_path):
    build = functools.partial(die_once, str(tmp_path))
    found = search(build, SPACE, DATA, **OPTIONS, cluster=two)
    killed = len(list(tmp_path.iterdir()))
    assert killed == sum(one.settings["seed"] % 3 == 0 for one in found.trials) > 1
    assert results(found) == results(alone)


@posix
def test_a_trial_that_ends_its_workers_is_given_up_and_the_others_go_on():
    seeds = [settings_of(checked_space(SPACE), 0, k)["seed"] for k in range(3)]
    build = functools.partial(die_always, seeds[1])
    options = OPTIONS | {"seed": 0, "method": "random", "trials": 3, "epochs": 1}
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), connect(workers=2) as own:
        found = search(build, SPACE, DATA, **options, cluster=own)
    assert ["worker that ran it died" in one.reason for one in found.trials] == [False, True, False]


@posix
def test_a_search_whose_client_is_killed_goes_on(tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    command = [sys.executable, "-m", "tests.support.searches", str(folder), "2"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    lines, until = folder / "results.jsonl", time.monotonic() + 60
    while not (lines.exists() and lines.read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with lines.open("ab") as file:
        file.write(b'{"trial": 9, "unt')  # cut off
    finished = lines.read_bytes().count(b"\n")
    ran, plain = [], trial.attempt

    def counted(job, shared):
        ran.append((job.trial, job.until))
        return plain(job, shared)

    monkeypatch.setattr(entry.trial, "attempt", counted)
    found = search(slow, SPACE, DATA, **OPTIONS, folder=folder)
    whole = sum(len(one.values) for one in found.trials)
    assert len(ran) == whole - finished
    monkeypatch.setattr(entry.trial, "attempt", plain)
    assert results(found) == results(search(slow, SPACE, DATA, **OPTIONS))
    ran.clear()
    monkeypatch.setattr(entry.trial, "attempt", counted)
    assert results(search(slow, SPACE, DATA, **OPTIONS, folder=folder)) == results(found)
    assert ran == []


# Folders.


def test_checkpoints_of_trials_that_ended_are_deleted_and_a_lost_one_made_again(alone, tmp_path):
    found = search(net, SPACE, DATA, **OPTIONS, folder=tmp_path)
    kept = list(tmp_path.glob("*.npz"))
    assert [one.name for one in kept] == [
        f"trial-{found.best.number}-until-{found.best.epochs}.npz"
    ]
    kept[0].write_bytes(kept[0].read_bytes()[:-9])  # damaged
    assert results(search(net, SPACE, DATA, **OPTIONS, folder=tmp_path)) == results(alone)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 4}, r"of another search: seed is 3 there and 4 here"),
        ({"epochs": 8}, r"trials is 10 there"),
        ({"space": SPACE | {"reg": Uniform(0, 1)}}, r"space\['reg'\] is 'LogUniform\(low=1e-05"),
        ({"data": tiny_data(seed=1)}, r"data\['y_train'\] is '50 labels with checksum"),
        ({"build": slow}, r"build is 'net, code"),
        ({"by": "val_loss"}, r"by is 'val_acc' there"),
    ],
)
def test_the_folder_of_another_search_is_refused(tmp_path, change, message):
    description = entry.description_of(net, checked_space(SPACE), DATA, **NAMED)
    Records(tmp_path, description).close()
    given = {"build": net, "space": SPACE, "data": DATA} | OPTIONS | change
    with pytest.raises(ValueError, match=message):
        search(**given, folder=tmp_path)


NAMED = {"method": "hyperband", "trials": 10, "epochs": 4, "least": 1, "eta": 2, "by": "val_acc",
         "seed": 3}  # fmt: skip


def test_a_folder_with_other_files_or_a_running_search_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(ValueError, match=r"folder '.*' has other files"):
        search(net, SPACE, DATA, **OPTIONS, folder=tmp_path)
    if os.name == "nt":
        return
    records = Records(tmp_path / "in", {})
    with pytest.raises(ValueError, match="which is running"):
        Records(tmp_path / "in", {})
    records.close()
    Records(tmp_path / "in", {}).close()
    (tmp_path / "in" / "search.json").write_text("[")
    with pytest.raises(ValueError, match=r"a search.json that is none"):
        Records(tmp_path / "in", {})


def test_a_function_is_known_by_its_code():
    def one(reg):
        return reg in {"a", "b"}

    first = describing.digested(one)

    def one(reg):
        return reg in {"b", "a"}

    assert describing.digested(one) == first

    def one(reg):
        return reg in {"a", "c"}

    assert describing.digested(one) != first
    assert describing.digested(functools.partial(net, reg=0.5)).endswith("with ['reg=0.5']")
    assert describing.digested(FullyConnectedNet).startswith("FullyConnectedNet, code ")
    assert describing.digested(describing) == "module"


# Trials that fail.


def test_trials_that_fail_say_why_and_do_not_go_on(capsys):
    space = SPACE | {"learning_rate": Choice(0.01, 1e30), "update_rule": "sgd"}
    options = OPTIONS | {"verbose": "lines"}
    found = search(refuse_some, space, DATA, **options)
    by = {"no network": 0, "FloatingPointError: Solver.train": 0, "": 0}
    for one in found.trials:
        by[next(part for part in by if part in one.reason)] += 1
        assert (one.value is None) == bool(one.reason)
        assert "\n" not in one.reason
    assert min(by.values()) >= 1, by
    assert found.best.reason == ""
    assert "failed" in found.table().columns
    assert found.table().rows[-1]["failed"]
    out = capsys.readouterr().out
    assert "bracket 2, until 1 epoch: 4 trials, " in out


def test_a_search_of_which_all_trials_fail_says_the_first_reason():
    with pytest.raises(
        RuntimeError, match=r"all 2 trials failed, the first one with TypeError: .*x"
    ):
        search(net, SPACE | {"x": 1}, DATA, method="random", trials=2, verbose=False)


# What comes out.


def test_what_a_search_found_is_shown(alone, tmp_path):
    import matplotlib.pyplot as plt

    values = [one.value for one in alone.trials]
    assert alone.best.value == max(values)
    assert alone.best.number == values.index(max(values))
    assert "10 trials" in repr(alone)
    rows = alone.table().rows
    assert [row["val_acc"] for row in rows] == sorted(values, reverse=True)
    assert all((row["momentum"] is None) == (row["update_rule"] == "adam") for row in rows)
    text = repr(alone.table(3)).splitlines()
    assert len(text) == 4
    assert text[0].split() == ["trial", "bracket", "epochs", "val_acc", *sorted(alone.varied)]
    assert alone.table()._repr_html_().count("<tr>") == 11
    assert "&lt;b&gt;" in Table(["x"], [{"x": "<b>"}])._repr_html_()
    whole = json.loads(alone.to_json())
    assert whole["best"] == alone.best.number
    assert whole["trials"][0]["settings"]["num_train_samples"] == 20
    figure = alone.figure()
    assert f"a line for each of {len(values)} trials" in figure.alt
    assert f"{alone.best.value:.3g}" in figure.alt
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()][-1] == "val_acc"
    plt.close(figure)


def test_the_best_network_is_kept_and_trains_on(alone, tmp_path):
    model = alone.model()
    assert np.mean(model.predict(DATA["X_val"]) == DATA["y_val"]) == alone.best.value
    alone.save(tmp_path / "best.npz")
    again = net(alone.best.settings["reg"], alone.best.settings["seed"])
    solver = Solver.resume(tmp_path / "best.npz", again, DATA, num_epochs=5, verbose=False)
    assert solver.epoch == alone.best.epochs
    solver.train()
    assert solver.best_val_acc >= alone.best.value


def test_a_bar_shows_the_epochs_and_the_best(alone, capsys):
    found = search(net, SPACE, DATA, **OPTIONS | {"verbose": "bar"})
    last = capsys.readouterr().out.replace("\n", "\r").rstrip("\r").split("\r")[-1]
    assert "search: 100%" in last
    assert f"val_acc {found.best.value:.4g}" in last


def test_data_in_files_are_read_where_the_trials_run(alone, two, tmp_path):
    paths = {name: tmp_path / f"{name}.npy" for name in DATA}
    for name, path in paths.items():
        np.save(path, DATA[name])
    assert results(search(net, SPACE, paths, **OPTIONS, cluster=two)) == results(alone)


def test_the_loss_can_be_what_is_judged():
    found = search(net, SPACE, DATA, method="halving", trials=4, epochs=2, eta=2, by="val_loss",
                   verbose=False)  # fmt: skip
    values = [one.value for one in found.trials]
    assert found.best.value == min(values)
    assert sum(one.epochs == 2 for one in found.trials) == 2
    assert min(v for one in found.trials if one.epochs == 1 for v in [one.value]) >= max(
        one.values[0][1] for one in found.trials if one.epochs == 2
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"build": 3}, TypeError, "search: build is a int, expected a function or class"),
        ({"space": [1]}, TypeError, "search: space is a list, expected a dict"),
        ({"space": {"reg": 1}}, ValueError, "search: space has no distribution"),
        ({"space": {3: Uniform(0, 1)}}, TypeError, "search: space has the key 3"),
        ({"space": {"reg": [1, 2]}}, TypeError, r"space\['reg'\] is a list, expected Choice"),
        ({"space": {"num_epochs": 3}}, ValueError, "'num_epochs', which the search sets"),
        ({"space": {"optim_config": {}}}, ValueError, "'optim_config', expected its keys"),
        ({"data": {}}, ValueError, "search: data has no key 'X_train'"),
        ({"method": "grid"}, ValueError, "search: method is 'grid', expected one of"),
        ({"by": "loss"}, ValueError, "search: by is 'loss', expected one of"),
        ({"epochs": 0}, ValueError, "search: epochs is 0"),
        ({"least": 5}, ValueError, "search: least is 5, expected 4 or less"),
        ({"eta": 1}, ValueError, "search: eta is 1, expected 2 or more"),
        ({"seed": -1}, ValueError, "search: seed is -1"),
        ({"trials": 3}, ValueError, "search: trials is 3, but Hyperband's follow"),
        ({"method": "random"}, ValueError, "search: trials is None, expected a number"),
        ({"method": "halving", "trials": 0}, ValueError, "search: trials is 0"),
        ({"verbose": 2}, ValueError, "search: verbose is 2"),
        ({"folder": ""}, ValueError, "search: folder is ''"),
        ({"cluster": 3}, TypeError, "connect: address is a int"),
    ],
)
def test_errors_name_the_argument(change, error, message):
    given = {"build": net, "space": SPACE, "data": DATA} | OPTIONS | change
    with pytest.raises(error, match=message):
        search(**given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(1, 1), "Uniform: high is 1, expected above low, which is 1"),
        (lambda: LogUniform(0, 1), "LogUniform: low is 0, expected above 0"),
        (lambda: LogUniform(-1, 1), "LogUniform: low is -1"),
        (lambda: Integers(1.5, 3), "Integers: low is 1.5"),
        (lambda: Choice(1), "Choice: values are"),
        (lambda: Uniform(0, np.inf), "Uniform: high is inf"),
    ],
)
def test_distributions_name_what_does_not_fit(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_what_cannot_be_sent_to_a_worker_is_named(two):
    import threading

    lock = threading.Lock()
    with pytest.raises(TypeError, match="search: build cannot be sent to a worker"):
        search(lambda reg: lock, SPACE, DATA, **OPTIONS, cluster=two)


def test_classes_are_built_too():
    space = {"hidden_dims": Choice([4], [5, 5]), "input_dim": 6, "num_classes": 3}
    found = search(FullyConnectedNet, space, DATA, method="random", trials=2, epochs=1,
                   verbose=False)  # fmt: skip
    assert found.best.settings["hidden_dims"] in ([4], [5, 5])
    assert "(5, 5)" in found.table()._repr_html_() or "(4)" in found.table()._repr_html_()


def test_the_benchmark_measures_searches_and_empty_jobs(two):
    (row,) = cluster_search.throughput(workers=(), trials=2, images=60)
    assert row["same"]
    assert row["speed_up"] == row["ideal"] == 1
    assert row["trials_per_second"] * row["seconds"] == pytest.approx(2)
    assert cluster_search.empty(two) > 0
