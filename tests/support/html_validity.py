"""Whether pages are HTML: what a checker such as vnu calls an error, for the kinds that we met.

A parser that repairs what it reads, as browsers' do, hides these. This one follows the standard's
rules for tags that may be left out, and names everything else that does not fit.
"""

from html.parser import HTMLParser


def tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


VOID = tags("area base br col embed hr img input link meta source wbr")
FOREIGN = {"svg", "math"}
BLOCKS = tags(
    "address article aside blockquote details dialog div dl fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul"
)
HEADINGS = tags("h1 h2 h3 h4 h5 h6")
# What may hold words and no blocks. A summary may hold a heading, too.
PHRASING = HEADINGS | tags(
    "pre span em strong code label button small sup sub i b cite kbd summary time"
)
CLOSED_BY = {  # an open element, and what ends it without its end tag
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "p": BLOCKS,
    "tr": {"tr", "tbody", "tfoot"},
    "td": {"td", "th", "tr"},
    "th": {"td", "th", "tr"},
    "option": {"option"},
}
ONLY = {"ul": {"li", "script", "template"}, "ol": {"li", "script", "template"},
        "dl": {"dt", "dd", "div", "script", "template"}}  # fmt: skip
NOT_EMPTY = {"id", "href", "src", "content", "name", "for", "role"}
CLICKED = {"a", "button", "summary"}
TABLE_PARTS = {"tr", "td", "th"}  # in a table, these have their own role and no other


class Checker(HTMLParser):
    """Collects the errors of a page, each with its line."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open: list[list] = []  # [tag, whether it holds words or an image]
        self.errors: list[str] = []
        self.ids: set[str] = set()
        self.viewports = 0

    def say(self, what: str) -> None:
        self.errors.append(f"line {self.getpos()[0]}: {what}")

    def is_foreign(self) -> bool:
        return any(tag in FOREIGN for tag, _ in self.open)

    def handle_starttag(self, tag, attributes):
        self.check_attributes(tag, attributes)
        if self.is_foreign():  # SVG and MathML: only that what is open ends
            self.open.append([tag, True])
            return
        while self.open and tag in CLOSED_BY.get(self.open[-1][0], ()):
            self.open.pop()
        self.check_place(tag)
        if tag == "img" or tag in FOREIGN:
            self.mark()
        if tag not in VOID:
            self.open.append([tag, False])

    def handle_startendtag(self, tag, attributes):
        if self.is_foreign():
            self.check_attributes(tag, attributes)
        else:
            self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        while self.open and self.open[-1][0] != tag and self.open[-1][0] in CLOSED_BY:
            if tag not in [name for name, _ in self.open]:
                break
            self.open.pop()
        if not self.open or self.open[-1][0] != tag:
            if tag not in VOID:
                self.say(f"</{tag}> ends nothing that is open")
            return
        _, filled = self.open.pop()
        if tag in HEADINGS and not filled:
            self.say(f"<{tag}> is empty")

    def handle_data(self, data):
        if data.strip():
            self.mark()
            if self.open and self.open[-1][0] in ONLY:
                self.say(f"words in <{self.open[-1][0]}>")

    def mark(self):
        for element in self.open:
            element[1] = True

    def check_attributes(self, tag, attributes):
        names = [name for name, _ in attributes]
        for name in {name for name in names if names.count(name) > 1}:
            self.say(f"<{tag}> has {name} twice")
        given = dict(attributes)
        for name in NOT_EMPTY & given.keys():
            if not (given[name] or "").strip():
                self.say(f"<{tag}> has an empty {name}")
        if given.get("id") in self.ids:
            self.say(f"the id {given['id']!r} is there twice")
        self.ids.add(given.get("id") or "")
        self.ids.discard("")
        if tag == "meta" and given.get("name") == "viewport":
            self.viewports += 1
            if self.viewports > 1:
                self.say("a second viewport")
        if tag in TABLE_PARTS and "role" in given:
            self.say(f"<{tag}> has a role")
        if tag == "img" and "alt" not in given:
            self.say("an image without alt")

    def check_place(self, tag):
        if not self.open:
            return
        parent = self.open[-1][0]
        if tag in BLOCKS and parent in PHRASING and not (parent == "summary" and tag in HEADINGS):
            self.say(f"<{tag}> in <{parent}>")
        if parent in ONLY and tag not in ONLY[parent]:
            self.say(f"<{tag}> in <{parent}>")
        if tag in CLICKED:
            outer = [name for name, _ in self.open if name in {"a", "button"}]
            if outer:
                self.say(f"<{tag}> in <{outer[-1]}>, which is clicked itself")


def errors(page: str) -> list[str]:
    """What is wrong with a page, a line each; empty where nothing is."""
    checker = Checker()
    checker.feed(page)
    checker.close()
    found = checker.errors
    left = [tag for tag, _ in checker.open if tag not in CLOSED_BY]
    return found + ([f"at the end: <{left[-1]}> has no end"] if left else [])
