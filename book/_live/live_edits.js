// Editing a cell in place. Edits are kept in this browser until the reader forgets them.
"use strict";
nndlLive.edits = (() => {
  const { cells, key, announce } = nndlLive;
  const { button } = nndlPage;
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
    cell.editor = nndlPage.openEditor({
      box: cell.box,
      bar: cell.live.querySelector(".live-bar"),
      text: cell.code,
      label: `Code of cell ${cell.number}`,
      id: `live-help-${cell.number}`,
      does: "Shift+Enter runs.",
      changed: (text) => {
        cell.code = text;
        store();
        nndlLive.showAges();
      },
      run: () => nndlLive.ask(cell),
    });
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
    cell.editor.close();
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
