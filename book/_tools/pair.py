"""A text and its notebook: whether they say the same, and notebooks that are given new words."""

import copy
from itertools import zip_longest

from book._tools.needed import needed
from book._tools.stale import keep_what_only_varies, may_raise, meaning
from book._tools.tangle import code_cells, tangle
from nndl.internal.whole_files import writing

MEND = "run `make chapters`"


def out_of_step(chapter):
    """Why the notebook does not show what the chapter's text says; None when it does."""
    name, notebook = chapter.name, chapter.notebook
    if notebook is None:
        return f"{name} has no notebook: {MEND}"
    count = 0
    for ours, theirs in zip(chapter.text.cells, notebook.cells, strict=False):
        kept = {k: v for k, v in theirs.metadata.items() if k != "execution"}
        if (ours.cell_type, ours.source, ours.metadata) != (theirs.cell_type, theirs.source, kept):
            code = ours.cell_type == "code"
            where = f"{'in' if code else 'before'} Cell {count}"  # as nbval counts them
            return f"{name} and its notebook differ {where}: {_difference(ours, theirs)}: {MEND}"
        count += ours.cell_type == "code"
    if len(chapter.text.cells) != len(notebook.cells):
        return f"{name} and its notebook differ in their number of cells: {MEND}"
    if any(cell.execution_count is None for cell in chapter.stored_cells):
        return f"{name} has a notebook that was not executed: {MEND}"
    if [cell.id for cell in chapter.text.cells] != [cell.get("id") for cell in notebook.cells]:
        return f"{name} has a notebook whose cells are not numbered as nbval counts them: {MEND}"
    shown = notebook.metadata.get("nndl", {}).get("timings")
    if shown != chapter.shown_timings:
        return f"{name} has a notebook with other timings than those of the record: {MEND}"
    return None


def _difference(ours, theirs):
    """The first line of a cell's text that its notebook does not have, or that it alone has."""
    pairs = zip_longest(ours.source.splitlines(), theirs.source.splitlines())
    for line, other in pairs:
        if line != other:
            return repr(other if line is None else line)
    return "its kind or its metadata"


def modules_out_of_step(chapters, root):
    """Why tangled modules differ from their chapters, a line each."""
    for module, source in tangle(chapters, root).items():
        if not _is(root / "nndl" / f"{module}.py", source):
            yield f"nndl/{module}.py is not what its chapters say (edit those): {MEND}"


def write_modules(chapters, root, only=None):
    """Write the tangled modules that differ from their chapters; yield their names.

    With ``only``, write no other modules than those to which these chapters belong.
    """
    wanted = {cell.metadata.get("module") for chapter in only or () for cell in chapter.cells}
    for module, source in tangle(chapters, root).items():
        file = root / "nndl" / f"{module}.py"
        if not _is(file, source) and (only is None or module in wanted):
            write_whole(file, source)
            yield module


def _is(file, text):
    return file.exists() and file.read_text(encoding="utf-8") == text


def write_whole(path, text):
    """Write ``text`` to ``path`` at once: after a crash the old file or the new one is there."""
    with writing(path) as file:
        file.write(text.encode())  # with the line ends of the text, on every system


def write_notebook(chapter, notebook, stamp):
    """Write a chapter's notebook, with what it says of its making."""
    notebook.metadata["language_info"] = {"name": "python"}  # not this Python's version
    notebook.metadata["nndl"] = stamp
    write_whole(chapter.twin, needed("nbformat").writes(notebook) + "\n")
    for read in ("notebook", "stored_cells"):
        vars(chapter).pop(read, None)  # what was read before it was written


def reword(chapter):
    """Give the notebook the words of the text, whose code means what it meant."""
    notebook = copy.deepcopy(chapter.text)
    for cell, old in zip(code_cells(notebook), chapter.stored_cells, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    write_notebook(chapter, notebook, chapter.notebook.metadata.get("nndl", {}))


def first_change(chapter):
    """The number of the first code cell that means something else than the one that is stored.

    None where the notebook has no such cell: only its words differ from those of the text.
    """
    means = [
        [(meaning(cell.source), may_raise(cell)) for cell in cells]
        for cells in (chapter.cells, chapter.stored_cells)
    ]
    pairs = enumerate(zip_longest(*means))
    return next((number for number, (ours, theirs) in pairs if ours != theirs), None)


def keep_outputs(new, old, before):
    """Give a notebook the outputs that are stored: of its first cells, and what only varies.

    Returns whether a run gives what its outputs are now.
    """
    keep_what_only_varies(new, old)
    pairs = list(zip(code_cells(new)[:before], code_cells(old), strict=False))
    as_run = all(cell.outputs == earlier.outputs for cell, earlier in pairs)
    for cell, earlier in pairs:
        cell.outputs = earlier.outputs
    return as_run
