// Search, in the theme's dialog and on search.html. The index is loaded when one begins to search.
const isWord = (term) => !/^[\d.]+$/.test(term);
let engine;

async function ask(text) {
  await Promise.all([loadScript("search/minisearch"), loadScript("search/records")]);
  if (!engine) {
    const tokenize = (words) => words.match(/[\p{L}\p{N}_]+(?:\.\p{N}+)*/gu) ?? [];
    engine = new MiniSearch({ ...searchData.options, tokenize });
    engine.addAll(searchData.records);
  }
  // As one types it, and a name by its parts. (5) is an equation, first that of the page.
  const said = text.replace(/\(([\d.]+)\)/, "equation $1");
  const queries = [said, said.replaceAll("_", " ")].map((q) => ({ queries: [q], combineWith: "AND" }));
  const how = {
    prefix: isWord,
    fuzzy: (term) => isWord(term) && term.length > 3 && 0.25,
    boostDocument: (u, term, { w = 1 }) =>
      (said.includes("_") ? 1 : w) * (location.pathname.endsWith(u.split("#")[0]) ? 1.3 : 1),
  };
  const found = engine.search({ queries, combineWith: "OR" }, how);
  return found.length ? found : engine.search(said, how);
}

// A result: its title, its page, and the text around the place where most of the words are.
function row({ u, t, p, b = "", x, match }) {
  const words = Object.keys(match).map((word) => word.replaceAll(".", "\\."));
  const said = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})`, "giu");
  const kinds = (at) => new Set(b.slice(at, at + 150).toLowerCase().match(said)).size;
  const [at = 0] = Array.from(b.matchAll(said), (m) => m.index).sort((i, j) => kinds(j) - kinds(i));
  const start = at > 40 ? b.indexOf(" ", at - 40) + 1 : 0;
  const end = b.indexOf(" ", start + 200);
  const cut = (start ? "… " : "") + (end < 0 ? b.slice(start) : `${b.slice(start, end)} …`);
  const parts = (x ? `… ${x}` : cut).split(said);
  const excerpt = parts.map((part, i) => (i % 2 ? make("mark", {}, part) : part));
  const title = make("a", { href: siteRoot + u }, t);
  return make("li", {}, title, make("span", {}, p ?? ""), make("p", {}, ...excerpt));
}

for (const form of all("form.bd-search")) {
  const input = form.querySelector("input"), dialog = form.closest("dialog");
  const [status, list] = form.nextElementSibling.children; // written by search_index.py
  const show = (found) => {
    status.textContent = input.value.trim() && `Places found: ${found.length}`;
    list.replaceChildren(...found.slice(0, 20).map(row));
  };
  const fail = () => (status.textContent = "The search could not be loaded.");
  const search = () => ask(input.value).then(show, fail);
  form.addEventListener("focusin", search, { once: true });
  form.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // Enter leads to the first result
    list.querySelector("a")?.click();
  });
  form.parentElement.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [input, ...list.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  });
  list.addEventListener("click", () => dialog?.close());
  const asked = new URLSearchParams(location.search).get("q");
  if (asked && !dialog) search((input.value = asked));
}
