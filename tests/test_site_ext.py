"""The site's own Sphinx extensions (book/_ext), without building the whole book."""

import base64
import html
import io
import json
import re
import shutil
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import matplotlib.pyplot as plt
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.errors import ConfigError

from book._ext import nndl_book
from book._ext.nndl_book import (
    chapter_links,
    check_folds,
    check_lines,
    glossary_links,
    how_to_cite,
    numbered_links,
    repository_links,
    timed_cells,
)
from book._tools.tangle import chapter_paths
from tests.support.small_builds import jupyter_book

ROOT = Path(__file__).resolve().parent.parent
URL = "https://github.com/OWNER/NAME"  # a pattern, not an address


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("dx error: 3.37e-09  (bound 1e-08)", ("dx", "3.37e-09", "1e-08", None)),
        (
            "dx, twice error: 0.0  (bound 1e-08)  published 3.6e-10 to 3.2e-09",
            ("dx, twice", "0.0", "1e-08", "3.6e-10 to 3.2e-09"),
        ),
        ("test: 98.6 %  (at least 98 %)", ("test", "98.6 %", "at least 98 %", None)),
        ("test: 100.0 %  (at least 90 %)", ("test", "100.0 %", "at least 90 %", None)),
        ("forward: 12 ms", None),
        ("the error is small", None),
        ("", None),
    ],
)
def test_a_line_of_output_is_a_check_or_not(line, check):
    found = check_lines.parse_line(line)
    assert (found and found[:4]) == check


@pytest.mark.parametrize(
    "line",
    [
        "dx error: 3.37e-09 (bound 1e-08)",  # one space
        "dx error: 3.37e-09  (bound 1e-08) published 1e-9",
        "dx error: 3.37e-09  (bound 1e-08)  published ",
        "dx error: 3.37e-09  (bound 1e-08",
        "error: 3.37e-09  (bound 1e-08)",
        "dx error: 3.37e-09  published 1e-9",
        "dx error: small  (bound 1e-08)",
        "test: 97.9 %  (at least 98 %)",  # beyond its bound
        "test: 100.2 %  (at least 98 %)",
        "test: 98.6 % (at least 98 %)",  # one space
        "test: nan %  (at least 98 %)",
        "dx error: 3.37e-07  (bound 1e-08)",  # beyond its bound
        "dx error: nan  (bound 1e-08)",
    ],
)
def test_a_line_that_only_looks_like_a_check_is_refused(line):
    with pytest.raises(ValueError, match=r"check|bound|convert"):
        check_lines.parse_line(line)


def notebook(path, cells, code="print()", text="# A chapter"):
    """Write a notebook with a text and ``cells``: tags, printed text or an output, and code."""

    def output(it):
        stream = {"output_type": "stream", "name": "stdout", "text": [it]}
        return [] if it is None else [it if isinstance(it, dict) else stream]

    stored = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": f"cell-{k}",
            "metadata": {"tags": tags},
            "outputs": output(it),
            "source": [*own, code][:1],
        }
        for k, (tags, it, *own) in enumerate(cells)
    ]
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": [text]}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    whole = {"cells": [title, *stored], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole), encoding="utf-8")


def test_checks_come_from_stored_outputs_but_not_from_planted_cells(tmp_path):
    path = tmp_path / "chapter.ipynb"
    good, bad = "dx error: 1e-09  (bound 1e-08)\n", "dx error: 1e-01  (bound 1e-08)\n"
    notebook(path, [([], f"a line\n{good}{good}"), (["planted"], bad), ([], bad)])
    first, second, third = check_lines.notebook_checks(path)
    assert first == second == ("dx", "1e-09", "1e-08", None, "A chapter", ())
    assert isinstance(third, ValueError)


def test_the_site_is_served_from_the_owners_pages():
    assert repository_links.pages_address(URL) == "https://owner.github.io/NAME/"


@pytest.mark.parametrize(
    "url", ["github.com/a/b", "https://github.com/a", "https://example.org/a/b", f"{URL}/tree"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        repository_links.pages_address(url)


def test_the_citation_has_an_address_only_when_there_is_one():
    citation = {
        "title": "A book",
        "version": "1.0",
        "authors": [{"name": "The authors"}, {"given-names": "A.", "family-names": "B."}],
    }
    line, entry = how_to_cite.cite(citation)
    assert line == "The authors, A. B.. A book, version 1.0."
    assert "url" not in entry
    assert "year" not in entry
    assert "doi" not in entry
    with_doi = how_to_cite.cite({**citation, "doi": "10.1000/1"})
    assert "  doi = {10.1000/1}" in with_doi[1]
    dated = how_to_cite.cite({**citation, "date-released": "2026-11-22"}, "https://a.github.io/b/")
    assert "(2026)" in dated[0]
    assert dated[0].endswith(" https://a.github.io/b/")
    assert "  url = {https://a.github.io/b/}" in dated[1]


def test_functions_find_the_chapter_above_them():
    source = "import x\n# Chapter: book/a/one.md\ndef f():\n    pass\n# Chapter: book/a/two.md\n"
    assert chapter_links.chapter_of(source, 1) is None
    assert chapter_links.chapter_of(source, 3) == "a/one"
    assert chapter_links.chapter_of(source, 5) == "a/two"


def test_the_configuration_names_one_extension_and_it_connects_every_part():
    listed = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]
    assert "local_extensions" not in listed
    extensions = listed["config"]["extensions"]
    assert [name for name in extensions if name.startswith("book.")] == [nndl_book.__name__]
    modules = [
        import_module(f"{nndl_book.__name__}.{m.name}") for m in iter_modules(nndl_book.__path__)
    ]
    assert {m for m in modules if hasattr(m, "connect")} == set(nndl_book.PARTS)
    assert not [m.__name__ for m in modules if hasattr(m, "setup")]


CELLS = [([], "dx error: 1e-09  (bound 1e-08)\n")]


def built_book(folder, url="", **what):
    """Build a book that ``written_book`` writes, as ``make book`` does."""
    written_book(folder, url, **what)
    arguments = ["build", folder / "book", "--config", folder / "_config.yml"]
    arguments += ["--toc", folder / "_toc.yml", "--path-output", folder]
    return jupyter_book([*map(str, arguments), "-W", "-n", "--keep-going"], folder)


def written_book(
    folder,
    url="",
    second=None,
    glossary=None,
    cells=CELLS,
    bibliography="",
    changes=None,
    change=lambda book: None,
    **chapter,
):
    """Write a book of a title page and a chapter with the real configuration and ``url``.

    With ``second``, the text of a second chapter, the two are numbered; ``glossary`` and
    ``changes`` are texts of pages beside them, ``bibliography`` the sources of a page of that name.
    ``change`` changes the folder of the texts before the book is built.
    """
    book = folder / "book"
    for part in ("_static", "_templates"):
        shutil.copytree(ROOT / "book" / part, book / part)
    (book / "part").mkdir()
    (book / "references.bib").write_text(bibliography, encoding="utf-8")
    (book / "intro.md").write_text("# A book\n\n```{citation}\n```\n", encoding="utf-8")
    notebook(book / "part/chapter.ipynb", cells, **chapter)
    (book / "part/chapter.md").write_text("# A chapter\n", encoding="utf-8")
    for stray in ("Untitled.ipynb", "part/Untitled.ipynb", "part/notes.md"):  # a reader's own
        notebook(book / stray, [([], "1\n")])
    toc = "{format: jb-book, root: intro, chapters: [{file: part/chapter}]}"
    if second is not None:
        notebook(book / "part/second.ipynb", [], text=second)
        files = "[{file: part/chapter}, {file: part/second}]"
        parts = f"[{{caption: I, numbered: 2, chapters: {files}}}]"
        if glossary is not None:
            (book / "glossary.md").write_text(glossary, encoding="utf-8")
            more = "[{file: glossary}]"
            if bibliography:
                shutil.copy(ROOT / "book" / "bibliography.md", book)
                more = "[{file: glossary}, {file: bibliography}]"
            parts = f"{parts[:-1]}, {{caption: II, chapters: {more}}}]"
        if changes is not None:
            (book / "changes.md").write_text(changes, encoding="utf-8")
            parts = f"{parts[:-1]}, {{caption: III, chapters: [{{file: changes}}]}}]"
        toc = f"{{format: jb-book, root: intro, parts: {parts}}}"
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    change(book)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = url
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


def small_book(folder, url):
    """The two pages of such a book."""
    done = built_book(folder, url)
    assert done.returncode == 0, done.stderr[-2000:]
    return [parsed(folder, name) for name in ("intro.html", "part/chapter.html")]


def test_an_address_brings_the_buttons_and_the_links(tmp_path):
    intro, chapter = small_book(tmp_path, URL)
    links = {a["href"] for a in chapter.select(".article-header-buttons a[href^=http]")}
    tail = "OWNER/NAME/blob/main/book/part/chapter.ipynb"
    assert f"https://colab.research.google.com/github/{tail}" in links
    binder = "https://mybinder.org/v2/gh/OWNER/NAME/main?urlpath=lab/tree/book/part/chapter.ipynb"
    assert binder in links
    assert f"{URL}/edit/main/book/part/chapter.md" in links, "one edits the text"
    assert URL in links
    canonical = chapter.select_one("link[rel=canonical]")["href"]
    assert canonical == "https://owner.github.io/NAME/part/chapter.html"
    assert "https://owner.github.io/NAME/" in intro.select_one("article").text


def test_no_address_brings_none(tmp_path):
    for page in small_book(tmp_path, ""):
        assert not page.select("link[rel=canonical]")
        assert not page.select(".article-header-buttons a[href^=http]")
        assert "http" not in page.select_one("article").text


def test_code_shows_the_number_of_a_label_and_an_unknown_label_is_a_warning(tmp_path):
    text = "# A chapter\n\n$$\na\n$$ (eq-a)\n\n$$\nb\n$$\n\n$$\nc\n$$ (eq-c)\n"
    code = 'def f():\n    """By (eq-a)."""\n    return 1  # (eq-c), (eq-b)'
    done = built_book(tmp_path, text=text, code=code)
    assert done.returncode != 0
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    (warning,) = warnings
    assert "code names (eq-b), no equation of this page has this label" in warning
    shown = parsed(tmp_path, "part/chapter.html").select_one("pre")
    assert shown.text.strip() == code.replace("eq-a", "1").replace("eq-c", "2")
    links = [(a.text, a["href"]) for a in shown.select("a.equation")]
    assert links == [("(1)", "#equation-eq-a"), ("(2)", "#equation-eq-c")]


def parsed(folder, name):
    """A page of the book that was built in ``folder``."""
    page = folder / "_build" / "html" / name
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_the_head_of_a_chapter_says_minutes_needs_and_what_one_can_do(tmp_path):
    head = ":::{chapter-head}\n:needs: part/chapter\nAfterwards you can check $x$.\n:::\n"
    words = "word " * 1400
    done = built_book(tmp_path, second=f"# Another\n\n{head}\n{words}")
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/second.html")
    (block,) = page.select("div.chapter-head")
    assert block.find_previous_sibling().name == "h1"
    effort, sentence = block.select("p")
    assert effort.text.replace("\N{NO-BREAK SPACE}", " ") == "7 minutes · needs 1 A chapter"
    assert [a["href"] for a in effort.select("a")] == ["chapter.html"]
    assert sentence.text.startswith("Afterwards you can check")


@pytest.mark.parametrize(
    ("text", "before", "after", "shown"),
    [
        ("Dropout", "as in ", ", too", "Dropout (chapter 8)"),
        ("Dropout", "a coin (", ")", "chapter 8, Dropout"),
        ("Dropout", "(", " draws a mask)", "Dropout (chapter 8)"),
        ("Dropout", "a call (of f), and ", "", "Dropout (chapter 8)"),
        ("Dropout", "as in chapter ", "", "Dropout (8)"),
        ("coins", "", " are drawn", "coins (chapter 8)"),
        ("coins", "(see ", ")", "coins, chapter 8"),
        ("the next chapter", "", "", "the next chapter (8)"),
        ("chapter 8", "", "", "chapter 8"),
    ],
)
def test_a_link_to_a_chapter_says_its_number(text, before, after, shown):
    assert numbered_links.words(text, "Dropout", "8", before, after) == shown


def test_links_of_all_kinds_are_numbered_on_the_page(tmp_path):
    text = "# Another\n\nOne: {doc}`chapter`. Two: [code `f`](chapter.ipynb). ({doc}`chapter`) "
    text += "{doc}`/intro`, {doc}`second`.\n"
    done = built_book(tmp_path, second=text)
    assert done.returncode == 0, done.stderr[-2000:]
    (paragraph,) = parsed(tmp_path, "part/second.html").select("article section > p")
    assert paragraph.text == (
        "One: A chapter (chapter 1). Two: code f (chapter 1). (chapter 1, A chapter) "
        "A book, Another."
    )
    assert [a.text for a in paragraph.select("a[href='chapter.html']")] == [
        "A chapter (chapter 1)",
        "code f (chapter 1)",
        "chapter 1, A chapter",
    ]


GLOSSARY = """
# Glossary

{.glossary}
Adam
: A rule. See {term}`max pooling`.

cache
: What is kept.

max pooling
: The largest.

pooling
: Many to one.

unused
: Nowhere.
"""
FIRST = """
# Pooling and caches

No `cache`, $cache$, [cache](https://example.org/) or adamant: *max pooling* comes before poolings.
Max pooling again.

## Adam

| cache |
|---|
| Adam |

- Two **caches** of Adam.
"""


def test_terms_and_their_entries_are_linked_both_ways(tmp_path):
    second = "# Another\n\nMax\npooling, and {term}`the rule <Adam>` of Adam.\n"
    done = built_book(tmp_path, second=second, glossary=GLOSSARY, text=FIRST)
    assert done.returncode == 0, done.stderr[-2000:]

    def links(page):
        found = parsed(tmp_path, page).select("span.term > a")
        return [(" ".join(a.text.split()), a["href"].partition("#")[2]) for a in found]

    assert links("part/chapter.html") == [
        ("max pooling", "term-max-pooling"),
        ("poolings", "term-pooling"),
        ("caches", "term-cache"),
        ("Adam", "term-Adam"),
    ]
    assert links("part/second.html") == [
        ("Max pooling", "term-max-pooling"),
        ("the rule", "term-Adam"),
    ]
    page = parsed(tmp_path, "glossary.html")
    chapters = [line.text for line in page.select("dl.glossary p.chapters")]
    assert chapters == [
        "Used in chapters 1 and 2.",
        "Defined in chapter 1.",
        "Defined in chapter 1; used in chapter 2.",
        "Used in chapter 1.",
    ]
    for link in page.select("dl.glossary p.chapters a"):
        name, _, anchor = link["href"].partition("#")
        assert parsed(tmp_path, name).select_one(f"span.term#{anchor} > a"), link["href"]


def test_words_with_other_senses_are_those_of_the_glossary_and_of_chapters():
    terms = glossary_links.terms_of((ROOT / "book/glossary.md").read_text(encoding="utf-8"))
    assert set(glossary_links.OTHER_SENSES) <= set(terms)
    names = [p.relative_to(ROOT / "book").as_posix() for p in chapter_paths()]
    for starts in glossary_links.OTHER_SENSES.values():
        for start in starts:
            assert any(name.startswith(start) for name in names), start


def test_a_head_that_promises_nothing_or_needs_what_is_not_there_fails(tmp_path):
    head = ":::{chapter-head}\n:needs: part/nothing\nAfterwards you can do it.\n:::\n"
    empty = ":::{chapter-head}\nThis chapter is good.\n:::\n"
    done = built_book(tmp_path, text=f"# A chapter\n\n{head}\n{empty}")
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line or "ERROR" in line]
    assert len(warnings) == 2, warnings
    assert any("begins with 'Afterwards you can '" in line for line in warnings)
    assert any("part/nothing" in line for line in warnings)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["dx error: 1e-10  (bound 1e-08)", "dw error: 2e-07  (bound 1e-06)"] * 2,
            "4 checks hold, the worst 2e-07 of 1e-06",
        ),
        (
            ["dx error: 0.0  (bound 1e-08)"] * 2 + ["test: 99.0 %  (at least 98 %)"],
            "3 checks hold, the worst 99.0 %, at least 98 %",
        ),
    ],
)
def test_checks_in_a_row_are_told_in_a_line(lines, said):
    ((checks, text),) = check_folds.parts("\n".join(lines))
    assert check_folds.summary(checks) == said
    assert text == "\n".join(lines)


GOOD_LINE = "dx error: 1e-09  (bound 1e-08)"
BAD_LINE = "dx error: 1e-01  (bound 1e-08)"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ([GOOD_LINE, GOOD_LINE], []),  # two are read as they are
        ([GOOD_LINE, GOOD_LINE, "a line", GOOD_LINE], []),
        (["a line", *[GOOD_LINE] * 3, "another", GOOD_LINE], [3]),
        ([*[GOOD_LINE] * 3, "", *[GOOD_LINE] * 4], [3, 4]),
        ([GOOD_LINE, GOOD_LINE, BAD_LINE, GOOD_LINE], []),
    ],
)
def test_only_three_checks_or_more_that_hold_are_folded(text, folded):
    pieces = check_folds.parts("\n".join(text))
    assert [len(checks) for checks, _ in pieces if checks] == folded
    assert "\n".join(part for _, part in pieces).split("\n") == text


EXERCISE = """
:::{exercise} Sizes
:label: ex-a
How large?
:::

:::{solution-start} ex-a
:class: dropdown
:::

So large.

:::{solution-end}
:::

## Summary

One. \\
Two, $x$. \\
Three.

**Further reading.** None.
"""


def test_checks_solutions_and_summaries_on_a_page(tmp_path):
    lines = "\n".join(["a line", *[GOOD_LINE] * 3, ""])
    second = f"# Another\n{EXERCISE}"
    cells = [([], lines), (["planted"], "\n".join([GOOD_LINE] * 3))]
    done = built_book(tmp_path, second=second, cells=cells)
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/chapter.html")
    (checks,) = page.select("details.fold.checks")
    assert checks.summary.text == "3 checks hold, the worst 1e-09 of 1e-08"
    assert not checks.has_attr("open")
    assert checks.select_one("pre").text.splitlines() == [GOOD_LINE] * 3
    assert page.select_one(".cell_output pre").text.strip() == "a line"
    page = parsed(tmp_path, "part/second.html")
    (solution,) = page.select("details.fold.solution")
    assert solution.summary.text == "Solution to Exercise 2.1, Sizes"
    assert not solution.select("summary a")
    assert "So large." in solution.text
    assert not page.select("article .dropdown")
    items = [item.text.strip() for item in page.select("ul.summary > li")]
    assert items == ["One.", "Two, x.", "Three."]


DOCUMENTED = '''\
def f(x):
    """Say <x>, by (eq-a).

    Parameters
    ----------
    x : str
    """

    def inner():
        """One line."""

    return x  # (eq-a)


def g():
    """Two

    lines."""'''


def test_docstrings_fold_after_their_first_line_and_are_copied_whole(tmp_path):
    text = "# A chapter\n\n$$\na\n$$ (eq-a)\n"
    done = built_book(tmp_path, text=text, cells=[([], None, DOCUMENTED), ([], None, "f()")])
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/chapter.html")
    (box,) = page.select("div.highlight > div.folded-code")
    raw = (tmp_path / "_build/html/part/chapter.html").read_text(
        encoding="utf-8"
    )  # with its spaces
    copied = raw.partition('<div class="folded-code">')[2].partition("</div>")[0]
    copied = html.unescape(re.sub("<[^>]*>", "", copied)).strip()
    assert copied == DOCUMENTED.replace("eq-a", "1"), "which is what the button copies"
    first, second = box.select("details.fold.docstring")
    assert first.summary.text.strip() == '"""Say <x>, by (1).'
    assert [line.strip() for line in first.pre.text.splitlines()][-2:] == ["x : str", '"""']
    assert second.summary.text.strip() == '"""Two'
    assert not box.select("details[open]")
    assert not box.select("pre details"), "which HTML does not allow"
    assert [link["href"] for link in box.select("a.equation")] == ["#equation-eq-a"]
    assert not box.select("summary a"), "two things to click would be one inside the other"
    assert len(page.select("article div.highlight > pre")) == 1, "the other cell is as it was"


def test_hidden_code_comes_below_what_it_made(tmp_path):
    drawn = io.BytesIO()
    plt.figure(figsize=(0.1, 0.1)).savefig(drawn)
    image = base64.b64encode(drawn.getvalue()).decode()
    figure = {"data": {"image/png": image}, "metadata": {}, "output_type": "display_data"}
    hidden = ["hide-input"]
    cells = [
        (hidden, None, "import a"),
        (hidden, figure, "draw()"),
        (hidden, None, "import b"),
        ([], None, "shown()"),
        (hidden, "1\n", "count()"),
        (hidden, None, "def helper():\n    pass"),
    ]
    done = built_book(tmp_path, cells=cells)
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/chapter.html")
    found = [
        (block.summary.text, [pre.text.strip() for pre in block.select("pre")])
        for block in page.select("details.code")
    ]
    assert found == [
        ("Code of the figure", ["import a", "draw()"]),
        ("Imports", ["import b"]),
        ("Code of this output", ["count()"]),
        ("Code: helper", ["def helper():\n    pass"]),
    ]
    (first, *_) = page.select("details.code")
    assert first.find_previous_sibling().select("img"), "the figure comes first"
    assert "Show the source" not in page.text


ENTRY = {
    "date": "2026-11-05",
    "machine": {"system": "Linux x86_64", "processor": "znver4", "cores": 2, "others": 0.01},
    "versions": {"python": "3.11.7", "numpy": "2.4.6", "numba": "0.68.1"},
    "values": {"it": 0.5},
}
ORIGIN = (
    "Times on this page were measured on November 5, 2026: Linux x86-64 (znver4), 2 cores,"
    " NumPy 2.4.6, numba 0.68.1. The notebook measures those of your machine."
)


def test_timings_say_where_they_come_from():
    assert timed_cells.origin(ENTRY) == ORIGIN
    one = ENTRY | {"machine": ENTRY["machine"] | {"cores": 1}}
    assert "(znver4), 1 core, NumPy" in timed_cells.origin(one)


def test_the_page_says_so_below_the_first_cell_that_shows_a_timing(tmp_path):
    (tmp_path / "book").mkdir()
    record = {"chapter": ENTRY, "another": ENTRY}
    (tmp_path / "book" / "timings.json").write_text(json.dumps(record), encoding="utf-8")
    code = "print(f\"{best_time('it', run):.2f} s\")"
    done = built_book(tmp_path, code=code)
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/chapter.html")
    (line,) = page.select("p.timed")
    assert line.text == ORIGIN
    assert line.find_previous_sibling().select("pre")
    assert "Times on this page" not in parsed(tmp_path, "intro.html").text
