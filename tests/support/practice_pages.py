"""Practice pages made without Sphinx, for what the browser does with them; and answers to give.

They have the stubs in the boxes that the site has them in, and the site's scripts and files. That
the site's pages are so, tests/test_practice_pages.py asks of a small site.
"""

import json
import re
from functools import cache
from html import escape
from itertools import islice

from book._ext.nndl_book import practice_pages, practice_room
from book._live import practising
from book._workbook.stubs import stubs
from nndl import mistakes
from tests.support.live_pages import PAGE

BLANK = re.compile(r"raise NotImplementedError\(.*\)")
# As the theme has it, in small.
SHEET = "<style>pre { overflow-x: auto } h1, h3 { font-size: 1rem }</style></head>"
PARTS = tuple(dict.fromkeys(stub.part for stub in stubs().values()))
SECTION = """<section id="{id}"><h3>{title}</h3>
<div class="practice-exercise docutils container">
<div class="highlight-python notranslate"><div class="highlight"><pre><span></span>{code}
</pre></div></div></div></section>
"""
PART = """<section class="practice-part"><h2>{part}</h2>
<ul class="practice-list">{items}</ul></section>
"""
ITEM = '<li><p><a href="practice_{part}.html#{id}"><code>{title}</code></a></p></li>'


def write_practice(site) -> None:
    """The pages of all parts, and the overview."""
    overview = ""
    for part in PARTS:
        found = practice_pages.of_part(part)
        sections = "".join(
            SECTION.format(
                id=practice_pages.anchor(stub), title=stub.title, code=escape(stub.source)
            )
            for stub in found
        )
        last = practice_pages.scripts(practice_pages.about(part, own=True), "practice.js")
        write(site, f"practice_{part}", sections, last)
        items = (
            ITEM.format(part=part, id=practice_pages.anchor(stub), title=stub.title)
            for stub in found
        )
        overview += PART.format(part=part, items="".join(items))
    write(site, "practice", overview, practice_pages.scripts({}, "practice_overview.js"))


def write(site, name, body, scripts) -> None:
    page = PAGE.format(title=name, up="", notes="", cells=body, scripts=scripts)
    if practice_room.EXERCISE.search(page):
        page = practice_room.with_room(page, own=True)
    page = page.replace("</head>", SHEET)
    (site / f"{name}.html").write_text(page, encoding="utf-8")


def right(name: str) -> str:
    """The book's own answer."""
    return stubs()[name].code(False)


def wrong(name: str, most: int = 3) -> list[tuple[str, str]]:
    """Wrong answers: ``(what is wrong, code)``, of the catalogue as far as it has them.

    Some of its entries show only beyond what the exercise asks: those are left out.
    """
    code, found, stub = right(name), [], stubs()[name]
    for mistake in mistakes.load().values():
        if mistake.function != stub.exercise.function or mistake.shows == "dtype":
            continue
        forms = [form for form in mistake.variants() if code.count(form.right) == 1]
        found += [(k, mistake.id, code.replace(f.right, f.wrong)) for k, f in enumerate(forms)]
    found = [one[1:] for one in sorted(found, key=lambda one: one[0])]  # other forms come last
    found += [
        ("returns nothing", BLANK.sub("return None", stub.source)),
        ("the stub", stub.source),
        ("a syntax error", code.replace("return ", "return return ", 1)),
    ]
    return list(islice((one for one in found if not answer(name, one[1])["ok"]), most))


@cache
def answer(name: str, code: str) -> dict:
    """What a check on this machine, without a browser, says of an answer."""
    return json.loads(practising.check(json.dumps({"name": name, "code": code})))
