"""The cells of a notebook that stands alone: the text of a page, the code of its notebook.

What folds on the page folds here by what viewers know. Hidden code has Jupyter's metadata, and a
title line, which Colab makes a form of. Code cannot be put into ``details``, and stays code that
runs. So a solution is a heading, collapsed in JupyterLab, Notebook and Colab with all cells below
it; for viewers that show every cell, its text is in ``details``, and its code says what it is.
"""

from docutils import nodes
from nbformat import v4
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_subtitle, solution_node

from book._ext.nndl_book.folded_code import only_imports
from book._ext.nndl_book.notebook_markdown import Markdown, details, escaped

COLLAPSED = "jp-MarkdownHeadingCollapsed"


def is_cell(node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def dotted(number) -> str:
    return ".".join(map(str, number))


class Cells:
    """Collects the cells of one page.

    Parameters
    ----------
    markdown : Markdown
    source : list
        The cells of the page's own notebook.
    sections, figures, exercises : dict
        Numbers, by anchors and ids.
    """

    def __init__(self, markdown: Markdown, source: list, sections, figures, exercises):
        self.markdown, self.source = markdown, source
        self.sections, self.figures, self.exercises = sections, figures, exercises
        self.cells, self.waiting = [], []

    def add_text(self, *blocks: str) -> None:
        self.waiting += [block for block in blocks if block]

    def end_text(self, **metadata) -> None:
        """Make a cell of the text so far."""
        if self.waiting:
            cell = v4.new_markdown_cell("\n\n".join(self.waiting), metadata=metadata)
            cell["id"] = f"text-{sum(cell.cell_type == 'markdown' for cell in self.cells) + 1}"
            self.cells.append(cell)
        self.waiting = []

    def add(self, node, depth: int, solution: str = "") -> None:
        """Add a node; ``solution`` is the title of the solution that it is part of."""
        if is_cell(node):
            self.add_code(node, solution)
        elif isinstance(node, exercise_enumerable_node):
            self.add_exercise(node, depth)
        elif isinstance(node, solution_node):
            self.add_solution(node, depth)
        elif isinstance(node, nodes.section):
            self.add_text(self.markdown.anchors(node))
            for child in node.children:
                self.add(child, depth + 1, solution)
        elif isinstance(node, nodes.title):
            ids = node.parent["ids"]
            number = next((n for i in ids if (n := self.sections.get(f"#{i}"))), ())
            self.end_text()  # a heading begins a cell, with which Jupyter can fold what follows
            start = f"{dotted(number)}. " if number else ""
            self.add_text(f"{'#' * depth} {start}{self.markdown.inline(node)}")
        else:
            self.add_text(self.markdown.block(node))

    def exercise_name(self, label: str) -> str:
        return f"Exercise {dotted(self.exercises[label])}"

    def add_exercise(self, node, depth: int) -> None:
        title, section = node.children
        subtitle = next(title.findall(exercise_subtitle), None)
        words = f": {self.markdown.inline(subtitle)}" if subtitle is not None else ""
        self.end_text()
        heading = f"{'#' * (depth + 1)} {self.exercise_name(node['label'])}{words}"
        self.add_text(self.markdown.anchors(node), heading)
        for child in section.children:
            self.add(child, depth)

    def add_solution(self, node, depth: int) -> None:
        title = f"Solution of exercise {dotted(self.exercises[node['target_label']])}"
        self.end_text()
        self.add_text(f"{'#' * (depth + 2)} {title}")
        parts, heading = [], len(self.cells)
        for child in [*node.children[1].children, None]:
            if child is not None and not is_cell(child):
                parts.append(self.markdown.block(child))
                continue
            if any(parts):
                first = heading == len(self.cells)
                self.add_text(details("The solution" if first else "It goes on", parts))
            parts = []
            self.end_text()
            if child is not None:
                self.add_code(child, title)
        self.cells[heading]["metadata"][COLLAPSED] = True

    def add_code(self, container, solution: str) -> None:
        """Add a code cell, and below it the number, caption and description of its figure."""
        self.end_text()
        cell = v4.new_code_cell(**self.source[container["cell_index"]])
        about, tags = cell.metadata.get("mystnb", {}), cell.metadata.get("tags", [])
        figure = next(container.findall(nodes.figure), None)
        name = self.figure_name(figure)
        hidden = {"hide-input", "remove-input"} & set(tags)
        title = solution
        if hidden and not solution:
            imports = only_imports(cell.source) and not cell.outputs
            title = "Imports" if imports else f"Code of {name.lower()}" if name else "Code"
        cell.metadata = {}
        if hidden:
            cell.metadata["jupyter"] = {"source_hidden": True}
        if title:
            cell.metadata["cellView"] = "form"
        mark = f"# @title {title}\n" if title else ""
        cell.source = mark + self.markdown.cited(cell.source)
        self.cells.append(cell)
        if alt := " ".join(about.get("image", {}).get("alt", "").split()):
            cell.metadata["alt"] = alt  # with which nbconvert describes an image
            self.add_figure(figure, name, alt)

    def figure_name(self, figure) -> str:
        number = self.figures.get(figure["ids"][0]) if figure is not None else None
        return f"Figure {dotted(number)}" if number else ""

    def add_figure(self, figure, name: str, alt: str) -> None:
        if figure is not None:
            caption = self.markdown.inline(next(figure.findall(nodes.caption)))
            self.add_text(f"{self.markdown.anchors(figure)}**{name}.** {caption}")
        self.add_text(details("Description of the figure", [escaped(alt)]))


def folded_sections(cells: list) -> list[str]:
    """The cells that are collapsed headings, as Colab wants to know them."""
    folded = [cell for cell in cells if COLLAPSED in cell["metadata"]]
    for cell in folded:
        cell["metadata"]["id"] = cell["id"]
    return [cell["id"] for cell in folded]
