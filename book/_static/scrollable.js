// Boxes that scroll sideways (code, equations, tables) must be reachable with the keyboard.
const BOXES = {
  "div.cell_output pre": "Output",
  "div.highlight > pre, div.folded-code": "Code",
  "div.math > :not(.eqno)": "Equation",
  ".pst-scrollable-table-container": "Table",
  "table.indextable": "Index",
  "figcaption mjx-container": "Formula",
};

function nameScrolling() {
  for (const box of all(Object.keys(BOXES).join())) {
    if (box.closest("[data-loading] .later")) continue; // it has not been laid out yet
    const scrolls = box.scrollWidth > box.clientWidth;
    if (scrolls === "scrolls" in box.dataset) continue;
    const kind = Object.keys(BOXES).find((selector) => box.matches(selector));
    box.toggleAttribute("data-scrolls", scrolls);
    box.tabIndex = scrolls ? 0 : -1;
    box.role = scrolls ? "group" : null;
    box.ariaLabel = scrolls ? `${BOXES[kind]}, scrolls sideways` : null;
  }
}

addEventListener("load", () => new ResizeObserver(nameScrolling).observe(document.body));
addEventListener("resize", nameScrolling);
