"""What a practice page asks for: each exercise of ``nndl.practice`` with code that stands alone.

A stub is what the workbook has in the function's place: signature, docstring, what checks the
arguments, and a blank. Above it are the imports that it and a solution need, for it runs by itself,
without the chapter's other cells.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from book._tools.tangle import ROOT, equations, numbered
from book._workbook.blanks import Blank, blank, functions
from book._workbook.plan import Task, tasks
from book._workbook.reader import UNUSED, used
from book._workbook.wording import practice_name
from nndl.practice.exercises import Exercise, exercises

EQUATIONS = re.compile(
    r"[,:] (?:the first two lines of )?equations? \(\d+\)(?:(?:,| and| to) \(\d+\))*"
    r"(?: without the pool)?"
)
NUMPY = "import numpy as np"
WIDE = 92  # characters of a line of imports


@dataclass(frozen=True)
class Stub:
    """One exercise, as a page has it."""

    exercise: Exercise
    task: Task  # of the chapter that derives it
    blanks: tuple[Blank, ...]  # the functions to write: most often one

    @property
    def part(self) -> str:
        """The folder of the chapter: ``convolution``."""
        return self.task.chapter.path.parent.name

    @property
    def docname(self) -> str:
        """The chapter's page: ``convolution/conv_backward``."""
        return f"{self.part}/{self.task.name}"

    @property
    def title(self) -> str:
        """The function or class that is checked, as the book calls it."""
        return self.exercise.function.rpartition(".")[2]

    @property
    def labels(self) -> list[str]:
        """The equations that the functions compute, by their labels, in order."""
        numbers = {number for one in self.blanks for number in one.equations}
        return [k for k, n in equations(self.task.chapter.text).items() if n in numbers]

    @property
    def source(self) -> str:
        """The code with its blanks."""
        return self.code(True)

    def code(self, blanked: bool) -> str:
        """The code, with blanks or whole."""
        whole = self.pieces(False)
        pieces = self.pieces(True) if blanked else whole
        names = {one.checked for one in self.blanks}
        module = self.exercise.function.rpartition(".")[0]
        here, needed = used(pieces), used(whole)
        head = imports(module, needed - names, here if blanked else needed)
        return "\n\n\n".join([head, *pieces])

    def pieces(self, blanked: bool) -> list[str]:
        """The functions and classes, in their order."""
        found, names = [], {one.checked for one in self.blanks}
        chapter = self.task.chapter
        for cell in chapter.cells:
            if cell.id not in self.task.blanks:
                continue
            source = numbered(cell.source, equations(chapter.text), chapter.name)
            for one in self.task.blanks[cell.id] if blanked else ():
                source = blank(source, one.name, one.equations)[0]
            nodes = [n for n in ast.parse(source).body if getattr(n, "name", "") in names]
            found += [segment(source, node) for node in nodes]
        return found

    @property
    def summary(self) -> str:
        """The first line of the docstring of what is checked, without its equations."""
        tree = ast.parse(self.pieces(True)[-1]).body[0]
        return EQUATIONS.sub("", (ast.get_docstring(tree) or "").partition("\n")[0])


def segment(source: str, node) -> str:
    """The lines of a function or class, with its decorators."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return "\n".join(source.split("\n")[first - 1 : node.end_lineno])


@cache
def module_tree(module: str) -> list:
    """The statements of a module of ``nndl``."""
    path = Path(ROOT, "nndl", *module.split(".")).with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8")).body


def imports(module: str, needed: set[str], here: set[str]) -> str:
    """The lines that import names as the module has them.

    Helpers that only check or convert come where the blanks use them (``here``), not for a body.
    """
    plain, names = [NUMPY], {}  # a reader may want it where the book does not
    for node in module_tree(module):
        if isinstance(node, ast.Import):
            lines = (ast.unparse(ast.Import([a])) for a in node.names if bound(a) in needed)
            plain += [line for line in lines if line != NUMPY]
        elif isinstance(node, ast.ImportFrom):
            only = here if node.module.startswith(UNUSED) else needed
            found = {ast.unparse(alias) for alias in node.names if bound(alias) in needed & only}
            names.setdefault(node.module, set()).update(found)
        else:
            names.setdefault(f"nndl.{module}", set()).update(defines(node) & needed)
    froms = [imported(home, sorted(found)) for home, found in sorted(names.items()) if found]
    own = [line for line in froms if line.startswith("from nndl")]
    others = [line for line in froms if line not in own]  # of the standard library
    groups = [[line for line in plain if line != NUMPY] + others, [NUMPY], own]
    return "\n\n".join("\n".join(group) for group in groups if group)


def bound(alias) -> str:
    """The name that an import gives."""
    return alias.asname or alias.name.partition(".")[0]


def defines(node) -> set[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return {target.id for target in targets if isinstance(target, ast.Name)}


def imported(home: str, names: list[str]) -> str:
    """One import, in several lines where it is long."""
    line = f"from {home} import {', '.join(names)}"
    if len(line) <= WIDE:
        return line
    inside = textwrap.fill(", ".join(names), WIDE - 4, break_long_words=False)
    return f"from {home} import (\n{textwrap.indent(inside, '    ')},\n)"


@cache
def stubs() -> dict[str, Stub]:
    """Every exercise by its name, in the order of the book.

    A function to write that has no exercise of its own, and that a body of the same module calls,
    comes with that body's exercise.
    """
    found: dict[str, Stub] = {}
    for task in tasks().values():
        asked = [taken for taken in task.all if taken.name in task.modules]
        loose = [taken for taken in asked if practice_name(task, taken) is None]
        for name in dict.fromkeys(practice_name(task, taken) for taken in asked):
            if name is None:
                continue
            own = [taken for taken in asked if practice_name(task, taken) == name]
            called = used([whole(task, taken) for taken in own])
            home = exercises()[name].function.rpartition(".")[0]
            with_it = [t for t in loose if t.name in called and task.modules[t.name] == home]
            loose = [taken for taken in loose if taken not in with_it]
            blanks = tuple(taken for taken in asked if taken in own + with_it)
            found[name] = Stub(exercises()[name], task, blanks)
    return found


def whole(task: Task, taken: Blank) -> str:
    """The source of a function of a chapter, whole."""
    for cell in task.chapter.cells:
        if node := functions(cell.source).get(taken.name):
            return textwrap.dedent(segment(cell.source, node))
    raise ValueError(f"{task.name}: no {taken.name}")
