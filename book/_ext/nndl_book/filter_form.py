"""A form that chooses what a long page lists: rows or cards, by classes of theirs.

It is hidden until its script, which stands on that page alone, has made it work: without scripts
the page lists everything. What a menu asks for is a class of a row, or the id of a section around
it. Where a value has ``{wrong}``, what the menu of that name asks for goes there, as far as its
first hyphen; ``any``, where it asks for nothing.
"""

from html import escape
from pathlib import Path

from docutils import nodes

SCRIPT = Path(__file__).with_suffix(".js")


def menu(name: str, label: str, choices: dict[str, str]) -> str:
    options = "".join(
        f'<option value="{escape(v)}">{escape(t)}</option>' for v, t in choices.items()
    )
    return f'<label>{label} <select name="{name}">{options}</select></label>'


def form(parts: list[str], classes: str = "", **said: str) -> nodes.raw:
    """The form of these parts, and its script.

    ``of`` is the selector of what is listed and ``what`` a word for it; ``part`` is one for the
    sections that have some of it, where they count, too. A form of the method ``dialog`` sends
    nothing.
    """
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    start = f'<form class="filter {classes}" method="dialog"{data} hidden>'
    script = SCRIPT.read_text(encoding="utf-8")
    text = f"{start}{''.join(parts)}<output></output></form>\n<script>\n{script}</script>"
    return nodes.raw("", text, format="html")
