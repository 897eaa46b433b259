"""A page in a sentence or two, as search engines and messages show it.

A chapter's is what one can do after it, and its question. Another page's is the beginning of its
text, or what its front matter has as ``description``.
"""

import re

from docutils import nodes

from book._ext.nndl_book.chapter_head import BEGINNING

SHORTEST, LONGEST = 120, 160
SENTENCE = re.compile(r"(?<=[.?!:])\s+(?=[A-Z\d`])")
UNREADABLE = "\0"  # a formula, a picture: its sentence is left out
GENERATED = {
    "genindex": "Every function, class and term of the book on convolutional networks, and of its "
    "package nndl, in alphabetical order, with links to where each is explained.",
    "py-modindex": "The modules of nndl, the package that comes with the book: layers of a "
    "convolutional network in NumPy, compiled twins, gradient checks, training.",
    "search": "Search the book on convolutional networks: derivations, code, checks, exercises, "
    "the glossary, and the reference of the package nndl.",
    "404": "This address belongs to no page of the book on convolutional networks. The contents "
    "and the search lead on to its chapters, tables and reference.",
    "_modules/index": "The source code of nndl, module by module: layers of a convolutional "
    "network in NumPy, as the chapters of the book derive and check them.",
}
SOURCE = (
    "The source code of {}, a module of the package that comes with the book: convolutional "
    "networks, derived, checked and compiled."
)


def text_of(node) -> str:
    """A node's words; what has none that one can read is marked."""
    if isinstance(node, nodes.math):
        plain = re.fullmatch(r"\w+", node.astext())
        return node.astext() if plain else UNREADABLE
    if isinstance(node, nodes.raw | nodes.image | nodes.math_block):
        return UNREADABLE
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(text_of(child) for child in node.children)


def sentences(paragraph) -> list[str]:
    """The sentences of a paragraph that are words and nothing else."""
    whole = " ".join(text_of(paragraph).split())
    return [s for s in SENTENCE.split(whole) if UNREADABLE not in s]


def fitted(pieces: list[str]) -> str:
    """As many sentences as are needed; the last one is cut where it is too long."""
    said = ""
    for piece in pieces:
        longer = f"{said} {piece}".strip()
        if len(said) >= SHORTEST:
            break
        if len(longer) > LONGEST:
            return longer[: LONGEST - 1].rpartition(" ")[0].rstrip(",;:. ") + " …"
        said = longer
    return said


def of_text(doctree) -> str:
    """The description that a page's own text gives."""
    section = next(iter(doctree.findall(nodes.section)), None)
    if section is None:
        return ""
    first, rest = [], []
    for child in section.children:
        if isinstance(child, nodes.paragraph):
            (rest if first else first).extend(sentences(child))
        elif isinstance(child, nodes.section) and len(" ".join([*first, *rest])) > SHORTEST:
            break
    heads = [n for n in section.findall(nodes.container) if "chapter-head" in n["classes"]]
    ability = [s for head in heads[:1] for p in head.findall(nodes.paragraph) for s in sentences(p)
               if s.startswith(BEGINNING)]  # fmt: skip
    if not ability:
        return fitted([*first, *rest])
    said = [s.replace(BEGINNING, "How to ", 1) for s in ability]
    questions = [s for s in first if s.endswith("?")]
    return fitted([*said, *questions, *(s for s in first if s not in questions)])


def description(pagename: str, title: str, meta: dict, doctree) -> str:
    """What a page is about, in 120 to 160 characters; empty where nothing says it."""
    if meta.get("description"):
        return str(meta["description"])
    if pagename.startswith("_modules/") and pagename not in GENERATED:
        return SOURCE.format(title)
    if pagename in GENERATED:
        return GENERATED[pagename]
    return of_text(doctree) if doctree is not None else ""
