"""The page for students of the course names what exists, where it says, and what holds."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from book._tools import offered

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "book" / "course.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## Where each name is")[2]
ROWS = [line.strip("| \n").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][1:]
PLACES = [
    (module, name)
    for _, places, names in ROWS
    for module in re.findall(r"`([\w.]+)`", places)
    for name in re.findall(r"`(\w+)`", names)
    if name != "train"
]


@pytest.mark.parametrize(("module", "name"), PLACES)
def test_each_name_is_where_the_page_says(module, name):
    assert callable(getattr(import_module(module), name))


def test_every_module_that_notebooks_import_is_on_the_page_with_its_names():
    listed = {}
    for module, name in PLACES:
        listed.setdefault(module.removeprefix("nndl."), set()).add(name)
    assert set(offered.SHARED) <= set(listed)
    for name in ("fast_layers", "layer_tests"):
        assert listed[name] | {"rel_error"} >= set(import_module(f"nndl.{name}").__all__)
    # What a chapter's module has of its own, and the courses have, too.
    without = {
        f"{layer}_{way}" for layer in ("leaky_relu", "avg_pool") for way in ("forward", "backward")
    }
    for module in ("layers", "conv_layers", "conv_layer_utils", "optim"):
        source = (ROOT / "nndl" / f"{module}.py").read_text(encoding="utf-8")
        own = {
            name for name in offered.defined(source) if name.removesuffix("_naive") not in without
        }
        assert own <= listed[module], module


def test_a_star_stands_where_a_star_import_brings_the_names():
    for course, places, names in ROWS:
        if course.startswith("★"):
            (module, *_) = re.findall(r"`([\w.]+)`", places)
            public = set(import_module(module).__all__)
            assert set(re.findall(r"`(\w+)`", names)) - {"train"} <= public


def test_what_is_left_out_is_really_not_there():
    (sentence,) = re.findall(r"No notebook uses (.*) so they are left out", TABLE)
    for name in re.findall(r"`(\w+)`", sentence):
        for module in ("gradient_check", "data_utils", "fast_layers", "im2col"):
            assert not hasattr(import_module(f"nndl.{module}"), name)
    with pytest.raises(ImportError):
        import_module("nndl.features")


def test_the_page_is_in_the_book_and_others_lead_to_it():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert "course" in files
    assert "{doc}`course`" in (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
    assert "](book/course.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
