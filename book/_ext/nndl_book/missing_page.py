"""404.html, the page that is served for every address that is none.

It is served at any depth, so once the site has an address its own links begin at the root of the
host. Without one nobody knows where the site will lie, and they stay relative.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

PAGE = "404"
TITLE = "No page is here"
LINK = re.compile(r'(?<=\s)(href|src|action|data-content_root)="(?!#|/|[a-z]+:)([^"]*)"')
BODY = """<section>
<h1>No page is here</h1>
<p>The book has no page at this address. It may have had one: names change between versions.</p>
<ul>
<li><a href="{search}">Search</a> for what you wanted to read.</li>
<li>The <a href="{contents}">title page</a> lists all chapters.</li>
{report}</ul>
</section>
"""
REPORT = "<li>If a page of the book led here, its link is wrong. Please report that page.</li>\n"


def from_the_root(page: str, base: str) -> str:
    """A page whose links hold at any depth."""
    root = urlsplit(base).path
    return LINK.sub(lambda m: f'{m[1]}="{root}{m[2].removeprefix("./")}"', page)


def collect(app):
    uri = app.builder.get_target_uri
    report = REPORT if app.config.html_theme_options.get("repository_url") else ""
    body = BODY.format(search=uri("search"), contents=uri(app.config.root_doc), report=report)
    yield PAGE, {"title": TITLE, "body": body}, "page.html"


def write(app, exception) -> None:
    base = app.config.html_baseurl
    if exception is None and app.builder.format == "html" and base:
        file = Path(app.outdir, f"{PAGE}.html")
        page = from_the_root(file.read_text(encoding="utf-8"), base)
        file.write_text(page, encoding="utf-8", newline="\n")


def connect(app) -> None:
    app.connect("html-collect-pages", collect)
    app.connect("build-finished", write, priority=990)  # the last to change a page
