"""What a notebook that stands alone has to be, found out from its cells."""

import re

MYST = re.compile(
    r"\{(?:eq|doc|numref|ref|term|cite)(?::\w+)?\}`|(?m:^:{3,})|(?m:^```\{)|\{cite|:label:"
    r"|(?m:^\([\w-]+\)=$)|\{#|\$\$ *\("
)
LINK = re.compile(r"\]\(#([^)\s]+)\)")
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
TAG = re.compile(r"\\tag\{(\d+)\}")
CITED = re.compile(r"# .*?\((\d+)\)(?:, \((\d+)\))*\s*$", re.MULTILINE)


def texts(notebook):
    """The sources of the Markdown cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def codes(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(text):
    """Markdown without its blocks of code and its formulas."""
    return re.sub(r"(?s)```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`", "", text)


def faults(notebook):
    """What is wrong with a notebook, a sentence for each: empty for one that stands alone."""
    found = []
    for text in texts(notebook):
        without_code = re.sub(r"(?s)```.*?```", "", text)
        found += [f"MyST is left: {match[0]!r}" for match in MYST.finditer(without_code)]
        opened, closed = text.count("<details>"), text.count("</details>")
        if opened != closed:
            found.append(f"{opened} <details> and {closed} </details>: {text[:80]!r}")
    for code in codes(notebook):
        found += [f"a label is left: {match}" for match in re.findall(r"\(eq-[^)]*\)", code)]
    whole = "\n\n".join(texts(notebook))
    anchors = ANCHOR.findall(whole)
    found += [f"no place for #{name}" for name in set(LINK.findall(whole)) - set(anchors)]
    found += [f"two places for #{name}" for name in set(anchors) if anchors.count(name) > 1]
    tags = [int(tag) for tag in TAG.findall(whole)]
    if tags != list(range(1, len(tags) + 1)):
        found.append(f"equations are numbered {tags}")
    for code in codes(notebook):
        for comment in CITED.finditer(code):
            numbers = map(int, re.findall(r"\((\d+)\)", comment[0]))
            found += [f"code cites ({n}): {comment[0]!r}" for n in numbers if n not in tags]
    return found
