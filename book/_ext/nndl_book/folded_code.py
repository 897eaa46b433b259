"""Code that is folded away comes below what it made, and says what it is.

A figure stands right below the sentence that it answers: its code, and the cells of imports and
helpers just before it, are one closed block underneath. MyST-NB would put a bar for each above.
"""

import ast
from itertools import pairwise

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book.folds import folded


def part(cell, element: str):
    """The input or the output of a cell; None where it has none."""
    return next((child for child in cell.children if child.get("nb_element") == element), None)


def is_hidden(node) -> bool:
    """Whether a node is a cell whose input is folded."""
    return isinstance(node, nodes.container) and node.get("hide_mode") == "input"


def only_imports(source: str) -> bool:
    """Whether code imports and sets styles, and does nothing else."""
    body = ast.parse(source).body
    rest = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return all(isinstance(n, ast.Expr) and "style.use(" in ast.unparse(n) for n in rest)


def defined(source: str) -> list[str]:
    """The functions and classes that code defines, for all cells below to use."""
    kinds = ast.FunctionDef | ast.ClassDef
    return [node.name for node in ast.parse(source).body if isinstance(node, kinds)]


def title_of(sources, output, numbers=()) -> str:
    """What the closed block says: ``Code of Fig. 9.1``, or which functions are in it."""
    if output is not None and next(output.findall(nodes.image), None):
        return f"Code of {' and '.join(numbers)}" if numbers else "Code of the figure"
    if output is None and all(only_imports(source.astext()) for source in sources):
        return "Imports"
    if output is not None:
        return "Code of this output"
    names = [name for source in sources for name in defined(source.astext())]
    return f"Code: {', '.join(names)}" if names else "Code"


class FoldCode(SphinxPostTransform):
    """Fold the input of the cells tagged ``hide-input``."""

    default_priority = 195  # before MyST-NB's own
    formats = ("html",)

    def run(self, **kwargs):
        cells = [c for c in self.document.findall(nodes.container) if is_hidden(c)]
        waiting = []  # sources of the cells just before
        for cell, following in pairwise([*cells, None]):
            source, output = part(cell, "cell_code_source"), part(cell, "cell_code_output")
            if output is None and following is not None and next_to(cell) is following:
                waiting.append(source)
                cell.parent.remove(cell)
                continue
            sources = [*waiting, source]
            waiting = []
            del cell["hide_mode"]
            title = title_of(sources, output, [] if output is None else self.numbers(output))
            cell.children.clear()
            cell.extend([] if output is None else [output])
            cell += folded(title, sources, "code")

    def numbers(self, output) -> list[str]:
        """The numbers of its figures, as their captions have them."""
        counted = self.env.toc_fignumbers.get(self.env.docname, {}).get("figure", {})
        names = [figure["ids"][0] for figure in output.findall(nodes.figure) if figure["ids"]]
        said = [".".join(map(str, counted[name])) for name in names if name in counted]
        return [self.config.numfig_format["figure"] % number for number in said]


def next_to(node):
    """The node that follows in the same parent."""
    siblings = node.parent.children
    place = siblings.index(node) + 1
    return siblings[place] if place < len(siblings) else None


def connect(app) -> None:
    app.add_post_transform(FoldCode)
