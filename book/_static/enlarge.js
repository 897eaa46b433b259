// Figures at their natural size, in a sheet that scrolls. Without this, the link opens the file.
addEventListener("click", (event) => {
  const figure = event.target.closest("article figure :is(a.enlarge, img, svg)")?.closest("figure");
  if (!figure?.querySelector("a.enlarge") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const number = figure.querySelector(".caption-number")?.textContent.trim();
  const ariaLabel = `${number || "The figure"}, enlarged`;
  // A figure may have two drawings, for light and dark pages: one of them is shown.
  const images = [...figure.querySelectorAll("img, svg")].filter((i) => i.getClientRects().length);
  const { width, height } = images[0].getBoundingClientRect();
  const frame = make("figure", { tabIndex: 0, ariaLabel }, ...images.map((i) => i.cloneNode(true)));
  frame.style.setProperty("--ratio", width / height);
  openSheet("enlarged", ariaLabel, frame);
  frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, 0);
});
