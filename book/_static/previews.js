// A reference shows what it leads to, a symbol what it means: at the pointer or focus, or in a sheet at a tap.
// The link to all symbols, in a chapter's head, opens a sheet of those of the page, for the keyboard, too.
(() => {
  const KINDS = ["#equation-", "#fig-", "#ex-", "bibliography.html#", "#term-", "#nndl.", "#line-", "#symbols-"];
  const LINKS = KINDS.map((kind) => `article a[href*="${kind}"]:not(.headerlink)`).join();
  const ALL = '.chapter-head a[href$="notation.html"]';
  const SYMBOLS = "article .math :is(mjx-mi, mjx-mo, mjx-mtext)";
  let box, timer, touch;

  function close() {
    clearTimeout(timer);
    box?.close?.();
    box?.remove();
    box = null;
  }

  async function open(link) {
    const all = link.matches(ALL), sheet = touch || all;
    const [address, anchor] = (all || !link.href ? location : link).href.split("#");
    const page = address.slice(new URL(siteRoot, location).href.length, -".html".length);
    await loadScript(`previews/${page}`).catch(() => {});
    const found = window.previews?.[page] ?? {}, formula = link.href ? link.closest(".eqno")?.parentNode : link;
    const html = all ? [...new Set(Object.values(found.symbols ?? {}))].join("")
      : (link.href && found[decodeURIComponent(anchor)] || "") + (formula ? meanings(formula, found.symbols ?? {}) : "");
    close();
    if (!html) return sheet && link.href && location.assign(link.href);
    if (!link.href) link.classList.add("known");
    link.removeAttribute("title"); // the browser would show it, too
    box = make(sheet ? "dialog" : "div", { className: "preview", tabIndex: -1 });
    box.innerHTML = html.replaceAll("{root}", siteRoot);
    document.querySelector("main").append(box);
    if (sheet) {
      box.insertAdjacentHTML("beforeend", "<p><a>Go there</a> <button>Close</button></p>");
      if (link.href) box.querySelector("p:last-child a").href = link.href;
      else box.querySelector("p:last-child a").remove();
      box.ariaLabel = link.textContent || "Symbol";
      box.showModal();
      box.focus(); // not its last link, to which a long one would scroll
      return box.scrollTo(0, 0);
    }
    const { left, top, bottom } = link.getBoundingClientRect();
    const origin = (box.offsetParent ?? document.body).getBoundingClientRect();
    const above = bottom + box.offsetHeight > innerHeight && top > box.offsetHeight;
    const start = Math.max(8, Math.min(left, innerWidth - box.offsetWidth - 24));
    box.style.top = `${(above ? top - box.offsetHeight : bottom) - origin.top}px`;
    box.style.left = `${start - origin.left}px`;
  }

  // A moment to begin, and one to reach the box, which stays while the pointer or the focus is in it.
  function point({ target, type }) {
    clearTimeout(timer);
    if (touch || box?.contains(target)) return;
    const link = target.closest?.(LINKS) ?? (type === "pointerover" && target.closest?.(SYMBOLS));
    timer = setTimeout(() => (link ? open(link) : close()), type === "focusin" ? 0 : link && !link.href ? 600 : 250);
  }

  document.addEventListener("pointerdown", (event) => (touch = event.pointerType === "touch"), true);
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && point(event));
  document.addEventListener("focusin", point);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("click", (event) => {
    const whole = !(event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest(ALL);
    const link = whole || (touch && (event.target.closest(LINKS) ?? event.target.closest(SYMBOLS)));
    if (link?.href) event.preventDefault();
    if (link) open(link);
    else if (event.target === box || event.target.closest(".preview :is(a, button)")) close();
  });
})();
