"""Parts of a page that are built alike, of which axe looks at two.

A catalogue has hundreds of entries, a table hundreds of rows: the same elements with other words.
Two parts are of one build when they have the same element, the same attributes that a style or a
reader's tool goes by, and parts of the same builds inside, however many. The others are taken away.
"""

ALONE = 2  # parts that stand for their build
THIN = """alone => {
    // A class that no style sheet names changes nothing.
    const styled = new Set();
    const read = rules => {
        for (const rule of rules) {
            const classes = rule.selectorText?.matchAll(/\\.([\\w-]+)/g) ?? [];
            for (const [, name] of classes) styled.add(name);
            if (rule.cssRules) read(rule.cssRules);
        }
    };
    for (const sheet of document.styleSheets) read(sheet.cssRules);
    const numbers = new Map(), builds = new Map(), seen = new Map();
    const number = text => numbers.get(text) ?? numbers.set(text, numbers.size).get(text);
    const told = new Set(["role", "type", "lang", "tabindex", "scope", "hidden", "aria-label"]);
    // Neither the size of a formula nor a number in a name makes a part another one.
    const value = (e, name) => name === "style"
        ? e.style.cssText.replace(/(width|height): [\\d.]+px;/g, "")
        : told.has(name) && e.getAttribute(name).replace(/\\d+/g, "#");
    const build = e => {
        const inside = new Set();
        for (const child of e.children) inside.add(build(child));
        const classes = [...e.classList].filter(name => styled.has(name)).sort();
        const attributes = e.getAttributeNames().filter(name => name !== "class")
            .map(name => `${name}=${value(e, name)}`).sort();
        const words = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        const all = [e.localName, classes, attributes, words, [...inside].sort()].join("|");
        builds.set(e, number(all));
        return builds.get(e);
    };
    const article = document.querySelector("article.bd-article");
    if (!article) return;
    build(article);
    for (const e of article.querySelectorAll("section, div, details, figure, dl, li, tr")) {
        const isRow = e.localName === "tr";
        // What went with the part around it; and what a grid has to have.
        if (!e.isConnected || (e.role && !isRow)) continue;
        // A table keeps rows of its own.
        const key = isRow ? `${builds.get(e)} of ${number(e.closest("table"))}` : builds.get(e);
        seen.set(key, (seen.get(key) ?? 0) + 1);
        if (seen.get(key) > alone) e.remove();
    }
}"""
