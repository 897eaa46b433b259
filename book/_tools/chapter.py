"""A chapter: its text, the notebook beside it, and its part of the record of timings.

Each is read once, however many questions are asked of it.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from book._tools.needed import needed
from book._tools.stale import fingerprint
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text

TIMINGS = "book/timings.json"


@dataclass
class Chapter:
    """The chapter whose text is at ``path``, in the book at ``root``."""

    path: Path
    root: Path = ROOT

    @property
    def name(self):
        """The path of the text, as messages have it: ``book/foundations/losses.md``."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def twin(self):
        """The path of the notebook."""
        return self.path.with_suffix(".ipynb")

    @cached_property
    def text(self):
        """The notebook, without outputs, that the text describes."""
        return read_text(self.path)

    @cached_property
    def notebook(self):
        """The notebook as it is stored; None where there is none."""
        if not self.twin.exists():
            return None
        return needed("nbformat").read(self.twin, as_version=4)

    @cached_property
    def cells(self):
        """The text's code cells."""
        return code_cells(self.text)

    @cached_property
    def stored_cells(self):
        """The notebook's code cells."""
        return code_cells(self.notebook) if self.notebook else []

    @cached_property
    def fingerprint(self):
        """A hash of what decides the outputs."""
        return fingerprint(self.cells, self.root)

    @property
    def is_timed(self):
        """Whether the chapter shows timings."""
        return any("nndl.timing" in cell.source for cell in self.cells)

    @cached_property
    def timings(self):
        """What the record has of this chapter: ``date``, ``machine``, ``values`` and so on."""
        file = self.root / TIMINGS
        record = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return record.get(self.path.stem, {})

    @property
    def shown_timings(self):
        """A hash of the timings that the notebook is to show; None where it shows none."""
        values = json.dumps(self.timings.get("values", {}), sort_keys=True)
        return hashlib.sha256(values.encode()).hexdigest() if self.is_timed else None

    @property
    def stamp(self):
        """What the notebook says of its making."""
        timings = self.shown_timings
        return {"fingerprint": self.fingerprint} | ({"timings": timings} if timings else {})


def read_chapters(root=ROOT):
    """The book's chapters, in the order of its contents."""
    return [Chapter(path, root) for path in chapter_paths(root)]
