"""The whole book as a file: LaTeX's source and the EPUB, of a small book, and what makes them."""

import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path, PurePosixPath

import matplotlib.pyplot as plt
import pytest
import yaml
from docutils import nodes

from book._ext.nndl_book import book_files, cover, epub_book, latex_book
from book._tools import printed
from nndl import mistakes
from tests.test_site_ext import written_book

ROOT = Path(__file__).resolve().parent.parent
XHTML, MATH = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
TEXT = r"""
# Layers of $\gamma$

$$
a = \lfloor b \rfloor
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

:::{exercise} Sizes
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

By {{eq}}`eq-second`, in {{doc}}`chapter`; {{all-notebooks}}`take all`.

{PLOT}"""
GLOSSARY = "# Words\n\n{.glossary}\nword\n: One of these.\n"
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
    written_book(folder, cells=cells, text=TEXT, second=SECOND, glossary=GLOSSARY)
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
    assert part < tex.index(r"\chapter{Another}") < tex.rindex(r"\setcounter{secnumdepth}{-1}")
    assert tex.rindex(r"\setcounter{secnumdepth}{-1}") < tex.index(r"\chapter{Words}")
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


@pytest.mark.skipif(printed.shutil.which("rsvg-convert") is None, reason="no rsvg-convert")
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
    ],
)
def test_columns_have_room_for_what_cannot_be_broken(shares, needs, found):
    assert latex_book.widths(shares, needs) == pytest.approx(found)


def test_code_breaks_at_underscores_and_dots():
    entry = nodes.entry("", nodes.paragraph("", "", nodes.literal("", "02_back.ipynb")))
    assert latex_book.least(entry) == pytest.approx(12 + 5.2 * len("ipynb."))
    assert latex_book.least(nodes.entry("", nodes.paragraph("", "a word"))) == 12 + 5.5 * 5


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
    assert blocks[0].find(f"{MATH}math").get("alttext") == r"a = \lfloor b \rfloor"


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
