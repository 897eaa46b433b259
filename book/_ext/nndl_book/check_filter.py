"""The filter above the book's checks: by chapter, by layer, and to those with a published value.

It is hidden until its script, which stands on that page alone, has made it work: without scripts
the page lists everything. What it asks of a row are classes, of a chapter its section's id.
"""

from html import escape
from pathlib import Path

from docutils import nodes

from book._ext.nndl_book.check_layers import LAYERS, in_words

SCRIPT = Path(__file__).with_suffix(".js")


def section_id(doc: str) -> str:
    return f"verified-{doc.rpartition('/')[2].replace('_', '-')}"


def menu(name: str, label: str, choices: dict[str, str]) -> str:
    options = "".join(
        f'<option value="{escape(v)}">{escape(t)}</option>' for v, t in choices.items()
    )
    return f'<label>{label} <select name="{name}">{options}</select></label>'


def form(found: dict[str, list], titles: dict[str, str]) -> nodes.raw:
    """The form for the checks of each chapter, and its script."""
    there = {layer for checks in found.values() for check in checks for layer in check.layers}
    chapters = {"": "all"} | {section_id(doc): titles[doc] for doc in found}
    layers = {"": "all"} | {f"layer-{name}": in_words(name) for name in LAYERS if name in there}
    layers["layer-none"] = "no single layer"
    parts = [
        menu("chapter", "Chapter", chapters),
        menu("layer", "Layer", layers),
        '<label><input type="checkbox" name="published"> published values only</label>',
        "<output></output>",
    ]
    script = SCRIPT.read_text(encoding="utf-8")
    text = f'<form class="verified-filter" hidden>{"".join(parts)}</form>\n'
    return nodes.raw("", f"{text}<script>\n{script}</script>", format="html")
