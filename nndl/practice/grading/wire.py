"""What was seen of a function, as JSON and back. Nothing that is read back can run.

The process of a submission may write what it wants, so whatever does not fit is refused.
"""

import base64
from dataclasses import asdict
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.watching import Observation, Raised

LARGEST = 1 << 20  # bytes of an array; those of the cases are far below
LONGEST = 2000  # characters of a text
NAMED = 30  # arguments that changed, and characters of each; no function has more


class Malformed(ValueError):
    """What came is not what the process of a submission sends."""


def packed(array: Array) -> list[Any] | None:
    """An array as its dtype, shape and bytes; None if it is too large."""
    if array.nbytes > LARGEST:
        return None
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return [array.dtype.str, list(array.shape), data]


def unpacked(given: Any) -> Array:
    """The array again.

    Raises
    ------
    Malformed
        It is none of real numbers.
    """
    try:
        name, shape, data = given
        dtype, raw = np.dtype(str(name)), base64.b64decode(data, validate=True)
        if dtype.kind not in "biuf" or len(raw) > LARGEST or len(shape) > 16:
            raise Malformed("an array of something else than numbers, or too large")
        array = np.frombuffer(raw, dtype)
        if dtype.kind == "b":  # other bytes than 0 and 1 are no truth values
            array = array.view(np.uint8) != 0
        return array.reshape([int(n) for n in shape]).copy()
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"no array: {type(error).__name__}") from None


def sent(seen: Observation) -> dict[str, Any]:
    """An observation, for ``json.dumps``."""
    values = {name: packed(np.asarray(value)) for name, value in seen.values.items()}
    large = [name for name, value in values.items() if value is None]
    return {
        "values": {} if large else values,
        "raised": asdict(seen.raised) if seen.raised else None,
        "structure": f"{large[0]} is too large an array" if large else seen.structure,
        "changed": list(seen.changed),
        "again": bool(seen.again),
        "random": bool(seen.random),
        "printed": seen.printed,
    }


def received(given: Any, outputs: set[str]) -> Observation:
    """The observation again; ``outputs`` are the names that a complete one has.

    Raises
    ------
    Malformed
        It is none.
    """
    try:
        raised = given["raised"] and Raised(
            *(text(given["raised"][k]) for k in ("kind", "message", "line")),
            int(given["raised"]["number"]),
            *(text(given["raised"][k]) for k in ("where", "origin")),
            tuple(int(size) for size in given["raised"]["out"][:4]),
        )
        seen = Observation(
            {text(k): unpacked(v) for k, v in given["values"].items()},
            raised or None,
            text(given["structure"]),
            tuple(text(k)[:NAMED] for k in given["changed"][:NAMED]),
            bool(given["again"]),
            bool(given["random"]),
            text(given["printed"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"no observation: {error}") from None
    if not seen.raised and not seen.structure and set(seen.values) != outputs:
        raise Malformed("other outputs than those of the exercise")
    return seen


def text(given: Any) -> str:
    """A text of bounded length, that any file can hold."""
    if not isinstance(given, str):
        raise Malformed("no text")
    return given[:LONGEST].encode("utf-8", "replace").decode("utf-8")
