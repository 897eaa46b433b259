// Figures at their natural size, in a dialog that scrolls. Without this, the link opens the file.
addEventListener("DOMContentLoaded", () => {
  const article = document.querySelector("article.bd-article");
  if (!article || !window.HTMLDialogElement) return;
  let dialog;

  function show(figure) {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "enlarged";
      dialog.innerHTML = '<form method="dialog"><button class="btn">Close</button></form><figure tabindex="0" role="group"></figure>';
      dialog.addEventListener("click", (event) => {
        if (!event.target.closest("img, svg, button")) dialog.close(); // beside the figure
      });
      article.append(dialog);
    }
    const frame = dialog.querySelector("figure");
    // A figure may have two drawings, for light and dark pages: one of them is shown.
    const images = [...figure.querySelectorAll("img, svg")].filter((i) => i.getClientRects().length);
    frame.replaceChildren(...images.map((image) => image.cloneNode(true)));
    const size = images[0].getBoundingClientRect();
    frame.style.setProperty("--ratio", size.width / size.height);
    const name = figure.querySelector(".caption-number")?.textContent.trim() || "The figure";
    for (const element of [dialog, frame]) element.setAttribute("aria-label", `${name}, enlarged`);
    dialog.showModal();
    frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, 0);
  }

  article.addEventListener("click", (event) => {
    const opener = event.target.closest("figure a.enlarge, figure img, figure svg");
    const figure = opener?.closest("figure");
    if (!figure?.querySelector("a.enlarge") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(figure);
  });
});
