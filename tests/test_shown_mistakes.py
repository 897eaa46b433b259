"""Every mistake that a chapter shows does harm there, and every table of checks finds it.

nbval holds an output to what is stored; these tests ask whether what is stored shows anything.
A mistake that is meant to be harmless says why in its cell: ``:harmless: the reason``.
"""

import re

import nbformat
import pytest

from book._tools.tangle import chapter_paths, code_cells
from nndl import mistakes

CATALOGUE = mistakes.load()
# What `mistakes.consequence` says of an array that is wrong, and an error that was printed.
HARM = re.compile(r"(?m)\d entries wrong, |: has shape \(.*, expected |^\w*Error\b")
# A wrong value beside the right one.
INSTEAD = re.compile(r"(\S+) instead of (\S+)")
# Cells that show a mistake's harm in words of their own: the line that says it.
IN_WORDS = {
    "cnn-filters-unpenalized": r"plain +reg 0\.5:  loss 6e-02  dW1 1e\+00",
    "check-passes-nan": "a NaN gradient: accepted",
    "dropout-seed-ignored": "wrong: two calls with one seed are equal: False",
    "fc-net-always-training": "wrong: scores alone as among others: False",
    "numerical-gradient-half-step": "a right gradient: refused",
    "numerical-gradient-one-sided": r"one-sided slope of exp at 1, h = 1e-3: off by 5e-04",
    "rel-error-mean": r"one wrong entry in 10,000: worst 5e-04, mean 5e-08",
    "rel-error-signed": "a wrong gradient: accepted",
    "seeing-occlusion-without-copy": r"size 7, stride 7: [1-9]\d* of 16|the digit afterwards",
}


def shown(source, output):
    """``{id: what is printed about it}`` for the mistakes that a cell names."""
    named = [name for name in CATALOGUE if f'"{name}"' in source]
    if len(named) == 1:
        return {named[0]: output}
    rows = {name: re.search(rf"(?m)^{name}:(.*)$", output) for name in named}
    if all(rows.values()):  # a table: which check finds which
        return {name: row[1] for name, row in rows.items()}
    starts = {name: output.find(CATALOGUE[name].diff()) for name in named}
    ends = sorted([*starts.values(), len(output)])
    return {k: output[at : ends[ends.index(at) + 1]] for k, at in starts.items() if at >= 0}


def harms(name, text):
    """Whether a text shows that a mistake does something."""
    if "\n" not in text:  # a row of a table: the checks that find it
        return bool(text.strip())
    differ = any(wrong != right.rstrip(".,") for wrong, right in INSTEAD.findall(text))
    said = name in IN_WORDS and re.search(f"(?m)^{IN_WORDS[name]}", text)
    return bool(HARM.search(text) or differ or said)


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_every_mistake_that_is_shown_does_harm(path):
    for cell in code_cells(nbformat.read(path.with_suffix(".ipynb"), as_version=4)):
        named = [name for name in CATALOGUE if f'"{name}"' in cell.source]
        output = "".join(out.text for out in cell.outputs if out.get("name") == "stdout")
        texts = shown(cell.source, output)
        assert set(texts) == set(named), "it is named, and nothing is shown of it"
        for name, text in texts.items():
            reason = cell.metadata.get("harmless")
            assert harms(name, text) != bool(reason), f"{path.name}: {name}: {reason or text}"


ALL_RIGHT = "-    dx = 1\n+    dx = 2\n\ndx: unharmed\ndw: unharmed\n"


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        (ALL_RIGHT, False),
        (
            ALL_RIGHT.replace("dw: unharmed", "dw: 1 of 9 entries wrong, relative error up to 1"),
            True,
        ),
        (ALL_RIGHT.replace("dw: unharmed", "dw: has shape (3,), expected (2,)"), True),
        (ALL_RIGHT + "again\nValueError: no\n", True),
        (ALL_RIGHT + "loss 4.059 instead of 4.059\n", False),
        (ALL_RIGHT + "loss 4.058 instead of 4.059\n", True),
        (" gradients, alone", True),
        (" ", False),
    ],
)
def test_harm_is_told_from_none(text, harm):
    assert harms("conv-forward-flipped", text) == harm


def test_a_row_without_a_check_is_seen():
    names = "conv-forward-flipped", "conv-forward-no-bias"
    source = " ".join(f'"{name}"' for name in names)
    texts = shown(source, f"right: none\n{names[0]}: gradients\n{names[1]}: \n")
    assert [harms(name, texts[name]) for name in names] == [True, False]


def test_two_mistakes_of_one_cell_are_told_apart():
    names = "conv-forward-flipped", "conv-forward-no-bias"
    diffs = [CATALOGUE[name].diff() for name in names]
    output = f"{diffs[0]}\n\nout: 1 of 1 entries wrong, all\n{diffs[1]}\n\nout: unharmed\n"
    texts = shown(" ".join(f'"{name}"' for name in names), output)
    assert [harms(name, texts[name]) for name in names] == [True, False]
