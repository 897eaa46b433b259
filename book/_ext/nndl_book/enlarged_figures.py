"""A link from every figure to its image file: what enlarges it, with a script or without.

With scripts, ``enlarge.js`` shows the figure at its natural size in a dialog. The link stands at
the end of the caption. What it shows is a sign, by style, so that no search finds its words.
"""

import re

FIGURE = re.compile(r"<figure\b[^>]*>.*?</figure>", re.DOTALL)
SOURCE = re.compile(r'<img\b[^>]*\ssrc="([^"]+)"')
NUMBER = re.compile(r'<span class="caption-number">\s*(.*?)\s*</span>')
END = re.compile(r'(<a class="headerlink"[^>]*>[^<]*</a>)?(</p>\s*</figcaption>)')


def add_link(match: re.Match) -> str:
    figure = match[0]
    source, number = SOURCE.search(figure), NUMBER.search(figure)
    if source is None or 'class="enlarge"' in figure:
        return figure
    name = f"Enlarge {number[1].replace('Fig.', 'figure') if number else 'this figure'}"
    link = f'<a class="enlarge" href="{source[1]}" aria-label="{name}"></a>'
    return END.sub(lambda end: f"{link}{end[1] or ''}{end[2]}", figure, count=1)


def add_links(app, pagename, templatename, context, doctree) -> None:
    if context.get("body") and app.builder.name != "epub":
        context["body"] = FIGURE.sub(add_link, context["body"])


def connect(app) -> None:
    # After what gives figures their images for dark pages.
    app.connect("html-page-context", add_links, priority=800)
