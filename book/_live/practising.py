"""Checks what a reader wrote on a practice page: their code is run, then the function it defines.

The worker (``worker.js``) imports it in Pyodide; the tests import it in any Python. What is asked
and what is answered are JSON.
"""

import json
import linecache
import re
import types
from html import escape
from time import perf_counter

import numpy as np

from book._live.tracebacks import YOURS, described
from nndl import practice
from nndl.practice.checking import run
from nndl.practice.exercises import Exercise, exercise
from nndl.practice.limits import TooLong, limited
from nndl.practice.plays import Parts

CHAPTER = re.compile(
    r"\b(?:book/)?((?:foundations|convolution|speed|networks)/\w+)(#[\w-]+)?(?![\w/-]|\.(?:py|md))"
)
HINTS = re.compile(r" ?(?:More: )?practice\.hint\([^)]*\)(?:, 2 or 3\.| gives a start\.)?")
BLOCK, TABLE = re.compile("(?s)<pre>.*?</pre>"), re.compile("(?s)<table>.*</table>")
# The smallest case: a sentence, its arrays, how to have them, and what was printed.
SMALLEST = re.compile(
    r"(?s)<pre>(The smallest case[^\n]*)\n(.*?)\n  (practice\.case[^\n]*)\n?(.*)</pre>"
)
ENDLESS = "it was still running when its time was over"


def check(asked: str) -> str:
    """Check an exercise.

    Parameters
    ----------
    asked : str
        JSON: ``name``, the exercise; ``code``; and ``forward``, the reader's code of its forward
        pass, or null.

    Returns
    -------
    str
        JSON: ``ok``; ``verdict`` ("right", "convention", "unfinished", "wrong", or "broken" where
        the code has no such function); ``html``; ``hints``, three of what was found, or null;
        ``seconds``.
    """
    start, told = perf_counter(), json.loads(asked)
    found = exercise(told["name"])
    try:
        function, printed = defined(found, told["code"])
    except Exception as error:  # said by us, of what the reader's code is or does
        answer = broken(found, str(error))
    else:
        result, own = checked(found, function, told.get("forward"))
        answer = {
            "ok": result.ok,
            "verdict": result.verdict,
            "html": shown(result._repr_html_(), printed, own),
            "hints": hints_of(found, result),
        }
    return json.dumps(answer | {"seconds": perf_counter() - start})


def checked(found: Exercise, function, forward_code: str | None):
    """The result, and whether the cache was that of the reader's own forward pass.

    The book's cache comes first, then that of the reader's forward pass, if there is one: whichever
    is right on more cases, for a backward pass is written for one of them.
    """
    forward, lines = None, linecache.cache[YOURS]
    if forward_code:
        try:
            other = defined(named(found.forward), forward_code)[0]
            forward = other if more_are_right(found, function, other) else None
        except Exception:  # it is not written, or broken: its own check says so
            forward = None
        linecache.cache[YOURS] = lines  # what is said of lines is said of the function's
    return practice.check(found.name, function, forward=forward), forward is not None


def more_are_right(found: Exercise, function, forward) -> bool:
    """Whether a backward pass is right on more cases with the reader's forward pass."""
    rows = run(found, Parts(function, found.reference_forward()))
    right = sum(row.ok for row in rows)
    if len(rows) < len(found.cases()) or right == len(rows):  # it does not end, or is right
        return False
    return sum(row.ok for row in run(found, Parts(function, forward))) > right


def named(function: str) -> Exercise:
    """The exercise of a function of this package."""
    return exercise(function.rpartition(".")[2])


def defined(found: Exercise, code: str):
    """The function of an exercise that code defines, and what it printed meanwhile.

    Raises
    ------
    Exception
        With what is to be said: the code does not run, or has no such function.
    """
    linecache.cache[YOURS] = len(code), None, code.splitlines(True), YOURS
    module = types.ModuleType("__main__")
    names = module.__dict__ | {"np": np, "practice": practice}
    try:
        with limited() as printed:
            exec(compile(code, YOURS, "exec"), names)
    except TooLong:
        raise ValueError(f"Your code, before any check: {ENDLESS}.") from None
    except BaseException as error:  # whatever ends it is the reader's to see
        raise ValueError(described(error, YOURS)["text"]) from None
    function = next((names[name] for name in found.aliases if callable(names.get(name))), None)
    called = found.function.rpartition(".")[2]
    if function is None:
        raise ValueError(f"Your code defines no {called}.")
    if str(getattr(function, "__module__", "")).startswith("nndl."):
        raise ValueError(f"This {called} is the book's own. Write yours in its place.")
    return function, printed.text


def broken(found: Exercise, text: str) -> dict:
    """The answer where there is no function to check."""
    headline = f"{found.name}: your code does not run"
    if len(text.splitlines()) < 2:
        headline, text = f"{found.name}: {text[:1].lower()}{text[1:]}", ""
    html = f"<p><strong>{escape(headline)}</strong></p>"
    html += f'<pre class="live-error">{escape(text)}</pre>' if text else ""
    return {"ok": False, "verdict": "broken", "html": html, "hints": None}


def hints_of(found: Exercise, result) -> list[str] | None:
    """The three hints, if the check found something."""
    if result.ok or result.verdict == "unfinished":
        return None
    return [practice.hint(found.name, level).rpartition("\n(")[0] for level in (1, 2, 3)]


def shown(html: str, printed: str, own: bool) -> str:
    """A result as the page shows it.

    Why it is wrong comes first, then the smallest case, and the table of all cases is folded.
    Chapters are links, and there is a button for hints.
    """
    html = CHAPTER.sub(linked, HINTS.sub("", html))
    blocks, table = BLOCK.findall(html), TABLE.search(html)
    arrays = [block for block in blocks if block.startswith("<pre>The smallest case")]
    parts = [BLOCK.sub("", TABLE.sub("", html)), *(b for b in blocks if b not in arrays)]
    if own:
        parts.append("<p>The cache was that of your forward pass.</p>")
    parts += [SMALLEST.sub(apart, block) for block in arrays]
    if printed:
        parts.append(f"<p>Your code printed</p><pre>{escape(printed)}</pre>")
    if table:
        whole = table[0].replace("<th></th>", "<td></td>")  # no heading without words
        parts.append(f"<details><summary>All cases</summary>{whole}</details>")
    return "".join(parts)


def apart(match) -> str:
    """The smallest case with its sentences as such: its arrays may have to scroll."""
    first, arrays, last, printed = match.groups()
    html = f'<p>{first}</p><pre class="arrays">{arrays}</pre><p>{last}</p>'
    return html + (f"<pre>{printed}</pre>" if printed else "")


def linked(match) -> str:
    """A section of the book as a link."""
    page, place = match[1], match[2] or ""
    return f'<a href="{page}.html{place}">{match[0]}</a>'
