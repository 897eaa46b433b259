"""The pipeline behind ``make chapters``: text -> tangled modules -> executed notebooks.

A chapter is a pair of files: ``book/<part>/<name>.md``, the text one edits, and its executed twin
``.ipynb``, which the site shows, readers run and CI re-runs.

    python -m book._tools.chapters           bring modules and notebooks up to date
    python -m book._tools.chapters losses    the same, executing only this chapter
    python -m book._tools.chapters --check   change nothing; say what is out of step
"""

import argparse
import os
import sys
import time
from itertools import zip_longest

from book._tools.stale import fingerprint, keep_what_only_varies
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text, tangle
from nndl.internal.whole_files import writing

MEND = "run `make chapters`"
TIMEOUT = 600  # seconds a cell may run; a chapter is meant to run in a minute or two


def out_of_step(path, root=ROOT):
    """Why the notebook does not show what the text at ``path`` says; None when it does."""
    import nbformat

    name, twin = path.relative_to(root).as_posix(), path.with_suffix(".ipynb")
    if not twin.exists():
        return f"{name} has no notebook: {MEND}"
    text, notebook = read_text(path), nbformat.read(twin, as_version=4)
    count = 0
    for ours, theirs in zip(text.cells, notebook.cells, strict=False):
        kept = {k: v for k, v in theirs.metadata.items() if k != "execution"}
        if (ours.cell_type, ours.source, ours.metadata) != (theirs.cell_type, theirs.source, kept):
            code = ours.cell_type == "code"
            where = f"{'in' if code else 'before'} Cell {count}"  # as nbval counts them
            return f"{name} and its notebook differ {where}: {_difference(ours, theirs)}: {MEND}"
        count += ours.cell_type == "code"
    if len(text.cells) != len(notebook.cells):
        return f"{name} and its notebook differ in their number of cells: {MEND}"
    if any(cell.execution_count is None for cell in code_cells(notebook)):
        return f"{name} has a notebook that was not executed: {MEND}"
    return None


def _difference(ours, theirs):
    """The first line of a cell's text that its notebook does not have, or that it alone has."""
    pairs = zip_longest(ours.source.splitlines(), theirs.source.splitlines())
    for line, other in pairs:
        if line != other:
            return repr(other if line is None else line)
    return "its kind or its metadata"


def modules_out_of_step(paths, root=ROOT):
    """Why tangled modules differ from their chapters, a line each."""
    for module, source in tangle(paths, root).items():
        file = root / "nndl" / f"{module}.py"
        if not file.exists() or file.read_text(encoding="utf-8") != source:
            yield f"nndl/{module}.py is not what its chapters say (edit those): {MEND}"


def write_whole(path, text):
    """Write ``text`` to ``path`` at once: after a crash the old file or the new one is there."""
    with writing(path) as file:
        file.write(text.encode())  # with the line ends of the text, on every system


def surroundings(root=ROOT):
    """The environment of a chapter's kernel: this package, and figures inside of the notebook."""
    kept = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "MATPLOTLIBRC")}
    return kept | {"PYTHONPATH": str(root)}


def execute(path, root=ROOT):
    """Execute the text at ``path`` and write its notebook; return the notebook."""
    import nbformat
    from nbclient import NotebookClient

    notebook, key = read_text(path), fingerprint(path, root)
    NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        coalesce_streams=True,  # else the outputs depend on when the kernel's pipe was read
        record_timing=False,  # times of day would make every run a change
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it would warn amid a line of progress
        resources={"metadata": {"path": str(path.parent)}},
    ).execute(env=surroundings(root))
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):  # not its size, which may depend on the data
                output.data["text/plain"] = "<Figure>"
            if output.get("name") == "stderr":
                raise RuntimeError(f"{path.name}: a cell writes to stderr:\n{output['text']}")
        shown = any(name.startswith("image/") for o in cell.outputs for name in o.get("data", ()))
        if "figure" in cell.metadata.get("mystnb", {}) and not shown:
            name = cell.metadata["mystnb"]["figure"]["name"]
            raise RuntimeError(f"{path.name}: the cell of the figure {name!r} shows no picture")
    twin = path.with_suffix(".ipynb")
    if twin.exists():
        keep_what_only_varies(notebook, nbformat.read(twin, as_version=4), root)
    return _written(notebook, twin, key)


def _written(notebook, twin, key):
    """Write a notebook with the fingerprint of what it was executed from; return it."""
    import nbformat

    notebook.metadata["language_info"] = {"name": "python"}  # not this Python's version
    notebook.metadata["nndl"] = {"fingerprint": key}
    write_whole(twin, nbformat.writes(notebook) + "\n")
    return notebook


def reword(path, root=ROOT):
    """Give the notebook the words of the text at ``path``, whose code means what it meant."""
    import nbformat

    twin = path.with_suffix(".ipynb")
    notebook, before = read_text(path), nbformat.read(twin, as_version=4)
    for cell, old in zip(code_cells(notebook), code_cells(before), strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return _written(notebook, twin, fingerprint(path, root))


def is_executed(path, root=ROOT):
    """Whether the notebook has the outputs of this code, whatever the words around it are."""
    import nbformat

    if not (twin := path.with_suffix(".ipynb")).exists():
        return False
    notebook = nbformat.read(twin, as_version=4)
    if any(cell.execution_count is None for cell in code_cells(notebook)):
        return False
    return notebook.metadata.get("nndl", {}).get("fingerprint") == fingerprint(path, root)


def update(paths, root=ROOT, out=sys.stdout, names=()):
    """Write the modules and notebooks that are out of date, with a line of progress each.

    With ``names``, execute only the chapters that have one of them.
    """
    for module, source in tangle(paths, root).items():
        file = root / "nndl" / f"{module}.py"
        if not file.exists() or file.read_text(encoding="utf-8") != source:
            write_whole(file, source)
            print(f"nndl/{module}.py: written", file=out, flush=True)
    paths = [path for path in paths if path.stem in names] if names else paths
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.relative_to(root).as_posix()}: ", end="", file=out)
        if is_executed(path, root):
            if out_of_step(path, root):
                reword(path, root)
                print("new words, the outputs hold", file=out)
            else:
                print("up to date", file=out)
            continue
        print("executing ... ", end="", file=out, flush=True)
        start = time.perf_counter()
        execute(path, root)
        print(f"{time.perf_counter() - start:.0f} s", file=out, flush=True)


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m book._tools.chapters", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("names", nargs="*", help="execute only these chapters, such as gradients")
    options = parser.parse_args(arguments)
    check, names, paths = options.check, options.names, chapter_paths()
    if unknown := set(names) - {path.stem for path in paths}:
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    if check:
        problems = [*modules_out_of_step(paths), *filter(None, map(out_of_step, paths))]
        print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
        return 1 if problems else 0
    from nbclient.exceptions import CellExecutionError

    try:
        update(paths, names=names)
    except (CellExecutionError, RuntimeError, ValueError) as error:
        print(f"failed\n{error}\nThe notebook was left as it was.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
