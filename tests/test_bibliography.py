"""The sources: each has a year and an address at which it can be read, or is known to have none."""

import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

SOURCES = parse_file(Path(__file__).parent.parent / "book" / "references.bib").entries
WITHOUT = {"Cook1966": "a thesis of which no record with an address was found"}
FORMS = {
    "doi": r"10\.\d{4,}/\S+",
    "eprint": r"\d{4}\.\d{4,5}",
    "url": r"https?://[\w.-]+/?\S*",
}


@pytest.mark.parametrize("key", SOURCES)
def test_a_source_has_a_year_and_an_address(key):
    fields = SOURCES[key].fields
    assert re.fullmatch(r"1[89]\d\d|20\d\d", fields["year"])
    found = {name: fields[name] for name in FORMS if name in fields}
    assert bool(found) != (key in WITHOUT)
    for name, text in found.items():
        assert re.fullmatch(FORMS[name], text), (name, text)
    assert ("archivePrefix" in fields) == ("eprint" in fields), "its link is that of arXiv"
    assert "arXiv:" not in fields.get("note", ""), "a number in a note is no link"


@pytest.mark.parametrize("name", FORMS)
def test_no_two_sources_have_one_address(name):
    found = [entry.fields[name] for entry in SOURCES.values() if name in entry.fields]
    assert len(found) == len(set(found))


def test_what_has_no_address_is_still_a_source():
    assert set(WITHOUT) <= set(SOURCES)
