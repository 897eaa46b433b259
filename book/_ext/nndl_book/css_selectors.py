"""The selectors of a CSS rule, one by one: a comma inside of ``:is(a, b)`` does not part two."""

import tinycss2


def split(prelude: list) -> list[list]:
    """The selectors of a rule, each as its tokens."""
    parts = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def written(prelude: list) -> list[str]:
    """The selectors of a rule, each as it is written."""
    return [tinycss2.serialize(part).strip() for part in split(prelude)]
