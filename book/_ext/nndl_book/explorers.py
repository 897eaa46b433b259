"""Explorers: figures that one can touch. ``book/_explorers`` has two files for each.

``NAME.py`` has ``data()``, arrays that ``nndl`` computes when the site is built, and ``figure()``,
what a page shows without scripts, on paper and in a notebook. ``NAME.js`` defines the element
``<nndl-NAME>``, whose beginnings are in ``explorer.js``. A page loads the scripts of its own
explorers and no others, and needs no server: the data are in the page. An explorer that needs
another script of the folder before its own, with its style sheet, lists it: ``NEEDS = ["grid"]``.

In a text::

    :::{explorer} max_pool
    :label: Max pooling
    :alt: What the figure shows.
    The caption.
    :::

An explorer that has a second place, where it begins otherwise, lists in ``MODES`` what ``:mode:``
may be. The mode is an argument of ``figure``, the element's ``data-mode``, and part of the figure's
name.
"""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset_file

from book._ext.nndl_book import figure_colors, last_words
from nndl.vis.palette import FAINT, INK, LINE, LOOKS

HOME = Path(__file__).parents[2] / "_explorers"
CURVES = {"curve-4": "#c76aa2", "curve-5": "#b57c00"}  # nndl/book.mplstyle's; the first 3 are deep
SHARED = "explorer"  # the script and the style sheet that all of them need


class explorer(nodes.General, nodes.Element):
    """An explorer, around its figure."""


class Explorer(SphinxDirective):
    """Read an explorer: its name, its figure, and the caption."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {
        "label": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "name": directives.unchanged_required,
        "mode": directives.unchanged_required,
    }

    def run(self):
        name = self.arguments[0]
        if missing := {"label", "alt"} - set(self.options):
            raise self.error(f"the explorer {name} needs :{sorted(missing)[0]}:")
        if not (HOME / f"{name}.py").exists() or not (HOME / f"{name}.js").exists():
            raise self.error(f"book/_explorers has no {name}.py and {name}.js")
        self.env.note_dependency(HOME / f"{name}.py")
        made = import_module(f"book._explorers.{name}")
        mode = [self.options["mode"]] if "mode" in self.options else []
        if set(mode) - set(modes := getattr(made, "MODES", [])):
            raise self.error(f"the explorer {name} has no mode {mode[0]}, expected one of {modes}")
        scripts = [*getattr(made, "NEEDS", []), name]
        node = explorer(name=name, label=self.options["label"], scripts=scripts, mode=mode)
        node["data"] = as_json(made.data())
        called = "-".join([name, *mode])
        uri = self.drawn(called, lambda: made.figure(*mode))
        image = nodes.image(uri=uri, alt=self.options["alt"])
        figure = nodes.figure("", image, align="center")
        caption = nodes.caption()
        self.state.nested_parse(self.content, self.content_offset, caption)
        caption.children[:] = [part for block in caption.children for part in block.children]
        for part in caption.children:
            part.parent = caption
        figure += caption
        self.options.setdefault("name", f"fig-explorer-{called.replace('_', '-')}")
        self.add_name(figure)
        self.set_source_info(figure)
        node += figure
        return [node]

    def drawn(self, name: str, figure) -> str:
        """Draw the figure beside those of notebooks, and give its address for an image."""
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        from nndl.vis.figures import drawing

        folder = Path(self.env.app.outdir).parent / "jupyter_execute"
        folder.mkdir(exist_ok=True)
        with mpl.rc_context(), plt.style.context("nndl.book"):
            mpl.use("agg")
            fig = figure()
            text = drawing(fig)
            plt.close(fig)
        file = folder / f"explorer-{name}.svg"
        file.write_text(text, encoding="utf-8", newline="\n")
        return "/" + Path(os.path.relpath(file, self.env.srcdir)).as_posix()


def as_json(value) -> str:
    """Data for a script in a page. NumPy's arrays are lists; floats keep seven digits.

    Raises
    ------
    ValueError
        For NaN or infinity, which JSON cannot say.
    """

    def plain(value):
        if isinstance(value, dict):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, np.ndarray | np.generic):
            return plain(value.tolist())
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        return float(f"{value:.7g}") if isinstance(value, float) else value

    text = json.dumps(plain(value), allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # so that no text ends the script


def visit(translator, node) -> None:
    if translator.builder.name == "epub":
        return
    tag = f"nndl-{node['name'].replace('_', '-')}"
    mode = "".join(f' data-mode="{mode}"' for mode in node["mode"])
    label = translator.attval(node["label"])
    head = f'<{tag} class="explorer" role="group" aria-label="{label}"{mode}>'
    data = f'<script type="application/json">{node["data"]}</script>'
    translator.body.append(f"{head}{data}\n")


def depart(translator, node) -> None:
    if translator.builder.name != "epub":
        translator.body.append(f"</nndl-{node['name'].replace('_', '-')}>\n")


def skip(translator, node) -> None:
    """On paper an explorer is its figure."""


def add_scripts(app, pagename, templatename, context, doctree) -> None:
    """Give a page the scripts of its explorers, and note what they ask of its head."""
    found = sorted(doctree.findall(explorer), key=lambda it: it["name"]) if doctree else []
    names = list(dict.fromkeys(script for node in found for script in node["scripts"]))
    app.nndl_explorers = getattr(app, "nndl_explorers", {}) | {pagename: names}


def add_head(html: str, pagename: str, app) -> str:
    names = getattr(app, "nndl_explorers", {}).get(pagename)
    if not names:
        return html
    up = "../" * pagename.count("/")
    sheets = [HOME / f"{name}.css" for name in [SHARED, *names]]
    found = [sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists()]
    # In the page itself: a few kilobytes, for each of which the first paint would wait.
    head = [f"<style>{''.join([found[0], colors(), *found[1:]])}</style>"]
    for name in [SHARED, *names]:
        head.append(f'<script defer src="{up}_explorers/{name}.js"></script>')
    return html.replace("</head>", "\n".join([*head, "</head>"]), 1)


def colors() -> str:
    """The figures' colors as variables of style, for light pages and dark ones."""
    light = {"ink": INK, "line": LINE, "faint": FAINT, "paper": "#ffffff"} | CURVES
    for name, look in LOOKS.items():
        light |= {f"{name}-{shade}": color for shade, color in look._asdict().items()}
    dark = {name: figure_colors.dark(color) for name, color in light.items()}

    def rule(selector, values):
        return f"{selector}{{{';'.join(f'--{k}:{v}' for k, v in values.items())}}}"

    return rule(".explorer", light) + rule('html[data-theme="dark"] .explorer', dark)


def copy_scripts(app, error) -> None:
    if error is None and app.builder.name == "html":
        folder = Path(app.outdir) / "_explorers"
        folder.mkdir(exist_ok=True)
        for file in sorted(HOME.glob("*.js")):
            copy_asset_file(file, folder)


def connect(app) -> None:
    app.add_node(
        explorer, html=(visit, depart), latex=(skip, skip), text=(skip, skip), man=(skip, skip)
    )
    app.add_directive("explorer", Explorer)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_scripts)
    last_words.add(app, add_head)
