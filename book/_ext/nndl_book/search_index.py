"""The search: an index of the site in one script, which is loaded when somebody searches.

Scripts work from the file system, too, where a page may not read other files. The engine is
MiniSearch, whose file lies in ``vendor`` as its package has it. Sphinx's own index, which every
page would load, is not made. ``search.js`` shows what is found, in a box below each field.
"""

import json
import re
import shutil
from pathlib import Path

from book._ext.nndl_book import last_words, search_records

OPTIONS = {
    "idField": "u",
    "fields": ["t", "k", "p", "b", "c"],
    "storeFields": ["u", "t", "p", "b", "x", "w"],
    "searchOptions": {
        "maxFuzzy": 2,
        "boost": {"t": 4, "k": 3, "p": 0.5, "c": 0.5},
        "weights": {"fuzzy": 0.05, "prefix": 0.4},  # what is spelled as one typed comes first
    },
}
VENDOR = Path(__file__).parent / "vendor"
FILES = {"minisearch.js": "minisearch-7.2.0.js", "LICENSE.txt": "minisearch-LICENSE.txt"}
FIELD = re.compile(r'(?s)<form class="bd-search\b.*?</form>')
RESULTS = (
    '<div class="search-results"><p role="status" class="search-status"></p>'
    '<ol class="search-list"></ol></div>'
)


def is_site(app) -> bool:
    return app.builder.format == "html"


def records_folder(app) -> Path:
    """Where the pages' records are kept from build to build: unchanged pages are not read again."""
    return Path(app.doctreedir) / "search"


def drop_own(app) -> None:
    """Make neither Sphinx's index nor its page."""
    if is_site(app):
        app.builder.search = False


def collect(app, doctree, docname) -> None:
    if is_site(app):
        uri = app.builder.get_target_uri(docname)
        found = search_records.of_page(app.env, doctree, docname, uri)
        path = records_folder(app) / f"{docname}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def add_page(app):
    """The page that a search without a dialog leads to, and the one for readers without scripts."""
    if is_site(app):
        yield "search", {"title": "Search"}, "search.html"


def add_results(html: str, pagename: str, app) -> str:
    """A page with a box for results below each field."""
    return FIELD.sub(lambda field: f"{field[0]}\n{RESULTS}", html)


def write(app, exception) -> None:
    if exception is not None or not is_site(app):
        return
    records = []
    for doc in app.config.external_site_map:
        path = records_folder(app) / f"{doc}.json"
        if doc in app.env.found_docs and path.exists():
            records += json.loads(path.read_text(encoding="utf-8"))
    data = {"options": OPTIONS, "records": records}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    folder = Path(app.outdir) / "_static" / "search"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "records.js").write_text(f"window.searchData = {text};\n", encoding="utf-8")
    for name, source in FILES.items():
        shutil.copyfile(VENDOR / source, folder / name)


def connect(app) -> None:
    last_words.add(app, add_results)
    app.connect("builder-inited", drop_own)
    app.connect("doctree-resolved", collect, priority=900)  # numbers and folds are there by then
    app.connect("html-collect-pages", add_page)
    app.connect("build-finished", write)
