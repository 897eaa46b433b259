"""Tables of words become a row of lines on a phone, each with the name of its column.

Style does that, by the class ``stacked`` and the names that cells are given here. Laid out anew, a
table would be none to some screen readers, so ``table_roles.js`` has its parts say what they are.
Tables of numbers stay: who reads them compares columns.
"""

import re

from bs4 import BeautifulSoup

TABLE = re.compile(r'<table class="(?:verified )?table">.*?</table>', re.DOTALL)
WIDEST = {2: 75, 3: 45}  # characters in the columns' longest cells, by the number of columns


def is_wide(rows: list[list[str]]) -> bool:
    """Whether a table of these texts has no room on a phone."""
    columns = len(rows[0])
    longest = [
        max((len(row[k]) for row in rows if len(row) > k), default=0) for k in range(columns)
    ]
    return columns > 1 and sum(longest) > WIDEST.get(columns, 40)


def stack(match: re.Match) -> str:
    """Give one table its class and, in each cell, the name of the column."""
    soup = BeautifulSoup(match[0], "html.parser")
    table = soup.table
    names = [cell.get_text(" ", strip=True) for cell in table.select("thead th")]
    rows = [
        [cell.get_text(" ", strip=True) for cell in row("td")] for row in table.select("tbody tr")
    ]
    spans = table.select("[rowspan], [colspan]")
    verified = "verified" in table["class"]
    if spans or not (names and rows) or not (verified or is_wide([names, *rows])):
        return match[0]
    for cell in table("th"):
        cell["scope"] = "col"
    if not verified:
        table["class"].append("stacked")
        for row in table.select("tbody tr"):
            for name, cell in list(zip(names, row("td"), strict=False))[1:]:
                if "\\" not in name:  # a formula is no name that style could show
                    cell["data-column"] = name
    return str(soup)


def stack_all(app, pagename, templatename, context, doctree) -> None:
    if "<table" in context.get("body", ""):
        context["body"] = TABLE.sub(stack, context["body"])


def connect(app) -> None:
    app.connect("html-page-context", stack_all)
