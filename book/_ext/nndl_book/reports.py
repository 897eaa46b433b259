"""Links to the form for an error of the book, with the place and the version filled in.

GitHub fills a field of an issue form from the query parameter that has the field's ``id``. A page's
foot offers its sections, so that the place is known without a script. Without an address of the
repository there is no link.
"""

from html import escape
from urllib.parse import urlencode

from docutils import nodes

from book._ext.nndl_book import history
from book._ext.nndl_book.chapter_numbers import number_of

FORM = "book.yml"  # .github/ISSUE_TEMPLATE


def repository(config) -> str:
    """The address of the repository; empty while there is none."""
    return config.html_theme_options.get("repository_url", "")


def version_words() -> str:
    """The version as a reader sees it: with its date, or as one that is not released yet."""
    number, date = history.version()
    return f"{number} of {date}" if date else f"{number}, not released yet"


def link(url: str, page: str, section: str = "", address: str = "", date: str | None = None) -> str:
    """The address of the form, filled in for a page or one of its sections."""
    place = f"{page}, {section}" if section else page
    fields = {
        "template": FORM,
        "title": f"book: {place}: ",
        "place": f"{place} {address}".strip(),
        "version": version_words() + (f", page of {date}" if date else ""),
    }
    return f"{url}/issues/new?{urlencode(fields)}"


def sections(env, docname: str, doctree) -> list[tuple[str, str]]:
    """``(title, anchor)`` of a page's sections, with their numbers."""
    numbers, found = env.toc_secnumbers.get(docname, {}), []
    for top in doctree.findall(nodes.section):
        for child in top.children:
            if isinstance(child, nodes.section) and isinstance(child[0], nodes.title):
                number = ".".join(map(str, numbers.get(f"#{child['ids'][0]}", ())))
                found.append((f"{number} {child[0].astext()}".strip(), child["ids"][0]))
        break
    return found


def links(app, docname: str, title: str, doctree) -> list[dict]:
    """The links of a page, for the whole of it and for each section; none without an address."""
    url = repository(app.config)
    if not url:
        return []
    known = docname in app.env.found_docs
    number = number_of(app.env, docname) if known else None
    page = f"chapter {number}, {title}" if number else title
    address = app.config.html_baseurl + app.builder.get_target_uri(docname) if known else ""
    date = history.date_of(app.env, docname) if known else None
    found = [{"text": "The whole page", "url": link(url, page, "", address, date)}]
    for section, anchor in sections(app.env, docname, doctree) if doctree is not None else []:
        there = link(url, page, section, f"{address}#{anchor}", date)
        found.append({"text": section, "url": there})
    return found


def set_button(context, url: str) -> None:
    """The theme's button opens the same form."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "source-issues-button":
                button["url"] = escape(url)  # the theme writes it as it is
                button["text"] = button["tooltip"] = "Report an error"
