// sphinx-copybutton gives all of its buttons one name. Here each gets the number of its block.
const copyName = (button, k) => button.setAttribute("aria-label", `Copy block ${k + 1}`);
addEventListener("load", () => document.querySelectorAll("button.copybtn").forEach(copyName));
