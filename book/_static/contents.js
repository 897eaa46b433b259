// The contents list marks the last heading above the reading line. The line lies a third down the
// window; over the last window of the page it sinks to the foot, so that every heading has its turn.
addEventListener("DOMContentLoaded", () => {
  const nav = document.querySelector("nav.contents");
  if (!nav) return;
  const entries = [...nav.querySelectorAll('a[href^="#"]')]
    .map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))])
    .filter(([, target]) => target);
  let marked, chosen;

  function mark(link) {
    if (link === marked) return;
    marked?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    marked = link;
    const list = nav.closest(".bd-sidebar-secondary, dialog");
    if (!link || !list) return;
    const box = list.getBoundingClientRect(), place = link.getBoundingClientRect();
    list.scrollTop += Math.min(0, place.top - box.top - 40) + Math.max(0, place.bottom - box.bottom + 40);
  }

  function update() {
    const left = document.documentElement.scrollHeight - innerHeight - scrollY;
    const line = innerHeight - (2 / 3) * Math.min(innerHeight, Math.max(0, left));
    if (chosen && Math.abs(chosen.at - scrollY) > 2) chosen = null;
    // Only as far down as the line: what is below may not have been laid out yet.
    const next = entries.findIndex(([, target]) => target.getBoundingClientRect().top > line);
    const above = next < 0 ? entries : entries.slice(0, next);
    mark(chosen ? chosen.link : above.at(-1)?.[0]);
  }

  function choose() {
    // Once the jump is over, its entry stays marked until the reader scrolls.
    const link = entries.find(([entry]) => entry.hash === location.hash)?.[0];
    requestAnimationFrame(() => requestAnimationFrame(() => {
      chosen = link && { link, at: scrollY };
      update();
    }));
  }

  for (const event of ["scroll", "resize", "load"]) addEventListener(event, update, { passive: true });
  addEventListener("hashchange", choose);
  nav.addEventListener("click", (event) => {
    event.target.closest("dialog")?.close(); // the drawer of a phone
    choose();
  });
  choose();
});
