"""Practice pages: stubs that stand alone, no solution anywhere, and a check that a page can show.

What the browser does with them is in test_site_practice.py.
"""

import ast
import json
import re
import sys
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from book._ext.nndl_book import practice_links, practice_pages
from book._live import practising
from book._workbook.plan import tasks
from book._workbook.stubs import imported, stubs
from nndl import practice
from nndl.practice import limits
from tests.support.practice_pages import PARTS, answer, right, wrong
from tests.support.workbook import BY_HAND, bare_text, telling_lines

STUBS = stubs()


def test_every_exercise_has_its_place():
    assert set(STUBS) == set(practice.names()) - BY_HAND
    there = [stub for part in PARTS for stub in practice_pages.of_part(part)]
    assert there == list(STUBS.values()), "in the order of the book"
    anchors = [practice_pages.anchor(stub) for stub in there]
    assert len(set(anchors)) == len(anchors)
    assert [name.replace("-", "_") for name in anchors] == list(STUBS), "as the overview reads them"


@pytest.mark.parametrize("name", STUBS)
def test_a_stub_stands_alone_and_says_that_it_is_not_written(name):
    stub = STUBS[name]
    seen = answer(name, stub.source)
    assert (seen["ok"], seen["verdict"]) == (False, "unfinished")
    assert "gives a start" not in seen["html"], "of a hint in a notebook"
    for taken in stub.blanks:
        assert f'raise NotImplementedError("{taken.message}")' in stub.source
    assert re.fullmatch(r"[^\n]+\.", stub.summary)
    assert "equation" not in stub.summary


@pytest.mark.parametrize("name", STUBS)
def test_the_books_own_body_is_right(name):
    seen = answer(name, right(name))
    assert (seen["ok"], seen["verdict"]) == (True, "right"), seen["html"]


@pytest.mark.parametrize("name", STUBS)
def test_three_wrong_answers_are_wrong_and_shown(name):
    answers = wrong(name)
    assert len(answers) == 3
    for what, code in answers:
        html = answer(name, code)["html"]
        assert "practice.hint" not in html, what
        page = BeautifulSoup(html, "html.parser")
        assert len(page.select("pre.arrays")) == html.count("The smallest case")
        assert len(page.select("details > table")) == html.count("<table>")
        assert page.strong.text.startswith(name)
        for link in page.select("a"):
            assert re.fullmatch(r"\w+/\w+\.html#[\w-]+", link["href"])


def test_no_line_of_a_solution_is_in_a_page():
    told = [json.dumps(practice_pages.about(part, own=True)) for part in PARTS]
    for task in tasks().values():
        mine = [stub for stub in STUBS.values() if stub.task is task]
        text, lines = bare_text("\n".join([*told, *(s.source for s in mine)])), telling_lines(task)
        assert not [line for line in lines if line in text], task.name
        whole = bare_text("\n".join(stub.code(False) for stub in mine))
        assert not mine or any(line in whole for line in lines), "and it would be found"


def test_imports_are_those_that_are_needed_and_short():
    for stub in STUBS.values():
        head = stub.source.partition("\n\n\n")[0]
        assert "import numpy as np" in head.split("\n")
        found = [a.name for node in ast.walk(ast.parse(head)) for a in getattr(node, "names", [])]
        names = set(found)
        assert len(names) == len(found), stub.title
        own = {taken.checked for taken in stub.blanks}
        assert not names & own, "nothing that is to write is imported"
    assert imported("nndl.a", ["b", "c"]) == "from nndl.a import b, c"
    long = imported("nndl.a", [f"name_number_{k}" for k in range(12)])
    assert max(map(len, long.splitlines())) < 100
    assert len(ast.parse(long).body[0].names) == 12


BACKWARD = """
def relu_backward(dout, cache):
    (x,) = cache
    return dout * (x > 0)
"""
FORWARD = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(x, 0), (x,)\n"


def asked(name, code, forward=None):
    told = json.loads(
        practising.check(json.dumps({"name": name, "code": code, "forward": forward}))
    )
    told["text"] = BeautifulSoup(told["html"], "html.parser").text
    return told


def test_a_backward_pass_for_the_readers_own_cache():
    assert not asked("relu_backward", BACKWARD)["ok"]
    told = asked("relu_backward", BACKWARD, FORWARD)
    assert told["ok"]
    assert "your forward pass" in told["text"]
    assert asked("relu_backward", FORWARD + BACKWARD)["ok"], "in one place, too"
    books = BACKWARD.replace("(x,)", "x")
    assert "your forward" not in asked("relu_backward", books, FORWARD)["text"]
    assert not asked("relu_backward", BACKWARD, "1 / 0")["ok"], "and its error is said elsewhere"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = (", "SyntaxError: '(' was never closed"),
        ("1 / 0", "your code, line 1"),
        ("raise SystemExit", "SystemExit"),
        ("x = 1", "your code defines no relu_backward."),
        ("from nndl.layers import relu_backward", "this relu_backward is the book's own."),
    ],
)
def test_code_without_the_function_says_so(code, said):
    told = asked("relu_backward", code)
    assert (told["ok"], told["verdict"], told["hints"]) == (False, "broken", None)
    assert said in told["text"]


def test_an_endless_loop_ends(monkeypatch):
    monkeypatch.setattr(limits.limited.__wrapped__, "__defaults__", (0.2,))
    assert "still running" in asked("relu_backward", "while True: pass")["text"]


def test_what_code_prints_is_shown_and_is_text():
    told = asked("relu_backward", "print('<b>' * 3)\n" + BACKWARD)
    assert "Your code printed<b><b><b>" in told["text"].replace("\n", "")


def test_hints_have_three_levels_and_no_address():
    for stub in STUBS.values():
        found = practice_pages.hints(stub)
        assert len(set(found)) == 3
        assert not any("book/" in text for text in found)
    told = asked("relu_backward", "def relu_backward(dout, cache):\n    return dout * (cache >= 0)")
    for level, text in enumerate(told["hints"], start=1):
        assert text in practice.hint("relu_backward", level)


def test_a_chapter_leads_to_its_functions_from_its_exercises():
    def added(docname, pages, builder="html"):
        env = SimpleNamespace(found_docs=pages)
        app = SimpleNamespace(env=env, builder=SimpleNamespace(name=builder))
        doctree = nodes.section(ids=["exercises"])
        doctree += nodes.title("", "Exercises")
        practice_links.offer(app, nodes.section("", doctree), docname)
        return [link["practice"] for link in doctree.findall(nodes.reference)]

    there = {"practice_convolution"}
    assert added("convolution/max_pool", there) == ["max_pool_forward", "max_pool_backward"]
    assert added("convolution/max_pool", set()) == []
    assert added("convolution/max_pool", there, "latex") == []
    assert added("networks/training", there) == []


def test_an_error_has_no_other_as_its_context_where_memory_has_no_limit(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)  # as in a browser: no such module
    text = answer("sgd", "def sgd(w, dw, config=None):\n    return w +\n")["html"]
    assert "your code, line 2" in text
    assert "resource" not in text
    assert "During handling" not in text
