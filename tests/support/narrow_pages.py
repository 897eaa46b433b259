"""Every page at a phone's width: what leaves the screen, and how one learns of it."""

from dataclasses import dataclass, field

from tests.support.site_visits import ARGUMENTS, SETTLED

WIDTHS = (390, 360)
WIDE = 1280
# An element that is wider than what it may show, unless it scrolls, the keyboard reaches it and it
# fades at the edge; and text outside of the window that nothing around it scrolls to.
LOST = """() => {
    const lost = new Set();
    const name = e => e.tagName.toLowerCase() + "." + [...e.classList].join(".");
    const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX);
    const skipped =
        ":not(pre *, mjx-container *, math, math *, svg *, .headerlink, .visually-hidden)";
    for (const e of document.querySelectorAll(`article.bd-article *${skipped}`)) {
        if (!e.getClientRects().length || e.matches("input")) continue; // a caret scrolls these
        if (e.matches("span.math")) { // what is read aloud, and not seen, is wider than the glyphs
            const inside = e.firstElementChild?.getBoundingClientRect();
            if (inside?.right > e.getBoundingClientRect().right + 1) lost.add(`${name(e)} is cut`);
            continue;
        }
        const style = getComputedStyle(e);
        if (e.scrollWidth > e.clientWidth + 1 && style.overflowX !== "visible"
                && style.display !== "inline" && style.clipPath === "none") {
            if (!scrolls(e)) lost.add(`${name(e)} is cut`);
            else if (e.tabIndex < 0) lost.add(`${name(e)} scrolls, but no key reaches it`);
            const fade = side => parseFloat(style.getPropertyValue(`--more-${side}`) || 0);
            if (scrolls(e) && (style.maskImage === "none" || !(fade("left") + fade("right") > 0)))
                lost.add(`${name(e)} scrolls without a sign`);
        }
        if (e.childElementCount || !e.textContent.trim() || style.clipPath !== "none") continue;
        const right = e.getBoundingClientRect().right;
        if (right <= innerWidth + 1) continue;
        let around = e.parentElement;
        while (around && !scrolls(around)) around = around.parentElement;
        if (!around || around === document.documentElement) lost.add(`${name(e)} is off screen`);
    }
    return [...lost];
}"""
EQUATIONS = """() => [...document.querySelectorAll("div.math > :not(.eqno)")]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.parentElement.id || "unnumbered")"""


@dataclass
class Narrow:
    """One page, seen at every width."""

    page: str
    lost: dict[int, list[str]] = field(default_factory=dict)
    equations: dict[int, list[str]] = field(default_factory=dict)  # those that have to scroll


def look_at_all(base: str, names: list[str], browser_path: str) -> list[Narrow]:
    """Each page at both widths of phones, and its equations at that of a laptop, too."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        page = browser.new_page(reduced_motion="reduce")
        for name in names:
            seen = Narrow(name)
            page.set_viewport_size({"width": WIDTHS[0], "height": 800})
            page.goto(base + name)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            for width in (*WIDTHS, WIDE):
                page.set_viewport_size({"width": width, "height": 800})
                page.evaluate(SETTLED)
                seen.equations[width] = page.evaluate(EQUATIONS)
                if width != WIDE:
                    seen.lost[width] = page.evaluate(LOST)
            found.append(seen)
        browser.close()
    return found
