"""No loop that a chapter compiles reads or writes past the end of an array.

Compiled loops do not test their indices, and what lies behind an array is often harmless: such a
loop prints what it should, and measures something else. So the cells of the chapters that compile
loops run here once more, with numba's own test of every index.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text

pytest.importorskip("numba")
CHAPTERS = [p for p in chapter_paths() if re.search(r"\bnjit\b", p.read_text(encoding="utf-8"))]

# Timed once instead of many times, and the layers of ``nndl.fast`` replaced by NumPy's: they have
# tests of their own, and here they would all be compiled anew.
RUN = """
import json, sys, time
import nndl.fast.conv, nndl.im2col

nndl.fast.conv.conv_forward_fast = nndl.im2col.conv_forward_im2col
nndl.fast.conv.conv_backward_fast = nndl.im2col.conv_backward_im2col

def once(*arguments, **_):
    next(filter(callable, arguments))()  # after its name in the record
    return 1.0

cells = {"__name__": "__main__"}
for source in json.load(sys.stdin):
    try:
        exec(compile(source, "a cell", "exec"), cells)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}, in the cell\\n{source[:200]}")
    cells |= {name: stand_in for name, stand_in in
              (("best_time", once), ("tile_rate", lambda *_: 1.0)) if name in cells}
"""


def run_with_bounds(path, tmp_path):
    """What went wrong, if anything, when the cells ran with every index tested."""
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path), "MPLBACKEND": "Agg"}
    checked |= {"NUMBA_OPT": "1", "PYTHONPATH": str(ROOT)}  # less to compile, sooner done
    given = json.dumps([cell.source for cell in code_cells(read_text(path))])  # jupytext loads long
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=os.environ | checked, input=given, capture_output=True,
        text=True, cwd=tmp_path,
    )  # fmt: skip
    return done.stderr if done.returncode else None


def test_the_chapters_that_compile_loops_are_found():
    assert {"numba", "micro_kernel", "implicit_gemm"} <= {path.stem for path in CHAPTERS}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_cell_reads_past_the_end(path, tmp_path):
    assert run_with_bounds(path, tmp_path) is None


TEXT = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

```{code-cell} ipython3
import numpy as np
from numba import njit

@njit
def dot(a, b):
    total = 0.0
    for k in range(a.size):
        total += a[k] * b[k]
    return total

def best_time(function):
    raise AssertionError("not replaced")
```

```{code-cell} ipython3
a, b = np.ones((2, 20))
best_time(lambda: dot(a, b[:END]))
```
"""


@pytest.mark.parametrize(("end", "wrong"), [("20", None), ("16", "IndexError: index is out of")])
def test_a_read_past_the_end_is_found(end, wrong, tmp_path):
    chapter = tmp_path / "short.md"
    chapter.write_text(TEXT.replace("END", end), encoding="utf-8")
    found = run_with_bounds(chapter, tmp_path)
    assert found is None if wrong is None else found.startswith(wrong)
