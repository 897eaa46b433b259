"""One topic, one name: the table of topics, names at the top of modules, and how tests import."""

import ast
import re
from collections import defaultdict
from types import ModuleType

import pytest

import nndl
from book._tools import topics
from book._tools.tangle import ROOT, chapter_paths

FOUND = topics.topics()


def test_the_table_in_contributing_is_what_the_files_say():
    shown = (ROOT / topics.PAGE).read_text(encoding="utf-8")
    assert shown == topics.page(), topics.MEND


def test_every_chapter_has_a_topic_and_every_topic_a_module():
    chapters = [chapter for topic in FOUND for chapter in topic.chapters]
    assert [f"{chapter}.md" for chapter in chapters] == [
        path.relative_to(ROOT / "book").as_posix() for path in chapter_paths()
    ]
    assert [topic.name for topic in FOUND if not topic.modules or not topic.tests] == []


def test_the_table_names_what_exists():
    files = [f for t in FOUND for c in (t.modules, t.twins, t.checks, t.tests) for f in c]
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize(("folder", "column"), [("nndl/fast", "twins"), ("tests/layers", "tests")])
def test_no_twin_and_no_layer_of_the_tests_is_without_a_topic(folder, column):
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).glob("[!_]*.py")}
    named = {file for topic in FOUND for file in getattr(topic, column)}
    left = there - named - {"tests/layers/accuracy.py"}  # of several layers: how far float32 is off
    assert left == set(), "name them as their chapter, or give them a line `Chapter: part/name.`"


def test_a_test_that_names_an_unknown_chapter_is_refused(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "nndl" / "fast").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "_toc.yml").write_text("{root: intro, chapters: []}", encoding="utf-8")
    file = tmp_path / "tests" / "test_a.py"
    file.write_text('"""A.\n\nChapters: part/one, part/two.\n"""\n', encoding="utf-8")
    assert topics.marked_tests(tmp_path)["part/two"] == ["tests/test_a.py"]
    with pytest.raises(ValueError, match=r"\['part/one', 'part/two'\]"):
        topics.topics(tmp_path)


@pytest.mark.parametrize("after", ["", "\n## Next\n\nmore\n"])
def test_the_section_is_replaced_where_it_stands(tmp_path, monkeypatch, after):
    monkeypatch.setattr(topics, "section", lambda root: f"{topics.HEADING}\n\nnew\n")
    before = "# A page\n\ntext\n"
    for old in ("", f"\n{topics.HEADING}\n\nold\n"):
        if after and not old:
            continue
        (tmp_path / topics.PAGE).write_text(before + old + after, encoding="utf-8")
        assert topics.page(tmp_path) == f"{before}\n{topics.HEADING}\n\nnew\n{after}"


def names(tree):
    """What a module defines at its top for others: no imports, nothing private."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        found = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        found += [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        yield from (name for name in found if not name.startswith("_"))


def test_a_name_at_the_top_of_a_module_means_one_thing():
    """Of ``nndl`` without ``fast``, ``checks`` and ``practice``, where each layer has a module of
    the same form: the layer is part of what a name says.
    """
    homes = defaultdict(set)
    for path in (ROOT / "nndl").rglob("*.py"):
        folder = path.relative_to(ROOT / "nndl").parts[0]
        if folder not in ("fast", "checks", "practice"):
            for name in names(ast.parse(path.read_text(encoding="utf-8"))):
                homes[name].add(path.relative_to(ROOT).as_posix())
    contract = {"TwoLayerNet"}  # the courses have two of this name, in modules that they import
    twice = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in contract} == {}


def test_tests_import_by_whole_names():
    """A folder on ``sys.path`` gives bare names, which collide with those of other packages."""
    for path in (ROOT / "tests").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        changed = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
        assert "sys.path" not in changed, path.name
        local = {p.stem for p in (ROOT / "tests").rglob("*.py")} | {"support", "layers"}
        local |= {p.stem for p in (ROOT / "book").rglob("*.py")} - {"citations"}
        imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert imported & (local - {"__init__"}) == set(), path.name


def place_of(module):
    """The number of the first topic that has a module of ``nndl``; None for one without a topic."""
    file = module.replace(".", "/")
    for number, topic in enumerate(FOUND):
        homes = [home.removesuffix(".py") for home in (*topic.modules, *topic.twins)]
        if any(file == home or file.startswith(f"{home}/") for home in homes):
            return number
    return None


def test_the_api_page_is_in_the_order_of_the_book():
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    modules = re.findall(r"(?m)^\.\. automodule:: (\S+)", page)
    found = [(place_of(module), module) for module in modules]
    found = [pair for pair in found if pair[0] is not None]
    assert len(found) > len(FOUND)
    numbers = [number for number, _ in found]
    assert numbers == sorted(numbers), "move the section of the first that comes too late or early"


def test_every_public_module_is_on_the_api_page():
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    for package in (nndl, nndl.fast):
        modules = [n for n in package.__all__ if isinstance(getattr(package, n), ModuleType)]
        left = [n for n in modules if not re.search(rf"{package.__name__}\.{n}\b", page)]
        assert left == [], "each needs a section, or a sentence, in book/api.md"


def test_links_say_a_file_without_what_its_column_says():
    files = ["book/speed/numba.md", "nndl/fast/relu.py", "nndl/checks/conv.py", "nndl/fast/kernels"]
    shown = ["speed/numba", "relu", "conv", "kernels"]
    assert [topics.shown(file) for file in files] == shown
