"""Run the files of a submission as far as they define something.

A module runs whole. Of a notebook run the imports, the functions, the classes and assignments,
each by itself: its trainings and figures are not needed. What raises is told, and the rest goes on.
"""

import ast
import importlib.util
import json
import re
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nndl.practice.limits import TooLong, limited

DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
SPACE = dict[str, Any]
MAGIC = re.compile(r"^(\s*)[%!?].*")


def files(folder: Path) -> Iterator[Path]:
    """Modules and notebooks of a submission, in their order."""
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts[:-1])
        if path.suffix in (".py", ".ipynb") and path.is_file() and not hidden:
            yield path


def loaded(folder: Path, seconds: float) -> tuple[list[SPACE], list[str]]:
    """What each file defines, and what went wrong.

    Parameters
    ----------
    folder : Path
        Of the copy; at its end of ``sys.path``, so that its modules import each other.
    seconds : float
        For a module, and for a statement of a notebook.
    """
    sys.path.append(str(folder))
    spaces, problems = [], []
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        load = _notebook if path.suffix == ".ipynb" else _module
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
    try:
        return f"{type(error).__name__}: {error}"[:300].replace("\n", " ")
    except BaseException:  # its own text raises
        return type(error).__name__


def _module(path: Path, name: str, seconds: float, tell: Callable[[str], None]) -> SPACE:
    dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    known = sys.modules.get(dotted)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return vars(known)  # another one imported it
    dotted = dotted if known is None else f"submission.{dotted}"
    spec = importlib.util.spec_from_file_location(dotted, path)
    if spec is None or spec.loader is None:
        raise ImportError("cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[dotted] = module
    try:
        with limited(seconds):
            spec.loader.exec_module(module)
    except BaseException as error:
        tell(f"{name}: {told(error)}")  # what it defined before counts
    return vars(module)


def _notebook(path: Path, name: str, seconds: float, tell: Callable[[str], None]) -> SPACE:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    module = types.ModuleType(f"notebook_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    codes = [c for c in cells if c["cell_type"] == "code"]
    for number, cell in enumerate(codes, 1):
        where = f"{name}, code cell {number}"
        try:
            tree = ast.parse(plain("".join(cell["source"])), where)
        except (SyntaxError, ValueError) as error:
            tell(f"{where}: {told(error)}")
            continue
        for statement in tree.body:
            if isinstance(statement, DEFINES):
                _run(statement, module, where, seconds, tell)
    return vars(module)


def _run(
    statement: ast.stmt, module: types.ModuleType, where: str, seconds: float,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    code = compile(ast.Module([statement], []), where, "exec")
    try:
        with limited(seconds):
            exec(code, vars(module))
    except BaseException as error:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):  # of a cell that was not run
            tell(f"{where}: {told(error)}")


def plain(source: str) -> str:
    """A cell without the lines that are Jupyter's own."""
    lines = source.split("\n")
    if lines[0].startswith("%%"):
        return ""
    try:
        ast.parse(source)  # where a line that begins with % goes on with the one above it
    except (SyntaxError, ValueError):
        return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)
    return source
