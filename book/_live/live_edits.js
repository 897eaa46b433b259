// Editing a cell in place. Edits are kept in this browser until the reader forgets them.
"use strict";
nndlLive.edits = (() => {
  const { cells, key, element, button, announce } = nndlLive;
  const HELP = "Tab indents; to leave with Tab, press Escape first. Shift+Enter runs.";
  let forget = null;

  function store() {
    const edited = cells.filter((cell) => cell.box && !cell.why && cell.code !== cell.original);
    const kept = edited.map(({ number, original, code }) => ({ number, original, code }));
    try {
      if (kept.length) localStorage.setItem(key, JSON.stringify(kept));
      else localStorage.removeItem(key);
    } catch { /* storage is off or full: the edit lasts as long as the page */ }
    if (kept.length && !forget) {
      forget = button("Forget my edits", "of this page", () => {
        cells.filter((cell) => cell.editor).forEach(close);
        store();
        announce("All edits of this page are forgotten.");
      });
      nndlLive.notes().append(" ", forget);
    }
    if (forget) forget.hidden = !kept.length;
  }

  function open(cell, focused) {
    if (cell.editor) {
      cell.editor.focus();
      return;
    }
    const help = element("p", { class: "live-help", id: `live-help-${cell.number}` }, HELP);
    const box = element("div", { class: "live-editor highlight" });
    const code = cell.box.querySelector("pre");
    if (code) box.style.setProperty("--line", getComputedStyle(code).lineHeight);
    cell.shown = [...cell.box.children];
    cell.shown.forEach((part) => part.classList.add("live-replaced"));
    cell.box.append(box);
    cell.live.prepend(help);
    const changed = (text) => {
      cell.code = text;
      store();
      nndlLive.showAges();
    };
    cell.editor = nndlEditor.create({
      parent: box,
      text: cell.code,
      attributes: { "aria-label": `Code of cell ${cell.number}`, "aria-describedby": help.id },
      changed,
      run: () => nndlLive.ask(cell),
    });
    cell.parts = [box, help];
    cell.edit.hidden = true;
    cell.reset = button("Reset", `cell ${cell.number}`, () => {
      close(cell);
      store();
      cell.edit.focus();
      announce(`Cell ${cell.number} is as it was.`);
    });
    cell.edit.after(cell.reset);
    if (focused) cell.editor.focus();
  }

  // The code as the book has it.
  function close(cell) {
    cell.parts.forEach((part) => part.remove());
    cell.shown.forEach((part) => part.classList.remove("live-replaced"));
    cell.reset.remove();
    cell.edit.hidden = false;
    cell.editor = null;
    cell.code = cell.original;
    nndlLive.showAges();
  }

  function restore(stored) {
    let kept = [];
    try { kept = JSON.parse(stored); } catch { /* not ours */ }
    for (const { number, original, code } of kept) {
      const cell = cells.find((c) => c.number === number);
      if (!cell?.box || cell.why || cell.original !== original) continue; // the book has changed
      cell.code = code;
      open(cell, false);
      cell.box.closest("details")?.setAttribute("open", "");
    }
    store();
  }

  return { open, restore };
})();
