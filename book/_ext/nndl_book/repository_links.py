"""Everything that needs an address, from one setting: ``repository: url`` in ``_config.yml``.

While it is empty nothing of this appears. Set to ``https://github.com/OWNER/NAME``, it gives every
page its edit, repository and issue buttons and its canonical link, every chapter its Colab and
Binder buttons, and the citation its address.
"""

from urllib.parse import urlsplit

from sphinx.errors import ConfigError


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


def connect(app) -> None:
    app.connect("config-inited", apply_address)
    app.connect("html-page-context", edit_the_text, priority=600)  # after the theme
