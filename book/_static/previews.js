// A reference shows what it leads to, a symbol what it means: at the pointer or focus, or in a sheet at a tap.
// The link to all symbols, in a chapter's head, opens a sheet of those of the page, for the keyboard, too.
const KINDS = ["#equation-", "#fig-", "#ex-", "bibliography.html#", "#term-", "#nndl.", "#line-", "#symbols-"];
const LINKS = KINDS.map((kind) => `article a[href*="${kind}"]:not(.headerlink)`).join();
const ALL = '.chapter-head a[href$="notation.html"]';
const LETTERS = "article :is(mjx-mi, mjx-mo, mjx-mtext):not(a *)";
const SIGNS = /[\uE000-\uF8FF]/g; // a page's symbols (symbols.py)
let box, timer, touch;

function close() {
  clearTimeout(timer);
  box?.remove();
}

// The HTML of what a link leads to, of the page's symbols, or of a letter in one of its formulas.
async function find(link) {
  const symbols = link.matches(ALL), formula = link.closest("[data-tex]");
  const [address, anchor] = (symbols || formula ? location : link).href.split("#");
  const page = address.slice(new URL(siteRoot, location).href.length, -".html".length);
  await loadScript(`previews/${page}`).catch(() => {});
  const found = window.previews?.[page] ?? {};
  let text = found[symbols ? "symbols" : formula?.dataset.tex ?? decodeURIComponent(anchor)] ?? "";
  if (formula) text = text[[...formula.querySelectorAll(LETTERS)].indexOf(link)]?.trim() ?? "";
  return text.replace(SIGNS, (sign) => found[sign]).replaceAll("{root}", siteRoot);
}

async function open(link) {
  const sheet = touch || link.matches(ALL), innerHTML = await find(link);
  close();
  if (!innerHTML) return sheet && link.href && location.assign(link.href);
  link.removeAttribute("title"); // the browser would show it, too
  const shown = make("div", { innerHTML }), on = link.href ? make("a", { href: link.href }, "Go there") : "";
  if (sheet) return openSheet("preview", link.textContent || "Symbol", shown, on);
  box = make("div", { className: "preview" }, shown);
  document.querySelector("main").append(box);
  const { left, top, bottom } = link.getBoundingClientRect();
  const origin = (box.offsetParent ?? document.body).getBoundingClientRect();
  const above = bottom + box.offsetHeight > innerHeight && top > box.offsetHeight;
  const start = Math.max(8, Math.min(left, innerWidth - box.offsetWidth - 24));
  box.style.top = `${(above ? top - box.offsetHeight : bottom) - origin.top}px`;
  box.style.left = `${start - origin.left}px`;
}

// A moment to begin, and one to reach the box, which stays while the pointer or the focus is in it.
function point({ target, pointerType }) {
  clearTimeout(timer);
  if (pointerType) touch = pointerType === "touch";
  if (touch || target.closest?.(".preview")) return;
  const link = target.closest?.(pointerType ? `${LINKS}, ${LETTERS}` : LINKS);
  timer = setTimeout(link ? open : close, !pointerType ? 0 : link && !link.href ? 600 : 250, link);
}

for (const event of ["pointerover", "focusin"]) document.addEventListener(event, point);
document.addEventListener("keydown", (event) => event.key === "Escape" && close());
document.addEventListener("click", (event) => {
  const link = event.target.closest(touch ? `${ALL}, ${LINKS}, ${LETTERS}` : ALL);
  if (event.target.closest(".preview a")) close();
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});
