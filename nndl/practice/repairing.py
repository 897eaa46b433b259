"""Which one change of the reader's own function makes it right on every case: see ``repairs``.

The catalogue and ``slips`` know what becomes of the book's function with a mistake in it. Here it
is the other way round: the reader's own lines are changed, one place at a time, until the function
is right. That needs no name for the mistake, and says in which line it is.
"""

import ast
import builtins
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from types import FunctionType
from typing import Any

from nndl.practice.causes import LIKELY, POSSIBLE, SURE, Cause
from nndl.practice.comparing import compared, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.limits import TooLong, limited
from nndl.practice.plays import Parts, observe
from nndl.practice.repairs import repairs
from nndl.practice.results import Result
from nndl.practice.slip_switches import SWITCH, switched
from nndl.practice.tree_changes import Change
from nndl.practice.unwritten import tree_of

TRIED = 600  # changes of one function; nearly all of them end at their first case
LASTING = 3.0  # seconds; a function that needs milliseconds is done long before
LONGEST = 60  # letters of a piece of code in a title
WHY = "with that one change it is right on all {} cases"
PART = "with that one change {} of the {} cases are right, {} without it"
Cells = set[tuple[int, str]]  # the number of a case, and an output


def with_repair(
    result: Result, function: Callable[..., Any], forward: Callable[..., Any] | None
) -> Result:
    """The result, with the change that makes right what no sure cause explains, if there is one.

    What is merely possible is not said beside it.
    """
    wrong = {
        (k, cell.output)
        for k, row in enumerate(result.rows)
        for cell in row.cells
        if not (cell.ok or cell.told or row.case.told)
    }
    if result.verdict != "wrong" or result.exercise.random or known(result, wrong) == wrong:
        return result
    try:
        with limited(LASTING):
            own = forward if result.own_forward else None
            found = repaired(result, wrong, function, own)
    except TooLong:
        return result
    if found is None:
        return result
    others = [cause for cause in result.cause if cause.sure != POSSIBLE]
    first = len({k for k, _ in wrong}) > 2 * len({k for k, _ in known(result, wrong)})
    return replace(result, cause=[found, *others] if first else [*others, found])


def known(result: Result, wrong: Cells) -> Cells:
    """The cells that causes explain; all, where a sure one does not say which."""
    found: Cells = set()
    for cause in result.cause:
        if cause.sure == SURE and not cause.cases:
            if not cause.why.startswith("the exception says so"):
                return wrong
            ends = {k: row.seen.raised for k, row in enumerate(result.rows) if row.seen.raised}
            found |= {(k, o) for k, o in wrong if k in ends and ends[k].message in cause.why}
        elif cause.sure == SURE or (cause.sure == LIKELY and cause.outputs):
            found |= {(k, o) for k, o in wrong if k in cause.cases and o in cause.outputs}
    return found


def repaired(
    result: Result,
    wrong: Cells,
    function: Callable[..., Any],
    forward: Callable[..., Any] | None,
) -> Cause | None:
    """The first change that makes all right, or else all that is not known, as a cause."""
    tree = tree_of(function)
    if tree is None or not isinstance(function, FunctionType) or function.__closure__:
        return None
    if any(isinstance(node, ast.While | ast.ClassDef) for node in ast.walk(tree)):
        return None  # with another step it may not end
    tree.decorator_list = []
    module, exercise, until = ast.Module([tree], []), result.exercise, time.monotonic() + LASTING
    cases = [k for k, row in enumerate(result.rows) if not row.case.told]
    other = known(result, wrong)  # which may stay wrong
    asked = {k for k, _ in wrong - other}
    order = sorted(cases, key=lambda k: (k not in asked, result.rows[k].case.size))
    tried = list(islice(repairs(module), TRIED))
    part = None
    for change, changed in variants(function, module, tried):
        if time.monotonic() > until:
            break
        parts = Parts(changed, forward or exercise.reference_forward())
        left: Cells = set()
        for k in order:
            left |= off_on(exercise, k, parts, trusted=True)
            if left - other:
                break
        else:
            if any(off_on(exercise, k, parts, trusted=False) - other for k in order):
                continue
            many = len(cases) - len({k for k, _ in left})
            before = len(cases) - len({k for k, _ in wrong})
            cause = in_words(change, function.__code__.co_firstlineno)
            if not left:
                return replace(cause, why=WHY.format(len(cases)))
            part = part or replace(cause, why=PART.format(many, len(cases), before))
    return part


def off_on(exercise: Exercise, k: int, parts: Parts, trusted: bool) -> Cells:
    """The cells of a case that are wrong."""
    case, expected = expectations(exercise)[k]
    seen = observe(exercise, case, parts, twice=not trusted, trusted=trusted)
    cells = compared(case, expected, seen)
    return {(k, cell.output) for cell in cells if not (cell.ok or cell.told)}


def variants(
    function: FunctionType, module: ast.Module, tried: Sequence[Change]
) -> Iterator[tuple[Change, Callable[..., Any]]]:
    """The function with each of these changes; it has the change until the next."""
    try:
        code = compile(switched(module, tried), "<repair>", "exec")
    except (SyntaxError, ValueError, TypeError, RecursionError):
        half = len(tried) // 2
        for some in (tried[:half], tried[half:]) if half else ():
            yield from variants(function, module, some)
        return
    scope = {"__builtins__": builtins, **function.__globals__, SWITCH: None}
    exec(code, scope)
    changed = scope[module.body[0].name]
    for number, change in enumerate(tried):
        scope[SWITCH] = number
        yield change, changed


def in_words(change: Change, first: int) -> Cause:
    """A change that makes all right, as a cause."""
    owner, place = change.owner, change.place
    old = owner[place] if isinstance(owner, list) else getattr(owner, place)
    old = old[0] if isinstance(old, list) else old
    line = first + old.lineno - 1
    title = {
        "after": f"The last step of the loop in line {line} belongs behind the loop",
        "inside": f"The step behind the loop in line {line} belongs into the loop",
    }.get(change.kind, "")
    if isinstance(change.new, ast.Pass):
        title = f"Line {line} is one too many: {short(old)}"
    elif isinstance(change.new, list) and not title:
        title = f"Line {line} comes too early: {short(old)}"
    title = title or f"In line {line}, {short(change.new)} belongs in place of {short(old)}"
    return Cause("one-change", SURE, "", title=title)


def short(node: ast.AST) -> str:
    """A piece of code that fits into a title."""
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
