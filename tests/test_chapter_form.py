"""What every chapter has, as CONTRIBUTING.md lists it; each message says what to do.

A chapter that is rightly without something stands in ``EXEMPT``, with the reason.
"""

import re

import pytest

from book._tools import minutes
from book._tools.tangle import ROOT, chapter_paths, read_text
from nndl import mistakes

CATALOGUE = mistakes.load()
SECTIONS = [
    "The contract",
    "Derivation",
    "The code",
    "The evidence",
    "Fast",
    "What breaks",
    "Exercises",
    "Summary",
]
A_RUN = "its code and its evidence are one run, in sections that follow that"
EXEMPT = {
    ("training", "The code"): A_RUN,
    ("training", "The evidence"): A_RUN,
    ("training", "catalogue"): "it writes no function: it trains with those of other chapters",
    ("numba", "catalogue"): "its loops are a ladder, not functions of the package",
    ("machine", "catalogue"): "its loops measure, and are no functions of the package",
    ("roofline", "catalogue"): "its loops measure, and are no functions of the package",
    ("micro_kernel", "catalogue"): "its tile is written out here and kept in nndl.fast.kernels",
    ("implicit_gemm", "catalogue"): "its tables are written out here and kept in nndl.fast.kernels",
}
MOST = 30  # minutes
HEAD = re.compile(r"(?s)\A# [^\n]+\n\n:::\{chapter-head\}\n(?::needs: ([^\n]+)\n)?([^:].*?)\n:::\n")
BREAKS = "all but the last end with a backslash"


def sections(text):
    """``{heading: text below it}`` of a chapter's sections, without their own headings."""
    parts = re.split(r"(?m)^## +(.+?) *$", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def missing_sections(name, text):
    """The sections of the form that a chapter lacks, or has in another order."""
    wanted = [title for title in SECTIONS if (name, title) not in EXEMPT]
    found = [next((t for t in wanted if re.match(rf"{t}\b", h)), None) for h in sections(text)]
    found = [title for title in found if title]
    for title in wanted:
        if title not in found:
            yield f"there is no section `## {title}`: write it (CONTRIBUTING.md, A chapter)"
    if found != wanted and sorted(found) == sorted(wanted):
        yield f"the sections come as {', '.join(found)}: put them in the order of the form"


def catalogue_use(name, text):
    """Whether a chapter that writes functions shows three to seven mistakes of the catalogue."""
    if (name, "catalogue") in EXEMPT:
        return
    used = [mistake for mistake in CATALOGUE if f'"{mistake}"' in text]
    if not 3 <= len(used) <= 7:
        todo = "add to them" if len(used) < 3 else "leave the least instructive out"
        shown = ", ".join(used) or "none"
        came = f"it shows {len(used)} entries of nndl/mistakes.toml"
        yield f"{came}, expected 3 to 7: {todo} ({shown})"


def exercises(name, text):
    """Whether there are three exercises or more, each with its solution."""
    asked = re.findall(r"(?m)^:::\{exercise\}.*\n:label: (\S+)$", text)
    solved = re.findall(r"(?m)^:::\{solution-start\} (\S+)$", text)
    if text.count(":::{exercise}") != len(asked):
        yield "an exercise has no label: put `:label: ex-...` into the line below its head"
    if len(asked) < 3:
        yield f"it has {len(asked)} exercises, expected 3 or more: add some, with solutions"
    for label in asked:
        if (count := solved.count(label)) != 1:
            yield f"{label} has {count} solutions, expected 1: `:::{{solution-start}} {label}`"
    yield from (
        f"a solution is of {s}, which is no exercise here" for s in set(solved) - set(asked)
    )
    if text.count(":::{solution-start}") != text.count(":::{solution-end}"):
        yield "a solution does not end: close it with `:::{solution-end}`"


def summary(name, text):
    """Whether the summary has five lines, and cited works to read after it."""
    whole = sections(text).get("Summary", "")
    lines, _, reading = whole.partition("**Further reading.**")
    paragraph = lines.strip().split("\n\n")[0].splitlines()
    if len(paragraph) != 5 or not all(line.endswith("\\") for line in paragraph[:-1]):
        yield f"its summary has {len(paragraph)} lines, expected 5 ({BREAKS})"
    if not re.search(r"\{cite(:\w+)?\}`", reading):
        yield (
            "it names nothing to read: end the summary with `**Further reading.**` and cite works "
            "of book/references.bib"
        )


def head(name, text):
    """Whether the head is right below the title, with a sentence of the form."""
    found = HEAD.match(re.sub(r"(?s)\A---\n.*?\n---\n+", "", text.lstrip()))
    if found is None:
        yield ("no `:::{chapter-head}` right below its title: write it (CONTRIBUTING.md, The head)")
    elif not re.fullmatch(r"Afterwards you can [^\n]*[^.!?\n][.]", found[2]):
        yield "its head is not one line, `Afterwards you can ... .`"


def openings(name, text):
    """Whether each section begins with a sentence, not with a cell or an output."""
    for title in re.findall(r"(?m)^##+ +(.+?) *\n\s*^```\{code-cell\}", text):
        yield f"its section {title!r} begins with code: say in a sentence what it shows"


RULES = [head, missing_sections, catalogue_use, exercises, summary, openings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_a_chapter_has_the_form(path, rule):
    problems = list(rule(path.stem, path.read_text(encoding="utf-8")))
    assert problems == [], f"{path.relative_to(ROOT).as_posix()}: " + "; ".join(problems)


def test_the_exempt_chapters_are_so_rightly():
    """An exemption that is no longer needed goes."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in chapter_paths()}
    for name, part in EXEMPT:
        if part == "catalogue":
            assert ":tags: [tangle" not in texts[name], (
                f"{name} writes functions now: show mistakes"
            )
        else:
            assert part not in sections(texts[name]), f"{name} has {part!r} now: not exempt"


def in_order():
    """The chapters as the table of contents names them, in its order."""
    return [p.relative_to(ROOT / "book").with_suffix("").as_posix() for p in chapter_paths()]


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_a_chapter_needs_only_earlier_ones(path):
    found = HEAD.search(re.sub(r"(?s)\A---\n.*?\n---\n+", "", path.read_text(encoding="utf-8")))
    needs = re.split(r",\s*", found[1]) if found and found[1] else []
    here = path.relative_to(ROOT / "book").with_suffix("").as_posix()
    earlier = in_order()[: in_order().index(here)]
    assert [name for name in needs if name not in earlier] == []
    assert needs == sorted(needs, key=earlier.index), "in the order of the book"
    assert len(set(needs)) == len(needs)


# Of an exercise, an equation, a figure, a section.
LABEL = re.compile(
    r"(?:^:label: |^ +name: |^\$\$ \(|^\()((?:alg|eq|ex|fig|sec|tab)-[\w-]+)\)?=?$", re.MULTILINE
)


def test_a_label_names_one_thing():
    """The whole book shares its labels, and the build ends where two chapters have one."""
    homes = {}
    for path in sorted((ROOT / "book").rglob("*.md")):
        for found in LABEL.findall(path.read_text(encoding="utf-8")):
            homes.setdefault("".join(found), []).append(path.stem)
    assert len(homes) > 500
    assert {label: where for label, where in homes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_a_chapter_is_read_in_half_an_hour(path):
    time = minutes.minutes(read_text(path))
    words, equations, lines = minutes.counts(read_text(path))
    of = f"{words} words, {equations} equations and {lines} lines of code take {time} minutes"
    assert time <= MOST, f"{of}: cut it or split it"


def test_minutes_count_what_is_read_and_not_what_is_folded_or_exercise():
    text = """
# A title

:::{chapter-head}
:needs: a/b
Afterwards you can read.
:::

Two $x + y$ `f(a)` {eq}`eq-a`, [a link](../a/b.md#c) and {term}`words <word>`.

$$
a = b
$$ (eq-a)

## Exercises

:::{exercise} More words
:label: ex-a
Not counted. $$a$$
:::
"""
    code = 'def f():\n    """One.\n\n    Two.\n    """\n\n    # why\n    return "a"\n'
    cells = [("markdown", text.partition("## Ex")[0], []), ("code", code, [])]
    cells += [
        ("code", code, ["hide-input"]),
        ("markdown", "## Ex" + text.partition("## Ex")[2], []),
    ]
    cells += [("code", code, []), ("markdown", "## Summary\n\nIt ends.", [])]
    notebook = {
        "cells": [
            {
                "cell_type": kind,
                "source": source.splitlines(keepends=True),
                "metadata": {"tags": tags},
            }
            for kind, source, tags in cells
        ]
    }
    # A title; two, a formula, f and a, the reference, a link, and, words; Summary, it ends.
    assert minutes.counts(notebook) == (2 + 9 + 3, 1, 3)
    assert minutes.minutes(notebook) == 1
    many = {"cells": [{"cell_type": "markdown", "source": "word " * 5100, "metadata": {}}]}
    assert minutes.minutes(many) == 26


GOOD = """
# A chapter

:::{chapter-head}
:needs: foundations/gradients
Afterwards you can do it.
:::

## The contract
## Derivation
## The code
## The evidence
## Fast: what it costs
## What breaks

"conv-backward-flipped" "conv-forward-no-bias" "MORE"

## Exercises

:::{exercise}
:label: ex-a
:::

:::{solution-start} ex-a
:class: dropdown
:::
:::{solution-end}
:::

:::{exercise}
:label: ex-b
:::

:::{solution-start} ex-b
:::
:::{solution-end}
:::

:::{exercise} Named
:label: ex-c
:::

:::{solution-start} ex-c
:::
:::{solution-end}
:::

## Summary

One. \\
Two. \\
Three. \\
Four. \\
Five.

**Further reading.** {cite:t}`Higham2002`.
""".replace("MORE", next(m for m in CATALOGUE if not m.startswith("conv-")))


def problems_of(text):
    return [problem for rule in RULES for problem in rule("good", text)]


def test_a_chapter_that_has_the_form_has_no_problems():
    assert problems_of(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (":needs: foundations/gradients\n", "HEAD\n", "head is not one line"),
        ("Afterwards you can", "You can", "head is not one line"),
        ("# A chapter\n\n", "# A chapter\n\nA question?\n\n", "right below its title"),
        ("## What breaks\n", "", "there is no section `## What breaks`: write it"),
        ("## The code\n## The evidence\n", "## The evidence\n## The code\n", "in the order of the"),
        ('"conv-backward-flipped"', "", "shows 2 entries of nndl/mistakes.toml, expected 3 to 7"),
        ("## Derivation\n", "## Derivation\n\n```{code-cell}\n", "'Derivation' begins with code"),
        (":label: ex-c\n", "", "has no label: put `:label: ex-...`"),
        (":::{exercise} Named\n:label: ex-c\n", "", "has 2 exercises, expected 3 or more: add"),
        (":::{solution-start} ex-b", ":::{solution-start} ex-a", "ex-b has 0 solutions, expected"),
        (":::{solution-start} ex-b", ":::{solution-start} ex-x", "ex-x, which is no exercise here"),
        (":::{solution-end}\n:::\n\n## S", "\n## S", "a solution does not end: close it"),
        ("Two. \\\n", "", "its summary has 4 lines, expected 5"),
        ("Two. \\\n", "Two.\n", "its summary has 5 lines, expected 5 (all but the last end"),
        ("{cite:t}`Higham2002`", "Books", "cite works of book/references.bib"),
    ],
)
def test_what_a_chapter_lacks_is_named(old, new, expected):
    assert GOOD.count(old) == 1
    found = problems_of(GOOD.replace(old, new))
    assert any(expected in problem for problem in found), found
