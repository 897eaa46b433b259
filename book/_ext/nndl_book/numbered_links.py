"""Links to chapters say their numbers, by which the sidebar and the equations count.

``{doc}`` and Markdown links alike: ``Dropout (chapter 8)`` where the page gives the title,
``the forward pass (chapter 9)`` and ``the next chapter (12)`` where the text has words of its own.
At the end of a parenthesis it is ``chapter 8, Dropout``; in a list of chapters, ``8 Dropout``.
"""

import re

from docutils import nodes

from book._ext.nndl_book.chapter_numbers import number_of

BARE = ("effort", "verified")  # the head of a chapter, the table of checks
SAID = re.compile(r"(?i)\bchapters? \d")
UNNUMBERED = {"sd-stretched-link", "headerlink", "toctree-l1"}


def words(text: str, title: str, number: str, before: str, after: str) -> str:
    """The words of a link to a chapter, between those before and after it in its paragraph."""
    inside = before.count("(") > before.count(")")
    closes = inside and re.match(r"\s*[),;]", after)
    if SAID.search(text):
        return text
    if re.search(r"(?i)\bchapter\s+$", before):
        return f"{text} ({number})"
    if text == title and closes:
        return f"chapter {number}, {text}"
    if "chapter" in text.lower() and text != title:
        return f"{text} ({number})"
    return f"{text}, chapter {number}" if closes else f"{text} (chapter {number})"


def around(link) -> tuple[str, str]:
    """The text before and after a link in its paragraph or cell."""
    block = link.parent
    while isinstance(block, nodes.Inline) and block.parent is not None:
        block = block.parent
    texts, before, seen = [], "", False
    for node in block.findall():
        if node is link:
            before, texts, seen = "".join(texts), [], True
        elif isinstance(node, nodes.Text) and not (seen and is_within(node, link)):
            texts.append(node.astext())
    return before, "".join(texts)


def is_within(node, ancestor) -> bool:
    while node is not None:
        if node is ancestor:
            return True
        node = node.parent
    return False


def is_bare(link) -> bool:
    """Whether a link stands in a list of chapters."""
    node = link.parent
    while node is not None and not isinstance(node, nodes.document):
        if set(BARE) & set(node.get("classes", [])):
            return True
        node = node.parent
    return False


def number_links(app, doctree, docname) -> None:
    """Give every link to another chapter its number."""
    env = app.env
    chapters = {
        app.builder.get_relative_uri(docname, doc): doc
        for doc in env.found_docs
        if doc != docname and number_of(env, doc)
    }
    for link in list(doctree.findall(nodes.reference)):
        doc = chapters.get(link.get("refuri"))
        inner = [node for node in link.findall(nodes.TextElement) if node is not link]
        classes = set(link["classes"]).union(*(node["classes"] for node in inner))
        if doc is None or classes & UNNUMBERED or not link.astext():
            continue
        text, title, number = link.astext(), env.titles[doc].astext(), number_of(env, doc)
        holder = inner[-1] if len(inner) == 1 else link
        new = (
            f"{number}\N{NO-BREAK SPACE}{text}"
            if is_bare(link)
            else words(text, title, number, *around(link))
        )
        start, _, end = new.partition(text)
        if start:
            holder.insert(0, nodes.Text(start))
        if end:
            holder.append(nodes.Text(end))


def connect(app) -> None:
    app.connect("doctree-resolved", number_links)
