"""The lines in which a chapter states a check, read from the stored outputs of its notebook.

``dx error: 3.37e-09  (bound 1e-08)``, and where a published value exists
``dx error: 3.37e-09  (bound 1e-08)  published 3.6e-10 to 3.2e-09``: two spaces before each part.
An accuracy: ``test accuracy: 98.6 %  (at least 98 %)``.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from book._ext.nndl_book.check_layers import layers_in

LINE = re.compile(
    r"(?P<what>\S.*?) error: (?P<value>\S+)  \(bound (?P<bound>\S+)\)"
    r"(?:  published (?P<published>\S.*))?"
)
SHARE = re.compile(r"(?P<what>\S.*?): (?P<value>\d+\.\d) %  \(at least (?P<bound>\d+) %\)")
LOOKS_LIKE = re.compile(r"\(bound\b|\berror:.*\bpublished\b|\(at least\b")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


class Check(NamedTuple):
    what: str
    value: str
    bound: str
    published: str | None
    section: str = ""  # the heading above the cell
    layers: tuple[str, ...] = ()  # those that the cell calls


def parse_line(line: str) -> Check | None:
    """The check that a line of output states; None for other lines.

    Raises
    ------
    ValueError
        The line looks like a check and is not a valid one.
    """
    if match := SHARE.fullmatch(line):
        what, value, bound = match.groups()
        if not float(bound) <= float(value) <= 100:
            raise ValueError(f"beyond its bound: {line!r}")
        return Check(what, f"{value} %", f"at least {bound} %", None)
    match = LINE.fullmatch(line)
    if match is None:
        if LOOKS_LIKE.search(line):
            raise ValueError(f"not a well-formed check: {line!r}")
        return None
    check = Check(**match.groupdict())
    if not float(check.value) <= float(check.bound):  # also for NaN; not a number: ValueError
        raise ValueError(f"beyond its bound: {line!r}")
    return check


def looks_like_check(line: str) -> bool:
    """Whether a line states a check, one that holds or one that does not."""
    try:
        return parse_line(line) is not None
    except ValueError:
        return True


def notebook_checks(path: Path):
    """Yield the checks of one notebook, or a ValueError for each line that is a bad one."""
    section = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            section = [section, *HEADING.findall("".join(cell["source"]))][-1]
        if cell["cell_type"] != "code" or "planted" in cell["metadata"].get("tags", []):
            continue
        layers = layers_in("".join(cell["source"]))
        streams = [o for o in cell["outputs"] if o.get("name") == "stdout"]
        for line in "".join("".join(o["text"]) for o in streams).splitlines():
            try:
                check = parse_line(line)
            except ValueError as error:
                yield error
            else:
                if check:
                    yield check._replace(section=plain(section), layers=layers)


def notebook_title(path: Path) -> str:
    """The first heading of a notebook, as plain text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return plain(HEADING.search("".join(cells[0]["source"]))[1])


def plain(heading: str) -> str:
    """A heading as Sphinx's tables of contents spell it: without marks for math, code, emphasis."""
    return re.sub(r"[$`*]", "", heading)
