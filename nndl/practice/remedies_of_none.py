"""What to do about a None that is used: which name it is, and which line left it."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from nndl.practice.stops import UNSEEN, Stop, asked_for, condition_around, in_a_loop, value_at
from nndl.practice.unwritten import assignments, none

# Functions that return None: of NumPy, and methods that change what they belong to.
NOTHING = ("copyto", "shuffle", "seed", "fill_diagonal", "put", "place", "at", "sort", "fill",
           "append", "extend", "insert", "reverse", "update", "clear", "print")  # fmt: skip
PURE = ("np.sort", "np.append", "np.insert")  # of NumPy, with such a name, that do return


def told_of_none(message: str, stop: Stop) -> tuple[str, str]:
    """What is None, and what to do; both empty where that is not known."""
    found = left_none(message, stop)
    if found is None:
        return "", ""
    if isinstance(found, ast.Name):
        return of_name(found.id, stop)
    return of_value(found, stop)


def left_none(message: str, stop: Stop) -> ast.expr | None:
    """The part of the expression that is None, if there is one."""
    node: Any = stop.node
    if isinstance(node, ast.BinOp | ast.AugAssign):
        left = isinstance(node, ast.BinOp)
        pair = (node.left if left else node.target), (node.right if left else node.value)
        parts = [pair[0] if "'NoneType' and" in message else pair[1]]
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Tuple):  # that is unpacked to
        parts = [n.value for n in ast.walk(stop.scope) if isinstance(n, ast.Assign)
                 and node in n.targets]  # fmt: skip
    elif isinstance(node, ast.Call):
        parts = [*node.args, *(word.value for word in node.keywords)]
    else:
        parts = [
            getattr(node, name) for name in ("value", "operand", "iter") if hasattr(node, name)
        ]
    seen = [(part, value_at(part, stop)) for part in parts]
    sure = [part for part, value in seen if value is None]
    if not sure and len(parts) == 1 and not isinstance(node, ast.Call):
        sure = [part for part, value in seen if value is UNSEEN and isinstance(part, ast.Call)]
    return sure[0] if len(sure) == 1 else None


def of_name(name: str, stop: Stop) -> tuple[str, str]:
    """A variable is None."""
    every = [(value, value.lineno) for one, value in assignments(stop.scope)
             if one == name and value is not None]  # fmt: skip
    ran = [(value, line) for value, line in every
           if line <= stop.number or in_a_loop(stop.scope, line)]  # fmt: skip
    left = [(value, line) for value, line in every if none(value)]
    perhaps = [(value, line) for value, line in ran if not none(value) and may_be_none(value)]
    stored = [n for n in ast.walk(stop.scope) if isinstance(n, ast.Name) and n.id == name
              and isinstance(n.ctx, ast.Store)]  # fmt: skip
    changed = [n for n in ast.walk(stop.scope) if isinstance(n, ast.AugAssign)
               and n.target in stored]  # fmt: skip
    if len(stored) != len(every) + len(changed):  # by a loop, or another way that is not looked at
        return f"The variable {name} is None here", ""
    if left and not perhaps:
        return still_none(name, stop, [line for _, line in left],
                          [line for value, line in every if not none(value)])  # fmt: skip
    if len(perhaps) == 1 and not left:
        source = perhaps[0][0]
        if isinstance(source, ast.Name):
            words = f"The variable {name} is None, as it comes from {source.id} in line {{}}"
            return words.format(perhaps[0][1]), "Look at what is put in there."
        title, words = of_value(source, stop)
        return (f"{title}, in line {perhaps[0][1]}", words) if title else ("", "")
    arguments = getattr(getattr(stop.scope, "args", None), "args", [])
    if not every and name in [one.arg for one in arguments]:
        return f"The argument {name} is None here", "It needs a value before it is used."
    words = ""
    if left and perhaps:
        words = f"Line {left[-1][1]} sets it to None; line {perhaps[0][1]} is to give it a value."
    return f"The variable {name} is None here", words


def still_none(name: str, stop: Stop, left: list[int], given: list[int]) -> tuple[str, str]:
    """A variable that a line set to None, and no other since."""
    before = [line for line in left if line <= stop.number] or left
    title = f"The variable {name} is still None, as line {before[-1]} set it"
    own = isinstance(stop.node, ast.AugAssign) and isinstance(stop.node.target, ast.Name)
    if own and not [line for line in given if line < stop.number]:
        words = f"Line {stop.number} changes what is there, and there is nothing yet"
        if in_a_loop(stop.scope, stop.number):
            return title, f"{words}: {name} needs a start, before the loop."
        return title, f"{words}: the first step has to give {name} its value, with = alone."
    if not given:
        return title, f"No line gives it a value: that has to be before line {stop.number}."
    if min(given) > stop.number:
        return title, f"Line {min(given)} gives it one after that: it has to come first."
    ran = max(line for line in given if line <= stop.number)
    if ran < before[-1]:
        return title, f"Line {ran} stands before that: its value is gone."
    inside = condition_around(stop, ran)
    words = f"Line {ran} gives it a value, and did not run here"
    return title, f"{words}: it stands inside of {inside}." if inside else f"{words}."


def of_value(value: ast.expr, stop: Stop) -> tuple[str, str]:
    """What was computed is None: an entry that is missing, or a function that returns nothing."""
    if (got := asked_for(value)) and value_at(value, stop) is None:
        owner, key = ast.unparse(got[0]), value_at(got[1], stop)
        if got[2] is None or none(got[2]):
            return without_default(owner, key, stop)
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        written = ast.unparse(value.func)
        if name in NOTHING and written not in PURE:
            return (
                f"{written} returns None",
                "It works in place: call it in a line alone, without =.",
            )
        if isinstance(value.func, ast.Name) and callable(stop.around.get(name)):
            return f"The function {name} returned None", "Its return is missing, or did not run."
    if isinstance(value, ast.Subscript) and value_at(value, stop) is None:
        owner, key = ast.unparse(value.value), value_at(value.slice, stop)
        lines = list(setting_lines(stop.scope, owner, key))
        words = f"Line {lines[0]} sets it: it has to start with a value." if lines else ""
        return f"The entry {key!r} of {owner} is None", words
    return "", ""


def without_default(owner: str, key: Any, stop: Stop) -> tuple[str, str]:
    """``get`` found nothing: where a default stands that was not reached, or where one belongs."""
    title = f"The dictionary {owner} has no entry {key!r} here, so get gives None"
    for line in setting_lines(stop.scope, owner, key):
        if line < stop.number and (inside := condition_around(stop, line)):
            words = f"Line {line} sets it, inside of {inside}, which did not run here"
            return title, f"{words}. A default belongs outside of that."
    return title, f"A default is the second argument: {owner}.get({key!r}, ...)."


def may_be_none(value: ast.expr) -> bool:
    """Whether an expression can be None, as far as its form tells."""
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        whole = ast.unparse(value.func)
        known = re.match(r"(np|numpy)\.|(float|int|len|range)$", whole) or hasattr(np.ndarray, name)
        return (name in NOTHING and whole not in PURE) or not known
    return isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.IfExp | ast.BoolOp)


def setting_lines(scope: ast.AST, owner: str, key: Any) -> Iterator[int]:
    """Lines of a function that set an entry of a dictionary."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"{owner}.setdefault":
            keys = node.args[:1]
        elif isinstance(node, ast.Assign):
            keys = [target.slice for target in node.targets if isinstance(target, ast.Subscript)
                    and ast.unparse(target.value) == owner]  # fmt: skip
            whole = isinstance(node.value, ast.Dict) and owner in map(ast.unparse, node.targets)
            keys += node.value.keys if whole else []
        else:
            continue
        if any(isinstance(one, ast.Constant) and one.value == key for one in keys):
            yield node.lineno
