"""The colors of drawn arrays, each of them here once, where a dark page's variant finds them."""

from typing import NamedTuple


class Look(NamedTuple):
    """The colors of an array: of its cells, of marked cells and hatching, of its frame."""

    pale: str
    middle: str
    deep: str


# Black and grays: text and arrows, lines between cells, text of what is no part of an array.
INK = "#000000"
LINE = "#8a8a8a"
FAINT = "#666666"
LOOKS = {
    "x": Look("#e1effa", "#9accee", "#0072b2"),
    "w": Look("#fdeadb", "#f8bd91", "#bf5300"),
    "out": Look("#dcf3ea", "#8bd6b8", "#00805d"),
    "other": Look("#efefef", "#c9c9c9", "#5a5a5a"),
}
PALETTE = (INK, LINE, FAINT, *(color for look in LOOKS.values() for color in look))
ROLES = (*LOOKS, *(f"d{role}" for role in LOOKS))
