"""What an exception says by itself: a name that is gone, a float for a size, a None.

Python and NumPy dropped names that older notebooks use. Their messages name what is gone, and
seldom what took its place.
"""

import re
from dataclasses import replace

import numpy as np

from nndl.mistakes import load
from nndl.practice.causes import SURE, Cause, cause_of
from nndl.practice.exercises import Exercise
from nndl.practice.names_like import names_like
from nndl.practice.origins import DIVIDED
from nndl.practice.watching import Raised

# What took the place of a name that NumPy no longer has, where its own message does not say so.
GONE = {
    "int": "int without np.", "float": "float without np.", "bool": "bool without np.",
    "object": "object without np.", "str": "str without np.", "complex": "complex without np.",
    "long": "int without np.", "product": "np.prod", "cumproduct": "np.cumprod",
    "alltrue": "np.all", "sometrue": "np.any", "in1d": "np.isin", "trapz": "np.trapezoid",
    "row_stack": "np.vstack", "msort": "np.sort with axis=0", "asscalar": "the method item",
    "lib.pad": "np.pad", "random.random_integers": "np.random.randint",
}  # fmt: skip
METHODS = {"itemset": "a[index] = value", "ptp": "np.ptp(a)", "tostring": "the method tobytes"}
# Of Python 2: a name, and what does the same now.
OLDER = {
    "xrange": "range", "reduce": "reduce, after from functools import reduce", "raw_input": "input",
    "unicode": "str", "basestring": "str", "long": "int", "unichr": "chr", "izip": "zip",
}  # fmt: skip
# The exception, a pattern of its message, the symptom's name and what it means.
MEANINGS = (
    ("NotImplementedError", "", "unfinished", "The body is not written yet."),
    ("TooLong", "", "endless", "A loop does not end, or walks very many steps."),
    ("RecursionError", "", "recursion", "The function calls itself without an end."),
    ("MemoryError", "", "memory", "An array of an enormous size is asked for."),
    ("UnboundLocalError", "", "unset", "A variable is used before anything is assigned to it."),
    ("NameError", "", "unknown-name", "A name is used that is defined nowhere."),
    ("TypeError", "only (0-dimensional|length-1|integer scalar) arrays can be converted",
     "array-for-number", "An array is used where one number is needed."),
    ("ValueError", "setting an array element with a sequence", "array-for-number",
     "An array is assigned where one number belongs."),
    ("SystemExit", "", "exit", "The function ends the program."),
)  # fmt: skip
ONE = (
    "NumPy takes an array for one number only where it has no axes: index it down to a number, or"
    " take its item(). Older versions took an array of shape (1, 1), too."
)


def meaning(exercise: Exercise, raised: Raised) -> Cause | None:
    """The cause that an exception names; None where the numbers have to be looked at."""
    why = f"the exception says so: {raised.kind}: {raised.message}".rstrip(": ")
    known = raised.kind == "TypeError" and re.search(DIVIDED, raised.message)
    if known or raised.origin.startswith("divided"):
        return divided(exercise, raised)
    if raised.origin.startswith("unpacked: "):
        why += f"{at(raised)}, whose values come from {came_from(raised)}"
        return Cause("dict-unpacked", SURE, why, title=KEYS, cause=VALUES)
    if raised.origin.startswith("cache: "):
        return Cause("cache-none", SURE, why + at(raised), title=NO_CACHE, cause=NEEDED)
    old = gone(raised) or older(raised)
    if old:
        name, words, instead = old
        text = f"{instead} {raised.advice.after}".strip()
        return Cause(name, SURE, why, title=words + at(raised), cause=text)
    for kind, pattern, name, words in MEANINGS:
        if raised.kind == kind and re.search(pattern, raised.message):
            single = name == "array-for-number" and kind == "ValueError"
            title = raised.advice.title or words
            text = raised.advice.words or (ONE if single else "")
            text = f"{text} {raised.advice.after}".strip()
            return Cause(name, SURE, why, title=title, cause=text)
    return None


KEYS = "A dictionary is unpacked, which gives its keys and not its values"
VALUES = (
    "The variables hold the names of the entries, which are strings: take each by its name, as in"
    ' stride = pool_param["stride"].'
)
NO_CACHE = "The cache of the forward pass is None, and the backward pass uses it"
NEEDED = (
    "The forward pass puts into the cache what the way back needs, in every mode: the mode itself,"
    " at least."
)


# Floats that are indices, where the catalogue speaks of sizes.
INDEXED = r"^Cannot cast|^only int|^slice indices|^arrays used as ind"
AS_INDEX = "In Python 3 that gives a float, and a float is no index; // gives a whole number."


def came_from(raised: Raised) -> str:
    """The reader's own line in which the value was made, if it is known and another one."""
    line = raised.origin.partition(": ")[2]
    return "" if line.startswith(f"line {raised.number}: ") else line


# What is divided with / where that is no size.
DIVIDENDS = {
    "divided place": {
        "title": "The place in the window is divided with /",
        "cause": "In Python 3 that gives a float, and a float is no index; a place // the window's"
        " width is its row, and the remainder, with %, its column.",
    },
    "divided index": {
        "title": "An index is divided with /",
        "cause": AS_INDEX,
    },
}


def divided(exercise: Exercise, raised: Raised) -> Cause:
    """A float stands where a whole number is needed."""
    why = f"the exception says so: {raised.message}{at(raised)}"
    why += f"; the / is in {came_from(raised)}" if came_from(raised) else ""
    inside = raised.where == "the forward pass"
    function = exercise.forward if inside else exercise.function
    for mistake in load().values():
        if mistake.function == function and mistake.id.endswith("-true-division"):
            known = cause_of(mistake, SURE, why)
            if re.search(INDEXED, raised.message):
                known = replace(known, cause=AS_INDEX)
            return replace(known, **DIVIDENDS.get(raised.origin.partition(":")[0], {}))
    words = "A size is divided with /, which gives a float: // gives a whole number."
    return Cause("true-division", SURE, why, title=words)


def gone(raised: Raised) -> tuple[str, str, str] | None:
    """A name that NumPy dropped: the symptom, what it is, and what does the same."""
    text = raised.message
    if raised.kind == "TypeError" and "unexpected keyword argument 'newshape'" in text:
        return "numpy-1", "newshape was removed from NumPy's reshape", "Its name is shape now."
    if raised.kind != "AttributeError":
        return None
    found = re.search(r"module 'numpy(?:\.(\w+))?' has no attribute '(\w+)'", text)
    if found:
        name = ".".join(part for part in found.groups() if part)
        instead = f"{GONE[name]} does the same." if name in GONE else ""
        if not instead:
            return "numpy-1", *misnamed(name)
        return "numpy-1", f"np.{name} was removed from NumPy", instead
    found = re.search(r"`?(np\.[\w.]+)`? was (?:a deprecated alias|removed)(.*)", text)
    if found:
        instead = re.search(r"[Uu]se `?([\w. ]+?)`? instead", found[2])
        words = f"{instead[1]} does the same." if instead else ""
        return "numpy-1", f"{found[1]} was removed from NumPy", words
    found = re.search(r"'numpy.ndarray' object has no attribute '(\w+)'", text)
    if found and found[1] in METHODS:
        words = f"The method {found[1]} of arrays was removed from NumPy"
        return "numpy-1", words, f"{METHODS[found[1]]} does the same."
    found = re.search(r"'dict' object has no attribute '(iteritems|itervalues|iterkeys|has_key)'",
                      text)  # fmt: skip
    if found:
        new = {"has_key": "key in the dictionary"}.get(found[1], found[1].replace("iter", ""))
        return "python-2", f"{found[1]} is of Python 2", f"{new} does the same."
    return None


def misnamed(name: str) -> tuple[str, str]:
    """A name that NumPy has not, and what to write: a name like it, or the method of an array."""
    part, _, last = name.rpartition(".")
    if callable(getattr(np.ndarray, last, None)):
        return f"NumPy has no {name}", f"It is a method of arrays: x.{last} of an array x."
    if like := names_like(last, dir(getattr(np, part, np))):
        return f"NumPy has no {name}", f"A name like it is np.{part}{'.' * bool(part)}{like[0]}."
    return f"NumPy has no {name}, or has it no more", ""


def older(raised: Raised) -> tuple[str, str, str] | None:
    """A name that Python 3 dropped."""
    found = re.search(r"name '(\w+)' is not defined", raised.message)
    if raised.kind != "NameError" or not found or found[1] not in OLDER:
        return None
    return "python-2", f"{found[1]} is of Python 2", f"It is {OLDER[found[1]]} now."


def at(raised: Raised) -> str:
    """The reader's own line, as far as it is known."""
    inside = "" if raised.where == "it" else f" of {raised.where}"
    return f", in line {raised.number}{inside}: {raised.line}" if raised.line else ""
