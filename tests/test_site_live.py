"""Cells that run in the page, in Chromium, by the Pyodide that lies beside the repository.

Each chapter is a class, so that the workers share them out. Every live cell of it runs, in order,
and what it prints is compared with the stored output as nbval compares, by the same rules.
"""

import base64
import gzip
import hashlib
import json
import re

import nbformat
import numpy as np
import pytest
from nbformat import v4
from sphinx.errors import ConfigError

from book._ext.nndl_book import live_cells, live_files
from book._ext.nndl_book.history import ROOT
from book._live.packages import ASKS, packages
from tests.support.live_pages import (
    code_cells,
    find_pyodide,
    hosted,
    live_chapters,
    opened,
    show,
    write_page,
    write_site,
)
from tests.support.site_visits import AXE, NAMES, find_browser, served
from tests.test_sanitizer import sanitize

PYODIDE = find_pyodide()
BROWSER = find_browser()
here = pytest.mark.skipif(
    not (PYODIDE and BROWSER), reason="no Pyodide (NNDL_PYODIDE=DIR), or no Chromium"
)
SHOWN = """number => {
    const cell = nndlLive.cells.find((cell) => cell.number === number);
    const texts = (which) => [...cell.live.querySelectorAll(which)].map((e) => e.textContent);
    return {
        state: cell.state.textContent,
        text: texts(".stream pre").join(""),
        errors: texts(".live-error").join(""),
        figures: cell.live.querySelectorAll(".live-figure").length,
        oneForm: cell.live.querySelectorAll(".live-white").length,
    };
}"""
# Cells that print what the machine decides: what is not compared, and why.
VARY = {
    ("convolution/avg_pool", 20): (r"0\.\d+", "a photograph, by another decoder of JPEG"),
    ("convolution/normalization_family", 16): (r" \d\.\d\d\b(?!e)", "of the same photograph"),
    ("convolution/max_pool", 29): (r"\d+(?:\.\d)? %", "of the same photograph"),
}
WATCH = """number => {
    window.seen = [];
    const { state } = nndlLive.cells.find((cell) => cell.number === number);
    new MutationObserver(() => seen.push(state.textContent)).observe(state, { childList: true });
}"""
LOADING = r"Loading Python: ([\d.]+) of ([\d.]+) MB"
DONE = """number => {
    const cell = nndlLive.cells.find((cell) => cell.number === number);
    return cell.run.textContent === "Run" && cell.told;
}"""


def test_the_table_has_the_hashes_of_the_files():
    if not PYODIDE:
        pytest.skip("no Pyodide")
    for name, file in live_files.TABLE["files"].items():
        content = (PYODIDE / name).read_bytes()
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        assert file == {"bytes": len(content), "integrity": f"sha384-{digest}"}, name
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    assert lock["info"]["version"] == live_files.TABLE["version"]
    assert f"/v{lock['info']['version']}/" in live_files.CDN
    for package, files in live_files.TABLE["packages"].items():
        needed, found = [package], {}
        while needed:
            entry = lock["packages"][needed.pop()]
            needed += entry["depends"]
            content = (PYODIDE / entry["file_name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]
            found[entry["file_name"]] = len(content)
        assert files == found, package


def test_the_editor_is_small_and_what_a_page_loads_unasked_is_smaller():
    editor = live_files.SOURCE / "editor" / "editor.js"
    assert len(gzip.compress(editor.read_bytes(), 9)) < 150_000
    for names in (("common", "live"), ("common", "practice_store", "practice")):
        scripts = b"".join((live_files.SOURCE / f"{name}.js").read_bytes() for name in names)
        assert len(gzip.compress(scripts, 9)) < 6_000


def test_what_needs_a_cell_that_does_not_run_does_not_run_either():
    cells = [
        v4.new_code_cell(source, metadata=metadata)
        for source, metadata in [
            ("x, y = 1, 2", {"not-live": "it takes too long", "in-the-page": "x = 1"}),
            ("x", {}),
            ("def f():\n    return y", {}),
            ("y = 3\ny", {}),
            ("f(y)", {}),
            ("%timeit x", {}),
            ("import torch", {}),
            ("import numpy as np\nprint([x for x in range(3)], (lambda y: y)(x))", {}),
        ]
    ]
    assert live_cells.reasons(cells) == [
        "it takes too long",
        "",
        "it needs what cell 0 computes",
        "",
        "it needs what cell 2 computes",
        "it is a command of IPython",
        "its library does not exist in a browser",
        "",
    ]


def test_a_folder_without_pyodide_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"PYODIDE: .* has no pyodide\.js, of Pyodide "):
        live_files.check_pyodide(tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site with every live chapter, and a page of our own; this worker's own."""
    folder = tmp_path_factory.mktemp("live")
    write_site(folder, PYODIDE, live_chapters())
    cells = [v4.new_code_cell(source, metadata=metadata) for source, metadata in CELLS]
    nbformat.write(v4.new_notebook(cells=cells), folder / "own.ipynb")
    write_page(folder, "own", folder / "own.ipynb")
    return folder


@pytest.fixture(scope="module")
def base(site):
    with served(site) as base:
        yield base


def wait(page, number, seconds=180):
    """Wait until a cell has run, and return what it shows."""
    page.wait_for_function(DONE, arg=number, timeout=1000 * seconds, polling=20)
    return page.evaluate(SHOWN, number)


def run(page, number):
    page.get_by_role("button", name=f"Run cell {number}", exact=True).click()
    return wait(page, number)


def stored(cell):
    """The text and the number of figures that a notebook keeps of a cell."""
    streams = [output.text for output in cell.outputs if output.output_type == "stream"]
    figures = [output for output in cell.outputs if output.output_type == "display_data"]
    assert len(cell.outputs) == len(streams) + len(figures)
    return sanitize("".join(streams)), len(figures)


@pytest.fixture(scope="module")
def host(browser, base):
    """A page that shows the chapters."""
    with hosted(browser, base) as page:
        yield page


class Chapter:
    """What is asked of each chapter; its classes are made below."""

    name = ""

    def test_every_live_cell_prints_what_is_stored(self, host, base):
        cells = code_cells(ROOT / "book" / f"{self.name}.ipynb")
        assert set(packages(cells[0].source)) == set(ASKS), "then no other chapter loads more"
        page = show(host, f"{base}{self.name}.html")
        page.wait_for_selector(".live-run")
        page.get_by_role("button", name="Run all").click()
        there = page.evaluate("nndlLive.cells.filter((c) => c.run).map((c) => c.number)")
        assert len(there) > len(cells) / 2
        different = {}
        for number in there:
            shown = wait(page, number)
            left_out = VARY.get((self.name, number), ("$^",))[0]
            came = re.sub(left_out, "…", sanitize(shown["text"])), shown["figures"]
            text, figures = stored(cells[number])
            right = came == (re.sub(left_out, "…", text), figures)
            if shown["errors"] or shown["oneForm"] or not right:
                different[number] = shown, text
        assert not different


for _name in live_chapters():
    _class = "Test" + _name.title().replace("/", "").replace("_", "")
    globals()[_class] = here(type(_class, (Chapter,), {"name": _name}))


# A page of its own, for all that readers do.


CELLS = [
    ("import numpy as np\nfrom nndl import check\n\nrng = np.random.default_rng(0)", {}),
    ("secret = 7", {"tags": ["remove-cell"]}),
    ("def twice(x):\n    return 2 * x", {}),
    ("x = rng.normal(size=3)\nprint(secret, x.shape)", {}),
    ("import numba", {}),
    ("y = 0", {"not-live": "it takes too long", "in-the-page": "y = 5"}),
    ("check('dx', 1e-9, bound=1e-8)\ny", {}),
    (
        "import matplotlib.pyplot as plt\n\nfrom nndl.vis.figures import book_style\n\n"
        "book_style()\nfig, ax = plt.subplots(figsize=(3, 2))\nax.plot(x, 'C0')\n"
        "ax.set(xlabel='step')\nplt.show()\nimport matplotlib.font_manager as fonts\n"
        "print(ax.get_xlabel())\nprint(len(fonts.fontManager.afmlist))",
        {},
    ),
    ("from nndl.fast import relu_forward_fast\n\ntwice(relu_forward_fast(np.ones(2))[0])", {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def address(base):
    return f"{base}own.html"


@here
class TestReader:
    @pytest.fixture
    def asked(self):
        """What the page asked for."""
        return []

    @pytest.fixture
    def context(self, browser):
        with browser.new_context() as context:
            yield context

    @pytest.fixture
    def page(self, context, address, asked):
        """The page, with a Python of its own: for what is about its start, or its end."""
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector(".live-run")
        return page

    @pytest.fixture
    def warm(self, host, address):
        """The page as at first, in a window of its own, with the Python of the chapters' pages."""
        page = opened(host, address)
        page.wait_for_selector(".live-run")
        yield page
        page.context.set_offline(False)
        page.evaluate("localStorage.clear()")
        page.close()

    @staticmethod
    def edit(page, number, code):
        if page.get_by_role("textbox", name=f"Code of cell {number}").count() == 0:
            page.get_by_role("button", name=f"Edit cell {number}").click()
        editor = page.get_by_role("textbox", name=f"Code of cell {number}")
        editor.press("ControlOrMeta+a")
        editor.press("Delete")
        editor.evaluate("(e, text) => document.execCommand('insertText', false, text)", code)
        return editor

    def test_cells_run_with_what_they_need_from_above(self, page, asked, address):
        page.wait_for_load_state("networkidle")
        host = address.removesuffix("own.html")
        names = {url.removeprefix(host) for url in asked if not url.startswith("data:")}
        assert names == {
            "own.html", "_static/figures.css", "_static/live/common.js", "_static/live/live.js",
            "_static/live/live.css",
        }  # fmt: skip
        whys = page.locator(".live-why").all_text_contents()
        assert whys == [
            "does not run in the page: its library does not exist in a browser",
            "does not run in the page: it takes too long",
        ]
        page.evaluate(WATCH, 3)
        assert run(page, 3)["text"] == "7 (3,)\n"
        said = [re.fullmatch(LOADING, text) for text in page.evaluate("seen")]
        loaded = [float(found[1]) for found in said if found]
        total = live_files.loaded_bytes() / 1e6
        assert {found[2] for found in said if found} == {f"{total:.1f}"}
        assert f"up to {total:.0f} MB" in page.locator(".live-notes").text_content()
        largest = live_files.TABLE["files"]["pyodide.asm.wasm"]["bytes"] / 1e6
        assert max(np.diff(loaded)) < largest / 2, "it moves within a file"
        assert "ran in" in page.evaluate(SHOWN, 3)["state"]
        assert run(page, 6)["text"] == "dx error: 1.00e-09  (bound 1e-08)\n5\n"
        assert page.locator(".live-result .stream.holds").count() == 1
        assert page.locator("[role=status]").text_content() == (
            "Cell 6 ran: 1 check holds, 1 line."
        )
        shown = run(page, 7)
        assert (shown["figures"], shown["text"]) == (1, "step\n0\n")  # no fonts of PostScript
        shown = page.locator(".live-figure img:visible")
        assert shown.get_attribute("alt") == "Figure drawn by cell 7"
        assert shown.evaluate("e => e.naturalWidth > 100")
        assert run(page, 8)["text"] == "array([2., 2.])\n"
        assert "NumPy here" in page.locator(".live-note").text_content()
        assert all(url.startswith((host, "blob:", "data:")) for url in asked)

    def test_an_error_names_the_line_and_what_is_below_is_out_of_date(self, warm):
        assert run(warm, 6)["errors"] == ""
        self.edit(warm, 2, "def twice(x):\n    return x.no_such_name")
        assert warm.evaluate(SHOWN, 6)["state"].startswith("out of date")
        shown = run(warm, 8)
        assert "cell 2, line 2, in twice" in shown["errors"]
        assert "AttributeError" in shown["errors"]
        assert shown["state"] == "failed in line 3"
        self.edit(warm, 3, "print(\n")
        assert run(warm, 6)["state"] == "not run: cell 3 above failed"
        assert "SyntaxError" in warm.evaluate(SHOWN, 3)["errors"]
        warm.get_by_role("button", name="Reset cell 3").click()
        assert run(warm, 6)["errors"] == ""
        warm.context.set_offline(True)  # all that these cells need is there
        assert run(warm, 3)["text"] == "7 (3,)\n"
        warm.context.set_offline(False)

    def test_a_loop_that_does_not_end_is_stopped(self, page, context):
        self.edit(page, 3, "while True:\n    pass")
        page.get_by_role("button", name="Run cell 3").click()
        page.get_by_text("running", exact=True).wait_for()
        page.get_by_role("button", name="Stop cell 3").click()
        assert page.evaluate(SHOWN, 3)["state"].startswith("stopped")
        page.get_by_role("button", name="Reset cell 3").click()
        context.set_offline(True)  # all of Python has come
        assert run(page, 3)["text"] == "7 (3,)\n"
        context.set_offline(False)

    def test_offline_before_the_first_click_and_then_online(self, page, context):
        page.wait_for_load_state("networkidle")
        context.set_offline(True)
        assert run(page, 3)["state"].startswith("Python did not start: live_results.js")
        assert page.evaluate(SHOWN, 3)["state"].endswith("you are offline")
        context.set_offline(False)
        assert run(page, 3)["text"] == "7 (3,)\n"

    def test_a_run_says_whether_its_text_is_the_book_s(self, warm):
        kept = "dx error: 2.00e-10  (bound 1e-08)\\n5\\nnaive 2.96 s: 3414x faster"
        warm.evaluate(f"""() => {{
            const {{ box, live }} = nndlLive.cells.find((cell) => cell.number === 6);
            const cell = document.createElement("div");
            cell.className = "cell";
            box.before(cell);
            cell.append(box, live);
            live.insertAdjacentHTML("afterend", `<div class="cell_output">
                <div class="output stream"><pre>{kept}\\n</pre></div></div>`);
        }}""")
        title, code = warm.locator(".live-title"), "check('dx', 1e-9, bound=1e-8)\nprint(y)\n"
        self.edit(warm, 6, f"{code}print('naive 7 s: 2x faster')")
        assert run(warm, 6)["errors"] == ""
        assert title.text_content() == "Your run: as in the book"
        self.edit(warm, 6, f"{code}print('naive 7 s: 2x slower')")
        assert run(warm, 6)["errors"] == ""
        assert title.text_content() == "Your run: 1 of 3 lines not as in the book"
        assert warm.locator("[role=status]").text_content().endswith("not as in the book.")

    def test_a_long_output_scrolls_in_its_box(self, warm):
        self.edit(warm, 3, "for k in range(500):\n    print(k)")
        assert run(warm, 3)["text"].endswith("499\n")
        box = warm.locator(".live-result pre")
        assert box.evaluate("e => e.scrollHeight > 2 * e.clientHeight")
        assert box.get_attribute("tabindex") == "0"

    def test_edits_stay_until_they_are_forgotten(self, warm):
        self.edit(warm, 2, "def twice(x):\n    return 3 * x")
        warm.reload()
        editor = warm.get_by_role("textbox", name="Code of cell 2")
        assert editor.inner_text().splitlines()[1] == "    return 3 * x"
        assert run(warm, 8)["text"] == "array([3., 3.])\n"
        warm.get_by_role("button", name="Forget my edits").click()
        assert editor.count() == 0
        assert warm.evaluate(SHOWN, 8)["state"].startswith("out of date")
        warm.reload()
        warm.wait_for_selector(".live-run")
        assert warm.evaluate("localStorage.length") == 0
        assert warm.locator(".cm-editor").count() == 0

    def test_the_editor_is_left_by_key_and_runs_by_key(self, warm):
        editor = self.edit(warm, 2, "def twice(x):\n")
        editor.press("Tab")
        editor.press("x")
        assert "Escape" in warm.locator(".live-help").text_content()
        assert editor.evaluate("e => e === document.activeElement")
        editor.press("Escape")
        editor.press("Tab")
        assert not editor.evaluate("e => e === document.activeElement")
        warm.get_by_role("button", name="Reset cell 2").click()
        warm.get_by_role("button", name="Run cell 3").focus()
        warm.keyboard.press("Shift+Enter")
        assert wait(warm, 3)["text"] == "7 (3,)\n"
        editor = self.edit(warm, 3, "print(1)")
        editor.press("Shift+Enter")
        assert wait(warm, 3)["text"] == "1\n"

    def test_nothing_is_out_of_reach(self, warm):
        from axe_playwright_python.base import AXE_SCRIPT

        warm.set_viewport_size({"width": 390, "height": 800})
        warm.evaluate(AXE_SCRIPT)
        question = [{"include": ["main"]}, {"rules": NAMES}]
        assert warm.evaluate(AXE, question) == []
        self.edit(warm, 3, "check('dx', 1.0, bound=1e-8)")
        assert run(warm, 3)["text"] == "dx error: 1.00e+00  (bound 1e-08)\n"
        assert warm.locator(".live-result .stream.fails").count() == 1
        assert run(warm, 2)["errors"] == ""
        assert warm.evaluate(AXE, question) == []
        assert warm.evaluate("document.documentElement.scrollWidth") <= 390
        boxes = [box.bounding_box() for box in warm.locator(".live button:visible").all()]
        assert min(min(box["width"], box["height"]) for box in boxes) >= 24

    def test_a_page_of_the_file_system_says_what_it_needs(self, context, address, tmp_path):
        write_site(tmp_path, PYODIDE, [])
        cells = [v4.new_code_cell("x = 1")]
        nbformat.write(v4.new_notebook(cells=cells), tmp_path / "own.ipynb")
        write_page(tmp_path, "own", tmp_path / "own.ipynb")
        page = context.new_page()
        page.goto((tmp_path / "own.html").as_uri())
        page.get_by_role("button", name="Run cell 0").click()
        assert page.locator(".live-state").text_content() == (
            "Python in the page needs a web server: make serve"
        )
