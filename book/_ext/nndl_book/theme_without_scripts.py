"""Light or dark where scripts are off: as the reader's system says.

The theme sets ``data-theme`` to ``light`` or ``dark`` with a script; without it, the pages keep
``auto``, for which its style sheets have no rules. Those for light and for dark pages are repeated
for it, in a sheet that only readers without scripts fetch.
"""

from pathlib import Path

from book._ext.nndl_book import print_style

NAME = "theme_without_scripts.css"
WHEN = {
    "light": "print, (prefers-color-scheme: light)",
    "dark": "screen and (prefers-color-scheme: dark)",
}


def sheet(sources: list[str]) -> str:
    """The rules for light and dark pages of some style sheets, for pages of neither."""
    parts = []
    for theme, when in WHEN.items():
        rules = "".join(print_style.retargeted(source, theme, "auto") for source in sources)
        parts.append(f"@media {when} {{\n  :root {{ color-scheme: {theme}; }}\n{rules}}}\n")
    return "".join(parts)


def write(app, exception) -> None:
    """Write the sheet beside those it is made of, which have been copied by now."""
    if exception is None and app.builder.format == "html":
        folder, own = Path(app.outdir) / "_static", {NAME, print_style.NAME}
        files = [f for p in ("styles/*.css", "*.css") for f in sorted(folder.glob(p))]
        texts = [file.read_text(encoding="utf-8") for file in files if file.name not in own]
        (folder / NAME).write_text(sheet(texts), encoding="utf-8")


def link(app, pagename, templatename, context, doctree) -> None:
    """Name the sheet in the page's head."""
    address = context["pathto"](f"_static/{NAME}", resource=True)
    tag = f'<noscript><link rel="stylesheet" href="{address}" /></noscript>'
    context["metatags"] = context.get("metatags", "") + tag


def connect(app) -> None:
    app.connect("html-page-context", link)
    app.connect("build-finished", write, priority=900)  # the theme writes pygments.css there
