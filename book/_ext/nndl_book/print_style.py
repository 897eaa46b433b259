"""Print is light, whatever the theme: on paper, a dark page follows the rules of a light one.

What else paper needs is in ``print.css``. A line at the end of a page, for print alone, says what
was printed and under which license.

Every rule that the style sheets have for light pages is repeated for dark ones, for print alone.
"""

import re
from html import escape
from pathlib import Path

from book._ext.nndl_book import how_to_cite

SHEETS = ("styles/*.css", "pygments.css", "nndl.css")
NAME = "print_light.css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
THEME = r"html\[data-theme=([\"']?){}\1\]"

# What the sheets have for dark pages alone.
UNDONE = """\
  html[data-theme="dark"] img:not(.x) { filter: none !important; background: none !important; }
  html[data-theme="dark"] :is(.admonition-title, .sd-card-title) { text-shadow: none !important; }
"""


def retargeted(sheet: str, theme: str, target: str) -> str:
    """The rules of a style sheet that are for pages of one theme alone, for those of another."""
    rules, own = [], re.compile(THEME.format(theme))
    for selectors, style in RULE.findall(COMMENT.sub("", sheet)):
        wanted = [s.strip() for s in selectors.split(",") if own.search(s)]
        if wanted:
            others = ", ".join(own.sub(f'html[data-theme="{target}"]', s) for s in wanted)
            rules.append(f"  {others} {{ {style.strip()} }}\n")
    return "".join(rules)


def write(app, exception):
    """Write the sheet beside those it is made of, which have been copied by now."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        files = [file for pattern in SHEETS for file in sorted(folder.glob(pattern))]
        rules = "".join(
            retargeted(file.read_text(encoding="utf-8"), "light", "dark") for file in files
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
