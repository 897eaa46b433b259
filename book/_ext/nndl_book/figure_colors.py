"""The colors of figures on dark pages: for each color of a figure, the one that is drawn there.

Nothing is inverted: what is blue stays blue. Grounds, which lie below numbers, become dark; ink,
curves and frames become light enough to be seen on them.
"""

import re

from nndl.vis.palette import FAINT, INK, LINE, LOOKS

PAGES = {"light": "#ffffff", "dark": "#121212"}  # the theme's
TEXT, GRAPHICS = 4.5, 3.0  # the least contrasts, of WCAG 2.2: 1.4.3 and 1.4.11
GRAY = re.compile(r"#([0-9a-f]{2})\1\1")
PALE_GRAY = 0xBF  # from here on, a gray is a ground or a grid
_X, _W, _OUT, _OTHER = LOOKS.values()
DARK = {
    INK: "#ececec",
    LINE: "#7d7d7d",
    FAINT: "#a8a8a8",
    "#ffffff": PAGES["dark"],
    _X.pale: "#14293a",
    _X.middle: "#1c5687",
    _X.deep: "#4fa8e8",
    _W.pale: "#3a230f",
    _W.middle: "#864211",
    _W.deep: "#f2884a",
    _OUT.pale: "#0f3226",
    _OUT.middle: "#13654a",
    _OUT.deep: "#2fbd8f",
    _OTHER.pale: "#2a2a2a",
    _OTHER.middle: "#585858",
    _OTHER.deep: "#b3b3b3",
    # The other curves' colors, as nndl/book.mplstyle lists them.
    "#c76aa2": "#e39ac6",
    "#b57c00": "#e5b03c",
    "#2f8fc9": "#9ad4f5",
}


def dark(color: str) -> str:
    """The color on a dark page of a color in a figure, both as ``#rrggbb``.

    Raises
    ------
    KeyError
        For a color that is neither here nor gray.
    """
    if color in DARK:
        return DARK[color]
    if gray := GRAY.fullmatch(color):
        level = int(gray[1], 16)
        # Grounds and grids come close to the page; what is to be read stays away from it.
        level = 0x12 + (0xFF - level) if level >= PALE_GRAY else 0xEC - round(0.6 * level)
        return "#" + f"{level:02x}" * 3
    raise KeyError(color)


def luminance(color: str) -> float:
    """How light a color is, from 0 to 1, as WCAG 2.2 defines it."""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast of two colors, from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)
