"""The convolution to touch: its numbers are nndl's, and every view works by key and by finger."""

import numpy as np
import pytest

from book._explorers import conv
from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.gradient_check import rel_error
from tests.support.explorer_tables import COUNT, as_shown, shown, visits, words
from tests.support.site_visits import find_browser

pytestmark = pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
SHAPES = [  # C, H, W, F, HH, WW, stride, pad, dilation
    (2, 5, 5, 2, 3, 3, 2, 1, 1),
    (1, 6, 4, 3, 2, 3, 1, 0, 1),
    (3, 7, 6, 2, 3, 2, 3, 2, 1),  # windows that do not fill the image
    (2, 5, 6, 3, 2, 2, 2, 3, 1),  # windows on padding alone
    (2, 7, 8, 2, 3, 2, 2, 1, 2),
    (1, 9, 7, 2, 2, 3, 1, 2, 3),
    (2, 6, 5, 1, 1, 1, 2, 0, 1),
]
ASK = """cases => cases.map(({ x, w, b, dout, how }) => {
    const { backward, forward, full } = NNDL.conv;
    const back = backward(dout, x, w, how);
    return { out: forward(x, w, b, how), dx: back.dx, dw: back.dw, db: back.db,
             full: full(dout, [x.length, x[0].length, x[0][0].length], w, how) };
})"""


@pytest.fixture
def visit(browser, tmp_path):
    with visits(browser, tmp_path, "conv") as visit:
        yield visit


def cases():
    """Random arrays of every shape, and what nndl makes of them.

    A dilated filter is a larger one with zeros in the gaps, as the chapter's exercise has it.
    """
    rng = np.random.default_rng(0)
    for C, H, W, F, HH, WW, stride, pad, R in SHAPES:
        x, w, b = rng.normal(size=(C, H, W)), rng.normal(size=(F, C, HH, WW)), rng.normal(size=F)
        holes = np.zeros((F, C, R * (HH - 1) + 1, R * (WW - 1) + 1))
        holes[:, :, ::R, ::R] = w
        out, cache = conv_forward_naive(x[None], holes, b, {"stride": stride, "pad": pad})
        dout = rng.normal(size=out.shape)
        dx, dw, db = conv_backward_naive(dout, cache)
        how = {"stride": stride, "pad": pad, "dilation": R}
        given = {"x": x, "w": w, "b": b, "dout": dout[0]}
        right = {"out": out[0], "dx": dx[0], "dw": dw[:, :, ::R, ::R], "db": db, "full": dx[0]}
        yield {name: value.tolist() for name, value in given.items()} | {"how": how}, right


def errors(page):
    """The worst relative error of each array, over all cases."""
    given, right = zip(*cases(), strict=True)
    came = page.evaluate(ASK, list(given))
    return {
        name: max(rel_error(np.array(c[name]), r[name]) for c, r in zip(came, right, strict=True))
        for name in right[0]
    }


def test_the_page_computes_what_nndl_does(visit):
    """Sums in another order, of at most some hundred products that may cancel."""
    assert max(errors(visit()).values()) < 1e-12


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (("u: i * how.stride", "u: i"), {"out", "dx", "dw"}),
        (("plane[u - pad]", "plane[u]"), {"out", "dw"}),
        (("v: j * how.stride + q * how.dilation", "v: j * how.stride + q"), {"out", "dx", "dw"}),
        ((".map((row) => [...row].reverse()).reverse()", ""), {"full"}),
        (("(reach - 1 - how.pad)", "(reach - 1)"), {"full"}),
        (("value + b[f]", "value"), {"out"}),
    ],
)
def test_a_fault_in_what_the_page_computes_is_seen(visit, fault, wrong):
    found = errors(visit(planted=fault))
    assert {name for name, error in found.items() if not error < 1e-3} >= wrong


def inner(rows):
    return [row[1:-1] for row in rows[1:-1]]


def test_it_begins_with_what_nndl_computed_and_every_view_shows_its_numbers(visit):
    out, dx, dw, db = conv.passes()
    page = visit()
    for f in range(2):
        page.get_by_role("group", name="filter f").get_by_label(str(f)).check()
        assert shown(page, f"out, filter {f}") == as_shown(out[f])
    page = visit("backward")
    part = ", with the padding, which is cut off"
    assert inner(shown(page, f"dx, channel 1{part}")) == as_shown(dx[1])
    page.get_by_label("an output (scatter)").check()
    page.get_by_label("all outputs").check()
    assert inner(shown(page, f"dx, channel 0{part}")) == as_shown(dx[0])
    page.get_by_label("holes and flip").check()
    assert shown(page, "dx, channel 0") == as_shown(dx[0])
    page.get_by_label("a weight (dw)").check()
    assert shown(page, "dw, filter 0, channel 1") == as_shown(dw[0, 1])
    assert f"{as_shown([db])[0][0]}db" in page.locator(".conv-sum").inner_text().replace("\n", "")


def test_the_loop_of_the_scatter_ends_with_all_outputs(visit):
    page = visit("backward")
    page.get_by_label("an output (scatter)").check()
    page.get_by_role("group", name="filter f").get_by_label("1").check()
    cells = page.get_by_role("grid", name="dout, filter 1").get_by_role("gridcell")
    cells.nth(8).click()
    so_far = "dx so far, channel 0, with the padding, which is cut off"
    assert inner(shown(page, so_far)) == as_shown(conv.passes()[1][0])
    cells.nth(7).click()
    assert inner(shown(page, so_far)) != as_shown(conv.passes()[1][0])


def test_by_keys_alone_one_moves_the_window_and_changes_a_number(visit):
    page = visit()
    out = page.get_by_role("grid", name="out, filter 0")
    assert out.locator("[tabindex='0']").count() == 1
    out.locator("[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert words(page).startswith(
        "Output (0, 0) of filter 0 is 3: −1 from channel 0, 3 from channel 1, and the bias 1"
    )
    x = page.get_by_role("grid", name="x, channel 0, with its padding")
    assert x.locator(".marked").count() == 9
    page.keyboard.press("Enter")
    assert page.locator("input.grid-editor").count() == 0, "an output is no input"

    while (
        page.evaluate("document.activeElement.closest('[role=grid]')?.ariaLabel")
        != "w, filter 0, channel 0"
    ):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("-")
    page.keyboard.type("7.5")
    page.keyboard.press("Escape")
    assert shown(page, "w, filter 0, channel 0")[1] == ["2", "0", "−2"]
    page.keyboard.press("Enter")
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    assert page.locator("input.grid-editor[aria-invalid]").count() == 1
    page.keyboard.press("Control+A")
    page.keyboard.type("-1,5")
    page.keyboard.press("Enter")
    assert shown(page, "w, filter 0, channel 0")[1] == ["2", "0", "−1.5"]
    assert page.evaluate("document.activeElement.textContent") == "−1.5"
    x, w, b, _ = conv.arrays()
    w[0, 0, 1, 2] = -1.5
    out, _ = conv_forward_naive(x[None], w, b, {"stride": 2, "pad": 1})
    assert shown(page, "out, filter 0") == as_shown(out[0, 0])
    page.get_by_role("button", name="Reset numbers").press("Enter")
    assert shown(page, "out, filter 0") == as_shown(conv.passes()[0][0])


def test_stride_pad_and_dilation_change_the_size_and_the_text_says_what_is_not_read(visit):
    page = visit()
    steps = [  # the last column: what is not read
        ("pad", "0", 2, ""),
        ("stride", "3", 1, "last 2 rows and columns"),
        ("dilation", "2", 1, ""),
        ("pad", "2", 2, "last row and column"),
    ]
    for name, value, rows, unread in steps:
        page.get_by_role("group", name=name).get_by_label(value).check()
        assert len(shown(page, "out, filter 0")) == rows
        counted = page.locator(".conv-size").inner_text()
        assert f"= {rows}" in counted
        assert counted.partition("no window reads the ")[2] == unread


def test_a_pixel_is_seen_by_four_two_and_one_outputs(visit):
    page = visit("backward")
    cells = page.get_by_role("grid", name="dx, channel 0").get_by_role("gridcell")
    for (u, v), seen in (((2, 2), 4), ((2, 3), 2), ((3, 3), 1)):
        cells.nth(7 * u + v).click()
        assert f"seen by {seen} output" in words(page)
        assert page.get_by_role("grid", name="dout, filter 0").locator(".marked").count() == seen


def test_by_touch_a_finger_moves_the_window_and_a_second_tap_edits(visit):
    page = visit(width=390, has_touch=True, is_mobile=True)
    out = page.get_by_role("grid", name="out, filter 0")
    client = page.context.new_cdp_session(page)
    out.scroll_into_view_if_needed()
    boxes = [out.get_by_role("gridcell").nth(k).bounding_box() for k in (0, 2)]
    ends = [{"x": box["x"] + 12, "y": box["y"] + 12} for box in boxes]
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [ends[0]]})
    for k in range(1, 6):
        place = {"x": ends[0]["x"] + k * (ends[1]["x"] - ends[0]["x"]) / 5, "y": ends[0]["y"]}
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert "Output (0, 2)" in words(page)
    bias = page.get_by_role("grid", name="b, filter 0").get_by_role("gridcell")
    bias.tap()
    assert page.locator("input.grid-editor").count() == 0
    bias.tap()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert "and the bias 5" in words(page)


WIDE = """() => {
    const boxes = document.querySelectorAll(".cell, .explorer-stage p, .controls");
    const seen = [document.documentElement, ...boxes].filter(box => box.getClientRects().length);
    const beyond = seen.filter(box => box.scrollWidth > box.clientWidth + 1);
    return beyond.map(box => `${box.className}: ${box.textContent.slice(0, 40)}`);
}"""
SMALL = """() => {
    const boxes = [...document.querySelectorAll(".explorer-stage *")];
    const seen = boxes.filter(box => box.getClientRects().length && box.textContent.trim());
    return Math.min(...seen.map(box => parseFloat(getComputedStyle(box).fontSize)));
}"""


@pytest.mark.parametrize("width", [360, 390])
def test_every_view_fits_a_phone_and_can_be_read(visit, width):
    page = visit("backward", width=width)
    for value in ("-99", "12.25"):  # the longest that one can type
        cell = (
            page.get_by_role("grid", name="w, filter 0, channel 0").get_by_role("gridcell").nth(0)
        )
        cell.click()
        page.keyboard.press("Enter")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        for name, number in (("pad", "2"), ("dilation", "2"), ("stride", "1"), ("dilation", "1")):
            page.get_by_role("group", name=name).get_by_label(number).check()
            for view in (
                "forward",
                "backward",
                "a weight (dw)",
                "an output (scatter)",
                "holes and flip",
                "a pixel (gather)",
            ):
                page.get_by_label(view).check()
                assert page.evaluate(WIDE) == [], (name, number, view)
                assert page.evaluate(SMALL) >= 11


def test_it_does_not_chatter_and_nothing_moves_by_itself(visit):
    page = visit(reduced_motion="reduce")
    page.evaluate(COUNT)
    cells = page.get_by_role("grid", name="out, filter 0").get_by_role("gridcell")
    # At once: where a machine is busy, a pointer that the test moves rests between two cells.
    cells.evaluate_all("""cells => [0, 1, 2, 5, 8].forEach(k => {
        const { x, y } = cells[k].getBoundingClientRect(), clientX = x + 5, clientY = y + 5;
        const move = { bubbles: true, pointerType: "mouse", clientX, clientY };
        cells[k].dispatchEvent(new PointerEvent("pointermove", move));
    })""")
    assert "Output (2, 2)" in words(page)
    assert page.evaluate("said") == 1
    assert page.evaluate("document.getAnimations().length") == 0
