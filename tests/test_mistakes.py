"""The catalogue of mistakes: every entry applies (test_mutations.py: and is caught)."""

import dataclasses

import numpy as np
import pytest
from docutils import nodes

from book._tools.tangle import ROOT
from nndl import conv_layers, mistakes

CATALOGUE = mistakes.load()


@pytest.mark.parametrize("mistake", CATALOGUE.values(), ids=CATALOGUE)
def test_the_snippet_occurs_exactly_once(mistake):
    right, wrong = mistake.sources()
    assert right != wrong
    assert wrong.count(mistake.right) == 0 or mistake.right in mistake.wrong


@pytest.mark.parametrize("mistake", CATALOGUE.values(), ids=CATALOGUE)
def test_the_diff_is_literal(mistake):
    lines = mistake.diff(context=1000).splitlines()
    right, wrong = mistake.sources()
    assert [line[1:] for line in lines if line[0] in " -"] == right.splitlines()
    assert [line[1:] for line in lines if line[0] in " +"] == wrong.splitlines()


@pytest.mark.parametrize("mistake", CATALOGUE.values(), ids=CATALOGUE)
def test_where_to_read_exists(mistake):
    chapter, _, section = mistake.read.partition("#")
    text = (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")
    headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    assert section in {nodes.make_id(heading) for heading in headings}, "as the page has it"


@pytest.mark.parametrize("mistake", CATALOGUE.values(), ids=CATALOGUE)
def test_the_text_fields_are_single_lines(mistake):
    for field in (mistake.title, mistake.cause, mistake.hint):
        assert field.strip() == field
        assert "\n" not in field


def test_the_functions_own_module_stays_right():
    mistake = CATALOGUE["conv-forward-no-bias"]
    arguments = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), np.ones(1), {"stride": 1, "pad": 0}
    assert mistake.apply()(*arguments)[0].item() == 9
    assert conv_layers.conv_forward_naive(*arguments)[0].item() == 10


def test_a_snippet_that_is_gone_is_reported():
    gone = dataclasses.replace(CATALOGUE["conv-forward-no-bias"], right="no such line")
    with pytest.raises(ValueError, match="'conv-forward-no-bias': its snippet occurs 0 times"):
        gone.apply()
    twice = dataclasses.replace(gone, right="stride")
    with pytest.raises(
        ValueError, match=r"occurs \d+ times in nndl.conv_layers.conv_forward_naive"
    ):
        twice.diff()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[mistake]]\nid = "a"', "entry 'a': .*missing"),
        ('[[mistake]]\nid = "a"\nfoo = "b"', "entry 'a': .*unexpected keyword argument 'foo'"),
    ],
)
def test_an_incomplete_entry_is_reported(tmp_path, text, message):
    path = tmp_path / "mistakes.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        mistakes.load(path)


def test_an_id_that_occurs_twice_is_reported(tmp_path):
    entry = "\n".join(f'{field} = "x"' for field in mistakes.Mistake.__dataclass_fields__)
    path = tmp_path / "mistakes.toml"
    path.write_text(f"[[mistake]]\n{entry}\n[[mistake]]\n{entry}\n")
    with pytest.raises(ValueError, match="the id 'x' occurs twice"):
        mistakes.load(path)


def test_consequences_in_words():
    right = {"dx": np.ones((2, 2)), "dw": np.ones(3), "db": np.ones(1)}
    wrong = {"dx": np.array([[1, 3], [1, np.nan]]), "dw": np.ones(3), "db": np.ones(2)}
    assert mistakes.consequence(right, wrong).splitlines() == [
        "dx: 2 of 4 entries wrong, relative error up to nan",
        "dw: unharmed",
        "db: has shape (2,), expected (1,)",
    ]


def test_what_the_catalogue_prints_survives_any_stream():
    """A console with an old encoding stops at the first letter that it does not have."""
    assert mistakes.CATALOGUE.read_bytes().isascii()
