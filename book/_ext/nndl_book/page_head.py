"""What other programs read of a page: search engines, messengers, Scholar, reference managers.

A description, a card (Open Graph), ``citation_*`` and JSON-LD. What needs the site's address, the
address itself and the card's image, comes only once there is one (``repository_links``).
"""

import json
from html import escape, unescape
from re import sub

from book._ext.nndl_book import history, licenses, social_cards
from book._ext.nndl_book.chapter_numbers import number_of
from book._ext.nndl_book.descriptions import description
from book._ext.nndl_book.how_to_cite import authors, book


def title_of(context) -> str:
    """A page's title without its markup and number; Sphinx gives its index none."""
    title = context.get("title") or context.get("indextitle") or "Index"
    return unescape(sub("<[^>]*>", "", sub("<span class=.section-number.>.*?</span>", "", title)))


def tag(key: str, name: str, content) -> str:
    return f'<meta {key}="{name}" content="{escape(str(content))}">'


def data(page: dict, citation: dict) -> str:
    """A page as a part of the book, in the words of schema.org."""
    whole = {
        "@type": "Book",
        "name": citation["title"],
        "author": [{"@type": "Organization", "name": name} for name in authors(citation)],
        "license": licenses.TEXT[1],
        "version": page["version"],
        "inLanguage": "en",
        "url": page["base"],
    }
    if page["root"]:
        found = {**whole, "description": page["description"]}
    else:
        found = {
            "@type": "Chapter" if page["number"] else "WebPage",
            "name": page["title"],
            "position": page["number"],
            "description": page["description"],
            "dateModified": page["date"],
            "url": page["url"],
            "isPartOf": {key: value for key, value in whole.items() if value},
        }
    found = {"@context": "https://schema.org", **{k: v for k, v in found.items() if v}}
    text = json.dumps(found, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def tags(page: dict, citation: dict) -> list[str]:
    """The elements for a page's head."""
    kind = "book" if page["root"] else "article"
    found = [
        tag("name", "description", page["description"]),
        tag("property", "og:title", page["title"]),
        tag("property", "og:description", page["description"]),
        tag("property", "og:type", kind),
        tag("property", "og:site_name", citation["title"]),
        tag("property", "og:url", page["url"]),
        tag("property", "og:image", page["card"]),
        tag("property", "og:image:width", social_cards.SIZE[0] if page["card"] else ""),
        tag("property", "og:image:height", social_cards.SIZE[1] if page["card"] else ""),
        tag("property", "og:image:alt", page["alt"] if page["card"] else ""),
        tag("name", "twitter:card", "summary_large_image" if page["card"] else "summary"),
    ]
    if page["number"] or page["root"]:
        found += [tag("name", "citation_title", page["title"])]
        found += [tag("name", "citation_author", name) for name in authors(citation)]
        found += [
            tag("name", "citation_inbook_title", "" if page["root"] else citation["title"]),
            tag("name", "citation_publication_date", (page["date"] or "").replace("-", "/")),
            tag("name", "citation_language", "en"),
            tag("name", "citation_doi", citation.get("doi", "")),
            tag("name", "citation_public_url", page["url"]),
        ]
    return [line for line in found if 'content=""' not in line] + [data(page, citation)]


def add_tags(app, pagename, templatename, context, doctree) -> None:
    env, citation = app.env, book()
    title = title_of(context)
    known, root = pagename in env.found_docs, pagename == app.config.root_doc
    meta = env.metadata.get(pagename, {}) if known else {}
    base = app.config.html_baseurl
    card, alt = social_cards.card(app, pagename, title, doctree) if base else ("", "")
    page = {
        "root": root,
        "title": citation["title"] if root else title,
        "number": number_of(env, pagename) if known else None,
        "description": description(pagename, title, meta, doctree),
        "date": history.date_of(env, pagename) if known else None,
        "version": history.version()[0],
        "base": base,
        "url": base and base + app.builder.get_target_uri(pagename),
        "card": card and base + card,
        "alt": alt,
    }
    if pagename == "404":  # it is served for addresses that are others'
        context["pageurl"] = page["url"] = ""
    context["page_facts"] = page
    context["metatags"] = context.get("metatags", "") + "\n".join(tags(page, citation)) + "\n"


def connect(app) -> None:
    app.connect("html-page-context", add_tags)
