"""Whether the tree is the version that a tag names, and what its changelog says of it.

    python -m book._tools.release v0.1.0    print the notes; fail and say what to do otherwise

The workflow that makes a release runs it before anything else.
"""

import re
import sys
import tomllib
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADING = re.compile(r"^## \[(.+?)\] - (\S+)$", re.MULTILINE)


def sections(text):
    """(version, date, notes) of each section of a changelog; the date may be unreleased."""
    heads = list(HEADING.finditer(text))
    for head, following in zip_longest(heads, heads[1:]):
        notes = text[head.end() : following and following.start()]
        yield head[1], head[2], notes.strip() + "\n"


def changes(text):
    """(version, date, notes) of the first section."""
    first = next(sections(text), None)
    if first is None:
        raise ValueError("CHANGELOG.md: no section `## [VERSION] - DATE`: write one")
    return first


def stated(root=ROOT):
    """``({file: version}, {file: date})``, as the files state them; None where one does not."""

    def read(name):
        return (root / name).read_text(encoding="utf-8")

    def field(name, key):
        found = re.search(rf"(?m)^{key} *[:=] *[\"']?([^\"'\n]+)", read(name))
        return found[1] if found else None

    version, date, _ = changes(read("CHANGELOG.md"))
    return {
        "pyproject.toml": tomllib.loads(read("pyproject.toml"))["project"]["version"],
        "nndl/__init__.py": field("nndl/__init__.py", "__version__"),
        "CITATION.cff": field("CITATION.cff", "version"),
        "CHANGELOG.md": version,
    }, {"CHANGELOG.md": date, "CITATION.cff": field("CITATION.cff", "date-released")}


def problems(tag, root=ROOT):
    """What has to be done before ``tag`` is released, a line each."""
    versions, dates = stated(root)
    for file, version in versions.items():
        if tag != f"v{version}":
            yield f"{file} has version {version}: make it that of the tag"
    for file, date in dates.items():
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", date or ""):
            yield f"{file} has no date of release, but {date}: write year-month-day"
        elif date != dates["CHANGELOG.md"]:
            yield f"{file} has the date {date}, CHANGELOG.md {dates['CHANGELOG.md']}: choose"


def main(arguments):
    """The command line; returns the exit status."""
    (tag,) = arguments
    wrong = list(problems(tag))
    for line in wrong:
        print(f"{tag} cannot be released: {line}", file=sys.stderr)
    if not wrong:
        sys.stdout.reconfigure(encoding="utf-8")
        print(changes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))[2], end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
