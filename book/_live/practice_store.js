// What a reader wrote on the practice pages, kept in this browser: an entry for each exercise that
// was begun, with their code, and whether a check found it right since it was begun.
"use strict";
const nndlPractice = {};
nndlPractice.store = (() => {
  const PREFIX = "nndl practice ";
  const FORMAT = "nndl practice 1";
  const instead = new Map(); // where storage is off or full: as long as the page

  function read(name) {
    if (instead.has(name)) return instead.get(name);
    try {
      const entry = JSON.parse(localStorage.getItem(PREFIX + name));
      return typeof entry?.code === "string" ? { code: entry.code, right: entry.right === true } : null;
    } catch {
      return null;
    }
  }

  function write(name, entry) {
    instead.delete(name);
    try {
      if (entry) localStorage.setItem(PREFIX + name, JSON.stringify(entry));
      else localStorage.removeItem(PREFIX + name);
    } catch {
      instead.set(name, entry);
    }
  }

  const stateOf = (entry) => (!entry ? "not begun" : entry.right ? "right" : "begun");

  // All of it as the text of a file.
  function packed(names) {
    const begun = names.map((name) => [name, read(name)]).filter(([, entry]) => entry);
    return JSON.stringify({ format: FORMAT, exercises: Object.fromEntries(begun) }, null, 1);
  }

  // The entries in the text of a file: those of exercises that there are.
  function unpacked(text, names) {
    let found = null;
    try { found = JSON.parse(text); } catch { /* said below */ }
    if (found?.format !== FORMAT) throw new Error("This is no file of practice work.");
    return Object.entries(found.exercises ?? {})
      .filter(([name, entry]) => names.includes(name) && typeof entry?.code === "string")
      .map(([name, { code, right }]) => [name, { code, right: right === true }]);
  }

  // Tells of what another tab of this browser has changed.
  const watch = (changed) => addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(PREFIX)) changed();
  });

  return { read, write, stateOf, packed, unpacked, watch };
})();

// A question in the page, below `bar`: `act` runs where the reader says yes, and focus goes back
// to `back` where not.
nndlPractice.ask = (bar, text, yes, act, back) => {
  const { element, button } = nndlPage;
  bar.parentElement.querySelector(".practice-question")?.remove();
  const close = () => box.remove();
  const agree = button(yes, "", () => { close(); act(); });
  const leave = button("Keep it", "", () => { close(); back.focus(); });
  const box = element("div", { class: "practice-question live-bar", role: "group", "aria-label": text });
  for (const made of [agree, leave]) made.removeAttribute("aria-label");
  box.append(element("span", {}, text), agree, leave);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") leave.click(); });
  bar.after(box);
  leave.focus();
};
