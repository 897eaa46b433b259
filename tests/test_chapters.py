"""The literate pipeline: pairs and tangled modules are in step, and the tool keeps them so."""

import io
import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book._tools import chapters, pair, stale, timings
from book._tools.chapter import Chapter, read_chapters
from book._tools.meaning import imported, reached
from book._tools.tangle import (
    ROOT,
    chapter_paths,
    code_cells,
    numbered_cells,
    read_text,
    tangle,
)

CHAPTERS = read_chapters()
PATHS = [chapter.path for chapter in CHAPTERS]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.path.stem)
def test_text_and_notebook_are_in_step(chapter):
    assert pair.out_of_step(chapter) is None


def test_tangled_modules_are_in_step():
    assert list(pair.modules_out_of_step(CHAPTERS, ROOT)) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_thousands_have_commas(path):
    prose = "\n".join(c.source for c in read_text(path).cells if c.cell_type == "markdown")
    assert re.findall(r"(?<![\d.,])[1-9]\d{0,2}[ \u00a0\u2009\u202f]\d{3}\b", prose) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_figures_have_alt_text_and_captions(path):
    for cell in code_cells(nbformat.read(path.with_suffix(".ipynb"), as_version=4)):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            details = cell.metadata["mystnb"]
            assert len(details["image"]["alt"].split()) >= 10
            assert details["figure"]["caption"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_code_fits_the_page(path):
    cells = numbered_cells(read_text(path), path.stem)
    assert [line for cell in cells for line in cell.source.splitlines() if len(line) > 100] == []


# ------------------------------------------------------------------------- a book of one chapter

TEXT = """---
jupytext:
  formats: md:myst,ipynb
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# One

```{code-cell} ipython3
:tags: [tangle]
:module: ones

import math


def one():
    return   math.cos(0)
```

```{code-cell} ipython3
print(one())
```
"""
SECOND = TEXT.replace("# One", "# Two").replace("def one", "def two").replace("one())", "two())")


@pytest.fixture
def book(tmp_path):
    """A small book of two chapters, in which `first` comes after `second` in the contents."""
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "nndl").mkdir()
    (tmp_path / "_toc.yml").write_text(
        "root: intro\nparts:\n- caption: P\n  chapters:\n"
        "  - file: part/second\n  - file: part/first\n  - file: missing\n"
    )
    (tmp_path / "book" / "intro.md").write_text("# Not a chapter\n")
    (tmp_path / "book" / "part" / "first.md").write_text(TEXT)
    (tmp_path / "book" / "part" / "second.md").write_text(
        SECOND.replace("import math", "import math\nimport abc")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def first(book):
    return book / "book" / "part" / "first.md"


def chapter(book):
    """The chapter whose text is the first one, as it is now."""
    return Chapter(first(book), book)


def out_of_step(book):
    return pair.out_of_step(chapter(book))


def stored(book):
    """The notebook of the first text, as it is now."""
    return nbformat.read(first(book).with_suffix(".ipynb"), as_version=4)


def fingerprint(book):
    return chapter(book).fingerprint


def test_chapters_come_in_the_order_of_the_contents(book):
    assert [path.stem for path in chapter_paths(book)] == ["second", "first"]


def test_a_module_has_its_functions_in_that_order_and_its_imports_once(book):
    source = tangle(read_chapters(book), book)["ones"]
    assert source.index("def two") < source.index("def one")
    assert source.count("import math") == 1
    assert source.index("import abc") < source.index("import math") < source.index("def two")
    assert "return math.cos(0)" in source  # formatted
    assert "# Chapter: book/part/first.md\ndef one" in source
    assert "Do not edit it here: edit the chapter" in source


def test_a_tangle_cell_without_a_module_is_refused(book):
    first(book).write_text(TEXT.replace(":module: ones\n", ""))
    with pytest.raises(ValueError, match=r"book/part/first\.md: a tangle cell names no module"):
        tangle(read_chapters(book), book)


EQUATIONS = "$$\na\n$$ (eq-a)\n\n$$\nb\n$$\n\n$$\nc\n$$ (eq-c)\n\n"
CELL = "```{code-cell} ipython3\n:tags: [tangle]"


def with_equations(comment):
    """The chapter with three equations, of which two have a label, and a comment."""
    text = TEXT.replace(CELL, EQUATIONS + CELL)
    return text.replace("math.cos(0)", f"math.cos(0)  # {comment}")


def test_a_module_has_the_number_where_the_chapter_has_the_label(book):
    first(book).write_text(with_equations("(eq-c), then (eq-a)"))
    assert "return math.cos(0)  # (2), then (1)\n" in tangle(read_chapters(book), book)["ones"]


def test_a_label_that_no_equation_of_the_chapter_has_is_refused(book):
    first(book).write_text(with_equations("(eq-b)"))
    with pytest.raises(ValueError, match=r"book/part/first\.md: code names \(eq-b\), no equation"):
        tangle(read_chapters(book), book)


def test_code_that_cannot_be_formatted_is_refused(book):
    first(book).write_text(TEXT.replace("def one():", "def one(:"))
    with pytest.raises((ValueError, SyntaxError)):
        tangle(read_chapters(book), book)


def updated(book):
    """What bringing the book up to date says."""
    out = io.StringIO()
    chapters.update(read_chapters(book), book, out)
    return out.getvalue()


def test_update_executes_what_changed_and_nothing_else(book):
    said = updated(book)
    assert "nndl/ones.py: written" in said
    assert said.count("executing") == 2
    assert [pair.out_of_step(each) for each in read_chapters(book)] == [None, None]
    assert list(pair.modules_out_of_step(read_chapters(book), book)) == []
    assert code_cells(stored(book))[1].outputs[0].text == "1.0\n"
    before = first(book).with_suffix(".ipynb").read_bytes()

    assert updated(book).splitlines() == [
        "[1/2] book/part/second.md: up to date",
        "[2/2] book/part/first.md: up to date",
    ]
    assert first(book).with_suffix(".ipynb").read_bytes() == before

    first(book).write_text(TEXT.replace("print(one())", "print(one() + 1)"))
    assert "run `make chapters`" in out_of_step(book)
    said = updated(book)
    assert "second.md: up to date" in said
    assert "first.md: executing" in said

    broken = TEXT.replace("print(one())", "print(one())\n1 / 0")
    first(book).write_text(broken)
    before = first(book).with_suffix(".ipynb").read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        chapters.execute(chapter(book))
    assert first(book).with_suffix(".ipynb").read_bytes() == before

    first(book).write_text(TEXT.replace("print(one())", "import sys\nprint(1, file=sys.stderr)"))
    with pytest.raises(RuntimeError, match=r"first\.md: a cell writes to stderr"):
        chapters.execute(chapter(book))
    assert not list(book.rglob("*.part"))


FIGURE = """```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-one}
---
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
plt.show()
```
"""


def test_no_notebook_is_stored_without_its_figures(book, monkeypatch, tmp_path):
    """Neither where the surroundings ask for another way of drawing, nor for another package."""
    theirs = tmp_path / "theirs"
    (theirs / "nndl").mkdir(parents=True)
    (theirs / "nndl" / "ones.py").write_text("raise ImportError('another package')")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("PYTHONPATH", str(theirs))
    path = first(book)
    path.write_text(TEXT + FIGURE + "\n```{code-cell} ipython3\nimport nndl.ones\n```\n")
    for name in ("__init__.py", "ones.py"):
        (book / "nndl" / name).write_text("")
    notebook = chapters.execute(chapter(book))
    (output,) = code_cells(notebook)[2].outputs
    assert "image/png" in output["data"]

    path.write_text(TEXT + FIGURE.replace("plt.show()", "plt.close(fig)"))
    before = path.with_suffix(".ipynb").read_bytes()
    with pytest.raises(RuntimeError, match="the cell of the figure 'fig-one' shows no picture"):
        chapters.execute(chapter(book))
    assert path.with_suffix(".ipynb").read_bytes() == before


def test_what_is_out_of_step_is_named(book):
    path = first(book)
    assert "first.md has no notebook: run `make chapters`" in out_of_step(book)
    notebook = read_text(path)
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "was not executed: run `make chapters`" in out_of_step(book)
    for cell in code_cells(notebook):
        cell.execution_count = 1
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert out_of_step(book) is None
    code_cells(notebook)[1].source = "print(2)"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ in Cell 1: 'print(one())'" in out_of_step(book)
    code_cells(notebook)[1].source = "print(one())"
    notebook.cells[0].source = "# Another"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ before Cell 0: '# One'" in out_of_step(book)
    notebook.cells[0].source = "# One"
    notebook.cells[1].id = "one"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "not numbered as nbval counts them: run `make chapters`" in out_of_step(book)
    notebook.cells.pop()
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ in their number of cells" in out_of_step(book)
    assert list(pair.modules_out_of_step([chapter(book)], book)) == [
        "nndl/ones.py is not what its chapters say (edit those): run `make chapters`"
    ]


def updated_alone(book):
    """What bringing the first chapter up to date says."""
    out = io.StringIO()
    chapters.update([chapter(book)], book, out)
    return out.getvalue()


def test_new_words_keep_the_outputs(book, monkeypatch):
    """Prose, comments, docstrings and the form of the code: none of them is executed."""
    path = first(book)
    chapters.execute(chapter(book))
    before = stored(book)
    words = TEXT.replace("# One", "# Uno").replace("print(one())", "# why\nprint( one() )")
    words = words.replace("def one():\n", 'def one():\n    """One."""\n')
    path.write_text(words)
    monkeypatch.setattr(chapters, "execute", None)
    assert "first.md: new words, the outputs hold" in updated_alone(book)
    assert out_of_step(book) is None
    after = stored(book)
    assert after.cells[0].source == "# Uno"
    assert [c.outputs for c in code_cells(after)] == [c.outputs for c in code_cells(before)]
    assert "first.md: up to date" in updated_alone(book)


VARYING = """import time

from nndl.gradient_check import check
from nndl.timing import best_time, on_record

x = [0]
check("x", time.perf_counter() % 1 / 1e9, bound=1e-8)
print(f"{1e3 * best_time('it', lambda: x.append(0)):.2f} ms")
print(f"{on_record('rate', 1 / time.perf_counter()):.9f} GFLOP/s")
print(VALUE)
"""


def record(book, **values):
    """Write the first chapter's part of a record of timings."""
    entry = {"first": {"values": values}}
    (book / "book" / "timings.json").write_text(json.dumps(entry), encoding="utf-8")


@pytest.fixture
def timed_book(book):
    """The small book with a chapter that shows an error and two timings, and this package."""
    shutil.rmtree(book / "nndl")
    shutil.copytree(ROOT / "nndl", book / "nndl")
    first(book).write_text(TEXT.replace("print(one())", VARYING.replace("VALUE", "1")))
    assert list(pair.write_modules([chapter(book)], book)) == ["ones"]
    return book


def test_what_only_varies_stays_as_it_was(timed_book):
    """Executed twice, a notebook is the same to the byte; its timings are those of the record."""
    record(timed_book, it=0.00123, rate=42.5)
    twin = first(timed_book).with_suffix(".ipynb")
    chapters.execute(chapter(timed_book))
    before = twin.read_bytes()
    printed = code_cells(stored(timed_book))[1].outputs[0].text.splitlines()
    assert printed[1:] == ["1.23 ms", "42.500000000 GFLOP/s", "1"]
    chapters.execute(chapter(timed_book))
    assert twin.read_bytes() == before
    assert updated_alone(timed_book) == "[1/1] book/part/first.md: up to date\n"

    record(timed_book, it=0.00456, rate=42.5)
    assert "other timings than those of the record" in out_of_step(timed_book)
    assert "executing" in updated_alone(timed_book)
    again = code_cells(stored(timed_book))[1].outputs[0].text.splitlines()
    assert again[1:] == ["4.56 ms", "42.500000000 GFLOP/s", "1"]

    text = first(timed_book).read_text()
    first(timed_book).write_text(text.replace("print(1)", "print(2)"))
    chapters.execute(chapter(timed_book))
    other = code_cells(stored(timed_book))[1].outputs[0].text.splitlines()
    assert other[-1] == "2"
    assert other[0] != printed[0]


def printing(*cells):
    """A notebook of (code, what it prints, the data of its figure) for each cell."""
    notebook = nbformat.v4.new_notebook()
    for source, text, figure in cells:
        outputs = [nbformat.v4.new_output("stream", text=text)]
        if figure:
            outputs.append(nbformat.v4.new_output("display_data", {"image/svg+xml": figure}))
        notebook.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs))
    return notebook


@pytest.mark.parametrize(
    ("source", "words", "figure", "kept"),
    [
        ("x = 1", "words", "<svg/>", [True, True]),
        ("x = 1  # why", "words", "<svg/>", [True, True]),
        ("x = 1", "words", "<svg>2</svg>", [False, False]),
        ("x = 1", "words", "", [False, False]),
        ("x = 1", "other words", "<svg/>", [False, False]),
        ("x = 2", "words", "<svg/>", [True, False]),
    ],
)
def test_no_share_is_kept_that_tells_of_other_data(source, words, figure, kept):
    """All of what a chapter prints is of one run, but for digits that only vary."""

    def run(share, source, words, figure):
        print_share = f"right: {share} %  (at least 20 %)\n"
        return printing(
            ("a()", print_share, ""), (source, words, figure), ("check_at_least()", print_share, "")
        )

    before = run("40.0", "x = 1", "words", "<svg/>")
    now = run("50.0", source, words, figure)
    stale.keep_what_only_varies(now, before)
    texts = [now.cells[k].outputs[0].text for k in (0, 2)]
    assert ["40.0" in text for text in texts] == kept
    assert now.cells[1].outputs[0].text == words


def test_a_run_that_compiled_is_not_the_one_that_is_stored(timed_book):
    """Machine code that was just made may round otherwise than the same from disk."""
    record(timed_book)
    code = """from pathlib import Path

runs = Path("../../nndl/fast/loop.nbc")
runs.write_text("again" if runs.exists() else "first")
print(runs.read_text())"""
    first(timed_book).write_text(TEXT.replace("print(one())", code))
    chapters.execute(chapter(timed_book))
    assert code_cells(stored(timed_book))[1].outputs[0].text == "again\n"


def test_timings_that_nobody_recorded_are_asked_for(timed_book):
    mend = "run `make timings ARGS=first` on a quiet machine"
    with pytest.raises(RuntimeError, match=re.escape(mend)):
        chapters.execute(chapter(timed_book))
    record(timed_book, it=0.001)
    with pytest.raises(Exception, match="the record of this chapter's timings has no 'rate'"):
        chapters.execute(chapter(timed_book))
    assert not first(timed_book).with_suffix(".ipynb").exists()


def test_the_record_is_made_on_a_quiet_machine_and_shown(timed_book, monkeypatch):
    record(timed_book, it=1.0, rate=1.0)
    before = (timed_book / "book" / "timings.json").read_bytes()
    monkeypatch.setattr(timings.Others, "share", lambda self: 0.06)
    with pytest.raises(RuntimeError, match=r"took 6 % of the machine's time, 5 % is the most"):
        timings.measure(chapter(timed_book))
    assert (timed_book / "book" / "timings.json").read_bytes() == before
    assert not first(timed_book).with_suffix(".ipynb").exists()

    monkeypatch.setattr(timings.Others, "share", lambda self: 0.04)
    timings.measure(chapter(timed_book))
    entry = chapter(timed_book).timings
    assert set(entry["values"]) == {"it", "rate"}
    assert entry["machine"]["others"] == 0.04
    assert all(float(f"{value:.4g}") == value for value in entry["values"].values())
    twin = first(timed_book).with_suffix(".ipynb")
    shown = twin.read_bytes()
    rate = code_cells(stored(timed_book))[1].outputs[0].text.splitlines()[2]
    assert rate == f"{entry['values']['rate']:.9f} GFLOP/s"
    assert updated_alone(timed_book) == "[1/1] book/part/first.md: up to date\n"
    chapters.execute(chapter(timed_book))
    assert twin.read_bytes() == shown


def test_what_is_recorded_has_one_name_each(timed_book, monkeypatch):
    monkeypatch.setattr(timings.Others, "share", lambda self: 0.0)
    text = first(timed_book).read_text()
    first(timed_book).write_text(text.replace("on_record('rate'", "on_record('it'"))
    with pytest.raises(Exception, match="two values of this chapter have the name 'it'"):
        timings.measure(chapter(timed_book))


@pytest.mark.parametrize("each", CHAPTERS, ids=lambda each: each.path.stem)
def test_chapters_take_no_time_past_the_record(each):
    """A clock that is read where nothing is recorded would make each execution a change."""
    clocks = r"perf_counter|epoch_seconds|timeit|monotonic|process_time"
    loose = [cell.source for cell in each.cells if re.search(clocks, cell.source)]
    assert [source for source in loose if "on_record(" not in source] == []


@pytest.mark.parametrize("each", CHAPTERS, ids=lambda each: each.path.stem)
def test_timings_are_recorded(each):
    """Where a chapter shows timings, the record says of which machine and day they are."""
    assert each.is_timed == bool(each.timings)
    if each.timings:
        assert each.timings["values"]
        assert each.timings["date"]
        assert each.timings["machine"]["cores"] >= 1
        assert (each.timings["machine"]["others"] or 0) <= timings.BUSY


# --------------------------------------------------------- texts that were edited on the web alone


def brought_into_step(book):
    """What bringing notebooks into step says, and what is out of step all the same."""
    out = io.StringIO()
    problems = chapters.bring_into_step(read_chapters(book), book, out)
    return out.getvalue(), problems


def nbval(book):
    """Which code cells of the first chapter nbval fails, by their number."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += [f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval_sanitize.cfg'}"]
    command += ["-c", "/dev/null" if sys.platform != "win32" else "NUL", "-p", "no:cacheprovider"]
    command += ["--rootdir", book, first(book).with_suffix(".ipynb")]
    environment = os.environ | {"PYTHONPATH": str(book)}
    done = subprocess.run(command, cwd=book, capture_output=True, text=True, env=environment)
    assert "passed" in done.stdout, done.stdout + done.stderr
    return sorted(map(int, re.findall(r"(?m)^FAILED .*::Cell (\d+)", done.stdout))), done.stdout


def test_words_edited_on_the_web_go_green(book, monkeypatch):
    updated(book)
    before = stored(book)
    first(book).write_text(TEXT.replace("# One", "# Uno").replace("print(one())", "print( one() )"))
    monkeypatch.setattr(chapters, "execute", None)
    assert brought_into_step(book) == ("book/part/first.md: new words, the outputs hold\n", [])
    after = stored(book)
    assert after.cells[0].source == "# Uno"
    assert [c.outputs for c in code_cells(after)] == [c.outputs for c in code_cells(before)]
    assert brought_into_step(book) == ("", [])


def test_code_edited_on_the_web_is_executed_and_what_came_before_it_is_held(book):
    """nbval compares the cells before the change with what was stored, not with a run of CI."""
    cells = "print(one())\n```\n\n```{code-cell} ipython3\nprint(one() + 1)"
    first(book).write_text(TEXT.replace("print(one())", cells))
    updated(book)
    edited = first(book).read_text().replace("one() + 1)", "one() + 2)")
    first(book).write_text(edited)
    said, problems = brought_into_step(book)
    assert problems == []
    assert "first.md: executing, from Cell 2 on" in said
    assert re.search(r"Cell 2 prints:\s+@@.*\s+-2\.0\s+\+3\.0", said)
    assert [c.outputs[0].text for c in code_cells(stored(book))[1:]] == ["1.0\n", "3.0\n"]
    assert nbval(book)[0] == []

    module = book / "nndl" / "ones.py"
    (book / "nndl" / "__init__.py").touch()
    module.write_text(module.read_text().replace("cos(0)", "cos(0) * 7"))  # a bug, somewhere else
    imports = "```{code-cell} ipython3\nfrom nndl.ones import one\n\nprint(one())"
    first(book).write_text(edited.replace("```{code-cell} ipython3\nprint(one())", imports))
    said, problems = brought_into_step(book)
    assert "executing, from Cell 1 on" in said  # and the module is what its chapters say again
    assert "nndl/ones.py: written" in said


def test_what_only_the_package_changed_is_left_to_nbval(book):
    """Were it executed, the new outputs would be compared with themselves."""
    (book / "nndl" / "near.py").write_text("def f():\n    return 1\n")
    (book / "nndl" / "__init__.py").write_text("")
    edit = "import nndl.near\n\nprint(nndl.near.f())\n```\n\n```{code-cell} ipython3\nprint(5)"
    first(book).write_text(TEXT.replace("print(one())", edit))
    updated(book)
    assert nbval(book)[0] == []
    (book / "nndl" / "near.py").write_text("def f():\n    return 2\n")
    assert brought_into_step(book) == ("", [])
    assert nbval(book)[0] == [1]

    text = first(book).read_text()
    first(book).write_text(text.replace("# One", "# Uno"))
    assert brought_into_step(book)[1] == []
    assert nbval(book)[0] == [1]
    first(book).write_text(text.replace("print(5)", "print(6)"))
    assert brought_into_step(book)[1] == []
    assert nbval(book)[0] == [1]
    assert "executing" in updated_alone(book)  # which is what a person does who means it
    assert nbval(book)[0] == []


def test_a_module_edited_by_hand_is_not_written_over_on_the_web(book):
    updated(book)
    module = book / "nndl" / "ones.py"
    module.write_text(module.read_text() + "\n# by hand\n")
    assert brought_into_step(book) == ("", [])
    (problem,) = pair.modules_out_of_step(read_chapters(book), book)
    assert problem.startswith("nndl/ones.py is not what its chapters say (edit those)")


def test_a_differing_cell_says_which_side_is_stored_and_what_to_do(book):
    updated(book)
    notebook = stored(book)
    code_cells(notebook)[1].outputs[0].text = "61\n"
    nbformat.write(notebook, first(book).with_suffix(".ipynb"))
    shutil.copy(ROOT / "book" / "conftest.py", book / "book")
    failed, said = nbval(book)
    assert failed == [1]
    assert re.search(r"\n +- 1\.0\n +\+ 61\n", said)
    assert "this cell has the id code-1. Above, + is what is stored there, - what a run\n" in said
    assert '`make chapters ARGS="--again first"`' in said
    assert "up to date" in updated_alone(book)
    out = io.StringIO()
    chapters.update(read_chapters(book), book, out, names=["first"], again=True)
    assert "[1/1] book/part/first.md: executing" in out.getvalue()
    assert nbval(book)[0] == []


# -------------------------------------------------------------------------------- what is missing


@pytest.mark.parametrize("package", ["PyYAML", "ruff", "jupytext", "nbformat"])
def test_a_missing_package_is_named_with_what_installs_it(package):
    module = package.lower().removeprefix("py")
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from book._tools import chapters\n"
        "sys.exit(chapters.main(['--check']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{package} is missing, which the chapters need: ")
    assert f"-m pip install {package}`" in line


def test_outside_of_the_repository_the_command_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(chapters, "read_chapters", lambda: read_chapters(tmp_path))
    assert chapters.main([]) == 1
    assert capsys.readouterr() == (
        "",
        f"{tmp_path} is not the book's repository: it has no _toc.yml\n",
    )


# ------------------------------------------------------------------------------------------ stale


def test_the_meaning_of_code_leaves_out_what_does_not_run():
    plain = "def f(x):\n    return x + 1\n"
    same = '"""Why."""\n\ndef f(x):  # what\n    """Add one."""\n    return (x\n            + 1)\n'
    assert stale.meaning(plain) == stale.meaning(same)
    assert stale.meaning(plain) != stale.meaning(plain.replace("1", "2"))
    assert stale.meaning(plain) != stale.meaning(plain.replace("x + 1", "'a'"))
    assert stale.meaning("%timeit f(1)") == "%timeit f(1)"


def test_the_meaning_of_code_leaves_out_types():
    plain = "import numpy\n\ndef f(x, *y, z=1):\n    z = [x]\n    return z\n"
    typed = (
        "import numpy\n"
        "from typing import TYPE_CHECKING, Any\nfrom nndl.internal.types import Array\n"
        "if TYPE_CHECKING:\n    from nndl.solver import Solver\n"
        "def f(x: Array, *y: 'Solver', z: int = 1) -> list[Any]:\n"
        '    """Any."""\n    z: list[Array] = [x]\n    return z\n'
    )
    assert stale.meaning(typed) == stale.meaning(plain)
    assert reached(typed).keys() == set()
    # What is needed when the code runs stays: a type in an expression, and the other branch.
    used = "from typing import Any\nfrom nndl.internal.types import Array\nx = isinstance(1, Array)"
    assert stale.meaning(used) == used.replace("from typing import Any\n", "")
    assert reached(used).keys() == {"nndl.internal.types"}
    either = "if TYPE_CHECKING:\n    x: int\nelse:\n    x: int = 1\n"
    assert stale.meaning(either) == "x = 1"
    assert "Any" in stale.meaning("from typing import Any\n__all__ = ['Any']")
    local = "def f():\n    x: int\n    return x"  # raises, where a global x would be returned
    assert stale.meaning(local) == stale.meaning(local.replace("int", "float"))
    assert stale.meaning(local) != stale.meaning("def f():\n    return x")


@pytest.mark.parametrize("head", ["@dataclass\nclass A:", "class A(NamedTuple):"])
def test_types_of_fields_are_part_of_the_meaning(head):
    """``nndl.fast`` compiles what the fields of its records say."""
    fields = f"{head}\n    x: int\n    y: float = 1.0"
    assert stale.meaning(fields) == fields
    assert stale.meaning("class A:\n    y: float = 1.0") == "class A:\n    y = 1.0"
    method = "\n\n    def f(self):\n        z{} = 1"
    typed = stale.meaning(fields + method.format(": int"))
    assert typed == fields + method.format("")


def test_source_that_a_chapter_prints_counts_to_the_letter(book):
    """A mistake is shown with the lines around it; ``getsource`` may show anything."""
    (book / "nndl" / "mistakes.py").write_text("")
    (book / "nndl" / "near.py").write_text("def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    (book / "nndl" / "mistakes.toml").write_text(
        '[[mistake]]\nid = "f-wrong"\nfunction = "near.f"\nright = "1"\nwrong = "2"\n'
    )
    path = first(book)
    words = {
        "nothing": "import nndl.near, nndl.mistakes",
        "a mistake": "import nndl.near, nndl.mistakes\nnndl.mistakes.load()['f-wrong']",
        "everything": "import nndl.near, inspect\ninspect.getsource(nndl.near)",
    }
    prints = {}
    near = book / "nndl" / "near.py"
    source = near.read_text()
    for name, code in words.items():
        path.write_text(TEXT.replace("print(one())", code))
        prints[name] = [fingerprint(book)]
        for place in ("return 1", "return 2"):
            near.write_text(source.replace(place, f"{place}  # a comment"))
            prints[name].append(fingerprint(book))
        near.write_text(source)
    assert [len(set(found)) for found in prints.values()] == [1, 2, 3]


def test_a_comment_in_a_module_makes_no_chapter_stale(tmp_path):
    """In whichever module of the package, but for those whose source a chapter prints."""
    ignore = shutil.ignore_patterns("__pycache__", "*.npz")
    shutil.copytree(ROOT / "nndl", tmp_path / "nndl", ignore=ignore)
    printing = [each for each in CHAPTERS if any("getsource" in c.source for c in each.cells)]
    shown = {name for each in printing for cell in each.cells for name in imported(cell.source)}
    files = {
        ".".join(file.relative_to(tmp_path).with_suffix("").parts).removesuffix(".__init__"): file
        for file in (tmp_path / "nndl").rglob("*.py")
    }

    def fingerprints():
        return [stale.fingerprint(each.cells, tmp_path) for each in CHAPTERS]

    def stale_after_comments(before, modules):
        for name in modules:
            text = files[name].read_text(encoding="utf-8")
            files[name].write_text(f"# a comment\n{text}\n# another\n", encoding="utf-8")
        after = fingerprints()
        both = zip(CHAPTERS, before, after, strict=True)
        return after, [each for each, *two in both if len({*two}) > 1]

    others = files.keys() - shown
    assert len(others) > 50
    after, found = stale_after_comments(fingerprints(), others)
    assert found == []
    assert stale_after_comments(after, files.keys() & shown)[1] == printing


def test_a_chapter_is_executed_again_when_the_code_it_reaches_changes(book):
    (book / "nndl" / "far.py").write_text("x = 1\n")
    (book / "nndl" / "near.py").write_text("def f():\n    from nndl import far\n")
    (book / "nndl" / "other.py").write_text("x = 1\n")
    path = first(book)
    path.write_text(TEXT.replace("print(one())", "import nndl.near"))
    before = fingerprint(book)
    (book / "nndl" / "other.py").write_text("x = 2\n")
    assert fingerprint(book) == before
    (book / "nndl" / "far.py").write_text("x = 2\n")
    assert fingerprint(book) != before


@given(st.sampled_from(["import nndl.a", "from nndl import a", "from nndl.a import b"]))
def test_imports_are_found_wherever_they_stand(line):
    source = f"import numpy\n\ndef f():\n    if True:\n        {line}\n"
    assert "nndl.a" in set(imported(source))


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        pair.write_whole(path, "new")
    assert path.read_text() == "old"


def test_the_command_checks_without_changing_anything():
    done = subprocess.run(
        [sys.executable, "-m", "book._tools.chapters", "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
