"""How long a chapter takes to read, without its exercises and what its page hides.

A minute for 200 words, half a minute for a displayed equation, 4 seconds for a line of code that
the page shows. Words are those of the prose and of the figures' captions; a formula within a line
is one word. Docstrings, blank lines and the cells that are folded or left out are not counted.

    python -m book._tools.minutes     print the table
"""

import ast
import re
import sys

from book._tools.tangle import chapter_paths, read_text

WORDS, EQUATION, LINE = 1 / 200, 1 / 2, 4 / 60  # minutes each
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
UNCOUNTED = re.compile(
    r"""(?sx)
    ^:::\{chapter-head\}.*?^:::$  # what it says is about the chapter
    | ^(```+|:::+)\{?[^\n]*$ | ^:[\w-]+:[^\n]*$  # a directive's first line, its options, its end
    | <!--.*?-->
    """,
    re.MULTILINE,
)
DISPLAYED = re.compile(r"(?s)\$\$.*?\$\$(?:[ ]\([\w-]+\))?")
INLINE = re.compile(r"\$[^$]+\$")
ROLE = re.compile(r"\{[\w:-]+\}`([^`]*)`")
ADDRESS = re.compile(r"\]\([^)]*\)")
WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")


def count_words(prose):
    """The words of a text without displayed equations; a formula or a reference is one."""
    prose = UNCOUNTED.sub(" ", prose)
    prose = ROLE.sub(lambda role: re.sub("<.*>", "", role[1]), prose)
    return len(WORD.findall(ADDRESS.sub("]", INLINE.sub("x", prose))))


def docstrings(source):
    """The first and the last line, from 1, of each of a source's docstrings."""
    kinds = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    strings = [n.body[0] for n in nodes if n.body and ast.get_docstring(n, clean=False) is not None]
    return [(string.lineno, string.end_lineno) for string in strings]


def count_lines(source):
    """The lines of a cell's code, without blank ones and docstrings."""
    skipped = {n for first, last in docstrings(source) for n in range(first, last + 1)}
    lines = enumerate(source.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in skipped for number, line in lines)


def counts(notebook):
    """Words, displayed equations and visible lines of code of a notebook, before its exercises."""
    words = equations = lines = 0
    section = ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])  # a line each, where the file was read as it is
        if cell["cell_type"] == "code":
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            if section != "Exercises":
                words += count_words(figure.get("caption", ""))
                hidden = HIDDEN & set(cell["metadata"].get("tags", []))
                lines += 0 if hidden else count_lines(source)
            continue
        for part in re.split(r"(?m)^(?=## )", source):
            heading = re.match(r"## +(.+?) *$", part, re.MULTILINE)
            section = heading[1] if heading else section
            if section != "Exercises":
                equations += len(DISPLAYED.findall(part))
                words += count_words(DISPLAYED.sub(" ", part))
    return words, equations, lines


def minutes(notebook):
    """Minutes to read a notebook, a whole number."""
    words, equations, lines = counts(notebook)
    return max(1, round(WORDS * words + EQUATION * equations + LINE * lines))


def main():
    """Print a line for each chapter."""
    print("minutes  words  equations  lines  chapter")
    for path in chapter_paths():
        text = read_text(path)
        words, equations, lines = counts(text)
        print(f"{minutes(text):7}  {words:5}  {equations:9}  {lines:5}  {path.stem}")


if __name__ == "__main__":
    sys.exit(main())
