// Points out what belongs together: a line of code, its equation, and the term that it computes.
(() => {
  let lit = [];

  // The lines of code of an equation; of the term that is pointed at, where some compute it alone.
  function linesOf(equation, target) {
    const links = [...document.querySelectorAll(`.eq-line a[href="#${equation.id}"]`)];
    const own = links.filter(({ dataset: { term } }) => term && target.closest(`.term-${term}`));
    return (own.length ? own : links).map((link) => link.closest(".eq-line"));
  }

  function equationsOf(line) {
    return [...line.querySelectorAll("a.equation")].flatMap((link) => {
      const equation = document.getElementById(link.hash.slice(1));
      return [equation, ...equation.querySelectorAll(`.term-${link.dataset.term}`)];
    });
  }

  function light({ target, type }) {
    if (type === "focusin" && target.contains(lit[0] ?? null)) return; // a tap focuses the box around
    const line = target.closest?.(".eq-line"), equation = target.closest?.('div.math[id^="equation-"]');
    for (const node of lit) node.classList.remove("lit");
    lit = line ? [line, ...equationsOf(line)] : equation ? [equation, ...linesOf(equation, target)] : [];
    if (lit.length > 1) for (const node of lit) node.classList.add("lit");
  }

  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, light);
})();
