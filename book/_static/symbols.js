// What the symbols of a formula mean, by the page's table of them: {glyphs: HTML}.
(() => {
  // What a symbol can be beside a letter: one with an accent, an index or a prime.
  const PART = `mjx-${["mi", "mo", "mtext", "base", "over", "mover", "texatom", "msub", "msup", "msubsup"].join(",mjx-")}`;
  const LETTER = "mjx-mi, mjx-mo, mjx-mtext";

  function glyphs(node) {
    const found = [...(node?.querySelectorAll("mjx-c") ?? [])];
    return found.map((c) => String.fromCodePoint(parseInt(/mjx-c([0-9A-F]+)/.exec(c.className)[1], 16))).join("");
  }

  // The largest part around a letter that the table has; two neighbors may be one symbol, dx or HH.
  function keyOf(letter, table) {
    const parts = [];
    for (let part = letter; part?.matches(PART); part = part.parentElement) parts.unshift(part);
    const row = parts[0], next = row.nextElementSibling;
    const before = glyphs(row.previousElementSibling);
    const after = [glyphs(next), glyphs(next?.firstElementChild)].filter(Boolean);
    const keys = parts.map(glyphs).flatMap((own) => [before + own, ...after.map((text) => own + text), own]);
    return keys.find((key) => Object.hasOwn(table, key));
  }

  // The HTML of one letter's meaning, or of all symbols in a formula, each once.
  window.meanings = (node, table) => {
    const letters = node.matches(LETTER) ? [node] : [...node.querySelectorAll(LETTER)];
    const keys = letters.map((letter) => keyOf(letter, table)).filter(Boolean);
    return [...new Set(keys.map((key) => table[key]))].join("");
  };
})();
