"""One cause for several outputs: what two rules say alike of two outputs is said once."""

import re
from collections.abc import Sequence
from dataclasses import replace

from nndl.practice.causes import Cause

# What a title says of one output, and of several.
PLURALS = {"is": "are", "has": "have", "stays": "stay"}
SO_ON = re.compile(r"(?P<name>\w+) is so on (?P<on>[^;]+); (?P<left>.+) ha(?:s|ve) another cause")


def joined(found: Sequence[Cause]) -> list[Cause]:
    """The causes, those that differ in nothing but the output made one, in the first's place."""
    together: list[list[Cause]] = []
    for cause in found:
        like = next((group for group in together if same_words(group[0], cause)), None)
        if like:
            like.append(cause)
        else:
            together.append([cause])
    return [group[0] if len(group) == 1 else about_all(group) for group in together]


def same_words(one: Cause, other: Cause) -> bool:
    """Whether both say the same of two outputs, on the same cases."""
    a, b = SO_ON.fullmatch(one.why), SO_ON.fullmatch(other.why)
    if not a or not b or one.id != other.id or one.sure != other.sure or a["on"] != b["on"]:
        return False
    return (
        one.cause == other.cause and predicate(one, a["name"]) == predicate(other, b["name"]) != ""
    )


def predicate(cause: Cause, name: str) -> str:
    """What the title says of the output; nothing where it says it otherwise."""
    verb = cause.title.removeprefix(f"{name} ").partition(" ")[0]
    known = cause.title.startswith(f"{name} ") and verb in PLURALS
    return cause.title.removeprefix(f"{name} ") if known else ""


def about_all(group: Sequence[Cause]) -> Cause:
    """The cause of all of them."""
    said = [match for cause in group if (match := SO_ON.fullmatch(cause.why))]
    names = [match["name"] for match in said]
    every = {name for match in said for name in re.split(r", | and ", match["left"])}
    left = sorted(every - set(names))
    verb, _, words = predicate(group[0], names[0]).partition(" ")
    subject = " and ".join(names)
    other = f"; {' and '.join(left)} {'have' if len(left) > 1 else 'has'} another cause"
    return replace(
        group[0],
        title=f"{subject} {PLURALS[verb]} {words}".replace(" it should", " they should"),
        why=f"{subject} are so on {said[0]['on']}{other * bool(left)}",
        explains=sum(cause.explains for cause in group),
        outputs=tuple(dict.fromkeys(name for cause in group for name in cause.outputs)),
    )
