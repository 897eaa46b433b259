"use strict";
/* The convolution, forward and backward, as the book derives it: a set of triples (output, weight,
   pixel), one for every multiplication. An output sums its triples, and so do a weight's gradient
   and a pixel's. NNDL.conv computes for one image, in nested arrays of the book's shapes. */
NNDL.conv = (() => {
  const zeros = (...shape) => Array.from({ length: shape[0] }, () => (shape.length > 1 ? zeros(...shape.slice(1)) : 0));
  const span = (k, { dilation }) => dilation * (k - 1) + 1;
  const size = (n, k, how) => 1 + Math.floor((n + 2 * how.pad - span(k, how)) / how.stride);

  /** Every multiplication: output (f, i, j), weight (f, c, p, q), pixel (c, u, v) of the padded image. */
  function triples([C, H, W], [F, , HH, WW], how) {
    const found = [];
    const [rows, columns] = [size(H, HH, how), size(W, WW, how)];
    for (let f = 0; f < F; f++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++)
      for (let c = 0; c < C; c++) for (let p = 0; p < HH; p++) for (let q = 0; q < WW; q++)
        found.push({ f, i, j, c, p, q, u: i * how.stride + p * how.dilation, v: j * how.stride + q * how.dilation });
    return found;
  }

  const shape = (a) => (Array.isArray(a) ? [a.length, ...shape(a[0])] : []);
  const padded = (x, pad) => x.map((plane) => Array.from({ length: plane.length + 2 * pad }, (_, u) =>
    Array.from({ length: plane[0].length + 2 * pad }, (_, v) => plane[u - pad]?.[v - pad] ?? 0)));

  function forward(x, w, b, how) {
    const [image, filters] = [shape(x), shape(w)];
    const x_pad = padded(x, how.pad);
    const out = zeros(filters[0], size(image[1], filters[2], how), size(image[2], filters[3], how));
    for (const { f, i, j, c, p, q, u, v } of triples(image, filters, how)) out[f][i][j] += x_pad[c][u][v] * w[f][c][p][q];
    return out.map((map, f) => map.map((row) => row.map((value) => value + b[f])));
  }

  /** dx, dw, db, and dx_pad, the gradient of the padded image; of the outputs for which `of` holds. */
  function backward(dout, x, w, how, of = () => true) {
    const [image, filters] = [shape(x), shape(w)];
    const x_pad = padded(x, how.pad);
    const dx_pad = zeros(...shape(x_pad)), dw = zeros(...filters);
    for (const triple of triples(image, filters, how).filter(of)) {
      const { f, i, j, c, p, q, u, v } = triple;
      dw[f][c][p][q] += dout[f][i][j] * x_pad[c][u][v];
      dx_pad[c][u][v] += dout[f][i][j] * w[f][c][p][q];
    }
    const cut = (plane, n) => plane.slice(how.pad, how.pad + n);
    const dx = dx_pad.map((plane) => cut(plane, image[1]).map((row) => cut(row, image[2])));
    return { dx, dw, db: dout.map((map) => map.flat().reduce((a, g) => a + g, 0)), dx_pad };
  }

  /** Where each entry of D in its frame comes from, a place [i, j] of dout, or null for a zero. */
  function holes([H, W], [HH, WW], how) {
    const [rows, columns] = [size(H, HH, how), size(W, WW, how)];
    const from = (k, reach, n) => {
      const place = (k - (reach - 1 - how.pad)) / how.stride;
      return Number.isInteger(place) && place >= 0 && place < n ? place : null;
    };
    const [down, across] = [span(HH, how), span(WW, how)];
    return Array.from({ length: H + down - 1 }, (_, u) => Array.from({ length: W + across - 1 }, (_, v) => {
      const [i, j] = [from(u, down, rows), from(v, across, columns)];
      return i === null || j === null ? null : [i, j];
    }));
  }

  const flipped = (w) => w.map((row) => [...row].reverse()).reverse();

  /** dx as a correlation, with stride 1, of D in its frame and the flipped filters. */
  function full(dout, [C, H, W], w, how) {
    const places = holes([H, W], shape(w).slice(2), how);
    const D = dout.map((map) => places.map((row) => row.map((at) => (at ? map[at[0]][at[1]] : 0))));
    const turned = Array.from({ length: C }, (_, c) => w.map((filter) => flipped(filter[c])));
    return forward(D, turned, new Array(C).fill(0), { stride: 1, pad: 0, dilation: how.dilation });
  }
  return { size, span, triples, padded, forward, backward, holes, flipped, full };
})();

NNDL.explorer("conv", (explorer, data) => {
  const { make, show, brief, choice, button, check, Grid, conv } = NNDL;
  const copy = () => structuredClone({ x: data.x, w: data.w, b: data.b, dout: data.dout });
  const [C, H, W] = [data.x.length, data.x[0].length, data.x[0][0].length];
  const [F, HH, WW] = [data.w.length, data.w[0][0].length, data.w[0][0][0].length];
  const how = { stride: data.stride, pad: data.pad, dilation: 1 };
  const backward = explorer.dataset.mode === "backward";
  let numbers = copy();
  let view = backward ? "gather" : "out";
  let [f, c, whole] = [0, 0, false];
  const at = { out: [1, 2], dw: [1, 1], scatter: [1, 1], gather: [2, 2], full: [2, 2] };

  const all = (n, of) => Array.from({ length: n }, (_, k) => of(k));
  const [big, small, lower] = all(3, () => all(2, () => new Grid()));
  const main = new Grid(), extra = new Grid();
  const sum = make("div", { class: "conv-sum", "aria-hidden": "true" });
  const terms = make("p", { class: "conv-terms", "aria-hidden": "true" });
  const counted = make("p", { class: "conv-size" });

  const text = (value) => (value < 0 ? `(${show(value)})` : show(value));
  const total = (values) => values.reduce((a, value) => a + value, 0);
  const each = (rows, columns, of) => all(rows, (i) => all(columns, (j) => of(i, j)));
  const places = (list) => {
    const set = new Set(list.map(String));
    return (i, j) => set.has(`${i},${j}`);
  };

  /** What the views have in common: the numbers, the triples, and the grids of the originals. */
  function state() {
    const { x, w, b } = numbers;
    const [rows, columns] = [conv.size(H, HH, how), conv.size(W, WW, how)];
    const dout = numbers.dout.map((map) => map.slice(0, rows).map((row) => row.slice(0, columns)));
    const list = conv.triples([C, H, W], [F, C, HH, WW], how);
    const inside = (u, v) => u >= how.pad && u < H + how.pad && v >= how.pad && v < W + how.pad;
    const frame = (u, v) => !inside(u, v);
    const picked = (name) => (at[name] = [Math.min(at[name][0], rows - 1), Math.min(at[name][1], columns - 1)]);
    const change = (array, i, j) => (k, l, value) => { array[k - i][l - j] = value; update(); };
    const grids = {
      x: (c) => ({
        look: "x", title: `x, c = ${c}`, label: `x, channel ${c}${how.pad ? ", with its padding" : ""}`,
        values: conv.padded(x, how.pad)[c], faint: frame, fixed: frame, edit: change(x[c], how.pad, how.pad),
      }),
      w: (f, c) => ({ look: "w", title: `w, f = ${f}`, label: `w, filter ${f}, channel ${c}`, values: w[f][c], edit: change(w[f][c], 0, 0) }),
      dout: (f) => ({ look: "out", gradient: true, title: `dout, f = ${f}`, label: `dout, filter ${f}`, values: dout[f], edit: change(numbers.dout[f], 0, 0) }),
      dx: (c, values, title = "dx") => ({
        look: "x", gradient: true, title: `${title}, c = ${c}`, values,
        label: `${title}, channel ${c}${how.pad ? ", with the padding, which is cut off" : ""}`, faint: frame,
      }),
      pick: (name, more) => ({ picked: at[name], pick: (i, j) => { at[name] = [i, j]; more?.(); update(); } }),
    };
    return { x, w, b, rows, columns, dout, list, inside, picked, grids, x_pad: conv.padded(x, how.pad) };
  }

  const views = {
    /** An output: its window on every channel, and its sum. */
    out({ w, b, rows, columns, list, picked, grids, inside, x_pad }) {
      const [i, j] = picked("out");
      const own = list.filter((t) => t.f === f && t.i === i && t.j === j);
      const window = places(own.map(({ u, v }) => [u, v]));
      const parts = all(C, (c) => own.filter((t) => t.c === c).map(({ p, q, u, v }) => x_pad[c][u][v] * w[f][c][p][q]));
      const sums = parts.map(total);
      const out = conv.forward(numbers.x, w, b, how)[f];
      const outside = own.filter((t) => t.c === 0 && !inside(t.u, t.v)).length;
      return {
        big: all(C, (c) => ({ ...grids.x(c), marks: window })),
        small: all(C, (c) => grids.w(f, c)),
        lower: all(C, (c) => ({ look: "other", title: "x · w", label: `products of channel ${c}`, values: each(HH, WW, (p, q) => parts[c][p * WW + q]) })),
        main: { look: "out", title: `out, f = ${f}`, label: `out, filter ${f}`, values: out, ...grids.pick("out") },
        extra: { look: "other", title: "b", label: `b, filter ${f}`, values: [[b[f]]], edit: (k, l, value) => { b[f] = value; update(); } },
        sum: [[b[f], "b"], ...sums.map((s, c) => [s, `c = ${c}`]), [out[i][j], "out"]],
        say: `Output (${i}, ${j}) of filter ${f} is ${show(out[i][j])}: ${sums.map((s, c) => `${show(s)} from channel ${c}`).join(", ")}, and the bias ${show(b[f])}.`
          + (outside ? ` Of its ${HH * WW} pixels ${outside} ${outside > 1 ? "are" : "is"} padding.` : ""),
      };
    },

    /** A weight: the pixels that lay under it, one for each output, times dout. */
    dw({ rows, columns, dout, list, x_pad, grids }) {
      const [p, q] = at.dw;
      const { dw, db } = conv.backward(dout, numbers.x, numbers.w, how);
      const own = list.filter((t) => t.f === f && t.c === c && t.p === p && t.q === q);
      const under = places(own.map(({ u, v }) => [u, v]));
      const products = each(rows, columns, () => 0);
      for (const { i, j, u, v } of own) products[i][j] = dout[f][i][j] * x_pad[c][u][v];
      const zero = own.filter((t) => t.u < how.pad || t.v < how.pad || t.u >= H + how.pad || t.v >= W + how.pad).length;
      return {
        big: all(C, (k) => ({ ...grids.x(k), marks: k === c ? under : undefined })),
        small: all(C, (k) => ({
          look: "w", gradient: true, title: `dw, f = ${f}`, label: `dw, filter ${f}, channel ${k}`, values: dw[f][k],
          ...grids.pick("dw", () => { c = k; }), picked: k === c ? at.dw : null,
        })),
        main: grids.dout(f),
        extra: { look: "other", title: "dout · x", label: "products of dout and x", values: products },
        terms: `dw = ${own.map(({ i, j, u, v }) => `${text(dout[f][i][j])}·${text(x_pad[c][u][v])}`).join(" + ")}`,
        sum: [[dw[f][c][p][q], "dw"], null, [db[f], "db"]],
        say: `The gradient of weight (${p}, ${q}) of filter ${f}, channel ${c}, is ${show(dw[f][c][p][q])}: it lay on ${own.length} pixels, one for each output,`
          + ` and each is multiplied by that output's dout.${zero ? ` ${zero} of them ${zero > 1 ? "are" : "is"} padding and add${zero > 1 ? "" : "s"} 0.` : ""}`,
      };
    },

    /** An output of dout: the stamp that it adds to its window. */
    scatter({ w, dout, columns, list, picked, grids }) {
      const [i, j] = picked("scatter");
      const window = places(list.filter((t) => t.f === f && t.i === i && t.j === j).map(({ u, v }) => [u, v]));
      const count = (t) => (t.f * dout[0].length + t.i) * columns + t.j;
      const done = count({ f, i, j });
      const { dx_pad } = conv.backward(dout, numbers.x, w, how, whole ? undefined : (t) => count(t) <= done);
      return {
        big: all(C, (c) => ({ ...grids.dx(c, dx_pad[c], whole ? "dx" : "dx so far"), marks: window })),
        small: all(C, (c) => grids.w(f, c)),
        lower: all(C, (c) => ({ look: "other", title: "dout · w", label: `stamp on channel ${c}`, values: each(HH, WW, (p, q) => dout[f][i][j] * w[f][c][p][q]) })),
        main: { ...grids.dout(f), ...grids.pick("scatter") },
        say: `Output (${i}, ${j}) of filter ${f} adds its filter, times dout = ${show(dout[f][i][j])}, to its window of dx.`
          + (whole ? " Shown is what all outputs add up to." : ` Shown is the loop after ${done + 1} of ${F * dout[0].length * columns} outputs.`),
      };
    },

    /** A pixel: the outputs that saw it, each with its weight. */
    gather({ w, rows, columns, dout, list, inside, grids }) {
      at.gather = [Math.min(at.gather[0], H + 2 * how.pad - 1), Math.min(at.gather[1], W + 2 * how.pad - 1)];
      const [u, v] = at.gather;
      const { dx_pad } = conv.backward(dout, numbers.x, w, how);
      const saw = list.filter((t) => t.c === c && t.u === u && t.v === v);
      const own = saw.filter((t) => t.f === f);
      const used = places(own.map(({ i, j }) => [i, j]));
      const weights = each(rows, columns, () => null);
      for (const { i, j, p, q } of own) weights[i][j] = w[f][c][p][q];
      const sums = all(F, (f) => total(saw.filter((t) => t.f === f).map(({ i, j, p, q }) => dout[f][i][j] * w[f][c][p][q])));
      return {
        big: all(C, (k) => ({ ...grids.dx(k, dx_pad[k]), ...grids.pick("gather", () => { c = k; }), picked: k === c ? at.gather : null })),
        small: all(C, (k) => ({ ...grids.w(f, k), marks: k === c ? places(own.map(({ p, q }) => [p, q])) : undefined })),
        main: { ...grids.dout(f), marks: used },
        extra: { look: "w", title: "its weights", label: "the weight of each output that saw the pixel", values: weights, faint: (i, j) => !used(i, j), marks: used },
        terms: own.length ? `f = ${f}: ${own.map(({ i, j, p, q }) => `${text(dout[f][i][j])}·${text(w[f][c][p][q])}`).join(" + ")}` : `f = ${f}: no output saw it`,
        sum: [...sums.map((s, f) => [s, `f = ${f}`]), [dx_pad[c][u][v], "dx"]],
        say: `Pixel (${u}, ${v}) of channel ${c}${inside(u, v) ? "" : ", padding that is cut off in the end,"} was seen by ${own.length} output${own.length === 1 ? "" : "s"} of each filter.`
          + ` It gathers ${sums.map((s, f) => `${show(s)} from filter ${f}`).join(" and ")}: ${show(dx_pad[c][u][v])}.`,
      };
    },

    /** The same as one correlation: dout with holes and a frame, and the flipped filters. */
    full({ w, dout, grids }) {
      const [u, v] = at.full;
      const from = conv.holes([H, W], [HH, WW], how);
      const reach = (k, l) => { const [p, q] = [(k - u) / how.dilation, (l - v) / how.dilation]; return [p, q].every(Number.isInteger) && p >= 0 && q >= 0 && p < HH && q < WW; };
      const D = dout.map((map) => from.map((row) => row.map((place) => (place ? map[place[0]][place[1]] : 0))));
      const turned = all(F, (f) => conv.flipped(w[f][c]));
      const products = all(F, (f) => each(HH, WW, (p, q) => D[f][u + p * how.dilation][v + q * how.dilation] * turned[f][p][q]));
      const dx = conv.full(dout, [C, H, W], w, how)[c];
      const edit = (array, i, j, value) => { array[i][j] = value; update(); };
      return {
        big: all(F, (f) => ({
          look: "out", gradient: true, title: `D with its frame, f = ${f}`, label: `dout of filter ${f}, with holes and a frame of zeros`, values: D[f], marks: reach,
          faint: (k, l) => !from[k][l], fixed: (k, l) => !from[k][l], edit: (k, l, value) => edit(numbers.dout[f], ...from[k][l], value),
        })),
        small: all(F, (f) => ({
          look: "w", title: "w flipped", label: `w flipped, filter ${f}, channel ${c}`, values: turned[f],
          edit: (p, q, value) => edit(w[f][c], HH - 1 - p, WW - 1 - q, value),
        })),
        lower: all(F, (f) => ({ look: "other", title: "D · w", label: `products of filter ${f}`, values: products[f] })),
        main: { look: "x", gradient: true, title: `dx, c = ${c}`, label: `dx, channel ${c}`, values: dx, ...grids.pick("full") },
        sum: [...products.map((part, f) => [total(part.flat()), `f = ${f}`]), [dx[u][v], "dx"]],
        say: `Entry (${u}, ${v}) of dx, channel ${c}, is ${show(dx[u][v])}: the flipped filters on a window of D, which is dout with ${how.stride - 1} zero${how.stride === 2 ? "" : "s"} between its entries and a frame.`,
      };
    },
  };

  function update() {
    const now = state();
    const shown = views[view](now);
    for (let k = 0; k < 2; k++) {
      big[k].show(shown.big[k]);
      small[k].show(shown.small[k]);
      lower[k].show(shown.lower?.[k] ?? {});
    }
    main.show(shown.main);
    extra.show(shown.extra ?? {});
    terms.textContent = shown.terms ?? "";
    const last = (shown.sum ?? []).length - 1;
    sum.replaceChildren(...(shown.sum ?? []).flatMap((term, k) => {
      if (!term) return ["\u2003"];
      const sign = k === 0 || !shown.sum[k - 1] ? "" : k === last ? "=" : "+";
      return [sign, make("span", {}, make("b", {}, k && sign === "+" ? text(term[0]) : show(term[0])), make("i", {}, term[1]))];
    }));
    const unread = H + 2 * how.pad - conv.span(HH, how) - (now.rows - 1) * how.stride;
    const reach = how.dilation > 1 ? `${how.dilation}·(${HH} − 1) − 1` : HH;
    counted.textContent = `H′ = 1 + ⌊(${H} + 2·${how.pad} − ${reach})/${how.stride}⌋ = ${now.rows}`
      + (unread ? `; no window reads the last ${unread > 1 ? `${unread} rows and columns` : "row and column"}` : "");
    filters.element.hidden = view === "full";
    channels.element.hidden = view !== "full";
    loop.element.hidden = view !== "scatter";
    ways.element.hidden = view === "out";
    explorer.stage.style.setProperty("--wide", Math.max(now.x_pad[0].length, view === "full" ? H + conv.span(HH, how) - 1 : 0));
    explorer.say(shown.say);
  }
  const set = (name) => (value) => { how[name] = Number(value); update(); };
  const options = (...values) => Object.fromEntries(values.map((value) => [value, value]));
  const filters = choice({ label: "filter f", options: options(0, 1), value: f, change: (value) => { f = Number(value); update(); } });
  const channels = choice({ label: "channel c", options: options(0, 1), value: c, change: (value) => { c = Number(value); update(); } });
  const loop = check({ label: "all outputs", value: whole, change: (value) => { whole = value; update(); } });
  const passes = choice({ label: "pass", options: { out: "forward", gather: "backward" }, value: view, change: (value) => { view = value === "out" ? "out" : ways.value; update(); } });
  const ways = choice({
    label: "see", value: "gather", change: (value) => { view = value; update(); },
    options: { dw: "a weight (dw)", scatter: "an output (scatter)", gather: "a pixel (gather)", full: "holes and flip" },
  });
  const controls = (...parts) => make("div", { class: "controls" }, ...parts);
  explorer.stage.classList.add("conv");
  explorer.stage.append(
    controls(passes.element, ways.element),
    controls(...[["stride", [1, 2, 3]], ["pad", [0, 1, 2]], ["dilation", [1, 2]]].map(([name, values]) =>
      choice({ label: name, options: options(...values), value: how[name], change: set(name) }).element)),
    controls(filters.element, channels.element, loop.element, button("Reset numbers", () => { numbers = copy(); update(); })),
    make("div", { class: "conv-body" },
      make("div", { class: "conv-rows" }, ...all(2, (k) => make("div", { class: "conv-row" }, big[k].element, make("div", {}, small[k].element, lower[k].element)))),
      make("div", { class: "conv-result" }, make("div", { class: "conv-main" }, main.element, extra.element), sum, terms, counted)),
    make("p", { class: "keys" }, "Arrow keys move in a table; Enter, or a second click or tap, edits a number."),
  );
  update();
});
