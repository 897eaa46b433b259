"""Whether two functions did the same on a case: the same wrong numbers, or the same exception."""

import re

from nndl.practice.comparing import close
from nndl.practice.watching import Observation, Raised


def alike(a: Observation, b: Observation, output: str, bound: float) -> bool:
    """Whether two functions did the same, as far as one output goes."""
    if output == "arguments":
        return bool(a.changed) and a.changed == b.changed
    if output in ("second call", "random"):
        return a.again == b.again and a.random == b.random
    if a.raised or b.raised:
        return _ended(a) == _ended(b)
    if a.structure or b.structure:
        return a.structure == b.structure
    if output == "dtype":
        return all(a.values[k].dtype == b.values[k].dtype for k in a.values)
    return close(a.values[output], b.values[output], bound)


def _ended(seen: Observation) -> str:
    """How a call ended; to return nothing is another way to refuse what one was given."""
    return "refused" if seen.structure.startswith("it returned nothing") else _said(seen.raised)


def _said(raised: Raised | None) -> str:
    """What an exception means: its kind and its message without numbers; for some, more loosely."""
    if raised is None:
        return ""
    refused = raised.line.startswith(("raise ", "assert ")) or raised.line.endswith("exit(1)")
    if refused or raised.kind in ("AssertionError", "SystemExit", "Exception"):
        return "refused"
    if re.search("empty|zero-size", raised.message):
        return "nothing in the window"
    message = re.sub(r"_(fast|naive)\b", "", raised.message)  # whichever of them was called
    return f"{raised.kind}: " + re.sub(r"[\d(), ]+", " ", message)
