"""The glossary and the chapters, linked both ways when the site is built.

The first occurrence of a term in a chapter's prose leads to its entry, and an entry lists the
chapters that define or use it. A ``{term}`` by hand counts as the occurrence of its chapter; where
a word means something else, ``OTHER_SENSES``, it is linked by hand alone.
"""

import re
from functools import cache

from docutils import nodes
from sphinx import addnodes

from book._ext.nndl_book.chapter_numbers import chapters, number_of, path_of

GLOSSARY = "glossary"
ENTRY = re.compile(r"(?m)^(\S[^\n]*)\n: ")
# Chapters, or beginnings of their names, where a word has (also) a sense that is not the entry's.
OTHER_SENSES = {
    "bound": ("speed/",),  # of a rate
    "cache": (  # of the processor
        "speed/",
        "convolution/spatial_batchnorm",
        "networks/cifar10",
        "networks/many_machines",
    ),
    "frame": ("convolution/", "networks/", "speed/matrix_multiply"),  # of zeros
    "gather": ("networks/many_machines",),  # of arrays, by messages
    "latency": ("networks/",),  # of a message
    "mask": ("foundations/affine_relu", "convolution/"),  # of a rectifier
    "mistake": ("",),  # any, not one of the catalogue
    "scatter": ("networks/training",),
    "stride": ("speed/",),  # of memory
    "switch": ("foundations/",),
    "twin": ("foundations/gradients",),  # of an operation
}
ALLOWED = (  # what may be around a text that is prose
    nodes.paragraph, nodes.emphasis, nodes.strong, nodes.section, nodes.bullet_list,
    nodes.enumerated_list, nodes.list_item, nodes.Admonition, nodes.container,
)  # fmt: skip
UNTOUCHED = {"chapter-head", "timed"}


def terms_of(text: str) -> tuple[str, ...]:
    """The terms of the glossary's text."""
    return tuple(ENTRY.findall(text))


def forms(term: str) -> str:
    """A pattern for a term and its plural; only a name needs its capitals."""
    singular = re.escape(term).replace(r"\ ", r"\s+")
    plural = rf"(?:{singular[:-1]}ies|{singular})" if term.endswith("y") else rf"{singular}(?:e?s)?"
    return plural if term != term.lower() else f"(?i:{plural})"


@cache
def pattern(terms: tuple[str, ...]) -> re.Pattern:
    """A pattern that finds any of the terms, the longest where several begin at one place."""
    longest = sorted(range(len(terms)), key=lambda k: -len(terms[k]))
    return re.compile(
        rf"(?<![\w-])(?:{'|'.join(f'(?P<t{k}>{forms(terms[k])})' for k in longest)})(?![\w-])"
    )


def around(node):
    """What is around a node, from the inside out, without the document."""
    while not isinstance(node.parent, nodes.document):
        node = node.parent
        yield node


def is_prose(text) -> bool:
    """Whether a text stands in a paragraph, and in no link, code, title, table or caption."""
    outside = list(around(text))
    return (
        any(isinstance(node, nodes.paragraph) for node in outside)
        and all(isinstance(node, ALLOWED) for node in outside)
        and not any(UNTOUCHED & set(node["classes"]) for node in outside)
    )


def join_texts(doctree) -> None:
    """Make one text of neighbors: MyST ends one at each line, and a term may go across."""
    for paragraph in doctree.findall(nodes.TextElement):
        joined = []
        for child in paragraph.children:
            if joined and isinstance(child, nodes.Text) and isinstance(joined[-1], nodes.Text):
                joined[-1] = nodes.Text(joined[-1] + child)
            else:
                joined.append(child)
        if len(joined) < len(paragraph.children):
            paragraph.children[:] = []
            paragraph.extend(joined)


def reference(term: str, shown: str, docname: str):
    """A reference to an entry, as the role ``term`` makes it."""
    inner = nodes.inline(shown, shown, classes=["xref", "std", "std-term"])
    return addnodes.pending_xref(
        shown, inner, refdomain="std", reftype="term", reftarget=term, refexplicit=True,
        refdoc=docname, refwarn=True,
    )  # fmt: skip


def marked(link, term: str):
    """A link to an entry, to which the entry can lead back."""
    return nodes.inline("", "", link, classes=["term"], ids=[f"use-of-{nodes.make_id(term)}"])


def is_defined(doctree, term: str) -> bool:
    """Whether a chapter has the term in bold or italics, as where it is explained."""
    words = re.compile(forms(term))
    kinds = nodes.strong | nodes.emphasis
    return any(words.fullmatch(n.astext()) for n in doctree.findall() if isinstance(n, kinds))


def link_terms(app, doctree) -> None:
    """Link the first occurrences in the chapter that is being read, and note them."""
    env, docname = app.env, app.env.docname
    if docname not in chapters(env) or GLOSSARY not in env.found_docs:
        return
    terms = terms_of(path_of(env, GLOSSARY).read_text(encoding="utf-8"))
    join_texts(doctree)
    used = {}
    for link in list(doctree.findall(addnodes.pending_xref)):
        target = " ".join(link["reftarget"].lower().split())
        term = next((t for t in terms if t.lower() == target), None)
        if link["reftype"] == "term" and term and term not in used:
            used[term] = marked(link.deepcopy(), term)
            link.parent.replace(link, used[term])
    names = tuple(t for t in terms if not docname.startswith(OTHER_SENSES.get(t, ())))
    finder = pattern(names)
    for text in [node for node in doctree.findall(nodes.Text) if is_prose(node)]:
        whole, pieces, done = text.astext(), [], 0
        for match in finder.finditer(whole):
            term = names[int(match.lastgroup[1:])]
            if term not in used:
                used[term] = marked(reference(term, match[0], docname), term)
                pieces += [nodes.Text(whole[done : match.start()]), used[term]]
                done = match.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(whole[done:])])
    env.metadata[docname]["terms"] = {
        term: (node["ids"][0], is_defined(doctree, term)) for term, node in used.items()
    }


def uses(env, term: str) -> tuple[list[str], list[str]]:
    """The chapters that define a term, and those that use it."""
    having = {d: env.metadata[d].get("terms", {}) for d in chapters(env) if number_of(env, d)}
    defining = [d for d, terms in having.items() if term in terms and terms[term][1]][:1]
    return defining, [d for d, terms in having.items() if term in terms and d not in defining]


def list_chapters(app, doctree, docname) -> None:
    """Below each entry, the chapters that have its term, each a link to its first occurrence."""
    if docname != GLOSSARY:
        return
    for item in doctree.findall(nodes.definition_list_item):
        term = item[0].astext()
        line = nodes.paragraph(classes=["chapters"])
        defining, using = uses(app.env, term)
        for words, docs in (("Defined in chapter", defining), ("used in chapter", using)):
            for number, doc in enumerate(docs):
                plural = "s" if len(docs) > 1 else ""
                start = f"{words if line.children else words.capitalize()}{plural} "
                between = " and " if number == len(docs) - 1 else ", "
                before = between if number else ("; " if line.children else "") + start
                uri = app.builder.get_relative_uri(docname, doc)
                anchor = app.env.metadata[doc]["terms"][term][0]
                link = nodes.reference("", number_of(app.env, doc), internal=True)
                link["refuri"] = f"{uri}#{anchor}"
                link["reftitle"] = app.env.titles[doc].astext()
                line += [nodes.Text(before), link]
        if line.children:
            line += nodes.Text(".")
            item[-1] += line


def outdated(app, env, added, changed, removed):
    """The glossary is read again when a chapter changes."""
    return [GLOSSARY] if GLOSSARY in env.found_docs and added | changed | removed else []


def connect(app) -> None:
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", link_terms)
    app.connect("doctree-resolved", list_chapters)
