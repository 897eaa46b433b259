// The contents list marks the last heading above the reading line. The line lies a third down the
// window; over the last window of the page it sinks to the foot, so that every heading has its turn.
const entries = all('nav.contents a[href^="#"]');
const headings = entries.map(({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1))));
let chosen;

function mark() {
  const left = document.documentElement.scrollHeight - innerHeight - scrollY;
  const line = innerHeight - (2 / 3) * Math.min(innerHeight, Math.max(0, left));
  if (Math.abs(chosen?.at - scrollY) > 2) chosen = null;
  // Only as far down as the line: what is below may not have been laid out yet.
  const below = headings.findIndex((heading) => heading.getBoundingClientRect().top > line);
  const here = chosen?.entry ?? entries[(below < 0 ? entries.length : below) - 1];
  if (here?.ariaCurrent) return;
  for (const entry of entries) entry.ariaCurrent = entry === here ? "true" : null;
  const list = here?.closest(".bd-sidebar-secondary, dialog");
  if (!list) return;
  const box = list.getBoundingClientRect(), place = here.getBoundingClientRect();
  list.scrollTop += Math.min(0, place.top - box.top - 40) + Math.max(0, place.bottom - box.bottom + 40);
}

// Once a jump is over, its entry stays marked until the reader scrolls.
function choose() {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    chosen = { entry: entries.find(({ hash }) => hash === location.hash), at: scrollY };
    mark();
  }));
}

for (const event of ["scroll", "resize", "load"]) addEventListener(event, mark, { passive: true });
addEventListener("hashchange", choose);
document.querySelector("nav.contents")?.addEventListener("click", (event) => {
  event.target.closest("dialog")?.close(); // the drawer of a phone
  choose();
});
choose();
