"""Causes that show in how a call ended, whatever the function was to compute."""

import re
from collections.abc import Sequence

from nndl.mistakes import load
from nndl.practice.diagnosing import SURE, Cause, cause_of
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


DIVIDED = "'float' object cannot be interpreted as an integer|slice indices must be integers"


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
    for kind, pattern, name, words in EXCEPTIONS:
        if raised.kind == kind and re.search(pattern, raised.message):
            why = f"the exception says so: {raised.kind}: {raised.message}".rstrip(": ")
            return [Cause(name, SURE, why, title=words)]
    return []
