"""Which small change of the right function does exactly what was seen: see ``slips``."""

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import islice
from types import CodeType
from typing import Any

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, entries, source_of
from nndl.practice.comparing import expectations
from nndl.practice.evidence import Evidence
from nndl.practice.exercises import Exercise
from nndl.practice.plays import Parts, observe
from nndl.practice.slip_switches import SWITCH, switched
from nndl.practice.slips import changes
from nndl.practice.tree_changes import Change
from nndl.practice.watching import Observation

MOST = 600  # changes that are tried of one function; nearly all of them end at their first case
OFTEN = 0.11  # the share of students from which a mistake is expected beside another one
WHY = "With this change alone the book's function gives the same numbers. Its names are the book's."


def by_slips(evidence: Evidence, frequent: bool) -> Candidate | None:
    """The first change that fits, with the mistakes that are made besides.

    With ``frequent``, changes of the function as many students have it, with a mistake in it.
    """
    exercise = evidence.exercise
    for name, source, made in bases(exercise, frequent):
        tree = without_docstrings(source)
        known = list(islice(changes(tree), MOST))
        for change, function in slipped(exercise, name, tree, known):
            if not evidence.exactly(lambda order, f=function: runs(exercise, f, order)):
                continue
            title = change.words.format(change.target)
            found = Mistake(f"slip-{change.kind}", "", "", "", title, WHY, "", exercise.read)
            return Candidate((*made, found), tuple(evidence.seen), evidence.wrong)
    return None


def slipped(
    exercise: Exercise, name: str, tree: ast.Module, known: Sequence[Change]
) -> Iterator[tuple[Change, Callable[..., Any]]]:
    """The exercise's function with each of these changes; it has the change until the next."""
    found = compiled(exercise, name, switched(tree, known))
    if found is None:  # a change is none that Python can read
        for change in known if len(known) > 1 else ():
            yield from slipped(exercise, name, tree, [change])
        return
    function, namespace = found
    for number, change in enumerate(known):
        namespace[SWITCH] = number
        yield change, function


def without_docstrings(source: str) -> ast.Module:
    """The tree of a source, without what takes time to compile."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            del node.body[0]
    return tree


@cache
def around(name: str) -> CodeType:
    """The code of a function of this package, to be run in another namespace."""
    return compile(without_docstrings(source_of(name)), "<around a slip>", "exec")


def bases(exercise: Exercise, frequent: bool) -> Iterator[tuple[str, str, tuple[Mistake, ...]]]:
    """Functions to change: a name, its source, and the mistakes that are in it."""
    source = source_of(exercise.function)
    if not frequent:
        yield exercise.function, source, ()
        for name in exercise.helpers:
            if f"{name.rpartition('.')[2]}(" in source:
                yield name, source_of(name), ()
        return
    for m in entries(exercise):
        usual = m.shows == "values" and (m.bodies or 0) >= OFTEN * (m.of or 1)
        if m.function == exercise.function and usual and source.count(m.right) == 1:
            yield exercise.function, source.replace(m.right, m.wrong), (m,)


def compiled(
    exercise: Exercise, name: str, tree: ast.Module
) -> tuple[Callable[..., Any], dict[str, Any]] | None:
    """The exercise's function, with the changed one in it or in its place, and where its names are.

    None where Python cannot read it.
    """
    try:
        code = compile(tree, "<slip>", "exec")
    except (SyntaxError, ValueError, TypeError):
        return None
    module, _, short = name.rpartition(".")
    namespace = dict(vars(import_module(f"nndl.{module}"))) | {SWITCH: None}
    exec(code, namespace)
    if name == exercise.function:
        return namespace[short], namespace
    home, _, own = exercise.function.rpartition(".")
    other = dict(vars(import_module(f"nndl.{home}"))) | {short: namespace[short]}
    exec(around(exercise.function), other)
    return other[own], namespace


def runs(
    exercise: Exercise, function: Callable[..., Any], order: list[int]
) -> Iterator[tuple[int, Observation]]:
    """Cases by their numbers, and what is seen there."""
    parts = Parts(function, exercise.reference_forward())
    for k in order:
        yield k, observe(exercise, expectations(exercise)[k][0], parts, trusted=True)
