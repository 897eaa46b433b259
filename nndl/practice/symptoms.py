"""Causes that show in how a call ended, whatever the function was to compute."""

import re
from collections.abc import Sequence

from nndl.mistakes import load
from nndl.practice.diagnosing import LIKELY, SURE, Cause, cause_of
from nndl.practice.exercises import Exercise
from nndl.practice.results import Row

# The exception, a pattern of its message, the symptom's name and what it means.
EXCEPTIONS = (
    ("NotImplementedError", "", "unfinished", "The body is not written yet."),
    ("TooLong", "", "endless", "A loop does not end, or walks very many steps."),
    ("RecursionError", "", "recursion", "The function calls itself without an end."),
    ("MemoryError", "", "memory", "An array of an enormous size is asked for."),
    ("NameError", "'xrange'", "python-2", "xrange is of Python 2: it is range now."),
    ("AttributeError", r"module 'numpy' has no attribute '(float|int|bool|object|product|Inf|NaN)'",
     "numpy-1", "This name was removed from NumPy: float, int and bool without np. do the same."),
    ("AttributeError", r"np\.\w+. was (a deprecated alias|removed)",
     "numpy-1", "This name was removed from NumPy: float, int and bool without np. do the same."),
    ("UnboundLocalError", "", "unset", "A variable is used before anything is assigned to it."),
    ("NameError", "", "unknown-name", "A name is used that is defined nowhere."),
    ("TypeError", "only (0-dimensional|length-1|integer scalar) arrays can be converted",
     "array-for-number", "An array is used where one number is needed."),
    ("SystemExit", "", "exit", "The function ends the program."),
)  # fmt: skip


# How a call ended, where nothing else is known: what is said of it, a name and what it means.
ENDS = (
    (r"^it returned one ", "values-missing", "It returns one value where more are expected."),
    (r"^it returned \d+ values", "values-other-number", "It returns another number of values."),
    (r" is None$|^it returned nothing", "value-none", "A result is None: nothing is assigned."),
    (r" is (a \w+|complex), expected an array|cannot be used", "no-numbers",
     "A result is something else than real numbers."),
    (r"^(params|grads) has ", "names-differ", "The names in it are not those expected."),
    (r"^bn_param has no ", "not-stored", "What the next call needs is not stored."),
    (r"^it is None$|has shape |^shape ", "shape-differs", "A result has another shape."),
    (r"^ValueError: .*(broadcast|shape|align|mismatch|dimension|size)", "shapes-do-not-fit",
     "Two arrays meet here whose shapes do not fit."),
    (r"^IndexError: ", "index-beyond", "An index lies beyond its array, or is none."),
    (r"^KeyError: ", "key-missing", "A dictionary has no entry of this name."),
    (r"^ZeroDivisionError: ", "division-by-zero", "Something is divided by 0."),
    (r"^TypeError: .*positional argument", "arguments-differ",
     "It takes other arguments than those it is called with, or calls something wrongly."),
    (r"^AttributeError: ", "attribute-missing", "There is no such name at this object."),
    (r"^\w+: ", "raises", "It ends in an exception that it should not raise."),
    (r"^it changed its argument ", "changes-argument",
     "It writes into an array that belongs to the caller: copy it first."),
    (r"^a second call gave ", "remembers", "A second call with the same arguments differs."),
)  # fmt: skip
DIVIDED = (
    "'float' object cannot be interpreted as an integer|slice indices must be integers|"
    "must be of integral type"
)


def symptoms(exercise: Exercise, rows: Sequence[Row]) -> list[Cause]:
    """What the first failing calls say by themselves; empty where numbers have to be looked at."""
    bad = [row for row in rows if not row.ok]
    if not bad:
        return []
    said = {row.seen.structure for row in rows if not row.case.told}
    if all(text.endswith("is None") or text.startswith("it returned nothing") for text in said):
        return [Cause("unfinished", SURE, said.pop(), title="The body is not written yet.")]
    raised = bad[0].seen.raised
    if raised is None or (raised.kind == "SystemExit" and len(bad) < len(rows)):
        return []
    if raised.kind == "TypeError" and re.search(DIVIDED, raised.message):
        for mistake in load().values():
            if mistake.function == exercise.function and mistake.id.endswith("-true-division"):
                why = f"the exception says so: {raised.message}"
                return [cause_of(mistake, SURE, why)]
        words = "A size is divided with /, which gives a float: // gives a whole number."
        return [Cause("true-division", SURE, raised.message, title=words)]
    for kind, pattern, name, words in EXCEPTIONS:
        if raised.kind == kind and re.search(pattern, raised.message):
            why = f"the exception says so: {raised.kind}: {raised.message}".rstrip(": ")
            return [Cause(name, SURE, why, title=words)]
    return []


def ended(rows: Sequence[Row]) -> list[Cause]:
    """What is known of the first failing call without any mistake of the catalogue."""
    wrong = [row for row in rows if not row.ok and not row.case.told]
    if not wrong:
        return []
    bad = next((row for row in wrong if row.seen.raised or row.seen.structure), wrong[0])
    raised, cells = bad.seen.raised, [cell for cell in bad.cells if not cell.ok]
    said = f"{raised.kind}: {raised.message}" if raised else bad.seen.structure or cells[-1].text
    for pattern, name, words in ENDS:
        if re.search(pattern, said):
            line = f", in: {raised.line}" if raised and raised.line else ""
            return [Cause(name, LIKELY, f"{said}{line}", title=words)]
    return []
