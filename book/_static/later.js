// What was left for later (later_sections.py) is laid out once the page is there, a section at a time.
addEventListener("load", async () => {
  for (const section of document.querySelectorAll("section.later")) {
    await new Promise((go) => (window.requestIdleCallback ?? setTimeout)(go, { timeout: 200 }));
    section.classList.remove("later");
  }
  delete document.documentElement.dataset.loading;
  dispatchEvent(new Event("resize")); // for scripts that ask how large things are
});
