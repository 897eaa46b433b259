"""The built site: no broken link, nothing from another host, nothing a reader cannot reach."""

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path, PurePosixPath

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup, NavigableString, Tag
from nbclient import NotebookClient

import nndl
from book._ext.nndl_book import descriptions
from book._ext.nndl_book.notebook_start import ARCHIVE
from book._ext.nndl_book.workbook_files import PACKED
from book._tools.tangle import CITED, chapter_paths, equations, read_text
from book._workbook.course import COURSE
from book._workbook.plan import tasks
from book._workbook.stubs import stubs
from tests.support import printed_pages, whole_site
from tests.support.contents_lists import wrong_clicks, wrong_marks
from tests.support.html_validity import errors
from tests.support.live_pages import code_cells, live_chapters
from tests.support.notebooks import faults
from tests.support.page_bytes import loaded_files
from tests.support.queries import QUERIES
from tests.support.site_visits import (
    ARGUMENTS,
    SETTLED,
    find_browser,
    in_browser,
    is_required,
    served,
)
from tests.support.workbook import bare_text, leaks, telling_lines

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LINKED_PACKAGES = "_static/.*webpack-macros"  # a template of the theme, not a page

BROWSER = find_browser()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The exit status and the messages of the build, and the folder of its pages."""
    return whole_site.built_once(whole_site.temporary_folder(tmp_path_factory))


@pytest.fixture(scope="module")
def site(built):
    """The folder of the site's pages."""
    _, messages, folder = built
    assert (folder / "intro.html").exists(), messages[-2000:]
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """``{name: parsed page}`` of every page but index.html, which only forwards.

    They are not to be changed. Python's search for garbage would pass through all of them, again
    and again: it is off while they come, and knows nothing of them afterwards.
    """
    gc.collect()
    gc.disable()
    try:
        found = {
            name: BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
            for name in whole_site.page_names(site)
        }
    finally:
        gc.freeze()
        gc.enable()
    yield found
    gc.unfreeze()


def test_the_build_has_no_warnings(built):
    code, messages, _ = built
    warnings = [line for line in messages.splitlines() if re.search(r"WARNING|ERROR", line)]
    assert not warnings
    assert code == 0, messages[-2000:]


@pytest.fixture(scope="module")
def downloads(site, pages):
    """``{original: path}`` of the notebooks that the pages offer, the originals read."""
    found = {}
    for original in sorted((ROOT / "book").glob("*/*.ipynb")):
        name = original.relative_to(ROOT / "book").with_suffix(".html")
        (link,) = pages[name.as_posix()].select("a[href*='notebooks/'][href$='.ipynb']")
        found[original] = (site / name.parent / link["href"]).resolve()
        assert link["download"] == found[original].name, "or a browser may show it as text"
    assert len(found) == len(chapter_paths(ROOT))
    assert not list(site.glob("_sources/**/*.*")), "nobody is led there"
    return found


def test_every_chapter_is_a_download_that_stands_alone(downloads):
    for original, path in downloads.items():
        assert faults(nbformat.read(path, as_version=4)) == [], original.name


def test_a_download_runs_the_same_code_and_shows_the_same_outputs(downloads):
    for original, path in downloads.items():
        numbers = equations(read_text(original.with_suffix(".md")))
        there = [c for c in nbformat.read(original, as_version=4).cells if c.cell_type == "code"]
        there = [c for c in there if "remove-cell" not in c.metadata.get("tags", [])]
        here = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"][1:]
        assert [c.outputs for c in here] == [c.outputs for c in there], original.name
        for new, old in zip(here, there, strict=True):
            code = CITED.sub(lambda match, n=numbers: f"({n[match[1]]})", old.source)
            assert re.sub(r"\A# @title .*\n", "", new.source) == code


def test_the_archive_has_all_that_the_notebooks_need(site, pages, downloads):
    folder = site / "notebooks"
    links = {a["href"] for a in pages["intro.html"].select("a[href$='.zip']")}
    assert links == {f"notebooks/{ARCHIVE}"}
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        files = {PurePosixPath(name).name: archive.read(name) for name in archive.namelist()}
        (top,) = {PurePosixPath(name).parent for name in archive.namelist()}
    beside = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".ipynb", ".whl")}
    assert files.items() >= beside.items()
    assert files.keys() - beside.keys() == {"README.md", "LICENSE", "LICENSE-TEXT"}
    assert {path.name for path in downloads.values()} < beside.keys()
    (wheel,) = (name for name in beside if name.endswith(".whl"))
    assert f"./{wheel}[lab]" in files["README.md"].decode()
    assert top.name == f"nndl-notebooks-{nndl.__version__}"


def test_a_download_runs_where_only_its_wheel_is(site, downloads, tmp_path):
    """A chapter that compiles nothing, in an empty folder, with the package from the wheel."""
    (wheel,) = (site / "notebooks").glob("*.whl")
    with zipfile.ZipFile(wheel) as package:  # a wheel without compiled parts is what to import
        package.extractall(tmp_path / "package")
    original = ROOT / "book" / "foundations" / "backpropagation.ipynb"
    notebook = nbformat.read(downloads[original], as_version=4)
    where = nbformat.v4.new_code_cell("print(nndl.__file__)")
    notebook.cells.insert(2, where)
    (tmp_path / "empty").mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "NNDL_DATA"}
    environment["PYTHONPATH"] = str(tmp_path / "package")
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(tmp_path / "empty"), env=environment)
    assert notebook.cells[1].outputs[0].text == f"nndl {nndl.__version__} is here.\n"
    assert Path(where.outputs[0].text).is_relative_to(tmp_path), "the wheel's, not this folder's"


def test_the_workbook_is_whole_and_has_no_solution(site, pages):
    """Each chapter's page and the list offer its notebook, and the archive has all of them."""
    listed = {a["href"] for a in pages["workbook.html"].select("article a[href$='.ipynb']")}
    names = set()
    for original in sorted((ROOT / "book").glob("*/*.ipynb")):
        page = pages[original.relative_to(ROOT / "book").with_suffix(".html").as_posix()]
        links = page.select("a[href*='workbook/'][href$='.ipynb']")
        assert len(links) == (original.stem in tasks()), original.name
        for link in links:
            names.add(name := link["download"])
            assert f"workbook/{name}" in listed
            notebook = nbformat.read(site / "workbook" / name, as_version=4)
            nbformat.validate(notebook)
            assert leaks(notebook, tasks()[original.stem]) == [], name
            assert faults(notebook) == [], name
    assert len(listed) == len(names)
    with zipfile.ZipFile(site / "workbook" / PACKED) as archive:
        packed = {PurePosixPath(name).name: archive.read(name) for name in archive.namelist()}
    assert {n for n in packed if n.endswith(".ipynb")} == names
    assert all(packed[name] == (site / "workbook" / name).read_bytes() for name in names)
    (wheel,) = (name for name in packed if name.endswith(".whl"))
    assert f"./{wheel}[lab]" in packed["README.md"].decode()
    (link,) = pages["teachers.html"].select(f"article a[href$='{COURSE}']")
    with zipfile.ZipFile(site / link["href"]) as archive:
        course = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    stems = {PurePosixPath(name).stem for name in names}
    assert {n for n in course if n.endswith(".ipynb")} == {f"source/{n}/{n}.ipynb" for n in stems}
    assert f"./{wheel}[lab,nbgrader]" in course["README.md"].decode()
    assert course[wheel] == packed[wheel]


def test_practice_pages_have_every_stub_and_no_solution(site, pages):
    """In no form: not in the text, in what scripts are told, or in scripts."""
    there, names = {}, [name for name in pages if name.startswith("practice")]
    for box in (box for name in names for box in pages[name].select(".practice-exercise")):
        there[box.find_parent("section")["id"].replace("-", "_")] = box.pre.text.rstrip("\n")
    assert there == {name: stub.source for name, stub in stubs().items()}
    scripts = (site / "_static" / "live").glob("practice*.js")
    texts = [file.read_text(encoding="utf-8") for file in scripts]
    texts += [str(script) for name in names for script in pages[name].select("script")]
    for name, stub in stubs().items():
        text = bare_text("\n".join([*texts, there[name]]))
        assert not [line for line in telling_lines(stub.task) if line in text], name
    listed = pages["practice.html"].select(".practice-list a")
    assert [a["href"].partition("#")[2].replace("-", "_") for a in listed] == list(stubs())
    for stub in stubs().values():
        links = pages[f"{stub.docname}.html"].select("#exercises a[href*='practice_']")
        assert [link.text for link in links].count(stub.title) == 1


def test_links_and_fragments_hold(site):
    command = [shutil.which("lychee", path=BIN), "--offline", "--include-fragments"]
    command += ["--no-progress", "--exclude-path", LINKED_PACKAGES, "--root-dir", str(site)]
    command += ["--exclude", "losses.html#loss-hatch$"]  # a pattern that the explorer draws
    done = subprocess.run(
        [*command, f"{site}/**/*.html"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout


def test_images_have_alternative_text(pages):
    """Text, that is: MyST-NB writes the file's name where a chapter gives none."""
    lacking = []
    for name, page in pages.items():
        for image in page.find_all("img"):
            decorative = image.get("alt") == "" and image.find_parent("a", class_="logo")
            alt = image.get("alt", "")
            if not decorative and (not alt.strip() or re.search(r"\.(png|svg|jpe?g)$", alt)):
                lacking.append(f"{name}: {image.get('src')}")
        for drawing in page.select("article svg"):
            if not drawing.get("aria-label") and drawing.get("aria-hidden") != "true":
                lacking.append(f"{name}: an inline drawing")
    assert not lacking


def test_ids_are_unique(pages):
    for name, page in pages.items():
        ids = Counter(element["id"] for element in page.find_all(id=True))
        assert not {i for i, count in ids.items() if count > 1}, name


def test_no_page_tells_where_it_was_built(site, pages):
    for name in pages:
        assert str(ROOT) not in (site / name).read_text(encoding="utf-8"), name


def test_every_page_is_valid(site, pages):
    found = {name: errors((site / name).read_text(encoding="utf-8")) for name in pages}
    assert not {name: wrong for name, wrong in found.items() if wrong}


def test_every_page_has_a_description_of_its_own(pages):
    """As long as search engines show, and no two the same."""
    seen = {}
    for name, page in pages.items():
        found = [tag["content"] for tag in page.select("meta[name=description]")]
        assert len(found) == 1, name
        assert descriptions.SHORTEST <= len(found[0]) <= descriptions.LONGEST, (name, found[0])
        assert seen.setdefault(found[0], name) == name


def test_the_title_page_lists_every_chapter_with_its_number(pages):
    listed = {
        a["href"]: (a.find_previous(class_="number").text.strip(), a.text)
        for a in pages["intro.html"].select(".book-contents ul.chapters a")
    }
    for path in chapter_paths():
        name = path.relative_to(ROOT / "book").with_suffix(".html").as_posix()
        heading = pages[name].select_one("article h1")
        number, title = heading.text.strip("#").split(".", 1)
        assert listed.pop(name) == (number.strip(), title.strip()), name
    assert not listed
    lines = pages["intro.html"].select(".book-contents ul.chapters li > p + p")
    assert len(lines) == len(chapter_paths())
    assert all(line.text[:1].isupper() and line.text.endswith(".") for line in lines)


def equation_numbers(page):
    """``{id: number}`` of the equations of a page, as they are printed beside them."""
    found = {}
    for number in page.select("article .eqno"):
        link = number.select_one("a.headerlink")
        if link:
            found[link["href"].removeprefix("#")] = number.find(string=True)
    return found


def test_equations_have_the_numbers_that_code_is_given(pages):
    for path in chapter_paths():
        page = pages[path.relative_to(ROOT / "book").with_suffix(".html").as_posix()]
        counted = {
            f"equation-{label}": f"({number})"
            for label, number in equations(read_text(path)).items()
        }
        assert equation_numbers(page) == counted, path.name


def test_references_to_equations_show_their_numbers_and_elsewhere_the_chapter(pages):
    """``(5)`` on the equation's own page, ``(8.5)`` on another; in code it is a link, too."""
    counts = {"here": 0, "elsewhere": 0, "in code": 0}
    numbers = {name: equation_numbers(page) for name, page in pages.items()}
    headings = {name: page.select_one("article .section-number") for name, page in pages.items()}
    chapters = {name: heading.text.strip() for name, heading in headings.items() if heading}
    for name, page in pages.items():
        for link in page.select("article a[href*='#equation-']"):
            if "headerlink" in link.get("class", []):
                continue
            other, _, target = link["href"].partition("#")
            where = os.path.normpath(Path(name).parent / other) if other else name
            there = Path(where).as_posix()
            number = numbers[there][target]
            if other:
                number = f"({chapters[there]}{number.strip('()')})"
            assert link.text == number, (name, link["href"])
            kind = "in code" if link.find_parent(class_="highlight") else "here"
            counts["elsewhere" if other else kind] += 1
        assert not page.find(string=lambda text: "(eq-" in text), name
    assert all(counts.values())


def test_the_bibliography_is_sorted_and_labeled_by_what_the_text_cites(pages):
    """``[He et al., 2016]`` and ``He et al. [2016]`` are found under "He et al., 2016"."""
    entries = pages["bibliography.html"].select("div.citation")
    labels = {entry["id"]: entry.select_one(".label").text.strip("[]") for entry in entries}
    order = list(labels.values())
    assert order == sorted(order, key=str.lower)
    assert len(set(order)) == len(order)
    cited = set()
    for name, page in pages.items():
        for link in page.select("article a[href*='bibliography.html#']"):
            label = labels[link["href"].partition("#")[2]]
            names, _, year = label.rpartition(", ")
            whole = " ".join(link.find_parent(class_="bibtex-citation").text.split())
            assert " ".join(link.text.split()) == label or f"{names} [{year}" in whole, (
                name,
                whole,
            )
            cited.add(label)
    assert cited == set(order), "in the list, and cited nowhere"


def test_addresses_are_absent_until_one_is_set(pages):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if config["repository"]["url"]:
        pytest.skip("an address is set: tests/test_site_ext.py tests what it brings")
    for name, page in pages.items():
        assert not page.select("link[rel=canonical]"), name
        head = page.select_one(".article-header-buttons")
        assert not [a["href"] for a in head.select("a[href^=http]")], name


@pytest.mark.skipif(
    not (BROWSER or is_required()),
    reason="no Chromium: the site was not looked at in a browser (make browser fetches one)",
)
def test_there_is_a_browser():
    assert BROWSER, "no Chromium, and here the site has to be looked at in one"


@in_browser
def test_the_contents_list_marks_where_one_is(site, pages):
    """In the chapters with the longest lists, wherever one scrolls, jumps or clicks."""
    from playwright.sync_api import sync_playwright

    assert BROWSER, "no Chromium"
    chapters = [n for n in pages if "/" in n and not n.startswith("_")]
    longest = sorted(chapters, key=lambda n: len(pages[n].select("nav.contents a")))[-3:]
    with served(site) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        for name in longest:
            page.goto(base + name)
            assert wrong_marks(page) == [], name
            assert wrong_clicks(page) == [], name
        browser.close()


@pytest.fixture(scope="module")
def chapter(site, pages):
    """One open page: the chapter with the most equations."""
    from playwright.sync_api import sync_playwright

    assert BROWSER, "no Chromium"
    name = max(pages, key=lambda n: len(pages[n].select("div.math")))
    with served(site) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        page = browser.new_page(color_scheme="dark", reduced_motion="reduce")
        page.goto(base + name)
        page.evaluate(SETTLED)
        yield page
        browser.close()


@in_browser
def test_equations_are_set_and_readable_aloud(chapter):
    count = "document.querySelectorAll('{}').length".format
    written = chapter.evaluate(count(".math"))
    assert written > 0
    assert chapter.evaluate(count(".math mjx-assistive-mml math")) == written
    assert chapter.evaluate(count("mjx-merror")) == 0


@in_browser
def test_figures_have_a_form_for_each_theme(chapter):
    """Without scripts the theme is ``auto``, and the reader's system decides."""
    forms = """theme => {
        document.documentElement.dataset.theme = theme;
        return [...document.querySelectorAll("article img.drawing:not(.explorer *)")]
            .filter(i => getComputedStyle(i).display != "none").map(i => i.classList[1]);
    }"""
    try:
        both = {theme: chapter.evaluate(forms, theme) for theme in ("light", "dark", "auto")}
        assert both["light"], "a chapter without figures"
        assert "for-dark" not in both["light"]
        dark = [name.replace("light", "dark") for name in both["light"]]
        assert both["dark"] == both["auto"] == dark
        chapter.emulate_media(color_scheme="light")
        assert chapter.evaluate(forms, "auto") == both["light"]
        chapter.emulate_media(media="print", color_scheme="dark")
        assert {theme: chapter.evaluate(forms, theme) for theme in both} == dict.fromkeys(
            both, both["light"]
        )
    finally:
        chapter.emulate_media(media="screen", color_scheme="dark")
        chapter.evaluate(forms, "dark")


@in_browser
def test_print_is_light_whatever_the_theme(chapter):
    """Every text is dark enough for paper, and no figure is turned into its negative."""
    assert chapter.evaluate("document.documentElement.dataset.theme") == "dark"
    faint = """() => {
        const light = color => {
            const part = color.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
        };
        const texts = document.querySelectorAll(
            "article :is(h1, h2, h3, p, li, td, th, figcaption, code, pre, pre span, a, mjx-c)");
        return [...texts].filter(e => e.getClientRects().length && e.textContent.trim())
            .map(e => [1.05 / (light(getComputedStyle(e).color) + 0.05), e])
            .filter(([contrast]) => contrast < 4.5)
            .map(([contrast, e]) => `${contrast.toFixed(1)}: ${e.outerHTML.slice(0, 80)}`);
    }"""
    chapter.emulate_media(media="print", color_scheme="dark")
    try:
        assert chapter.evaluate("getComputedStyle(document.body).backgroundColor") in (
            "rgb(255, 255, 255)",
            "rgba(0, 0, 0, 0)",
        )
        assert chapter.evaluate(faint) == []
        filters = (
            "[...document.querySelectorAll('article img')].map(i => getComputedStyle(i).filter)"
        )
        assert set(chapter.evaluate(filters)) == {"none"}
    finally:
        chapter.emulate_media(media="screen", color_scheme="dark")


def apart(function, *arguments):
    """Call it in a thread of its own: the fixture ``chapter`` keeps Playwright busy in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *arguments).result()


LONG = ["convolution/conv_forward", "foundations/fully_connected", "networks/training"]


@in_browser
def test_chapters_print_without_blank_sheets_and_cut_lines(site, pages):
    names = [f"{name}.html" for name in LONG] + ["verified.html"]
    with served(site) as base:
        printed = apart(printed_pages.print_all, base, names, BROWSER)
    for (name, paper), pdf in printed.items():
        assert printed_pages.nearly_blank(pdf) == [], (name, paper)
        assert printed_pages.beyond_margins(pdf) == [], (name, paper)
        sheets = printed_pages.texts(pdf)
        title = pages[name].h1.text.removesuffix("#")
        assert title.replace("\N{NO-BREAK SPACE}", " ") in sheets[0][:200], (name, paper)
        whole = "\n".join(sheets)
        assert "Code of the figure" not in whole
        assert "version" in sheets[-1]
        if name != "verified.html":
            assert whole.count("\nSolutions\n") == 1
            assert whole.index("\nSolutions\n") > whole.rindex("Summary\n")
            assert re.search(r"\nSolution to", whole).start() > whole.index("\nSolutions\n")


@in_browser
def test_keyboard(chapter):
    """Skip link first; then every stop is visible and a new one; no formula is a stop."""
    chapter.set_viewport_size({"width": 1280, "height": 900})
    count = "document.querySelectorAll('{}').length".format
    assert chapter.evaluate(count("mjx-container[tabindex]:not([data-scrolls])")) == 0
    assert chapter.evaluate(count('[tabindex]:not([tabindex^="-"], [tabindex="0"])')) == 0
    chapter.evaluate("document.activeElement.blur()")
    chapter.keyboard.press("Tab")
    assert "Skip to main content" in chapter.evaluate("document.activeElement.textContent")
    chapter.keyboard.press("Enter")
    assert chapter.evaluate("location.hash") == "#page-text"
    stops = []
    for _ in range(30):
        chapter.keyboard.press("Tab")
        stops.append(
            chapter.evaluate(
                "() => { const e = document.activeElement, b = e.getBoundingClientRect();"
                "window.stops = window.stops || []; const again = window.stops.includes(e);"
                "window.stops.push(e);"
                "return [e.tagName, e.outerHTML.slice(0, 80), b.width * b.height > 0, again,"
                "e.tabIndex] }"
            )
        )
    first = chapter.evaluate("window.stops[0].closest('article.bd-article') !== null")
    assert first, "the skip link leads past the page's buttons"
    for tag, html, visible, again, index in stops:
        assert visible, html
        assert not again, html
        assert index == 0, html
        assert tag != "BODY"


@in_browser
def test_what_readers_ask_is_among_the_first_three_places(chapter):
    chapter.goto(f"{'/'.join(chapter.url.split('/', 3)[:3])}/search.html?q=convolution")
    chapter.wait_for_selector(".search-list a")
    ask = """async ([query]) => {
        const input = document.querySelector(".bd-search-container input");
        input.value = query;
        input.dispatchEvent(new Event("input", {bubbles: true}));
        await new Promise(done => setTimeout(done));
        const links = document.querySelectorAll(".bd-search-container .search-list a");
        return [...links].slice(0, 3).map(a => a.getAttribute("href").replace("./", ""));
    }"""
    found = {query: chapter.evaluate(ask, [query]) for query in QUERIES}
    missed = {}
    for query, places in found.items():
        wanted = QUERIES[query]
        if not any(p == wanted or (wanted.endswith("#") and p.startswith(wanted)) for p in places):
            missed[query] = places
    assert not missed


def test_the_benchmarks_page_shows_the_record(pages, site):
    """Every ratio of the record stands in a table, marked where it is below 1, and in no prose."""
    import json

    record = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    page = pages["benchmarks.html"]
    tables = page.select("table.measured")
    shown = []
    for table in (table for table in tables if "Ratio" in table.thead.get_text()):
        head = [cell.get_text().strip() for cell in table.select("thead th")]
        place = head.index("Ratio") - len(head)  # from the end: a title spans the rows of a group
        shown += [row.select("td")[place].get_text().strip() for row in table.select("tbody tr")]
    rows = record["rows"] + record["steps"]
    assert len(shown) == len(rows)
    measured = sorted(row["ratio"]["median"] for row in rows)
    numbers = sorted(float(re.match(r"[\d,.]+", text)[0].replace(",", "")) for text in shown)
    assert numbers == pytest.approx(measured, rel=0.05, abs=0.006)
    assert sum("▼" in text for text in shown) == sum(ratio < 1 for ratio in measured)
    forms = page.select("figure.measured img:is(.for-light, .for-dark)")
    assert len(forms) == 6
    opened = page.select("figure.measured a.enlarge")
    assert [a["href"] for a in opened] == [image["src"] for image in forms[::2]]
    assert all((site / image["src"]).is_file() for image in forms)
    source = (ROOT / "book" / "benchmarks.md").read_text(encoding="utf-8")
    assert not re.search(r"\d\.\d|[▼\d] times", source), "a number that was typed"


def test_cells_that_run_in_the_page_have_the_code_of_the_notebook(pages):
    """All of it, and no sign or hidden word beside it: a page's own text is what runs."""
    for name in live_chapters():
        page, path = pages[f"{name}.html"], ROOT / "book" / f"{name}.ipynb"
        (about,) = page.select("script.live-cells")
        known = json.loads(about.string)["cells"]
        numbers = equations(read_text(path.with_suffix(".md")))
        found = {}
        for box in page.select(".cell_input[data-cell]"):
            found.setdefault(box["data-cell"], []).append(box)
        for number, cell in enumerate(code_cells(path)):
            boxes = found.get(str(number), [])
            if "remove-cell" in cell.metadata.get("tags", []):
                assert (boxes, known[number]["code"]) == ([], cell.source), (name, number)
                continue
            code = CITED.sub(lambda match, n=numbers: f"({n[match[1]]})", cell.source)
            (box,) = boxes
            shown = box.select_one(".folded-code") or box.select_one("pre")
            # Beautiful Soup makes one space of an indentation that a fold begins with.
            assert shown.get_text().split() == code.split(), (name, number)
    with_cells = {name for name, page in pages.items() if page.select("script.live-cells")}
    assert with_cells == {f"{name}.html" for name in live_chapters()}


def test_a_chapter_is_light(site, pages):
    """Under 500 KB as sent, with all that comes before a reader does anything."""
    for path in chapter_paths():
        name = path.relative_to(ROOT / "book").with_suffix(".html").as_posix()
        loaded = loaded_files(site / name, pages[name])
        heaviest = sorted((size, file.name) for file, size in loaded.items())[-5:]
        assert sum(loaded.values()) < 500_000, (name, heaviest)


def prose(element):
    """The texts of an element, without what is code in it."""
    for part in element.children:
        if isinstance(part, Tag):
            if part.name not in ("pre", "code", "script", "style"):
                yield from prose(part)
        elif type(part) is NavigableString:  # no comment
            yield part


def test_no_page_waits_for_a_script_to_show_what_it_says(pages):
    """No formula as TeX, no icon without its drawing, no script that runs before the text."""
    for name, page in pages.items():
        formulas = page.select("article .math")
        assert all(formula.select_one("mjx-assistive-mml > math") for formula in formulas), name
        icons = page.select("i[class*=fa-], span[class*=fa-]")
        assert icons, name
        assert all(icon.select_one("svg.icon > path") for icon in icons), name
        loaded = [script["src"] for script in page.select("script[src]:not([defer])")]
        assert not loaded, name
        text = "".join(prose(page.select_one("article") or page.body))
        assert not re.search(r"\\[\[(]|\$\$", text), name


@in_browser
def test_scripts_off_a_page_has_its_formulas_and_its_theme(site, pages):
    from playwright.sync_api import sync_playwright

    name = max(pages, key=lambda n: len(pages[n].select("div.math")))
    look = """() => {
        const style = getComputedStyle(document.body);
        const link = document.querySelector("article p a.reference");
        const boxes = [...document.querySelectorAll("article mjx-math")]
            .map(formula => formula.getBoundingClientRect());
        return [style.backgroundColor, style.color, getComputedStyle(link).color,
            boxes.every(box => box.width > 0 && box.height > 0)];
    }"""

    def looked(base):
        seen = {}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
            for script, theme in product((True, False), ("light", "dark")):
                page = browser.new_page(color_scheme=theme, java_script_enabled=script)
                page.goto(base + name)
                seen[script, theme] = page.evaluate(look)
                if not script and theme == "dark":
                    page.emulate_media(media="print", color_scheme="dark")
                    seen["paper"] = page.evaluate(look)
            browser.close()
        return seen

    with served(site) as base:
        seen = apart(looked, base)
    assert seen["paper"][1:] == seen[False, "light"][1:], "paper is light"
    for theme in ("light", "dark"):
        assert seen[False, theme] == seen[True, theme]
        assert seen[False, theme][-1], "a formula has no size"
    assert seen[True, "light"][:3] != seen[True, "dark"][:3]
