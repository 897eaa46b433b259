// Points out what belongs together (code_lines.py): a line of code, its equation, the term that it computes.
let lit = [];

function light({ target, type }) {
  if (type === "focusin" && target.contains(lit[0] ?? null)) return; // a tap focuses the box around
  const tied = target.closest?.("[data-lights]");
  for (const node of lit) node.classList.remove("lit");
  lit = tied ? [tied.closest(".eq-line, div.math"), ...all(tied.dataset.lights)] : [];
  for (const node of lit) node.classList.add("lit");
}

for (const event of ["pointerover", "focusin"]) document.addEventListener(event, light);
