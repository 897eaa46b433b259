"""What a teacher may choose."""

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from nndl.practice.exercises import exercise, exercises

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Of each submission.

    Raises
    ------
    ValueError
        One of them is not above 0.
    """

    seconds: float = 120.0  # for all of it
    load_seconds: float = 20.0  # to run a module, or a statement of a notebook
    case_seconds: float = 3.0  # for a call of a function
    memory: int = 3072  # MB of address space
    disk: int = 50  # MB that it hands in, or writes

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not value > 0:
                name = one.name.replace("_", "-")
                raise ValueError(f"--{name}: expected a number above 0, got {value}")


def chosen(given: str | None) -> tuple[str, ...]:
    """The exercises that are graded, in the order of the book.

    Raises
    ------
    ValueError
        One of the names is none.
    """
    if given is None:
        return tuple(exercises())
    try:
        asked = {exercise(name.strip()).name for name in given.split(",") if name.strip()}
    except ValueError as error:
        raise ValueError(f"--exercises: {error}") from None
    if not asked:
        raise ValueError("--exercises: expected names with commas between them, got none")
    return tuple(name for name in exercises() if name in asked)


def label(path: Path) -> str:
    """The name of a submission, as any file can hold it."""
    return path.name.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True)
class Task:
    """One submission, with how it is graded."""

    path: Path
    exercises: tuple[str, ...]
    limits: Limits

    @property
    def label(self) -> str:
        """Its name."""
        return label(self.path)

    @property
    def choices(self) -> str:
        """A digest of the exercises and limits."""
        said = repr((self.exercises, asdict(self.limits)))
        return hashlib.sha256(said.encode()).hexdigest()[:16]
