"""How to cite the book, on its title page, and each chapter, at the foot of its page."""

import re
from functools import cache

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book._ext.nndl_book import history

FILE = history.ROOT / "CITATION.cff"


@cache
def book() -> dict:
    """The contents of ``CITATION.cff``: title, authors, version, and the DOI when there is one."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def authors(citation: dict) -> list[str]:
    """The authors' names, of people and groups alike."""
    return [a.get("name") or f"{a['given-names']} {a['family-names']}" for a in citation["authors"]]


def entry(kind: str, key: str, fields: dict) -> str:
    """A BibTeX entry of the fields that have a value."""
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"


def cite(citation: dict, url: str = "", chapter: dict | None = None) -> tuple[str, str]:
    """A reference line and a BibTeX entry for the book, or for one of its chapters.

    Parameters
    ----------
    citation : dict
        The contents of ``CITATION.cff``.
    url : str
        The address of the book or of the chapter; empty where there is none.
    chapter : dict or None
        ``title``, ``number``, ``name`` and ``date`` of a chapter; the date may be None.
    """
    people = authors(citation)
    date = citation.get("date-released") or (chapter or {}).get("date")
    year = str(date)[:4] if date else None
    line = ", ".join(people) + (f" ({year})" if year else "") + ". "
    if chapter:
        line += f"{chapter['title']}. Chapter {chapter['number']} of "
    line += f"{citation['title']}, version {citation['version']}."
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in people),
        "title": chapter["title"] if chapter else citation["title"],
        "booktitle": citation["title"] if chapter else None,
        "chapter": chapter["number"] if chapter else None,
        "version": citation["version"],
        "year": year,
        "doi": citation.get("doi"),
        "url": url,
    }
    kind = "incollection" if chapter else "software"
    key = "nndl" + (f"-{re.sub('[^a-z0-9]+', '-', chapter['name'])}" if chapter else "")
    return line + (f" {url}" if url else ""), entry(kind, key, fields)


class Citation(SphinxDirective):
    """How to cite the book: a line and a BibTeX entry."""

    def run(self):
        self.env.note_dependency(str(FILE))
        line, bibtex = cite(book(), self.config.html_baseurl)
        return [nodes.paragraph("", line), nodes.literal_block(bibtex, bibtex, language="bibtex")]


def connect(app) -> None:
    app.add_directive("citation", Citation)
