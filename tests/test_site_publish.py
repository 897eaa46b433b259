"""What a published book has beside its chapters, on small books with and without an address."""

import json
import os
import re
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import matplotlib.pyplot as plt
import pytest
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from matplotlib.patches import Rectangle
from PIL import Image

from book._ext.nndl_book import (
    changes_page,
    descriptions,
    feed,
    history,
    how_to_cite,
    html_fixes,
    licenses,
    missing_page,
    reports,
    site_files,
    social_cards,
)
from book._tools import release, versions
from nndl.vis import figures
from tests.support.html_validity import errors
from tests.test_site_ext import URL, built_book, parsed

ROOT = Path(__file__).resolve().parent.parent
PATH = os.environ["PATH"]
BASE = "https://owner.github.io/NAME/"
SECOND = """# Sizes, "quoted" & small

:::{chapter-head}
Afterwards you can say how large $x^2$ is. Afterwards you can count.
:::

A window of an image says more than a pixel. How large is it, and what becomes of the border,
where no pixel is?

## The contract

Words.
"""
TEXTS = ("changes.html", "intro.html", "part/chapter.html", "part/second.html")
CHANGES = (ROOT / "book/changes.md").read_text(encoding="utf-8")


def blue():
    """A drawing as chapters keep one, blue all over."""
    figure = plt.figure(figsize=(4, 2))
    figure.add_artist(Rectangle((0, 0), 1, 1, color="#0072B2"))
    try:
        return figures.drawing(figure)
    finally:
        plt.close(figure)


@pytest.fixture(scope="module", params=[URL, ""], ids=["address", "no address"])
def book(request, tmp_path_factory):
    """A book of two chapters; the first has a figure. Its address, or an empty one, and folder."""
    folder = tmp_path_factory.mktemp("book")
    figure = {"data": {"image/svg+xml": blue()}, "metadata": {}, "output_type": "display_data"}
    done = built_book(folder, request.param, second=SECOND, cells=[([], figure)], changes=CHANGES)
    assert done.returncode == 0, done.stderr[-2000:]
    return request.param, folder


def pages(folder):
    site = folder / "_build" / "html"
    names = (p.relative_to(site).as_posix() for p in sorted(site.rglob("*.html")))
    return [n for n in names if not n.startswith("_static/") and n != "index.html"]


def meta(page):
    """``{name or property: content}`` of a page."""
    return {m.get("name") or m.get("property"): m["content"] for m in page.select("meta[content]")}


def test_pages_are_described_and_the_address_decides_about_cards(book):
    url, folder = book
    for name in pages(folder):
        head = meta(parsed(folder, name))
        assert head["og:title"]
        assert "og:description" in head or "description" not in head
        assert ("og:image" in head) == bool(url), name
        assert ("og:url" in head) == bool(url and name != "404.html"), name
    head = meta(parsed(folder, "part/second.html"))
    assert head["og:title"] == head["citation_title"] == "Sizes, “quoted” & small"
    assert head["description"] == (
        "How to count. How large is it, and what becomes of the border, where no pixel is? "
        "A window of an image says more than a pixel."
    )
    assert head["citation_author"] == "The nndl authors"


def test_a_chapter_is_a_chapter_of_the_book_to_programs(book):
    url, folder = book
    page = parsed(folder, "part/second.html")
    data = json.loads(page.select_one("script[type='application/ld+json']").string)
    assert (data["@type"], data["position"], data["isPartOf"]["@type"]) == ("Chapter", "2", "Book")
    assert data["isPartOf"]["license"] == licenses.TEXT[1]
    assert data.get("url") == (f"{BASE}part/second.html" if url else None)
    data = json.loads(parsed(folder, "intro.html").select_one("script[type*=ld]").string)
    assert data["@type"] == "Book"
    assert data["version"] == history.version()[0]


def test_the_card_is_the_first_figure(book):
    url, folder = book
    cards = folder / "_build/html/_static/cards"
    if not url:
        assert not cards.exists()
        return
    head = meta(parsed(folder, "part/chapter.html"))
    assert head["og:image"] == f"{BASE}_static/cards/part-chapter.png"
    assert meta(parsed(folder, "part/second.html"))["og:image"] == f"{BASE}_static/cards/book.png"
    for name in ("part-chapter.png", "book.png"):
        with Image.open(cards / name) as image:
            assert image.size == social_cards.SIZE
            middle = image.getpixel((600, 400))
        assert (middle == (0, 0x72, 0xB2)) == (name != "book.png"), "the drawing fills the card"


def test_a_title_is_fitted_and_a_transparent_figure_lies_on_white(tmp_path):
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(tmp_path / "a.png")
    figure = social_cards.pixels(tmp_path / "a.png", 100)
    assert figure.getpixel((0, 0)) == (255, 255, 255)
    card = social_cards.draw_card("nndl", "A very long title of a chapter " * 3, figure)
    assert card.size == social_cards.SIZE
    right = card.crop((social_cards.SIZE[0] - 50, 0, *social_cards.SIZE))
    assert right.getextrema() == ((255, 255),) * 3, "no letter leaves the card"


def test_files_for_robots(book):
    url, folder = book
    site = folder / "_build/html"
    assert ("Sitemap:" in (site / "robots.txt").read_text("utf-8")) == bool(url)
    assert (site / "sitemap.xml").exists() == bool(url)
    if url:
        tree = ElementTree.parse(site / "sitemap.xml")
        found = {e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
        assert found == {BASE + name for name in TEXTS}


def test_a_date_goes_into_the_sitemap():
    text = site_files.sitemap([("https://a/?b&c", "2031-12-24"), ("https://a/d", None)])
    assert "<loc>https://a/?b&amp;c</loc><lastmod>2031-12-24</lastmod>" in text
    assert text.count("lastmod") == 2


def test_a_missing_page_leads_on_from_any_depth(book):
    url, folder = book
    page = parsed(folder, "404.html")
    links = [a["href"] for a in page.select("article a")]
    assert links == ([f"/NAME/{n}" for n in ("search.html", "intro.html")] if url else
                     ["search.html", "intro.html"])  # fmt: skip
    for element in page.select("[href], [src], [action]"):
        to = element.get("href") or element.get("src") or element.get("action")
        if url and not to.startswith(("#", "https:")):
            path = urlsplit(urljoin(f"{BASE}some/where/else.html", to)).path
            assert (folder / "_build/html" / path.removeprefix("/NAME/")).is_file(), to
    assert ("report that page" in page.select_one("article").text) == bool(url)
    assert not page.select("link[rel=canonical]")


def test_only_links_of_the_site_are_moved_to_its_root():
    links = '<a href="#top"> <a href="a.html#b"> <a href="https://c/">'
    page = f'{links} <img src="./d.svg"> <a href="/e">'
    moved = missing_page.from_the_root(page, BASE)
    assert re.findall(r'"(.*?)"', moved) == [
        "#top",
        "/NAME/a.html#b",
        "https://c/",
        "/NAME/d.svg",
        "/e",
    ]


LOG = """# Changelog

## [0.3.0] - unreleased

- Not yet.

## [0.2.0] - 2031-12-24

### Added

- `x < y`, new.

## [0.1.0] - 2030-01-01

Old.
"""


def test_the_feed_has_the_released_versions_and_no_other():
    assert feed.feed("", LOG) == ""
    assert feed.feed(BASE, "# C\n\n## [0.1.0] - unreleased\n\nNew.\n") == ""
    tree = ElementTree.fromstring(feed.feed(BASE, LOG))
    atom = {"a": "http://www.w3.org/2005/Atom"}
    entries = tree.findall("a:entry", atom)
    assert [e.find("a:title", atom).text for e in entries] == ["Version 0.2.0", "Version 0.1.0"]
    assert entries[0].find("a:id", atom).text == f"{BASE}changes.html#version-0-2-0"
    assert "<code>x &lt; y</code>" in entries[0].find("a:content", atom).text
    assert tree.find("a:updated", atom).text == "2031-12-24T00:00:00Z"


def test_the_page_of_changes_shows_the_changelog(book):
    _, folder = book
    page = parsed(folder, "changes.html")
    found = [(version, date) for version, date, _ in release.sections(changes_page.changelog())]
    headings = [h.contents[0] for h in page.select("article h2")]
    assert len(headings) == len(found)
    for heading, (version, date) in zip(headings, found, strict=True):
        when = "not released yet" if date == "unreleased" else date
        assert heading == f"Version {version} · {when}"
        assert page.select(f"[id={changes_page.anchor(version)}]")
    assert "Keep a Changelog" not in page.text, "that is for those who write it"
    links = [a["href"] for a in parsed(folder, "part/chapter.html").select(".page-foot a")]
    assert "../changes.html" in links


def test_a_changelog_is_read_section_by_section():
    found = list(release.sections(LOG))
    assert [(v, d) for v, d, _ in found] == [
        ("0.3.0", "unreleased"),
        ("0.2.0", "2031-12-24"),
        ("0.1.0", "2030-01-01"),
    ]
    assert found[2][2] == "Old.\n"
    assert release.changes(LOG) == found[0]


def test_the_foot_says_version_licenses_and_how_to_cite(book):
    url, folder = book
    for name in pages(folder):
        foot = parsed(folder, name).select_one("footer .page-foot")
        assert f"Version {history.version()[0]}" in foot.text, name
        found = [a["href"] for a in foot.select("a[rel=license]")]
        assert found == [licenses.TEXT[1], licenses.CODE[1]]
        assert "The nndl authors" in foot.text
        assert bool(foot.select("a[href*='/issues/new']")) == bool(url), name
        assert bool(foot.select("a[href*='/edit/']")) == bool(url and name in TEXTS)
    foot = parsed(folder, "part/second.html").select_one(".page-foot")
    bibtex = foot.select_one("pre").text
    assert bibtex.startswith("@incollection{nndl-second,")
    assert "  chapter = {2}" in bibtex
    assert ("url = " in bibtex) == bool(url)
    assert not parsed(folder, "intro.html").select(".page-foot pre"), "the page itself says it"


def test_reports_fill_in_the_fields_that_the_form_has(book):
    url, folder = book
    page = parsed(folder, "part/second.html")
    if not url:
        assert "issues" not in str(page)
        return
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / reports.FORM).read_text("utf-8"))
    fields = {field["id"] for field in form["body"]}
    links = page.select(".page-foot li a")
    assert [a.text for a in links] == ["The whole page", "2.1 The contract"]
    asked = {k: v[0] for k, v in parse_qs(urlsplit(links[1]["href"]).query).items()}
    assert asked.keys() - {"template", "title"} <= fields
    assert asked["template"] == reports.FORM
    assert asked["title"].startswith(form["title"])
    assert asked["place"] == (
        f"chapter 2, Sizes, “quoted” & small, 2.1 The contract {BASE}part/second.html#the-contract"
    )
    assert asked["version"].startswith(history.version()[0])
    button = page.select_one(".article-header-buttons a[href*='/issues/new']")
    assert button["href"] == links[0]["href"]


def test_pages_are_valid(book):
    _, folder = book
    found = {
        name: errors((folder / "_build/html" / name).read_text("utf-8")) for name in pages(folder)
    }
    assert not {name: wrong for name, wrong in found.items() if wrong}


# -------------------------------------------------------------------------------- descriptions


def test_a_description_is_whole_sentences_or_says_that_it_is_cut():
    short, long = "Why is that so?", "Afterwards you can " + "say why and " * 20
    assert descriptions.fitted([short]) == short
    cut = descriptions.fitted([short, long])
    assert descriptions.SHORTEST <= len(cut) <= descriptions.LONGEST
    assert cut.endswith(" …")
    assert descriptions.fitted(["x" * 130, long]) == "x" * 130


def test_sentences_with_formulas_are_left_out():
    plain = nodes.math("", "x")
    hard = nodes.math("", r"\frac{1}{2}")
    paragraph = nodes.paragraph(
        "",
        "",
        nodes.Text("It is "),
        plain,
        nodes.Text(". Here is "),
        hard,
        nodes.Text(". And why? No."),
    )
    assert descriptions.sentences(paragraph) == ["It is x.", "And why?", "No."]


# -------------------------------------------------------------------------------- history


def commit(folder, date):
    environment = {
        "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_AUTHOR_NAME": "a", "PATH": PATH,
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
        "HOME": str(folder),
    }  # fmt: skip
    for command in (["git", "add", "-A"], ["git", "commit", "-qm", "book: x"]):
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def test_a_page_has_the_date_of_the_last_commit_that_touched_it(tmp_path):
    tree, short = tmp_path / "tree", tmp_path / "short"
    (tree / "book").mkdir(parents=True)
    assert history.changed(tree) == {}, "no repository"
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    (tree / "book/a.md").write_text("a")
    (tree / "book/b ü.md").write_text("b")
    commit(tree, "2030-01-01T12:00:00+00:00")
    (tree / "book/a.md").write_text("A")
    commit(tree, "2031-12-24T12:00:00+00:00")
    assert history.changed(tree) == {"book/a.md": "2031-12-24", "book/b ü.md": "2030-01-01"}
    subprocess.run(["git", "clone", "-q", "--depth=1", tree.as_uri(), short], check=True)
    assert history.changed(short) == {}, "the one commit that is there touched every file"


# -------------------------------------------------------------------------------- citations


def test_a_chapter_is_cited_with_its_number_and_its_year():
    book = {"title": "A book", "version": "1.0", "authors": [{"name": "The authors"}]}
    chapter = {"title": "Sizes", "number": "8", "name": "conv_forward", "date": "2031-12-24"}
    line, bibtex = how_to_cite.cite(book, "https://a/", chapter)
    assert line == "The authors (2031). Sizes. Chapter 8 of A book, version 1.0. https://a/"
    assert bibtex.startswith("@incollection{nndl-conv-forward,\n  author = {{The authors}}")
    assert "  year = {2031}" in bibtex
    undated = how_to_cite.cite(book, "", {**chapter, "date": None})
    assert "year" not in undated[1]
    released = how_to_cite.cite({**book, "date-released": "2030-01-01"}, "", chapter)
    assert "  year = {2030}" in released[1]


# -------------------------------------------------------------------------------- versions

PAGE = """<head><link rel="canonical" href="https://a/{name}"/></head>
<article class="bd-article"><h1>T</h1></article>
<!-- versions -->Version {version}<!-- /versions -->"""


def small_site(folder, version, names):
    for name in (*names, "index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PAGE.format(name=name, version=version), "utf-8")
    (folder / "sitemap.xml").write_text("", "utf-8")


def test_versions_lie_side_by_side_and_old_ones_say_so(tmp_path):
    site, released = tmp_path / "site", tmp_path / "released"
    released.mkdir()
    small_site(site, "0.11.0", ["a.html", "part/b.html", "part/new.html"])
    for version, names in (
        ("0.9.0", ["part/b.html", "part/old.html"]),
        ("0.10.0", ["part/b.html"]),
    ):
        small_site(tmp_path / version, version, names)
        with tarfile.open(released / f"site-v{version}.tar.gz", "w:gz") as tar:
            tar.add(tmp_path / version, arcname=".")
    (released / "other.txt").write_text("")
    assert versions.assemble(site, released) == ["v0.10.0", "v0.9.0"]
    again = {p: p.read_bytes() for p in site.rglob("*.html")}

    def read(name):
        return BeautifulSoup((site / name).read_text("utf-8"), "html.parser")

    def links(page):
        return [(a.text, a["href"], a.get("aria-current")) for a in page.select(".versions a")]

    today = read("part/b.html")
    assert not today.select(".old-version")
    assert today.summary.text == "Version 0.11.0"
    assert links(today) == [
        ("Today's book", "b.html", "true"),
        ("Version 0.10.0", "../v0.10.0/part/b.html", None),
        ("Version 0.9.0", "../v0.9.0/part/b.html", None),
    ]
    assert links(read("part/new.html"))[1][1] == "../v0.10.0/index.html", "it is not in that one"
    newest, oldest = read("v0.10.0/part/b.html"), read("v0.9.0/part/b.html")
    assert newest.select_one(".old-version a")["href"] == "../../part/b.html"
    assert oldest.select_one(".old-version").text.startswith("This is version 0.9.0")
    assert oldest.select_one(".old-version a")["href"] == "../../v0.10.0/part/b.html"
    assert oldest.select_one("link[rel=canonical]")["href"] == "https://a/part/b.html"
    assert not read("v0.9.0/part/old.html").select("link[rel=canonical]"), "no page is newer"
    assert not (site / "v0.9.0/sitemap.xml").exists()
    assert (site / "sitemap.xml").exists()
    for path in again:
        assert errors(path.read_text("utf-8")) == [], path
        for link in read(path.relative_to(site)).select(".versions a, .old-version a"):
            assert (path.parent / link["href"]).is_file(), (path, link)


def test_without_releases_the_site_stays_as_it_is(tmp_path):
    small_site(tmp_path / "site", "0.1.0", ["a.html"])
    (tmp_path / "released").mkdir()
    before = {p: p.read_bytes() for p in (tmp_path / "site").rglob("*.*")}
    assert versions.assemble(tmp_path / "site", tmp_path / "released") == []
    assert {p: p.read_bytes() for p in (tmp_path / "site").rglob("*.*")} == before


def test_a_page_without_a_place_for_versions_is_named():
    with pytest.raises(ValueError, match=r"v0\.1\.0/a\.html: no place for versions"):
        versions.rewrite(
            "<p></p>", "v0.1.0/a.html", "a.html", "v0.1.0", {"": set(), "v0.1.0": set()}
        )


def test_a_built_page_has_the_places_and_stays_valid(book):
    _, folder = book
    sites = {tag: {"intro.html"} for tag in ("", "v0.2.0", "v0.1.0")}
    for name in pages(folder):
        text = (folder / "_build/html" / name).read_text("utf-8")
        for tag in sites:
            page = versions.rewrite(text, f"{tag}/{name}".strip("/"), name, tag, sites)
            assert page.count('class="versions"') == 1, name
            assert page.count('class="old-version"') == bool(tag and name != "search.html"), name
            assert errors(page) == [], (tag, name)


# -------------------------------------------------------------------------------- valid HTML


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("<summary><p>a</p></summary>", "<p> in <summary>"),
        ("<p>a<ul><li>b</li></ul></p>", "</p> ends nothing that is open"),
        ("<pre><div>a</div></pre>", "<div> in <pre>"),
        ("<table><tr role=row><td>a</td></tr></table>", "<tr> has a role"),
        ("<h1></h1>", "<h1> is empty"),
        ("<h1><span> </span></h1>", "<h1> is empty"),
        ("<meta name=viewport content=a><meta name=viewport content=a>", "a second viewport"),
        ("<p id=a></p><p id=a></p>", "the id 'a' is there twice"),
        ("<a href=''>b</a>", "<a> has an empty href"),
        ("<ul><p>a</p></ul>", "<p> in <ul>"),
        ("<ol>a</ol>", "words in <ol>"),
        ("<a href=b>a<button>c</button></a>", "<button> in <a>, which is clicked itself"),
        ("<p class=a class=b></p>", "<p> has class twice"),
        ("<img src=a>", "an image without alt"),
        ("<div><span></div>", "</div> ends nothing that is open"),
        ("<div>", "<div> has no end"),
    ],
)
def test_each_kind_of_error_is_found(page, wrong):
    assert wrong in [error.partition(": ")[2] for error in errors(page)]


@pytest.mark.parametrize(
    "page",
    [
        "<ul><li>a<li>b</ul><p>c<p>d<div>e</div>",
        "<dl><dt>a<dd>b<dt>c<dd>d</dl><table><tr><td>a<td>b<tr><td>c</table>",
        "<details><summary><h3>a</h3></summary><p>b</p></details>",
        "<svg viewBox='0 0 1 1'><g><path d=''/></g></svg><h1><img src=a alt=b></h1>",
        "<a href='#'>a</a><script>if (a < b) { '</p>' }</script>",
    ],
)
def test_what_is_valid_is_left_alone(page):
    assert errors(page) == []


def test_repairs():
    code = '<div><pre>a<div class="viewcode-block" id="A">b</div></pre></div>'
    fixed = '<div><pre>a<span class="viewcode-block" id="A">b</span></pre></div>'
    assert html_fixes.spans_in_code(code) == fixed
    first, second = '<meta name="viewport" content="a">', '\n <meta name="viewport" content="b"/>'
    assert html_fixes.one_viewport(f"<head>{first}<p>{second}") == f"<head>{first}<p>"
    assert html_fixes.one_viewport("<p>") == "<p>"
    beside = "<ul><li>a</li>\n<ul><li>a.b</li>\n<ul><li>a.b.c</li>\n</ul></ul><li>d</li>\n</ul>"
    assert errors(beside) == ["line 2: <ul> in <ul>", "line 3: <ul> in <ul>"]
    inside = html_fixes.lists_in_entries(beside)
    assert errors(inside) == []
    assert re.sub(r"\s|</?(?:ul|li)>", "", inside) == "aa.ba.b.cd"

    def words(text):
        return nodes.paragraph("", "", nodes.Text(text))

    inner = [nodes.Text("a"), nodes.emphasis("", "", nodes.Text("b"))]
    inner += [nodes.bullet_list("", nodes.list_item("", words("b"))), nodes.Text("c"), words("d")]
    body = nodes.section("", nodes.paragraph("", "", *inner), words("e"))
    html_fixes.end_paragraphs(None, body, "a")
    kinds = [(type(child).__name__, child.astext()) for child in body]
    assert kinds == [
        ("paragraph", "ab"),
        ("bullet_list", "b"),
        ("paragraph", "c"),
        ("paragraph", "d"),
        ("paragraph", "e"),
    ]
