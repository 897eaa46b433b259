"""Everything that needs an address, from one setting: ``repository: url`` in ``_config.yml``.

While it is empty nothing of this appears. Set to ``https://github.com/OWNER/NAME``, it gives every
page its edit, repository and issue buttons and its canonical link, every chapter its Colab and
Binder buttons, and the citation its address.
"""

from pathlib import Path
from urllib.parse import urlsplit

import yaml
from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[3]


def pages_address(url: str) -> str:
    """The address at which GitHub serves the site of the repository at ``url``.

    Raises
    ------
    ConfigError
        ``url`` is not of the form https://github.com/OWNER/NAME.
    """
    parts = urlsplit(url)
    names = parts.path.strip("/").split("/")
    if (parts.scheme, parts.netloc, len(names)) != ("https", "github.com", 2) or not all(names):
        raise ConfigError(f"repository url: {url!r} is not https://github.com/OWNER/NAME")
    return f"https://{names[0].lower()}.github.io/{names[1]}/"


def apply_address(app, config) -> None:
    options = config.html_theme_options
    url = (options.get("repository_url") or "").rstrip("/").removesuffix(".git")
    options["repository_url"] = url
    if not url:
        return
    config.html_baseurl = config.html_baseurl or pages_address(url)
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = True
    options.setdefault("launch_buttons", {}).update(
        colab_url="https://colab.research.google.com", binderhub_url="https://mybinder.org"
    )


def edit_the_text(app, pagename, templatename, context, doctree) -> None:
    """Point a chapter's edit button at the text one edits, not at the notebook made from it."""
    for group in context["header_buttons"]:
        for button in group.get("buttons", []):
            if button.get("label") == "source-edit-button":
                button["url"] = button["url"].removesuffix(".ipynb").removesuffix(".md") + ".md"


def cite(citation: dict, url: str = "") -> tuple[str, str]:
    """A reference line and a BibTeX entry from the contents of ``CITATION.cff``."""
    people = [
        a.get("name") or f"{a['given-names']} {a['family-names']}" for a in citation["authors"]
    ]
    year = str(citation["date-released"])[:4] if "date-released" in citation else None
    line = ", ".join(people) + (f" ({year})" if year else "")
    line += f". {citation['title']}, version {citation['version']}."
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in people),
        "title": citation["title"],
        "version": citation["version"],
        "year": year,
        "doi": citation.get("doi"),
        "url": url,
    }
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return line + (f" {url}" if url else ""), "@software{nndl,\n" + ",\n".join(lines) + "\n}"


class Citation(SphinxDirective):
    """How to cite the book: a line and a BibTeX entry."""

    def run(self):
        path = ROOT / "CITATION.cff"
        self.env.note_dependency(str(path))
        citation = yaml.safe_load(path.read_text(encoding="utf-8"))
        line, entry = cite(citation, self.config.html_baseurl)
        return [nodes.paragraph("", line), nodes.literal_block(entry, entry, language="bibtex")]


def connect(app) -> None:
    app.connect("config-inited", apply_address)
    app.connect("html-page-context", edit_the_text, priority=600)  # after the theme
    app.add_directive("citation", Citation)
