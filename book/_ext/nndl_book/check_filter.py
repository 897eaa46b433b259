"""The filter above the book's checks: by chapter, by layer, and to those with a published value.

What it asks of a row are classes, of a chapter its section's id.
"""

from docutils import nodes

from book._ext.nndl_book import filter_form
from book._ext.nndl_book.check_layers import LAYERS, in_words
from book._ext.nndl_book.filter_form import menu

PUBLISHED = '<input type="checkbox" name="published" value="published"> published values only'


def section_id(doc: str) -> str:
    return f"verified-{doc.rpartition('/')[2].replace('_', '-')}"


def form(found: dict[str, list], titles: dict[str, str]) -> nodes.raw:
    """The form for the checks of each chapter."""
    there = {layer for checks in found.values() for check in checks for layer in check.layers}
    chapters = {"": "all"} | {section_id(doc): titles[doc] for doc in found}
    layers = {"": "all"} | {f"layer-{name}": in_words(name) for name in LAYERS if name in there}
    layers["layer-none"] = "no single layer"
    parts = [
        menu("chapter", "Chapter", chapters),
        menu("layer", "Layer", layers),
        f"<label>{PUBLISHED}</label>",
    ]
    rows = "table.verified tbody tr"
    return filter_form.form(parts, "verified-filter", of=rows, what="checks", part="chapter")
