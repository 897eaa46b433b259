"""The table of a result: a line for each case, what ends all of them alike once."""

from nndl.practice.results import Result, Row


def table(result: Result) -> str:
    """A line for each case."""
    if result.verdict == "unfinished":
        return ""
    lines = told_once(result.rows)
    width = max(len(name) for _, name, _ in lines)
    return "\n".join(f"  {name:{width}}  {said}" for _, name, said in lines)


def told_once(rows: list[Row]) -> list[tuple[Row, str, str]]:
    """Each case with its name and its outcome; what ends all that count alike is said once."""
    counted = [row for row in rows if not row.case.told]
    lines, last = [], ""
    ends = {what_came(row) if ended(row) else "" for row in counted}
    if len(counted) > 2 and len(ends) == 1 and "" not in ends:
        lines = [(counted[0], f"all {len(counted)} cases", ends.pop())]
        rows = [row for row in rows if row.case.told]
    for row in rows:
        said = outcome(row)
        lines.append((row, row.case.name, "the same" if said == last and ended(row) else said))
        last = said
    return lines


def ended(row: Row) -> bool:
    """Whether nothing could be compared."""
    return bool(row.seen.raised or row.seen.structure)


def outcome(row: Row) -> str:
    """What was compared on a case, and how it came out."""
    aside = row.case.told and not all(cell.ok for cell in row.cells)
    return ("beyond what is asked, not counted: " if aside else "") + what_came(row)


def what_came(row: Row) -> str:
    """The same without a word on whether it counts."""
    if row.seen.raised:
        raised = row.seen.raised
        inside = "" if raised.where == "it" else f" in {raised.where}"
        line = f"  [line {raised.number}: {raised.line}]" if raised.line else ""
        return f"{raised.kind}{inside}: {raised.message}{line}"
    if row.seen.structure:
        return row.seen.structure
    said = []
    for cell in row.cells:
        if cell.output == "random":
            continue  # said once, below
        known = cell.output in row.expected.values
        said.append(f"{cell.output} ok" if cell.ok else f"{cell.output}: {cell.text}" if known
                    else cell.text)  # fmt: skip
    return ", ".join(said)


def mark(row: Row) -> str:
    """Right, wrong, or not counted."""
    if row.case.told and not all(cell.ok for cell in row.cells):
        return "·"
    return "✓" if row.ok else "✗"
