"""What makes two searches the same one, in what JSON can hold."""

import functools
import hashlib
import types
from collections.abc import Mapping
from typing import Any

from nndl.cluster.searching.space import KINDS, Choice
from nndl.training.fingerprints import of_arrays
from nndl.training.sources import Source


def named(value: Any) -> Any:
    """A setting's value for tables and files: a number or a text as it is, others by their name."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # NumPy's numbers
        return value.item()
    if isinstance(value, Choice):
        return f"Choice({', '.join(repr(named(one)) for one in value.values)})"
    if isinstance(value, KINDS):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(str(named(one)) for one in value)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k!r}: {named(one)!r}' for k, one in value.items())}}}"
    return getattr(value, "__name__", type(value).__name__)


def digested(function: Any) -> str:
    """A function or class by its name and a digest of its code.

    Other things that it reads, such as variables of a module, are not looked at.
    """
    if isinstance(function, functools.partial):
        given = [named(one) for one in function.args]
        given += [f"{key}={named(one)}" for key, one in sorted(function.keywords.items())]
        return f"{digested(function.func)} with {given}"
    name = getattr(function, "__qualname__", type(function).__name__)
    parts = sorted(vars(function).items()) if isinstance(function, type) else [("", function)]
    codes = [(key, one.__code__) for key, one in parts if hasattr(one, "__code__")]
    said = hashlib.sha256(repr([(key, _content(code)) for key, code in codes]).encode())
    return f"{name}, code {said.hexdigest()[:12]}" if codes else name


def _content(code: types.CodeType) -> tuple[Any, ...]:
    """What a function does, wherever it is defined, in an order that is always the same."""
    constants = [
        _content(one)
        if isinstance(one, types.CodeType)
        else sorted(map(repr, one))
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    return code.co_code, constants, code.co_names, code.co_varnames


def of_data(data: Any) -> dict[str, str]:
    """The data by shapes and checksums; a function that reads them, by its code."""
    if callable(data):
        return {"read by": digested(data)}
    arrays = Source("search", data).arrays
    return of_arrays(arrays) if arrays else {}
