"""On which cases calls end in an exception, and what is not seen because of it."""

from nndl.practice.cache_order import ENOUGH
from nndl.practice.evidence import on_purpose
from nndl.practice.results import Result, Row
from nndl.practice.separating import separates

EXACTLY = "it is wrong exactly where "


def later_calls(rows: list[Row]) -> str:
    """For the headline: on how many cases it is a later call alone that stops."""
    later = stopped_later(rows)
    if not later or any(not row.ok and not row.seen.raised for row in rows):
        return ""
    call = later[0].removeprefix("it, ").removeprefix("in ").removeprefix("on ")
    return f"; on {len(later)} of them the first call comes to its end, and {call} does not"


def stopped_later(rows: list[Row]) -> list[str]:
    """Which calls stopped, of the cases on which the first call did not."""
    ends = [row.seen.raised.where for row in rows if row.seen.raised]
    return [where for where in ends if where.startswith("it, ")]


def stopping(result: Result) -> str:
    """Which calls did not come to their end, and what that hides; nothing where all did."""
    rows = [row for row in result.rows if not row.case.told]
    ended = {k for k, row in enumerate(rows) if row.seen.raised}
    if result.cause and ENOUGH in result.cause[0].why:
        return ""
    if len(ended) == len(rows):
        if later := stopped_later(rows):
            return (
                f"On {len(later)} cases the first call came to its end; its numbers are not"
                " compared before the rest runs. Check again then."
            )
        return "No call came to its end: more may be wrong behind this. Check again once it runs."
    if not ended or not by_exception(result, [rows[k] for k in ended]):
        return ""
    names = [repr(rows[k].case.name) for k in sorted(ended)]
    where = separates([row.case for row in rows], ended)
    place = f"where {where.removeprefix(EXACTLY)}" if where.startswith(EXACTLY) else (
        f"on {', '.join(names[:3])}{', ...' if names[3:] else ''}"
    )  # fmt: skip
    count = f"{len(ended)} of {len(rows)} cases"
    return f"It stops {place} ({count}): what comes after that is seen there once it runs."


def by_exception(result: Result, rows: list[Row]) -> bool:
    """Whether the first cause is an exception that is not the reader's own refusal."""
    ends = [row.seen.raised for row in rows]
    said = result.cause[0].why if result.cause else ""
    return any(end and not on_purpose(end) and f"{end.kind}: {end.message}" in said for end in ends)
