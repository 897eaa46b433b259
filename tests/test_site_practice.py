"""Practice pages in Chromium: functions are written, checked, kept and forgotten.

Each part is a class, so that the workers share them out. One Python for all their pages checks the
book's own body and a wrong one of an exercise of each chapter, and of the first of a part three
wrong ones. ``NNDL_PRACTICE=all`` asks for three of every exercise. practice_pages.py has them.
"""

import json
import os
import re

import pytest

from book._workbook.stubs import stubs
from tests.support.live_pages import find_pyodide, hosted, show, write_site
from tests.support.practice_pages import PARTS, answer, right, write_practice, wrong
from tests.support.site_visits import AXE, COLORS, NAMES, find_browser, served

PYODIDE = find_pyodide()
BROWSER = find_browser()
pytestmark = pytest.mark.skipif(
    not (PYODIDE and BROWSER), reason="no Pyodide (NNDL_PYODIDE=DIR), or no Chromium"
)
# The last exercise of each chapter, or with NNDL_PRACTICE=all every one.
EVERY = os.environ.get("NNDL_PRACTICE") == "all"
CHAPTERS = {} if EVERY else {stub.docname: stub for stub in stubs().values()}
ASKED = {
    part: [n for n, s in stubs().items() if s.part == part and CHAPTERS.get(s.docname, s) is s]
    for part in PARTS
}
READY = "document.documentElement.dataset.practice === 'ready'"
FIND = "name => nndlPractice.page.exercises.find((ex) => ex.name === name)"
GIVE = f"""([name, code]) => {{
    const ex = ({FIND})(name);
    ex.told = null;
    nndlPractice.page.take(ex, code);
    nndlPractice.page.check(ex);
}}"""
DONE = f"""name => {{
    const ex = ({FIND})(name);
    return ex.check.textContent === "Check" && ex.told;
}}"""
SHOWN = f"""name => {{
    const ex = ({FIND})(name);
    return {{
        told: ex.told, state: ex.live.dataset.state, verdict: ex.result?.dataset.verdict,
        text: ex.result?.textContent,
    }};
}}"""
# What the scripts make; what the site's own make of code is in test_site.py.
OURS = {"include": [[".live"], [".live-editor"], [".live-notes"], [".practice-list"]]}
BOTH = """
def relu_backward(dout, cache):
    (x,) = cache
    return dout * (x > 0)
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice")
    write_site(folder, PYODIDE, [])
    write_practice(folder)
    with served(folder) as base:
        yield base


def opened(context, base, name):
    page = context.new_page()
    page.goto(f"{base}{name}.html")
    page.wait_for_function(READY)
    return page


@pytest.fixture(scope="module")
def host(browser, base):
    """A page that shows those of the parts."""
    with hosted(browser, base) as page:
        yield page


@pytest.fixture(scope="module")
def warm(browser, base):
    """A page whose Python several tests use: it takes seconds to start."""
    with browser.new_context() as context:
        yield opened(context, base, "practice_foundations")


def wait(page, name, seconds=120):
    """Wait until an exercise has been checked, and return what it shows."""
    page.wait_for_function(DONE, arg=name, timeout=1000 * seconds, polling=20)
    return page.evaluate(SHOWN, name)


def give(page, name, code):
    page.evaluate(GIVE, [name, code])
    return wait(page, name)


class Part:
    """What is asked of each part; its classes are made below."""

    name = ""

    def test_right_and_wrong_answers_are_judged_as_outside_of_the_page(self, host, base):
        page, different = show(host, f"{base}practice_{self.name}.html"), {}
        page.wait_for_function(READY)
        for name in ASKED[self.name]:
            answers = wrong(name, most=3 if EVERY or name == ASKED[self.name][0] else 1)
            for what, code in [("right", right(name)), *answers]:
                shown, here = give(page, name, code), answer(name, code)
                wanted = (here["verdict"], here["ok"])
                if (shown["verdict"], shown["told"].startswith("right")) != wanted:
                    different[name, what] = shown
        assert not different


for _name in PARTS:
    globals()[f"Test{_name.title()}"] = type(f"Test{_name.title()}", (Part,), {"name": _name})


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
    def page(self, context, base, asked):
        """A page without anything kept, and without Python."""
        context.on("request", lambda request: asked.append(request.url))
        return opened(context, base, "practice_foundations")

    @staticmethod
    def edit(page, title, code):
        page.get_by_role("button", name=f"Edit {title}", exact=True).click()
        editor = page.get_by_role("textbox", name=f"Code of {title}", exact=True)
        editor.press("ControlOrMeta+a")
        editor.press("Delete")
        editor.evaluate("(e, text) => document.execCommand('insertText', false, text)", code)
        return editor

    @staticmethod
    def button(page, name):
        return page.get_by_role("button", name=name, exact=True)

    def test_a_function_is_written_checked_and_kept(self, page, asked, base):
        page.wait_for_load_state("networkidle")
        names = {url.removeprefix(base) for url in asked if not url.startswith("data:")}
        scripts = ("common.js", "practice_store.js", "practice.js", "live.css", "practice.css")
        assert names == {"practice_foundations.html", "_static/figures.css"} | {
            f"_static/live/{name}" for name in scripts
        }
        assert "loads Python, up to" in page.locator(".practice-notes").text_content()
        editor = self.edit(page, "relu_backward", "def relu_backward(dout, cache):")
        editor.press("Enter")
        editor.type("return dout * (cache >= 0)")  # the editor has indented
        editor.press("Control+Enter")
        shown = wait(page, "relu_backward")
        assert shown["told"].startswith("another convention, checked in ")
        assert "0" in shown["text"]
        status = page.locator("[role=status]").text_content()
        assert status.startswith("relu_backward: another convention")
        assert "\n" not in status, "the headline, not the whole result"
        editor.press("ControlOrMeta+End")
        for _ in range(4):  # of ">= 0)"
            editor.press("Backspace")
        assert page.evaluate(SHOWN, "relu_backward")["state"] == "begun"
        editor.type(" 0)")
        assert self.button(page, "Check relu_backward").is_visible()
        state = page.locator("#relu-backward .live-state")
        assert state.text_content() == "changed since the check"
        editor.press("Shift+Enter")
        page.wait_for_function(f"String(({DONE})('relu_backward')).startsWith('right')")
        page.reload()
        page.wait_for_function(READY)
        assert state.text_content() == "right"
        assert page.locator("#relu-backward .practice-own").text_content() == (
            "def relu_backward(dout, cache):\n    return dout * (cache > 0)"
        )
        assert page.locator(".cm-editor").count() == 0, "nothing is loaded for it"
        self.button(page, "Edit relu_backward").click()
        assert page.locator(".cm-content").inner_text().endswith("(cache > 0)")
        assert all(url.startswith((base, "blob:", "data:")) for url in asked)

    def test_reset_asks_and_can_be_undone(self, page):
        reset, undo = (self.button(page, f"{name} sgd") for name in ("Reset", "Undo reset of"))
        assert not reset.is_visible()
        editor = self.edit(page, "sgd", "x = 1")
        reset.click()
        self.button(page, "Keep it").click()
        assert editor.inner_text() == "x = 1"
        reset.click()
        page.keyboard.press("Escape")
        assert page.locator(".practice-question").count() == 0
        reset.click()
        self.button(page, "Reset").click()
        assert "Your code here" in editor.inner_text()
        assert not reset.is_visible()
        assert page.evaluate("localStorage.length") == 0
        undo.click()
        assert editor.inner_text() == "x = 1"
        assert not undo.is_visible()
        assert page.evaluate("localStorage.length") == 1

    def test_hints_have_three_levels_the_first_by_what_was_found(self, warm):
        box = warm.locator("#relu-backward .practice-hints")
        self.button(warm, "Hint 1 of 3 for relu_backward").click()
        first = box.inner_text()
        assert first.startswith("Hint 1 of 3")
        code = "def relu_backward(dout, cache):\n    return (cache > 0) * 1.0\n"
        assert give(warm, "relu_backward", code)["verdict"] == "wrong"
        assert box.inner_text() != first
        assert answer("relu_backward", code)["hints"][0] in box.inner_text(), "now of this mistake"
        self.button(warm, "Hint 2 of 3 for relu_backward").click()
        assert warm.locator("[role=status]").text_content().startswith("Hint 2 of 3: ")
        self.button(warm, "Hint 3 of 3 for relu_backward").click()
        assert box.locator("li").count() == 3
        more = self.button(warm, "No more hints for relu_backward")
        assert more.get_attribute("aria-disabled") == "true"

    def test_a_loop_without_end_is_ended_or_stopped(self, warm):
        loop = "def sgd(w, dw, config=None):\n    while True:\n        try:\n            pass\n"
        loop += "        except:\n            pass\n"
        shown = give(warm, "sgd", loop)
        assert shown["verdict"] == "wrong"
        assert "still running when its time was over" in shown["text"]
        self.edit(warm, "rel_error", loop + "while True: pass\n")
        self.button(warm, "Check rel_error").click()
        warm.get_by_text("checking", exact=True).wait_for()
        self.button(warm, "Stop rel_error").click()
        assert wait(warm, "rel_error")["told"].startswith("stopped")
        assert give(warm, "rel_error", right("rel_error"))["told"].startswith("right")
        state = warm.locator("#rel-error .live-state")
        assert "is-right" in state.get_attribute("class")
        shown = give(warm, "rel_error", "def rel_error(x, y):\n    return x +\n")
        assert shown["state"] == "right", "it was"
        assert state.text_content().startswith("does not run")
        assert "is-right" not in state.get_attribute("class")
        warm.evaluate("nndlPractice.page.take(nndlPractice.page.exercises[0], 'while True: pass')")
        self.button(warm, "Check rel_error").click()
        self.button(warm, "Stop rel_error").click()
        assert state.text_content().startswith("stopped"), "and not: changed since the check"
        assert give(warm, "sgd", right("sgd"))["told"].startswith("right")

    def test_what_would_end_python_does_not_end_the_page(self, warm):
        endless = "def sgd(w, dw, config=None):\n    return sgd(w, dw, config)\n"
        assert "RecursionError" in give(warm, "sgd", endless)["text"]
        large = "def sgd(w, dw, config=None):\n    return np.zeros(10**9)\n"  # of 32 bits
        assert re.search("(Memory|Value)Error", give(warm, "sgd", large)["text"])
        leaves = "import sys\ndef sgd(w, dw, config=None):\n    sys.exit()\n"
        assert "SystemExit" in give(warm, "sgd", leaves)["text"]
        assert give(warm, "sgd", right("sgd"))["told"].startswith("right")

    def test_a_backward_pass_may_have_the_cache_of_the_readers_forward_pass(self, warm):
        assert give(warm, "relu_backward", BOTH)["verdict"] == "wrong"
        forward = "def relu_forward(x):\n    return np.maximum(x, 0), (x,)\n"
        assert give(warm, "relu_forward", forward)["verdict"] == "right"
        assert give(warm, "relu_backward", BOTH)["verdict"] == "right"

    def test_the_editor_is_left_by_key(self, page):
        editor = self.edit(page, "sgd", "def sgd():\n")
        editor.press("Tab")
        assert editor.evaluate("e => e === document.activeElement")
        editor.press("Escape")
        editor.press("Tab")
        assert not editor.evaluate("e => e === document.activeElement")

    def test_the_overview_counts_exports_imports_and_forgets(self, page, context, base, tmp_path):
        keep = "([name, entry]) => nndlPractice.store.write(name, entry)"
        page.evaluate(keep, ["sgd", {"code": right("sgd"), "right": True}])
        page.evaluate(keep, ["adam", {"code": "x = 1", "right": False}])
        overview = opened(context, base, "practice")
        total, status = overview.locator(".practice-total"), overview.locator("[role=status]")
        assert total.text_content() == f"1 of {len(stubs())} right, 1 begun"
        states = overview.locator(".practice-state").all_text_contents()
        assert states.count("not begun") == len(stubs()) - 2
        assert [states[list(stubs()).index(name)] for name in ("sgd", "adam")] == ["right", "begun"]
        parts = overview.locator(".practice-count").all_text_contents()
        assert [text.partition(" of")[0] for text in parts] == ["1", *"0" * (len(PARTS) - 1)]
        with overview.expect_download() as download:
            self.button(overview, "Export work as a file").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert set(json.loads(file.read_text())["exercises"]) == {"sgd", "adam"}
        forget = self.button(overview, "Forget all work")
        forget.click()
        self.button(overview, "Keep it").click()
        assert total.text_content().startswith("1 of")
        forget.click()
        self.button(overview, "Forget all").click()
        assert total.text_content() == f"0 of {len(stubs())} right"
        assert page.evaluate("localStorage.length") == 0
        choose = overview.locator("input[type=file]")
        choose.set_input_files(file)
        assert status.text_content() == "2 functions imported."
        shown = "document.querySelector('#sgd .live-state').textContent === 'right'"
        page.wait_for_function(shown)  # in the other tab, too
        assert total.text_content() == f"1 of {len(stubs())} right, 1 begun"
        page.evaluate(keep, ["adam", {"code": "x = 2", "right": False}])
        choose.set_input_files(file)
        self.button(overview, "Replace mine").click()
        assert "x = 1" in page.evaluate("localStorage.getItem('nndl practice adam')")
        choose.set_input_files({"name": "a.json", "mimeType": "", "buffer": b"{}"})
        overview.get_by_text("This is no file of practice work.").wait_for()

    def test_nothing_is_out_of_reach(self, warm, base):
        from axe_playwright_python.base import AXE_SCRIPT

        self.edit(warm, "sgd", right("sgd"))
        self.button(warm, "Check sgd").click()
        wait(warm, "sgd")
        [(_, code)] = wrong("leaky_relu_backward", most=1)
        give(warm, "leaky_relu_backward", code)
        for level in (1, 2, 3):
            self.button(warm, f"Hint {level} of 3 for leaky_relu_backward").click()
        self.button(warm, "Reset sgd").click()
        warm.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        overview = opened(warm.context, base, "practice")
        self.button(overview, "Forget all work").click()
        for one in (warm, overview):
            one.evaluate(AXE_SCRIPT)
            for width in (1280, 390, 320):
                one.set_viewport_size({"width": width, "height": 800})
                assert one.evaluate("document.documentElement.scrollWidth") <= width
                buttons = one.locator(".live-bar button:visible").all()
                boxes = [button.bounding_box() for button in buttons]
                assert min(min(box["width"], box["height"]) for box in boxes) >= 24
            for theme in ("light", "dark"):
                one.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
                rules = {"rules": NAMES} if theme == "light" else COLORS
                assert [found[:2] for found in one.evaluate(AXE, [OURS, rules])] == []
        warm.emulate_media(media="print")
        assert warm.locator(".practice-exercise pre").first.is_visible()
        assert warm.locator(".live-bar:visible").count() == 0
