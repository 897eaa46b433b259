"""The chapters and their numbers, as the table of contents has them."""

from pathlib import Path


def chapters(env) -> list[str]:
    """The notebooks among the documents, in the order of the table of contents."""
    order = [str(doc) for doc in env.app.config.external_site_map]
    return [d for d in order if d in env.found_docs and env.doc2path(d).endswith(".ipynb")]


def number_of(env, docname: str) -> str | None:
    """A chapter's number, once all pages have been read; None for other pages."""
    number = env.toc_secnumbers.get(docname, {}).get("")
    return str(number[0]) if number else None


def path_of(env, docname: str) -> Path:
    """The file of a document, on which the page that is being read depends from now on."""
    path = Path(env.doc2path(docname))
    env.note_dependency(str(path))
    return path
