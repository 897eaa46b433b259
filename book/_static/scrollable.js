// Boxes that scroll sideways (code, equations, tables) must be reachable with the keyboard.
(() => {
  const BOXES = {
    "div.highlight > pre": "Code",
    "div.folded-code": "Code",
    "div.cell_output pre": "Output",
    "div.math > :not(.eqno)": "Equation",
    ".pst-scrollable-table-container": "Table",
    "table.indextable": "Index",
    "figcaption mjx-container": "Formula",
  };
  function update() {
    for (const [selector, label] of Object.entries(BOXES)) {
      for (const box of document.querySelectorAll(selector)) {
        if (box.closest("[data-loading] .later")) continue; // it has not been laid out yet
        const scrolls = box.scrollWidth > box.clientWidth;
        if (scrolls && !box.dataset.scrolls) {
          box.dataset.scrolls = "yes";
          box.tabIndex = 0;
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", `${label}, scrolls sideways`);
        } else if (!scrolls && box.dataset.scrolls) {
          delete box.dataset.scrolls;
          for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
        }
      }
    }
  }
  window.addEventListener("load", () => new ResizeObserver(update).observe(document.body));
  window.addEventListener("resize", update);
})();
