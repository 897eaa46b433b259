"use strict";
/* The computational graph of a formula that the reader types: values forward, gradients backward, one
   step at a time. formula.js reads the formula and computes; this places and draws. */
(() => {
  const { draw, make, button } = NNDL;
  const show = (value) => NNDL.show(value, Math.abs(value) < 0.1 ? 3 : 2);
  const { GATES, parse, evaluate, Wrong } = NNDL.graph;
  const LABELS = { wide: 72, narrow: 60, upright: 36 }; // the wire that carries a number's label
  const GAPS = { plain: 26, forked: 44 }; // the space behind it

  /** What is on a gate: its sign, and a constant that goes in. */
  function inscription(n) {
    if (n.op === "pow") return `^ ${n.k}`.replace("-", "−");
    const [a, b] = n.args.map((arg) => (arg.op === "const" ? arg.name : ""));
    if (n.op === "max") return `max ${a || b || ""}`.trim();
    return `${a} ${GATES[n.op].sign} ${b ?? ""}`.trim();
  }

  /** Places for numbers and wires: layers along the way of the computation, in each the numbers
      beside each other near those that they are linked with. A wire passes a layer in a place. */
  function layout(nodes, kind) {
    const upright = kind === "upright", label = LABELS[kind];
    for (const n of nodes) n.layer = n.op === "name" ? 0 : 1 + Math.max(...n.args.map((a) => a.layer ?? 0));
    for (const n of nodes) if (n.op === "name") n.layer = Math.min(...n.uses.map((use) => use.by.layer)) - 1;
    const names = nodes.filter((n) => n.op === "name"), peers = (n) => names.filter((other) => other.layer === n.layer);
    if (upright) { // more than three beside each other are too wide for a phone: every other one goes up
      const up = new Set(names.filter((n) => peers(n).length > 3 && peers(n).indexOf(n) % 2 === 0));
      const lowest = Math.min(...names.map((n) => n.layer - up.has(n)));
      for (const n of nodes) n.layer -= lowest + up.has(n);
    }
    const rows = Array.from({ length: nodes.at(-1).layer + 1 }, () => []), wires = [];
    const put = (layer, item) => { rows[layer].push(item); return Object.assign(item, { layer, links: [], first: 0, p: 40 * rows[layer].length }); };
    const link = (a, b) => { a.links.push(b); b.links.push(a); return b; };
    const items = new Map(nodes.map((n) => {
      const wide = n.op === "name" ? 0 : Math.max(26, 12 + 7 * inscription(n).length);
      const twin = upright && n.uses.some((use, k) => k && use.by === n.uses[k - 1].by); // labels on both sides
      const before = upright ? Math.max(twin ? 72 : 10, wide / 2) : 21;
      const after = upright ? Math.max(wide / 2 + 4, wide || twin ? 76 : 66) : 24;
      return [n, put(n.layer, { n, wide, before, after })];
    }));
    for (const n of nodes) for (const { by, slot } of n.uses) {
      const path = [items.get(n)];
      items.get(n).first += by.args.length > 1 ? 12 * slot - 6 : 0; // the first input comes first
      for (let l = n.layer + 1; l < by.layer; l++) path.push(link(path.at(-1), put(l, { before: 12, after: 12 })));
      path.push(link(path.at(-1), items.get(by)));
      wires.push({ from: n, by, slot, path });
    }
    for (let round = 0; round < 40; round++) for (const row of round % 2 ? [...rows].reverse() : rows) {
      for (const item of row) item.want = item.links.reduce((total, other) => total + other.p, item.first) / item.links.length;
      row.sort((a, b) => a.want - b.want);
      row.forEach((item, i) => { item.p = i ? Math.max(item.want, row[i - 1].p + row[i - 1].after + item.before) : item.want; });
      const shift = row.reduce((total, item) => total + item.want - item.p, 0) / row.length;
      for (const item of row) item.p += shift;
    }
    const all = rows.flat(), low = Math.min(...all.map((item) => item.p - item.before));
    for (const item of all) item.p -= low;
    let along = 0, gap = 0;
    for (const row of rows) {
      const thick = row.some((item) => item.wide) ? (upright ? 24 : Math.max(...row.map((item) => item.wide ?? 0))) : 0;
      for (const item of row) {
        const own = !item.wide ? thick : upright ? 24 : item.wide, start = along + (thick - own) / 2;
        Object.assign(item, { start, leave: start + own, end: along + thick + label });
      }
      gap = upright || row.some(({ n }) => n?.uses.length > 1) ? GAPS.forked : GAPS.plain;
      along += thick + label + gap;
    }
    return { items, wires, upright, label, along: along - gap + 6, across: Math.max(...all.map((item) => item.p + item.after)) };
  }

  NNDL.explorer("graph", (explorer, data) => {
    const given = {};
    let nodes, result, step = 0;
    const input = make("input", {
      type: "text", id: "graph-formula", "aria-describedby": "graph-wrong", input: () => read(),
      spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    });
    const options = data.examples.map(({ title }, k) => make("option", { value: k }, title));
    const examples = make("select", { id: "graph-example", change: () => load(data.examples[examples.value]) }, ...options);
    const wrong = make("p", { class: "wrong", id: "graph-wrong" }), fields = make("div", { class: "fields" }), canvas = make("div", { class: "canvas" });
    const back = button("Back", () => go(step - 1)), next = button("Next", () => go(step + 1));
    const first = button("Reset", () => go(0)), last = button("To the end", () => go(Infinity)), count = make("output");
    explorer.stage.append(
      make("div", { class: "controls top" }, make("label", { for: "graph-example" }, "Example"), examples),
      make("div", { class: "controls top" }, make("label", { for: "graph-formula" }, "Formula"), input),
      wrong, fields, canvas, make("div", { class: "controls" }, back, next, first, last, count));

    const gates = () => nodes.filter((n) => n.op !== "name");
    const steps = () => (result.wrong ? gates().indexOf(result.wrong.node) : gates().length + nodes.length);
    function go(to) {
      step = Math.max(0, Math.min(steps(), to));
      render();
    }

    function load({ formula, values }) {
      input.value = formula;
      Object.assign(given, values);
      read();
    }

    /** Read the formula; what is wrong is marked in its place, and the last graph stays. */
    function read() {
      try {
        nodes = parse(input.value);
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        complain(error.message, error);
        return;
      }
      complain("");
      const names = nodes.filter((n) => n.op === "name").map((n) => n.name);
      names.forEach((name, k) => { given[name] ??= [2, 3, -1, 0.5, 1.5, 1][k]; });
      fields.replaceChildren(...names.map(field));
      result = evaluate(nodes, given);
      go(0);
    }

    function complain(message, place) {
      input.setAttribute("aria-invalid", String(Boolean(message && place)));
      canvas.classList.toggle("old", Boolean(message && place));
      wrong.replaceChildren(message);
      if (!message) return;
      for (const one of [back, next, first, last]) one.disabled = true;
      if (place) {
        const text = `${input.value} `;
        wrong.append(make("code", {}, text.slice(0, place.from), make("mark", {}, text.slice(place.from, place.to)), text.slice(place.to)));
      }
      explorer.say(message);
    }

    function field(name) {
      const range = make("input", { type: "range", min: -5, max: 5, step: 0.1, "aria-label": name });
      const box = make("input", { type: "number", step: "any", "aria-label": `${name}, as a number` });
      const set = (text) => {
        const value = Number(text);
        if (text === "" || !Number.isFinite(value)) return;
        given[name] = value;
        result = evaluate(nodes, given);
        go(step);
      };
      range.addEventListener("input", () => { box.value = range.value; set(range.value); });
      box.addEventListener("input", () => { range.value = box.value; set(box.value); });
      [range.value, box.value] = [given[name], given[name]];
      return make("div", { class: "control" }, make("span", { class: "name", "aria-hidden": "true" }, name), range, box);
    }

    const nameOf = (a) => a.name, valueOf = (a) => show(a.op === "const" ? a.value : result.values[a.name]);
    const formulaOf = (n) => `${n.name} = ${GATES[n.op].text(...n.args.map(nameOf), n.k)}`;
    const bracketed = (v) => (v < 0 ? `(${show(v)})` : show(v));
    /** What a use of a number sends back, in names and in numbers. */
    function use({ by, slot }) {
      const local = result.locals[by.name][slot], why = GATES[by.op].why(...by.args.map(nameOf), by.name, by.k)[slot] ?? show(local);
      const number = why === show(local) ? why : `${why} = ${show(local)}`;
      const gradient = result.gradients[by.name];
      return {
        by: formulaOf(by), why: `with the derivative ${number}`, number: show(gradient * local),
        names: `d${by.name} · ${why[0] === "−" ? `(${why})` : why}`, numbers: `${bracketed(gradient)} · ${bracketed(local)}`,
      };
    }

    function words() {
      const forward = gates(), n = forward.length;
      if (result.wrong && step === steps()) return result.wrong.message;
      if (step === 0) {
        const inputs = nodes.filter((node) => node.op === "name").map((node) => `${node.name} = ${valueOf(node)}`);
        return `${inputs.join(", ")}. The first gate will compute ${formulaOf(forward[0])}.`;
      }
      if (step <= n) {
        const node = forward[step - 1];
        const numbers = GATES[node.op].text(...node.args.map(valueOf), node.k);
        return `Forward: ${formulaOf(node)} = ${numbers} = ${valueOf(node)}.${step === n ? " Now back, from the end." : ""}`;
      }
      const q = [...nodes].reverse()[step - n - 1];
      if (step === n + 1) return `Backward: ${q.name} moves by as much as itself, d${q.name} = 1.`;
      const uses = q.uses.map(use), who = [...new Set(uses.map((u) => `${u.by}, ${u.why}`))].map((text) => {
        const times = uses.filter((u) => `${u.by}, ${u.why}` === text);
        return times.length > 1 ? `${times[0].by}, twice, each time ${times[0].why}` : text;
      });
      const sums = `d${q.name} = ${uses.map((u) => u.names).join(" + ")} = ${uses.map((u) => u.numbers).join(" + ")} = ${show(result.gradients[q.name])}`;
      if (uses.length === 1) return `Who used ${q.name}? ${who[0]}. So ${sums}.`;
      return `Who used ${q.name}? ${who.join("; and ")}. Forks add: ${sums}.`;
    }

    function render() {
      const room = explorer.stage.clientWidth || 340;
      let plan = layout(nodes, "wide");
      if (plan.along > room) plan = layout(nodes, "narrow");
      if (plan.along > 1.08 * room) plan = layout(nodes, "upright"); // a little smaller is better than turned
      const { upright, label } = plan;
      const to = (along, across) => (upright ? [across, along] : [along, across]).map((v) => Number(v.toFixed(1))).join(" ");
      const [width, height] = upright ? [Math.max(plan.across, 200), plan.along] : [plan.along, plan.across];
      canvas.replaceChildren();
      const svg = draw(canvas, "svg", { viewBox: `-4 -4 ${width + 8} ${height + 8}`, role: "img", style: `width: ${width + 8}px` });
      const forward = gates(), backward = [...nodes].reverse(), done = step - forward.length;
      const knows = (n) => n.op === "name" || forward.indexOf(n) < step, hasGradient = (n) => backward.indexOf(n) < done;
      const active = step === 0 ? null : done > 0 ? backward[done - 1] : forward[step - 1];
      // Where a wire's label may stand: how far along the wire, across, and how far out of a bulge.
      const labels = [], places = [[0.58, 0.65, 0.72], [0.4, 0.3, 0.7], [0.75, 0.9, 0.45]];
      for (const wire of plan.wires) {
        const [a, ...rest] = wire.path, b = rest.at(-1), twins = plan.wires.filter((w) => w.from === wire.from && w.by === wire.by);
        const others = plan.wires.filter((w) => w.by === wire.by), ordered = ["sub", "div"].includes(wire.by.op);
        const rank = [...others].sort((u, v) => (ordered ? 0 : u.path.at(-2).p - v.path.at(-2).p) || u.slot - v.slot).indexOf(wire);
        const slot = others.length > 1 ? 14 * rank - 7 : 0, bulge = twins.length > 1 ? 44 * twins.indexOf(wire) - 22 : 0;
        let d = `M${to(a.end, a.p)}`, [x, y] = [a.end, a.p], middle;
        for (const item of rest) {
          const [ex, ey] = [item.start, item === b ? b.p + slot : item.p], half = (x + ex) / 2;
          d += `C${to(half, y + bulge)} ${to(half, ey + bulge)} ${to(ex, ey)}`;
          if (item !== b) d += `L${to(item.end, item.p)}`;
          middle ??= item === b ? places.map(([s, c, m]) => [x + s * (ex - x), y + c * (ey - y) + m * bulge]) : [[(ex + item.end) / 2, item.p]];
          [x, y] = [item.end, item.p];
        }
        const lit = active && (done > 0 ? wire.from === active : wire.by === active);
        draw(svg, "path", { d, class: `wire ${lit ? "lit" : ""} ${lit && done > 0 ? "back" : ""}` });
        const [tx, ty] = [b.start, b.p + slot];
        draw(svg, "path", { d: `M${to(tx, ty)}L${to(tx - 7, ty - 3.5)}L${to(tx - 7, ty + 3.5)}Z`, class: "head" });
        if (hasGradient(wire.from) && (wire.from.uses.length > 1 || (lit && upright))) {
          const text = lit ? `× ${show(result.locals[wire.by.name][wire.slot])}` : use(wire).number;
          const apart = ([p, q]) => labels.every(([s, t]) => Math.abs(p - s) > (upright ? 13 : 36) || Math.abs(q - t) > (upright ? 36 : 13));
          labels.push([...(middle.find(apart) ?? middle[0]), upright ? Math.sign(bulge) : 0, text]);
        }
      }
      for (const [n, item] of plan.items) {
        const lit = n === active ? " lit" : "", from = n.op === "name" ? item.end - label : item.leave;
        draw(svg, "path", { d: `M${to(from, item.p)}L${to(item.end, item.p)}`, class: "wire" });
        if (n.uses.length > 1) { const [cx, cy] = to(item.end, item.p).split(" "); draw(svg, "circle", { cx, cy, r: 3, class: "fork" }); }
        if (n.op !== "name") {
          const long = upright ? 24 : item.wide, [cx, cy] = to(item.start + long / 2, item.p).split(" ").map(Number), high = upright ? 24 : 30;
          draw(svg, "rect", { x: cx - item.wide / 2, y: cy - high / 2, width: item.wide, height: high, rx: 4, class: `gate${lit}` });
          draw(svg, "text", { x: cx, y: cy + 4, "text-anchor": "middle", class: "sign" }, inscription(n));
        }
        const [x, y] = (upright ? [item.p + 6, item.end - 22] : [item.end - label / 2, item.p - 6]), anchor = upright ? "start" : "middle";
        // A long text begins right behind its gate, and reaches into the space.
        const place = (text) => (upright || n.op === "name" ? x : Math.max(x, item.end - label + 3 + 3.4 * text.length));
        const value = knows(n) ? `${n.name} = ${valueOf(n)}` : n.name, gradient = `d${n.name} = ${show(result.gradients[n.name])}`;
        draw(svg, "text", { x: place(value), y, "text-anchor": anchor, class: `value${done <= 0 ? lit : ""}` }, value);
        if (!hasGradient(n)) continue;
        draw(svg, "text", { x: place(gradient), y: y + (upright ? 15 : 21), "text-anchor": anchor, class: `gradient${lit}` }, gradient);
      }
      for (const [along, across, side, text] of labels) { // those of twins stand on their outer sides
        const [x, y] = to(along, across).split(" ").map(Number);
        draw(svg, "text", { x: x - 6 * side, y: y + 4, "text-anchor": ["end", "middle", "start"][side + 1], class: "gradient on-wire" }, text);
      }
      const said = nodes.map((n) => {
        const value = knows(n) ? `, value ${valueOf(n)}` : "", gradient = hasGradient(n) ? `, gradient ${show(result.gradients[n.name])}` : "";
        return (n.op === "name" ? n.name : formulaOf(n)) + value + gradient;
      });
      svg.setAttribute("aria-label", `The graph: ${said.join("; ")}`);
      const old = canvas.classList.contains("old");
      back.disabled = first.disabled = old || step === 0;
      next.disabled = last.disabled = old || step === steps();
      count.textContent = `step ${step} of ${steps()}`;
      if (!old) {
        wrong.replaceChildren(result.wrong?.message ?? "");
        explorer.say(words());
      }
    }

    load(data.examples[0]);
    let wide = 0;
    new ResizeObserver(() => { if (explorer.stage.clientWidth !== wide) { wide = explorer.stage.clientWidth; render(); } }).observe(explorer.stage);
  });
})();
