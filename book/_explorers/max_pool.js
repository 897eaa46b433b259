"use strict";
/* Max pooling: each window is a switch, set on the way forward and used on the way back.
   NNDL.max_pool computes for one channel; how is {height, width, stride} of the windows. */
NNDL.max_pool = (() => {
  const size = (n, k, how) => 1 + Math.floor((n - k) / how.stride);
  /** Whether a value takes the place of the best so far: NaN counts as the largest, the first of equals stays. */
  const beats = (value, best) => !Number.isNaN(best) && (Number.isNaN(value) || value > best);

  /** For each window, the value of its maximum, the places that have it in row-major order. */
  function switches(x, how) {
    return Array.from({ length: size(x.length, how.height, how) }, (_, i) =>
      Array.from({ length: size(x[0].length, how.width, how) }, (_, j) => {
        let found = { value: -Infinity, tied: [] };
        for (let u = i * how.stride; u < i * how.stride + how.height; u++) {
          for (let v = j * how.stride; v < j * how.stride + how.width; v++) {
            const value = x[u][v];
            if (!found.tied.length || beats(value, found.value)) found = { value, tied: [[u, v]] };
            else if (Object.is(value, found.value) || value === found.value) found.tied.push([u, v]);
          }
        }
        return found;
      }));
  }

  const forward = (x, how) => switches(x, how).map((row) => row.map(({ value }) => value));

  /** What a window's gradient becomes: [place, share] by one of three rules for ties. */
  function routes({ tied }, rule) {
    if (rule === "first") return [[tied[0], 1]];
    return tied.map((place) => [place, rule === "each" ? 1 : 1 / tied.length]);
  }

  function backward(dout, x, how, rule = "first") {
    const dx = x.map((row) => row.map(() => 0));
    switches(x, how).forEach((row, i) => row.forEach((found, j) => {
      for (const [[u, v], share] of routes(found, rule)) dx[u][v] += share * dout[i][j];
    }));
    return dx;
  }
  return { switches, routes, forward, backward };
})();

NNDL.explorer("max_pool", (explorer, data) => {
  const { make, show, choice, button, Grid, max_pool: pool } = NNDL;
  const copy = () => structuredClone({ x: data.x, dout: data.dout });
  let numbers = copy();
  let rule = "first";
  const how = { height: data.window, width: data.window, stride: data.stride };
  let [window, pixel, asked] = [[1, 1], [2, 2], "window"]; // asked: which of the two one looks at
  const [x, out, dx, dout] = [new Grid({ nan: true }), new Grid(), new Grid(), new Grid()];
  const line = make("p", { class: "pool-line", "aria-hidden": "true" });
  const balance = make("p", { class: "pool-line", "aria-hidden": "true" });

  const same = ([i, j], k, l) => i === k && j === l;
  const at = ([i, j]) => `(${i}, ${j})`;
  const plain = (value) => (value < 0 ? `(${show(value)})` : show(value));
  const sum = (values) => values.flat().reduce((a, value) => a + value, 0);
  const contains = ([i, j], u, v) => {
    const [top, left] = [i * how.stride, j * how.stride];
    return u >= top && u < top + how.height && v >= left && v < left + how.width;
  };

  function update() {
    const found = pool.switches(numbers.x, how);
    const [rows, columns] = [found.length, found[0].length];
    window = [Math.min(window[0], rows - 1), Math.min(window[1], columns - 1)];
    const upstream = numbers.dout.slice(0, rows).map((row) => row.slice(0, columns));
    const gradient = pool.backward(upstream, numbers.x, how, rule);
    const here = found[window[0]][window[1]];
    const cells = found.flatMap((row, i) => row.map((_, j) => [i, j]));
    const sent = ([i, j], [u, v]) => pool.routes(found[i][j], rule).find(([place]) => same(place, u, v))?.[1] ?? 0;
    const seen = cells.filter((place) => contains(place, ...pixel));
    const won = seen.filter((place) => sent(place, pixel));
    const one = asked === "pixel";
    const tied = (u, v) => !one && here.tied.some((place) => same(place, u, v));
    const ring = (u, v) => {
      if (tied(u, v)) return sent(window, [u, v]) ? "strong" : "lost";
      return cells.some((place) => sent(place, [u, v])) ? "plain" : "";
    };
    const unread = (u, v) => !cells.some((place) => contains(place, u, v));

    const pickPixel = { picked: one ? pixel : null, pick: (u, v) => { pixel = [u, v]; asked = "pixel"; update(); } };
    const pickWindow = { picked: one ? null : window, pick: (i, j) => { window = [i, j]; asked = "window"; update(); } };
    const change = (array) => (i, j, value) => { array[i][j] = value; update(); };
    const frame = one ? undefined : (u, v) => contains(window, u, v);
    const inWindows = one ? (i, j) => seen.some((place) => same(place, i, j)) : undefined;
    const ofWindows = (i, j) => (one && won.some((place) => same(place, i, j)) ? "strong" : "");
    x.show({ look: "x", title: "x", label: "x", values: numbers.x, edit: change(numbers.x), faint: unread, marks: frame, ring, ...pickPixel });
    out.show({ look: "out", title: "out", label: "out", values: pool.forward(numbers.x, how), marks: inWindows, ring: ofWindows, ...pickWindow });
    dout.show({ look: "out", gradient: true, title: "dout", label: "dout", values: upstream, edit: change(numbers.dout), marks: inWindows, ring: ofWindows, ...pickWindow });
    dx.show({ look: "x", gradient: true, title: "dx", label: "dx", values: gradient, faint: unread, marks: one ? undefined : (u, v) => sent(window, [u, v]) > 0, ...pickPixel });

    const [u, v] = pixel;
    const [i, j] = window;
    const parts = won.map((place) => [place, sent(place, pixel) * upstream[place[0]][place[1]]]);
    line.textContent = one
      ? `dx${at(pixel)} = ${parts.length ? parts.map(([, part]) => plain(part)).join(" + ") : 0}${parts.length > 1 ? ` = ${show(gradient[u][v])}` : ""}`
      : `out${at(window)} = ${here.tied.map(([u, v]) => `x${at([u, v])}`).join(" = ")} = ${show(here.value)}`;
    balance.textContent = `sum of dout ${show(sum(upstream))}, sum of dx ${show(sum(gradient))}`;
    explorer.say(one ? aboutPixel() : aboutWindow());
    nan.textContent = `Make x${at(pixel)} NaN`;

    function aboutPixel() {
      if (!seen.length) return `Pixel ${at(pixel)} is in no window. It has no influence, so its gradient is 0.`;
      const lies = `Pixel ${at(pixel)} is in ${seen.length} window${seen.length > 1 ? "s" : ""}`;
      if (!won.length) return `${lies} and wins in none: its gradient is 0.`;
      return `${lies} and wins in ${won.length}: ${won.map(at).join(", ")}. Its gradient is ${show(gradient[u][v])}.`;
    }
    function aboutWindow() {
      const amount = `dout = ${show(upstream[i][j])}`;
      const [first, ...others] = here.tied;
      if (Number.isNaN(here.value)) {
        return `Window ${at(window)} has a NaN, which counts as the largest, so out is NaN. `
          + (rule === "first" || !others.length ? `The first NaN, at ${at(first)}, gets ${amount}.` : `Its NaNs tie.`);
      }
      const start = `The maximum of window ${at(window)}, ${show(here.value)}, is at ${here.tied.map(at).join(" and ")}`;
      if (!others.length) return `${start}, which gets ${amount}.`;
      if (rule === "first") return `${start}: a tie. The first gets ${amount}.`;
      if (rule === "shared") return `${start}: a tie. Each gets ${show(upstream[i][j] / here.tied.length)} of ${amount}.`;
      return `${start}: a tie. Each gets ${amount}, so more goes back than came in.`;
    }
  }

  const controls = (...parts) => make("div", { class: "controls" }, ...parts);
  const windows = choice({
    label: "window", value: `${how.height}`, options: { 2: "2 × 2", 3: "3 × 3" },
    change: (value) => { how.height = how.width = Number(value); update(); },
  });
  const strides = choice({ label: "stride", value: how.stride, options: { 1: 1, 2: 2, 3: 3 }, change: (value) => { how.stride = Number(value); update(); } });
  const rules = choice({
    label: "a tie goes to", value: rule, options: { first: "the first", shared: "all, shared", each: "each, whole" },
    change: (value) => { rule = value; update(); },
  });
  const nan = button("", () => { numbers.x[pixel[0]][pixel[1]] = NaN; update(); });
  const reset = button("Reset numbers", () => { numbers = copy(); update(); });
  const arrow = (sign, word) => make("div", { class: "pool-arrow", "aria-hidden": "true" }, make("span", {}, word), sign);
  explorer.stage.append(
    controls(windows.element, strides.element, rules.element),
    make("div", { class: "pool-body" },
      make("div", { class: "pool-arrays" }, x.element, arrow("→", "max"), out.element, dx.element, arrow("←", "switch"), dout.element),
      make("div", { class: "pool-side" }, line, balance, controls(nan, reset))),
    make("p", { class: "keys" }, "Arrow keys move in a table; Enter, or a second click or tap, edits a number of x or dout."),
  );
  update();
});
