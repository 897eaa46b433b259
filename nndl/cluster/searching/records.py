"""What is finished of a search, in a folder: a search that was cut goes on there.

``search.json`` says which search it is. ``results.jsonl`` has a line for each rung that a trial
finished, each on the disk as soon as it is known. ``trial-<number>-until-<epochs>.npz`` is the
checkpoint of a trial that may go on, or that is the best so far.
"""

import json
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nndl.cluster.searching.trial import Outcome
from nndl.internal.whole_files import fcntl, writing
from nndl.training import checkpoints

STATE = re.compile(r"trial-(\d+)-until-(\d+)\.npz")


class Records:
    """The folder of one search.

    Parameters
    ----------
    folder : Path
        It is made if it is not there.
    description : dict
        Of the search, in what JSON can hold.

    Raises
    ------
    ValueError
        The folder has something else in it, or another search, or one that is running.
    """

    def __init__(self, folder: Path, description: dict[str, Any]) -> None:
        self.folder = folder
        head, self.lines = folder / "search.json", folder / "results.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        if not head.exists() and any(not _ours(path.name) for path in folder.iterdir()):
            raise ValueError(f"search: folder {str(folder)!r} has other files, expected none")
        self.lock = (folder / "lock").open("w")
        try:
            self._lock()
            if head.exists():
                _compare(folder, _read(head), description)
            else:
                with writing(head) as file:
                    file.write(json.dumps(description, indent=1).encode())
            self.finished = self._finished()
        except BaseException:
            self.lock.close()
            raise

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            why = "is that of a search which is running"
            raise ValueError(f"search: folder {str(self.folder)!r} {why}") from None
        except OSError:  # this file system has no locks
            return

    def _finished(self) -> dict[tuple[int, int], tuple[float | None, str]]:
        """The lines that are whole; a last one may have been cut."""
        found = {}
        for line in self.lines.read_bytes().split(b"\n") if self.lines.exists() else ():
            try:
                one = json.loads(line)
                value = one["value"] if one["value"] is None else float(one["value"])
                found[int(one["trial"]), int(one["until"])] = value, str(one["reason"])
            except (ValueError, KeyError, TypeError):
                continue
        with writing(self.lines) as file:
            file.writelines(_line(*key, *what) for key, what in found.items())
        return found

    def add(self, outcome: Outcome) -> None:
        """One more: its checkpoint first, so that a line that is there has one."""
        if outcome.state is not None:
            with writing(self._path(outcome.trial, outcome.until)) as file:
                file.write(outcome.state)
        key, what = (outcome.trial, outcome.until), (outcome.value, outcome.reason)
        with self.lines.open("ab") as file:
            file.write(_line(*key, *what))
            file.flush()
            os.fsync(file.fileno())
        self.finished[key] = what

    def state(self, trial: int, until: int) -> bytes | None:
        """A checkpoint; None where it is not there, or damaged: the trial then starts anew."""
        path = self._path(trial, until)
        try:
            checkpoints.read(path)
            return path.read_bytes()
        except (OSError, ValueError):
            return None

    def keep(self, states: Collection[tuple[int, int]]) -> None:
        """Delete all checkpoints but these."""
        for path in self.folder.iterdir():
            if (it := STATE.fullmatch(path.name)) and (int(it[1]), int(it[2])) not in states:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another search have the folder."""
        self.lock.close()

    def _path(self, trial: int, until: int) -> Path:
        return self.folder / f"trial-{trial}-until-{until}.npz"


def _line(trial: int, until: int, value: float | None, reason: str) -> bytes:
    found = {"trial": trial, "until": until, "value": value, "reason": reason}
    return json.dumps(found).encode() + b"\n"


def _ours(name: str) -> bool:
    """Whether a file is one of a search that was killed at its start."""
    return name == "lock" or name.startswith("search.json.")


def _read(head: Path) -> dict[str, Any]:
    try:
        found = json.loads(head.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"search: folder {str(head.parent)!r} has a search.json that is none")
    return found


def _compare(folder: Path, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Raise unless two searches are the same, with what differs."""
    for key in {**there, **here}:
        one, other = there.get(key), here.get(key)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            name = next(k for k in {**one, **other} if one.get(k) != other.get(k))
            key, one, other = f"{key}[{name!r}]", one.get(name), other.get(name)
        both = f"{key} is {one!r} there and {other!r} here"
        raise ValueError(f"search: folder {str(folder)!r} is of another search: {both}")
