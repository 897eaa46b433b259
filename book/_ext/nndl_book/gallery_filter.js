// What breaks, all of it: list the mistakes that do what somebody saw.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  const form = document.querySelector("form.gallery-filter");
  const cards = [...document.querySelectorAll(".box.mistake")];
  const sections = new Set(cards.map((card) => card.closest("section")));
  const { layer, wrong, right, error, course } = form.elements;

  function update() {
    const array = wrong.value || "any";  // whose error it is
    const asked = [
      layer.value,
      course.value,
      wrong.value && `${wrong.value}-wrong`,
      right.value && `${right.value}-right`,
      error.value && `${array}-${error.value}`,
    ].filter(Boolean);
    let here = 0;
    for (const card of cards) {
      card.hidden = !asked.every((name) => card.classList.contains(name));
      here += !card.hidden;
    }
    for (const section of sections) section.hidden = !section.querySelector(".box.mistake:not([hidden])");
    form.querySelector("output").textContent = `${here || "None"} of ${cards.length} mistakes`;
  }

  form.addEventListener("change", update);
  form.addEventListener("reset", () => setTimeout(update));  // after the menus are reset
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to a mistake shows it, whatever is chosen.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.closest("[hidden]")) {
      form.reset();
      update();
      target.scrollIntoView();
    }
  });
  form.hidden = false;
  update();
});
