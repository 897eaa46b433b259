"""From the plan to the outcomes: rungs are filled, judged when they are whole, and go on.

A rung waits for all of its trials, so that which ones go on depends on their values and numbers
alone, and not on which was done first. Meanwhile the workers have the rungs of other brackets.
"""

from collections.abc import Callable, Sequence
from typing import Any

from nndl.cluster.jobs import Here, Undone
from nndl.cluster.searching.brackets import Bracket, promoted, ranked
from nndl.cluster.searching.records import Records
from nndl.cluster.searching.trial import Job, Outcome

Place = tuple[int, int]  # a trial, and the epochs until which it trains


class Drive:
    """A search while it runs.

    Parameters
    ----------
    plan : sequence of Bracket
        Its brackets.
    settings : sequence of dict
        Those of each trial.
    by : str
        What a trial is judged by.
    records : Records
        What is finished.
    jobs : Here
        What runs the rest.
    shown : object
        Has ``ran(trial, epochs, value)`` and ``judged(bracket, rung, count)``.
    """

    def __init__(
        self, plan: Sequence[Bracket], settings: Sequence[dict[str, Any]], by: str,
        records: Records, jobs: Here, shown: Any,
    ) -> None:  # fmt: skip
        self.plan, self.settings, self.by = plan, settings, by
        self.records, self.jobs, self.shown = records, jobs, shown
        self.epochs = plan[0].rungs[-1][1]
        self.open: dict[int, tuple[Bracket, int, list[int]]] = {}  # by the bracket's number
        self.wanted: dict[Place, int] = {}  # what runs, and its bracket
        self.before: dict[int, int] = {}  # a trial's epochs so far

    def run(self) -> None:
        """To the end."""
        for bracket in self.plan:
            self._enter(bracket, 0, list(bracket.trials))
        while self.jobs:
            place, outcome = self.jobs.next()
            if isinstance(outcome, Undone):
                outcome = Outcome(*place, None, str(outcome), None)
            self.records.add(outcome)
            self._ran(place)
            self._judge(self.wanted.pop(place))
        best = best_place(self.records, self.by)
        if best and self.records.state(*best) is None:  # it was not the best when it ended
            self.before.pop(best[0])
            self.jobs.add(best, self._maker(best))
            _, outcome = self.jobs.next()
            if not isinstance(outcome, Undone):
                self.records.add(outcome)
        self.records.keep(self._needed())

    def _enter(self, bracket: Bracket, rung: int, trials: list[int]) -> None:
        """Start a rung; what is finished of it is not run again."""
        until = bracket.rungs[rung][1]
        self.open[bracket.number] = bracket, rung, trials
        for trial in trials:
            place = trial, until
            if place in self.records.finished:
                self._ran(place)
            else:
                self.wanted[place] = bracket.number
                # A rung that goes on comes first: the longest chain is the last to end.
                self.jobs.add(place, self._maker(place), first=rung > 0)
        self._judge(bracket.number)

    def _maker(self, place: Place) -> Callable[[], Job]:
        trial, until = place
        before = self.before.get(trial, 0)

        def make() -> Job:
            state = self.records.state(trial, before) if before else None
            return Job(trial, self.settings[trial], until, self.epochs, self.by, state)

        return make

    def _ran(self, place: Place) -> None:
        trial, until = place
        value, _ = self.records.finished[place]
        self.shown.ran(until - self.before.get(trial, 0), value)
        self.before[trial] = until

    def _judge(self, number: int) -> None:
        """If a rung is whole, let its best go on."""
        bracket, rung, trials = self.open[number]
        until = bracket.rungs[rung][1]
        if any((trial, until) not in self.records.finished for trial in trials):
            return
        values = {trial: self.records.finished[trial, until][0] for trial in trials}
        self.shown.judged(bracket, rung, values)
        del self.open[number]
        if rung + 1 == len(bracket.rungs):
            return
        best = promoted(values, bracket.rungs[rung + 1][0], self.by)
        if best:
            self._enter(bracket, rung + 1, best)
        self.records.keep(self._needed())

    def _needed(self) -> set[Place]:
        """The checkpoints that may be asked for: of trials that go on, and of the best."""
        places = {(t, self.before[t]) for _, _, ts in self.open.values() for t in ts
                  if t in self.before}  # fmt: skip
        best = best_place(self.records, self.by)
        return places | ({best} if best else set())


def best_place(records: Records, by: str) -> Place | None:
    """The best trial so far, with the epochs it has trained; None if all failed."""
    last: dict[int, int] = {}
    for trial, until in records.finished:
        last[trial] = max(until, last.get(trial, 0))
    values = {t: v for t, e in last.items() if (v := records.finished[t, e][0]) is not None}
    order = ranked(values, by)
    return (order[0], last[order[0]]) if order else None
