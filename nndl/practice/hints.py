"""Three levels of help with what the last check found, of which none is the solution."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nndl.mistakes import Mistake, load
from nndl.practice.asking import asked
from nndl.practice.causes import Cause
from nndl.practice.exercises import Exercise, exercise
from nndl.practice.pointing import Line, last_return, pointed, step_of
from nndl.practice.results import Result
from nndl.practice.steps import STEPS

FIRST = "What has each output to do with each input? Write it for one index."
RANDOM = (
    "Divide what comes out by what went in, number by number, in training and in the test: which"
    " numbers come, and how many of each?"
)
WAYS = (
    "dx has three parts: dx_hat / sigma, of x itself; minus the mean of dx_hat / sigma, through the"
    " mean; minus x_hat times the mean of dx_hat x_hat, over sigma, through the variance. Each mean"
    " is over the numbers that share one."
)


@dataclass(frozen=True)
class Finding:
    """What the last check of an exercise found."""

    result: Result
    function: Callable[..., Any]
    cause: Cause | None  # the first of which there is something to say

    @property
    def exercise(self) -> Exercise:
        """The exercise of the function that the cause is in."""
        of = self.cause.of if self.cause else ""
        return exercise(of or self.result.exercise.name)

    @property
    def mistake(self) -> Mistake | None:
        """The cause as a mistake of the catalogue."""
        return load().get(self.cause.id) if self.cause else None

    @property
    def wrong(self) -> list[str]:
        """The outputs that the cause makes wrong."""
        said = set(self.cause.outputs) if self.cause else set()
        if not said:
            rows = [row for row in self.result.rows if not row.ok and not row.case.told]
            said = {c.output for row in rows for c in row.cells if not c.ok and not c.told}
        outputs = [name for name in self.exercise.outputs if name in said]
        return outputs or list(self.exercise.outputs)

    @property
    def step(self) -> str:
        """What the step computes that the mistake is in, under the book's name for it."""
        slip = re.search(r" where (.*) is computed", self.cause.title if self.cause else "")
        text = step_of(self.mistake) if self.mistake else slip[1] if slip else ""
        name = re.search(r"\w+", text)
        return name[0] if name else ""

    @property
    def sized(self) -> bool:
        """Whether it is about the number of windows."""
        counted = self.cause is not None and self.cause.id == "result-size"
        return counted or self.step in ("H_out", "W_out")


# Causes that show in the line with the return.
RETURNED = ("results-exchanged", "values-missing", "values-other-number", "assigned-elsewhere")
LAST: dict[str, Finding] = {}  # for each exercise, what the last check found


def remember(result: Result, function: Callable[..., Any]) -> None:
    """Keep what was found, for ``hint``."""
    LAST.pop(result.exercise.name, None)
    if result.ok or result.verdict == "unfinished":
        return
    known = [one for one in result.cause if one.id in load() or asked(one.id)]
    LAST[result.exercise.name] = Finding(result, function, known[0] if known else None)


def hint(name: str, level: int = 1) -> str:
    """Help with an exercise: a question, then the equation, then the line to look at.

    Where a check of it found something, all three are about that.

    Parameters
    ----------
    name : str
        The exercise, such as "conv_backward".
    level : int
        1, what to look at, as a question; 2, the equations of what is wrong; 3, what has to happen
        in the step that is wrong, and the reader's own line, where it is known.

    Returns
    -------
    str
        The hint, and the section of the book that derives it.

    Raises
    ------
    ValueError
        No exercise of this name, or no such level.
    """
    own = exercise(name)
    if level not in (1, 2, 3):
        raise ValueError(f"practice.hint: level is {level!r}, expected 1, 2 or 3")
    found = LAST.get(own.name)
    if found is None:
        return f"{unchecked(own)[level - 1]}\n(book/{own.read})"
    text = {1: question, 2: equations, 3: place}[level](found)
    return f"{text}\n(book/{found.exercise.read})"


def unchecked(own: Exercise) -> tuple[str, str, str]:
    """The three hints of an exercise before any check of it."""
    return FIRST, "\n".join(own.equations), own.line


def question(found: Finding) -> str:
    """What to look at."""
    if found.mistake:
        return found.mistake.hint
    names = listed(found.wrong)
    if found.cause and (words := asked(found.cause.id)):
        return words.ask.format(names)
    if found.exercise.random:
        return RANDOM
    right = [name for name in found.exercise.outputs if name not in found.wrong]
    beside = f" {listed(right)} {'are' if len(right) > 1 else 'is'} right." if right else ""
    return (
        f"Work out by hand the number of {found.wrong[0]} that the smallest case points at: which"
        f" inputs does it depend on, and how often is each in it?{beside}"
    )


def equations(found: Finding) -> str:
    """The equations of what is wrong, with what they need."""
    every = found.exercise.equations
    sizes = [equation for equation in every if equation.startswith("H' =")]
    if found.sized and sizes:
        return "\n".join(sizes)
    rest = [equation for equation in every if equation not in sizes]
    chosen = [one for one in rest if any(about(one, name) for name in found.wrong)]
    if len(found.exercise.outputs) == 1 or not chosen:
        chosen = rest
    for _ in rest:
        needed = [one for one in rest if one not in chosen and any(uses(c, one) for c in chosen)]
        chosen += needed
    remarks = [one for one in rest if " = " not in one and " += " not in one]
    text = [one for one in rest if one in chosen or one in remarks]
    if found.cause and found.cause.id.startswith("ways-") and "dx" in found.wrong:
        text.append(WAYS)
    return "\n".join(text)


def about(equation: str, output: str) -> bool:
    """Whether an equation says something of an output."""
    name = "L" if output == "loss" else re.escape(output.rstrip("0123456789"))
    flags = re.NOFLAG if output == "loss" else re.IGNORECASE
    return bool(re.search(rf"\b{name}(?![a-zA-Z])", equation, flags))


def uses(equation: str, other: str) -> bool:
    """Whether an equation uses a symbol that another one defines."""
    defined = re.findall(r"(\w+)(?:\[[^\]]*\])? \+?= ", other)
    return any(re.search(rf"\b{re.escape(name)}\b", equation) for name in defined)


def place(found: Finding) -> str:
    """What has to happen in the step that is wrong, and the reader's own line."""
    known = STEPS.get(found.exercise.function, {})
    names = [found.step] if found.step in known else found.wrong
    steps = [known[name] for name in names if name in known] or [found.exercise.line]
    words = asked(found.cause.id) if found.cause and not found.mistake else None
    text = [words.look.format(listed(found.wrong))] if words else []
    returned = found.cause is not None and found.cause.id in RETURNED
    text += [] if words and (returned or raised(found)) else steps
    if lines := own_lines(found):
        numbers = f"line{'s' * (len(lines) > 1)} {listed([str(one.number) for one in lines])}"
        names = f"{listed(found.wrong)} {'are' if len(found.wrong) > 1 else 'is'}"
        exact = lines[0].exact
        text.append(f"In yours, look at {numbers}:" if exact else
                    f"In yours, {names} computed in {numbers}:")  # fmt: skip
        text += [f"  {one.text}" for one in lines]
    return "\n".join(text)


def raised(found: Finding) -> Line | None:
    """The reader's line at which the smallest case that fails ended."""
    row = found.result.smallest
    end = row.seen.raised if row else None
    return Line(end.number, end.line) if end and end.line else None


def own_lines(found: Finding) -> Sequence[Line]:
    """The reader's lines to look at; none where the mistake is in another function."""
    if found.cause and found.cause.of:
        return []
    if found.mistake is None and (line := raised(found)):
        return [line]
    if found.cause and found.cause.id in RETURNED:
        return last_return(found.function)
    outputs = found.exercise.outputs
    return pointed(found.function, outputs, found.wrong, found.mistake)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
