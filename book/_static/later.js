// What was left for later (later_sections.py) is laid out once the page is there, a section at a time.
"use strict";
addEventListener("load", () => {
  const sections = [...document.querySelectorAll("section.later")];
  const root = document.documentElement;
  const whenIdle = (act) => (window.requestIdleCallback ?? setTimeout)(act, { timeout: 200 });

  function next() {
    sections.shift().classList.remove("later");
    if (sections.length) return whenIdle(next);
    delete root.dataset.loading;
    dispatchEvent(new Event("resize")); // for scripts that ask how large things are
  }

  if (root.dataset.loading !== undefined) whenIdle(next);
});
