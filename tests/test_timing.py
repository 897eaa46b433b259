"""Times as chapters take them: measured, handed back from the record, or written to a new one."""

import json
import math

import pytest

from nndl import timing
from nndl.timing import best_time, on_record


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still, but for what a function adds to it."""

    class Clock:
        now = 0.0

        def run(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    monkeypatch.delenv(timing.RECORD, raising=False)
    monkeypatch.delenv(timing.REPORT, raising=False)
    monkeypatch.setattr(timing, "_reported", set())
    return clock


def test_the_shortest_run_counts(clock):
    lengths = iter([3.0, 1.0, 2.0, 0.5])
    assert best_time("it", lambda: clock.run(next(lengths)), repeats=3) == 1.0
    assert next(lengths) == 0.5  # three runs, and no more
    assert on_record("it", 7) == 7


def test_runs_begin_within_the_budget(clock):
    lengths = iter([2.0, 1.0, 1.5, 0.5])
    assert best_time("it", lambda: clock.run(next(lengths)), budget=4.0) == 1.0
    assert next(lengths) == 0.5  # the third began at 3 and ended at 4.5
    assert best_time("it", lambda: clock.run(9.0), budget=1e-9) == 9.0  # one at least


def test_in_a_browser_nobody_waits_for_many_runs(clock, monkeypatch):
    monkeypatch.setattr(timing.sys, "platform", "emscripten")
    lengths = iter([0.0625, 0.03125, 0.5, 9.0, 8.0, 7.0, 0.0625, 0.03125, 0.5])

    def run():
        clock.run(next(lengths))

    assert best_time("it", run, repeats=100) == 0.03125  # the third began at 0.09375
    assert next(lengths) == 9.0
    assert best_time("it", run) == 8.0  # one at least
    assert best_time("it", run, budget=60.0) == 7.0
    assert best_time("it", run, repeats=1) == 0.0625
    assert best_time("it", run, budget=0.01) == 0.03125  # a smaller budget stays as it is
    monkeypatch.setenv(timing.RECORD, json.dumps({"it": 0.25}))
    assert best_time("it", run, repeats=100) == 0.25
    assert list(lengths) == []  # where the book is made, one run


def test_where_the_book_is_made_the_record_speaks(clock, monkeypatch):
    monkeypatch.setenv(timing.RECORD, json.dumps({"it": 0.25, "rows": 4}))
    runs = []
    for how in ({"repeats": 50}, {"budget": 10.0}):
        assert best_time("it", lambda: runs.append(clock.run(1.0)), **how) == 0.25
    assert len(runs) == 2  # once each: what it does is done, and what it raises is raised
    assert on_record("rows", 3) == 4
    assert best_time(None, lambda: clock.run(3.0)) == 3.0  # the caller records what it makes of it
    for call in (lambda: on_record("other", 1), lambda: best_time("other", lambda: None)):
        with pytest.raises(LookupError, match=r"has no 'other'.*make timings"):
            call()


def test_a_record_has_what_was_measured_as_it_was_shown(clock, monkeypatch, tmp_path):
    report = tmp_path / "report"
    monkeypatch.setenv(timing.REPORT, str(report))
    assert best_time("it", lambda: clock.run(1.23456), repeats=1) == 1.235
    assert on_record("rows", 12345) == 12345  # a count is not rounded
    assert on_record("rate", 123456.0) == 123500.0
    best_time(None, lambda: clock.run(1.0))
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert lines == [["it", 1.235], ["rows", 12345], ["rate", 123500.0]]
    with pytest.raises(ValueError, match="two values of this chapter have the name 'it'"):
        on_record("it", 1.0)


@pytest.mark.parametrize("repeats", [0, -1, 1.5, "3", None])
def test_repeats_that_are_none_are_refused(repeats):
    with pytest.raises(ValueError, match=r"best_time: repeats is .*, expected a positive integer"):
        best_time("it", lambda: None, repeats=repeats)


@pytest.mark.parametrize("budget", [0, -1.0, math.nan, "1"])
def test_budgets_that_are_none_are_refused(budget):
    with pytest.raises(ValueError, match=r"best_time: budget is .*, expected a positive number of"):
        best_time("it", lambda: None, budget=budget)


def test_names_are_strings():
    with pytest.raises(TypeError, match="on_record: name is 3, expected a string"):
        on_record(3, 1.0)
