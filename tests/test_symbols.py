"""The shapes of book/symbols.toml are those of the arrays in the chapters' functions."""

import ast
import functools
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

import nndl
from book._tools.symbols import load, markdown, of_chapter
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text

FILE = ROOT / "book" / "symbols.toml"
ROWS = load(FILE)
HELD = [row for row in ROWS if row.shape]

# --- Shapes in letters ---------------------------------------------------------------------------

TOKEN = re.compile(r"HH|WW|[HW]'|[A-Za-z]|\d+|[-+/(),]")
CEILING = re.compile(r"\\lceil ([^/]+)/([^/]+) \\rceil")


def sizes(shape, letters):
    """The numbers of a shape as the file writes it, ``(NG, (C/G)HW)``, for sizes of its letters."""
    text, before = "", ""
    for token in TOKEN.findall(CEILING.sub(r"(-((0 - (\1)) / (\2)))", shape)):
        factor = token[0].isalnum() or token == "("
        times = "*" if factor and (before[-1:].isalnum() or before[-1:] in ("'", ")")) else ""
        value = str(letters[token]) if token[0].isalpha() else token.replace("/", "//")
        text, before = text + times + value, token
    return eval(text, {"__builtins__": {}})  # digits, brackets, signs and commas


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("()", ()),
        ("(N,)", (2,)),
        ("(N, C, H + 2P, W + 2P)", (2, 6, 11, 14)),
        ("(NG, (C/G)HW)", (6, 216)),
        ("(N, F, (H' - 1)S + 1, HH)", (2, 5, 9, 3)),
        (r"(\lceil H'/m \rceil, \lceil W/m \rceil)", (2, 3)),
    ],
)
def test_shapes_are_read(shape, expected):
    letters = {"N": 2, "C": 6, "G": 3, "H": 9, "W": 12, "P": 1, "F": 5, "H'": 5, "S": 2, "HH": 3}
    assert sizes(shape, letters | {"m": 4}) == expected


# --- Functions and their arrays ------------------------------------------------------------------


def some(*shape):
    return np.random.default_rng(0).normal(size=shape)


def maps(**more):
    """Sizes of a convolution, all of them different."""
    letters = {"N": 2, "C": 7, "H": 9, "W": 12, "F": 10, "HH": 3, "WW": 4, "S": 2, "P": 1} | more
    for side, window in (("H", "HH"), ("W", "WW")):
        whole = letters[side] + 2 * letters["P"] - letters[window]
        letters[f"{side}'"] = 1 + whole // letters["S"]
    return letters


CONV = maps()
COLUMNS = CONV | {"R": 7 * 3 * 4, "T": 5 * 6 * 2}
POOL = maps(P=0, WW=2)
SQUARE = maps(S=1, WW=3) | {"m": 4, "r": 3, "t": 6}
WIDE = {"N": 5, "C": 7, "D": 11, "M": 13}
GROUPS = {"N": 2, "C": 6, "G": 3, "H": 4, "W": 5}
X, W, B, DOUT = some(2, 7, 9, 12), some(10, 7, 3, 4), some(10), some(2, 10, 5, 6)
PARAM, POOL_PARAM = {"stride": 2, "pad": 1}, {"pool_height": 3, "pool_width": 2, "stride": 2}
ROW, SCORES, Y, SCALE = some(5, 11), some(5, 7), np.arange(5), some(1, 6, 1, 1)
CALLS = {  # name: sizes, arguments
    "conv_forward_naive": (CONV, X, W, B, PARAM),
    "conv_forward_shifts": (CONV, X, W, B, PARAM),
    "conv_backward_naive": (CONV, DOUT, (X, W, B, PARAM)),
    "dx_by_gathering": (CONV, DOUT, (X, W, B, PARAM)),
    "im2col_indices": (COLUMNS, X, 3, 4, 1, 2),
    "conv_backward_im2col": (COLUMNS, DOUT, (X, W, B, PARAM)),
    "max_pool_forward_naive": (POOL, X, POOL_PARAM),
    "max_pool_backward_naive": (POOL, some(2, 7, 4, 6), (X, POOL_PARAM)),
    "affine_forward": (WIDE, ROW, some(11, 13), some(13)),
    "affine_backward": (WIDE, some(5, 13), (ROW, some(11, 13), some(13))),
    "svm_loss": (WIDE, SCORES, Y),
    "softmax_loss": (WIDE, SCORES, Y),
    "softmax_forward": (WIDE, SCORES),
    "softmax_backward": (WIDE, SCORES, SCORES),
    "batchnorm_forward": (WIDE, ROW, some(11), some(11), {"mode": "train"}),
    "rmsnorm_forward": (WIDE, ROW, some(11)),
    "spatial_batchnorm_forward": (GROUPS, some(2, 6, 4, 5), some(6), some(6), {"mode": "train"}),
    "spatial_groupnorm_forward": (GROUPS, some(2, 6, 4, 5), SCALE, SCALE, 3, {}),
    "winograd_matrices": (SQUARE, 4, 3),
    "conv_forward_winograd": (SQUARE, X, some(10, 7, 3, 3), B, {"stride": 1, "pad": 1}, 4),
}


@functools.cache
def functions():
    """The functions that chapters define in cells that become no module."""
    found = {}
    for path in chapter_paths():
        for cell in code_cells(read_text(path)):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    found.setdefault(node.name, ast.unparse(node))
    return found


def function_of(name):
    """A function of ``nndl``, or else of a chapter."""
    if name in nndl.__all__:
        return getattr(nndl, name)
    found = {"np": np, "conv_forward_naive": nndl.conv_forward_naive}
    exec(functions()[name], found)
    return found[name]


@functools.cache
def arrays_of(name):
    """What a function has in its variables when it returns; under ``()``, what it returns."""
    function, found = function_of(name), {}

    def watch(frame, event, returned):
        if event == "return" and frame.f_code is function.__code__:
            found.update(frame.f_locals)
            found["()"] = returned

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        function(*CALLS[name][1:])
    finally:
        sys.setprofile(before)
    return found


def mistakes(row):
    """What is wrong with a row's shapes."""
    names = re.findall(r"`(\w+)`", row.code)
    each = row.symbol * len(names) if len(row.symbol) == 1 else row.symbol
    if len(names) != len(each):
        return [f"{row.symbol} are not as many as {row.code}"]
    shapes = row.shape * len(names) if len(row.symbol) == 1 else row.shape
    found = []
    for name, tex, shape in zip(names, each, shapes, strict=True):
        holders = [holder.removesuffix("()") for holder in row.held_by.split(", ")]
        unknown = [holder for holder in holders if holder not in CALLS]
        if unknown:
            found.append(f"{tex}: give CALLS a call of {', '.join(unknown)}")
            continue
        wanted = "()" if row.held_by.endswith("()") else name
        seen = [(holder, arrays_of(holder)) for holder in holders]
        having = [(holder, arrays[wanted]) for holder, arrays in seen if wanted in arrays]
        if not having:
            found.append(f"{tex}: {row.held_by} has no {name}")
        for holder, array in having:
            allowed = [sizes(one, CALLS[holder][0]) for one in shape.split(" or ")]
            if np.shape(array) not in allowed:
                found.append(f"{tex}: {holder} has {name} of {np.shape(array)}, not {shape}")
            if row.dtype == "integers" and not np.issubdtype(array.dtype, np.integer):
                found.append(f"{tex}: {holder} has {name} of {array.dtype}")
    return found


@pytest.mark.parametrize("row", HELD, ids=lambda row: f"{row.table}-{','.join(row.symbol)}")
def test_a_shape_is_that_of_the_array(row):
    assert mistakes(row) == []


def test_sizes_are_told_apart():
    """Two letters of one size would hide that one is written for the other."""
    assert len(HELD) > 30
    for letters in (WIDE, GROUPS, {k: v for k, v in CONV.items() if k not in "SP"}):
        assert len(set(letters.values())) == len(letters)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shape": ("(N, C, W, H)",)}, "not (N, C, W, H)"),
        ({"shape": ("(N, C, H)",)}, "not (N, C, H)"),
        ({"code": "`z`"}, "has no z"),
        ({"held_by": "relu_forward"}, "give CALLS a call of relu_forward"),
        ({"code": "`x`, `w`", "symbol": ("x", "w", "b")}, "not as many"),
        ({"dtype": "integers"}, "float64"),
    ],
)
def test_a_wrong_row_is_seen(change, said):
    row = next(row for row in HELD if row.table == "arrays" and row.symbol == ("x",))
    (found,) = mistakes(replace(row, **change))
    assert said in found


# --- The file ------------------------------------------------------------------------------------

ENTRY = """[table.sizes]
chapters = []
[[table.sizes.row]]
symbol = ['N']
meaning = 'images'
introduced = 'a/b'
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("shape = ['()']", "a shape wants"),
        ("shape = ['()']\ncode = '`n`'", "a shape wants"),
        ("shape = ['()', '()']\ncode = '`n`'\nheld_by = 'f'", "a shape for each symbol"),
        ("sort = 'x'", "fields are"),
    ],
)
def test_a_row_that_is_not_whole_is_refused(tmp_path, more, said):
    file = tmp_path / "symbols.toml"
    file.write_text(ENTRY, encoding="utf-8")
    assert load(file)[0].symbol == ("N",)
    file.write_text(ENTRY + more, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        load(file)


def test_the_narrower_scope_holds_and_two_of_one_width_say_nothing():
    book, table, own, other = (
        replace(ROWS[0], symbol=("q",), meaning=name, chapters=chapters)
        for name, chapters in (("all", ()), ("two", ("a", "b")), ("one", ("a",)), ("more", ("a",)))
    )
    assert of_chapter([book, table, own], "a")["q"] is own
    assert of_chapter([book, table, own], "b")["q"] is table
    assert of_chapter([book, table, own], "c")["q"] is book
    assert "q" not in of_chapter([book, own, other], "a")


def test_a_table_shows_a_shape_that_several_share_once():
    row = next(row for row in ROWS if row.table == "batch-normalization" and row.shape[1:])
    assert markdown([row]).splitlines()[2].count("$(D,)$") == 1
    scalar = next(row for row in ROWS if row.shape == ("()",))
    assert "| scalar |" in markdown([scalar])
