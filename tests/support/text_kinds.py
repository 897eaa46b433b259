"""Texts and links of a page that look alike, of which axe measures the contrast of two.

To measure one text's contrast axe looks for what lies behind it, and a page has thousands of texts
of a few hundred kinds. Two texts are of one kind when all that decides over their contrast is the
same: their color, size and weight, every background around them, what is laid over them, whether a
box cuts them, and their elements and those around them. Two stand for a kind, on all pages that
are looked at one after the other, but for what is in a place of its own: that is measured anew on
each page. Links are told from the text around them, by its color and theirs.
"""

ALONE = 2  # texts that stand for their kind
# Marks them with data-look and data-link, and has axe measure these. ``measured`` says how many of
# a kind have been measured on other pages; what is marked is added to it, and it comes back. Texts
# out of the article were measured on a page where they are the same, unless ``around`` is true.
MARK = """([alone, measured, around]) => {
    const known = new Map([[null, ""]]), seen = new Map(Object.entries(measured)), placed = [];
    const kind = e => e && `${e.localName}.${e.getAttribute("class")}`;
    // All that is around an element and shows behind it. What is in a place of its own may be in
    // front of anything: it is like nothing else.
    const behind = e => {
        if (known.has(e)) return known.get(e);
        const below = behind(e.parentElement), style = getComputedStyle(e);
        const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter,
            style.mixBlendMode, style.clipPath].join();
        const moved = /absolute|fixed|sticky/.test(style.position) || style.transform !== "none";
        if (moved) placed.push(e);
        const adds = moved || own !== "rgba(0, 0, 0, 0),none,1,none,normal,none";
        known.set(e, adds ? `${below}/${own}${moved ? ` placed ${placed.length}` : ""}` : below);
        return known.get(e);
    };
    // Whether all of it is inside of the boxes around it that scroll or cut.
    const frames = new Map([[document.documentElement, null], [document.body, null]]);
    const frame = e => {
        if (!frames.has(e)) {
            const cuts = getComputedStyle(e).overflow !== "visible";
            frames.set(e, cuts ? [e, frame(e.parentElement)] : frame(e.parentElement));
        }
        return frames.get(e);
    };
    const isInside = (box, around) => {
        if (!around) return true;
        const b = around[0].getBoundingClientRect();
        return b.left <= box.left + 1 && box.right <= b.right + 1 && b.top <= box.top + 1
            && box.bottom <= b.bottom + 1 && isInside(box, around[1]);
    };
    const isText = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const all = [...document.body.querySelectorAll("*")];
    const isAsked = e => around || e.closest("article");
    const isNew = look => {
        const count = (seen.get(look) ?? 0) + 1;
        if (count <= alone) seen.set(look, count);
        return count <= alone;
    };
    for (const e of all) {
        behind(e);
        for (const mark of ["data-look", "data-link"]) e.removeAttribute(mark);
    }
    const boxes = placed.map(e => [e, e.getBoundingClientRect()])
        .filter(([, box]) => box.width && box.height);
    for (const e of all) {
        if (!isText(e) || !isAsked(e) || !e.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(e), box = e.getBoundingClientRect();
        const over = boxes.filter(([other, b]) => b.left < box.right && box.left < b.right
            && b.top < box.bottom && box.top < b.bottom && !other.contains(e));
        const look = [behind(e), kind(e), kind(e.parentElement), style.color, style.fill,
            style.fontSize, style.fontWeight, style.textShadow, e.textContent.trim().length < 2,
            isInside(box, frame(e.parentElement)),
            ...over.map(([other]) => kind(other))].join();
        if (isNew(look)) e.dataset.look = "";
    }
    for (const e of document.querySelectorAll("a[href], [role=link]")) {
        const around = e.parentElement, style = getComputedStyle(e);
        const look = ["link", behind(e), kind(e), kind(around), kind(around.parentElement),
            style.color, style.textDecoration, style.borderBottom, style.fontWeight,
            style.fontStyle, style.fontSize, getComputedStyle(around).color].join();
        if (isAsked(e) && isNew(look)) e.dataset.link = "";
    }
    const selector = "[data-look], input, select, textarea";
    const links = { id: "link-in-text-block", selector: "[data-link]" };
    axe.configure({ rules: [{ id: "color-contrast", selector }, links] });
    return Object.fromEntries([...seen].filter(([look]) => !look.includes(" placed ")));
}"""
