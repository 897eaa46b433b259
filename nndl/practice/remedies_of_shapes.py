"""What to do about shapes that do not fit, where the reader's line and its sizes say it."""

import ast
import re
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nndl.practice.origins import parts_at, reads
from nndl.practice.stops import UNSEEN, Stop, value_at
from nndl.practice.unwritten import assignments

PRODUCTS = ("dot", "matmul")
ALLOCATED = ("zeros", "ones", "empty")
NOT_ALIGNED = r"not aligned|mismatch in its core dimension"
NOT_RESHAPED = r"^cannot reshape array of size (\d+) into shape "
SIDES = r"(height|width|[hw])+"  # what the names of the two sizes of a map differ in
EQUAL = "Where both are equal nobody notices."


def told_of_shapes(error: BaseException, stop: Stop) -> tuple[str, str]:
    """What does not fit, and what to do; both empty where that is not known."""
    message = str(error)
    if isinstance(error, ValueError) and re.search(NOT_ALIGNED, message):
        return not_a_matrix(stop)
    if isinstance(error, ValueError) and (said := re.search(NOT_RESHAPED, message)):
        return misshapen(int(said[1]), stop)
    if isinstance(error, IndexError) and "out of bounds" in message:
        return named_twice(stop)
    return "", ""


def not_a_matrix(stop: Stop) -> tuple[str, str]:
    """A product with an array of several axes, where its examples were to be rows."""
    if not (pair := factors_of(stop.node)):
        return "", ""
    x, w = (value_at(one, stop) for one in pair)
    if not isinstance(x, np.ndarray) or not isinstance(w, np.ndarray):
        return "", ""
    if x.ndim < 3 or w.ndim != 2 or prod(x.shape[1:]) != len(w):
        return "", ""
    name, other = (ast.unparse(one) for one in pair)
    title = f"{name} is not made a matrix before its product with {other}"
    words = (
        f"It has {x.ndim} axes here, and each of its {len(x)} examples has {len(w)} numbers, as"
        f" many as {other} has rows. A matrix of one row for each example is"
        f" {name}.reshape({name}.shape[0], -1)."
    )
    if "forward" in getattr(stop.scope, "name", ""):
        words += (
            f" Keep {name} itself in the cache: the way back makes the same matrix of it, and gives"
            f" d{name} the shape of {name}."
        )
    return title, words


def factors_of(node: ast.AST) -> list[ast.expr]:
    """The two factors of a product of matrices; empty where it is none."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if method and node.func.attr in PRODUCTS:
        pair = [node.func.value, *node.args] if len(node.args) == 1 else node.args
        return pair if len(pair) == 2 else []
    return []


class Size(NamedTuple):
    """One of the sizes of a shape, as it is written."""

    text: str
    value: int
    written: bool  # as a number


def misshapen(size: int, stop: Stop) -> tuple[str, str]:
    """A shape of another number of numbers: a size that is named twice, or written as a number."""
    sizes = list(sizes_of(stop))
    shape = f"({', '.join(one.text for one in sizes)})"
    for text in dict.fromkeys(one.text for one in sizes if not one.written):
        same = [one.value for one in sizes if one.text == text]
        rest, odd = divmod(prod(one.value for one in sizes), max(same[0], 1))
        if len(same) < 2 or odd:
            continue
        for other, value in beside_it(text, stop.known).items():
            if rest * value == size:
                many = prod(one.value for one in sizes)
                return f"The shape {shape} names {text} twice", (
                    f"That makes {many} number{'s' * (many != 1)} here, and the array has {size}:"
                    f" with {other} in place of one of the two it fits. {EQUAL}"
                )
    if any(one.written and one.value > 1 for one in sizes):
        many = prod(one.value for one in sizes)
        words = f"The shape is for {many} numbers, and the array has {size} here"
        left = prod(one.value for one in sizes if not one.written)
        pairs = [(a, b) for a, b in pairs_in_line(stop)
                 if left * stop.known[a] * stop.known[b] == size]  # fmt: skip
        if sum(one.written for one in sizes) == 2 and len(pairs) == 1:
            (a, b), known = pairs[0], stop.known
            words += f", where {a} is {known[a]} and {b} is {known[b]}"
        title = f"Sizes are written as numbers, in the shape {shape}"
        return title, f"{words}. Take them from the shapes of the arrays."
    return "", ""


def sizes_of(stop: Stop) -> Iterator[Size]:
    """The sizes that an array is reshaped to; none where one of them is not known."""
    call = stop.node
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return
    parts = call.args[1:] if getattr(call.func.value, "id", "") in ("np", "numpy") else call.args
    if len(parts) == 1 and isinstance(parts[0], ast.Tuple | ast.List):
        parts = parts[0].elts
    found = [Size(ast.unparse(one), value_at(one, stop), isinstance(one, ast.Constant))
             for one in parts]  # fmt: skip
    if all(isinstance(one.value, int) for one in found):  # what is UNSEEN is none
        yield from found


def beside_it(name: str, known: Mapping[str, Any]) -> dict[str, int]:
    """The sizes whose names say height where this one says width, or the other way."""
    stem = re.sub(SIDES, "?", name.lower())
    return {other: value for other, value in known.items() if isinstance(value, int)
            and other != name and "?" in stem and re.sub(SIDES, "?", other.lower()) == stem
            and re.findall(SIDES, other.lower()) != re.findall(SIDES, name.lower())}  # fmt: skip


def pairs_in_line(stop: Stop) -> Iterator[tuple[str, str]]:
    """The names of two sizes of one map that the line reads, each pair once."""
    names = sorted(reads(parts_at(stop.scope, stop.number)) & set(stop.known))
    sizes = {name: stop.known[name] for name in names}
    for name in names:
        if isinstance(sizes[name], int):
            yield from ((name, other) for other in beside_it(name, sizes) if name < other)


def named_twice(stop: Stop) -> tuple[str, str]:
    """An index beyond an array that is made with one of its sizes twice."""
    array = getattr(getattr(stop.node, "value", None), "id", "")
    for name, value in assignments(stop.scope):
        call = isinstance(value, ast.Call) and getattr(value.func, "attr", "") in ALLOCATED
        if name != array or not call or not getattr(value, "args", None):
            continue
        written = [ast.unparse(one) for one in getattr(value.args[0], "elts", [])]  # type: ignore[union-attr]
        for text in dict.fromkeys(written):
            mine = stop.known.get(text, UNSEEN)
            if written.count(text) < 2 or not isinstance(mine, int):
                continue
            for other, size in beside_it(text, stop.known).items():
                if other not in written and size > mine:
                    return f"The shape of {name} names {text} twice", (
                        f"Line {value.lineno} makes it of the shape ({', '.join(written)}), and"  # type: ignore[union-attr]
                        f" {text} is {mine} here, where {other} is {size}. {EQUAL}"
                    )
    return "", ""
