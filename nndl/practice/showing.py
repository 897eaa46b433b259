"""A result for a reader: a short table, the smallest case that fails, and why."""

from html import escape

from nndl.mistakes import load
from nndl.practice.beside import in_words
from nndl.practice.causes import Cause
from nndl.practice.results import Result
from nndl.practice.separating import separates
from nndl.practice.smallest import smallest
from nndl.practice.tabling import mark, table, told_once
from nndl.practice.where_it_stops import later_calls, stopping


def as_text(result: Result) -> str:
    """The whole of it."""
    parts = [headline(result), table(result)]
    if not result.ok:
        parts += [smallest(result), diagnosis(result)]
    parts.append(beside(result))
    if result.remarks:
        parts.append("\n".join(remark(cause) for cause in result.remarks))
    return "\n\n".join(part for part in parts if part)


def headline(result: Result) -> str:
    """One line."""
    name, rows = result.exercise.name, [row for row in result.rows if not row.case.told]
    right = sum(row.ok for row in rows)
    if result.verdict == "unfinished":
        return f"{name}: not written yet. practice.hint({name!r}, 1) gives a start."
    kind = {
        "right": "right on",
        "convention": "right on" if result.ok else "another convention than the book's: right on",
        "wrong": "wrong: right on",
    }[result.verdict]
    conduct = {cell.output for row in rows for cell in row.cells if not cell.ok and not cell.told}
    if result.verdict == "wrong" and conduct <= {"arguments", "second call"}:
        kind = "wrong, though its numbers are right: as it should be on"
    beside = "" if result.forward_right else f"; the forward pass beside it {forward(result)}"
    return f"{name}: {kind} {right} of {len(rows)} cases{later_calls(rows)}{beside}"


def forward(result: Result) -> str:
    """How the reader's forward pass does, in a few words."""
    if result.beside and not result.beside.written:
        return "is not written yet"
    return "is wrong" if result.beside and result.beside.runs else "does not run"


def diagnosis(result: Result) -> str:
    """Why: what is sure, what is likely, and where it fails if nothing is known."""
    if result.verdict == "unfinished":
        return ""
    lines = [reason(cause) for cause in result.cause]
    if not any(cause.sure in ("sure", "likely") for cause in result.cause):
        counted = [row for row in result.rows if not row.case.told]
        wrong = {k for k, row in enumerate(counted) if not row.ok}
        where = separates([row.case for row in counted], wrong)
        if not result.cause:
            lines.append("Which mistake this is, is not known here.")
        lines += [f"What is known: {where}."] if where else []
    lines += [stopped] if (stopped := stopping(result)) else []
    name = result.exercise.name
    lines.append(f"Derived in {result.exercise.read}. More: practice.hint({name!r}, 1), 2 or 3.")
    return "\n".join(lines)


def beside(result: Result) -> str:
    """What is to be said of the reader's forward pass."""
    failing = {k for k, row in enumerate(result.rows) if not row.ok}
    return in_words(result.beside, [row.case.name for row in result.rows], failing)


def reason(cause: Cause) -> str:
    """One cause, with how sure it is."""
    start = {"sure": "This is", "likely": "This is likely", "possible": "This could be"}[cause.sure]
    if cause.convention and cause.sure == "sure":
        start = "The convention"
    text = f"{start}: {cause.title} ({cause.sure}: {cause.why})"
    if cause.id == "raises":  # what was raised says more
        text = f"{start}: {cause.why} ({cause.sure})\n  {cause.title}"
    text += f"\n  {cause.cause}" if cause.cause else ""
    text += f"\n  {cause.convention}" if cause.convention else ""
    titles = dict.fromkeys(load()[id].title if id in load() else id for id in cause.equal)
    others = "; ".join(title for title in titles if title != cause.title)
    text += f"\n  On these inputs the same: {others}." if others else ""
    return text + (f"\n  See {cause.read}." if cause.read else "")


def remark(cause: Cause) -> str:
    """What is told and not counted."""
    return f"Not counted: {cause.title}. {cause.convention or cause.cause}"


def as_html(result: Result) -> str:
    """The same for a notebook: the table as a table, the rest as text."""
    rows = "".join(
        f"<tr><td>{mark(row)}</td><td>{escape(name)}</td><td>{escape(said)}</td></tr>"
        for row, name, said in told_once(result.rows)
    )
    table_ = "" if result.verdict == "unfinished" else (
        "<table><thead><tr><th></th><th>case</th><th>what came</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )  # fmt: skip
    parts = ["" if result.ok else smallest(result), "" if result.ok else diagnosis(result)]
    parts.append(beside(result))
    parts += [remark(cause) for cause in result.remarks]
    rest = "".join(f"<pre>{escape(part)}</pre>" for part in parts if part)
    return f"<p><strong>{escape(headline(result))}</strong></p>{table_}{rest}"
