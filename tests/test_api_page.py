"""Every public function, of a chapter, a twin or the rest, has its entry in ``book/api.md``."""

import re
from importlib import import_module
from types import FunctionType

import pytest

import nndl
from book._tools.offered import defined
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text


def members(module, options):
    """The names that ``automodule`` shows of a module, with these options below it."""
    listed = options["members"].replace(",", " ").split()
    if not listed:
        own = [
            n
            for n, v in vars(module).items()
            if n[0] != "_" and getattr(v, "__module__", "") == module.__name__
        ]
        offered = None if "ignore-module-all" in options else getattr(module, "__all__", None)
        listed = own if offered is None else offered
    return set(listed) - set(options.get("exclude-members", "").replace(",", " ").split())


def documented(page):
    """What the API page documents, as ``{(module, name)}`` of where each is defined."""
    for name, block in re.findall(r"(?m)^\.\. automodule:: (\S+)\n((?: +:.*\n)*)", page):
        module = import_module(name)
        options = dict(re.findall(r"(?m)^ +:([\w-]+): *(.*)$", block))
        for member in members(module, options):
            found = getattr(module, member)
            if found.__doc__:  # without one, autodoc leaves it out
                yield getattr(found, "__module__", name), member


# Modules that are public as a whole, since their names alone would mean something else.
WHOLE = {
    "moves": "add, exp, log and the like, of which NumPy has others",
    "many_machines": "what several machines do together, and no layer",
    "seeing": "what is asked of a trained network, and no layer",
}


def undocumented(page):
    """Public functions and classes that the page lacks, each with what to do."""
    shown = set(documented(page))
    whole = {home: import_module(f"nndl.{home}").__all__ for home in WHOLE}
    for home, names in (nndl._HOMES | whole).items():
        for name in names:
            found = getattr(import_module(f"nndl.{home}"), name)
            place = found.__module__ if isinstance(found, FunctionType | type) else f"nndl.{home}"
            if (place, name) not in shown:
                yield (
                    f"{name} of nndl.{home} is not in book/api.md: add it to the `:members:` of "
                    f"its module there, or a section `.. automodule:: nndl.{home}`"
                )


def unlisted(paths, homes):
    """Functions and classes that chapters write and ``nndl`` does not offer, with what to do."""
    for path in paths:
        for cell in code_cells(read_text(path)):
            tags, home = cell.metadata.get("tags", []), cell.metadata.get("module")
            for name in defined(cell.source) if "tangle" in tags and "inner" not in tags else []:
                whole = home in WHOLE and home in dir(nndl)
                offered = import_module(f"nndl.{home}").__all__ if whole else homes.get(home, ())
                if name not in offered:
                    todo = f"add it to {home!r} in nndl/internal/homes.py"
                    yield f"{name} of {path.name} is not public: {todo}"


def test_every_function_that_a_chapter_writes_is_public():
    problems = list(unlisted(chapter_paths(), nndl._HOMES))
    assert problems == [], "; ".join(problems)


def test_a_function_that_is_not_public_is_named():
    (path,) = (path for path in chapter_paths() if path.stem == "gradients")
    homes = {**nndl._HOMES, "gradient_check": ("check",)}
    assert any(line.startswith("rel_error of gradients.md") for line in unlisted([path], homes))


def api_page():
    return (ROOT / "book" / "api.md").read_text(encoding="utf-8")


def test_every_public_function_has_an_entry_in_the_api():
    problems = list(undocumented(api_page()))
    assert problems == [], "; ".join(problems)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (
            ".. automodule:: nndl.fast.conv\n   :members:\n",
            "",
            "conv_forward_fast of nndl.fast.conv",
        ),
        (":members: warm_up", ":members:\n   :exclude-members: warm_up", "warm_up"),
        (
            "batchnorm_forward_fast, batchnorm_backward_fast",
            "batchnorm_forward_fast",
            "batchnorm_b",
        ),
    ],
)
def test_a_function_without_an_entry_is_named(old, new, name):
    assert old in api_page()
    assert [p for p in undocumented(api_page().replace(old, new)) if p.startswith(name)]
