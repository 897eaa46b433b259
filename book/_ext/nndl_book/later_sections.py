"""Sections that begin far below a page's top are laid out after the rest has been painted.

A browser lays out a whole page before it paints the first line, and a chapter has ten thousand
elements. Here a section below the first screens gets a class, by which ``later.css`` leaves it out
while the page loads, and ``later.js`` takes the class away as soon as the page is there. Until then
the browser lays it out when somebody scrolls near it, searches in it or jumps to it.

A page that opens in its middle, at an anchor or where a reader was before, is laid out as a whole,
and so is one without scripts.
"""

import re

from book._ext.nndl_book import last_words

SECTION = re.compile(r"</?section\b[^>]*>")
# What has no height, or none that counts: hidden text, folded text, markup.
UNSEEN = re.compile(r"(?s)<(mjx-assistive-mml|details|script)\b.*?</\1>|<[^>]*>")
IMAGE = re.compile(r'<img\b(?![^>]*\bfor-dark\b)[^>]*\bheight="(\d+)"')
LINE, LETTERS = 27, 80  # the height of a line of text, in pixels, and how many letters it has
TOP = 800  # pixels; headings, tables and code are higher than their letters as text
LOADING = """<script>
if (!location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate")
  document.documentElement.dataset.loading = "";
</script>
"""


def height(html: str) -> float:
    """How high a part of a page is at least, in pixels."""
    text = " ".join(UNSEEN.sub("", html).split())
    return sum(map(int, IMAGE.findall(html))) + LINE * len(text) / LETTERS


def mark(html: str, pagename: str = "", app=None) -> str:
    """A page whose lower sections have the class."""
    start, end = html.find("<article"), html.find("</article>")
    above, done, parts = 0.0, 0, []
    body = html[start:end]
    for tag in SECTION.finditer(body):
        above += height(body[done : tag.start()])
        later = above > TOP and tag[0][1] != "/"
        parts += [body[done : tag.start()], with_class(tag[0]) if later else tag[0]]
        done = tag.end()
    marked = "".join([*parts, body[done:]])
    if start < 0 or marked == body:
        return html
    html = html[:start] + marked + html[end:]
    return html.replace("<title>", f"{LOADING}<title>", 1)


def with_class(tag: str) -> str:
    """An opening tag with the class."""
    if 'class="' in tag:
        return tag.replace('class="', 'class="later ', 1)
    return f'{tag[:-1]} class="later">'


def connect(app) -> None:
    last_words.add(app, mark)
