"""The foot of every page: version and date, errors, citation, authors and licenses.

``_templates/page-foot.html`` writes it. The comments around the version are places for
``book._tools.versions``, which puts the versions of the site side by side when it is published.
"""

from book._ext.nndl_book import history, how_to_cite, licenses, reports


def chapter_citation(context, page: dict) -> dict | None:
    """How to cite a chapter, in a line and in BibTeX."""
    if not page["number"]:
        return None
    chapter = {**page, "name": context["pagename"].rpartition("/")[2]}
    line, bibtex = how_to_cite.cite(how_to_cite.book(), page["url"] or "", chapter)
    return {"line": line, "bibtex": bibtex}


def edit_url(context) -> str:
    """The address that the theme's edit button has."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "source-edit-button":
                return button["url"]
    return ""


def add_foot(app, pagename, templatename, context, doctree) -> None:
    page = context["page_facts"]
    links = reports.links(app, pagename, page["title"], doctree)
    if links:
        reports.set_button(context, links[0]["url"])
    number, date = history.version()
    context["foot"] = {
        "version": number,
        "released": date,
        "date": page["date"],
        "changes": "changes" if "changes" in app.env.found_docs else None,
        "reports": links,
        "edit": edit_url(context),
        "cite": chapter_citation(context, page),
        "year": app.config.copyright[:4],
        "licenses": [("Text and figures", licenses.TEXT), ("Code", licenses.CODE)],
        "authors": ", ".join(how_to_cite.authors(how_to_cite.book())),
    }


def connect(app) -> None:
    app.connect("html-page-context", add_foot, priority=700)  # after the buttons, page_head
