"""The style sheet and fonts of formulas: of MathJax's, the rules and glyphs that the book uses."""

import base64
import io
import re
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from book._ext.nndl_book import typesetting

FONTS = "output/chtml/fonts/woff-v2"
RULE = re.compile(r'([^{}]+)\{((?:"(?:\\.|[^"\\])*"|[^{}"])*)\}')  # a brace may be content
COMMENT = re.compile(r"(?s)/\*.*?\*/")
NAME = re.compile(r"mjx-[\w-]+|(?<=\.)[\w-]+|MJX[\w-]+", re.ASCII)
FACE = re.compile(r'font-family: ([\w-]+);\s*src: url\("\./([\w-]+\.woff)"\)')
GLYPH = re.compile(r'content: "((?:\\.|[^"\\])+)"')
ESCAPE = re.compile(r"\\([0-9A-Fa-f]+) ?|\\(.)")

# In the sheet itself, so that formulas are painted with the text around them. The others are few
# glyphs on few pages, and nothing moves when they come: MathJax gives each glyph its box.
INLINE = ("MJXZERO", "MJXTEX", "MJXTEX-I", "MJXTEX-S1", "MJXTEX-S2")

# Of the size at which its small letters are as high as those of most sans-serif fonts around it.
# The text of a formula for screen readers: there, and not seen.
# It is laid out only near the screen: a page would lay out each formula twice.
ADDED = """
mjx-container { position: relative; font-size: 116%; }
mjx-assistive-mml { position: absolute; top: 0; left: 0; width: 1px; height: 1px; overflow: hidden;
  clip: rect(1px, 1px, 1px, 1px); display: block; content-visibility: auto; }
"""


def names(html: list[str]) -> set[str]:
    """The elements and classes in the HTML of formulas, in lower case."""
    found = set()
    for text in set(re.findall(r"<mjx-[^>]+>", " ".join(html))):
        found.update(re.match(r"<([\w-]+)", text).groups())
        for classes in re.findall(r'class="([^"]*)"', text):
            found.update(classes.split())
    return {name.lower() for name in found} | {"mjx-container", "mjx-assistive-mml"}


def used_rules(sheet: str, used: set[str]) -> list[tuple[str, str]]:
    """``(selectors, style)`` of the rules that apply to elements and classes of ``used``."""
    rules = []
    for selectors, style in RULE.findall(COMMENT.sub("", sheet)):
        apply = [
            selector.strip()
            for selector in selectors.split(",")
            if {name.lower() for name in NAME.findall(selector)} <= used
        ]
        if apply and not selectors.strip().startswith("@"):
            rules.append((", ".join(apply), " ".join(style.split())))
    return rules


def faces(sheet: str) -> dict[str, str]:
    """``{family: file}`` of the fonts that a style sheet names."""
    return dict(FACE.findall(sheet))


def characters(rules) -> dict[str, set[str]]:
    """``{family: characters}`` that the rules of glyphs draw."""
    families = {
        selector.strip(".").lower(): style.rpartition(",")[2].strip(" ;")
        for selector, style in rules
        if selector.startswith((".TEX-", ".MJX-TEX")) and "font-family" in style
    }
    stretched = re.findall(
        r"MJXTEX[\w-]*", next((s for n, s in rules if "stretchy" in n and "font-family" in s), "")
    )
    found = {}
    for selector, style in rules:
        glyph = GLYPH.search(style)
        if glyph:
            variant = re.search(r"\.(TEX-[\w-]+)", selector)
            family = families[variant[1].lower() if variant else "mjx-tex"]
            text = ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], glyph[1])
            for each in stretched if "stretchy" in selector else [family]:
                found.setdefault(each, set()).update(text)
    return found


def subset(font: Path, wanted: set[str]) -> bytes:
    """A font with the wanted characters alone, in the same format."""
    with TTFont(io.BytesIO(font.read_bytes()), recalcTimestamp=False) as loaded:
        part = Subsetter(Options(layout_features=[], notdef_outline=True, drop_tables=["FFTM"]))
        part.populate(text="".join(sorted(wanted)))
        part.subset(loaded)
        loaded.flavor = "woff"
        file = io.BytesIO()
        loaded.save(file)
    return file.getvalue()


def face(family: str, address: str) -> str:
    return f'@font-face {{ font-family: {family}; src: url("{address}") format("woff"); }}\n'


def address(family: str, font: bytes, folder: Path) -> str:
    """Where a font is: in the style sheet itself, or in a file beside it, which is written."""
    if family in INLINE:
        return f"data:font/woff;base64,{base64.b64encode(font).decode()}"
    (folder / f"{family}.woff").write_bytes(font)
    return f"{family}.woff"


def write(target: Path, html: list[str]) -> None:
    """The style sheet and fonts for formulas of this HTML; an empty sheet where there are none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    if html:
        whole, folder = typesetting.style_sheet(), typesetting.mathjax_folder() / FONTS
        rules, files = used_rules(whole, names(html)), faces(whole)
        fonts = {"MJXZERO": (folder / files["MJXZERO"]).read_bytes()}
        for family, wanted in sorted(characters(rules).items()):
            fonts[family] = subset(folder / files[family], wanted)
        parts += [face(family, address(family, f, target.parent)) for family, f in fonts.items()]
        parts += [f"{selectors} {{ {style} }}\n" for selectors, style in rules]
        parts.append(ADDED)
    target.write_text("".join(parts), encoding="utf-8")
