"""The smallest case that fails, with its arrays, and the number that differs pointed at."""

from collections.abc import Iterator
from types import FunctionType

import numpy as np

from nndl.internal.types import Array
from nndl.practice.comparing import bound_of, off
from nndl.practice.plays import upstream
from nndl.practice.results import Result, Row

LARGEST = 40  # numbers in an array that is printed whole


def smallest(result: Result) -> str:
    """The smallest failing case, with its arrays."""
    row = result.smallest
    if row is None or result.verdict == "unfinished":
        return ""
    lines = [f"The smallest case that fails, {row.case.name!r}:"]
    given = dict(row.case.arguments)
    if result.exercise.forward:
        given["dout"] = upstream(result.exercise, row.case)
    for name, value in given.items():
        lines += block(name, value)
    for cell in row.cells:
        if not cell.ok and cell.output in row.seen.values:
            lines += compared(row, cell.output)
        elif not cell.ok and not cell.told and cell.output in ("arguments", "second call"):
            lines.append(f"  {cell.text[0].upper()}{cell.text[1:]}.")
    if end := row.seen.raised:
        line = f", in line {end.number}: {end.line}" if end.line else ""
        lines.append(f"  yours ends with {end.kind}: {end.message}".rstrip(": ") + line)
    if row.seen.structure:
        lines.append(f"  yours: {row.seen.structure}")
    call = f"practice.case({result.exercise.name!r}, {row.case.name!r})"
    lines.append(f"  {call} gives these arrays.")
    if row.seen.printed:
        lines.append(f"  your function printed\n{row.seen.printed}")
    return "\n".join(lines)


def compared(row: Row, name: str) -> Iterator[str]:
    """The reader's array and the right one, and where they differ first."""
    mine, right = row.seen.values[name], row.expected.values[name]
    if mine.shape != right.shape:
        yield from block(f"your {name}", mine, f" of shape {mine.shape}")
        yield from block(f"expected {name}", right, f" of shape {right.shape}")
        return
    wrong = off(mine, right, bound_of(row.case))
    first = tuple(int(k) for k in np.argwhere(wrong)[0]) if wrong.ndim and wrong.any() else ()
    if mine.size > LARGEST and len(first) > 1:  # that part of it in which they differ
        place = first[:-2] if len(first) > 2 else first[:-1]
        part = f"{name}{list(place)}"
        yield from block(f"your {part}", mine[place])
        yield from block(f"expected {part}", right[place])
    else:
        yield from block(f"your {name}", mine)
        yield from block(f"expected {name}", right)
    if first and right.size > 1:
        many = int(wrong.sum())
        at = "" if name.isidentifier() else ", at "
        a, b = apart(float(mine[first]), float(right[first]))
        here = f"{name}{at}{list(first)}: yours is {a}, expected {b}"
        yield f"  They differ in {here}." if many == 1 else (
            f"  They differ in {many} of {right.size} numbers, first in {here}."
        )  # fmt: skip


def apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with as many digits as they need to look different."""
    for digits in (4, 6, 8, 11, 14):
        if f"{a:.{digits}g}" != f"{b:.{digits}g}":
            break
    return f"{a:.{digits}g}", f"{b:.{digits}g}"


def block(name: str, value: object, shape: str = "") -> Iterator[str]:
    """An argument or a result: its numbers where they are few, each map of them by itself."""
    if isinstance(value, dict) and any(isinstance(one, np.ndarray) for one in value.values()):
        for key, one in value.items():
            yield from block(f"{name}[{key!r}]", one)
    elif isinstance(value, FunctionType):
        about = (value.__doc__ or "").partition("\n")[0].rstrip(".")
        yield f"  {name} is the function {value.__name__}" + (f": {about}" if about else "")
    elif not isinstance(value, np.ndarray):
        yield f"  {name} = {value!r}"
    elif value.size > LARGEST or value.size == 0:
        yield f"  {name}: an array of shape {value.shape}"
    elif value.ndim > 2 and value.size > value.shape[-1] * value.shape[-2]:
        yield f"  {name} is an array of shape {value.shape}:"
        for place in np.ndindex(value.shape[:-2]):
            yield numbers(f"    [{', '.join(map(str, place))}] = ", value[place])
    else:
        yield numbers(f"  {name}{shape} = ", value.reshape(value.shape[-2:]))


def numbers(head: str, array: Array) -> str:
    """The numbers of a row or a map behind a name, line below line."""
    text = np.array2string(array, precision=4, separator=", ", suppress_small=True)
    return head + text.replace("\n", "\n" + " " * len(head))
