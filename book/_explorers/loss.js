"use strict";
/* Scores to drag, and what the hinge and the softmax loss make of them: the loss and its gradient.
   The softmax is computed as one chooses, so that one sees what overflows. */
(() => {
  const { draw, make, show, slider, choice, check, handle } = NNDL;
  const NAMES = ["ship", "cat", "frog", "dog", "car"];
  const WAYS = { stable: "stable", shifted: "shifted only", direct: "as on paper" };
  const [LOW, HIGH] = [-5, 5]; // the scores that one can drag

  /** The hinge loss of one example, and its gradient. */
  function hinge(x, y) {
    const margins = x.map((score, j) => (j === y ? 0 : Math.max(0, score - x[y] + 1)));
    const dx = margins.map((m) => (m > 0 ? 1 : 0));
    dx[y] = -dx.reduce((a, b) => a + b);
    return { loss: margins.reduce((a, b) => a + b), dx, margins };
  }

  /** The softmax loss of one example in one of three WAYS: powers, probabilities, loss, gradient. */
  function softmax(x, y, way) {
    const shift = way === "direct" ? 0 : x.reduce((a, b) => Math.max(a, b));
    const shifted = x.map((score) => score - shift);
    const powers = shifted.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    const stable = way === "stable";
    const p = stable ? shifted.map((s) => Math.exp(s - Math.log(sum))) : powers.map((power) => power / sum);
    const loss = stable ? Math.log(sum) - shifted[y] : -Math.log(p[y]);
    return { loss, dx: p.map((share, j) => share - (j === y ? 1 : 0)), p, powers, sum };
  }

  /** What both losses get: the dragged scores s, made larger, divided by τ, and c added. */
  const scoresOf = (s, { times = 1, tau = 1, c = 0 }) => s.map((score) => (times * score) / tau + c);
  NNDL.loss = { hinge, softmax, scoresOf };

  const WIDTH = [310, 168], ROW = 34, LEFT = 46, TOP = 22; // of a drawing, and of its rows
  const inked = (value) => (Number.isFinite(value) ? show(value) : Number.isNaN(value) ? "NaN" : show(value));
  /** A power as one reads it: 0 is only what has become 0. */
  const far = (v) => (v === 0 || !Number.isFinite(v) || (v >= 0.01 && v < 1e4) ? show(v) : v.toExponential(0).replaceAll("-", "−").replace("+", ""));

  /** A drawing with a row for each class, and a horizontal scale. */
  function rows(parent, { from, to, width, ticks, label, title }) {
    const height = TOP + ROW * NAMES.length + 20;
    const svg = draw(parent, "svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label });
    const px = (v) => LEFT + ((width - LEFT - 14) * (v - from)) / (to - from);
    const middle = (j) => TOP + ROW * (j + 0.5);
    const axes = draw(svg, "g", { class: "axes", "aria-hidden": "true" });
    const heading = draw(svg, "text", { x: LEFT, y: 13, class: "heading" }, title);
    for (const tick of ticks) {
      draw(axes, "line", { x1: px(tick), x2: px(tick), y1: TOP, y2: TOP + ROW * NAMES.length, class: tick ? "grid" : "zero" });
      draw(axes, "text", { x: px(tick), y: height - 6, "text-anchor": "middle" }, show(tick));
    }
    return { svg, px, middle, heading, bottom: TOP + ROW * NAMES.length };
  }

  NNDL.explorer("loss", (explorer, data) => {
    const state = { s: [...data.scores], y: data.y, tau: 1, c: 0, times: 1, way: "stable" };
    const plots = make("div", { class: "plots" });
    const pair = make("div", { class: "pair" });
    const scores = rows(plots, { from: LOW, to: HIGH, width: WIDTH[0], ticks: [-4, -2, 0, 2, 4], title: "scores s: drag them", label: "Scores" });
    const left = rows(pair, { from: -4.6, to: 1.6, width: WIDTH[1], ticks: [-4, -2, 0, 1], title: "hinge", label: "The gradient of the hinge loss" });
    const right = rows(pair, { from: -1.25, to: 1.25, width: WIDTH[1], ticks: [-1, 0, 1], title: "softmax", label: "The probabilities, and the gradient of the softmax loss" });
    plots.append(pair);
    for (const plot of [left, right]) plot.svg.setAttribute("role", "img");
    const hatch = draw(left.svg, "pattern", { id: "loss-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    draw(hatch, "rect", { class: "ground", width: 6, height: 6 });
    draw(hatch, "rect", { class: "stripe", width: 2, height: 6 });

    const over = draw(scores.svg, "rect", { class: "over", y: TOP, height: ROW * NAMES.length });
    const bar = (plot, kind, height, offset) => NAMES.map((_, j) => draw(plot.svg, "rect", { class: kind, height, y: plot.middle(j) + offset - height / 2 }));
    const scoreBars = bar(scores, "score", 16, 0), excess = bar(scores, "excess", 8, 0);
    const line = draw(scores.svg, "line", { class: "line", y1: TOP - 4, y2: scores.bottom });
    const lineText = draw(scores.svg, "text", { y: TOP - 8, class: "note", "text-anchor": "end" });
    const hingeBars = bar(left, "gradient", 14, 0), pBars = bar(right, "p", 12, -8), softBars = bar(right, "gradient", 12, 7);
    const number = (plot, offset) => NAMES.map((_, j) => draw(plot.svg, "text", { y: plot.middle(j) + 4 + offset }));
    const [hingeText, pText, softText] = [number(left, 0), number(right, -8), number(right, 7)];
    const labels = [scores, left, right].map((plot) => NAMES.map((name, j) => draw(plot.svg, "text", { x: 0, y: plot.middle(j) + 4, class: "class" }, name)));

    const set = (rect, plot, from, to) => {
      rect.setAttribute("x", Math.min(plot.px(from), plot.px(to)));
      rect.setAttribute("width", Math.abs(plot.px(to) - plot.px(from)));
    };
    /** A bar from 0 with its number at the end, or the word that stands for a number that is none. */
    function bars(plot, rects, texts, values) {
      values.forEach((value, j) => {
        const known = Number.isFinite(value);
        set(rects[j], plot, 0, known ? value : 0);
        const negative = known && value < 0;
        texts[j].textContent = known ? (value === 0 ? "0" : inked(value)) : `⚠ ${inked(value)}`;
        texts[j].setAttribute("x", plot.px(known ? value : 0) + (negative ? -4 : 4));
        texts[j].setAttribute("text-anchor", negative ? "end" : "start");
        // A bar that fills its side leaves no room at its end: the number stands on the other side.
        if (negative && plot.px(value) < LEFT + 34) {
          texts[j].setAttribute("x", plot.px(0) + 4);
          texts[j].setAttribute("text-anchor", "start");
        }
      });
    }

    const knobs = NAMES.map((name, j) => {
      const knob = draw(scores.svg, "g");
      draw(knob, "circle", { r: 13, cy: scores.middle(j) });
      const text = draw(knob, "text", { y: scores.middle(j) + 4, "text-anchor": "middle", class: "value" });
      const put = (value) => {
        state.s[j] = Math.round(10 * Math.max(LOW, Math.min(HIGH, value))) / 10;
        update();
      };
      const from = (x) => LOW + ((x - scores.px(LOW)) * (HIGH - LOW)) / (scores.px(HIGH) - scores.px(LOW));
      const held = handle(knob, {
        label: `Score of ${name}`, text: () => show(state.s[j], 1),
        drag: (x) => put(from(x)), move: (dx, dy) => put(state.s[j] + 0.1 * (dx + dy)),
      });
      knob.classList.add("knob");
      return { knob, text, ...held };
    });

    const cells = NAMES.map(() => [0, 1, 2, 3].map(() => make("td")));
    const heads = ["", "x", "power", "p"].map((text) => make(text ? "th" : "td", text ? { scope: "col" } : {}, text));
    const table = make("table", { class: "numbers" }, make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...NAMES.map((name, j) => make("tr", {}, make("th", { scope: "row" }, name), ...cells[j].slice(1)))));

    function update() {
      const { s, y, tau, times, way } = state, x = scoresOf(s, state);
      const one = hinge(x, y), two = softmax(x, y, way);
      const margin = tau / times, edge = s[y] - margin;
      const inside = Math.max(LOW, Math.min(HIGH, edge));
      set(over, scores, inside, HIGH);
      line.setAttribute("x1", scores.px(inside));
      line.setAttribute("x2", scores.px(inside));
      line.style.visibility = edge < LOW ? "hidden" : "visible";
      lineText.textContent = "";
      s.forEach((score, j) => {
        set(scoreBars[j], scores, 0, score);
        scoreBars[j].classList.toggle("right", j === y);
        set(excess[j], scores, inside, j !== y && one.margins[j] > 0 ? score : inside);
        knobs[j].knob.firstChild.setAttribute("cx", scores.px(score));
        knobs[j].text.setAttribute("x", scores.px(score));
        knobs[j].text.textContent = show(score, 1);
        knobs[j].knob.classList.toggle("right", j === y);
        for (const texts of labels) {
          texts[j].classList.toggle("right", j === y);
          texts[j].textContent = j === y ? `✓ ${NAMES[j]}` : NAMES[j];
        }
        cells[j][1].textContent = show(x[j]);
        for (const [k, value] of [[2, two.powers[j]], [3, two.p[j]]]) {
          cells[j][k].textContent = far(value);
          cells[j][k].classList.toggle("broken", !Number.isFinite(value));
        }
      });
      heads[2].replaceChildren("e", make("sup", {}, way === "direct" ? "x" : "x − max"));
      formula.textContent = `Both losses get x = ${times === 1 ? "" : "1000 "}s / τ + c`;
      bars(left, hingeBars, hingeText, one.dx);
      bars(right, pBars, pText, two.p);
      bars(right, softBars, softText, two.dx);
      left.heading.textContent = `hinge ${inked(one.loss)}`;
      right.heading.textContent = `softmax ${inked(two.loss)}`;
      right.heading.classList.toggle("broken", !Number.isFinite(two.loss));
      left.svg.setAttribute("aria-label", `Gradient of the hinge loss: ${NAMES.map((name, j) => `${name} ${show(one.dx[j])}`).join(", ")}`);
      right.svg.setAttribute("aria-label", `Softmax: ${NAMES.map((name, j) => `${name} p ${inked(two.p[j])}, dx ${inked(two.dx[j])}`).join("; ")}`);
      explorer.say(words(x, one, two));
    }

    const listed = (names) => (names.length === 1 ? `is ${names[0]}` : `are ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);
    function words(x, one, two) {
      const { y, way } = state;
      const violators = NAMES.filter((_, j) => one.margins[j] > 0);
      const first = violators.length ? `Over the line ${listed(violators)}, and the hinge loss is ${inked(one.loss)}.` : "No class is over the line: the hinge loss is 0, and so is its gradient.";
      const top = x.reduce((a, b) => Math.max(a, b));
      if (two.powers.some((power) => power === Infinity)) return `${first} exp(${show(top)}) is ∞ in float64, and ∞/∞ is NaN: the softmax loss is ${inked(two.loss)}.`;
      if (two.sum === 0) return `${first} Every exp(x) has become 0, and 0/0 is NaN: the softmax loss is NaN.`;
      if (two.p[y] === 0 && way !== "stable") return `${first} The exponential of ${NAMES[y]} has become 0, and −ln 0 is ∞: so is the softmax loss.`;
      return `${first} The softmax gives ${NAMES[y]} p = ${two.p[y] === 0 ? "0" : far(two.p[y])}, and its loss is ${inked(two.loss)}.`;
    }

    const formula = make("p", { class: "formula" });
    const change = (what) => (value) => { state[what] = value; update(); };
    const temperature = slider({ label: "temperature τ", min: -1, max: 1, step: 0.05, value: 0, text: (v) => show(10 ** v, v < 0 ? 2 : 1), change: (v) => { state.tau = 10 ** v; update(); } });
    const constant = slider({ label: "constant c", min: -1000, max: 1000, step: 10, value: 0, change: change("c") });
    explorer.stage.append(
      choice({ label: "The right class", options: Object.fromEntries(NAMES.map((name, j) => [j, name])), value: state.y, change: (key) => { state.y = Number(key); update(); } }).element,
      plots,
      make("p", { class: "key" }, "Hatched: the gradient dx. Green: p. Arrow keys move a score by 0.1, with Shift by 1."),
      make("div", { class: "below" },
        make("div", { class: "settings" },
          formula, temperature.element, constant.element,
          check({ label: "s times 1000", change: (on) => { state.times = on ? 1000 : 1; update(); } }).element,
          choice({ label: "Softmax", options: WAYS, value: state.way, change: change("way") }).element),
        table));
    update();
  });
})();
