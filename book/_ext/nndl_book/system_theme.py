"""Light or dark as the reader's system says, before a script has run, and where none does.

The theme's style sheets know ``data-theme="light"`` and ``"dark"``, and a script says which. Until
then, and without it, that is ``"auto"``, for which they have nothing: links were black. Each of
their rules is repeated for it, under the system's preference. Paper is light.
"""

import re

MEDIA = {
    "light": "print,(prefers-color-scheme:light)",
    "dark": "screen and (prefers-color-scheme:dark)",
}
NAMED = {theme: re.compile(rf"\[data-theme=([\"']?){theme}\1\]") for theme in MEDIA}


def repeated(selectors: list[str], style: str) -> str:
    """A rule's repetitions for pages whose theme the system decides; empty where it names none."""
    rules = ""
    for theme, media in MEDIA.items():
        ours = [s for s in selectors if NAMED[theme].search(s) and ":not([data-theme" not in s]
        if ours:
            auto = ",".join(NAMED[theme].sub('[data-theme="auto"]', s) for s in ours)
            rules += f"@media {media}{{{auto}{{{style}}}}}\n"
    return rules
