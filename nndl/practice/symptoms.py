"""Causes that show in how a call ended, whatever the function was to compute."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from nndl.practice.causes import LIKELY, SURE, Cause
from nndl.practice.exceptions import meaning
from nndl.practice.exercises import Exercise
from nndl.practice.results import Row, by_size
from nndl.practice.unwritten import in_a_chain, untouched, why_none

# How a call ended, where nothing else is known: what is said of it, a name and what it means.
# Below what is said stands the reader's line, whose words say nothing of the exception.
ENDS = (
    (r"^it returned one ", "values-missing", "It returns one value where more are expected."),
    (r"^it returned \d+ values", "values-other-number", "It returns another number of values."),
    (r" is None$|^it returned nothing", "value-none", "A result is None: nothing is assigned."),
    (r" is (a \w+|complex), expected an array|cannot be used", "no-numbers",
     "A result is something else than real numbers."),
    (r"^(params|grads) has ", "names-differ", "The names in it are not those expected."),
    (r"^bn_param has no ", "not-stored", "What the next call needs is not stored."),
    (r"^\w+Error: \w+: \w+ has shape ", "shape-given",
     "A function that it calls is given an array of another shape than it takes."),
    (r"^it is None$|has shape |^shape ", "shape-differs", "A result has another shape."),
    (r"^(Type|Attribute)Error: .*\bNoneType\b", "none-used",
     "None is used as if something had been put there before."),
    (r"^(ValueError: (too many|not enough) values to unpack|IndexError: tuple index out of range)"
     r".*\n.*\.shape\b", "axes-written",
     "A number of axes is written into the code, and the array has another number of them."),
    (r"^ValueError: cannot reshape array of size", "reshape-size",
     "An array is reshaped to a shape of another number of numbers."),
    (r"^ValueError: .*(broadcast|shape|align|mismatch|dimension|size)", "shapes-do-not-fit",
     "Two arrays meet here whose shapes do not fit."),
    (r"^IndexError: (only integers|arrays used as indices)", "index-no-integer",
     "An index is no whole number: / gives a float, // does not."),
    (r"^IndexError: ", "index-beyond", "An index lies beyond its array, or is none."),
    (r"^KeyError: ", "key-missing", "A dictionary has no entry of this name."),
    (r"^ZeroDivisionError: ", "division-by-zero", "Something is divided by 0."),
    (r"^TypeError: .*positional argument", "arguments-differ",
     "It takes other arguments than those it is called with, or calls something wrongly."),
    (r"^AttributeError: ", "attribute-missing", "There is no such name at this object."),
    (r"^UnboundLocalError: ", "unset", "A variable is used before anything is assigned to it."),
    (r"^NameError: ", "unknown-name", "A name is used that is defined nowhere."),
    (r"^\w+: ", "raises", "It ends in an exception that it should not raise."),
    (r"^it changed its argument ", "changes-argument",
     "It writes into an array that belongs to the caller: copy it first."),
    (r"^a second call gave ", "remembers", "A second call with the same arguments differs."),
)  # fmt: skip

# Of these, what says least: where it ended, and nothing of why.
GENERAL = ("shapes-do-not-fit", "reshape-size", "index-beyond", "raises", "shape-differs",
           "shape-given")  # fmt: skip


def symptoms(
    exercise: Exercise, rows: Sequence[Row], function: Callable[..., Any] | None = None
) -> list[Cause]:
    """What the first failing calls say by themselves; empty where numbers have to be looked at.

    The function's source says why nothing comes back; without it, it counts as not written.
    """
    bad = [row for row in rows if not row.ok]
    if not bad:
        return []
    said = {row.seen.structure for row in rows if not row.case.told}
    if all(text.endswith("is None") or text.startswith("it returned nothing") for text in said):
        return [why_none(function, sorted(said)[0])]
    if found := started(rows, function):
        return [found]
    raised = bad[0].seen.raised
    if raised is None or (raised.kind == "SystemExit" and len(bad) < len(rows)):
        return []
    if "NoneType" in raised.message and untouched(function):
        return [why_none(function, f"{raised.kind}: {raised.message}")]
    found = meaning(exercise, raised)
    return [found] if found else []


def started(rows: Sequence[Row], function: Callable[..., Any] | None = None) -> Cause | None:
    """An output that is the number 0: still, as it was set at first, or by a chain of ``=``."""
    counted = [row for row in rows if not row.case.told]
    for name in counted[0].expected.values:
        if any(name not in row.expected.values for row in counted):
            continue
        pairs = [(row.expected.values[name], row.seen.values.get(name)) for row in counted]
        if all(right.ndim and mine is not None and not mine.ndim and mine == 0
               for right, mine in pairs):  # fmt: skip
            shape = pairs[0][0].shape
            if line := in_a_chain(function, name):
                why, title = (
                    f"{name} is 0 on every case",
                    f"{name} is assigned a number, in: {line}",
                )
                return Cause("assigned-in-a-chain", SURE, why, title=title, cause=CHAIN)
            return Cause("not-written", SURE, f"{name} is the number 0 on every case",
                         title=f"{name} is not written yet: it is 0, as it was set at first",
                         cause=f"It is to be an array, here of shape {shape}.")  # fmt: skip
    return None


CHAIN = (
    "a = b[k] = 0 assigns 0 to a, and then 0 to the places k of b: a is the number, not the array"
    " b, and b, which may belong to the caller, is changed. Copy b first, then write into the copy."
)


def ended(rows: Sequence[Row], supposed: bool = False) -> list[Cause]:
    """What is known of the first failing call without any mistake of the catalogue.

    Where one is ``supposed``, only exceptions in most of the calls that fail say more than it.
    """
    wrong = [row for row in rows if not row.ok and not row.case.told]
    if not wrong or (supposed and 2 * sum(bool(row.seen.raised) for row in wrong) <= len(wrong)):
        return []
    ends = [row for row in wrong if row.seen.raised or row.seen.structure]
    bad = min(ends or wrong, key=by_size)
    raised, cells = bad.seen.raised, [cell for cell in bad.cells if not cell.ok]
    said = f"{raised.kind}: {raised.message}" if raised else bad.seen.structure or cells[-1].text
    for pattern, name, words in ENDS:
        line = raised.line if raised else ""
        if re.search(pattern, f"{said}\n{line}" if line else said):
            why = f"{said}, in: {line}" if line else said
            told, *rest = raised.advice if raised else ("", "")
            text = " ".join(rest).strip()
            return [Cause(name, SURE if told else LIKELY, why, title=told or words, cause=text)]
    return []
