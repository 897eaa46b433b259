"""The process of a submission: run its functions on the cases, and send what was seen.

It judges nothing. All of this package that it needs is imported before the first line of the
submission runs; what the submission changes afterwards changes what it sends, and no verdict.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from nndl.practice.beside import outputs, own_forward
from nndl.practice.comparing import expectations
from nndl.practice.exercises import Exercise, exercise, exercises, meant, varied
from nndl.practice.grading import hooks, kernel, loading, rlimits, wire
from nndl.practice.helping import helpers, replaced
from nndl.practice.plays import Parts, observe
from nndl.practice.watching import Observation

Send = Callable[..., None]
OTHERS = 20  # names that are told


def main() -> None:
    """Read a job from the standard input, do it, and end."""
    job = json.loads(sys.stdin.readline())
    kernel.end_with(job["parent"])
    channel = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    rlimits.close_files(channel)
    known = [exercise(name) for name in job["exercises"]]
    text = b"".join(path.read_bytes() for path in loading.files(Path(job["folder"])))
    for one in known:
        if any(name.encode() in text for name in one.aliases):
            for each in (one, varied(one)):
                if each:
                    expectations(each)  # before the submission can change what is computed there
    guards = guard(job)

    def send(kind: str, **given: Any) -> None:
        line = json.dumps({"token": job["token"], "kind": kind, **given}) + "\n"
        data = memoryview(line.encode("ascii"))
        while data:
            data = data[os.write(channel, data) :]

    send("started", guards=guards)
    spaces, problems = loading.loaded(Path(job["folder"]), job["load_seconds"])
    found = {one.name: function for one in exercises().values() if (function := of(one, spaces))}
    twice = [f"{one.name} is in {' and '.join(files)}" for one in exercises().values()
             if len(files := homes(one, spaces, job["folder"])) > 1]  # fmt: skip
    send("loaded", problems=problems, names=list(found), others=others(spaces), twice=twice)
    for one in known:
        if one.name in found:
            send("begins", exercise=one.name)
            send("seen", exercise=one.name, **seen(one, found[one.name], job["case_seconds"]))
    send("done")
    os._exit(0)  # whatever it left to be done at the end


def guard(job: dict[str, Any]) -> list[str]:
    """Put the limits on; the names of those that the system has."""
    folder = tempfile.tempdir = job["folder"]
    os.chdir(folder)
    rlimits.limit(job["memory"], job["seconds"], job["size"])
    hooks.refuse(folder)
    guards, column = ["hooks"], kernel.machine()
    if column is not None:
        guards += ["landlock"] if kernel.confined(folder, job["readable"]) else []
        guards += ["seccomp"] if kernel.filtered(column) else []
    return guards


def of(one: Exercise, spaces: list[loading.SPACE]) -> Callable[..., Any] | None:
    """The submission's function for an exercise: not one that it only imported from this package.

    The first in the order of files, if several define one.
    """
    for space in spaces:
        for name in one.aliases:
            function = space.get(name)
            home = str(getattr(function, "__module__", ""))
            own = callable(function) and home.partition(".")[0] != "nndl"
            if function is not None and own and meant(one, function):
                return function
    return None


def homes(one: Exercise, spaces: list[loading.SPACE], folder: str) -> list[str]:
    """The files that define an exercise's function, in their order."""
    return [
        str(space.get("__file__")).removeprefix(folder + os.sep)
        for space in spaces
        if any(
            isinstance(value := space.get(name), FunctionType)
            and value.__module__ == space.get("__name__")
            for name in one.aliases
        )
    ]


def others(spaces: list[loading.SPACE]) -> list[str]:
    """Functions of the submission that no exercise has the name of: perhaps they are misspelled."""
    known = {name for one in exercises().values() for name in one.aliases}
    return [
        name
        for space in spaces
        for name, value in space.items()
        if isinstance(value, FunctionType) and name not in known
        if value.__module__ == space.get("__name__")
    ][:OTHERS]


def seen(one: Exercise, function: Callable[..., Any], seconds: float) -> dict[str, Any]:
    """All that is judged later, as ``nndl.practice.checking`` sees it."""
    ours = one.reference_forward()
    own, other = own_forward(one, function, None), varied(one)
    found = helpers(one, function, own)
    first = observed(one, Parts(function, own or ours), seconds)
    ends = {name: seen(exercise(name), helper, seconds) for name, helper in found.items()}
    if own:
        ends[one.forward_name] = seen(exercise(one.forward_name), own, seconds)
    helped = rows(one, replaced(Parts(function, own or ours), found), seconds) if found else None
    return {
        "own": own is not None,
        "rows": [wire.sent(each) for each in first],
        "others": rows(one, Parts(function, ours), seconds) if own else None,
        "varied": rows(other, Parts(function, own or ours), seconds) if other else None,
        "forward": [wire.sent(found) for found in outputs(one, own, seconds)] if own else None,
        "helped": helped,
        "helpers": ends,
    }


def rows(one: Exercise, parts: Parts, seconds: float) -> list[dict[str, Any]]:
    """Every case as it is sent."""
    return [wire.sent(each) for each in observed(one, parts, seconds)]


def observed(one: Exercise, parts: Parts, seconds: float) -> list[Observation]:
    """Every case, up to the first that does not end."""
    found: list[Observation] = []
    for case, _ in expectations(one):
        found.append(observe(one, case, parts, twice=not one.random, seconds=seconds))
        if (raised := found[-1].raised) and raised.kind in ("TooLong", "NotImplementedError"):
            break
    return found


if __name__ == "__main__":
    main()
