"""The checks that chapters print: each can fail, and none lies far from what it holds."""

import ast
from itertools import groupby

import nbformat
import pytest

from book._ext.nndl_book import check_lines
from book._tools.tangle import chapter_paths, code_cells, read_text

chapters = pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)

# Why a bound may lie more than two powers of ten above the largest error beside it.
FLOAT32 = "sums in float32: another order of additions moves them by 1e-7 a term"
EQUAL = "equal in every bit here; where vectors have another length, other sums are equal"
ORDER = "sums of sums: their roundings add up, and differ from machine to machine"
STRAIGHT = "no curvature here, so less error than the numerical gradients that share the bound"
WIDE = {
    ("affine_relu", "three kinks: dx"): STRAIGHT,
    ("affine_relu", "entries that did not cross: dw"): STRAIGHT,
    ("batchnorm", "graph and compact form, N = 4, spread 5: dx"): ORDER,
    ("batchnorm", "complex step: dx"): ORDER,
    ("batchnorm", "affine change of x: out"): ORDER,
    ("cascades", "with batch norm: out"): ORDER,
    ("cascades", "pool first: out"): EQUAL,
    ("cascades", "smaller cache: dx"): EQUAL,
    ("cascades", "any chain: dx"): STRAIGHT,
    ("fully_connected", "shortcut: dx"): STRAIGHT,
    ("implicit_gemm", "tiles: product"): FLOAT32,
    ("implicit_gemm", "packed: product"): FLOAT32,
    ("implicit_gemm", "packed, blocked: product"): FLOAT32,
    ("losses", "hinge, complex step: dx"): ORDER,
    ("matrix_multiply", "im2col against naive: dx"): ORDER,
    ("matrix_multiply", "100 at a time: out"): FLOAT32,
    ("micro_kernel", "tile of loops: product"): FLOAT32,
    ("micro_kernel", "8 × 6: product"): FLOAT32,
    ("optimization", "velocity as a leaky sum"): ORDER,
    ("spatial_batchnorm", "over three axes: out"): ORDER,
    ("spatial_batchnorm", "a moved image: out"): ORDER,
    ("spatial_batchnorm", "folded into the convolution"): ORDER,
    ("spatial_batchnorm", "instance normalization: dx"): ORDER,
}


def errors_of_cells(path):
    """The errors that each cell of a stored notebook prints beside bounds; not the accuracies."""
    for cell in code_cells(nbformat.read(path.with_suffix(".ipynb"), as_version=4)):
        if "planted" not in cell.metadata.get("tags", []):
            text = "".join(out.text for out in cell.outputs if out.get("name") == "stdout")
            checks = filter(None, map(check_lines.parse_line, text.splitlines()))
            yield [check for check in checks if "%" not in check.bound]


@chapters
def test_every_check_can_fail(path):
    """No relative error and no share is over 1, so a bound of 1 holds whatever happens."""
    empty = [c for cell in errors_of_cells(path) for c in cell if float(c.bound) > 0.1]
    assert empty == [], "give a bound of 0.1 or less, or hold a share by check_at_least"


def shares(source):
    """Calls of `check` with one minus something: a share of right answers, turned around."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "check":
            given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "error")]
            if any(ast.unparse(error).startswith("1 - ") for error in given):
                yield ast.unparse(node)


@chapters
def test_accuracies_are_held_from_below(path):
    """`check_at_least` prints what was reached, and takes no bound that is always reached."""
    turned = [call for cell in code_cells(read_text(path)) for call in shares(cell.source)]
    assert turned == [], "write check_at_least(name, share, least) instead"


def test_a_share_is_seen():
    assert list(shares("check(name, 1 - accuracy, bound=1e-1)"))
    assert list(shares("check(name, bound=1e-1, error=1 - f(x))"))
    assert not list(shares("check(name, abs(x - (1 - p)), 1e-2); check_at_least(name, 1 - x, 90)"))


def far(checks):
    """The first check of each bound of a cell that lies 1000 times above all errors beside it.

    Below 1e-12 nothing is far: there an error is one rounding, or none.
    """
    for bound, group in groupby(sorted(checks, key=lambda c: c.bound), key=lambda c: c.bound):
        found = list(group)
        worst = max(float(check.value) for check in found)
        if float(bound) > 1e-12 and worst * 1e3 <= float(bound):
            yield found[0].what


@chapters
def test_bounds_lie_near_the_errors_or_say_why_not(path):
    """nbval sees an error grow only when it passes its bound."""
    found = [what for cell in errors_of_cells(path) for what in far(cell)]
    advice = "take the power of ten above the error, or say in WIDE of this file why it is wider"
    assert [what for what in found if (path.stem, what) not in WIDE] == [], advice


def test_a_far_bound_is_seen():
    line = "{} error: {}  (bound {})".format

    def seen(*lines):
        return list(far([check_lines.parse_line(text) for text in lines]))

    assert seen(line("dx", "1.00e-12", "1e-08")) == ["dx"]
    assert seen(line("dx", "1.00e-12", "1e-08"), line("dw", "2.00e-11", "1e-08")) == []
    assert seen(line("dx", "0.00e+00", "1e-12")) == []
    assert seen(line("dx", "0.00e+00", "1e-11")) == ["dx"]


@chapters
def test_a_cell_stores_no_text_form_of_what_it_draws(path):
    """A figure's has its size, an axis' its title, a line's its label: they depend on the data."""
    for cell in code_cells(nbformat.read(path.with_suffix(".ipynb"), as_version=4)):
        for output in cell.outputs:
            if output.output_type == "stream":
                continue
            assert output.output_type == "display_data", "end the cell with plt.show()"
            if output.data.keys() & {"image/png", "image/svg+xml"}:
                assert output.data["text/plain"] == "<Figure>"
            else:
                assert "text/markdown" in output.data
