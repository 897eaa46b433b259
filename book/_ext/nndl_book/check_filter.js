// Verified: list the checks of one chapter, of one layer, with a published value.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.verified-filter");
  const tables = [...document.querySelectorAll("table.verified")];
  const { chapter, layer, published } = form.elements;

  function update() {
    let checks = 0, all = 0, chapters = 0;
    for (const table of tables) {
      const section = table.closest("section");
      let here = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden =
          (chapter.value && section.id !== chapter.value) ||
          (layer.value && !row.classList.contains(layer.value)) ||
          (published.checked && !row.classList.contains("published"));
        here += !row.hidden;
        all += 1;
      }
      section.hidden = !here;
      checks += here;
      chapters += here > 0;
    }
    const text = `${checks} of ${all} checks, ${chapters} ${chapters === 1 ? "chapter" : "chapters"}`;
    form.querySelector("output").textContent = checks ? text : `None of ${all} checks`;
  }

  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to a chapter's checks shows them, whatever is chosen.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.closest("section[hidden]")) {
      form.reset();
      update();
      target.scrollIntoView();
    }
  });
  form.hidden = false;
  update();
});
