"""What references lead to, as fragments of HTML that a page shows in place (``previews.js``).

Equations, figures, exercises, terms, names of the package and sources are rendered once more, by
themselves. Those of a page lie in one script, ``_static/previews/<page>.js``, which is loaded when
somebody points at a reference to it; a script can be read from the file system, too.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from book._ext.nndl_book import code_lines, formulas, symbols
from book._ext.nndl_book.search_records import EXERCISES, text_of_title

DROPPED = re.compile(r' id="[^"]*"|<a class="headerlink".*?</a>')  # they are on the page itself


def targets(doctree):
    """The nodes that a preview shows, each with its anchor."""
    for node in doctree.findall():
        if isinstance(node, nodes.math_block) and node.get("number"):
            yield f"equation-{node['label']}", node
        elif isinstance(node, nodes.figure | nodes.citation) and node["ids"]:
            yield node["ids"][0], node
        elif isinstance(node, EXERCISES) and node["ids"]:
            yield node["ids"][0], titled(text_of_title(node), node.children[1:])
        elif isinstance(node, nodes.definition_list_item) and node[0]["ids"]:
            text = [n for n in node[-1].children if "chapters" not in n.get("classes", [])]
            yield node[0]["ids"][0], titled(node[0].astext(), text)
        elif isinstance(node, addnodes.desc) and node[0]["ids"]:
            text = [n for n in node[-1].children if isinstance(n, nodes.paragraph)][:1]
            yield node[0]["ids"][0], titled(signature(node[0]), text)


def titled(title: str, text):
    """A text below its title. (Sphinx renders no whole exercise or function by itself.)"""
    return nodes.container("", nodes.strong("", title), *(child.deepcopy() for child in text))


def signature(node) -> str:
    """A name and its arguments."""
    said = addnodes.desc_name | addnodes.desc_parameterlist
    return "".join(child.astext() for child in node.children if isinstance(child, said))


def render(app, node) -> str:
    """A node's HTML by itself: without a number, which the reference says, and inner links."""
    copy = node.deepcopy()
    if isinstance(copy, nodes.math_block):
        copy["number"] = None
    for link in list(copy.findall(nodes.reference)):
        if link.get("internal") or "refid" in link:
            link.replace_self(link.children)
    return DROPPED.sub("", app.builder.render_partial(copy)["fragment"]).strip()


def write(app, doctree, docname) -> None:
    builder = app.builder
    if builder.format != "html":
        return
    builder.current_docname = docname  # what the builder knows of a page while it writes it
    builder.fignumbers = app.env.toc_fignumbers.get(docname, {})
    builder.imgpath = "{root}_images"
    builder.post_process_images(doctree)
    found = {anchor: render(app, node) for anchor, node in targets(doctree)}
    shown = symbols.of_page(app, doctree, docname)
    for node in doctree.findall(nodes.math_block):
        if node.get("number"):
            anchor, lines = code_lines.preview(node)
            signs = shown.get(formulas.copied_by(node), "").replace(" ", "")
            found[anchor] = lines + "".join(dict.fromkeys(signs))
    found |= shown
    path = Path(app.outdir) / "_static" / "previews" / f"{docname}.js"
    path.unlink(missing_ok=True)
    if found:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        code = f"(window.previews ??= {{}})[{json.dumps(docname)}] = {text};\n"
        path.write_text(code, encoding="utf-8")


def connect(app) -> None:
    app.connect("doctree-resolved", write, priority=950)
