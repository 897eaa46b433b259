"""Themes where scripts are off: light or dark as the reader's system says, light on paper.

The theme's style sheets know ``data-theme="light"`` and ``"dark"``, and a script says which.
Without one it stays ``"auto"``. A sheet that only such pages load has the rules of both for it.
"""

import re
from pathlib import Path

from book._ext.nndl_book import last_words

SHEETS = ("styles/*.css", "*.css")
NAME = "without_scripts/themes.css"
MADE = ("print_light", "bundle")  # of the others
COMMENT = re.compile(r"(?s)/\*.*?\*/")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
THEME = r"html\[data-theme=([\"']?){}\1\]"
LINK = '<noscript><link rel="stylesheet" href="{}_static/{}"></noscript>\n'
SHEET = """\
@media print, (prefers-color-scheme: light) {{
{light}}}
@media screen and (prefers-color-scheme: dark) {{
{dark}}}
"""


def rules_for(theme: str, sheet: str) -> str:
    """The rules of a style sheet that are for one theme alone, for pages of none."""
    named, rules = re.compile(THEME.format(theme)), []
    for selectors, style in RULE.findall(COMMENT.sub("", sheet)):
        wanted = [s.strip() for s in selectors.split(",") if named.search(s)]
        if wanted and not selectors.strip().startswith("@"):
            auto = ", ".join(named.sub('html[data-theme="auto"]', s) for s in wanted)
            rules.append(f"  {auto} {{ {style.strip()} }}\n")
    return "".join(rules)


def write(app, exception) -> None:
    """Write the sheet, of those that have been copied by now."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        files = [file for pattern in SHEETS for file in sorted(folder.glob(pattern))]
        text = "".join(f.read_text(encoding="utf-8") for f in files if f.stem not in MADE)
        both = {theme: rules_for(theme, text) for theme in ("light", "dark")}
        (folder / NAME).parent.mkdir(exist_ok=True)
        (folder / NAME).write_text(SHEET.format(**both), encoding="utf-8")


def link(html: str, pagename: str, app) -> str:
    root = re.search(r'data-content_root="([^"]*)"', html)
    return html.replace("</head>", LINK.format(root[1] if root else "", NAME) + "</head>", 1)


def connect(app) -> None:
    last_words.add(app, link)
    app.connect("build-finished", write, priority=900)  # the theme writes pygments.css there
