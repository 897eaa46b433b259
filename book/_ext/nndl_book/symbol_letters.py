"""Which symbol a letter of a formula belongs to, by the glyphs of the two.

A letter may be a symbol, or part of one with an accent, an index, a prime or a neighbor: of
``dx``, ``HH`` and ``\\bar x`` each letter is part. The largest symbol around a letter is its own.
"""

import re
from xml.etree import ElementTree

CODE = re.compile(r"mjx-c([0-9A-F]+)")
LETTER = {"mjx-mi", "mjx-mo", "mjx-mtext"}
# What a symbol can be beside a letter.
AROUND = {f"mjx-{name}" for name in ("base", "over", "mover", "TeXAtom", "msub", "msup", "msubsup")}


def glyphs(part) -> str:
    """The characters of a part as it is drawn, an italic x being another than an upright one."""
    codes = (CODE.match(glyph.get("class", "")) for glyph in part.iter("mjx-c"))
    return "".join(chr(int(code[1], 16)) for code in codes if code)  # a long bracket's are others


def elements(typeset: str):
    """The elements of a formula's HTML."""
    return ElementTree.fromstring(typeset)


def symbols_of(formula, known) -> list[str | None]:
    """The glyphs of each letter's symbol in the order of the letters; None where none is known."""
    around = {child: part for part in formula.iter() for child in part}
    letters = [part for part in formula.iter() if part.tag in LETTER]
    return [symbol_of(letter, around, known) for letter in letters]


def symbol_of(letter, around, known) -> str | None:
    """The glyphs of the largest part around a letter that is known, alone or with a neighbor."""
    parts = [letter]
    while around[parts[-1]].tag in LETTER | AROUND:
        parts.append(around[parts[-1]])
    row = list(around[parts[-1]])
    at = row.index(parts[-1])
    before = "".join(map(glyphs, row[at - 1 : at]))
    after = [glyphs(near) for part in row[at + 1 : at + 2] for near in (part, *part[:1])]
    for own in map(glyphs, reversed(parts)):
        for key in (before + own, *(own + more for more in after if more), own):
            if key in known:
                return key
    return None
