"use strict";
/* The step of a numerical derivative, by a handle: the V of truncation and rounding is drawn as one
   goes. Float32 is Math.fround of each operation, which is what NumPy does in that dtype. */
(() => {
  const { Plot, draw, make, show, choice, check, button, handle, still } = NNDL;
  const DTYPES = {
    float32: { eps: 2 ** -24, round: Math.fround, digits: 9 },
    float64: { eps: 2 ** -53, round: (v) => v, digits: 17 },
  };
  // f computes with the rounding r after each operation; d has f and its first three derivatives.
  const FUNCTIONS = {
    exp: { text: "eˣ at 1", x: 1, f: (x, r) => r(Math.exp(x)), d: [Math.E, Math.E, Math.E, Math.E] },
    sin: { text: "sin x at 1", x: 1, f: (x, r) => r(Math.sin(x)), d: [Math.sin(1), Math.cos(1), -Math.sin(1), -Math.cos(1)] },
    square: { text: "x² at 2", x: 2, f: (x, r) => r(x * x), d: [4, 4, 2, 0] },
    large: { text: "x³ + 1000 at 2", x: 2, f: (x, r) => r(r(r(x * x) * x) + 1000), d: [1008, 12, 12, 6] },
    kink: { text: "|x| at 0.001", x: 0.001, f: (x) => Math.abs(x), d: [0.001, 1, 0, 0] },
  };
  const KINDS = { centered: "centered", onesided: "one-sided" };
  const [FIRST, LAST, PER] = [10, 150, 10]; // h = 10^(−k/10), k from 10 to 150
  const stepOf = (k) => 10 ** (-k / PER);
  const LOWEST = 1e-16; // an error below is drawn here, so that 0 has a place

  /** The values on both sides, their difference and the slope, all in one dtype. */
  function difference(name, x, h, kind, dtype) {
    const { round: r } = DTYPES[dtype], { f } = FUNCTIONS[name];
    [x, h] = [r(x), r(h)];
    const above = f(r(x + h), r);
    const below = kind === "centered" ? f(r(x - h), r) : f(x, r);
    const apart = r(above - below);
    return { above, below, apart, slope: r(apart / (kind === "centered" ? r(2 * h) : h)) };
  }

  /** The two terms of the error, relative to the slope. */
  function predicted(name, h, kind, dtype) {
    const [f, f1, f2, f3] = FUNCTIONS[name].d.map(Math.abs), { eps } = DTYPES[dtype];
    if (kind === "centered") return { rounding: (eps * f) / h / f1, truncation: (h * h * f3) / 6 / f1 };
    return { rounding: (2 * eps * f) / h / f1, truncation: (h * f2) / 2 / f1 };
  }

  const errorOf = (name, slope) => Math.abs(slope / FUNCTIONS[name].d[1] - 1);
  const power = (v) => (v === 0 ? "0" : v >= 0.1 && v < 1000 ? show(v) : v.toExponential(0).replaceAll("-", "−").replace("+", ""));
  NNDL.step_size = { difference, predicted, errorOf, FUNCTIONS };

  NNDL.explorer("step_size", (explorer, data) => {
    const state = { name: "exp", kind: "centered", dtype: "float64", k: 20 };
    const visited = {}; // function → series → k → error
    const plot = new Plot(explorer.stage, {
      height: 270, x: [1e-15, 0.1], y: [LOWEST, 1e4], xlog: true, ylog: true, xlabel: "step h", ylabel: "relative error",
      label: "The relative error of the slope against the step h, both on scales of powers of ten",
    });
    const lines = draw(plot.area, "g", { class: "predicted", fill: "none" });
    const dots = draw(plot.area, "g");
    const cursor = draw(plot.area, "line", { class: "cursor", y1: plot.top, y2: plot.height - plot.bottom });
    const ring = draw(plot.area, "path", { class: "ring", fill: "none" });
    const own = draw(plot.area, "path", { class: "own", fill: "none" });
    const grip = draw(plot.front, "g");
    const knob = draw(grip, "circle", { r: 14, cy: plot.top + 14 });
    const arrows = draw(grip, "path", { class: "arrows", fill: "none" });

    const at = (h, error) => [plot.px(h), plot.py(Math.min(1e4, Math.max(LOWEST, error)))];
    const marks = {
      centered: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
      onesided: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}m${-2 * r} 0l${2 * r} ${-2 * r}`,
    };
    const compute = (k) => difference(state.name, FUNCTIONS[state.name].x, stepOf(k), state.kind, state.dtype);
    const series = () => `${state.kind} ${state.dtype}`;

    /** Move to step k; every step in between was visited, too. */
    function go(k) {
      const to = Math.max(FIRST, Math.min(LAST, Math.round(k)));
      const seen = ((visited[state.name] ??= {})[series()] ??= new Map());
      const by = Math.sign(to - state.k) || 1;
      for (let i = state.k; ; i += by) {
        if (!seen.has(i)) seen.set(i, errorOf(state.name, compute(i).slope));
        if (i === to) break;
      }
      state.k = to;
      update();
    }

    function drawDots() {
      dots.replaceChildren();
      for (const [key, points] of Object.entries(visited[state.name] ?? {})) {
        const [kind, dtype] = key.split(" ");
        const d = [...points].map(([k, error]) => marks[kind](...at(stepOf(k), error).map((v) => Number(v.toFixed(1))), 2.2)).join("");
        draw(dots, "path", { d, class: `${kind} ${dtype}` });
      }
    }

    function drawPrediction() {
      lines.replaceChildren();
      legend.textContent = prediction.value ? " Green lines: rounding, and dashed truncation." : "";
      if (!prediction.value) return;
      for (const term of ["rounding", "truncation"]) {
        const points = [FIRST, LAST].map((k) => [stepOf(k), predicted(state.name, stepOf(k), state.kind, state.dtype)[term]]);
        if (points.every(([, error]) => error > 0)) draw(lines, "path", { d: plot.path(points), class: term });
      }
    }

    /** Digits in a column: `plain` of them as they are, the rest marked. */
    function digits(cell, value, decimals, plain, rest) {
      const text = value.toFixed(decimals).replace("-", "−");
      cell.replaceChildren(make("span", { class: rest === "left" ? "same" : null }, text.slice(0, plain)),
        make("span", { class: rest }, text.slice(plain)));
    }

    function drawDigits(result, error) {
      const size = Math.max(Math.abs(result.above), Math.abs(FUNCTIONS[state.name].d[1]), 1);
      const decimals = DTYPES[state.dtype].digits - 1 - Math.floor(Math.log10(size));
      const [above, below] = [result.above, result.below].map((v) => v.toFixed(decimals));
      let equal = 0;
      while (equal < above.length && above[equal] === below[equal]) equal++;
      const zeros = /^-?[0.]*/.exec(result.apart.toFixed(decimals))[0].length;
      digits(cells.above, result.above, decimals, equal, "left");
      digits(cells.below, result.below, decimals, equal, "left");
      digits(cells.apart, result.apart, decimals, zeros, "left");
      const right = Math.max(0, Math.floor(-Math.log10(Math.max(error, 1e-18))));
      const whole = result.slope.toFixed(decimals);
      let kept = 0;
      for (let n = 0, begun = false; kept < whole.length && (n < right || !/\d/.test(whole[kept])); kept++) {
        begun ||= /[1-9]/.test(whole[kept]);
        if (begun && whole[kept] !== ".") n++;
      }
      digits(cells.slope, result.slope, decimals, kept, "wrong");
      digits(cells.exact, FUNCTIONS[state.name].d[1], decimals, 99, "");
      heads.below.textContent = state.kind === "centered" ? "f(x − h)" : "f(x)";
      heads.slope.textContent = state.kind === "centered" ? "divided by 2h" : "divided by h";
    }

    function update() {
      const h = stepOf(state.k), result = compute(state.k), error = errorOf(state.name, result.slope);
      const [x, y] = at(h, error);
      knob.setAttribute("cx", x);
      arrows.setAttribute("d", `M${x - 4} ${plot.top + 9}l-5 5l5 5M${x + 4} ${plot.top + 9}l5 5l-5 5`);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      ring.setAttribute("d", marks[state.kind](x, y, 5));
      ring.setAttribute("class", `ring ${state.kind} ${state.dtype}`);
      const checker = data.checker[state.name];
      const [cx, cy] = at(data.h, checker);
      own.setAttribute("d", `M${cx} ${cy - 6}l6 6l-6 6l-6 -6Z`);
      drawDots();
      drawDigits(result, error);
      grips.update();
      const { rounding, truncation } = predicted(state.name, h, state.kind, state.dtype);
      const lost = result.apart === 0 ? " The step is lost: both values are the same number." : "";
      const kinked = state.name === "kink" && h > FUNCTIONS.kink.x && state.kind === "centered";
      const expected = kinked ? " The kink at 0 lies inside the step, which no term of the formula knows."
        : ` Expected: rounding up to ${power(rounding)}, truncation ${power(truncation)}.`;
      explorer.say(`h = ${h.toExponential(1).replace("-", "−")}, ${KINDS[state.kind]}, ${state.dtype}: the slope is off by ${power(error)} of itself.${lost || expected}`);
    }

    const grips = handle(grip, {
      label: "Step h",
      text: () => `${stepOf(state.k).toExponential(1)}`,
      drag: (x) => { halt(); go(-PER * Math.log10(plot.ux(x))); },
      move: (dx, dy) => { halt(); go(state.k - dx - dy); },
    });
    plot.svg.addEventListener("click", (event) => {
      if (grip.contains(event.target)) return;
      halt();
      go(-PER * Math.log10(plot.ux(new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.svg.getScreenCTM().inverse()).x)));
    });

    let running = 0;
    const halt = () => { clearInterval(running); running = 0; name(); };
    const name = () => { sweep.textContent = running ? "Stop" : still.matches ? "Smaller h" : "Sweep"; };
    const sweep = button("", () => {
      if (running) return halt();
      if (still.matches) return go(state.k >= LAST ? FIRST : state.k + 5);
      state.k = state.k >= LAST ? FIRST : state.k;
      running = setInterval(() => { state.k < LAST ? go(state.k + 1) : halt(); }, 40);
      return name();
    });
    still.addEventListener("change", halt);
    name();

    const change = (what) => (value) => { halt(); state[what] = value; drawPrediction(); go(state.k); };
    const texts = Object.fromEntries(Object.entries(FUNCTIONS).map(([key, { text }]) => [key, text]));
    const prediction = check({ label: "Predicted terms", change: drawPrediction });
    const heads = {}, cells = {};
    const row = (key, text) => make("tr", {}, (heads[key] = make("th", { scope: "row" }, text)), (cells[key] = make("td")));
    const table = make("table", { class: "digits" }, make("tbody", {}, row("above", "f(x + h)"), row("below", "f(x − h)"),
      row("apart", "difference"), row("slope", "divided by 2h"), row("exact", "f′(x), exact")));
    const legend = make("span");
    const key = make("p", { class: "key" }, "● centered, × one-sided; ", make("span", { class: "float64" }, "blue float64"), ", ",
      make("span", { class: "float32" }, "orange float32"), "; ◇ the book’s checker. An error of 0 is drawn at 1e−16. Arrow keys move h, with Shift by a power of ten.", legend);
    const left = make("div", {}, plot.svg, key);
    const right = make("div", {},
      choice({ label: "f", options: texts, value: state.name, change: change("name") }).element,
      choice({ label: "Difference", options: KINDS, value: state.kind, change: change("kind") }).element,
      choice({ label: "Computed in", options: { float32: "float32", float64: "float64" }, value: state.dtype, change: change("dtype") }).element,
      prediction.element,
      make("div", { class: "controls" }, sweep, button("Clear", () => { halt(); delete visited[state.name]; go(state.k); })),
      table);
    right.className = "settings";
    explorer.stage.append(make("div", { class: "columns" }, left, right));
    go(state.k);
  });
})();
