"""The whole book as a file: LaTeX's source and the EPUB, of a small book, and what makes them."""

import io
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path, PurePosixPath

import matplotlib.pyplot as plt
import pypdfium2
import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.builders.latex.nodes import thebibliography

from book._ext.nndl_book import (
    book_files,
    boxes,
    cover,
    epub_book,
    gallery_page,
    latex_book,
    latex_tables,
    practice_pages,
)
from book._tools import printed
from nndl import mistakes
from tests.support import printed_pages
from tests.test_site_ext import written_book

ROOT = Path(__file__).resolve().parent.parent
XHTML, MATH = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
TEXT = r"""
# Layers of $\gamma$

$$
a = \lfloor b \rfloor + |b|
$$ (eq-first)

$$
\begin{aligned}
c &\mathrel{+}= d \\
e &= \Big( \tfrac12 \Big)
\end{aligned}
$$ (eq-second)

| name | meaning |
|---|---|
| x | a number |

:::{exercise} Sizes (easy)
:label: ex-sizes
How many?
:::

:::{solution} ex-sizes
:class: dropdown
As many as in {eq}`eq-second`.
:::

## Summary

{.clicks}
Choose by the *menus*.

{.clicks}
- A button chooses.

The end.
"""
PLOT = "```{measured-plot} peak\nA plot of the record.\n```\n"
SECOND = f"""# Another

By {{eq}}`eq-second`, in {{doc}}`chapter`; {{all-notebooks}}`take all`. Of {{cite:t}}`someone`.

{PLOT}"""
GLOSSARY = "# Words\n\n{.glossary}\nword\n: One of these.\n"
BIBLIOGRAPHY = "@book{someone, author={Some One}, title={A Title}, publisher={Us}, year={2000}}\n"
DOCSTRING = 'def f():\n    """One.\n\n    Two.\n    Three.\n    """\n    return 1  # (eq-second)\n'


def drawing() -> dict:
    figure, ax = plt.subplots(figsize=(1, 1))
    ax.plot([1, 2])
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    data = {"image/svg+xml": file.getvalue(), "text/plain": "<Figure>"}
    return {"output_type": "display_data", "metadata": {}, "data": data}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folders of a small book as LaTeX and as an EPUB; one reading of the text serves both."""
    folder = tmp_path_factory.mktemp("small")
    lines = "dx error: 1e-09  (bound 1e-08)\n" * 3
    mistake = mistakes.load()["conv-forward-flipped"]
    told = f"{mistake.diff()}\nout: 96 of 96 entries wrong, relative error up to 1.00\n"
    cells = [(["hide-input"], drawing(), "secret()"), ([], lines, DOCSTRING)]
    cells.append(([], told, 'show("conv-forward-flipped")'))
    more = {"glossary": GLOSSARY, "bibliography": BIBLIOGRAPHY, "changes": "# Changes\n\nNone.\n"}
    written_book(folder, cells=cells, text=TEXT, second=SECOND, **more)
    for builder in printed.BUILDERS:
        done = subprocess.run(
            printed.command(builder, folder), capture_output=True, text=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr[-3000:]
    return folder / "_build"


@pytest.fixture(scope="module")
def tex(book):
    return (book / "latex" / "nndl.tex").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def epub(book):
    with zipfile.ZipFile(book / "epub" / "nndl.epub") as file:
        yield file


def trees(epub):
    """``{name: parsed page}`` of an EPUB."""
    names = [name for name in epub.namelist() if name.endswith(".xhtml")]
    return {name: ET.fromstring(epub.read(name)) for name in names}


def test_latex_has_the_parts_and_the_numbers_of_the_site(tex):
    unnumbered = tex.index(r"\setcounter{secnumdepth}{-1}")
    part = tex.index(r"\setcounter{secnumdepth}{1}\part{I}")
    assert unnumbered < tex.index(r"\chapter{About this book}") < part
    assert r"\renewcommand{\theHtable}{glossary.\theHchapter.\arabic{table}}" in tex, "for links"
    after = tex.index(r"\setcounter{secnumdepth}{-1}", part)
    assert part < tex.index(r"\chapter{Another}") < after < tex.index(r"\chapter{Words}")
    assert r"\chapter{Layers of \texorpdfstring{\(\gamma\)}{γ}}" in " ".join(tex.split())
    assert r"\hyperref[equation:part/chapter:eq-second]{(1.2)}" in tex, "from another chapter"
    assert r"\hyperref[equation:part/chapter:eq-second]{(2)}" in tex, "from its own"
    assert r"\PYG{c+c1}{\PYGZsh{} (2)}" in tex, "in code"
    assert "eq-second" not in re.sub(r"equation:part/chapter:eq-second", "", tex)


def test_latex_shows_what_the_site_folds(tex):
    assert "secret" not in tex
    assert tex.count("error: 1e\\PYGZhy{}09") + tex.count("error: 1e-09") == 3
    assert "Three." in tex
    solutions = tex.index(r"\section{Solutions}")
    assert tex.index(r"\section{Summary}") < solutions < tex.index("As many as in")


def test_a_mistake_is_named_before_its_diff(tex, epub):
    title = mistakes.load()["conv-forward-flipped"].title
    assert re.search(rf"Mistake.*?:.*? {title}", tex)
    page = trees(epub)["part/chapter.xhtml"]
    (box,) = [e for e in page.iter(f"{XHTML}div") if e.get("class") == "box mistake"]
    heading = "".join(next(iter(box)).itertext())
    assert heading.startswith(f"Mistake: {title}")
    assert "96 of 96" in "".join(box.itertext())


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="no rsvg-convert")
def test_latex_gets_drawings_as_pdf(book, tex):
    names = re.findall(r"\\sphinxincludegraphics.*?\{\{(.*?)\}\.pdf\}", tex)
    assert len(names) == 2
    assert names[1] == "peak"
    for name in names:
        assert (book / "latex" / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_a_book_without_clicks_does_not_speak_of_them(tex, epub):
    text = "".join(trees(epub)["part/chapter.xhtml"].itertext())
    for said in (tex, text):
        assert "The end." in said
        assert "menus" not in said
        assert "button" not in said


def test_a_book_without_clicks_leads_to_no_archive(tex, epub):
    assert "take all" in tex
    assert ".zip" not in tex
    page = trees(epub)["part/second.xhtml"]
    assert "take all" in "".join(page.itertext())
    assert not [a for a in page.iter(f"{XHTML}a") if ".zip" in a.get("href", "")]


@pytest.mark.parametrize(
    ("shares", "needs", "found"),
    [
        ([1, 3], [50, 50], [116.5, 349.5]),  # room for all
        ([1, 3], [166, 50], [166, 300]),  # the first needs more, and the other gives it
        ([1, 1, 2], [200, 10, 10], [200, 266 / 3, 532 / 3]),
        ([1, 1], [300, 300], [1, 1]),  # no room: by the shares
        ([10, 7, 5], [100, 180, 100], [186, 180, 100]),  # the second is short since the third is
    ],
)
def test_columns_have_room_for_what_cannot_be_broken(shares, needs, found):
    assert latex_tables.widths(shares, needs) == pytest.approx(found)


def test_code_breaks_at_underscores_and_dots():
    entry = nodes.entry("", nodes.paragraph("", "", nodes.literal("", "02_back.ipynb")))
    assert latex_tables.least(entry) == pytest.approx(12 + 5.2 * len("ipynb."))
    assert latex_tables.least(nodes.entry("", nodes.paragraph("", "a word"))) == 12 + 5.5 * 5


def test_a_formula_is_about_as_long_as_it_looks():
    entry = nodes.entry("", nodes.paragraph("", "", nodes.math("", r"\lceil \frac{H'}{m} \rceil")))
    assert latex_tables.shown(entry) == "x xH'm x"
    assert latex_tables.least(entry) == pytest.approx(12 + 5.5 * len("xH'm "))


def test_what_a_mistake_harms_is_a_narrow_table_without_a_number(tex):
    after = tex[tex.index("96 of 96") - 1500 : tex.index("96 of 96")]
    assert r"\begin{tabulary}" in after
    assert r"\raggedright" in after
    assert r"\sphinxcaption" not in after
    table = nodes.table("", nodes.title("", "stride 2"), classes=["effects"])
    parent = nodes.container("", table)
    latex_tables.set_effects(table)
    assert [type(child) for child in parent] == [nodes.raw, nodes.paragraph, nodes.table]
    assert r"\needspace" in parent[0].astext(), "the title is not alone at a page's foot"
    assert parent[1].astext() == "stride 2"


def test_a_row_with_an_empty_cell_is_one_line_high():
    cells = [nodes.entry("", nodes.paragraph()), nodes.entry("", nodes.paragraph("", "x"))]
    table = nodes.table("", nodes.row("", *cells))
    latex_tables.drop_empty(table)
    assert [cell.children != [] for cell in cells] == [False, True]


def test_titles_of_exercises_have_no_brackets_in_brackets(tex, epub):
    assert r"{note}{Exercise 1.1. Sizes (easy)}" in tex
    assert re.search(r"\{note\}\{Solution to.*Exercise 1\.1\. Sizes\W*\n", tex)
    page = trees(epub)["part/chapter.xhtml"]
    titles = [e for e in page.iter(f"{XHTML}p") if e.get("class") == "admonition-title"]
    said = [" ".join("".join(title.itertext()).split()) for title in titles]
    assert [text.replace(" .", ".") for text in said] == [
        "Exercise 1.1. Sizes (easy)",
        "Solution to Exercise 1.1. Sizes",
    ]


def test_the_bibliography_stands_on_its_page(tex):
    title, changes = tex.index(r"\chapter{Bibliography}"), tex.index(r"\chapter{Changes}")
    assert title < tex.index(r"\begin{sphinxthebibliography}") < changes
    other = addnodes.start_of_file("", nodes.section("", nodes.title("", "A")), docname="a")
    document = new_document("")
    document += [other, thebibliography()]
    latex_book.place_bibliography(document)
    assert isinstance(document[-1], thebibliography), "a book without that page keeps it at its end"


def test_the_pdf_says_what_it_is(tex):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (setup,) = re.findall(r"^\\hypersetup\{(pdftitle.*)\}$", tex, re.MULTILINE)
    assert f"pdftitle={{{citation['title']}}}" in setup
    assert f"pdfauthor={{{citation['authors'][0]['name']}}}" in setup
    assert "pdflang={en}" in setup


def test_a_heading_of_a_box_keeps_room_for_what_it_heads(tex):
    before = tex[: tex.index("Mistake:")].rpartition("\n\n")[2]
    assert r"\needspace{7\baselineskip}" in before


def test_practice_in_print_is_a_paragraph_for_each_function():
    document = new_document("")
    stub = nodes.container("", nodes.literal_block("", "def f(): ..."))
    stub["classes"] = ["practice-exercise"]
    words = nodes.paragraph("", "Adds.")
    title = nodes.title("", "", nodes.literal("", "f"))
    document += nodes.section("", title, words, stub, ids=["an-f"])
    practice_pages.WithoutStubs(document).run()
    assert [type(child) for child in document] == [nodes.target, nodes.paragraph]
    assert document[0]["ids"] == ["an-f"], "links lead there"
    assert document[1].astext() == "f. Adds."


@pytest.mark.parametrize("course", ["eye", "none", "fails"])
def test_a_mistake_in_print_has_its_function_and_the_lines_that_change(course):
    mistake = mistakes.load()["conv-forward-flipped"]
    said = gallery_page.SAID[course]
    card = boxes.boxed("Mistake", mistake.title, "", "course-fails")
    where = nodes.paragraph("", "", nodes.literal("", mistake.function), classes=["in"])
    diff = nodes.literal_block(mistake.diff(), mistake.diff(), language="diff")
    said = said.replace("'", "’") + "More."  # as the page has it
    card += [where, diff, nodes.paragraph("", f"It is turned. {said}")]
    document = new_document("")
    document += card
    gallery_page.OneLineEach(document).run()
    line, changed = document
    end = said if course == "fails" else "More."
    assert line.astext() == f"{mistake.title} in {mistake.function}: It is turned. {end}"
    assert [row[0] for row in changed.astext().splitlines()] == ["-", "+"]
    assert changed["language"] == "diff"


@pytest.mark.skipif(bool(printed.missing()), reason="no LaTeX")
def test_latex_sets_the_small_book(book, tmp_path):
    folder = tmp_path / "latex"
    shutil.copytree(book / "latex", folder)
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "nndl.tex"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": printed.moment(), "FORCE_SOURCE_DATE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    log = (folder / "nndl.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert "Missing character" not in log
    twice = re.findall(rb"Object @\S+ already defined", done.stdout + done.stderr)
    assert not twice, "links lead to one place"
    assert not re.findall(r"Overfull \\hbox \((?:[2-9]\d|\d{3,})\.", log), "over 20 pt"
    pdf = pypdfium2.PdfDocument(folder / "nndl.pdf")
    assert pdf.get_metadata_dict()["Title"].startswith("nndl: ")
    pages = printed_pages.texts(pdf)
    (cited,) = [page for page in pages if "A Title" in page]
    assert "Bibliography" in cited, "below its title"
    (breaks,) = [page for page in pages if "Mistake:" in page]
    assert "Layers of" in breaks.split("Mistake:")[0], "the running head has the chapter"


def test_a_pdf_has_the_date_of_its_text(monkeypatch):
    shown = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True)
    assert printed.moment() == (shown.stdout.decode().strip() or "0")

    def absent(*args, **kwargs):
        raise FileNotFoundError

    monkeypatch.setattr(printed, "run", absent)
    assert printed.moment() == "0"


def test_the_contents_of_an_epub_have_every_chapter(epub):
    links = [a.get("href") for a in trees(epub)["nav.xhtml"].iter(f"{XHTML}a")]
    assert links == [
        "intro.xhtml",
        "part/chapter.xhtml",
        "part/second.xhtml",
        "glossary.xhtml",
        "bibliography.xhtml",
        "changes.xhtml",
    ]
    old = ET.fromstring(epub.read("toc.ncx"))  # for readers of the second version
    sources = [e.get("src") for e in old.iter("{http://www.daisy.org/z3986/2005/ncx/}content")]
    assert sources == links


def test_an_epub_has_no_role_that_is_deprecated(epub):
    assert "A Title" in "".join(trees(epub)["bibliography.xhtml"].itertext())
    for name, page in trees(epub).items():
        assert not [e for e in page.iter() if e.get("role") == "doc-biblioentry"], name


def test_a_browser_draws_an_epub(book, browser):
    page = browser.new_page()
    page.goto((book / "epub" / "part" / "chapter.xhtml").as_uri())
    found = "e => getComputedStyle(e).backgroundColor"
    assert page.eval_on_selector(".highlight", found) == "rgba(0, 0, 0, 0)", "a night page is dark"
    left = "es => es.map(e => e.firstElementChild.getBoundingClientRect().left)"
    signs = page.eval_on_selector_all("mtable[columnalign^=right] mtd:nth-child(2)", left)
    ends = "es => es.map(e => e.lastElementChild.getBoundingClientRect().right)"
    before = page.eval_on_selector_all("mtable[columnalign^=right] mtd:has(+ mtd)", ends)
    page.close()
    assert len(signs) == 2
    assert max(signs) - min(signs) < 2, "the second column begins at one place"
    assert max(before) - min(before) < 2, "and the first ends at one"


def test_images_of_the_same_pixels_share_no_name():
    svg = '<g id="a"><image x="1" id="image1f" y="2"/>\n<image\n id="image1f"/></g>'
    assert epub_book.without_names(svg) == '<g id="a"><image x="1" y="2"/>\n<image/></g>'


def test_an_epub_is_a_zip_that_begins_with_its_type(epub):
    first = epub.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert epub.read("mimetype") == b"application/epub+zip"
    assert epub.testzip() is None


def test_the_manifest_of_an_epub_is_what_it_holds(epub):
    spaces = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
    package = ET.fromstring(epub.read("content.opf"))
    items = {item.get("href"): item for item in package.findall(".//opf:item", spaces)}
    held = set(epub.namelist()) - {"mimetype", "META-INF/container.xml", "content.opf"}
    assert set(items) == held
    assert items["_static/cover.png"].get("properties") == "cover-image"
    assert items["part/chapter.xhtml"].get("properties") == "mathml"
    assert items["part/second.xhtml"].get("properties") is None
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert package.find(".//dc:title", spaces).text == citation["title"]
    assert package.find(".//dc:identifier", spaces).text == f"nndl-{citation['version']}"


def test_pages_of_an_epub_refer_to_what_is_there_and_have_no_script(epub):
    held = set(epub.namelist())
    for name, page in trees(epub).items():
        assert not list(page.iter(f"{XHTML}script")), name
        used = [e.get("src") for e in page.iter(f"{XHTML}img")]
        used += [e.get("href") for e in page.iter(f"{XHTML}link")]
        for target in used:
            path = os.path.normpath(PurePosixPath(name).parent / target)
            assert PurePosixPath(path).as_posix() in held, (name, target)


def test_an_epub_shows_what_the_site_folds(epub):
    page = trees(epub)["part/chapter.xhtml"]
    text = "".join(page.itertext())
    assert "secret" not in text
    assert text.count("error: 1e-09") == 3
    assert "Three." in text
    assert "return 1  # (2)" in text
    assert text.index("Summary") < text.index("Solutions") < text.index("As many as in (2)")
    assert not list(page.iter(f"{XHTML}details"))
    (image,) = page.iter(f"{XHTML}img")
    assert image.get("src").endswith(".svg")


def test_an_epub_has_every_equation_as_mathml_with_its_number(epub):
    page = trees(epub)["part/chapter.xhtml"]
    blocks = [e for e in page.iter(f"{XHTML}div") if e.get("class") == "math"]
    assert [e.find(f"{XHTML}span[@class='eqno']").text for e in blocks] == ["(1)", "(2)"]
    assert [e.find(f"{XHTML}span").get("id") for e in blocks] == [
        "equation-eq-first",
        "equation-eq-second",
    ]
    assert all(e.find(f"{MATH}math").get("display") == "block" for e in blocks)
    assert blocks[0].find(f"{MATH}math").get("alttext") == r"a = \lfloor b \rfloor + |b|"
    bars = [e for e in blocks[0].iter(f"{MATH}mo") if e.text == "|"]
    assert [bar.get("lspace") for bar in bars] == ["0", "0"], "|b| and not | b |"


@pytest.mark.parametrize("name", ["cover.png", "cover.pdf"])
def test_a_cover_is_the_same_each_time(tmp_path, name):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    for folder in ("one", "two"):
        cover.write(tmp_path / folder / name, citation)
    one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
    assert one == two
    assert one[:4] in (b"%PDF", b"\x89PNG")


def test_without_latex_one_line_names_the_packages(tmp_path):
    command = [sys.executable, "-m", "book._tools.printed", "pdf"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == printed.MISSING
    (line,) = done.stderr.splitlines()
    assert line.startswith("make: no PDF: latexmk, xelatex, rsvg-convert missing.")
    assert line.endswith("apt install " + " ".join(printed.PACKAGES))


def test_the_packages_are_named_where_they_are_installed_and_explained():
    packages = " ".join(printed.PACKAGES)
    workflow = (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8")
    assert packages in " ".join(workflow.split())
    maintaining = (ROOT / "MAINTAINING.md").read_text(encoding="utf-8")
    assert packages in " ".join(maintaining.split())


def test_the_menu_has_the_books_that_are_made_and_no_pdf_that_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(book_files, "BOOKS", tmp_path)

    def menu():
        buttons = [{"label": "download-pdf-button", "text": ".pdf"}]
        context = {"header_buttons": [{"label": "download-buttons", "buttons": buttons}]}
        context["pathto"] = lambda name, _: f"../{name}"
        book_files.complete_menu(None, "a/page", "page.html", context, None)
        return [(button["text"], button.get("url")) for button in buttons]

    assert menu() == [("Print", None)]
    (tmp_path / "nndl.epub").write_bytes(b"PK")
    assert menu() == [("Print", None), ("Book as EPUB", "../nndl.epub")]
    (tmp_path / "nndl.pdf").write_bytes(b"%PDF")
    assert menu()[1] == ("Book as PDF", "../nndl.pdf")
