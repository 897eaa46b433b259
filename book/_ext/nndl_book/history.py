"""The version that the site shows, and when its pages changed last, both read and never typed.

The version and the date of its release are those of ``CHANGELOG.md``. A page's date is that of the
last commit that touched its text, so two builds of one commit say the same. Where the history is
missing, in an archive or a shallow clone, it is the date of the release, or none.
"""

import subprocess
from functools import cache
from pathlib import Path

from book._tools import release

ROOT = Path(__file__).resolve().parents[3]


def git(*arguments: str, root: Path = ROOT) -> str | None:
    """What git says, or None where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8"
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def changed(root: Path = ROOT) -> dict[str, str]:
    """The date of the last commit for each file below ``book/``; empty without a whole history."""
    if (git("rev-parse", "--is-shallow-repository", root=root) or "true").strip() != "false":
        return {}
    dates: dict[str, str] = {}
    date = ""
    log = git(
        "-c", "core.quotePath=off", "log", "--format=>%cs", "--name-only", "--", ".", root=root
    )
    for line in (log or "").splitlines():
        if line.startswith(">"):
            date = line[1:]
        elif line:
            dates.setdefault(line, date)  # the newest commit comes first
    return dates


@cache
def dates_here() -> dict[str, str]:
    """Those of the book's own repository, asked for once in a build."""
    return changed()


def version() -> tuple[str, str | None]:
    """The version of the files, and the date of its release, None before."""
    number, date, _ = release.changes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    return number, None if date == "unreleased" else date


def date_of(env, docname: str) -> str | None:
    """When a page's text was changed last; of a chapter, the text and not the notebook."""
    path = Path(env.doc2path(docname))
    for file in (path.with_suffix(".md"), path):
        try:
            name = file.resolve().relative_to(ROOT).as_posix()
        except ValueError:  # a book elsewhere, as in the tests
            break
        if name in dates_here():
            return dates_here()[name]
    return version()[1]


def tell_sphinx(app, config) -> None:
    """Sphinx writes the version into the index that other sites read, objects.inv."""
    config.version = config.release = version()[0]


def connect(app) -> None:
    app.connect("config-inited", tell_sphinx)
