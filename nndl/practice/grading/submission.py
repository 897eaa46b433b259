"""Grade one submission: run it, again without the function that ended its process, and judge."""

import re
import time
from typing import Any

from nndl.practice.grading import collected, fonts, places, process
from nndl.practice.grading.child import OTHERS
from nndl.practice.grading.judging import judged, stopped
from nndl.practice.grading.options import Task
from nndl.practice.grading.wire import Malformed, text

PROBLEMS, LONG = 50, 500  # that are kept, and characters of each


def grade(task: Task, digest: str) -> dict[str, Any]:
    """The entry of a submission.

    Returns
    -------
    dict
        ``submission``, ``digest`` and ``choices``; ``status``, which is ``checked``, ``problems``
        (a file or cell of it raised) or ``stopped`` (it ended its process or went over a limit);
        ``problems`` in words; ``exercises``, a verdict for each function that it has; ``others``,
        names of functions that are no exercise; ``twice``, functions that several files define;
        ``guards``.
    """
    found = {
        "submission": task.label, "digest": digest, "choices": task.choices, "status": "checked",
        "problems": [], "exercises": {}, "others": [], "twice": [],
        "guards": [],
    }  # fmt: skip
    until = time.monotonic() + task.limits.seconds
    todo = list(task.exercises)
    try:
        while todo:
            todo = _attempt(task, found, todo, until - time.monotonic())
    except Exception as error:  # whatever it did, the others are graded
        _problem(found, f"it cannot be graded: {type(error).__name__}: {error}"[:300])
        found["status"] = "stopped"
    if found["problems"] and found["status"] == "checked":
        found["status"] = "problems"
    order = [name for name in task.exercises if name in found["exercises"]]
    found["exercises"] = {name: found["exercises"][name] for name in order}
    return found


def _attempt(task: Task, found: dict[str, Any], todo: list[str], seconds: float) -> list[str]:
    """Run what is to do; what is left after a function that ended its process."""
    with places.folder_of_its_own() as folder:
        try:
            collected.copy(task.path, folder, task.limits.disk)
            fonts.give(folder)
        except (collected.TooLarge, OSError) as error:
            _problem(found, str(error))
            found["status"] = "stopped"
            return []
        sent, why = process.run(folder, todo, task.limits, max(seconds, 0.1))
    first: dict[str, dict[str, Any]] = {}
    for one in sent:
        first.setdefault(f"{one.get('kind')} {one.get('exercise', '')}".strip(), one)
    if not found["guards"]:
        found["guards"] = _texts(first.get("started", {}).get("guards"))
    for problem in _texts(first.get("loaded", {}).get("problems")):
        _problem(found, problem)
    for kind in ("others", "twice"):
        found[kind] = found[kind] or _texts(first.get("loaded", {}).get(kind))[:OTHERS]
    names = [name for name in todo if name in _texts(first.get("loaded", {}).get("names"))]
    for name in names:
        if f"seen {name}" in first:
            found["exercises"][name] = judged(name, first[f"seen {name}"])
    if "done" in first and not why:
        return []
    found["status"] = "stopped"
    why = why or "it ended its process (0)"
    begun = [name for name in names if f"begins {name}" in first and f"seen {name}" not in first]
    if not begun:  # outside of any function
        _problem(found, why)
        return []
    found["exercises"][begun[0]] = stopped(f"{why}, here or in its own forward pass")
    rest = [name for name in names if name not in found["exercises"]]
    if "time" in why.partition("(")[0]:
        found["exercises"] |= {name: stopped("not reached: " + why) for name in rest}
        return []
    return rest


def _problem(found: dict[str, Any], problem: str) -> None:
    problem = re.sub(r"\s+", " ", problem)[:LONG]
    if problem not in found["problems"] and len(found["problems"]) < PROBLEMS:
        found["problems"].append(problem)


def _texts(given: Any) -> list[str]:
    try:
        return [text(one) for one in given][:1000]
    except (Malformed, TypeError):
        return []
