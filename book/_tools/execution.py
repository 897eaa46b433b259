"""Execution of a chapter: its notebook, with the timings of the record."""

import copy
import json
import os
from pathlib import Path

from book._tools.chapter import TIMINGS
from book._tools.needed import needed
from book._tools.tangle import code_cells
from nndl.timing import RECORD, REPORT

IMAGES = {"image/svg+xml", "image/png"}
TIMEOUT = 600  # seconds a cell may run; a chapter is meant to run in a minute or two


def surroundings(chapter, report=None):
    """The environment of a chapter's kernel.

    It finds this package and draws into the notebook. Its timings are those of the record; with
    ``report`` they are measured, and appended to that file.
    """
    others = ("MPLBACKEND", "MATPLOTLIBRC", RECORD, REPORT)
    kept = {k: v for k, v in os.environ.items() if k not in others}
    values = json.dumps(chapter.timings.get("values", {}))
    timings = {RECORD: values} if report is None else {REPORT: str(report)}
    return kept | {"PYTHONPATH": str(chapter.root)} | timings


def executed(chapter, report=None):
    """Execute a chapter's text; return the notebook.

    Raises
    ------
    RuntimeError
        A cell writes to stderr, a figure shows no picture, or there is no record of the timings.
    CellExecutionError
        A cell raises something.
    """
    if chapter.is_timed and not chapter.timings and report is None:
        mend = f"run `make timings ARGS={chapter.path.stem}` on a quiet machine"
        raise RuntimeError(f"{chapter.name}: {TIMINGS} has nothing of this chapter: {mend}")
    compiled = machine_code(chapter.root)
    notebook = _run(chapter, report)
    if machine_code(chapter.root) != compiled:
        # The process that compiles a loop may round otherwise than those that load it from disk,
        # and times are not to be taken while it compiles.
        notebook = _run(chapter, report)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if IMAGES & output.get("data", {}).keys():  # not its size, which depends on the data
                output.data["text/plain"] = "<Figure>"
            if output.get("name") == "stderr":
                raise RuntimeError(f"{chapter.name}: a cell writes to stderr:\n{output['text']}")
        shown = any(IMAGES & output.get("data", {}).keys() for output in cell.outputs)
        if "figure" in cell.metadata.get("mystnb", {}) and not shown:
            name = cell.metadata["mystnb"]["figure"]["name"]
            raise RuntimeError(f"{chapter.name}: the cell of the figure {name!r} shows no picture")
    return notebook


def _run(chapter, report):
    """The notebook of one execution."""
    if report is not None:
        report.write_text("", encoding="utf-8")
    notebook = copy.deepcopy(chapter.text)
    client = needed("nbclient").NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        coalesce_streams=True,  # else the outputs depend on when the kernel's pipe was read
        record_timing=False,  # times of day would make every run a change
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it would warn amid a line of progress
        resources={"metadata": {"path": str(chapter.path.parent)}},
    )
    client.execute(env=surroundings(chapter, report))
    return notebook


def machine_code(root):
    """What the package's compiled loops have on disk, and since when."""
    places = [root / "nndl", *map(Path, filter(None, [os.environ.get("NUMBA_CACHE_DIR")]))]
    files = [file for place in places for file in place.rglob("*.nbc")]
    return {file: file.stat().st_mtime_ns for file in files if file.exists()}
