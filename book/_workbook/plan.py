"""What each chapter asks its reader to write: functions, equations, hours."""

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from book._tools.chapter import Chapter, read_chapters
from book._tools.minutes import minutes
from book._tools.tangle import CITED, equations
from book._workbook.blanks import Blank, blank, functions

PLAN = Path(__file__).with_name("plan.toml")
A_LINE = 4  # minutes to find, write and mend one line: a rule of thumb, not a measurement


@dataclass
class Task:
    """What one chapter asks for."""

    chapter: Chapter
    given: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The chapter's name, such as conv_backward."""
        return self.chapter.path.stem

    def wanted(self, cell) -> list[str]:
        """The functions of a cell that are to write, in their order."""
        tags, known = cell.metadata.get("tags", []), functions(cell.source)
        if "tangle" not in tags:
            return [name for name in known if name in self.also]
        public = set() if "inner" in tags else {n for n in known if "." not in n and n[0] != "_"}
        stay = self.given | self.imported
        return [n for n in known if n in self.write or (n in public - stay)]

    @cached_property
    def blanks(self) -> dict[str, list[Blank]]:
        """The functions to write, by the ids of their cells."""
        found = {}
        for cell in self.chapter.cells:
            for name in self.wanted(cell):
                taken = blank(cell.source, name, self.equations(cell.source, name))[1]
                found.setdefault(cell.id, []).append(taken)
        return found

    @cached_property
    def all(self) -> list[Blank]:
        """The functions to write, in their order."""
        return [taken for cell in self.blanks.values() for taken in cell]

    @cached_property
    def modules(self) -> dict[str, str]:
        """The module of ``nndl`` of each function to write that has one."""
        cells = {cell.id: cell.metadata.get("module") for cell in self.chapter.cells}
        return {b.name: cells[i] for i, found in self.blanks.items() for b in found if cells[i]}

    def equations(self, source: str, name: str) -> list[int]:
        """The numbers of the equations that a function names."""
        node = functions(source)[name]
        text = "\n".join(source.split("\n")[node.lineno - 1 : node.end_lineno])
        numbers = equations(self.chapter.text)
        return sorted({numbers[label] for label in CITED.findall(text)})

    @property
    def hours(self) -> float:
        """Reading, and four minutes for each line to write, in half hours."""
        lines = sum(len(taken.removed) for taken in self.all)
        return max(1, round((minutes(self.chapter.text) + A_LINE * lines) / 30)) / 2


@cache
def tasks() -> dict[str, Task]:
    """The chapters that ask for something, by name, in the order of the book."""
    plan = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    found = {}
    for chapter in read_chapters():
        entry = {key: frozenset(names) for key, names in plan.pop(chapter.path.stem, {}).items()}
        task = Task(chapter, **entry)
        if task.all:
            found[task.name] = task
    if plan:
        raise ValueError(f"{PLAN.name}: no chapter {', '.join(plan)} has a function to write")
    return found
