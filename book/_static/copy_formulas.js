// A formula is copied as its TeX: what a page has of it is MathML, which came a sign a line.
addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
  const range = selection.getRangeAt(0).cloneRange(), within = range.commonAncestorContainer;
  const only = (within.closest ? within : within.parentElement)?.closest("[data-tex]");
  if (only) range.selectNode(only);
  const box = make("div", { style: "position: fixed; opacity: 0" }, range.cloneContents());
  if (!box.querySelector("[data-tex]")) return;
  for (const formula of box.querySelectorAll("[data-tex]")) formula.replaceWith(formula.dataset.tex);
  document.querySelector("article").append(box); // its lines are those of its layout
  event.clipboardData.setData("text/plain", box.innerText);
  event.clipboardData.setData("text/html", box.innerHTML);
  box.remove();
  event.preventDefault();
});
