"""Formulas on the pages: typeset once, kept from build to build, with MathML for screen readers.

A formula that cannot be typeset is a warning with its page and text, which fails the build.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from book._ext.nndl_book import formula_styles, typesetting
from book._ext.nndl_book.code_lines import lit_by_terms, lit_lines, number_link
from book._tools.equation_lines import with_classes

# The glyphs are drawn by the style sheet; what is read aloud is the MathML behind them, and what is
# copied (copy_formulas.js) is the TeX.
PAGE = (
    '<mjx-container class="MathJax" jax="CHTML"{display}{tex}>{html}'
    "<mjx-assistive-mml{block}>{mathml}</mjx-assistive-mml></mjx-container>"
)
SHEET = "formulas/formulas.css"
logger = logging.getLogger(__name__)


class Formulas:
    """What has been typeset, ``{"display" or "inline", then the TeX: (html, mathml)}``."""

    def __init__(self, file: Path):
        self.file, self.found = file, {}
        self.version = typesetting.version()
        if file.exists():
            stored = json.loads(file.read_text(encoding="utf-8"))
            if stored["version"] == self.version:
                self.found = stored["formulas"]

    def add(self, keys) -> None:
        """Typeset those that are new, in one go."""
        new = sorted(set(keys) - set(self.found))
        results = typesetting.typeset_all([(key[1:], key[0] == "d") for key in new])
        self.found.update(zip(new, results, strict=True))

    def get(self, key: str) -> tuple[str, str] | typesetting.FormulaError:
        self.add([key])
        return self.found[key]

    def keep(self, keys) -> None:
        """Write those that are wanted again, without those that are wrong."""
        right = {k: v for k, v in self.found.items() if k in keys and not isinstance(v, Exception)}
        text = json.dumps({"version": self.version, "formulas": right}, ensure_ascii=False)
        self.file.write_text(text, encoding="utf-8")


def key_of(node) -> str:
    """``i`` or ``d``, then the TeX; with Sphinx's rule that lines want an environment."""
    text = node.astext().strip()
    if not isinstance(node, nodes.math_block):
        return "i" + text
    text = with_classes(text, node.get("terms", {}))
    if not node.get("nowrap", node.get("no-wrap", False)) and r"\\" in text:
        text = rf"\begin{{split}}{text}\end{{split}}"
    return "d" + text


def copied_text(tex: str, display: bool) -> str:
    """What one gets who copies a formula."""
    dollars = "$$" if display else "$"
    return f"{dollars}{' '.join(tex.split())}{dollars}"


def copied_by(node) -> str:
    """The same, of a formula on a page."""
    return copied_text(node.astext(), isinstance(node, nodes.math_block))


def page_html(formula: tuple[str, str], display: bool, tex: str) -> str:
    html, mathml = formula
    html = html.replace("<mjx-math", '<mjx-math aria-hidden="true"', 1)
    attribute, block = (' display="true"', ' display="block"') if display else ("", "")
    copied = f' data-tex="{escape(copied_text(tex, display))}"'
    return PAGE.format(display=attribute, tex=copied, html=html, block=block, mathml=mathml)


def written(translator, node) -> str:
    found = translator.builder.app.nndl_formulas.get(key_of(node))
    if isinstance(found, typesetting.FormulaError):
        logger.warning("this formula cannot be typeset: %s", found, location=node, type="formula")
        return translator.encode(node.astext())
    return page_html(found, isinstance(node, nodes.math_block), node.astext())


def visit_inline(translator, node) -> None:
    start = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{start}{written(translator, node)}</span>")
    raise nodes.SkipNode


def visit_block(translator, node) -> None:
    body, drawn = translator.body, written(translator, node)
    lights = {}
    if node["number"] and node.get("lines"):
        lights["data-lights"], drawn = lit_lines(node["lines"]), lit_by_terms(node, drawn)
    body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight", **lights))
    if node["number"]:
        number = number_link(node, get_node_equation_number(translator, node))
        body.append(f'<span class="eqno">{number}')
        translator.add_permalink_ref(node, "Link to this equation")
        body.append("</span>")
    body.append(f"{drawn}</div>\n")
    raise nodes.SkipNode


def record(app, doctree) -> None:
    """Note the formulas of a page that is read."""
    found = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    known(app.env)[app.env.docname] = sorted({key_of(node) for node in found})


def known(env) -> dict[str, list[str]]:
    if not hasattr(env, "nndl_formulas"):
        env.nndl_formulas = {}
    return env.nndl_formulas


def forget(app, env, docname) -> None:
    known(env).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    known(env).update({doc: known(other)[doc] for doc in docnames if doc in known(other)})


def typeset_pages(app, env) -> None:
    """Before pages are written: their formulas, and the style sheet that these need."""
    app.nndl_formulas = Formulas(Path(app.doctreedir) / "formulas.json")
    keys = {key for found in known(env).values() for key in found}
    app.nndl_formulas.add(keys)
    app.nndl_formulas.keep(keys)
    if app.builder.format == "html":
        right = [f for f in app.nndl_formulas.found.values() if not isinstance(f, Exception)]
        formula_styles.write(Path(app.outdir) / "_static" / SHEET, [html for html, _ in right])


def add_sheet(app, pagename, templatename, context, doctree) -> None:
    if "<mjx-container" in context.get("body", ""):
        app.add_css_file(SHEET, priority=400)


def connect(app) -> None:
    app.add_html_math_renderer("typeset", (visit_inline, None), (visit_block, None))
    app.config.html_math_renderer = "typeset"
    app.connect("doctree-read", record)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", typeset_pages)
    app.connect("html-page-context", add_sheet)
