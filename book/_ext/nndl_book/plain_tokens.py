"""Code without the elements that Pygments puts around what looks like plain text.

It marks every name, bracket and space, in the color that the text around has anyway: a third of all
elements of a chapter, and a slow machine lays each of them out before it paints anything.
"""

import re

from book._ext.nndl_book import last_words

PLAIN = ("n", "nn", "p", "w")  # names, of modules as well, punctuation and spaces
CODE = re.compile(r"(?s)<pre>.*?</pre>")
TOKEN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')


def unwrap(html: str, pagename: str = "", app=None) -> str:
    """A page with the text of these tokens in their place."""
    return CODE.sub(lambda code: TOKEN.sub(r"\1", code[0]), html)


def connect(app) -> None:
    last_words.add(app, unwrap)
