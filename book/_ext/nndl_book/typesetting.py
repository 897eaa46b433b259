"""Formulas, typeset when the site is built: TeX in, HTML and MathML out.

MathJax does it, in V8, an engine that the pip package ``mini-racer`` carries for every system. So
no page needs a script for its formulas, and they stand there with the first paint. MathJax's files
come from ``sphinx-mathjax-offline``. One engine serves a whole build.
"""

import functools
import hashlib
import json
import re
from importlib.util import find_spec
from pathlib import Path

LOADED = (
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "input/tex/extensions/newcommand.js",
    "input/tex/extensions/boldsymbol.js",
    "input/tex/extensions/html.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
)
# The parts of MathJax ask its loader for these two names; there is none here.
BEFORE = """
var MathJax = {version: "3.2.2", _: {components: {package: {PackageError: Error}, loader: {}}}};
"""
# Without the packages noerrors and noundefined, what MathJax cannot read is an error.
AFTER = """
const parts = MathJax._, adaptor = parts.adaptors.liteAdaptor.liteAdaptor();
parts.handlers.html_ts.RegisterHTMLHandler(adaptor);
const input = new parts.input.tex_ts.TeX({
    packages: ["base", "ams", "newcommand", "boldsymbol", "html"],
    formatError(_, error) { throw error; },
});
const font = new parts.output.chtml.fonts.tex_ts.TeXFont({fontURL: "."});
const output = new parts.output.chtml_ts.CHTML({adaptiveCSS: false, font});
const page = parts.mathjax.mathjax.document("", {InputJax: input, OutputJax: output});
const visitor = new parts.core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();

function typeset(tex, display) {
    const item = new page.options.MathItem(tex, input, display);
    item.setMetrics(16, 8, 1e6, 1e6, 1);
    try {
        item.compile(page);
        const mathml = visitor.visitTree(item.root);
        item.typeset(page);
        return {html: adaptor.innerHTML(item.typesetRoot), mathml};
    } catch (error) {
        return {error: error.message};
    }
}
const typesetAll = formulas => JSON.stringify(formulas.map(f => typeset(...f)));
const styleSheet = () => adaptor.textContent(output.styleSheet(page));
"""


class FormulaError(ValueError):
    """A formula that cannot be typeset; the message says why, and the formula."""


def mathjax_folder() -> Path:
    """Where the pip package has MathJax's files.

    Raises
    ------
    ModuleNotFoundError
        Where the package is not installed.
    """
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None:
        raise ModuleNotFoundError("sphinx-mathjax-offline is not installed (requirements.txt)")
    return Path(spec.origin).parent / "static" / "mathjax"


@functools.cache
def version() -> str:
    """Another one where the same formula may come out otherwise."""
    scripts = [(mathjax_folder() / name).read_bytes() for name in LOADED]
    return hashlib.sha256(b"".join([*scripts, AFTER.encode()])).hexdigest()


@functools.cache
def engine():
    """V8 with MathJax in it, started once."""
    from py_mini_racer import MiniRacer

    v8, folder = MiniRacer(), mathjax_folder()
    for script in (BEFORE, *((folder / name).read_text("utf-8") for name in LOADED), AFTER):
        v8.eval(f"{script}\n;0")
    return v8


def typeset_all(formulas: list[tuple[str, bool]]) -> list[tuple[str, str] | FormulaError]:
    """``(html, mathml)`` of each ``(tex, display)``; an error, not raised, where one is wrong."""
    if not formulas:
        return []
    found = json.loads(engine().eval(f"typesetAll({json.dumps(formulas)})"))
    return [
        FormulaError(f"{result['error']}: {tex.strip()}")
        if "error" in result
        else (result["html"], compact(result["mathml"]))
        for (tex, _), result in zip(formulas, found, strict=True)
    ]


def typeset(tex: str, display: bool) -> tuple[str, str]:
    """HTML, which needs MathJax's style sheet and fonts, and MathML of one formula.

    Raises
    ------
    FormulaError
        Where MathJax cannot read the formula.
    """
    (found,) = typeset_all([(tex, display)])
    if isinstance(found, FormulaError):
        raise found
    return found


def compact(mathml: str) -> str:
    """MathML without the space between its tags and what only MathJax reads."""
    return re.sub(r"(?<=>)\s+(?=<)| (?:data-mjx-[\w-]+|class)=\"[^\"]*\"", "", mathml).strip()


def style_sheet() -> str:
    """All of MathJax's rules, for any formula: a quarter of a megabyte."""
    return engine().eval("styleSheet()")
