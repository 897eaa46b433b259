"""The explorer of the losses: its numbers are nndl's, also where the softmax overflows."""

import numpy as np
import pytest

from nndl.gradient_check import rel_error
from nndl.layers import softmax_loss, svm_loss
from tests.support.explorer_page import (
    BROWSER,
    finger,
    middle,
    misfits,
    opened,
    said,
    unreadable,
    written_page,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("loss"), "loss")


def cases():
    """Random scores of every size, ties and scores on the line among them, and right classes."""
    rng = np.random.default_rng(0)
    for size in (1e-3, 1, 10, 1e3, 1e4):
        for _ in range(20):
            yield size * rng.normal(size=5), int(rng.integers(5))
    for _ in range(20):
        yield rng.integers(-2, 3, size=5).astype(float), int(rng.integers(5))


def off(page):
    """The largest errors of the page, against nndl's functions: of losses and of gradients."""
    losses, gradients, all_cases = [], [], [(x.tolist(), y) for x, y in cases()]
    one = "([x, y]) => [NNDL.loss.hinge(x, y), NNDL.loss.softmax(x, y, 'stable')]"
    for (x, y), found in zip(
        all_cases, page.evaluate(f"all => all.map({one})", all_cases), strict=True
    ):
        for result, loss in zip(found, (svm_loss, softmax_loss), strict=True):
            value, dx = loss(np.array([x]), np.array([y]))
            losses.append(rel_error(result["loss"], value))
            gradients.append(np.abs(np.array(result["dx"]) - dx[0]).max())
    return max(losses), max(gradients)


def test_losses_and_gradients_are_nndls(browser, address):
    with opened(browser, address) as (page, _):
        losses, gradients = off(page)
    assert losses <= 1e-12
    assert gradients <= 1e-12


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(m > 0 ? 1 : 0)", "(m >= 0 ? 1 : 0)"),
        ("score - x[y] + 1", "score - x[y]"),
        ("share - (j === y ? 1 : 0)", "share"),
        ('way === "direct" ? 0 :', "true ? 0 :"),
    ],
)
def test_a_planted_mistake_is_found(browser, tmp_path, right, wrong):
    with opened(browser, written_page(tmp_path, "loss", planted=(right, wrong))) as (page, _):
        assert not max(off(page)) <= 1e-3


def test_the_formulas_of_the_chapter_fail_where_numpys_fail(browser, address):
    """Equations of the softmax as they stand, and shifted: NaN and infinity are the same, too."""

    def on_paper(x, y):
        p = np.exp(x) / np.sum(np.exp(x))
        return p, -np.log(p[y])

    kinds, questions = set(), []
    for x, y in cases():
        questions += [(x, y, "direct"), (x, y, "shifted")]
    call = """all => all.map(([x, y, way]) => {
        const result = NNDL.loss.softmax(x, y, way);
        return [result.p, result.loss];
    })"""
    with opened(browser, address) as (page, _):
        answers = page.evaluate(call, [(x.tolist(), y, way) for x, y, way in questions])
    with np.errstate(all="ignore"):
        for (x, y, way), (found_p, found) in zip(questions, answers, strict=True):
            p, loss = on_paper(x if way == "direct" else x - x.max(), y)
            np.testing.assert_allclose(found_p, p, rtol=1e-11, atol=1e-300)
            np.testing.assert_allclose(found, loss, rtol=1e-11, atol=1e-15)
            kinds.add((way, str(loss) if not np.isfinite(loss) else "number"))
    assert kinds >= {("direct", "nan"), ("direct", "number"), ("shifted", "inf")}


def test_keys_drag_scores_and_every_control_changes_the_words(browser, address):
    with opened(browser, address, patient=False) as (page, live):
        assert "Over the line are cat and frog, and the hinge loss is 2.4" in said(page, live)
        page.get_by_role("slider", name="Score of cat").focus()
        for _ in range(3):
            page.keyboard.press("Shift+ArrowLeft")
        assert "hinge loss is 2.4" in page.locator(".explorer-words").inner_text()
        assert "Over the line is frog, and the hinge loss is 0.5" in said(page, live)
        assert "cat 0," in page.get_by_label("Gradient of the hinge loss").get_attribute(
            "aria-label"
        )
        page.get_by_label("constant c").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        before = said(page, live)
        assert "hinge loss is 0.5" in before, "a constant changes no loss"
        page.get_by_label("s times 1000").check()
        assert "hinge loss is 0" in said(page, live)
        page.get_by_label("as on paper").check()
        assert "exp(3250) is ∞ in float64, and ∞/∞ is NaN" in said(page, live)
        page.get_by_label("shifted only").check()
        page.get_by_label("dog", exact=True).check()
        assert "The exponential of dog has become 0, and −ln 0 is ∞" in said(page, live)
        page.get_by_label("stable", exact=True).check()
        assert "its loss is 2000" in said(page, live)
        page.get_by_label("temperature").focus()
        page.keyboard.press("End")
        assert "its loss is 200" in said(page, live)


def test_a_finger_drags_a_score_and_the_page_stays(browser, address):
    with opened(browser, address, width=390, has_touch=True) as (page, live):
        score = page.get_by_role("slider", name="Score of car")
        x, y = middle(score)
        finger(page, *((x + 12 * k, y + 6 * k) for k in range(10)))
        assert page.evaluate("scrollY") == 0
        assert float(score.get_attribute("aria-valuetext")) > 2
        for _ in range(50):  # the last move may come a frame later
            if "car" in said(page, live):
                break
            page.wait_for_timeout(20)
        assert "car" in said(page, live)


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits(browser, address, width):
    with opened(browser, address, width=width) as (page, live):
        assert misfits(page, live) == []
        page.get_by_label("s times 1000").check()
        page.get_by_label("as on paper").check()
        assert misfits(page, live) == []
        page.get_by_label("shifted only").check()
        for name in ("cat", "car"):
            page.get_by_label(name, exact=True).check()
            assert misfits(page, live) == []


def test_its_figure_is_readable_on_a_phone_and_in_the_dark():
    assert not unreadable("loss")
