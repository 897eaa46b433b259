"""Run the files of a submission as far as they define something.

A module runs whole. Of a notebook run the imports, the functions, the classes and assignments,
each by itself: its trainings and figures are not needed. What raises is told, and the rest goes on,
in a module, too, as if it were a notebook's.
"""

import ast
import importlib.machinery
import importlib.util
import linecache
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from nndl.practice.grading.notebooks import NoNotebook, plain, sources
from nndl.practice.limits import TooLong, limited

TELLING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
DEFINES = (*TELLING, ast.Assign, ast.AnnAssign)
SPACE = dict[str, Any]
PACKAGE = "nndl"  # a copy of it, which is no work of a student


def files(folder: Path) -> Iterator[Path]:
    """Modules and notebooks of a submission, in their order."""
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        above = path.relative_to(folder).parts[:-1]
        aside = any(part.startswith((".", "__")) or part == PACKAGE for part in above)
        if path.suffix.lower() in (".py", ".ipynb") and path.is_file() and not aside:
            yield path


def loaded(folder: Path, seconds: float) -> tuple[list[SPACE], list[str]]:
    """What each file defines, and what went wrong.

    Parameters
    ----------
    folder : Path
        Of the copy; at the end of ``sys.path``, and so is each folder in it that has modules or
        notebooks, so that these import each other.
    seconds : float
        For a module, and for a statement of a notebook.
    """
    sys.path += dict.fromkeys([str(folder), *(str(path.parent) for path in files(folder))])
    spaces, problems = [], []
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        load = _notebook if path.suffix.lower() == ".ipynb" else _module
        try:
            spaces.append(load(path, name, seconds, problems.append))
        except KeyboardInterrupt:
            problems.append(f"{name}: KeyboardInterrupt")
        except BaseException as error:  # SystemExit and TooLong, too
            problems.append(f"{name}: {told(error)}")
    if not spaces and not problems:
        problems.append("no file that ends in .py or .ipynb")
    return spaces, problems


def told(error: BaseException) -> str:
    """An exception in a line."""
    if isinstance(error, TooLong):
        return "it was still running when its time was over"
    if isinstance(error, NoNotebook):
        return str(error)[:300]
    if isinstance(error, SyntaxError) and "null bytes" in str(error):
        return "it is UTF-16, or no text: Python reads UTF-8"
    try:
        return f"{type(error).__name__}: {error}"[:300].replace("\n", " ")
    except BaseException:  # its own text raises
        return type(error).__name__


def _module(path: Path, name: str, seconds: float, tell: Callable[[str], None]) -> SPACE:
    dotted = name[: -len(".py")].removesuffix("/__init__").replace("/", ".")
    known = sys.modules.get(dotted)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return vars(known)  # another one imported it
    dotted = dotted if known is None else f"submission.{dotted}"
    loader = importlib.machinery.SourceFileLoader(dotted, str(path))  # the suffix may be .PY
    spec = importlib.util.spec_from_file_location(dotted, path, loader=loader)
    if spec is None or spec.loader is None:
        raise ImportError("cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[dotted] = module
    try:
        with limited(seconds):
            spec.loader.exec_module(module)
    except BaseException as error:
        tell(f"{name}: {told(error)}")
        _rest(error, path, module, seconds, tell)
    return vars(module)


def _notebook(path: Path, name: str, seconds: float, tell: Callable[[str], None]) -> SPACE:
    module = types.ModuleType(f"notebook_{path.stem}")
    module.__file__ = str(path)
    vars(module)["display"] = lambda *_, **__: None  # Jupyter has it without an import
    sys.modules[module.__name__] = module
    for number, cell in enumerate(sources(path), 1):
        where, source = f"{name}, code cell {number}", plain(cell)
        # With its lines, exceptions can be told; without a time nobody looks for a file.
        linecache.cache[where] = (len(source), None, source.splitlines(True), where)
        try:
            tree = ast.parse(source, where)
        except (SyntaxError, ValueError) as error:
            tell(f"{where}: {told(error)}")
            continue
        _definitions(tree.body, module, where, seconds, tell)
    return vars(module)


def _rest(
    error: BaseException, path: Path, module: types.ModuleType, seconds: float,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    """Of a module that raised, what it defines below that line."""
    walked = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in walked if frame.f_code.co_filename == str(path)]
    with suppress(SyntaxError, ValueError):
        tree = ast.parse(path.read_bytes(), str(path))
        below = [one for one in tree.body if lines and one.lineno > lines[0]]
        _definitions(below, module, str(path), seconds, tell)


def _definitions(
    body: list[ast.stmt], module: types.ModuleType, where: str, seconds: float,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    for statement in body:
        if defines(statement):
            _run(statement, module, where, seconds, tell)


def defines(statement: ast.stmt, kinds: tuple[type[ast.stmt], ...] = DEFINES) -> bool:
    """Whether it is one of these, or a block that has one of them, and no loop, in it."""
    if isinstance(statement, kinds):
        return True
    if not isinstance(statement, ast.If | ast.Try | ast.With):
        return False
    handlers = [one for handler in getattr(statement, "handlers", []) for one in handler.body]
    inside = [*statement.body, *getattr(statement, "orelse", []), *handlers]
    loops = any(
        isinstance(part, ast.For | ast.While)
        for one in inside
        if not isinstance(one, ast.FunctionDef | ast.ClassDef)
        for part in ast.walk(one)
    )
    return not loops and any(defines(one, kinds) for one in inside)


def _run(
    statement: ast.stmt, module: types.ModuleType, where: str, seconds: float,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    code = compile(ast.Module([statement], []), where, "exec")
    try:
        with limited(seconds):
            exec(code, vars(module))
    except BaseException as error:
        if defines(statement, TELLING):  # an assignment may be of a cell that was not run
            tell(f"{Path(where).name}: {told(error)}")
