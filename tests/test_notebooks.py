"""Notebooks that stand alone: how their parts are made. The site's own are in test_site.py."""

import base64
import hashlib
import io
import json
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from IPython.core.inputtransformer2 import TransformerManager
from PIL import Image

import nndl
from book._ext.nndl_book import notebook_downloads, notebook_start
from book._ext.nndl_book.notebook_markdown import Markdown, details, escaped
from tests.support.notebooks import faults
from tests.test_site_ext import URL, built_book

WHEEL = "nndl-1.0-py3-none-any.whl"


@pytest.fixture
def markdown():
    """A writer to which references to #here are known, and equation eq-a is (3)."""

    def cited(code):
        return code.replace("eq-a", "3")

    return Markdown(lambda ref: ref.get("refuri"), {"here"}, {"eq-a": 3}.get, cited)


def paragraph(*pieces):
    return nodes.paragraph("", "", *pieces)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a * b_c `d` $e", r"a \* b\_c \`d\` \$e"),
        ("x < y &amp; z", "x &lt; y &amp;amp; z"),
        ("two\nlines", "two lines"),
        ("[a](b)", "[a]&#40;b)"),
    ],
)
def test_text_is_shown_as_it_is(text, shown):
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (paragraph(nodes.Text("1. is no list")), r"1\. is no list"),
        (paragraph(nodes.Text("- 3 is a number")), r"\- 3 is a number"),
        (paragraph(nodes.Text("# is no heading")), r"\# is no heading"),
        (paragraph(nodes.literal("", "a`b")), "``a`b``"),
        (paragraph(nodes.math("", "a<b")), r"$a\lt b$"),
        (paragraph(nodes.strong("", "very"), nodes.emphasis("", "so")), "**very***so*"),
        (paragraph(nodes.reference("", "it", refuri="#here")), "[it](#here)"),
        (paragraph(nodes.reference("", "it")), "it"),
        (nodes.math_block("", "x", label="eq-a", ids=["here"]),
         '<a id="here"></a>\n\n$$\nx\n\\tag{3}\n$$'),
        (nodes.math_block("", "x", label=None), "$$\nx\n$$"),
        (nodes.literal_block("", "f()  # (eq-a)", language="python"),
         "```python\nf()  # (3)\n```"),
        (nodes.note("", paragraph(nodes.Text("careful"))), "> **Note**\n>\n> careful"),
        (nodes.bullet_list("", *(nodes.list_item("", paragraph(nodes.Text(t))) for t in "ab")),
         "- a\n- b"),
        (nodes.enumerated_list("", nodes.list_item("", *map(paragraph, map(nodes.Text, "ab")))),
         "1. a\n\n   b"),
        (nodes.comment("", "unseen"), ""),
    ],
)  # fmt: skip
def test_nodes_become_markdown(markdown, block, shown):
    assert markdown.block(block) == shown


def test_a_table_keeps_its_bars(markdown):
    def row(*cells):
        entries = (nodes.entry("", paragraph(cell)) for cell in cells)
        return nodes.row("", *entries)

    head = nodes.thead("", row(nodes.Text("a"), nodes.Text("b")))
    body = nodes.tbody("", row(nodes.literal("", "x|y"), nodes.math("", "|x|")))
    table = nodes.table("", nodes.tgroup("", nodes.colspec(), head, body))
    lines = markdown.block(table).split("\n")
    assert lines == ["| a | b |", "| --- | --- |", r"| `x\|y` | $\vert x\vert$ |"]


@pytest.mark.parametrize("unknown", [nodes.line_block(), paragraph(nodes.image(uri="a.png"))])
def test_nothing_is_lost_in_silence(markdown, unknown):
    with pytest.raises(NotImplementedError, match="no Markdown for"):
        markdown.block(unknown)


class Shell:
    """What IPython is to a cell: it runs magics."""

    def __init__(self):
        self.ran = []

    def run_line_magic(self, name, line):
        self.ran.append((name, line))


def run_first_cell(monkeypatch, here, address="", on_index=False, version="1.0"):
    """Run the cell where only the modules ``here`` are found; returns what it ran.

    One whose name ends in a slash is found as a folder without a file of Python.
    """
    cell = notebook_start.install_cell(version, WHEEL, address, on_index)
    code, shell = TransformerManager().transform_cell(cell.source), Shell()
    found = {one.rstrip("/"): None if one.endswith("/") else one for one in here}
    specs = {name: SimpleNamespace(origin=origin) for name, origin in found.items()}
    monkeypatch.setattr("importlib.util.find_spec", specs.get)
    exec(code, {"get_ipython": lambda: shell})
    return shell.ran


def test_the_first_cell_installs_nothing_where_nndl_is(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    both = ("nndl", "matplotlib")
    assert run_first_cell(monkeypatch, both, version=nndl.__version__) == []
    assert capsys.readouterr().out == f"nndl {nndl.__version__} is here.\n"
    assert run_first_cell(monkeypatch, both, version="99") == []
    assert "The notebook was made with 99" in capsys.readouterr().out
    assert run_first_cell(monkeypatch, ("nndl",), version=nndl.__version__) == []
    assert "Matplotlib is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "source"),
    [({"on_index": True}, "nndl==1.0"), ({"address": "https://a.b/w.whl"}, "https://a.b/w.whl")],
)
def test_the_first_cell_says_what_it_installs(monkeypatch, tmp_path, capsys, options, source):
    monkeypatch.chdir(tmp_path)
    ran = run_first_cell(monkeypatch, (), **options)
    assert ran == [("pip", "install --quiet {source} matplotlib")]
    assert f"nndl is missing here. It is installed now, from {source}." in capsys.readouterr().out
    (tmp_path / WHEEL).touch()
    run_first_cell(monkeypatch, (), **options)
    assert f"It is installed now, from {WHEEL}." in capsys.readouterr().out


def test_a_folder_of_this_name_is_not_the_package(monkeypatch, tmp_path):
    """As ``pip uninstall`` leaves one, with caches in it, or a student makes one."""
    monkeypatch.chdir(tmp_path)
    ran = run_first_cell(monkeypatch, ("nndl/", "matplotlib"), on_index=True)
    assert ran == [("pip", "install --quiet {source} matplotlib")]


def test_without_an_address_the_wheel_lies_beside_the_notebook(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=f"{notebook_start.ARCHIVE}.*FOLDER/{WHEEL}"):
        run_first_cell(monkeypatch, ())
    (tmp_path / WHEEL).touch()
    assert run_first_cell(monkeypatch, ()) == [("pip", "install --quiet {source} matplotlib")]
    assert f"from {WHEEL}" in capsys.readouterr().out


def test_the_wheel_and_the_archive_are_the_same_each_time(tmp_path):
    made = []
    for name in "ab":
        folder = tmp_path / name
        folder.mkdir()
        notebook_downloads.make_wheel(folder)
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        notebook_downloads.make_archive(folder / "all.zip", files | {"README.md": b"1"})
        made.append([hashlib.sha256(f.read_bytes()).digest() for f in sorted(folder.iterdir())])
    assert made[0] == made[1]
    assert len(made[0]) == 2


FIGURE = """\
{"image": {"alt": "A line."}, "figure": {"name": "fig-line", "caption": "By {eq}`eq-a`."}}"""
CHAPTER = """\
# First

:::{note}
An admonition with {term}`stride` and {doc}`second`.
:::

$$
a < b
$$ (eq-a)

By {eq}`eq-a`, {eq}`eq-z`, {numref}`fig-line`, {numref}`ex-one` and {cite:t}`one`.
"""
EXERCISE = """\
## Exercises

:::{exercise} Try it (easy)
:label: ex-one
What is {eq}`eq-a`?
:::

:::{solution-start} ex-one
:class: dropdown
:::

See $x$.
"""
BIB = "@book{one, title={A Book}, author={Ann Bee}, year={2001}, publisher={P}, url={https://example.org/a}}"
GLOSSARY = """\
# Glossary

:::{glossary}
stride
: How far.
:::

```{bibliography}
```
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The notebook of the first of two chapters of a site with an address."""
    folder = tmp_path_factory.mktemp("book")
    notebook = nbformat.v4.new_notebook()
    figure = {"mystnb": json.loads(FIGURE), "tags": ["hide-input"]}
    file = io.BytesIO()  # a real one: the chapter's card shows it
    Image.new("RGB", (40, 30), "white").save(file, "png")
    png = {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": "<Figure>"}
    drawn = nbformat.v4.new_output("display_data", png)
    code = nbformat.v4.new_code_cell
    notebook.cells = [
        nbformat.v4.new_markdown_cell(CHAPTER),
        code("draw()  # (eq-a)", metadata=figure, outputs=[drawn], execution_count=1),
        code("__all__ = []", metadata={"tags": ["remove-cell"]}),
        nbformat.v4.new_markdown_cell(EXERCISE),
        code("solve()", execution_count=2),
        nbformat.v4.new_markdown_cell(":::{solution-end}\n:::\n\n## Summary\n\nThe end."),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": kernel, "jupytext": {"formats": "md:myst,ipynb"}}

    def change(book):
        nbformat.write(notebook, book / "part" / "chapter.ipynb")
        (book / "references.bib").write_text(BIB, encoding="utf-8")

    second = "# Second\n\n$$\nz\n$$ (eq-z)\n"
    done = built_book(folder, URL, second=second, glossary=GLOSSARY, change=change)
    assert done.returncode == 0, done.stderr[-2000:]
    notebooks = folder / "_build" / "html" / "notebooks"
    return nbformat.read(notebooks / "01-chapter.ipynb", as_version=4)


def test_an_exported_notebook_stands_alone(exported):
    assert faults(exported) == []
    nbformat.validate(exported)
    assert "jupytext" not in exported.metadata, "or an editor would write a text beside it"


def test_it_says_what_it_is_and_needs(exported):
    title, start = exported.cells[:2]
    assert title.source.startswith("# 1. First\n\nChapter 1 of [nndl](https://owner.github.io")
    page = "https://owner.github.io/NAME/part/chapter.html"
    assert f"version {nndl.__version__}, as a notebook. [Its page]({page})" in title.source
    assert f"https://owner.github.io/NAME/notebooks/nndl-{nndl.__version__}" in start.source


def test_references_have_numbers_and_lead_somewhere(exported):
    text = next(cell.source for cell in exported.cells if "An admonition" in cell.source)
    site = "https://owner.github.io/NAME"
    assert "> **Note**\n>\n> An admonition with [stride]" in text
    assert f"]({site}/glossary.html#term-stride)" in text
    assert f"[Second (chapter 2)]({site}/part/second.html)" in text
    assert "$$\na \\lt b\n\\tag{1}\n$$" in text
    assert '<a id="equation-eq-a"></a>\n\n$$' in text
    assert "By [(1)](#equation-eq-a)," in text
    assert f"[(2.1)]({site}/part/second.html#equation-eq-z)" in text
    assert "[Fig. 1.1](#fig-line)" in text
    assert "[Exercise 1.1](#ex-one)" in text
    assert "Bee [[2001](#cite-one)]" in text
    sources = exported.cells[-1].source
    assert sources.startswith("## Sources")
    assert '<a id="cite-one"></a>' in sources
    assert "https://example.org/a" in sources


def test_a_figure_has_its_number_caption_and_description(exported):
    place = next(k for k, cell in enumerate(exported.cells) if "draw()" in cell.source)
    code, below = exported.cells[place : place + 2]
    assert code.source == "# @title Code of figure 1.1\ndraw()  # (1)"
    assert code.metadata.jupyter.source_hidden
    assert code.metadata.cellView == "form"
    assert code.metadata.alt == "A line."
    assert below.source.startswith('<a id="fig-line"></a>**Figure 1.1.** By [(1)](#equation-eq-a).')
    assert details("Description of the figure", ["A line."]) in below.source


def test_solutions_are_folded_with_their_code(exported):
    texts = [cell.source for cell in exported.cells]
    assert any(
        t.startswith('<a id="ex-one"></a>\n\n### Exercise 1.1: Try it (easy)') for t in texts
    )
    place = next(k for k, t in enumerate(texts) if t.startswith("#### Solution of exercise 1.1"))
    heading, code, after = exported.cells[place : place + 3]
    assert heading.metadata["jp-MarkdownHeadingCollapsed"]
    assert details("The solution", ["See $x$."]) in heading.source
    assert code.source == "# @title Solution of exercise 1.1\nsolve()"
    assert after.source.startswith("## 1.2. Summary"), "what is not the solution is not folded"
    assert exported.metadata.colab.collapsed_sections == [heading.metadata.id]


def test_what_only_makes_the_package_is_left_out(exported):
    assert not [cell for cell in exported.cells if "__all__" in cell.source]
