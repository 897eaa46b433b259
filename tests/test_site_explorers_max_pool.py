"""Max pooling to touch: nndl's choice among ties and NaN, and the table in which one types."""

import numpy as np
import pytest

from book._explorers import max_pool
from nndl.conv_layers import max_pool_backward_naive, max_pool_forward_naive
from nndl.gradient_check import eval_numerical_gradient_array
from tests.support.explorer_tables import COUNT, as_shown, shown, visits, words
from tests.support.site_visits import find_browser

pytestmark = pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
# JSON has no NaN: null stands for it, there and back.
ASK = """cases => cases.map(({ x, dout, how }) => {
    const numbers = x.map(row => row.map(value => value ?? NaN));
    const { forward, backward } = NNDL.max_pool;
    const back = value => Number.isNaN(value) ? null : value;
    const out = forward(numbers, how).map(row => row.map(back));
    return [out, ...["first", "shared", "each"].map(rule => backward(dout, numbers, how, rule))];
})"""


@pytest.fixture
def visit(browser, tmp_path):
    with visits(browser, tmp_path, "max_pool") as visit:
        yield visit


def cases():
    """Images with and without ties and NaN, and nndl's output and gradient."""
    rng = np.random.default_rng(1)
    for k in range(60):
        H, W, HH, WW = *rng.integers(3, 8, 2), *rng.integers(1, 4, 2)
        x = rng.normal(size=(H, W)) if k % 3 == 0 else rng.integers(-1, 3, (H, W)).astype(float)
        x[rng.random((H, W)) < (0.1 if k % 3 == 2 else 0)] = np.nan
        how = {"height": int(HH), "width": int(WW), "stride": int(rng.integers(1, 4))}
        param = {"pool_height": HH, "pool_width": WW, "stride": how["stride"]}
        out, cache = max_pool_forward_naive(x[None, None], param)
        dout = rng.integers(-9, 10, out.shape).astype(float)
        yield x, dout[0, 0], how, out[0, 0], max_pool_backward_naive(dout, cache)[0, 0]


def asked(page):
    """``(what nndl says, what the page does)`` of every case: out, and dx by each rule."""
    listed = list(cases())
    as_list = lambda a: [[None if np.isnan(v) else v for v in row] for row in a.tolist()]  # noqa: E731
    given = [{"x": as_list(x), "dout": dout.tolist(), "how": how} for x, dout, how, *_ in listed]
    return list(zip(listed, page.evaluate(ASK, given), strict=True))


def same(page):
    """Whether every output and every gradient is nndl's, to the last bit: sums of whole numbers."""
    return all(
        np.array_equal(out, np.array(came[0], float), equal_nan=True)
        and np.array_equal(dx, came[1])
        for (*_, out, dx), came in asked(page)
    )


def test_the_page_computes_what_nndl_does_with_ties_and_nan(visit):
    assert same(visit())


@pytest.mark.parametrize(
    "fault",
    [
        ("value > best", "value >= best"),  # the last of equal maxima
        ("!Number.isNaN(best) && (Number.isNaN(value) || value > best)", "value > best"),
        ("!Number.isNaN(best) && (", "("),  # the last NaN
        ("let v = j * how.stride;", "let v = j;"),
        ("dx[u][v] += share", "dx[u][v] = share"),
    ],
)
def test_a_fault_in_what_the_page_computes_is_seen(visit, fault):
    assert not same(visit(planted=fault))


def test_shared_ties_sum_to_dout_and_what_each_gets_does_not(visit):
    more = 0
    for (_x, dout, *_), (_, first, shared, each) in asked(visit()):
        assert np.sum(first) == pytest.approx(np.sum(dout), abs=1e-9)
        assert np.sum(shared) == pytest.approx(np.sum(dout), abs=1e-9)
        more += np.sum(np.abs(each)) > np.sum(np.abs(first)) + 1
    assert more


def test_shared_among_two_is_what_a_centered_difference_measures(visit):
    """The chapter's tie: half the slope at each of the two pixels."""
    x, dout = np.array([[0.0, 3], [3, 1]]), np.array([[12.0]])
    param = {"pool_height": 2, "pool_width": 2, "stride": 1}
    run = lambda z: max_pool_forward_naive(z[None, None], param)[0][0, 0]  # noqa: E731
    measured = eval_numerical_gradient_array(run, x, dout)
    case = {"x": x.tolist(), "dout": dout.tolist(), "how": {"height": 2, "width": 2, "stride": 1}}
    ((_, _, shared, _),) = visit().evaluate(ASK, [case])
    np.testing.assert_allclose(shared, measured, atol=1e-8)


def cell(page, label, i, j):
    row = page.get_by_role("grid", name=label, exact=True).get_by_role("row").nth(i)
    return row.get_by_role("gridcell").nth(j)


def test_it_begins_with_what_nndl_computed_and_a_tie(visit):
    out, dx = max_pool.passes()
    page = visit()
    assert shown(page, "out") == as_shown(out)
    assert shown(page, "dx") == as_shown(dx)
    assert words(page) == (
        "The maximum of window (1, 1), 8, is at (2, 2) and (4, 3): a tie. The first gets dout = 8."
    )
    assert cell(page, "x", 2, 2).locator(".ring.strong").count() == 1
    assert cell(page, "x", 4, 3).locator(".ring.lost").count() == 1


def test_by_keys_a_number_is_typed_over_and_the_gradient_takes_another_way(visit):
    page = visit()
    cell(page, "x", 0, 0).click()
    for key in (*["ArrowDown"] * 4, "End", "ArrowLeft", "F2", "Control+A", "8", ".", "5", "Enter"):
        page.keyboard.press(key)
    assert shown(page, "x")[4] == ["5", "0", "1", "8.5", "4"]
    assert shown(page, "dx")[4][3] == "8"
    assert words(page) == ("Pixel (4, 3) is in 1 window and wins in 1: (1, 1). Its gradient is 8.")
    for rule, total in (("all, shared", "15"), ("each, whole", "15")):
        page.get_by_label(rule).check()
        assert (
            page.locator(".pool-line").nth(1).inner_text() == f"sum of dout 15, sum of dx {total}"
        )
    page.get_by_role("button", name="Reset numbers").press("Space")
    assert page.locator(".pool-line").nth(1).inner_text() == "sum of dout 15, sum of dx 23"


def test_nan_is_typed_or_put_and_wins_every_window_that_has_it(visit):
    page = visit()
    cell(page, "x", 2, 2).click()
    for key in ("n", "a", "n", "Enter"):
        page.keyboard.press(key)
    assert shown(page, "out") == [["NaN", "NaN"], ["NaN", "NaN"]]
    assert shown(page, "dx")[2][2] == "15"
    page.get_by_role("button", name="Reset numbers").press("Enter")
    cell(page, "x", 4, 3).click()
    page.get_by_role("button", name="Make x(4, 3) NaN").click()
    assert shown(page, "out") == [["8", "9"], ["8", "NaN"]]
    cell(page, "out", 1, 1).click()
    assert "NaN, which counts as the largest" in words(page)


def test_an_empty_or_a_wild_entry_leaves_the_number(visit):
    page = visit()
    for typed in ("", "1e9", "abc", "--1", "nan5"):
        cell(page, "dout", 0, 0).click()
        page.keyboard.press("Enter")
        page.keyboard.press("Delete")
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
        assert shown(page, "dout")[0][0] == "1", typed


def test_a_gap_between_windows_has_no_influence(visit):
    page = visit()
    page.get_by_label("2 × 2").check()
    page.get_by_role("group", name="stride").get_by_label("3").check()
    before = shown(page, "out")
    cell(page, "x", 2, 2).click()
    page.keyboard.press("9")
    page.keyboard.press("9")
    page.keyboard.press("Enter")
    assert shown(page, "x")[2][2] == "99"
    assert shown(page, "out") == before
    assert words(page) == (
        "Pixel (2, 2) is in no window. It has no influence, so its gradient is 0."
    )


def test_a_table_is_one_stop_of_tab_and_home_and_end_move_in_it(visit):
    page = visit()
    stops = page.get_by_role("grid").evaluate_all(
        "grids => grids.map(grid => grid.querySelectorAll('[tabindex=\"0\"]').length)"
    )
    assert stops == [1, 1, 1, 1]
    cell(page, "x", 1, 1).click()
    where = "document.activeElement.dataset.at"
    for key, at in (("End", "1 4"), ("ArrowRight", "1 4"), ("ArrowUp", "0 4"), ("Home", "0 0")):
        page.keyboard.press(key)
        assert page.evaluate(where) == at
    page.keyboard.press("Tab")
    grid = "document.activeElement.closest('[role=grid]').ariaLabel"
    assert page.evaluate(grid) == "out"


def test_by_touch_on_a_phone(visit):
    page = visit(width=360, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cell(page, "out", 0, 1).tap()
    assert "maximum of window (0, 1), 9, is at (1, 4)" in words(page)
    pixel = cell(page, "x", 1, 4)
    pixel.tap()
    pixel.tap()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    assert shown(page, "out")[0] == ["8", "8"]
    assert "wins in none" in words(page)


def test_it_does_not_chatter_and_nothing_moves_by_itself(visit):
    page = visit(reduced_motion="reduce")
    page.evaluate(COUNT)
    for i, j in ((0, 0), (1, 1), (2, 2), (3, 3), (4, 3)):
        cell(page, "dx", i, j).hover()
    assert "Pixel (4, 3) is in 1 window and wins in none" in words(page)
    assert page.evaluate("said") == 1
    assert page.evaluate("document.getAnimations().length") == 0
