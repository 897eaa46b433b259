"""The literate pipeline: pairs and tangled modules are in step, and the tool keeps them so."""

import io
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book._tools import chapters, stale
from book._tools.tangle import (
    ROOT,
    chapter_paths,
    code_cells,
    imported,
    numbered_cells,
    read_text,
    tangle,
)

PATHS = chapter_paths()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_text_and_notebook_are_in_step(path):
    assert chapters.out_of_step(path) is None


def test_tangled_modules_are_in_step():
    assert list(chapters.modules_out_of_step(PATHS)) == []


def reading_time(notebook):
    """Minutes for a chapter without its exercises: 200 words, or 20 lines of code, in each."""
    words = lines = 0
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if section != "Exercises" and "hide-input" not in cell.metadata.get("tags", []):
                lines += sum(bool(line.strip()) for line in cell.source.splitlines())
            continue
        prose = re.sub(r"(?s)\$\$.*?\$\$", "", cell.source)  # equations are not words
        for line in prose.splitlines():
            section = line.removeprefix("## ") if line.startswith("## ") else section
            words += 0 if section == "Exercises" else len(re.findall("[A-Za-z]{2,}", line))
    return words / 200 + lines / 20


@pytest.mark.parametrize("name", ["book/intro.md", "CONTRIBUTING.md"])
def test_the_reading_time_that_is_stated_is_that_of_the_chapters(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    numbers = {"Fifteen": 15, "forty-five": 45}
    ((least, most),) = re.findall(r"(\w+) to ([\w-]+) minutes", text)
    least, most = (numbers.get(word) or int(word) for word in (least, most))
    times = {path.stem: reading_time(read_text(path)) for path in PATHS}
    assert [name for name, minutes in times.items() if not least <= minutes <= most] == []
    assert min(times.values()) < least + 5
    assert max(times.values()) > most - 10


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


def test_chapters_come_in_the_order_of_the_contents(book):
    assert [path.stem for path in chapter_paths(book)] == ["second", "first"]


def test_a_module_has_its_functions_in_that_order_and_its_imports_once(book):
    source = tangle(chapter_paths(book), book)["ones"]
    assert source.index("def two") < source.index("def one")
    assert source.count("import math") == 1
    assert source.index("import abc") < source.index("import math") < source.index("def two")
    assert "return math.cos(0)" in source  # formatted
    assert "# Chapter: book/part/first.md\ndef one" in source
    assert "Do not edit it here: edit the chapter" in source


def test_a_tangle_cell_without_a_module_is_refused(book):
    first(book).write_text(TEXT.replace(":module: ones\n", ""))
    with pytest.raises(ValueError, match=r"book/part/first\.md: a tangle cell names no module"):
        tangle(chapter_paths(book), book)


EQUATIONS = "$$\na\n$$ (eq-a)\n\n$$\nb\n$$\n\n$$\nc\n$$ (eq-c)\n\n"
CELL = "```{code-cell} ipython3\n:tags: [tangle]"


def with_equations(comment):
    """The chapter with three equations, of which two have a label, and a comment."""
    text = TEXT.replace(CELL, EQUATIONS + CELL)
    return text.replace("math.cos(0)", f"math.cos(0)  # {comment}")


def test_a_module_has_the_number_where_the_chapter_has_the_label(book):
    first(book).write_text(with_equations("(eq-c), then (eq-a)"))
    assert "return math.cos(0)  # (2), then (1)\n" in tangle(chapter_paths(book), book)["ones"]


def test_a_label_that_no_equation_of_the_chapter_has_is_refused(book):
    first(book).write_text(with_equations("(eq-b)"))
    with pytest.raises(ValueError, match=r"book/part/first\.md: code names \(eq-b\), no equation"):
        tangle(chapter_paths(book), book)


def test_code_that_cannot_be_formatted_is_refused(book):
    first(book).write_text(TEXT.replace("def one():", "def one(:"))
    with pytest.raises((ValueError, SyntaxError)):
        tangle(chapter_paths(book), book)


def test_update_executes_what_changed_and_nothing_else(book):
    paths, out = chapter_paths(book), io.StringIO()
    chapters.update(paths, book, out)
    assert "nndl/ones.py: written" in out.getvalue()
    assert out.getvalue().count("executing") == 2
    assert [chapters.out_of_step(path, book) for path in paths] == [None, None]
    assert list(chapters.modules_out_of_step(paths, book)) == []
    notebook = nbformat.read(first(book).with_suffix(".ipynb"), as_version=4)
    assert code_cells(notebook)[1].outputs[0].text == "1.0\n"
    before = first(book).with_suffix(".ipynb").read_bytes()

    out = io.StringIO()
    chapters.update(paths, book, out)
    assert out.getvalue().splitlines() == [
        "[1/2] book/part/second.md: up to date",
        "[2/2] book/part/first.md: up to date",
    ]
    assert first(book).with_suffix(".ipynb").read_bytes() == before

    first(book).write_text(TEXT.replace("print(one())", "print(one() + 1)"))
    assert "run `make chapters`" in chapters.out_of_step(first(book), book)
    out = io.StringIO()
    chapters.update(paths, book, out)
    assert "second.md: up to date" in out.getvalue()
    assert "first.md: executing" in out.getvalue()

    broken = TEXT.replace("print(one())", "print(one())\n1 / 0")
    first(book).write_text(broken)
    before = first(book).with_suffix(".ipynb").read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        chapters.execute(first(book), book)
    assert first(book).with_suffix(".ipynb").read_bytes() == before

    first(book).write_text(TEXT.replace("print(one())", "import sys\nprint(1, file=sys.stderr)"))
    with pytest.raises(RuntimeError, match=r"first\.md: a cell writes to stderr"):
        chapters.execute(first(book), book)
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
    notebook = chapters.execute(path, book)
    (output,) = code_cells(notebook)[2].outputs
    assert "image/png" in output["data"]

    path.write_text(TEXT + FIGURE.replace("plt.show()", "plt.close(fig)"))
    before = path.with_suffix(".ipynb").read_bytes()
    with pytest.raises(RuntimeError, match="the cell of the figure 'fig-one' shows no picture"):
        chapters.execute(path, book)
    assert path.with_suffix(".ipynb").read_bytes() == before


def test_what_is_out_of_step_is_named(book):
    path = first(book)
    assert "first.md has no notebook: run `make chapters`" in chapters.out_of_step(path, book)
    notebook = read_text(path)
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "was not executed: run `make chapters`" in chapters.out_of_step(path, book)
    for cell in code_cells(notebook):
        cell.execution_count = 1
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert chapters.out_of_step(path, book) is None
    code_cells(notebook)[1].source = "print(2)"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ in Cell 1: 'print(one())'" in chapters.out_of_step(path, book)
    code_cells(notebook)[1].source = "print(one())"
    notebook.cells[0].source = "# Another"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ before Cell 0: '# One'" in chapters.out_of_step(path, book)
    notebook.cells[0].source = "# One"
    notebook.cells.pop()
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert "differ in their number of cells" in chapters.out_of_step(path, book)
    assert list(chapters.modules_out_of_step([path], book)) == [
        "nndl/ones.py is not what its chapters say (edit those): run `make chapters`"
    ]


def test_new_words_keep_the_outputs(book, monkeypatch):
    """Prose, comments, docstrings and the form of the code: none of them is executed."""
    path = first(book)
    chapters.execute(path, book)
    before = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    words = TEXT.replace("# One", "# Uno").replace("print(one())", "# why\nprint( one() )")
    words = words.replace("def one():\n", 'def one():\n    """One."""\n')
    path.write_text(words)
    monkeypatch.setattr(chapters, "execute", None)
    out = io.StringIO()
    chapters.update([path], book, out)
    assert "first.md: new words, the outputs hold" in out.getvalue()
    assert chapters.out_of_step(path, book) is None
    after = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    assert after.cells[0].source == "# Uno"
    assert [c.outputs for c in code_cells(after)] == [c.outputs for c in code_cells(before)]
    chapters.update([path], book, out)
    assert "first.md: up to date" in out.getvalue()


def test_what_only_varies_stays_as_it_was(book):
    """Executed twice, a notebook is the same to the byte."""
    (book / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "nbval_sanitize.cfg", book / "tests")
    path, twin = first(book), first(book).with_suffix(".ipynb")
    timing = "import time\nprint(f'{time.perf_counter() % 1 + 1:.6f} s')\nprint(VALUE)"
    path.write_text(TEXT.replace("print(one())", timing.replace("VALUE", "1")))
    chapters.execute(path, book)
    before = twin.read_bytes()
    chapters.execute(path, book)
    assert twin.read_bytes() == before
    path.write_text(TEXT.replace("print(one())", timing.replace("VALUE", "2")))
    chapters.execute(path, book)
    (output,) = code_cells(nbformat.read(twin, as_version=4))[1].outputs
    assert output.text.splitlines()[1] == "2"
    assert output.text.splitlines()[0].encode() not in before


def test_the_meaning_of_code_leaves_out_what_does_not_run():
    plain = "def f(x):\n    return x + 1\n"
    same = '"""Why."""\n\ndef f(x):  # what\n    """Add one."""\n    return (x\n            + 1)\n'
    assert stale.meaning(plain) == stale.meaning(same)
    assert stale.meaning(plain) != stale.meaning(plain.replace("1", "2"))
    assert stale.meaning(plain) != stale.meaning(plain.replace("x + 1", "'a'"))
    assert stale.meaning("%timeit f(1)") == "%timeit f(1)"


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
        prints[name] = [stale.fingerprint(path, book)]
        for place in ("return 1", "return 2"):
            near.write_text(source.replace(place, f"{place}  # a comment"))
            prints[name].append(stale.fingerprint(path, book))
        near.write_text(source)
    assert [len(set(found)) for found in prints.values()] == [1, 2, 3]


def test_a_chapter_is_executed_again_when_the_code_it_reaches_changes(book):
    (book / "nndl" / "far.py").write_text("x = 1\n")
    (book / "nndl" / "near.py").write_text("def f():\n    from nndl import far\n")
    (book / "nndl" / "other.py").write_text("x = 1\n")
    path = first(book)
    path.write_text(TEXT.replace("print(one())", "import nndl.near"))
    before = stale.fingerprint(path, book)
    (book / "nndl" / "other.py").write_text("x = 2\n")
    assert stale.fingerprint(path, book) == before
    (book / "nndl" / "far.py").write_text("x = 2\n")
    assert stale.fingerprint(path, book) != before


@given(st.sampled_from(["import nndl.a", "from nndl import a", "from nndl.a import b"]))
def test_imports_are_found_wherever_they_stand(line):
    source = f"import numpy\n\ndef f():\n    if True:\n        {line}\n"
    assert "nndl.a" in set(imported(source))


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        chapters.write_whole(path, "new")
    assert path.read_text() == "old"


def test_the_command_checks_without_changing_anything():
    done = subprocess.run(
        [sys.executable, "-m", "book._tools.chapters", "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
