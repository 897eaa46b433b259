"""What a mistake that nobody knows costs: counted in runs of functions, not in seconds."""

import ast
from itertools import islice

import numpy as np
import pytest

from nndl import practice
from nndl.practice import candidates, evidence, plays, slipping
from nndl.practice.comparing import expectations
from nndl.practice.exercises import exercises
from nndl.practice.separating import FEW_CASES, conditions, spread
from nndl.practice.slip_switches import SWITCH, switched
from nndl.practice.slips import changes

ALL = exercises()


class Resolved(ast.NodeTransformer):
    """A tree with switches as it runs with one number."""

    def __init__(self, number):
        self.number = number

    def chosen(self, node):
        if not (isinstance(node.test, ast.Compare) and ast.unparse(node.test.left) == SWITCH):
            return self.generic_visit(node)
        yes = self.number in ast.literal_eval(node.test.comparators[0])
        branch = node.body if yes else node.orelse
        if isinstance(branch, list):
            found = [self.visit(step) for step in branch]
            return [step for one in found for step in (one if isinstance(one, list) else [one])]
        return self.visit(branch)

    visit_If = visit_IfExp = chosen


def steps(text):
    """The lines of a text that do something."""
    return [line for line in text.splitlines() if line.strip() != "pass"]


@pytest.mark.parametrize("name", ALL)
def test_a_switch_makes_one_change(name):
    """As the change itself makes it, and with no number none."""
    for function, source, _ in slipping.bases(ALL[name], frequent=False):
        tree = slipping.without_docstrings(source)
        known = list(islice(changes(tree), slipping.MOST))
        whole = switched(tree, known)
        assert slipping.compiled(ALL[name], function, whole), "all of it is Python"
        for number, change in [*enumerate(known)][:: len(known) // 9 + 1]:
            with change.made():
                wanted = ast.unparse(ast.fix_missing_locations(tree))
            mine = Resolved(number).visit(switched(tree, known))
            assert steps(ast.unparse(mine)) == steps(wanted)
        assert ast.unparse(Resolved(None).visit(whole)) == ast.unparse(tree)


def unknown(function):
    """A function that is wrong by a way of its own, wherever its arrays are not too small."""

    def wrong(*arguments):
        returned = function(*arguments)
        parts = list(returned) if isinstance(returned, tuple) else [returned]
        if parts[0].size > 5:
            parts[0] = parts[0] + 0.04 * np.cos(np.arange(parts[0].size)).reshape(parts[0].shape)
        return tuple(parts) if isinstance(returned, tuple) else parts[0]

    return wrong


@pytest.mark.parametrize("name", ["conv_backward", "conv_forward", "max_pool_backward",
                                  "batchnorm_backward", "spatial_batchnorm_backward"])  # fmt: skip
def test_an_unknown_mistake_costs_few_runs(name, monkeypatch):
    """Some cases for each mistake; for two at once, or a small change, one or two."""
    exercise, runs, texts = ALL[name], [], []
    expectations(exercise)
    known = list(candidates.entries(exercise, forward=False))
    bases = [base for often in (False, True) for base in slipping.bases(exercise, often)]
    slips = sum(len(list(islice(changes(slipping.without_docstrings(source)), slipping.MOST)))
                for _, source, _ in bases)  # fmt: skip
    pairs = evidence.FEWER if exercise.helpers else evidence.PAIRS
    candidates.attempts.cache_clear()
    for module in (candidates, slipping):
        monkeypatch.setattr(module, "observe", counted(plays.observe, runs))
    monkeypatch.setattr(slipping, "compiled", counted(slipping.compiled, texts))
    result = practice.check(name, unknown(exercise.reference()))
    assert not result.ok
    assert not any(cause.sure == "sure" for cause in result.cause)
    assert len(exercise.cases()) > FEW_CASES
    assert len(runs) < (FEW_CASES + 1) * len(known) + 2 * (slips + pairs)
    assert 0 < len(texts) <= len(bases)


def counted(function, calls):
    """The function, of whose calls a list is kept."""

    def called(*given, **named):
        calls.append(given)
        return function(*given, **named)

    return called


@pytest.mark.parametrize("name", ALL)
def test_the_cases_looked_at_differ_in_all_that_sets_them_apart(name):
    cases = ALL[name].cases()
    few = spread(cases, range(len(cases)))
    assert len(few) == len(set(few)) >= min(FEW_CASES, len(cases))
    assert len(few) <= max(FEW_CASES, len(cases) // 2 + 1)
    for text, holds in conditions(cases):
        assert any(holds[k] for k in few), text
    assert spread(cases, [0]) == [0]
    assert spread(cases, []) == []
