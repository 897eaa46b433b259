"""Types: the package written by hand has them, and says so; the code of chapters has none."""

import ast
from importlib import import_module
from itertools import chain

import pytest

import nndl
from book._tools import stubs
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text

# The modules that a reader's own program uses, and what is behind them.
TYPED = [
    *(ROOT / "nndl" / f"{name}.py" for name in ("solver", "schedules", "mistakes", "layer_tests")),
    ROOT / "nndl" / "neural_net.py",
    *(
        path
        for folder in ("cluster", "data", "vis", "model", "training", "practice")
        for path in sorted((ROOT / "nndl" / folder).rglob("*.py"))
    ),
]


def public_functions(tree):
    """The functions and methods of a module that are for others, with the name of their class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{f.name}", f) for f in node.body if hasattr(f, "args"))


def untyped(tree):
    """What the public functions of a module lack: the names of arguments, or "return"."""
    for name, function in public_functions(tree):
        if name.rpartition(".")[2].startswith("_") and not name.endswith("__"):
            continue
        spec = function.args
        given = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
        given = [a for a in given if a is not None and a.arg not in ("self", "cls")]
        lacking = [a.arg for a in given if a.annotation is None]
        lacking += ["return"] if function.returns is None else []
        yield from (f"{name}: {argument} has no type" for argument in lacking)


def test_what_a_reader_calls_below_fast_has_types_too():
    """``nndl.fast`` offers a few functions of modules that are otherwise nobody's business."""
    for home, names in nndl.fast._HOMES.items():
        path = ROOT / "nndl" / "fast" / f"{home.replace('.', '/')}.py"
        lacking = [*untyped(ast.parse(path.read_text(encoding="utf-8")))]
        assert [line for line in lacking if line.split(":")[0] in names] == []


@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_public_functions_say_the_types_of_their_arguments(path):
    assert list(untyped(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_a_missing_type_is_seen():
    source = "class A:\n    def f(self, x, *y: int) -> None: ...\ndef g(): ...\ndef _h(x): ..."
    assert [*untyped(ast.parse(source))] == ["A.f: x has no type", "g: return has no type"]


@pytest.mark.parametrize("package", stubs.PACKAGES, ids=lambda package: package.__name__)
def test_type_checkers_see_what_a_package_finds(package):
    """The package's own answer could be anything: ``from nndl import Solver`` had no type."""
    written = stubs.path_of(package).read_text(encoding="utf-8")
    assert written == stubs.stub(package), stubs.MEND
    seen = {}
    for node in ast.parse(written).body:
        if isinstance(node, ast.ImportFrom):
            seen |= {alias.name: node.module for alias in node.names}
    assert seen.keys() | {"__version__"} == {*package.__all__, "__version__"}
    for name, module in seen.items():
        if module == package.__name__:  # a module of it
            found = import_module(f"{module}.{name}")
        else:  # as a checker reads it: not by the package's own answer
            found = vars(import_module(module))[name]
        assert found is getattr(package, name), name


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_the_code_of_chapters_has_no_types(path):
    """There the shapes are in the text and the docstrings, where types could not say them."""
    cells = [c for c in code_cells(read_text(path)) if "tangle" in c.metadata.get("tags", [])]
    nodes = chain.from_iterable(ast.walk(ast.parse(cell.source)) for cell in cells)
    typed = [node for node in nodes if getattr(node, "annotation", getattr(node, "returns", None))]
    assert [ast.unparse(node) for node in typed] == []
