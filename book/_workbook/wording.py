"""What the workbook says in its own words, around what is the chapter's."""

from nbformat import v4

from book._workbook.blanks import Blank, in_words
from book._workbook.plan import Task
from nndl.practice.exercises import exercises

TOOLS = """\
# @title The workbook's tools
from nndl import practice
from nndl.internal.unwritten import short_reports

short_reports()"""
HOW = (
    "**This is the workbook edition**: {count} to write, {where}about {hours} with the reading. "
    "Each stands below with its contract, and ends in `NotImplementedError` until you write it. "
    "{checks}Cells further down use what you wrote. Whatever is of other chapters comes from "
    "`nndl`, so this one can be done alone."
)
CHECKS = "The cell below it checks it, and says what is wrong; `practice.hint` helps further. "
SEE = "<details>\n<summary>What you should see</summary>\n\n{}\n\n</details>"
INSTEAD = "The cell that is here in the book prints:"
LEFT_OUT = (
    "The cells that show these mistakes as changes of the code are not in the workbook. "
    "They are in the book; the checks above know these mistakes, and others."
)
ANSWER = "# Your answer. The solution is in the book, below the exercise."


def practice_name(task: Task, taken: Blank) -> str | None:
    """The exercise of ``nndl.practice`` for a function or a method's class, if there is one."""
    module, names = task.modules.get(taken.name), (taken.name, taken.checked)
    functions = {f"{module}.{name}" for name in names}
    return next((e.name for e in exercises().values() if e.function in functions), None)


def hours_in_words(hours: float) -> str:
    """``1½ hours``."""
    whole, half = int(hours), "½" if hours % 1 else ""
    number = f"{whole or ''}{half}"
    return "half an hour" if number == "½" else f"{number} hour{'' if number == '1' else 's'}"


def printed(cell) -> str:
    """What a cell printed, as text."""
    texts = [out.get("text", "") for out in cell.outputs if out.output_type == "stream"]
    results = [out for out in cell.outputs if out.output_type == "execute_result"]
    return "".join(texts + [str(out.data.get("text/plain", "")) for out in results]).rstrip()


def fenced(text: str) -> str:
    """Text as a block of code."""
    return f"```text\n{text}\n```"


def introduction(task: Task) -> str:
    """What stands below the title: what is to write, and in what time."""
    blanks = task.all
    equations = sorted({number for one in blanks for number in one.equations})
    checked = any(practice_name(task, one) for one in blanks)
    return HOW.format(
        count=f"{len(blanks)} function{'s' * (len(blanks) > 1)}",
        where=f"{in_words(equations)}; " if equations else "",
        hours=hours_in_words(task.hours),
        checks=CHECKS if checked else "The chapter's own checks follow. ",
    )


def tools():
    """The cell that imports the checks."""
    cell = v4.new_code_cell(TOOLS, id="workbook-tools")
    cell.metadata = {"cellView": "form", "jupyter": {"source_hidden": True}}
    return cell
