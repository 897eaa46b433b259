// A list of which one sees what one asks for: rows or cards of some classes, or in a section of some id.
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.filter"), { of, what, part } = form.dataset;
  const rows = [...document.querySelectorAll(of)];
  const sectionsOf = (some) => new Set(some.map((row) => row.closest("section")));
  const arrayOf = (_, menu) => form.elements[menu].value.split("-")[0] || "any";

  function update() {
    const names = [...new FormData(form).values()].filter(Boolean);
    const asked = names.map((name) => `:is(.${name}, #${name} *)`.replace(/\{(\w+)\}/g, arrayOf)).join("");
    for (const row of rows) row.hidden = !row.matches(`*${asked}`);
    const here = rows.filter((row) => !row.hidden), parts = sectionsOf(here);
    for (const section of sectionsOf(rows)) section.hidden = !parts.has(section);
    const among = part && here.length ? `, ${parts.size} ${part}${parts.size > 1 ? "s" : ""}` : "";
    form.querySelector("output").textContent = `${here.length || "None"} of ${rows.length} ${what}${among}`;
  }

  form.addEventListener("change", update);
  form.addEventListener("reset", () => setTimeout(update)); // when the menus are reset
  // A link to what is not listed lists everything.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.closest("[hidden]")) return;
    form.reset();
    setTimeout(() => target.scrollIntoView());
  });
  form.hidden = false;
  update();
});
