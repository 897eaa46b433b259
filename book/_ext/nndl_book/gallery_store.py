"""What the mistakes do, kept beside the page trees until the package or the catalogue changes."""

import hashlib
import json
from pathlib import Path

import nndl
from book._ext.nndl_book import gallery_beyond, gallery_course, gallery_harms
from book._ext.nndl_book.gallery_harms import Harm, Measured, measure

FOLDER = Path(nndl.__file__).parent


def sources() -> list[Path]:
    """The files that what is measured depends on."""
    files = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.toml")]
    return [
        *sorted(files),
        *(Path(m.__file__) for m in (gallery_beyond, gallery_course, gallery_harms)),
    ]


def key() -> str:
    """A name for the contents of these files."""
    found = hashlib.sha256()
    for file in sources():
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def stored(folder: Path) -> dict[str, Measured]:
    """What ``measure`` gives, from the file in ``folder`` where nothing has changed."""
    file, now = Path(folder) / "gallery.json", key()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.get("key") != now:
        kept = {"key": now, "mistakes": measure()}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(kept), encoding="utf-8")
    return {name: loaded(*fields) for name, fields in kept["mistakes"].items()}


def loaded(exercise, cases, course, harms) -> Measured:
    """A list of JSON as what it was."""
    rows = (Harm(*fields[:-1], tuple(fields[-1])) for fields in harms)
    return Measured(exercise, cases, course, tuple(rows))
