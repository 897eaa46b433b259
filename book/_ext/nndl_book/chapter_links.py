"""Links from the API page to the chapters.

A tangled module says ``# Chapter: book/convolution/conv_forward.md`` above the code that came from
that chapter. Each of its functions gets a link to the page, and its compiled twin gets both. The
equations that a docstring names become links, too, and words in quotes stay as Python has them.
"""

import importlib
import inspect
import re
from pathlib import Path

from book._tools.tangle import ROOT, equations, read_text

MARK = "# Chapter: book/"
# "equations (1) to (3)", but not those of a work that is cited: "Equation (5) of Loshchilov".
NAMED = re.compile(r"\bequations? \(\d+\)(?:(?:, | and | to | or )\(\d+\))*(?! of [A-Z])")
QUOTED = re.compile(r"(?<![\w`'])('\w+')(?![\w`'])")


def chapter_of(source: str, line: int) -> str | None:
    """The document named by the last mark at or above a line (from 1) of a module's source."""
    marks = [text for text in source.splitlines()[:line] if text.startswith(MARK)]
    return marks[-1].removeprefix(MARK).strip().removesuffix(".md") if marks else None


def origin(obj) -> str | None:
    """The chapter that a function or class was tangled from."""
    obj = inspect.unwrap(obj)  # functools.cache wraps
    source = Path(inspect.getsourcefile(obj)).read_text(encoding="utf-8")
    return chapter_of(source, inspect.getsourcelines(obj)[1])


def twin_of(name: str):
    """The function that a compiled one, by its full name, is the twin of; None for others."""
    if not (name.startswith("nndl.fast.") and name.endswith("_fast")):
        return None
    module, _, twin = name.removesuffix("_fast").rpartition(".")
    fast = importlib.import_module(module)  # which imports the naive twin, to fall back on
    return getattr(fast, f"{twin}_naive", None) or getattr(fast, twin, None)


def chapter_for(name: str, obj) -> str | None:
    """The chapter of ``obj``, whose full name is ``name``; a twin's is that of its function."""
    naive = twin_of(name)
    if naive is None and name.startswith("nndl.fast."):  # two layers in one
        return None
    return origin(naive or obj)


def link_twin(line: str, naive) -> tuple[str, bool]:
    """A docstring's line with its "``f``, compiled" as a link, and whether it has one."""
    said, link = f"``{naive.__name__}``", f":func:`~{naive.__module__}.{naive.__name__}`"
    return line.replace(said, link, 1), said in line


def link_equations(line: str, chapter: str) -> str:
    """A docstring's line with the equations that it names as roles, which say the chapter, too."""
    if not NAMED.search(line):
        return line
    numbers = equations(read_text(ROOT / "book" / f"{chapter}.md"))
    labels = {number: label for label, number in numbers.items()}

    def role(number):
        return f":eq:`{labels[number]}`" if number in labels else None

    def link(match):
        return re.sub(r"\((\d+)\)", lambda m: role(int(m[1])) or m[0], match[0])

    return NAMED.sub(link, line)


def add_note(app, what, name, obj, options, lines) -> None:
    lines[:] = [QUOTED.sub(r"``\1``", line) for line in lines]
    if what not in ("function", "class", "method") or not (chapter := chapter_for(name, obj)):
        return
    lines[:] = [link_equations(line, chapter) for line in lines]
    if what == "method":  # its class says the rest
        return
    naive, sentence = twin_of(name), f"Derived in :doc:`/{chapter}`."
    if naive is not None:
        lines[0], linked = link_twin(lines[0], naive)
        if not linked:
            where = f"{naive.__module__}.{naive.__name__}"
            sentence = f"Twin of :func:`~{where}`, derived in :doc:`/{chapter}`."
    end = next((i for i, text in enumerate(lines) if not text.strip()), len(lines))
    lines[end:end] = ["", sentence, ""]


def connect(app) -> None:
    app.connect("autodoc-process-docstring", add_note, priority=600)  # after napoleon's 500
