"use strict";
/* Update rules racing on surfaces of two weights, and the map of rates and momenta. */
(() => {
  /** The book's rules: each changes w in place, and keeps its state in config. */
  const each = (w, step) => { for (let k = 0; k < w.length; k++) w[k] += step(k); };
  const zeros = (w) => w.map(() => 0);
  const rules = {
    sgd(w, dw, c) {
      each(w, (k) => -c.learning_rate * dw[k]);
    },
    sgd_momentum(w, dw, c) {
      c.velocity = (c.velocity || zeros(w)).map((v, k) => c.momentum * v - c.learning_rate * dw[k]);
      each(w, (k) => c.velocity[k]);
    },
    sgd_nesterov_momentum(w, dw, c) {
      const old = c.velocity || zeros(w);
      c.velocity = old.map((v, k) => c.momentum * v - c.learning_rate * dw[k]);
      each(w, (k) => c.velocity[k] + c.momentum * (c.velocity[k] - old[k]));
    },
    rmsprop(w, dw, c) {
      c.a = (c.a || zeros(w)).map((a, k) => c.decay_rate * a + (1 - c.decay_rate) * dw[k] ** 2);
      each(w, (k) => (-c.learning_rate * dw[k]) / (Math.sqrt(c.a[k]) + 1e-8));
    },
    adam(w, dw, c) {
      c.t = (c.t || 0) + 1;
      c.v = (c.v || zeros(w)).map((v, k) => c.beta1 * v + (1 - c.beta1) * dw[k]);
      c.a = (c.a || zeros(w)).map((a, k) => c.beta2 * a + (1 - c.beta2) * dw[k] ** 2);
      const [first, second] = [1 - c.beta1 ** c.t, 1 - c.beta2 ** c.t];
      each(w, (k) => (-c.learning_rate * (c.v[k] / first)) / (Math.sqrt(c.a[k] / second) + 1e-8));
    },
  };

  const surfaces = {
    valley: { height: ([x, y]) => (x * x + 30 * y * y) / 2, slope: ([x, y]) => [x, 30 * y] },
    saddle: { height: ([x, y]) => x ** 2 / 2 - y ** 2 / 2 + y ** 4 / 4, slope: ([x, y]) => [x, -y + y ** 3] },
    bend: {
      height: ([x, y]) => (1 - x) ** 2 + 10 * (y - x * x) ** 2,
      slope: ([x, y]) => [-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)],
    },
    noise: { height: ([x, y]) => (x * x + 4 * y * y) / 2, slope: ([x, y]) => [x, 4 * y] },
  };

  /** The places of a rule: the start, and one for each step. */
  function descend(rule, config, slope, start, steps, noise) {
    const w = [...start], path = [[...w]];
    for (let t = 0; t < steps; t++) {
      rules[rule](w, slope(w).map((d, k) => d + (noise ? noise[t][k] : 0)), config);
      path.push(w.map((v) => (Math.abs(v) < 1e6 ? v : NaN)));
    }
    return path;
  }

  /** The larger |r| of momentum's recurrence for one curvature c: below 1 it converges. */
  function radius(rate, momentum, c) {
    const b = 1 + momentum - rate * c, inside = b * b - 4 * momentum;
    return inside < 0 ? Math.sqrt(momentum) : (Math.abs(b) + Math.sqrt(inside)) / 2;
  }

  /** Lines of one height, as pieces [[x, y], [x, y]], from heights on a grid (marching squares). */
  function contour(xs, ys, heights, level) {
    const pieces = [];
    for (let j = 0; j + 1 < ys.length; j++) {
      for (let i = 0; i + 1 < xs.length; i++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
        corners.forEach(([a, b], k) => {
          const [c, d] = corners[(k + 1) % 4], one = heights[b][a] - level, two = heights[d][c] - level;
          if (one < 0 === two < 0) return;
          const t = one / (one - two);
          cuts.push([xs[a] + t * (xs[c] - xs[a]), ys[b] + t * (ys[d] - ys[b])]);
        });
        for (let k = 0; k + 1 < cuts.length; k += 2) pieces.push([cuts[k], cuts[k + 1]]);
      }
    }
    return pieces;
  }

  const LOOKS = {
    sgd: ["SGD", "x-deep", "", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z"],
    sgd_momentum: ["momentum", "w-deep", "7 3", "M-4.5 -4.5H4.5V4.5H-4.5Z"],
    sgd_nesterov_momentum: ["Nesterov", "out-deep", "9 3 2 3", "M0 -6L5.5 4.5H-5.5Z"],
    rmsprop: ["RMSProp", "curve-4", "2 3", "M0 -6L6 0L0 6L-6 0Z"],
    adam: ["Adam", "curve-5", "12 2 2 2 2 2", "M-6 -2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z"],
  };

  NNDL.explorer("optimizers", (explorer, data) => {
    const { make, draw, show, slider, choice, check, button, handle, Plot, still } = NNDL;
    const names = Object.keys(LOOKS), shown = new Set(names), last = data.steps;
    const state = { surface: "valley", t: last, momentum: 0.8 };
    const here = () => data.surfaces[state.surface];
    let paths = {}, plot, losses, start, playing = 0;

    // The controls.
    const power = (value) => Math.log10(value);
    const rateOf = (label, key) => slider({
      label, min: -3, max: 0.3, step: 0.01, value: power(here()[key === "rate" ? "rate" : "other_rate"]),
      text: (v) => show(10 ** v, 3), change: (v) => { state[key] = 10 ** v; race(); },
    });
    const rate = rateOf("rate η", "rate"), other = rateOf("η of RMSProp, Adam", "other");
    const momentum = slider({
      label: "momentum m", min: 0, max: 0.99, step: 0.01, value: state.momentum,
      change: (m) => { state.momentum = m; race(); },
    });
    const surface = choice({
      label: "surface", value: state.surface,
      options: Object.fromEntries(Object.entries(data.surfaces).map(([key, s]) => [key, s.title])),
      change: (name) => { state.surface = name; enter(); },
    });
    const time = slider({ label: "step", min: 0, max: last, step: 1, value: last, text: String, change: (t) => { pause(); go(t); } });
    const play = button("Play", () => (playing ? pause() : run()));
    const buttons = [
      ...(still.matches ? [] : [play]),
      button("Step", () => { pause(); go(state.t === last ? 1 : state.t + 1); }),
      button("To the start", () => { pause(); go(0); }),
      button("To the end", () => { pause(); go(last); }),
    ];
    const legend = names.map((name) => {
      const [label, color, dash, mark] = LOOKS[name];
      const box = check({ label, value: true, change: (on) => { shown[on ? "add" : "delete"](name); trace(); } });
      const sample = draw(box.element, "svg", { viewBox: "0 0 34 14", class: "sample", "aria-hidden": "true" });
      draw(sample, "path", { d: "M0 7H34", stroke: `var(--${color})`, "stroke-width": 2, "stroke-dasharray": dash });
      draw(sample, "path", { d: mark, transform: "translate(17 7)", fill: `var(--${color})`, stroke: "var(--paper)" });
      return box.element;
    });

    function run() {
      if (state.t === last) go(0);
      play.textContent = "Pause";
      const tick = (now) => {
        if (!playing) return;
        if (now - tick.then > 33) { tick.then = now; go(state.t + 1); }
        if (state.t === last || !explorer.isConnected) pause();
        else playing = requestAnimationFrame(tick);
      };
      tick.then = 0;
      playing = requestAnimationFrame(tick);
    }
    function pause() {
      cancelAnimationFrame(playing);
      playing = 0;
      play.textContent = "Play";
    }
    function go(t) {
      state.t = Math.min(last, t);
      time.value = state.t;
      trace();
    }

    // The surface, its contour lines and the start.
    const places = { plot: make("div"), losses: make("div"), chart: make("div") };
    function enter() {
      pause();
      const s = here();
      [state.rate, state.other, start] = [s.rate, s.other_rate, [...s.start]];
      rate.value = power(state.rate);
      other.value = power(state.other);
      places.plot.replaceChildren();
      plot = new Plot(places.plot, { x: s.x, y: s.y, xlabel: "w₀", ylabel: "w₁", label: `${s.title}, ${s.formula}`, height: 230, left: 46 });
      const line = (n, [from, to]) => Array.from({ length: n }, (_, k) => from + ((to - from) * k) / (n - 1));
      const [xs, ys] = [line(70, s.x), line(50, s.y)], { height } = surfaces[state.surface];
      const heights = ys.map((y) => xs.map((x) => height([x, y])));
      const d = s.levels.map((level) => contour(xs, ys, heights, level).map((piece) => plot.path(piece)).join("")).join("");
      draw(plot.area, "path", { d, fill: "none", stroke: "var(--line)", "stroke-width": 0.8 });
      plot.paths = draw(plot.area, "g", { fill: "none" });
      const ring = draw(plot.front, "circle", { r: 14, fill: "transparent", stroke: "var(--ink)", "stroke-width": 2 });
      const inside = (value, [from, to]) => Math.min(to, Math.max(from, value));
      const put = (x, y) => { start = [inside(x, s.x), inside(y, s.y)]; race(); };
      plot.ring = ring;
      plot.handle = handle(ring, {
        label: "start", text: () => `w₀ ${show(start[0])}, w₁ ${show(start[1])}`,
        drag: (x, y) => put(plot.ux(x), plot.uy(y)),
        move: (dx, dy) => put(start[0] + (dx * (s.x[1] - s.x[0])) / 100, start[1] + (dy * (s.y[1] - s.y[0])) / 100),
      });
      formula.textContent = s.formula;
      race();
    }

    /** All steps of all rules, from the start on. */
    function race() {
      const s = here(), noise = s.noise ? data.noise.map((pair) => pair.map((v) => v * s.noise)) : null;
      for (const name of names) {
        const config = { learning_rate: name in data.fixed ? state.other : state.rate, momentum: state.momentum, ...data.fixed[name] };
        paths[name] = descend(name, config, surfaces[state.surface].slope, start, last, noise);
      }
      plot.ring.setAttribute("cx", plot.px(start[0]));
      plot.ring.setAttribute("cy", plot.py(start[1]));
      plot.handle.update();
      places.losses.replaceChildren();
      const most = 10 ** Math.ceil(Math.log10(Math.max(1e-3, above(start))));
      losses = new Plot(places.losses, { x: [0, last], y: [1e-8 * most, most], ylog: true, xlabel: "step", ylabel: "L − lowest", label: "height against the step", height: 150, left: 60 });
      choose();
      trace();
    }
    const above = (w) => surfaces[state.surface].height(w) - here().lowest;

    /** What there is of the paths up to the present step. */
    function trace() {
      plot.paths.replaceChildren();
      losses.area.replaceChildren();
      for (const name of names) {
        if (!shown.has(name)) continue;
        const [, color, dash, mark] = LOOKS[name], path = paths[name].slice(0, state.t + 1);
        const pen = { stroke: `var(--${color})`, "stroke-width": 1.8, "stroke-dasharray": dash, fill: "none" };
        draw(plot.paths, "path", { d: plot.path(path), ...pen });
        draw(losses.area, "path", { d: losses.path(path.map((w, t) => [t, Math.max(1e-30, above(w))])), ...pen });
        const [x, y] = path.at(-1);
        if (Number.isFinite(x + y)) draw(plot.paths, "path", { d: mark, transform: `translate(${plot.px(x)} ${plot.py(y)})`, fill: `var(--${color})`, stroke: "var(--paper)" });
      }
      words();
    }
    function words() {
      const place = (name) => {
        const height = above(paths[name][state.t]);
        return `${LOOKS[name][0]} ${Number.isFinite(height) ? (height < 1e-9 ? "below 1e−9" : show(height)) : "diverged"}`;
      };
      const list = names.filter((name) => shown.has(name)).map(place).join(", ");
      explorer.say(`Step ${state.t}, height above the lowest: ${list || "no rule is shown"}. ${state.surface === "valley" ? chartWords() : ""}`);
    }

    // The map of rates and momenta.
    const { rates, momenta, digits, curvature } = data.chart;
    const [dr, dm] = [rates[1] - rates[0], momenta[1] - momenta[0]];
    const chart = new Plot(places.chart, {
      x: [rates[0] - dr / 2, rates.at(-1) + dr / 2], y: [-dm / 2, momenta.at(-1) + dm / 2], height: 230, left: 46,
      xlabel: "rate η", ylabel: "momentum m", label: "the map of rates and momenta",
    });
    const SHADES = [[8, "out-deep", "more than 8"], [4, "out-middle", "4 to 8"], [0, "out-pale", "0 to 4"], [-Infinity, null, "diverges"]];
    const hatch = draw(chart.svg, "pattern", { id: "optimizers-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    draw(hatch, "line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: "var(--line)", "stroke-width": 2 });
    const cells = SHADES.map(() => []);
    momenta.forEach((m, i) => rates.forEach((r, k) => {
      const [x, y] = [chart.px(r - dr / 2), chart.py(m + dm / 2)];
      const box = `M${x.toFixed(2)} ${y.toFixed(2)}H${chart.px(r + dr / 2).toFixed(2)}V${chart.py(m - dm / 2).toFixed(2)}H${x.toFixed(2)}Z`;
      cells[SHADES.findIndex(([least]) => digits[i][k] > least)].push(box);
    }));
    SHADES.forEach(([, color], k) => draw(chart.area, "path", { d: cells[k].join(""), fill: color ? `var(--${color})` : "url(#optimizers-hatch)", "shape-rendering": "crispEdges" }));
    draw(chart.area, "path", { d: chart.path([-0.1, 1].map((m) => [(2 * (1 + m)) / curvature[1], m])), stroke: "var(--ink)", "stroke-width": 2.5 });
    const point = draw(chart.front, "circle", { r: 14, fill: "transparent", stroke: "var(--ink)", "stroke-width": 2.5 });
    const dot = draw(chart.front, "circle", { r: 4, fill: "var(--ink)", stroke: "var(--paper)", "pointer-events": "none" });
    const put = (r, m) => {
      if (state.surface !== "valley") { state.surface = surface.value = "valley"; enter(); }
      state.rate = Math.min(rates.at(-1), Math.max(rates[0], r));
      state.momentum = Math.min(momenta.at(-1), Math.max(0, m));
      rate.value = power(state.rate);
      momentum.value = state.momentum;
      race();
    };
    const chosen = handle(point, {
      label: "rate and momentum", text: () => `rate ${show(state.rate, 3)}, momentum ${show(state.momentum)}`,
      drag: (x, y) => put(chart.ux(x), chart.uy(y)),
      move: (dx, dy) => put(state.rate + dx * dr, state.momentum + dy * dm),
    });
    chart.svg.addEventListener("click", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.svg.getScreenCTM().inverse());
      if (event.target !== point) put(chart.ux(at.x), chart.uy(at.y));
    });
    function choose() {
      const inside = state.rate <= chart.x[1] && state.momentum <= chart.y[1];
      for (const circle of [point, dot]) {
        circle.setAttribute("cx", chart.px(Math.min(chart.x[1], Math.max(chart.x[0], state.rate))));
        circle.setAttribute("cy", chart.py(Math.min(chart.y[1], state.momentum)));
      }
      point.setAttribute("stroke-dasharray", inside ? "" : "3 3");
      chosen.update();
    }
    function chartWords() {
      const largest = Math.max(...curvature.map((c) => radius(state.rate, state.momentum, c)));
      const gained = -100 * Math.log10(largest);
      const about = `η = ${show(state.rate, 3)}, m = ${show(state.momentum)}`;
      return largest < 1 ? `At ${about} momentum gains ${show(gained, 1)} digits in 100 steps.` : `At ${about} momentum diverges.`;
    }

    const formula = make("p", { class: "note" });
    const swatch = ([, color, label]) => make("span", { class: "swatch" }, make("i", { class: color || "hatched" }), label);
    const key = make("p", { class: "note" }, "Digits gained in 100 steps of the narrow valley: ", ...SHADES.map(swatch), " Line: the theory's limit.");
    const group = (...parts) => make("div", { class: "controls" }, ...parts);
    explorer.stage.append(
      group(surface.element), group(...legend), group(...buttons, time.element),
      make("div", { class: "columns" },
        make("div", {}, formula, places.plot, places.losses),
        make("div", {}, group(rate.element, momentum.element), group(other.element), places.chart, key,
          make("p", { class: "note" }, "Drag the ring to move the start, or the dot on the map. Arrow keys move both."))),
    );
    enter();
  });

  NNDL.optimizers = { rules, surfaces, descend, radius };
})();
