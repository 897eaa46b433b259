"""The benchmarks: who takes turns with whom, what a record holds, when a row counts as slower.

No test here asserts a time. What the page shows of the record is tested in ``test_site.py``.
"""

import base64
import io
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import llvmlite.binding
import matplotlib.pyplot as plt
import numba
import numpy as np
import pytest

from benchmarks import (
    cifar10,
    layers,
    machine,
    memory,
    parts,
    record,
    run,
    seeing_cifar10,
    steps,
    tune,
)
from benchmarks import tune_statistics as statistics
from benchmarks.memory import in_new_process
from benchmarks.networks import NETWORKS
from benchmarks.rows import measure, must_agree, same_on_one_thread
from benchmarks.side_by_side import LONG, quartiles, summary, take_turns, turn
from book._ext.nndl_book import benchmark_numbers, benchmark_plots, benchmark_tables
from nndl.data_utils import get_CIFAR10_data, synthetic_CIFAR10

ROOT = Path(__file__).resolve().parent.parent


RECORDED = record.read()
ROWS = record.rows_of(RECORDED)
RECORDED_LONG = record.read(cifar10.RECORD)["runs"]
FEW = "4,3,32"  # images: a step of so few is soon made


class Clock:
    """Time that passes only when a contender works."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def __call__(self):
        return self.now

    def contender(self, name, *durations):
        """A function that takes ``durations`` in turn, the last of them from then on."""
        left = list(durations)

        def work():
            self.log.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return work


# -------------------------------------------------------------------------------- taking turns


def test_contenders_take_turns_and_the_first_changes():
    clock, rests = Clock(), []
    pair = {name: clock.contender(name, 2 * LONG) for name in ("ours", "theirs")}
    seconds = take_turns(pair, 3, clock, rests.append)
    assert clock.log == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert seconds == {
        "ours": pytest.approx([2 * LONG] * 3),
        "theirs": pytest.approx([2 * LONG] * 3),
    }
    assert len(rests) == 6
    assert min(rests) > 0


def test_the_call_that_wakes_the_threads_is_not_counted():
    clock = Clock()
    assert turn(clock.contender("slow at first", 0.09, 0.004), clock) == pytest.approx(0.004)
    assert len(clock.log) == 1 + 5


def test_a_long_call_is_made_once():
    clock = Clock()
    assert turn(clock.contender("long", 2.5), clock) == 2.5
    assert len(clock.log) == 1


def test_a_ratio_is_taken_within_each_round():
    # The machine is ten times as slow in the last round, for both.
    found = summary({"ours": [1, 1, 10], "theirs": [2, 2, 20]}, "ours", "theirs")
    assert found["ratio"] == {"q1": 2, "median": 2, "q3": 2}
    assert found["seconds"]["theirs"]["median"] == 2
    assert quartiles([4, 1, 2, 3, 5]) == {"q1": 2, "median": 3, "q3": 4}


# --------------------------------------------------------------------------------------- rows


def test_shapes_as_they_are_written():
    assert layers.numbers("100,3,31; 25,3,2,1") == [[100, 3, 31], [25, 3, 2, 1]]
    assert layers.conv_out("100,3,31; 25,3,2,1") == (100, 25, 16, 16)
    forward = layers.conv_flops("100,3,31; 25,3,2,1", "forward")
    assert forward == 2 * 100 * 25 * 16 * 16 * 3 * 3 * 3
    assert layers.conv_flops("100,3,31; 25,3,2,1", "backward") == 2 * forward


@pytest.mark.parametrize("dtype", layers.DTYPES)
@pytest.mark.parametrize("layer", layers.LAYERS)
def test_each_layer_is_measured_beside_pytorch(torch, layer, dtype):
    case = layers.Case(layer, layers.LAYERS[layer].small, dtype)
    rows = list(measure(case, 1, numba.get_num_threads()))
    assert [row["direction"] for row in rows] == case.directions
    for row in rows:
        assert set(row["seconds"]) == {"nndl", "PyTorch"}
        assert row["ratio"]["median"] > 0
        assert row.get("same_on_one_thread", True)
        assert ("gflops" in row) == (layer == "conv")


@pytest.mark.parametrize("layer", layers.NAIVE)
def test_each_layer_is_measured_beside_the_loops(layer):
    case = layers.Case(layer, layers.LAYERS[layer].small, "float64", layers.LOOPS)
    assert [set(row["seconds"]) for row in measure(case, 1, numba.get_num_threads())] == [
        {"nndl", "naive loops"}
    ] * 2


def test_results_that_differ_are_not_timed():
    a = np.ones(3)
    must_agree("row", (a, a), (a, a + 1e-12), 1e-9)
    with pytest.raises(ValueError, match=r"row: the results differ, by 1\.0e-06 of the largest"):
        must_agree("row", (a, a), (a, a / (1 + 1e-6)), 1e-9)
    with pytest.raises(ValueError, match="differ, by nan"):
        must_agree("row", a * np.nan, a, 1e-9)


def test_other_bits_on_one_thread_are_seen():
    drawn = np.random.default_rng(0)
    threads = numba.get_num_threads()
    assert same_on_one_thread(lambda: np.ones(3), threads)
    assert not same_on_one_thread(lambda: drawn.random(3), threads)
    assert numba.get_num_threads() == threads


def test_the_busy_loop_computes_what_it_says():
    starts = 1 + 0.5 * np.arange(machine.SUMS[machine.vector_bits()])
    for dtype in (np.float32, np.float64):
        lanes = machine.vector_bits() // 8 // np.dtype(dtype).itemsize
        expected = lanes * ((starts * 0.5 + 0.5) * 0.5 + 0.5).sum()
        assert machine.busy(dtype(1), dtype(0.5), 2) == expected


def test_a_first_call_is_timed_in_a_process_of_its_own(tmp_path):
    place = {"NUMBA_CACHE_DIR": str(tmp_path)}
    seconds = in_new_process("benchmarks.first_call", "ReLU", "float32", **place)
    assert set(seconds) == {"imports", "forward", "backward"}
    assert list(tmp_path.rglob("*.nbc")), "the code was not kept where it was asked to be"


# ------------------------------------------------------------------------------- training steps


@pytest.mark.parametrize("dtype", layers.DTYPES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_of_each_network_is_measured_beside_pytorch(torch, name, dtype):
    threads = numba.get_num_threads()
    row = steps.measure(steps.row_of(name, dtype), 1, threads, FEW)
    assert set(row["seconds"]) == {"nndl", "PyTorch"}
    assert row["ratio"]["median"] > 0
    assert row["same_on_one_thread"]
    assert record.key_of(row) == record.key_of(steps.row_of(name, dtype))


def test_a_step_needs_gradients_that_the_layers_switch_off(torch):
    from benchmarks.pytorch_steps import Theirs

    with torch.no_grad():  # as set_up leaves it
        steps.must_step_alike(steps.row_of("three layers", "float64"), Theirs, FEW)


@pytest.mark.parametrize("change", ["a weight", "another Adam", "no batch norm in train mode"])
def test_another_network_is_not_timed(torch, change):
    from benchmarks.pytorch_steps import Theirs

    class Changed(Theirs):
        def __init__(self, *given):
            super().__init__(*given)
            if change == "a weight":
                self.pairs["W2"].data[0, 0] += 1e-6
            elif change == "another Adam":
                self.adam = torch.optim.Adam(self.net.parameters(), betas=(0.9, 0.99), eps=1e-7)
            else:
                self.net.eval()

    row = steps.row_of("three layers, batch norm", "float64")
    steps.must_step_alike(row, Theirs, FEW)
    with pytest.raises(ValueError, match=r"three layers, batch norm step .* results differ"):
        steps.must_step_alike(row, Changed, FEW)


def test_both_networks_have_the_same_parameters(torch):
    from benchmarks.pytorch_steps import Theirs

    for name in NETWORKS:
        ours = steps.Ours(name, "float32")
        theirs = Theirs(name, ours.params, "float32")
        assert {key: array.shape for key, array in ours.params.items()} == {
            key: array.shape for key, array in theirs.arrays().items()
        }
        count = sum(tensor.numel() for tensor in theirs.net.parameters())
        assert count == sum(array.size for array in ours.params.values())


def test_the_parts_of_a_step_add_up():
    found = parts.parts("deep", "float32", 1, FEW)
    whole, between = found.pop(parts.WHOLE), found.pop(parts.BETWEEN)
    assert sum(found.values()) + between == pytest.approx(whole)
    assert between > 0
    assert {"conv_forward_fast", "conv_backward_fast", "softmax_loss_fast", "adam_fast"} <= {*found}
    assert steps.adam_fast.__name__ == "adam_fast", "the clock is still there"
    said = parts.report(1, ["three layers"], ["float32"], FEW)
    for part in ("three layers, float32", "max pool backward", "affine forward", "100.0%"):
        assert part in said


@pytest.mark.skipif(not memory.RESET.exists(), reason="the system does not tell")
def test_the_memory_of_a_step_is_measured_in_a_process_of_its_own():
    given = ("nndl", "three layers", "float32", "64,3,32", "1")
    mb = in_new_process("benchmarks.step_memory", *given)["mb"]
    maps = 64 * 32 * 32 * 32 * 4 / memory.MB  # what the convolution returns
    assert maps < mb < 20 * maps


# --------------------------------------------------------------------------------- the record


def test_the_record_has_every_row():
    cases = list(layers.cases())
    expected = [case.row(direction) for case in cases for direction in case.directions]
    assert [record.key_of(row) for row in RECORDED["rows"]] == [*map(record.key_of, expected)]
    pairs = {(line["library"], line["shape"], line["dtype"]) for line in RECORDED["memory"]}
    assert len(pairs) == 2 * len(layers.LAYERS["conv"].shapes) * len(layers.DTYPES)
    expected = [steps.row_of(name, dtype) for name in NETWORKS for dtype in layers.DTYPES]
    assert [record.key_of(row) for row in RECORDED["steps"]] == [*map(record.key_of, expected)]
    needs = {(line["library"], line["layer"], line["dtype"]) for line in RECORDED["step_memory"]}
    assert len(needs) == 2 * len(NETWORKS) * len(layers.DTYPES)
    assert len(RECORDED["first_call"]) == len(layers.LAYERS) * len(layers.DTYPES)


def test_the_record_names_versions_and_a_kind_of_processor_but_no_machine():
    versions = RECORDED["versions"]
    assert set(versions) == {"python", "nndl", "numpy", "numba", "torch", "date"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", versions["date"])
    assert set(RECORDED["machine"]) - {"processor"} == {
        *("system", "cores", "threads", "vector_bits", "peak_gflops", "bandwidth_gb_s", "others")
    }
    text = record.RECORD.read_text(encoding="utf-8")
    assert not re.search(r"[\w.]/\w|\\\\|\d:\d\d", text), "a path or a time of day"


def test_the_record_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "results.json"
    record.write(path, RECORDED)
    assert record.read(path) == RECORDED
    assert path.read_bytes() == record.RECORD.read_bytes(), "not written by make bench"
    assert os.listdir(tmp_path) == ["results.json"]


# ---------------------------------------------------------------------------- slower than recorded


def with_ratio(row, factor):
    ratio = {name: value * factor for name, value in row["ratio"].items()}
    return {**deepcopy(row), "ratio": ratio}


def test_an_equal_record_passes_and_a_small_loss_too():
    rows = ROWS
    assert record.slower(rows, rows) == {}
    flat = [{**row, "ratio": dict.fromkeys(row["ratio"], 2.0)} for row in rows]
    assert record.slower([with_ratio(row, 0.8) for row in flat], flat) == {}


def test_a_planted_slow_down_is_named():
    rows = [{**row, "ratio": dict.fromkeys(row["ratio"], 2.0)} for row in ROWS]
    for k in (3, len(rows) - 1):  # a layer's and a step's
        planted = [with_ratio(row, 0.7) if row is rows[k] else row for row in rows]
        found = record.slower(planted, rows)
        assert list(found) == [record.key_of(rows[k])]
        assert found[record.key_of(rows[k])] == f"{layers.name_of(rows[k])}: 1.40, recorded 2.00"


@pytest.mark.parametrize(("second", "status"), [(0.5, 1), (1.0, 0)])
def test_check_measures_a_suspect_twice(monkeypatch, capsys, second, status):
    rows, asked = ROWS, []

    def measured(args, wanted):
        asked.append([row for row in rows if wanted(row)])
        factor = 0.5 if len(asked) == 1 else second
        return [with_ratio(row, factor if row is rows[5] else 1) for row in asked[-1]]

    monkeypatch.setattr(run, "measured_rows", measured)
    assert run.compare(run.options(["--check", "--quick"])) == status
    assert [len(found) for found in asked] == [len(rows), 1]
    said = capsys.readouterr()
    assert (layers.name_of(rows[5]) in said.err) == bool(status)


def test_a_row_that_is_no_longer_measured_is_named(monkeypatch, capsys):
    rows = ROWS
    monkeypatch.setattr(run, "measured_rows", lambda args, wanted: rows[1:])
    assert run.compare(run.options(["--check"])) == 1
    assert f"{layers.name_of(rows[0])}: not measured" in capsys.readouterr().err


# ------------------------------------------------------------------------- what the page is made of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.4906, "2,491"), (0.123, "123"), (0.0123, "12.3"), (0.001, "1.00"), (4.1e-5, "0.0410")],
)
def test_milliseconds_have_three_digits(seconds, text):
    assert benchmark_numbers.milliseconds(seconds) == text


def test_durations_have_their_unit():
    texts = [benchmark_numbers.duration(seconds) for seconds in (2.4906, 0.0123)]
    assert texts == ["2.49\N{NO-BREAK SPACE}s", "12.3\N{NO-BREAK SPACE}ms"]


def test_a_ratio_below_one_is_marked_by_more_than_color():
    assert benchmark_numbers.ratio(0.994) == "0.99\N{NO-BREAK SPACE}▼"
    assert [*map(benchmark_numbers.ratio, (1.0, 12.34, 3127.0))] == ["1.00", "12.3", "3,127"]


@pytest.mark.parametrize("kind", ["conv", "others", "peak"])
def test_a_plot_says_in_words_what_it_shows(kind):
    drawing, words = benchmark_plots.draw(RECORDED, kind)
    assert drawing == benchmark_plots.draw(RECORDED, kind)[0], "another drawing each time"
    assert len(words.split()) >= 10
    if kind != "peak":
        rows = benchmark_numbers.select(RECORDED, "float32", conv=kind == "conv")
        assert f"{min(map(benchmark_numbers.median, rows)):.2f}" in words


def test_the_processor_is_recorded_and_named_where_the_record_has_it(monkeypatch):
    for measurement in ("peak", "bandwidth"):
        monkeypatch.setattr(machine, measurement, lambda *_: 1.0)
    described = machine.describe(1, 1)
    assert described["processor"] == llvmlite.binding.get_host_cpu_name()
    known = RECORDED | {"machine": RECORDED["machine"] | {"processor": "znver9"}}
    assert "znver9" in benchmark_numbers.facts(known)["processor"]
    known["machine"].pop("processor")
    assert benchmark_numbers.facts(known)["processor"] == ""


def test_a_single_round_has_no_quartiles():
    one, many = ({"q1": low, "median": 2.0, "q3": 3.0} for low in (3.0, 1.5))
    seconds = {name: {"median": 0.001} for name in ("nndl", "PyTorch")}
    shown = [benchmark_tables.times({"ratio": r, "seconds": seconds})[0] for r in (one, many)]
    assert shown[0] == "2.00"
    assert [*re.findall(r"\d\.\d+", shown[1])] == ["2.00", "1.50", "3.00"]


def test_a_small_share_is_not_called_none():
    shares = {0.0023: "0.2 percent", 0.031: "3.1 percent", None: "an unknown part"}
    for share, text in shares.items():
        known = RECORDED | {"machine": RECORDED["machine"] | {"others": share}}
        assert benchmark_numbers.facts(known)["others"] == text


def test_the_facts_count_what_is_behind():
    facts = benchmark_numbers.facts(RECORDED)
    ratios = [r["ratio"]["median"] for r in RECORDED["rows"] if r["against"] == "PyTorch"]
    assert facts["behind"] == str(sum(ratio < 1 for ratio in ratios))
    assert facts["rows"] == str(len(ratios))
    assert f"{min(ratios):.2f}" in facts["worst"]
    ratios = [r["ratio"]["median"] for r in RECORDED["steps"] if r["dtype"] == "float32"]
    assert facts["slowest step float32"] == f"{min(ratios):.2f}"


def test_the_command_is_an_option_away_from_help():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    for option in ("--quick", "--check", "--only", "--threads", "--profile"):
        assert option in done.stdout


# ----------------------------------------------------------------------------------- constants


@pytest.mark.parametrize(
    ("module", "name", "values"), [row for topic in tune.TOPICS.values() for row in topic]
)
def test_a_constant_that_can_be_tuned_is_there(module, name, values):
    assert getattr(module, name) in values


def test_constants_of_sums_are_those_that_are_replaced():
    for module, name, line, _ in statistics.CONSTANTS:
        text = (ROOT / "nndl" / "fast" / "statistics" / f"{module}.py").read_text(encoding="utf-8")
        assert sum(line.format(value) in text for value in statistics.VALUES[name]) == 1


# ------------------------------------------------------------------------- the runs on CIFAR-10


@pytest.fixture
def long_runs(monkeypatch, tmp_path):
    """A path for a record, made-up images, and two runs on them that take no time."""
    few = {"num_epochs": 2, "batch_size": 20, "optim_config": {"learning_rate": 1e-2}}
    one = {"class": "FullyConnectedNet", "net": {"hidden_dims": [4]}, "solver": few, "new": "one"}
    other = one | {"net": {"hidden_dims": [5]}, "augment": True, "new": "other"}
    monkeypatch.setattr(cifar10, "RUNS", {"one": one, "other": other})
    synthetic_CIFAR10(tmp_path, num_per_batch=60)
    sizes = {"num_training": 200, "num_validation": 50, "num_test": 40}
    return tmp_path / "record.json", get_CIFAR10_data(**sizes, root=tmp_path, verbose=False)


def rows_in(path):
    return {row["run"]: row for row in record.read(path)["runs"]}


def test_a_recorded_seed_is_that_run_made_alone(long_runs):
    path, data = long_runs
    cifar10.record([("other", 0), ("other", 1)], {}, {}, data, path)
    row = rows_in(path)["other"]
    for one in row["seeds"]:
        solver = cifar10.trained(cifar10.RUNS["other"], data, one["seed"])
        assert one["validation"] == solver.best_val_acc
        assert one["test"] == solver.check_accuracy(data["X_test"], data["y_test"])
    assert row["seeds"][0]["test"] == row["test"]
    tests = [one["test"] for one in row["seeds"]]
    assert row["mean"]["test"] == pytest.approx(np.mean(tests), abs=1e-3)
    assert row["spread"]["test"] == pytest.approx(np.std(tests, ddof=1), abs=1e-3)


def test_recording_seeds_can_be_stopped_and_continued(long_runs, monkeypatch):
    path, data = long_runs
    every = [("one", 0), ("other", 0), ("one", 1), ("other", 1), ("one", 2), ("other", 2)]
    assert cifar10.missing(["one", "other"], 3, {}) == every
    measured, made = cifar10.measured, []

    def stopped(name, data, seed):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append((name, seed))
        return measured(name, data, seed)

    monkeypatch.setattr(cifar10, "measured", stopped)
    with pytest.raises(KeyboardInterrupt):
        cifar10.record(every, {}, {"test": 40}, data, path)
    rows = rows_in(path)
    left = cifar10.missing(["one", "other"], 3, rows)
    assert (made, left) == (every[:3], every[3:])
    monkeypatch.setattr(cifar10, "measured", measured)
    cifar10.record(left, rows, {"test": 40}, data, path)
    whole = rows_in(path)
    assert [[one["seed"] for one in row["seeds"]] for row in whole.values()] == [[0, 1, 2]] * 2
    assert cifar10.missing(["one", "other"], 3, whole) == []
    assert whole["one"]["epochs"] == rows["one"]["epochs"], "the curve is that of the first seed"


def test_a_row_of_one_seed_has_no_spread_and_is_as_before(long_runs):
    path, data = long_runs
    cifar10.record([("one", 0)], {}, {}, data, path)
    row = rows_in(path)["one"]
    assert row.keys() == RECORDED_LONG[0].keys() - {"seeds", "mean", "spread"}
    cifar10.record([("one", 0)], {"one": row | {"seeds": [1, 2]}}, {}, data, path, anew=True)
    assert rows_in(path)["one"].keys() == row.keys()


def test_seeds_of_other_settings_are_not_mixed(long_runs, monkeypatch):
    path, data = long_runs
    cifar10.record([("one", 0), ("one", 1)], {}, {}, data, path)
    longer = cifar10.RUNS["one"] | {"net": {"hidden_dims": [6]}}
    monkeypatch.setitem(cifar10.RUNS, "one", longer)
    rows = rows_in(path)
    assert cifar10.missing(["one"], 2, rows) == [("one", 0), ("one", 1)]
    cifar10.record([("one", 0)], rows, {}, data, path)
    row = rows_in(path)["one"]
    assert row["net"] == {"hidden_dims": [6]}
    assert "seeds" not in row


def test_each_run_changes_another_and_has_three_seeds_and_a_time():
    rows = {row["run"]: row for row in RECORDED_LONG}
    assert [*rows] == [*cifar10.RUNS]
    assert {run["of"] for run in cifar10.RUNS.values() if "of" in run} < {*rows}
    for row in rows.values():
        assert [one["seed"] for one in row["seeds"]] == [0, 1, 2]
        tests = [one["test"] for one in row["seeds"]]
        assert row["mean"]["test"] == pytest.approx(np.mean(tests), abs=1e-3)
    assert record.read(cifar10.RECORD)["times"]["step_seconds"].keys() == rows.keys()


def test_a_step_is_timed_on_some_images(long_runs, monkeypatch):
    _, data = long_runs
    made = []
    trained = cifar10.trained
    monkeypatch.setattr(
        cifar10, "trained", lambda *given, **more: made.append(trained(*given, **more)) or made[-1]
    )
    seconds = cifar10.step_seconds("other", data, rounds=3, examples=60)
    steps = [solver.epoch_seconds[0] / solver.iteration for solver in made]
    assert [solver.iteration for solver in made] == [3] * 4  # the first compiles
    assert seconds == pytest.approx(np.median(steps[1:]), rel=1e-3)


def test_what_the_gradient_shows_is_of_a_recorded_run():
    seen = record.read(seeing_cifar10.SEEING)
    rows = {row["run"]: row for row in RECORDED_LONG}
    assert seen["test"] == pytest.approx(rows[seen["run"]]["test"], abs=1e-3)
    strip = plt.imread(io.BytesIO(base64.b64decode(seen["class images"]["png"])))
    assert strip.shape[:2] == (32, 32 * len(seen["classes"]))
    assert {*seen["accuracies"]} == {"gradient", "random"}
    for values in seen["accuracies"].values():
        assert len(values) == len(seen["moves"])


def test_every_recorded_run_is_one_of_the_script():
    for row in RECORDED_LONG:
        assert cifar10.same_run(row["run"], row), row["run"]
