"""How the package is laid out: what a module is, offers and may do."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

import nndl

ROOT = Path(__file__).resolve().parent.parent
CHECKS = sorted((ROOT / "nndl" / "checks").glob("*.py"))
LONGEST = 150  # lines of code in a module that somebody writes by hand
FOLDERS = ("nndl", "book/_tools", "book/_ext", "book/_workbook", "book/_live", "benchmarks")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def named(path):
    return path.relative_to(ROOT).as_posix()


def is_tangled(path):
    """Whether a module is made of the chapters: as long as they are, and not edited."""
    return path.read_text(encoding="utf-8").startswith("# Written by `make chapters`.")


def docstrings(tree):
    """The nodes that are docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            yield node.body[0]


def offered(tree):
    """The assignment of ``__all__``, which has a line for each name and is no code to read."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            yield node


def lines_of_code(source):
    """How many lines are code: no blank line, no comment, no docstring, no list of names."""
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (*blank, tokenize.ENDMARKER):
            lines.update(range(token.start[0], token.end[0] + 1))
    tree = ast.parse(source)
    for node in (*docstrings(tree), *offered(tree)):
        lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_lines_of_code_are_counted():
    source = '"""Words.\n\nMore."""\n\nx = (\n    1,  # why\n)\n\n\n'
    source += 'def f():\n    # a comment\n    """W."""\n'
    assert lines_of_code(source) == 4
    assert lines_of_code(source + '    return """\n    text"""\n') == 6
    assert lines_of_code(source + '__all__ = [\n    "f",\n]\n') == 4


@pytest.mark.parametrize("path", [p for p in MODULES if not is_tangled(p)], ids=named)
def test_a_module_is_short(path):
    count = lines_of_code(path.read_text(encoding="utf-8"))
    assert count <= LONGEST, (
        f"{named(path)} has {count} lines of code without docstrings and comments, expected "
        f"{LONGEST} or less: it is probably two modules"
    )


# Public modules, and what they offer.


def public_modules():
    """The modules at the root of the package and in its public folders."""
    folders = [ROOT / "nndl", ROOT / "nndl" / "classifiers", ROOT / "nndl" / "fast"]
    return sorted(path for folder in folders for path in folder.glob("*.py"))


def list_in(path):
    """The ``__all__`` of a module, as it is written; None if it is computed or missing."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            try:
                return ast.literal_eval(node.value)
            except ValueError:
                return None
    return None


@pytest.mark.parametrize("path", public_modules(), ids=named)
def test_a_public_module_lists_what_it_offers(path):
    """In letters, so that a reader, an editor and a type checker see it without running it."""
    names, source = list_in(path), path.read_text(encoding="utf-8")
    if f"from nndl.{path.stem} import __all__" in source:  # the same names, elsewhere
        return
    assert names, f"{named(path)}: write an __all__, a list of names"
    assert names == sorted(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("package", [nndl, nndl.fast], ids=lambda package: package.__name__)
def test_a_package_lists_the_names_that_it_finds(package):
    found = {name for names in package._HOMES.values() for name in names}
    modules = {name for name in package.__all__ if name not in found and name != "__version__"}
    missing = sorted(found - set(package.__all__))
    assert not missing, f"add to the __all__ of {package.__name__}: {missing}"
    folder = Path(package.__file__).parent
    homeless = [m for m in modules if not ((folder / f"{m}.py").exists() or (folder / m).is_dir())]
    assert not homeless, f"neither a module nor in the table of homes: {homeless}"


def test_the_root_shows_the_api_and_the_folders_behind_it():
    """A module at the root is public; what is behind the public ones lies in a folder.

    ``nndl.cluster`` is public, but needs an extra: ``from nndl import *`` does without.
    """
    behind = {"checks", "cluster", "data", "internal", "model", "training", "vis"}
    found = {p.stem for p in (ROOT / "nndl").iterdir() if p.suffix == ".py" or p.is_dir()}
    found -= {"__init__", "__pycache__"}
    assert found - behind == {name for name in nndl.__all__ if (ROOT / "nndl" / name).is_dir()
                              or (ROOT / "nndl" / f"{name}.py").is_file()}  # fmt: skip


# Checks: a file for each module, which raises and does nothing else.


def homes_of(name):
    """The sources whose arguments the file ``name`` of nndl/checks is there for."""
    for base in (ROOT / "nndl", ROOT / "nndl" / "fast"):
        yield from [base / f"{name}.py"] if (base / f"{name}.py").is_file() else ()
        yield from (base / name).glob("*.py")


@pytest.mark.parametrize("path", CHECKS, ids=named)
def test_a_file_of_checks_has_the_name_of_the_module_that_calls_it(path):
    if path.stem in ("__init__", "arguments"):
        return
    homes = list(homes_of(path.stem))
    assert homes, f"{named(path)}: nndl has no module or folder of this name"
    calls = f"from nndl.checks.{path.stem} import"
    assert any(calls in home.read_text(encoding="utf-8") for home in homes), [*map(named, homes)]


def functions_in(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]


def own(function, kinds):
    """The nodes of some kinds in a function's body, those of the functions in it left out."""
    queue = list(ast.iter_child_nodes(function))
    while queue:
        node = queue.pop()
        if isinstance(node, kinds):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            queue.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", CHECKS, ids=named)
def test_a_check_raises_and_returns_nothing(path):
    """What only says yes or no, for the file's own use, is private and begins with "Whether"."""
    for function in functions_in(path):
        assert isinstance(function, ast.FunctionDef), f"{named(path)}: a lambda returns something"
        answers = [node for node in own(function, ast.Return) if node.value is not None]
        answers += own(function, ast.Yield | ast.YieldFrom)
        if function.name.startswith("_") and (ast.get_docstring(function) or "").startswith(
            "Whether"
        ):
            continue
        assert not answers, (
            f"{named(path)}: {function.name} returns a value. A check raises; what converts an "
            f"argument is in nndl/internal or in the module itself"
        )
        assert "check_" in function.name, f"{named(path)}: {function.name} is named otherwise"


def root_of(node):
    """The name of the variable of which a part is written to, ``a`` of ``a.b[0]``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return getattr(node, "id", None)


CHANGING = ("append", "extend", "fill", "pop", "resize", "setdefault", "setflags", "sort", "update")


@pytest.mark.parametrize("path", CHECKS, ids=named)
def test_a_check_changes_no_argument(path):
    for function in functions_in(path):
        given = {
            a.arg for a in [*function.args.args, function.args.vararg, function.args.kwarg] if a
        }
        for node in own(function, ast.Subscript | ast.Attribute):
            written = isinstance(node.ctx, ast.Store | ast.Del) and root_of(node) in given
            assert not written, f"{named(path)}: {function.name} writes to {ast.unparse(node)}"
        for node in own(function, ast.Call):
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                changes = node.func.value.id in given and node.func.attr in CHANGING
                assert not changes, f"{named(path)}: {function.name} calls {ast.unparse(node)}"


@pytest.mark.parametrize("path", CHECKS, ids=named)
def test_checks_use_tables_and_shapes_but_nothing_that_computes(path):
    """So a check can be called from anywhere, and converts nothing by the way."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("nndl"):
            tables = ("nndl.internal.geometry", "nndl.internal.update_rules")
            assert node.module.startswith("nndl.checks.") or node.module in tables, node.module


def test_the_site_gets_by_with_few_lines_of_script():
    """What a kept library or the page itself can do is not written here.

    Nor what the build can work out: what a letter of a formula means, and what lights where one
    points at an equation or a line of code. A page has all scripts in one file, so they share.
    """
    folders = ROOT / "book" / "_static", ROOT / "book" / "_ext" / "nndl_book"
    scripts = [file for folder in folders for file in folder.glob("*.js")]
    assert scripts
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in scripts) < 300


def test_a_script_of_cells_that_run_in_the_page_is_one_idea():
    for file in (ROOT / "book" / "_live").glob("*.js"):
        assert len(file.read_text(encoding="utf-8").splitlines()) < 300, file.name
