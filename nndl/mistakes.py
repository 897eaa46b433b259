"""The catalogue of mistakes: what people get wrong in each function, made on purpose.

``mistakes.toml`` holds the entries; each replaces one snippet of a function's source. Chapters show
what a mistake does ("What breaks"), tests prove that each one is caught.

>>> from nndl import mistakes
>>> mistake = mistakes.load()["rel-error-signed"]
>>> wrong_rel_error = mistake.apply()
>>> wrong_rel_error(1.0, 2.0)  # the sign hides the error
0.0
"""

import difflib
import inspect
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from nndl.gradient_check import rel_error
from nndl.internal.types import Array

__all__ = ["Mistake", "consequence", "load"]


@dataclass(frozen=True)
class Mistake:
    """One entry of the catalogue; the fields are those of ``mistakes.toml``."""

    id: str
    function: str  # "module.function" below nndl
    right: str  # a snippet that occurs exactly once in the function's source
    wrong: str  # what someone writes in its place
    title: str
    cause: str  # one line
    hint: str  # helps without giving the mistake away
    read: str  # the chapter that explains it, "part/chapter#section"
    shows: str = "values"  # in what it shows; also "dtype", "arguments" (changed) or "raises"
    forms: tuple[str | list[str], ...] = ()  # other ways of writing it: see `variants`
    convention: str = ""  # why it can be meant, where courses choose differently
    bodies: int | None = None  # how many students' bodies of the function have it ...
    of: int | None = None  # ... of so many that were read

    @property
    def module(self) -> ModuleType:
        """The module whose function this mistake changes."""
        return import_module(f"nndl.{self.function.rpartition('.')[0]}")

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.rpartition(".")[2]

    def sources(self) -> tuple[str, str]:
        """The function's source as it is, and as it is with this mistake.

        Raises
        ------
        ValueError
            The snippet ``right`` does not occur exactly once.
        """
        source = inspect.getsource(getattr(self.module, self.name))
        if (count := source.count(self.right)) != 1:
            where = f"in nndl.{self.function}, expected once"
            raise ValueError(f"mistake {self.id!r}: its snippet occurs {count} times {where}")
        return source, source.replace(self.right, self.wrong)

    def variants(self) -> Iterator["Mistake"]:
        """This mistake, then its other forms, in place of ``right`` or of their own snippet."""
        yield self
        for form in self.forms:
            right, wrong = (self.right, form) if isinstance(form, str) else form
            yield replace(self, right=right, wrong=wrong)

    def apply(self) -> Callable[..., Any]:
        """The wrong function, as a callable; the module's own stays as it is."""
        namespace = dict(vars(self.module))
        exec(compile(self.sources()[1], f"<mistake {self.id}>", "exec"), namespace)
        return namespace[self.name]

    def planted(self) -> AbstractContextManager[None]:
        """Within it (``with mistake.planted():``) the whole package makes this mistake."""
        return exchanged(getattr(self.module, self.name), self.apply())

    def diff(self, context: int = 1) -> str:
        """The replacement as a diff, with ``context`` lines around it and no file names."""
        right, wrong = (source.splitlines() for source in self.sources())
        lines = [*difflib.unified_diff(right, wrong, lineterm="", n=context)][3:]  # 3: its head
        return "\n".join(" ..." if line.startswith("@@") else line for line in lines)


Places = list[tuple[dict[Any, Any], Any]]


def places_of(right: Callable) -> Places:
    """Where modules of the package, and their tables, have a function: tables, and the keys."""
    modules = [vars(m) for name, m in list(sys.modules.items()) if name.split(".")[0] == "nndl"]
    tables = [value for names in modules for value in names.values() if type(value) is dict]
    return [(t, key) for t in (*modules, *tables) for key in t if t[key] is right]


@contextmanager
def exchanged(right: Callable, wrong: Callable, places: Places | None = None) -> Iterator[None]:
    """Within it ``wrong`` stands in all places of ``right``, or in those that are known already."""
    places = places_of(right) if places is None else places
    try:
        for table, key in places:
            table[key] = wrong
        yield
    finally:
        for table, key in places:
            table[key] = right


CATALOGUE = Path(__file__).with_name("mistakes.toml")


@cache
def load(path: Path = CATALOGUE) -> dict[str, Mistake]:
    """The catalogue: ``{id: Mistake}`` in the file's order.

    Raises
    ------
    ValueError
        An id occurs twice, or an entry lacks a field or has an unknown one.
    """
    catalogue = {}
    with open(path, "rb") as file:
        entries = tomllib.load(file)["mistake"]
    for entry in entries:
        try:
            mistake = Mistake(**{**entry, "forms": tuple(entry.get("forms", ()))})
        except TypeError as error:
            raise ValueError(f"{path.name}: entry {entry.get('id')!r}: {error}") from None
        if mistake.id in catalogue:
            raise ValueError(f"{path.name}: the id {mistake.id!r} occurs twice")
        catalogue[mistake.id] = mistake
    return catalogue


def consequence(right: Mapping[str, Array], wrong: Mapping[str, Array], bound: float = 1e-6) -> str:
    """What a mistake does to each array, in words.

    Parameters
    ----------
    right, wrong : dict
        Name to array: what the function and its wrong version return.
    bound : float
        The largest relative error of an entry that counts as right.

    Returns
    -------
    str
        A line for each name: how many entries are wrong, and how wrong the worst one is.
    """
    lines = []
    for name, array in right.items():
        if array.shape != wrong[name].shape:
            lines.append(f"{name}: has shape {wrong[name].shape}, expected {array.shape}")
            continue
        errors = [rel_error(a, b) for a, b in zip(array.flat, wrong[name].flat, strict=True)]
        count = sum(not error <= bound for error in errors)
        many = f"{count} of {array.size} entries wrong, relative error up to {np.max(errors):.2f}"
        lines.append(f"{name}: {many if count else 'unharmed'}")
    return "\n".join(lines)
