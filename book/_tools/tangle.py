"""Tangling: the cells of the chapters that are a module of ``nndl``, as that module's source.

A code cell tagged ``tangle`` names its module in its metadata (``:module: conv_layers``). The
imports at the head of such cells are gathered at the head of the module; the rest follows in the
order of the chapters. Nothing in a tangled module exists only there, but for its ``__all__``: that
lists what its cells define, without the cells tagged ``inner``, and what it offers of others.
"""

import ast
import copy
import functools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from book._tools.needed import Missing, needed
from book._tools.offered import SHARED, defined, offered

ROOT = Path(__file__).resolve().parents[2]
LABELED = re.compile(r"^\$\$ \((eq-[\w-]+)\)$", re.MULTILINE)  # the last line of an equation
CITED = re.compile(r"\((eq-[\w-]+)(?:: [a-z][a-z0-9-]*)?\)")  # an equation, or a term of it


def chapter_paths(root=ROOT):
    """Paths of the chapters' texts (``.md`` with a jupytext header), in ``_toc.yml``'s order."""
    contents = root / "_toc.yml"
    if not contents.exists():
        raise Missing(f"{root} is not the book's repository: it has no _toc.yml")
    toc = needed("yaml", "PyYAML").safe_load(contents.read_text(encoding="utf-8"))
    entries = [*toc.get("chapters", []), *(c for p in toc.get("parts", []) for c in p["chapters"])]
    texts = [root / "book" / f"{entry['file']}.md" for entry in entries if "file" in entry]
    return [p for p in texts if p.exists() and "jupytext:" in p.read_text(encoding="utf-8")[:200]]


@functools.lru_cache(maxsize=64)
def parsed(text):
    """The notebook of a text; a tenth of a second, and a build asks for each chapter many times."""
    return needed("jupytext").reads(text, fmt="md:myst")


def read_text(path):
    """The notebook, without outputs, that the MyST text at ``path`` describes."""
    notebook = copy.deepcopy(parsed(path.read_text(encoding="utf-8")))
    counts = {"code": 0, "markdown": 0}
    for cell in notebook.cells:  # jupytext's ids are random: each run would be a change
        kind = "code" if cell.cell_type == "code" else "text"
        cell.id = f"{kind}-{counts[cell.cell_type]}"  # nbval's Cell 14 is code-14
        counts[cell.cell_type] += 1
    return notebook


def code_cells(notebook):
    """The notebook's code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def equations(notebook):
    """``{label: number}`` of the notebook's equations, as its page numbers them."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    labels = [label for text in texts for label in LABELED.findall(text)]
    return {label: number for number, label in enumerate(labels, start=1)}


def numbered(source, numbers, chapter):
    """Code with each equation's number where it names the equation's label, ``# (eq-conv)``."""

    def number(match):
        if match[1] not in numbers:
            raise ValueError(f"{chapter}: code names {match[0]}, no equation there has this label")
        return f"({numbers[match[1]]})"

    return CITED.sub(number, source)


def numbered_cells(notebook, chapter):
    """The notebook's code cells as they are shown: with numbers where their text has labels."""
    numbers = equations(notebook)
    for cell in code_cells(notebook):
        yield type(cell)(cell, source=numbered(cell.source, numbers, chapter))


def tangle(chapters, root=ROOT):
    """Return ``{module: source}`` for every module that the chapters write."""
    modules = {}
    for chapter in chapters:
        for cell in numbered_cells(chapter.text, chapter.name):
            if "tangle" in cell.metadata.get("tags", []):
                if "module" not in cell.metadata:
                    what = f"a tangle cell names no module:\n{cell.source}"
                    raise ValueError(f"{chapter.name}: {what}")
                imports, body = _split(cell.source)
                module = modules.setdefault(cell.metadata["module"], ([], [], {}, []))
                module[0].append(imports)
                module[1].extend([f"# Chapter: {chapter.name}\n{body}"] if body else [])
                module[2][chapter.name] = None  # a dict keeps the order and drops repetitions
                module[3].extend([] if "inner" in cell.metadata["tags"] else defined(body))
    own = {name: sorted(parts[3]) for name, parts in modules.items()}
    for name, (imports, bodies, _, _) in modules.items():
        if name in SHARED:
            imports.append("from nndl.internal.elsewhere import elsewhere")
            bodies.insert(0, offered(name, own))
    return _formatted({name: _source(name, *parts[:3]) for name, parts in modules.items()}, root)


def _split(source):
    """The imports at the head of a cell, and what follows them."""
    last = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        last = node.end_lineno
    lines = source.splitlines()
    return "\n".join(lines[:last]), "\n".join(lines[last:]).strip()


def _source(name, imports, bodies, chapters):
    head = (
        "# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.\n"
        + "".join(f"#     {chapter}\n" for chapter in chapters)
        + ("# ruff: noqa: F822  (names in __all__ are elsewhere)\n" if name in SHARED else "")
        + f'"""``nndl.{name}``, in the order in which the book derives it."""\n\n'
    )
    return head + "\n".join(imports) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"


def _formatted(modules, root):
    """The modules as ruff puts them: it merges and sorts the imports of several cells, too."""
    needed("ruff")
    options = ["--quiet", "--no-cache", "--config", str(root / "pyproject.toml"), "nndl"]
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, "nndl", f"{name}.py") for name in modules}
        Path(folder, "nndl").mkdir()
        Path(folder, "nndl", "__init__.py").touch()  # by which ruff knows the package's own imports
        for name, file in files.items():
            file.write_bytes(modules[name].encode())
        for command in (["check", "--select", "I", "--fix-only"], ["format"]):
            ruff = [sys.executable, "-m", "ruff", *command, *options]
            done = subprocess.run(
                ruff, capture_output=True, text=True, encoding="utf-8", cwd=folder
            )
            if done.returncode:
                raise ValueError(f"a module, as tangled, is not valid: {done.stderr.strip()}")
        return {name: file.read_bytes().decode() for name, file in files.items()}
