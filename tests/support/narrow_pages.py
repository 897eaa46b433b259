"""A page at a phone's width: what leaves the screen, and how one learns of it."""

WIDTHS = (360, 390)
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
