"""When a chapter has to be executed again: when what its code means has changed, not how it is put.

Of a code cell, and of every module of ``nndl`` that it reaches, the meaning counts: what it does,
without docstrings, types and comments. Source that a chapter prints counts to the letter: the
functions in which it shows a mistake, and the modules that its cells import where one of them calls
``inspect.getsource``.
"""

import ast
import configparser
import hashlib
import re
import tomllib
from itertools import takewhile

from book._tools.meaning import imported, meaning, reached
from book._tools.tangle import ROOT, code_cells

TIMINGS = {"time", "speed-up", "rate"}  # the sanitizer's rules for them


def fingerprint(cells, root=ROOT):
    """A hash of what decides the outputs of code cells: their code, and all that this reaches."""
    written = "\n".join(cell.source for cell in cells)
    parts = reached(written, root)
    printed = set(imported(written)) if "getsource" in written else set()
    shown = dict(_shown(written, root)) if "nndl.mistakes" in parts else {}
    means = {name: meaning(source) for name, source in parts.items() if name not in printed}
    parts |= means | shown
    own = [meaning(cell.source) for cell in cells]
    own += [str(k) for k, cell in enumerate(cells) if may_raise(cell)]
    joined = "\0".join([*own, *(f"{name}\0{parts[name]}" for name in sorted(parts))])
    return hashlib.sha256(joined.encode()).hexdigest()


def may_raise(cell):
    """Whether a cell is meant to stop with an exception, which is then shown."""
    return "raises-exception" in cell.metadata.get("tags", ())


def _shown(written, root):
    """Of each mistake that code names: the entry, and the source of the function that it is in."""
    catalogue = root / "nndl" / "mistakes.toml"
    for entry in tomllib.loads(catalogue.read_text(encoding="utf-8"))["mistake"]:
        if entry["id"] in written:
            module, _, name = entry["function"].rpartition(".")
            file = root.joinpath("nndl", *module.split(".")).with_suffix(".py")
            yield entry["id"], f"{entry}\0{_source_of(name, file.read_text(encoding='utf-8'))}"


def _source_of(name, source):
    """The text of the function or class ``name`` at the top level of a module."""
    for node in ast.parse(source).body:
        if getattr(node, "name", None) == name:
            return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
    return ""


def same_but_for_errors(text, other, root=ROOT):
    """Whether two outputs are the same to nbval, timings apart: those come from the record."""
    config = configparser.RawConfigParser()
    config.read(root / "tests" / "nbval_sanitize.cfg", encoding="utf-8")
    for name in config.sections():
        if name not in TIMINGS:
            pattern, replacement = config.get(name, "regex"), config.get(name, "replace")
            text, other = (re.sub(pattern, replacement, each) for each in (text, other))
    return text == other


def keep_what_only_varies(notebook, before):
    """Give the texts that ``notebook`` prints the form that they had, where nbval sees no change.

    An error below its bound has other digits on another machine. They would make every run a
    change, and the published ones would be those of whichever machine came last. But an accuracy
    that varies tells of its data and of the code above it: nothing is kept below a cell that means
    something else, and nothing at all where cells that mean the same show another figure or text.
    """
    pairs = list(zip(code_cells(notebook), code_cells(before), strict=False))
    as_before = list(
        takewhile(lambda pair: meaning(pair[0].source) == meaning(pair[1].source), pairs)
    )
    if not all(_same_to_nbval(new, old) for new, old in as_before):
        return
    for new, old in as_before:
        for output, earlier in zip(new.outputs, old.outputs, strict=True):
            if output.output_type == "stream":
                output.text = earlier.text


def _same_to_nbval(new, old):
    """Whether two cells show the same, but for what varies in texts."""
    pairs = list(zip(new.outputs, old.outputs, strict=False))
    return len(new.outputs) == len(old.outputs) and all(
        same_but_for_errors(output.text, earlier.text)
        if output.output_type == earlier.output_type == "stream"
        else output == earlier
        for output, earlier in pairs
    )
