"""Where a call stopped: the very expression of the reader's line, and the values that it used."""

import ast
import linecache
from collections.abc import Iterator, Mapping
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple

from nndl.practice.origins import covers, parsed, scope_at

UNSEEN = object()  # the value of what is not looked up, since that would run the reader's code


class Stop(NamedTuple):
    """The expression, or the statement, that raised an exception."""

    node: ast.AST
    scope: ast.AST  # the function around it
    tree: ast.Module  # of the whole file
    number: int  # its line
    known: Mapping[str, Any]  # the variables of the function
    around: Mapping[str, Any]  # those of the module


def stop_of(error: BaseException, home: str) -> Stop | None:
    """Where an exception was raised in a file, as far as the innermost of its lines tells."""
    steps = [
        step for step in walked(error.__traceback__) if step.tb_frame.f_code.co_filename == home
    ]
    tree = parsed("".join(linecache.getlines(home)))
    if not steps or tree is None:
        return None
    code, frame = steps[-1].tb_frame.f_code, steps[-1].tb_frame
    place = next(islice(code.co_positions(), steps[-1].tb_lasti // 2, None), (None,) * 4)
    found = [node for node in ast.walk(tree) if placed(node) == place or chained(node, place)]
    if not found or place[0] is None:
        return None
    scope = scope_at(tree, place[0])
    return Stop(found[-1], scope, tree, place[0], frame.f_locals, frame.f_globals)


def walked(step: TracebackType | None) -> Iterator[TracebackType]:
    """The steps of a traceback."""
    while step:
        yield step
        step = step.tb_next


def placed(node: ast.AST) -> tuple[Any, ...]:
    """Where a node stands, in the order in which compiled code says it."""
    return tuple(getattr(node, name, None)
                 for name in ("lineno", "end_lineno", "col_offset", "end_col_offset"))  # fmt: skip


def chained(node: ast.AST, place: tuple[int | None, ...]) -> bool:
    """Whether it is a method's call over several lines, which begins at its name in compiled code.

    The first line and column are then those of the name after the point.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    line, column = node.func.end_lineno, (node.func.end_col_offset or 0) - len(node.func.attr)
    several = node.lineno != line
    return several and place == (line, node.end_lineno, column, node.end_col_offset)


def value_at(node: ast.AST, stop: Stop) -> Any:
    """The value of a simple expression; of others it is unknown."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return stop.known.get(node.id, stop.around.get(node.id, UNSEEN))
    if isinstance(node, ast.Attribute):
        return getattr(value_at(node.value, stop), "__dict__", {}).get(node.attr, UNSEEN)
    if isinstance(node, ast.Subscript):
        return entry_of(value_at(node.value, stop), value_at(node.slice, stop), UNSEEN)
    if got := asked_for(node):
        owner, key, default = got
        other = None if default is None else value_at(default, stop)
        return entry_of(value_at(owner, stop), value_at(key, stop), other)
    return UNSEEN


def entry_of(owner: Any, key: Any, default: Any) -> Any:
    """The entry of a dictionary, or the default; unknown of anything else."""
    if type(owner) is not dict or not isinstance(key, str | int):
        return UNSEEN
    return owner.get(key, default)


def asked_for(node: ast.AST) -> tuple[ast.expr, ast.expr, ast.expr | None] | None:
    """Of ``a.get(key, default)`` its three parts."""
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if call and node.func.attr == "get" and node.args:
        return node.func.value, node.args[0], node.args[1] if node.args[1:] else None
    return None


def condition_around(stop: Stop, number: int) -> str:
    """The innermost ``if`` around a line, not around the stop, as it is written; else nothing."""
    found = ""
    for node in ast.walk(stop.scope):
        if isinstance(node, ast.If):
            for part, word in ((node.body, ""), (node.orelse, "the else of ")):
                inside = [any(covers(one, line) for one in part) for line in (number, stop.number)]
                if inside == [True, False]:
                    found = f'{word}"if {ast.unparse(node.test)}:"'
    return found


def in_a_loop(scope: ast.AST, number: int) -> bool:
    """Whether a line stands in the body of a loop."""
    loops = [node for node in ast.walk(scope) if isinstance(node, ast.For | ast.While)]
    return any(node.lineno < number <= (node.end_lineno or 0) for node in loops)
