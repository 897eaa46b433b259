"""The book as an EPUB: Sphinx's, with MathML, a cover, and nothing that needs a script."""

import re
import shutil
from pathlib import Path

from sphinx.builders.epub3 import Epub3Builder
from sphinx.jinja2glue import BuiltinTemplateLoader

from book._ext.nndl_book import cover, how_to_cite

SHEET = Path(__file__).with_suffix(".css")  # not in _static, whose sheets the site's pages load
STYLES = ("pygments.css", SHEET.name)
COVER = "_static/cover.png"
ITEM = re.compile(r'<item id="[^"]*" href="([^"]*)" media-type="[^"]*" (?=/>)')
IMAGE_NAME = re.compile(r'(<image\b[^>]*?)\s+id="image[0-9a-f]+"')  # of its pixels, by matplotlib
DEPRECATED = ' role="doc-biblioentry"'  # docutils says so of each entry of a list of references
PROPERTIES = {"mathml": "<math", "svg": "<svg"}  # what a manifest says of its pages
DESCRIPTION = (
    "The layers of a convolutional network, derived one by one, written in NumPy, checked against "
    "numerical gradients, and compiled."
)


def without_names(svg: str) -> str:
    """A drawing whose images have no names: two of the same pixels have the same one."""
    return IMAGE_NAME.sub(r"\1", svg)


class BookEpub(Epub3Builder):
    """Sphinx's builder; its pages load two style sheets, and its manifest says what is in them."""

    name = format = "epub"  # what extensions do to a site's pages, they do not do to these

    def init(self) -> None:
        self.config.templates_path = []  # those are the site's
        handlers = self.app.registry.translation_handlers
        handlers["epub"] = {**handlers.get("html", {}), **handlers.get("epub", {})}
        for event in ("html-page-context", "html-collect-pages"):
            self.events.listeners[event].clear()
        super().init()

    def create_template_bridge(self) -> None:
        self.templates = BuiltinTemplateLoader()

    def init_css_files(self) -> None:
        self._css_files = []
        for name in STYLES:
            self.add_css_file(name, priority=200)

    def add_css_file(self, filename: str, **kwargs) -> None:
        if filename in STYLES:  # the rest is the site's
            super().add_css_file(filename, **kwargs)

    def init_js_files(self) -> None:
        self._js_files = []

    def prepare_writing(self, docnames) -> None:
        super().prepare_writing(docnames)
        self.domain_indices = []  # of Python's modules: a page with images of the site

    def handle_finish(self) -> None:
        static = Path(self.outdir) / "_static"
        shutil.copy(SHEET, static)
        for path in list(static.iterdir()):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in STYLES:
                path.unlink()
        shutil.rmtree(Path(self.outdir) / "_sphinx_design_static", ignore_errors=True)
        for drawing in Path(self.outdir).glob("_images/*.svg"):
            text = drawing.read_text(encoding="utf-8")
            drawing.write_text(without_names(text), encoding="utf-8", newline="\n")
        cover.write(Path(self.outdir) / COVER, how_to_cite.book())
        for page in Path(self.outdir).rglob("*.xhtml"):
            text = page.read_text(encoding="utf-8")
            page.write_text(text.replace(DEPRECATED, ""), encoding="utf-8", newline="\n")
        super().handle_finish()

    def build_content(self) -> None:
        super().build_content()
        file = Path(self.outdir) / "content.opf"
        text = ITEM.sub(self.with_properties, file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")

    def with_properties(self, item) -> str:
        """An item of the manifest with the properties of its file."""
        found = ["cover-image"] * (item[1] == COVER)
        if item[1].endswith(".xhtml"):
            page = (Path(self.outdir) / item[1]).read_text(encoding="utf-8")
            found += [name for name, tag in PROPERTIES.items() if tag in page]
        return item[0] + (f'properties="{" ".join(found)}" ' if found else "")


def configure(app, config) -> None:
    config.epub_title = how_to_cite.book()["title"]
    config.epub_basename = "nndl"
    config.epub_description = DESCRIPTION
    config.epub_contributor = config.epub_publisher = config.author
    config.epub_uid = config.epub_identifier = f"nndl-{config.version}"  # one name for both
    config.epub_scheme = "id"
    config.epub_cover = (COVER, "epub-cover.html")
    config.epub_show_urls = "no"
    config.epub_tocdepth = 2
    config.epub_tocscope = "includehidden"  # the sidebar's lists of chapters are hidden on the page
    config.epub_use_index = False
    config.epub_exclude_files = ["search.html", ".buildinfo", "nav.xhtml"]


def connect(app) -> None:
    app.add_builder(BookEpub, override=True)
    app.connect("config-inited", configure, priority=850)  # the version is known
