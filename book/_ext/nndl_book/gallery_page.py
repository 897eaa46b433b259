"""The catalogue of mistakes as a page: ``mistake-gallery`` lists all, a card each.

``gallery_harms`` measures what each does, ``gallery_course`` whether a course's check sees it,
``gallery_store`` keeps that, and ``gallery_filter`` chooses.
A book without clicks has a line for each in place of its card.
"""

import re
from itertools import groupby

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book import filter_form, gallery_course, gallery_filter, gallery_store
from book._ext.nndl_book.boxes import box, boxed
from book._ext.nndl_book.chapter_numbers import number_of
from book._ext.nndl_book.gallery_filter import classes, layer, layer_class
from book._ext.nndl_book.mathml import letters
from book._ext.nndl_book.static_forms import BUILDERS
from book._ext.nndl_book.tables import empty_table, row
from nndl import mistakes
from nndl.practice.exercises import exercises

HEADS = ("Array", "Effect", "How much, and where")
DOC = "mistakes"
SAID = {
    "passes": "With the shapes of the course's check it passes.",
    "fails": "With the shapes of the course's check it fails.",
    "eye": "The course's check compares no number here. ",
    "none": "The course has no check of it. ",
}
UNASKED = re.compile("The course(.s)? (check compares no number here|has no check of it). ?")


def catalogue(env) -> dict:
    """What was measured of each mistake; the page that is read now depends on the package."""
    if "gallery" not in env.temp_data:
        for module in (filter_form, gallery_course, gallery_filter, gallery_store):
            env.note_dependency(module.__file__)
        for file in gallery_store.sources():
            env.note_dependency(str(file))
        env.note_dependency(__file__)
        env.temp_data["gallery"] = gallery_store.stored(env.doctreedir)
    return env.temp_data["gallery"]


def share(mistake) -> float:
    """How often it is made, by which the likeliest goes first; -1 where nobody counted."""
    return mistake.bodies / mistake.of if mistake.of else -1.0


def often(mistake) -> str:
    """The share in words."""
    if not mistake.of:
        return "how often is not known"
    return f"in {mistake.bodies} of {mistake.of} students’ bodies ({share(mistake):.1%})"


def by_layer(found) -> dict[str, list]:
    """The mistakes of each layer in the catalogue's order of layers, the likeliest first."""
    layers: dict[str, list] = {}
    for mistake in found:
        layers.setdefault(layer(mistake), []).append(mistake)
    return {name: sorted(those, key=share, reverse=True) for name, those in layers.items()}


def effects(seen) -> nodes.table:
    """A row for each array; those with the same fate share one."""
    table, body = empty_table(HEADS, "effects")
    table["classes"] += ["harm", "measured"]
    for (effect, details, where), rows in groupby(seen.harms, key=lambda h: h[1:4]):
        name = nodes.inline("", "", classes=["arrays"])
        for one in rows:
            name += [nodes.Text(", ")] * bool(name.children)
            name += nodes.literal("", one.name) if one.name.isidentifier() else nodes.Text(one.name)
        sign = "unharmed" if effect == "unharmed" else "harmed"
        cells = [name, nodes.inline("", effect, classes=[sign])]
        body += row([*cells, nodes.Text(", ".join(filter(None, (details, where))))])
    next(iter(table.findall(nodes.colspec)))["stub"] = 1
    return table


def card(mistake, seen) -> box:
    """Everything about one mistake."""
    found = boxed("Mistake", mistake.title, f"mistake-{mistake.id}", "mistake")
    found["classes"] += classes(mistake, seen)
    name = nodes.literal("", mistake.function)
    found += nodes.paragraph("", "", nodes.Text("in "), name, nodes.Text(f" · {often(mistake)}"))
    found[-1]["classes"] = ["in"]
    diff = mistake.diff()
    found += nodes.literal_block(diff, diff, language="diff", classes=["diff"])
    if seen:
        found += nodes.container("", effects(seen), classes=["cases"])
    said = SAID[gallery_course.kind(seen)] if seen else "No run calls it: it is not measured."
    if seen and not seen.course:
        said += gallery_course.reason(seen.exercise)
    if seen and seen.exercise in exercises() and seen.exercise not in mistake.function:
        said = f"Measured in the exercise {seen.exercise}. {said}"
    convention = f" {mistake.convention}" if mistake.convention else ""
    found += nodes.paragraph("", f"{mistake.cause} {said}{convention}")
    link = nodes.reference("", mistake.read, internal=True, gallery=mistake.read)
    found += nodes.paragraph("", "", nodes.Text("Read "), link, classes=["in"])
    return found


class Gallery(SphinxDirective):
    """The filter, and a section for each layer."""

    def run(self):
        measured = catalogue(self.env)
        layers = by_layer(mistakes.load().values())
        cards = {k: [card(m, measured.get(m.id)) for m in those] for k, those in layers.items()}
        every = [one["classes"] for those in cards.values() for one in those]
        parts = [gallery_filter.form(every, list(layers))]
        for name, those in cards.items():
            title = nodes.title("", name[0].upper() + name[1:])
            parts.append(nodes.section("", title, *those, ids=[layer_class(name)]))
        return parts


class Count(SphinxRole):
    """The number of mistakes, of those measured, or of those that the course's check passes."""

    def run(self):
        measured = catalogue(self.env)
        counts = {"mistakes": len(mistakes.load()), "measured": len(measured)}
        kinds = [gallery_course.kind(measured.get(name)) for name in mistakes.load()]
        counts |= {which: kinds.count(which) for which in SAID}
        counts["counted"] = sum(share(m) >= 0 for m in mistakes.load().values())
        return [nodes.Text(str(counts[self.text]))], []


class OneLineEach(SphinxPostTransform):
    """On paper, a mistake is its title, its function, its cause and the lines that change."""

    default_priority = 40
    builders = BUILDERS

    def run(self, **kwargs):
        for found in list(self.document.findall(box)):
            if any(name.startswith("course-") for name in found["classes"]):
                words = nodes.strong("", found[0].children[1].astext().strip())
                where = [nodes.Text(" in "), found.next_node(nodes.literal).deepcopy()]
                line = nodes.paragraph("", "", words, *where, nodes.Text(f": {cause(found)}"))
                found.replace_self([line, changed_lines(found.next_node(nodes.literal_block))])


def cause(found) -> str:
    """What a card says of its mistake, but the link, and that no check says anything."""
    words = next(
        p.astext() for p in found.children if isinstance(p, nodes.paragraph) and not p["classes"]
    )
    return UNASKED.sub("", words).rstrip()


def changed_lines(diff) -> nodes.literal_block:
    """The lines of a diff that are taken out and put in, without those around them."""
    text = "\n".join(line for line in diff.astext().splitlines() if line[:1] in ("-", "+"))
    return nodes.literal_block(text, text, **diff.attributes)


def plain(app, entry) -> str:
    """A title in letters alone, its formulas as well."""
    found = list(entry.findall(lambda n: isinstance(n, nodes.math | nodes.Text)))
    inside = [n for n in found if not isinstance(n.parent, nodes.math)]
    return "".join(letters(app, n) if isinstance(n, nodes.math) else n.astext() for n in inside)


def link_sections(app, doctree, docname) -> None:
    """Let each card lead to the section that explains it, now that all pages have been read."""
    for reference in list(doctree.findall(nodes.reference)):
        if "gallery" not in reference:
            continue
        doc, _, anchor = reference["gallery"].partition("#")
        if doc not in app.env.found_docs:
            reference.replace_self(nodes.Text(reference["gallery"]))
            continue
        entries = app.env.tocs[doc].findall(nodes.reference)
        titles = [plain(app, e) for e in entries if e["anchorname"] == f"#{anchor}"]
        words = [number_of(app.env, doc) or "", app.env.titles[doc].astext()]
        text = ": ".join([" ".join(filter(None, words)), *titles[:1]])
        reference["refuri"] = app.builder.get_relative_uri(docname, doc) + f"#{anchor}"
        reference.children[:] = [nodes.Text(text)]


def link_boxes(app, doctree, docname) -> None:
    """Let what a chapter shows of a mistake lead to its card."""
    if app.builder.name in BUILDERS or DOC not in app.env.found_docs or docname == DOC:
        return
    for found in doctree.findall(box):
        for name in found["ids"]:
            if name.startswith("mistake-") and isinstance(found[1], nodes.paragraph):
                address = app.builder.get_relative_uri(docname, DOC)
                link = nodes.reference("", "measured", internal=True, refuri=f"{address}#{name}")
                found[1] += [nodes.Text(" · "), link]


def connect(app) -> None:
    app.add_directive("mistake-gallery", Gallery)
    app.add_role("gallery-count", Count())
    app.add_post_transform(OneLineEach)
    app.connect("doctree-resolved", link_sections)
    app.connect("doctree-resolved", link_boxes)
