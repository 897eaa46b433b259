"""Which layers a check is about: those whose functions the cell that prints it calls.

``conv_forward_fast`` in a cell makes its checks checks of ``conv``. A cell that calls no layer by
name, since it trains a network or times the machine, is about none.
"""

import re

from nndl.internal.homes import HOMES

FUNCTION = re.compile(r"(\w+?)_(?:forward|backward|loss)(?:_(?:naive|fast|alt))?")


def layer_of(function: str) -> str | None:
    """The layer whose function this is, by its name; None for other functions."""
    match = FUNCTION.fullmatch(function)
    return match and match[1]


LAYERS = tuple(
    dict.fromkeys(filter(None, map(layer_of, (name for home in HOMES.values() for name in home))))
)


def layers_in(code: str) -> tuple[str, ...]:
    """The layers of the package that a cell's code calls, in the package's order."""
    called = set(map(layer_of, re.findall(r"\w+", code)))
    return tuple(layer for layer in LAYERS if layer in called)


def in_words(layer: str) -> str:
    return layer.replace("_", " ")
