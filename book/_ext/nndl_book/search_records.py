"""What the search can find: the places of a page, each with an address of its own.

A place is a section, an exercise, a numbered equation, figure or table, an entry of the glossary,
of the package or of the bibliography. It is read from the page's tree, so that nothing is found
that only furnishes the page. A record has

- ``u``, the address, ``t``, the title, and ``p``, the page's title;
- ``k``, the other names by which one asks for it;
- ``b``, its text, from which the excerpt is cut;
- ``c``, the names in its code and the words of its solution: found, and not shown;
- ``x``, for an equation, the words that lead to it: shown, and not found;
- ``w``, its weight: a chapter comes before its sections, and text before names of the package.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node

from book._ext.nndl_book.boxes import box, heading
from book._ext.nndl_book.chapter_numbers import number_of
from book._ext.nndl_book.folds import fold
from book._ext.nndl_book.search_text import SKIPPED, one_line, pieces, text_of, words_in
from book._ext.nndl_book.search_words import others

EXERCISES = (exercise_node, exercise_enumerable_node)
TITLES = addnodes.desc_signature | nodes.term | nodes.label | heading
LEADING = 160  # characters before an equation
LONGEST = 6000  # characters of a place that an excerpt may come from: all but long tables
PAGE, TERM, NUMBERED, REFERENCE, NAME, SOURCE = 2, 1.5, 0.7, 0.6, 0.3, 0.3  # sections have 1
UNREAD = {"toctree-wrapper", "effort", "chapters"}  # lists of pages, the line of minutes
ALIASES = {
    "Equation": "eq formula",
    "Figure": "fig",
    "Exercise": "ex",
    "Section": "sec",
    "Chapter": "ch",
    "Table": "tab",
}


class Reader:
    """Goes through a page and collects its places."""

    def __init__(self, env, docname: str, uri: str):
        self.uri, self.records, self.exercise = uri, [], None
        self.sections = env.toc_secnumbers.get(docname, {})
        self.numbers = env.toc_fignumbers.get(docname, {})
        self.chapter = number_of(env, docname)
        self.file = docname.rpartition("/")[2].replace("_", " ")  # "winograd" of another title
        title = env.titles[docname].astext()
        self.page = f"{self.chapter} {title}" if self.chapter else title

    def place(self, anchor: str, title: str, names: str = "", weight: float = 1) -> dict:
        """Begin a record."""
        uri = f"{self.uri}#{anchor}" if anchor else self.uri
        page = "" if title == self.page else self.page
        record = {"u": uri, "t": one_line(title), "p": page, "k": names, "w": weight}
        record |= {"b": [], "c": set()}
        self.records.append(record)
        return record

    def numbered(self, kind: str, anchor: str, number: str, rest: str = "") -> dict:
        """Begin the record of what one asks for by its number."""
        local = number.rpartition(".")[2]
        label = anchor.removeprefix("equation-")
        names = [f"{name} {number}" for name in ALIASES[kind].split()]
        shown = f"({number})" if kind == "Equation" else number
        names += [f"{kind} {local}"] * (kind == "Equation") + [label, label.replace("-", " ")]
        return self.place(anchor, f"{kind} {shown} {rest}", " ".join(names), NUMBERED)

    def number(self, kind: str, node) -> str | None:
        """The number of a figure, a table or an exercise."""
        found = (self.numbers.get(kind, {}).get(anchor) for anchor in node["ids"])
        return next((".".join(map(str, number)) for number in found if number), None)

    def section(self, node) -> dict:
        """Begin the record of a section; the first of a page is the page."""
        title, anchor = text_of_title(node), node["ids"][0]
        if isinstance(node.parent, nodes.document):
            names = f"chapter {self.chapter} ch {self.chapter} {self.file}"
            return self.place("", self.page, *((names, PAGE) if self.chapter else ()))
        number = ".".join(map(str, self.sections.get(f"#{anchor}") or ()))
        names = f"section {number} sec {number}" if number else ""
        return self.place(anchor, f"{number} {title}", names, 1 if self.chapter else REFERENCE)

    def begin(self, node):
        """The record that begins with a node, if one does."""
        if isinstance(node, nodes.section) and isinstance(node[0], nodes.title):
            return self.section(node)
        if isinstance(node, EXERCISES) and node["ids"]:
            number = self.number("exercise", node) or ""
            self.exercise = self.numbered("Exercise", node["ids"][0], number, text_of_title(node))
            return self.exercise
        if isinstance(node, nodes.math_block) and node.get("number"):
            number = ".".join(filter(None, [self.chapter, str(node["number"])]))
            return self.numbered("Equation", f"equation-{node['label']}", number)
        for kind, type_ in (("Figure", nodes.figure), ("Table", nodes.table)):
            if isinstance(node, type_) and (number := self.number(kind.lower(), node)):
                return self.numbered(kind, node["ids"][0], number)
        if isinstance(node, nodes.definition_list_item) and node[0]["ids"]:
            return self.place(node[0]["ids"][0], text_of(node[0]), weight=TERM)
        if isinstance(node, addnodes.desc) and node[0]["ids"]:
            full = node[0]["ids"][0]
            name = full.rpartition(".")[2]
            return self.place(full, name, f"{full} {pieces(name)}", NAME)
        if isinstance(node, box) and node["ids"]:
            title = f"Mistake: {text_of_title(node)}"
            return self.place(node["ids"][0], title, weight=NUMBERED)
        if isinstance(node, nodes.citation):
            return self.place(node["ids"][0], text_of(node[0]), weight=SOURCE)
        return None

    def read(self, node, record=None) -> None:
        """Add what is below a node to its place, and to ``record`` what has none."""
        classes = set(node.get("classes", []))
        if isinstance(node, SKIPPED) or UNREAD & classes:
            return
        own = self.begin(node)
        if isinstance(node, nodes.math_block):
            if own and record:
                own["x"] = one_line(" ".join(record["b"]))[-LEADING:]
            return
        record = own or record
        if isinstance(node, nodes.literal_block):
            record["c"] |= words_in(node.astext())
        elif isinstance(node, fold):
            solved = self.exercise if "solution" in classes and self.exercise else record
            solved["c"] |= words_in(text_of(node))
        elif isinstance(node, TITLES):
            return
        elif isinstance(node, nodes.TextElement):
            record["b"].append(text_of(node))
        else:
            hidden = {"tag_hide-input", "tag_hide-cell"} & classes
            for child in node.children:
                if not (hidden and "cell_input" in child.get("classes", [])):
                    self.read(child, record)


def text_of_title(node) -> str:
    """The title of a section, an exercise or a box, without its kind, number and effort."""
    parts = [c for c in node[0].children if not {"kind", "effort"} & set(classes_of(c))]
    text = "".join(map(text_of, parts)).strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def classes_of(node) -> list[str]:
    return node["classes"] if isinstance(node, nodes.Element) else []


def of_page(env, doctree, docname: str, uri: str) -> list[dict]:
    """The records of a page, ready for JSON."""
    reader = Reader(env, docname, uri)
    for child in doctree.children:
        if isinstance(child, nodes.section):
            reader.read(child)
    for record in reader.records:
        text = one_line(" ".join(record["b"]))
        rest = record["c"] | words_in(text[LONGEST:]) | others(text)
        record["k"] = " ".join([record["k"], *sorted(others(record["t"]))]).strip()
        record["b"], record["c"] = text[:LONGEST], " ".join(sorted(rest - words_in(text[:LONGEST])))
    return [{k: v for k, v in r.items() if v and (k, v) != ("w", 1)} for r in reader.records]
