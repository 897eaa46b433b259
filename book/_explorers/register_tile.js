"use strict";
/* A register tile: its sums, loads and registers, and its rate, expected and on record. */
(() => {
  /** What a step costs, in the time between two multiply-adds: `blocking.cycles` of nndl. */
  function cycles(R, V, machine) {
    const step = Math.max(R * V, machine.least, machine.number * R + machine.vector * V);
    return step + machine.step + machine.each * (R + V);
  }

  /** The registers that a step needs: R V sums, V vectors of b, and one number of a at a time. */
  const needs = (R, V) => R * V + V + 1;

  /** What the step waits for: the largest of the three that `cycles` compares. */
  function waits(R, V, machine) {
    const loads = machine.number * R + machine.vector * V;
    if (R * V >= Math.max(machine.least, loads)) return "multiply–adds";
    return machine.least >= loads ? "latency" : "loads";
  }

  const BOX = 20; // of a register, in a drawing 340 wide
  const IN_A_ROW = 16;

  NNDL.explorer("register_tile", (explorer, data) => {
    const { make, draw, show, slider, choice } = NNDL;
    const size = { R: 4, V: 4 };
    let name = "wide";
    const machine = () => data.machines[name];
    const share = (R, V) => (R * V) / cycles(R, V, machine());
    const measured = (R, V) => (machine().rates || {})[`${R}x${V}`];

    // The controls.
    const count = (label, key, max) => slider({
      label, min: 1, max, step: 1, value: size[key], text: String,
      change: (value) => { size[key] = value; update(); },
    });
    const rows = count("rows R", "R", data.rows);
    const vectors = count("vectors V", "V", data.vectors);
    const registers = choice({
      label: "registers",
      options: { wide: "32, AVX-512", narrow: "16, AVX2" },
      value: name,
      change: (value) => { name = value; update(); },
    });

    let view = "measured";
    const shown = choice({
      label: "table", options: { measured: "measured", expected: "expected" }, value: view,
      change: (value) => { view = value; update(); },
    });

    // The step: numbers of a, vectors of b, and a sum for each pair.
    const left = make("div");
    const step = draw(left, "svg", { "aria-hidden": "true", viewBox: "0 0 340 200", class: "tile" });
    const file = draw(left, "svg", { "aria-hidden": "true", viewBox: "0 0 340 100", class: "tile" });
    const pattern = (svg, id) => {
      const hatch = draw(svg, "pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      draw(hatch, "line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: "var(--ink)", "stroke-width": 2.4 });
    };
    const box = (parent, x, y, w, h, role, spilled) => {
      draw(parent, "rect", { x, y, width: w, height: h, fill: `var(--${role}-pale)`, stroke: `var(--${role}-deep)` });
      if (spilled) draw(parent, "rect", { x, y, width: w, height: h, fill: "url(#tile-spilled)" });
    };

    function drawStep() {
      const { R, V } = size, free = Math.max(0, machine().registers - V - 1);
      const cell = Math.min(22, 190 / (R + 1)), wide = Math.min(46, 270 / (V + 1));
      const top = cell + 14, x0 = 64;
      step.replaceChildren();
      pattern(step, "tile-spilled");
      const group = draw(step, "g");
      for (let j = 0; j < V; j++) box(group, x0 + j * wide, 4, wide - 3, cell - 3, "x");
      for (let r = 0; r < R; r++) {
        box(group, x0 - 30, top + r * cell, 18, cell - 3, "w");
        for (let j = 0; j < V; j++) box(group, x0 + j * wide, top + r * cell, wide - 3, cell - 3, "out", r * V + j >= free);
      }
      draw(group, "text", { x: x0 - 14, y: 4 + cell / 2 + 2, "text-anchor": "end" }, "b");
      draw(group, "text", { x: x0 - 40, y: top + (R * cell) / 2, "text-anchor": "end" }, "a");
      step.setAttribute("viewBox", `0 0 340 ${Math.ceil(top + R * cell + 4)}`);
    }

    function drawFile() {
      const { R, V } = size, have = machine().registers, all = needs(R, V);
      const height = Math.ceil(Math.max(all, have) / IN_A_ROW);
      file.replaceChildren();
      const role = (k) => (k < V ? "x" : k === V ? "w" : "out");
      let y = 16;
      draw(file, "text", { x: 0, y: 11 }, `${have} registers`);
      for (let row = 0; row < height; row++) {
        const begin = row * IN_A_ROW;
        if (begin === have) {
          draw(file, "text", { x: 0, y: y + 14 }, "on the stack, in memory");
          y += 20;
        }
        for (let k = begin; k < Math.min(begin + IN_A_ROW, Math.max(have, all)); k++) {
          if (k < all) box(file, (k - begin) * 21 + 1, y, BOX - 2, BOX - 2, role(k), k >= have);
          else draw(file, "rect", { x: (k - begin) * 21 + 1, y, width: BOX - 2, height: BOX - 2, fill: "none", stroke: "var(--line)", "stroke-dasharray": "2 2" });
        }
        y += BOX + 1;
      }
      file.setAttribute("viewBox", `0 0 340 ${y + 2}`);
    }

    // The rates: bars, and a table of all sizes.
    const bars = make("div", { class: "rates" });
    function bar(label, part, text, kind) {
      const fill = make("span", { class: `fill ${kind}`, style: `width:${(100 * Math.min(1, part)).toFixed(1)}%` });
      return make("div", { class: "rate" }, make("span", { class: "name" }, label),
        make("span", { class: "track", "aria-hidden": "true" }, fill), make("span", { class: "value" }, text));
    }
    function drawBars() {
      const { R, V } = size, { peak } = machine(), found = measured(R, V);
      const percent = (part) => `${show(100 * part, 0)} %`;
      const rate = (gflops) => `${show(gflops, 0)} GFLOP/s`;
      const lines = [bar("expected", share(R, V), peak ? rate(share(R, V) * peak) : percent(share(R, V)), "hollow")];
      if (found) {
        lines.push(bar("measured", found[0] / peak, rate(found[0]), "full"));
        lines.push(bar("at worst", found[1] / peak, rate(found[1]), "hatched"));
      }
      bars.replaceChildren(...lines, make("p", { class: "note" }, note(found, peak)));
    }
    function note(found, peak) {
      if (!peak) return "Share of the peak. On such a processor nothing was measured for this book.";
      const whole = `The whole track: one multiply–add in each cycle, ${show(peak, 0)} GFLOP/s.`;
      return `${whole} ${found ? `Measured: ${machine().of.replaceAll("-", "‑")}.` : "This size was not measured."}`;
    }

    const cells = new Map();
    const body = make("tbody");
    const table = make("table", { role: "grid", class: "sizes", "aria-label": "rates of all sizes, rows by vectors" });
    const numbers = Array.from({ length: data.vectors }, (_, j) => make("th", { scope: "col" }, String(j + 1)));
    table.append(make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "R \\ V"), ...numbers)), body);
    for (let R = 1; R <= data.rows; R++) {
      const line = make("tr", {}, make("th", { scope: "row" }, String(R)));
      for (let V = 1; V <= data.vectors; V++) {
        const cell = make("td", { tabindex: -1, click: () => choose(R, V) });
        cells.set(`${R}x${V}`, cell);
        line.append(cell);
      }
      body.append(line);
    }
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -99], End: [0, 99] };
    table.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const inside = (value, most) => Math.min(most, Math.max(1, value));
      choose(inside(size.R + move[0], data.rows), inside(size.V + move[1], data.vectors));
      cells.get(`${size.R}x${size.V}`).focus();
    });

    function choose(R, V) {
      Object.assign(size, { R, V });
      rows.value = R;
      vectors.value = V;
      update();
    }

    function drawTable() {
      const { registers: have, rates, peak } = machine(), recorded = rates && view === "measured";
      shown.element.hidden = !rates;
      const fits = (R, V) => needs(R, V) <= have, room = (R, V) => 3 * R * V <= 2 * have;
      for (let R = 1; R <= data.rows; R++) {
        for (let V = 1; V <= data.vectors; V++) {
          const cell = cells.get(`${R}x${V}`), found = measured(R, V);
          const part = recorded ? (found ? found[0] / peak : 0) : share(R, V);
          cell.textContent = recorded ? (found ? show(found[0], 0) : "·") : show((peak || 100) * part, 0);
          cell.style.setProperty("--part", `${(100 * part).toFixed(1)}%`);
          const here = R === size.R && V === size.V;
          cell.tabIndex = here ? 0 : -1;
          cell.setAttribute("aria-selected", here);
          cell.setAttribute("aria-label", `${R} × ${V}: ${cell.textContent === "·" ? "not measured" : cell.textContent}`);
          const edges = [];
          for (const [test, line] of [[fits, "all"], [room, "room"]]) {
            if (test(R, V) && !test(R, V + 1)) edges.push(`right-${line}`);
            if (test(R, V) && !test(R + 1, V)) edges.push(`below-${line}`);
          }
          cell.className = edges.join(" ");
        }
      }
      title.textContent = recorded ? "Measured, GFLOP/s: the best of four positions of the stack" : `Expected, ${peak ? "GFLOP/s" : "percent of the peak"}, if nothing is spilled`;
    }
    const title = make("p", { class: "note", id: "register-tile-title" });

    function words() {
      const { R, V } = size, have = machine().registers, all = needs(R, V), found = measured(R, V);
      const some = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
      const counts = `${R} × ${V}: ${some(R * V, "multiply–add")} for ${R + V} loads in a step, ${show((R * V) / (R + V), 1)} a load.`;
      const kept = all <= have
        ? `${some(R * V, "sum")}, ${some(V, "vector")} and a number take ${all} of ${have} registers.`
        : `${all} registers are needed, and there are ${have}: ${some(all - have, "sum")} must go to memory and back.`;
      const cost = all > have ? "Without that, the step would wait for" : "It waits for";
      const expected = `${cost} the ${waits(R, V, machine())}: expected are ${show(100 * share(R, V), 0)} % of the peak`;
      const rate = found ? `, measured ${show((100 * found[0]) / machine().peak, 0)} %` : "";
      const worst = found && found[1] < 0.9 * found[0] ? `, or ${show((100 * found[1]) / machine().peak, 0)} % where the stack lies badly` : "";
      explorer.say(`${counts} ${kept} ${expected}${rate}${worst}.`);
    }

    function update() {
      drawStep();
      drawFile();
      drawBars();
      drawTable();
      words();
    }

    left.append(bars);
    const hint = make("p", { class: "note" }, "Thick line: what fits the registers. Dashed: the sums take two thirds of them. Arrow keys choose a size.");
    explorer.stage.append(
      make("div", { class: "controls" }, rows.element, vectors.element, registers.element),
      make("div", { class: "columns" }, left, make("div", {}, shown.element, title, table, hint)),
    );
    update();
  });

  NNDL.register_tile = { cycles, needs, waits };
})();
