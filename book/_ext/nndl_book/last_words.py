"""The last word on a page's HTML, after the theme's templates: what they write, no event shows.

A module adds a function, ``(html, pagename, app) -> html``. Sphinx calls a template bridge for
every page that it writes; this one is its own, with these functions behind it.
"""

from sphinx.jinja2glue import BuiltinTemplateLoader


class Bridge(BuiltinTemplateLoader):
    def init(self, builder, theme=None, dirs=None):
        super().init(builder, theme, dirs)
        self.app = builder.app

    def render(self, template, context):
        html = super().render(template, context)
        if self.app.builder.name != "html":  # an EPUB has no theme around its pages
            return html
        for change in self.app.nndl_last_words:
            html = change(html, context.get("pagename", ""), self.app)
        return html


def add(app, change) -> None:
    """Have a function change every page, after those that were added before it."""
    app.config.template_bridge = f"{__name__}.Bridge"
    if not hasattr(app, "nndl_last_words"):
        app.nndl_last_words = []
    app.nndl_last_words.append(change)
