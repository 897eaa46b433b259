"""When a chapter has to be executed again: when what its code means has changed, not how it is put.

Of a code cell, and of every module of ``nndl`` that it reaches, the meaning counts: the syntax tree
without docstrings, and so without comments and line breaks. Source that a chapter prints counts to
the letter: the functions in which it shows a mistake, and all that it reaches where a cell calls
``inspect.getsource``.
"""

import ast
import hashlib
import re
import tomllib

from book._tools.tangle import ROOT, code_cells, reached, read_text

DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def meaning(source):
    """What Python code says without docstrings and comments; other code counts as it is."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a line for IPython
        return source
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.unparse(tree)  # nearly the same in every Python, which a dump is not


def fingerprint(path, root=ROOT):
    """A hash of what decides a chapter's outputs: its code, and the code that this reaches."""
    cells = code_cells(read_text(path))
    written = "\n".join(cell.source for cell in cells)
    parts = reached(written, root)
    if "getsource" not in written:
        shown = dict(_shown(written, root)) if "nndl.mistakes" in parts else {}
        parts = {name: meaning(source) for name, source in parts.items()} | shown
    own = [meaning(cell.source) for cell in cells]
    tags = [cell.metadata.get("tags", ()) for cell in cells]
    own += [str(k) for k, of_cell in enumerate(tags) if "raises-exception" in of_cell]
    joined = "\0".join([*own, *(f"{name}\0{parts[name]}" for name in sorted(parts))])
    return hashlib.sha256(joined.encode()).hexdigest()


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


def sanitized(text, root=ROOT):
    """``text`` as nbval compares it: without timings, and errors that are under their bound."""
    rules = root / "tests" / "nbval_sanitize.cfg"
    if rules.exists():
        for pattern, replacement in re.findall(
            r"^regex: (.*)$\n^replace: (.*)$", rules.read_text(encoding="utf-8"), re.MULTILINE
        ):
            text = re.sub(pattern, replacement, text)
    return text


def keep_what_only_varies(notebook, before, root=ROOT):
    """Give the texts that ``notebook`` prints the form that they had, where nbval sees no change.

    A timing is another one at each run. It would make every run a change, and the published number
    would be that of whichever machine came last.
    """
    for new, old in zip(code_cells(notebook), code_cells(before), strict=False):
        if len(new.outputs) != len(old.outputs) or meaning(new.source) != meaning(old.source):
            continue
        for output, earlier in zip(new.outputs, old.outputs, strict=True):
            if output.output_type == earlier.output_type == "stream":
                same = sanitized(output.text, root) == sanitized(earlier.text, root)
                output.text = earlier.text if same else output.text
