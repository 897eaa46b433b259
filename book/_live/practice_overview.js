// All functions to write, with what became of each; and their work as one file, out and in.
"use strict";
(() => {
  const { element, button } = nndlPage;
  const { read, write, stateOf, packed, unpacked, watch } = nndlPractice.store;
  const links = [...document.querySelectorAll(".practice-list a")];
  const nameOf = (link) => link.hash.slice(1).replaceAll("-", "_");
  const names = links.map(nameOf);
  let bar, total, announcer;

  const some = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

  // How many of these are right, and how many are begun.
  function counts(which) {
    const states = which.map((name) => stateOf(read(name)));
    const begun = states.filter((state) => state === "begun").length;
    const right = states.filter((state) => state === "right").length;
    return `${right} of ${which.length} right${begun ? `, ${begun} begun` : ""}`;
  }

  function show() {
    for (const link of links) {
      const state = stateOf(read(nameOf(link)));
      link.mark ??= link.parentElement.appendChild(element("span", { class: "practice-state" }));
      link.mark.dataset.state = state;
      link.mark.textContent = state;
    }
    for (const part of document.querySelectorAll(".practice-part")) {
      const inside = [...part.querySelectorAll(".practice-list a")].map(nameOf);
      part.counted ??= element("p", { class: "practice-count" });
      part.counted.textContent = counts(inside);
      part.querySelector("h2").after(part.counted);
    }
    total.textContent = counts(names);
  }

  const kept = () => names.filter((name) => read(name));

  function tell(text) {
    announcer.textContent = "";
    announcer.textContent = text;
  }

  function exportAll() {
    const file = new Blob([packed(names)], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(file), download: "nndl-practice.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    tell(`Your work on ${some(kept().length, "function")} is in nndl-practice.json.`);
  }

  function take(entries, replacing) {
    const taken = entries.filter(([name]) => replacing || !read(name));
    for (const [name, entry] of taken) write(name, entry);
    show();
    tell(`${some(taken.length, "function")} imported.`);
  }

  async function importFrom(input, back) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      const entries = unpacked(await file.text(), names);
      const clash = entries.filter(([name, { code }]) => read(name) && read(name).code !== code);
      if (!clash.length) {
        take(entries, true);
        return;
      }
      const text = `The file has other code for ${some(clash.length, "function")} that you have begun here.`;
      take(entries, false);
      nndlPractice.ask(bar, text, "Replace mine", () => { take(clash, true); back.focus(); }, back);
    } catch (error) {
      tell(error.message);
    }
  }

  function forgetAll(back) {
    const count = kept().length;
    if (!count) {
      tell("There is nothing to forget.");
      return;
    }
    const text = `Your work on ${some(count, "function")} will be gone from this browser. Export keeps a copy.`;
    nndlPractice.ask(bar, text, "Forget all", () => {
      for (const name of names) write(name, null);
      show();
      back.focus();
      tell("All work is forgotten.");
    }, back);
  }

  function begin() {
    total = element("strong", { class: "practice-total" });
    announcer = element("span", { class: "live-state", role: "status" });
    const input = element("input", { type: "file", accept: ".json,application/json", hidden: "", "aria-label": "File to import" });
    const into = button("Import", "work from a file", () => input.click());
    input.addEventListener("change", () => importFrom(input, into));
    const forget = button("Forget all", "work", () => forgetAll(forget));
    bar = element("div", { class: "live-bar practice-all", role: "group", "aria-label": "All of your work" });
    bar.append(total, button("Export", "work as a file", exportAll), into, input, forget, announcer);
    document.querySelector(".practice-part").before(element("div", {}, bar));
    show();
    watch(show);
    document.documentElement.dataset.practice = "ready";
  }

  nndlPage.styled("practice.css", begin);
})();
