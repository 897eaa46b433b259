"""What a workbook notebook may not have in it, and chapters without Sphinx to cut it from."""

import json
import re

from nbformat import v4

from book._tools.tangle import equations, numbered
from book._workbook.blanks import functions

BY_HAND = {"first_two_layer_net"}  # of a module that no chapter has, so there is no cell to blank
UNPACKED = re.compile(r"[\w, ()]+ = cache")  # what is in the cache is said in the contract


def plain(chapter):
    """A chapter's notebook with its code cells and its headings, as the site's export has them."""
    numbers, made, solutions = equations(chapter.text), [], 0
    for cell in chapter.notebook.cells:
        if cell.cell_type == "code":
            if "remove-cell" not in cell.metadata.get("tags", []):
                source = numbered(cell.source, numbers, chapter.name)
                made.append(v4.new_code_cell(**{**cell, "source": source, "metadata": {}}))
            continue
        for line in cell.source.split("\n"):
            if line.startswith("## "):
                made.append(v4.new_markdown_cell(line))
            elif line.startswith(":::{solution-start}"):
                solutions += 1
                made.append(v4.new_markdown_cell(f"#### Solution of exercise {solutions}"))
            elif line.startswith(":::{solution-end}"):
                made.append(v4.new_markdown_cell("### Another"))
    start = [v4.new_markdown_cell("# Title", id="title"), v4.new_code_cell("", id="nndl-is-here")]
    notebook = v4.new_notebook(cells=start + made)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            cell["id"] = f"text-{number}"
    return notebook


def bare(line):
    """A line without its comment, with single blanks."""
    return " ".join(re.sub(r"\s+# .*", "", line).split())


def kept(task):
    """What stays of the cells with functions to write, as one line."""
    lines = []
    for cell in task.chapter.cells:
        if "tangle" not in cell.metadata.get("tags", []):
            continue
        here = cell.source.split("\n")
        known, gone = functions(cell.source), set()
        for taken in task.blanks.get(cell.id, []):
            node = known[taken.name]
            gone |= set(
                range(node.end_lineno - len(removed_span(here, node, taken)), node.end_lineno)
            )
        lines += [line for number, line in enumerate(here) if number not in gone]
    return bare_text("\n".join(lines))


def removed_span(lines, node, taken):
    """The lines from the first that was taken to the function's end, blank ones as well."""
    body = lines[node.lineno - 1 : node.end_lineno]
    return body[body.index(taken.removed[0]) :]


def bare_text(text):
    return " ".join(map(bare, text.split("\n")))


def telling_lines(task):
    """The lines of removed bodies by which one would know them."""
    lines = {bare(line) for taken in task.all for line in taken.removed}
    around = kept(task)
    lines = {line for line in lines if not UNPACKED.fullmatch(line)}
    return sorted(line for line in lines if len(line) >= 12 and line not in around)


def leaks(notebook, task):
    """The lines of removed bodies that are anywhere in a notebook: sources, outputs, metadata."""
    texts = []

    def collect(value):
        if isinstance(value, str):
            texts.append(bare_text(value))
        elif isinstance(value, dict):
            for key, part in value.items():
                collect(key)
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(json.loads(json.dumps(notebook)))
    whole = "\n".join(texts)
    return [line for line in telling_lines(task) if line in whole]
