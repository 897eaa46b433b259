"""Links from the API page to the chapters.

A tangled module says ``# Chapter: book/convolution/conv_forward.md`` above the code that came from
that chapter. Each of its functions gets a link to the page, and its compiled twin gets both.
"""

import importlib
import inspect
from pathlib import Path

MARK = "# Chapter: book/"


def chapter_of(source: str, line: int) -> str | None:
    """The document named by the last mark at or above a line (from 1) of a module's source."""
    marks = [text for text in source.splitlines()[:line] if text.startswith(MARK)]
    return marks[-1].removeprefix(MARK).strip().removesuffix(".md") if marks else None


def origin(obj) -> str | None:
    """The chapter that a function or class was tangled from."""
    obj = inspect.unwrap(obj)  # functools.cache wraps
    source = Path(inspect.getsourcefile(obj)).read_text(encoding="utf-8")
    return chapter_of(source, inspect.getsourcelines(obj)[1])


def note(name: str, obj) -> str | None:
    """The sentence to add to the docstring of ``obj``, whose full name is ``name``."""
    if name.startswith("nndl.fast.") and name.endswith("_fast"):
        module, _, twin = name.removesuffix("_fast").rpartition(".")
        fast = importlib.import_module(module)  # which imports the naive twin, to fall back on
        naive = getattr(fast, f"{twin}_naive", None) or getattr(fast, twin, None)
        if naive is None:  # two layers in one: its docstring says which
            return None
        where = f"{naive.__module__}.{naive.__name__}"
        return f"Twin of :func:`~{where}`, derived in :doc:`/{origin(naive)}`."
    chapter = origin(obj)
    return f"Derived in :doc:`/{chapter}`." if chapter else None


def add_note(app, what, name, obj, options, lines) -> None:
    if what not in ("function", "class"):
        return
    sentence = note(name, obj)
    if sentence:
        end = next((i for i, text in enumerate(lines) if not text.strip()), len(lines))
        lines[end:end] = ["", sentence, ""]


def connect(app) -> None:
    app.connect("autodoc-process-docstring", add_note, priority=600)  # after napoleon's 500
