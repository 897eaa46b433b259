"""What to do about an exception, as far as the reader's line and its values say it.

Python's message says what went wrong at the place where it went wrong. What has to change is often
known, too: which name is like the one that is missing, which line left a None.
"""

import ast
import builtins
import re
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import nndl
from nndl.practice.names_like import names_like
from nndl.practice.next_stop import stops_next
from nndl.practice.remedies_of_none import setting_lines, told_of_none
from nndl.practice.remedies_of_shapes import told_of_shapes
from nndl.practice.stops import Stop, condition_around, in_a_loop, stop_of, value_at
from nndl.practice.unwritten import assignments

LISTED = 6  # entries of a dictionary that are listed
NUMPY_NAMES = ("pi", "inf", "nan", "newaxis", "float32", "float64", "int32", "int64")
THINGS = ((np.ndarray, "An array"), (dict, "A dictionary"), (tuple, "A tuple"), (list, "A list"),
          (str, "A string"), (int | float | np.number, "A number"))  # fmt: skip
LONGEST_NAMED = 40  # letters of an expression that a title repeats
OPTIONAL = ("config", "bn_param")  # dictionaries of which the caller may leave entries out
ONCE_MENDED = (KeyError, NameError, AttributeError)  # after which the next stop is looked for


class Advice(NamedTuple):
    """What is said of an exception; empty where it is not known."""

    title: str = ""  # what is the matter, with its names
    words: str = ""  # what to do
    after: str = ""  # what stops it next


def advice(error: BaseException, home: str) -> Advice:
    """What to say of an exception, as far as its place in a file tells."""
    with suppress(Exception):  # the values looked at are the reader's
        if stop := stop_of(error, home):
            keyword = isinstance(error, TypeError) and "unexpected keyword" in str(error)
            after = stops_next(stop) if keyword or isinstance(error, ONCE_MENDED) else ""
            return Advice(*advised(error, stop), after)
    return Advice()


def advised(error: BaseException, stop: Stop) -> tuple[str, str]:
    """Its title, and what to do."""
    if isinstance(error, KeyError):
        return without_entry(error.args[0], stop)
    if isinstance(error, UnboundLocalError):
        found = re.search(r"variable '(\w+)'", str(error))
        return without_value(found[1], stop) if found else ("", "")
    if isinstance(error, NameError):
        found = re.search(r"^name '(\w+)' is not defined", str(error))
        name = found[1] if found else ""
        return (f"The name {name} is defined nowhere", instead_of(name, stop)) if name else ("", "")
    if "NoneType" in str(error):
        return told_of_none(str(error), stop)
    if isinstance(error, ValueError | IndexError):
        return told_of_shapes(error, stop)
    if isinstance(error, AttributeError) and isinstance(stop.node, ast.Attribute):
        found = getattr(error, "obj", None)
        return without_attribute(
            stop.node, value_at(stop.node.value, stop) if found is None else found, stop
        )
    return "", ""


def without_entry(key: Any, stop: Stop) -> tuple[str, str]:
    """A dictionary has no such entry: those that it has, and where it would be set."""
    owner = getattr(stop.node, "value", getattr(getattr(stop.node, "func", None), "value", None))
    found = value_at(owner, stop) if owner else None
    if type(found) is not dict or not isinstance(key, str | int | tuple) or key in found:
        return "", ""
    name = ast.unparse(owner)
    title = f"The dictionary {name} has no entry {key!r}"
    names = [one for one in found if isinstance(one, str)]
    if isinstance(key, str) and (like := names_like(key, names)):
        return title, f"It has {like[0]!r}, which is probably meant."
    for line in setting_lines(stop.scope, name, key):
        if line > stop.number:
            return title, f"Line {line} sets it, after that: it has to be set before it is read."
        if inside := condition_around(stop, line):
            words = f"Line {line} sets it, inside of {inside}, which did not run here"
            return title, f"{words}. A default belongs outside of that."
    keys = [repr(one) for one in found]
    listed = ", ".join(keys[:LISTED]) + (", ..." if keys[LISTED:] else "")
    words = f"It has {listed} here." if keys else "It is empty here."
    more = f" What may be missing is asked for with a default: {name}.get({key!r}, ...)."
    return title, words + (more if name in OPTIONAL else "")


def without_value(name: str, stop: Stop) -> tuple[str, str]:
    """A variable of the function that has no value yet."""
    lines = sorted(
        {value.lineno for one, value in assignments(stop.scope) if one == name and value}
    )
    title = f"The variable {name} has no value yet"
    if not lines:
        changed = [node.lineno for node in ast.walk(stop.scope) if isinstance(node, ast.AugAssign)
                   and isinstance(node.target, ast.Name) and node.target.id == name]  # fmt: skip
        words = "changes what is there, and no line gives it a start: that belongs before"
        loop = "any loop around it" if in_a_loop(stop.scope, stop.number) else "it"
        return title, f"Line {min(changed)} {words} {loop}." if changed else ""
    if hasattr(builtins, name):
        words = "makes it a variable of the function: give the variable another name"
        return title, f"{name} is Python's own, and line {lines[0]} {words}."
    if lines[0] >= stop.number:
        return title, f"Line {lines[0]} sets it first: that has to come before it is used."
    if lines[1:]:
        return title, f"Lines {' and '.join(map(str, lines))} set it, and none of them ran here."
    inside = condition_around(stop, lines[0])
    place = f", inside of {inside}, which" if inside else ", and"
    return title, f"Line {lines[0]} sets it{place} did not run here."


def instead_of(name: str, stop: Stop) -> str:
    """What to write instead of a name that is defined nowhere."""
    for owner, value in stop.known.items():
        if type(value) is dict and name in value:
            return f"{owner} has such an entry: {owner}[{name!r}]."
    nodes = list(ast.walk(stop.tree))
    called = any(isinstance(n, ast.Call) and n.func is stop.node for n in nodes)
    dotted = any(isinstance(n, ast.Attribute) and n.value is stop.node for n in nodes)
    if name in ("np", "numpy"):
        return "NumPy is not imported: import numpy as np."
    known = getattr(np, name, None) if called or dotted or name in NUMPY_NAMES else None
    if known is not None and (not dotted or isinstance(known, ModuleType)):
        return f"NumPy has it: write np.{name}."
    if dotted and name in sys.stdlib_module_names:
        return f"It is a module of Python: import {name} is missing."
    own = [one for one, _ in assignments(stop.scope)] + [*stop.known]
    own += [one for one, value in stop.around.items()
            if not one.startswith("_") and not isinstance(value, ModuleType)]  # fmt: skip
    like = names_like(name, own) or sorted({one for one in own if one.startswith(f"{name}_")})
    if like:
        return f"{' and '.join(like[:2])} {'are names' if like[1:] else 'is a name'} like it here."
    if called and (like := names_like(name, dir(np))):
        return f"A name like it is np.{like[0]}."
    read = {n.id for n in ast.walk(stop.scope) if isinstance(n, ast.Name)}
    if "cache" in stop.known and "cache" not in read:
        return "The cache is never unpacked: what the forward pass had is in it."
    if called and name in nndl.__all__:
        return f"The book has it: from nndl import {name}."
    return "No line sets it, and no argument has this name."


def without_attribute(node: ast.Attribute, value: Any, stop: Stop) -> tuple[str, str]:
    """An object has no such name: of what kind it is, and a name like it that it has."""
    name, written = node.attr, ast.unparse(node.value)
    if isinstance(value, ModuleType):
        like = [] if value.__name__.startswith("numpy") else names_like(name, dir(value))
        return "", f"A name like it is {written}.{like[0]}." if like else ""
    kind = next((words for one, words in THINGS if isinstance(value, one)), "")
    if not kind:
        return "", ""
    title = f"{kind} has no {name}, and {written} is one"
    if len(written) > LONGEST_NAMED:
        title, written = f"{kind} has no {name}", "..."
    if like := names_like(name, dir(value)):
        return title, f"A name like it is {written}.{like[0]}."
    if isinstance(value, dict) and name in value:
        return title, f"An entry stands in brackets: {written}[{name!r}]."
    if callable(getattr(np, name, None)) and kind in ("An array", "A number"):
        return title, f"NumPy has it as a function: np.{name}({written})."
    if isinstance(value, tuple):
        return title, "Take its parts apart first."
    if isinstance(value, list):
        return title, f"np.array({written}) makes an array of it."
    return title, ""
