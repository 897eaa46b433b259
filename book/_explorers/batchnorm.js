"use strict";
/* Batch normalization of one feature: points that one drags, their output, and their gradient. */
(() => {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** out, and what the backward pass needs, of N numbers in training; by the book's equations. */
  function forward(x, { gamma, beta, eps }) {
    const mu = mean(x);
    const centered = x.map((value) => value - mu);
    const variance = mean(centered.map((z) => z * z));
    const sigma = Math.sqrt(variance + eps);
    const hat = centered.map((z) => z / sigma);
    return { mu, variance, sigma, centered, hat, out: hat.map((h) => gamma * h + beta) };
  }

  /** The output in test mode, from the running averages. */
  function test(x, { gamma, beta, eps }, running) {
    const sigma = Math.sqrt(running.variance + eps);
    return { mu: running.mean, sigma, out: x.map((value) => (gamma * (value - running.mean)) / sigma + beta) };
  }

  /** dx, dgamma and dbeta, node by node. */
  function backward(dout, { centered, sigma, hat }, gamma) {
    const N = dout.length, sum = (values) => N * mean(values);
    const dhat = dout.map((d) => gamma * d);
    const dsigma = -sum(dhat.map((d, n) => d * centered[n])) / (sigma * sigma);
    const dvar = dsigma / (2 * sigma);
    const dcentered = dhat.map((d, n) => d / sigma + ((2 * centered[n]) / N) * dvar);
    const dmu = -sum(dcentered);
    return { dx: dcentered.map((d) => d + dmu / N), dgamma: sum(dout.map((d, n) => d * hat[n])), dbeta: sum(dout) };
  }

  /** The running averages after a batch, of which `momentum` is the old one's share. */
  function follow(running, { mu, variance }, momentum) {
    return {
      mean: momentum * running.mean + (1 - momentum) * mu,
      variance: momentum * running.variance + (1 - momentum) * variance,
      batches: running.batches + 1,
    };
  }

  /** The least limit of an axis that holds `value`: 1, 2 or 5 times a power of ten, from `least` on. */
  function limit(value, least) {
    if (value <= least) return least;
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].find((m) => m * power >= value) * power;
  }

  const LOW = -4, HIGH = 20; // of x

  NNDL.explorer("batchnorm", (explorer, data) => {
    const { make, draw, show, slider, choice, button, handle, Plot } = NNDL;
    const settings = { gamma: 1, beta: 0, eps: 1e-5 };
    const state = { N: data.size, mode: "train", momentum: 0.9, upstream: "one", example: 1, here: data.size - 1, drawn: 0 };
    let all = [...data.x], began = [...data.x], running;
    const forget = () => { running = { mean: 0, variance: 0, batches: 0 }; };
    forget();
    const batch = (values) => values.slice(0, state.N);

    // The controls.
    const number = (label, key, min, max, step) => slider({
      label, min, max, step, value: settings[key], change: (value) => { settings[key] = value; update(); },
    });
    const gamma = number("γ", "gamma", -3, 3, 0.1), beta = number("β", "beta", -5, 5, 0.1);
    const eps = slider({
      label: "eps", min: -8, max: 2, step: 1, value: -5,
      text: (v) => (v < -2 ? `1e−${-v}` : show(10 ** v)), change: (v) => { settings.eps = 10 ** v; update(); },
    });
    const size = slider({
      label: "batch size N", min: 1, max: data.x.length, step: 1, value: state.N, text: String,
      change: (N) => { state.N = N; state.here = Math.min(state.here, N - 1); fit(); points(); update(); },
    });
    const mode = choice({
      label: "mode", options: { train: "train", test: "test" }, value: "train",
      change: (value) => { state.mode = value; update(); },
    });
    const momentum = slider({
      label: "momentum m", min: 0, max: 1, step: 0.05, value: 0.9, change: (m) => { state.momentum = m; update(); },
    });
    const upstream = choice({
      label: "dout", value: "one",
      options: { one: "1 for one example", ones: "all 1", hat: "x̂", mixed: "mixed" },
      change: (value) => { state.upstream = value; update(); },
    });
    const example = slider({
      label: "example", min: 0, max: state.N - 1, step: 1, value: 1, text: String,
      change: (n) => { state.example = n; update(); },
    });
    const train = button("Train on this batch", () => {
      running = follow(running, forward(batch(all), settings), state.momentum);
      update();
    });
    const fresh = button("Draw a new batch", () => {
      all = [...data.fresh[state.drawn++ % data.fresh.length]];
      began = [...all];
      points();
      update();
    });
    const outlier = button("Make an outlier", () => { all[state.N - 1] = data.outlier; points(); update(); });
    const again = button("Start again", () => {
      all = [...data.x];
      began = [...data.x];
      forget();
      points();
      update();
    });

    function fit() {
      state.example = Math.min(state.example, state.N - 1);
      example.element.querySelector("input").max = state.N - 1;
      example.value = state.example;
    }

    // Three drawings, one column for each example: x, out, dx.
    const places = { x: make("div"), out: make("div"), dx: make("div") };
    const lines = make("p", { class: "note" }), averages = make("p", { class: "note" });
    let input, handles = [];
    const axes = (where, y, name, label, height) => {
      places[where].replaceChildren();
      const last = where === "dx" ? { xlabel: "example", bottom: 38 } : { bottom: 22 };
      const options = { height, x: [-0.6, state.N - 0.4], y, ylabel: name, label, left: 52, ...last };
      return new Plot(places[where], options);
    };

    /** The points of x, each of which is dragged or moved by keys; one of them takes the focus. */
    function points() {
      input = axes("x", [LOW, HIGH], "x", "The batch: x of each example", 190);
      input.levels = draw(input.area, "g");
      input.ghosts = draw(input.area, "g");
      input.svg.addEventListener("keydown", walk);
      handles = batch(all).map((_, n) => {
        const group = draw(input.front, "g");
        draw(group, "circle", { r: 13, fill: "transparent" });
        draw(group, "circle", { r: 6.5, fill: "var(--x-middle)", stroke: "var(--x-deep)", "stroke-width": 1.8 });
        const own = handle(group, {
          label: `x of example ${n}`,
          text: () => show(all[n], 1),
          drag: (_x, y) => set(n, input.uy(y)),
          move: (dx, dy) => (dy ? set(n, all[n] + dy / 10) : take(n + Math.sign(dx))),
        });
        group.addEventListener("focus", () => { state.here = n; rove(); });
        return { group, own };
      });
      rove();
    }
    function set(n, value) {
      all[n] = Math.min(HIGH, Math.max(LOW, Math.round(value * 10) / 10));
      update();
    }
    function take(n) {
      state.here = Math.min(state.N - 1, Math.max(0, n));
      rove();
      handles[state.here].group.focus();
    }
    function rove() {
      handles.forEach(({ group }, n) => group.setAttribute("tabindex", n === state.here ? 0 : -1));
    }
    function walk(event) {
      const end = { Home: 0, End: state.N - 1 }[event.key];
      if (end === undefined) return;
      event.preventDefault();
      take(end);
    }

    function level(value, dashed) {
      const y = input.py(value);
      draw(input.levels, "line", { x1: input.left, x2: input.width - input.right, y1: y, y2: y, stroke: "var(--ink)", "stroke-dasharray": dashed ? "5 4" : null, "stroke-width": 1.4 });
    }

    function drawInput(used, batchOf) {
      input.levels.replaceChildren();
      input.ghosts.replaceChildren();
      const clip = (value) => Math.min(input.height - input.bottom, Math.max(input.top, input.py(value)));
      const [high, low] = [clip(used.mu + used.sigma), clip(used.mu - used.sigma)];
      draw(input.levels, "rect", { x: input.left, width: input.width - input.right - input.left, y: high, height: Math.max(0, low - high), fill: "var(--other-pale)" });
      const testing = state.mode === "test";
      level(used.mu, false);
      level(testing ? batchOf.mu : running.mean, true);
      lines.textContent = testing
        ? "Line: the running mean; gray: ± the root of the running variance + eps; dashed: μ of this batch."
        : "Line: μ; gray: μ ± σ; dashed: the running mean.";
      batch(began).forEach((value, n) => {
        if (value !== all[n]) draw(input.ghosts, "circle", { cx: input.px(n), cy: input.py(value), r: 6.5, fill: "none", stroke: "var(--x-deep)", "stroke-dasharray": "2 2" });
      });
      handles.forEach(({ group, own }, n) => {
        group.setAttribute("transform", `translate(${input.px(n)} ${input.py(all[n])})`);
        own.update();
      });
    }

    /** Bars from 0, and beside them, hollow, those of the batch before anything was moved. */
    function bars(where, values, before, role, hatched, least, name, label, height) {
      const most = limit(Math.max(...values.map(Math.abs), ...before.map(Math.abs)), least);
      const plot = axes(where, [-most, most], name, label, height);
      const zero = plot.py(0), width = Math.min(16, 110 / state.N);
      if (hatched) {
        const pattern = draw(plot.svg, "pattern", { id: "batchnorm-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
        draw(pattern, "rect", { width: 6, height: 6, fill: `var(--${role}-pale)` });
        draw(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: `var(--${role}-deep)`, "stroke-width": 3 });
      }
      draw(plot.area, "line", { x1: plot.left, x2: plot.width - plot.right, y1: zero, y2: zero, stroke: "var(--line)" });
      const bar = (n, value, x, more) => draw(plot.area, "rect", {
        x: plot.px(n) + x, width, y: Math.min(zero, plot.py(value)), height: Math.max(0.8, Math.abs(plot.py(value) - zero)), stroke: `var(--${role}-deep)`, ...more,
      });
      values.forEach((value, n) => {
        bar(n, before[n], -width - 1, { fill: "none", "stroke-dasharray": "2 2" });
        bar(n, value, 1, { fill: hatched ? "url(#batchnorm-hatch)" : `var(--${role}-middle)` });
      });
    }

    function gradient(pass) {
      const kinds = {
        one: () => pass.out.map((_, n) => (n === state.example ? 1 : 0)),
        ones: () => pass.out.map(() => 1),
        hat: () => [...pass.hat],
        mixed: () => batch(data.mixed),
      };
      return backward(kinds[state.upstream](), pass, settings.gamma);
    }

    function update() {
      const pass = forward(batch(all), settings), old = forward(batch(began), settings);
      const testing = state.mode === "test";
      const used = testing ? test(batch(all), settings, running) : pass;
      const before = testing ? test(batch(began), settings, running) : old;
      drawInput(used, pass);
      bars("out", used.out, before.out, "out", false, 4, "out", "out of each example", 150);
      const grads = testing ? null : gradient(pass);
      if (grads) bars("dx", grads.dx, gradient(old).dx, "x", true, 0.2, "dx", "gradient of each example", 166);
      else places.dx.replaceChildren(make("p", {}, "The backward pass belongs to training. In test mode the layer is a fixed scale and shift: no example reaches another one's output."));
      example.element.hidden = state.upstream !== "one" || testing;
      upstream.element.hidden = testing;
      averages.textContent = `After ${running.batches} ${running.batches === 1 ? "batch" : "batches"}: running mean ${show(running.mean)}, running variance ${show(running.variance)}.`;
      explorer.say(words(pass, used, grads));
    }

    function words(pass, used, grads) {
      const round = (value) => (Math.abs(value) < 1e-9 ? 0 : value); // what round-off leaves of 0
      const spread = `μ = ${show(pass.mu)}, σ = ${show(pass.sigma)}`;
      const range = `out from ${show(Math.min(...used.out))} to ${show(Math.max(...used.out))}`;
      if (!grads) return `Test mode: the running averages normalize, ${range}. This batch has ${spread}.`;
      const reached = grads.dx.filter((d) => Math.abs(d) > 1e-9).length;
      const most = Math.max(...grads.dx.map(Math.abs));
      const tiny = most <= 1e-9 ? "dx is 0 for all" : `dx reaches ${reached} of ${state.N} examples, at most ${show(most, 3)}`;
      return `${spread}; ${range}. ${tiny}; dγ = ${show(round(grads.dgamma))}, dβ = ${show(round(grads.dbeta))}.`;
    }

    const group = (...parts) => make("div", { class: "controls" }, ...parts);
    explorer.stage.append(make("div", { class: "columns" },
      make("div", {}, places.x, lines, places.out, places.dx),
      make("div", { class: "settings" },
        group(outlier, again, fresh),
        group(size.element), group(gamma.element, beta.element, eps.element),
        group(upstream.element, example.element),
        group(mode.element, momentum.element, train), averages,
        make("p", { class: "note" }, "Drag a point. By keys: up and down move it, left and right go to the next. Dashed shapes: before it was moved."))));
    points();
    update();
  });

  NNDL.batchnorm = { forward, test, backward, follow };
})();
