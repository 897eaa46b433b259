"""Print is light, whatever the theme: on paper, a dark page follows the rules of a light one.

What else paper needs is in ``print.css``. A line at the end of a page, for print alone, says what
was printed and under which license.

Every rule that the style sheets have for light pages is repeated for dark ones, for print alone.
"""

import re
from html import escape
from pathlib import Path

import tinycss2

from book._ext.nndl_book import css_selectors, how_to_cite

SHEETS = ("styles/*.css", "*.css")
NAME = "print_light.css"
MADE = (NAME, "bundle.css")  # of the others
THEME = r"html\[data-theme=([\"']?){}\1\]"

# What the sheets have for dark pages alone.
UNDONE = """\
  html[data-theme="dark"] img:not(.x) { filter: none !important; background: none !important; }
  html[data-theme="dark"] :is(.admonition-title, .sd-card-title) { text-shadow: none !important; }
"""


def retargeted(sheet: str, theme: str, target: str) -> str:
    """The rules of a style sheet that are for pages of one theme alone, for those of another."""
    own = re.compile(THEME.format(theme))
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(moved(rules, own, f'html[data-theme="{target}"]'))


def moved(rules, own: re.Pattern, other: str):
    """Those rules that name ``own``, with ``other`` in its place; conditions stay around them."""
    for rule in rules:
        if rule.type == "qualified-rule":
            wanted = [s for s in css_selectors.written(rule.prelude) if own.search(s)]
            if wanted:
                style = tinycss2.serialize(rule.content).strip()
                yield f"  {own.sub(other, ', '.join(wanted))} {{ {style} }}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = "".join(moved(tinycss2.parse_rule_list(rule.content, True, True), own, other))
            if inner:
                yield f"  @{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{inner}  }}\n"


def write(app, exception):
    """Write the sheet beside those it is made of, which have been copied by now."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        files = [file for pattern in SHEETS for file in sorted(folder.glob(pattern))]
        rules = "".join(
            retargeted(file.read_text(encoding="utf-8"), "light", "dark")
            for file in files
            if file.name not in MADE
        )
        sheet = f"@media print {{\n{rules}{UNDONE}}}\n"
        (folder / NAME).write_text(sheet, encoding="utf-8")


def end_line(config, pagename: str) -> str:
    """What a printed page is from: the book, its version, the license, and the address if any."""
    words = [f"{how_to_cite.book()['title']}, version {config.version}", f"© {config.copyright}"]
    if config.html_baseurl:
        words.append(f"{config.html_baseurl.rstrip('/')}/{pagename}.html")
    return f'<p class="printed">{escape(". ".join(words))}</p>\n'


def add_line(app, pagename, templatename, context, doctree) -> None:
    if doctree is not None:
        context["body"] += end_line(app.config, pagename)


def connect(app) -> None:
    app.add_css_file("print.css", priority=890)
    app.connect("html-page-context", add_line, priority=900)
    app.add_css_file(NAME, priority=900)
    app.connect("build-finished", write, priority=900)  # the theme writes pygments.css there
