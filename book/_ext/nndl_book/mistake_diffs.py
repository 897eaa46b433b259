"""The diffs of an output: those of the catalogue's mistakes, and others that a cell prints."""

import re

from nndl import mistakes

# Lines with a sign or a space before them, one of them with a sign and an indented line of code.
DIFF = re.compile(r"(?m)(?:^ .*\n)*(?:^[-+] {3}.*\n)+(?:^[-+ ].*\n?)*")


def pieces(text: str, named):
    """Yield ``(mistake, text)`` of an output; the mistake is None where it is no diff of one."""
    for mistake in named:
        before, found, after = text.partition(mistake.diff())
        if found:
            if before.strip("\n"):
                yield None, before.strip("\n")
            yield mistake, found
            text = after
    if text.strip("\n"):
        yield None, text.strip("\n")


def named_in(source: str) -> list:
    """The mistakes that code names, in its order, as often as it does."""
    catalogue = mistakes.load()
    return [catalogue[name] for name in re.findall(r"\"([\w-]+)\"", source) if name in catalogue]


def split(text: str) -> tuple[str, str, str]:
    """What is printed before a diff that is in no catalogue, the diff, and what comes after."""
    match = DIFF.search(text)
    if match is None:
        return text, "", ""
    return text[: match.start()], match[0].rstrip("\n"), text[match.end() :]
