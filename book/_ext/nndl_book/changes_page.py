"""The page of changes is CHANGELOG.md itself, with headings for readers."""

from book._ext.nndl_book.history import ROOT
from book._tools import release

PAGE = "changes"
PLACE = "<!-- the changelog -->"


def changelog() -> str:
    """The text of CHANGELOG.md."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def anchor(version: str) -> str:
    """The id of a version's heading."""
    return "version-" + version.replace(".", "-")


def section(version: str, date: str, notes: str) -> str:
    """A version's changes below a heading such as ``Version 0.1.0 · 2026-11-25``."""
    when = "not released yet" if date == "unreleased" else date
    return f"({anchor(version)})=\n## Version {version} · {when}\n\n{notes}"


def put_in(app, docname, source) -> None:
    if docname == PAGE:
        app.env.note_dependency(str(ROOT / "CHANGELOG.md"))
        sections = [section(*parts) for parts in release.sections(changelog())]
        source[0] = source[0].replace(PLACE, "\n".join(sections))


def connect(app) -> None:
    app.connect("source-read", put_in)
