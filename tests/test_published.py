"""The published values beside the book's checks, and the bibliography that they are cited from."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

from book._ext.nndl_book import check_lines

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("*/*.ipynb"))
TEXTS = [path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("**/*.md")]
ENTRIES = parse_file(ROOT / "book" / "references.bib").entries
NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"


def agrees(value, published):
    """Whether a value is the published one to two digits, below its bound, or in its range."""
    if bound := re.fullmatch(f"< ({NUMBER})", published):
        return value < float(bound[1])
    if ends := re.fullmatch(f"({NUMBER}) to ({NUMBER})", published):
        return float(ends[1]) <= value <= float(ends[2])
    if re.fullmatch(NUMBER, published):
        return abs(value / float(published) - 1) < 0.02
    raise ValueError(f"published {published!r} is no value, no bound such as '< 1e-6' and no range")


def published_checks(path):
    """The checks of a stored notebook that have a published value."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            for line in "".join(output.get("text", "")).splitlines():
                check = check_lines.parse_line(line)
                if check and check.published:
                    yield check


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_published_value_comes_out_here_too(path):
    """A value from a run with other random numbers does not, and proves nothing when it does."""
    checks = list(published_checks(path))
    assert not [check for check in checks if not agrees(float(check.value), check.published)]


@pytest.mark.parametrize(
    ("value", "published", "agreed"),
    [
        (9.77e-10, "9.77e-10", True),
        (5.00e-08, "5.0e-08", True),
        (4.39e-10, "4.434e-10", True),
        (4.30e-10, "4.434e-10", False),
        (1.21e-06, "< 9.3e-07", False),
        (4.6e-12, "< 1e-10", True),
        (3.2e-09, "3.6e-10 to 3.2e-09", True),
        (3.3e-09, "3.6e-10 to 3.2e-09", False),
    ],
)
def test_what_agreement_means(value, published, agreed):
    assert agrees(value, published) is agreed


@pytest.mark.parametrize("published", ["<= 9.3e-07", "~1e-16", "equal", "e-9", ""])
def test_what_is_no_published_value(published):
    with pytest.raises(ValueError, match="no value"):
        agrees(1e-9, published)


@pytest.mark.parametrize("key", ENTRIES)
def test_every_source_can_be_found(key):
    fields = ENTRIES[key].fields
    assert "year" in fields or "url" in fields
    assert not re.search(r"[$\\^_]", fields["title"])  # the site prints TeX as it stands


@pytest.mark.parametrize("key", ENTRIES)
def test_every_source_is_cited(key):
    assert any(re.search(rf"\{{cite:\w+\}}`[^`]*\b{key}\b", text) for text in TEXTS)
