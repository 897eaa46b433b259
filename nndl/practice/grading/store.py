"""What is finished, in a file of JSON lines beside the table: a run that was cut goes on there."""

import json
import os
from pathlib import Path
from typing import Any


class Store:
    """Entries of submissions, one a line, each on the disk as soon as it is known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries = {entry["submission"]: entry for entry in self._read()}

    def _read(self) -> list[dict[str, Any]]:
        found = []
        lines = self.path.read_bytes().split(b"\n") if self.path.exists() else []
        for line in lines:
            try:
                entry = json.loads(line)
                if isinstance(entry["submission"], str) and isinstance(entry["exercises"], dict):
                    found.append(entry)
            except (ValueError, KeyError, TypeError):
                continue  # cut off in the middle
        return found

    def finished(self, label: str, digest: str, choices: str) -> bool:
        """Whether this submission was graded as it is now, in this way."""
        entry = self.entries.get(label, {})
        return (entry.get("digest"), entry.get("choices")) == (digest, choices)

    def keep(self, labels: set[str]) -> None:
        """Forget other submissions, and lines that were cut off."""
        self.entries = {k: v for k, v in self.entries.items() if k in labels}
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in self.entries.values())
        os.replace(beside, self.path)

    def add(self, entry: dict[str, Any]) -> None:
        """One more."""
        self.entries[entry["submission"]] = entry
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
