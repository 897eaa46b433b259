"""Cut a workbook notebook from a chapter's notebook that stands alone.

Derivation, contract and tests stay. The functions to write lose their bodies, and a cell that
checks each is put below them. What else would show them goes: solutions of exercises, cells that
print the code or a diff of it. Cells below the first blank lose what they printed; as text it stays
below them, folded, for comparison.
"""

import re
from copy import deepcopy

from nbformat import v4

from book._workbook.blanks import blank
from book._workbook.plan import Task
from book._workbook.reader import defined, used, with_readers, without_unused
from book._workbook.wording import (
    ANSWER,
    INSTEAD,
    LEFT_OUT,
    SEE,
    fenced,
    introduction,
    practice_name,
    printed,
    tools,
)

OWN = re.compile(r"code-\d+")  # the ids of the chapter's cells
HEADING = re.compile(r'\A(?:<a id="[^"]*"></a>\s*)*(#+) (?:[\d.]+ )?(.*)')
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
LINK = re.compile(r"\[((?:\\.|[^\[\]])*)\]\(#([^)\s]+)\)")
TELLS = re.compile(r"\bmistakes\.|\bplanted\b|getsource")  # code with or from the solution
PRINTS = re.compile(r"\.diff\(|getsource")  # ... and printed, too


class Cutter:
    """Makes the cells of one workbook notebook.

    Parameters
    ----------
    task : Task
        What the chapter asks for.
    """

    def __init__(self, task: Task):
        self.task = task
        self.cells, self.own, self.begun = [], set(), False
        self.section, self.solving, self.told = "", False, False
        self.tangled = {c.id for c in task.chapter.cells if "tangle" in c.metadata.get("tags", [])}
        self.modules = {c.metadata.get("module") for c in task.chapter.cells} - {None}

    def cut(self, notebook):
        """The notebook with blanks; the given one stays as it is."""
        made = deepcopy(notebook)
        for cell in made.cells:
            (self.text if cell.cell_type == "markdown" else self.code)(cell)
        self.clean()
        made.cells = self.introduced()
        self.unlink(made.cells)
        folded = [cell.id for cell in made.cells if "id" in cell.metadata]
        made.metadata["colab"] = {"collapsed_sections": folded}
        return made

    def text(self, cell) -> None:
        """A cell of text: not if it is of a solution."""
        heading = HEADING.match(cell.source)
        if heading:
            title = heading[2]
            if title.startswith("Solution of exercise"):
                self.solving = True
                self.add(ANSWER, f"answer-{sum(c.id.startswith('answer') for c in self.cells) + 1}")
                return
            self.solving = False
            self.section = title if heading[1] == "##" else self.section
        hidden = self.section == "What breaks" and not heading  # what is said of the boxes
        if not self.solving and not hidden:
            self.cells.append(cell)

    def add(self, source: str, name: str) -> None:
        """A new cell of code."""
        self.cells.append(v4.new_code_cell(source, id=name))

    def say(self, text: str, name: str) -> None:
        """A new cell of text."""
        self.cells.append(v4.new_markdown_cell(text, id=name))

    def code(self, cell) -> None:
        """A cell of code, as it may stay."""
        if self.solving:
            return
        if not OWN.fullmatch(cell.id):
            self.cells.append(cell)
        elif cell.id in self.task.blanks:
            self.with_blanks(cell)
        elif self.section == "What breaks":
            if not self.told:
                self.say(LEFT_OUT, "left-out")
            self.told = True
        elif TELLS.search(cell.source) or any(part in cell.source for part in self.task.outputs):
            self.telling(cell)
        else:
            self.plain(cell)

    def plain(self, cell) -> None:
        """A cell that stays."""
        names = defined(cell.source) if cell.id in self.tangled else set()
        names -= self.task.imported
        if self.begun:
            cell.source = with_readers(cell.source, self.own | names, self.modules)
            self.emptied(cell)
        elif cell.source:
            self.cells.append(cell)
        self.own |= names

    def emptied(self, cell) -> None:
        """A cell without its outputs, and below it what it printed."""
        seen, cell.outputs, cell.execution_count = printed(cell), [], None
        if cell.source:
            self.cells.append(cell)
            if seen:
                self.say(SEE.format(fenced(seen)), f"see-{cell.id}")

    def telling(self, cell) -> None:
        """A cell that shows the solution: only what it printed, where that shows nothing."""
        seen = printed(cell)
        if seen and not PRINTS.search(cell.source):
            self.say(f"{INSTEAD}\n\n{fenced(seen)}", f"see-{cell.id}")

    def with_blanks(self, cell) -> None:
        """A cell with functions to write, and the cells that check them."""
        taken = self.task.blanks[cell.id]
        cell.source = re.sub(r"\A# @title .*\n", "", cell.source)
        for one in taken:
            cell.source = blank(cell.source, one.name, one.equations)[0]
        self.own |= defined(cell.source)
        self.begun, cell.metadata = True, {}
        cell.source = with_readers(cell.source, self.own, self.modules)
        self.emptied(cell)
        checks = {name: one for one in taken if (name := practice_name(self.task, one))}
        for name, one in checks.items():  # a class once, however many methods it has
            self.add(f"practice.{name}({one.checked})", f"practice-{name}".replace("_", "-"))

    def clean(self) -> None:
        """Take out the imports of helpers that only the bodies needed."""
        own = [c for c in self.cells if c.cell_type == "code" and OWN.fullmatch(c.id)]
        needed = used(cell.source for cell in own)
        for cell in own:
            if cell.id in self.task.blanks:
                cell.source = without_unused(cell.source, needed)

    @staticmethod
    def unlink(cells) -> None:
        """Leave words of links to what is not here."""
        texts = [cell for cell in cells if cell.cell_type == "markdown"]
        here = {name for cell in texts for name in ANCHOR.findall(cell.source)}
        for cell in texts:
            cell.source = LINK.sub(lambda m: m[0] if m[2] in here else m[1], cell.source)

    def introduced(self) -> list:
        """The cells with what the workbook is, below the title, and its tools."""
        title, start, *rest = self.cells
        title.source += f"\n\n{introduction(self.task)}"
        return [title, start, tools(), *rest]


def cut(notebook, task: Task):
    """A chapter's notebook that stands alone, as a workbook notebook."""
    return Cutter(task).cut(notebook)


def solved(made, notebook, task: Task):
    """A workbook notebook with the book's functions in its blanks."""
    right, made = {cell.id: cell.source for cell in notebook.cells}, deepcopy(made)
    for cell in made.cells:
        if cell.id in task.blanks:
            cell.source = right[cell.id]
    return made
