// What a run shows, under its cell: text with the marks of checks, errors, figures.
"use strict";
nndlLive.results = (() => {
  const { element } = nndlPage;
  const ERROR = /^\S.*? error: (\S+) {2}\(bound (\S+)\)/;
  const SHARE = /^\S.*?: (\d+\.\d) % {2}\(at least (\d+) %\)$/;

  // What the machine decides: times, speed-ups and rates.
  const MACHINE = /\b\d+(?:\.\d+)?(?: (?:s|ms|us|ns|cycles|GFLOP\/s|GB\/s|GHz)\b|x faster\b)/g;

  // Whether a line states a check that holds, or one that fails; "" for other lines.
  function stateOf(line) {
    const error = ERROR.exec(line);
    if (error) return Number(error[1]) >= 0 && Number(error[1]) <= Number(error[2]) ? "holds" : "fails";
    const share = SHARE.exec(line);
    if (share) return Number(share[1]) >= Number(share[2]) ? "holds" : "fails";
    return "";
  }

  function begin(cell, shown) {
    // What one that runs for another shows stays as it is, unless it had failed.
    if (!cell.live || (!shown && !cell.live.querySelector(".live-error"))) return;
    for (const image of cell.live.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    cell.result?.remove();
    cell.result = null;
    cell.counts = { holds: 0, fails: 0, figures: 0, lines: 0 };
    if (!shown) return;
    const usesFast = /\bnndl(?:\.| import )fast\b/.test(cell.code);
    if (usesFast && !nndlLive.saidFast) {
      nndlLive.saidFast = true;
      place(cell).append(element("p", { class: "live-note" }, "nndl.fast is NumPy here: there is no numba in a browser, so times are those of NumPy."));
    }
  }

  // The box of a cell's results; it comes with the first of them.
  function place(cell) {
    if (cell.result) return cell.result;
    cell.result = element("div", { class: "live-result cell_output", role: "group", "aria-label": `Your run of cell ${cell.number}` });
    cell.result.append(element("p", { class: "live-title" }, "Your run"));
    cell.live.append(cell.result);
    return cell.result;
  }

  function block(cell, kind) {
    const last = place(cell).lastElementChild;
    if (last.dataset.kind === kind) return last.querySelector("pre");
    const pre = element("pre");
    const made = element("div", { class: `output stream ${kind}` }, element("div", { class: "highlight" }, pre));
    made.dataset.kind = kind;
    place(cell).append(made);
    return pre;
  }

  function text(cell, { name, text: whole }) {
    if (!cell.live) return;
    for (const line of whole.match(/[^\n]*\n|[^\n]+$/g)) {
      const state = name === "stderr" ? "stderr" : stateOf(line.trimEnd());
      if (state in cell.counts) cell.counts[state] += 1;
      cell.counts.lines += 1;
      // As in stored outputs, a long line breaks, and one in columns stays whole.
      const inColumns = !state && /\S {2,}\S/.test(line);
      block(cell, state).append(inColumns ? line : element("span", { class: "line" }, line));
    }
  }

  function figure(cell, { light, dark, white, png }) {
    if (!cell.live) return;
    cell.counts.figures += 1;
    const alt = `Figure drawn by cell ${cell.number}`;
    const drawing = (svg, kind) => {
      const src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      return element("img", { class: `drawing ${kind}`, src, alt });
    };
    const images = light ? [drawing(light, "for-light"), drawing(dark, "for-dark")]
      : [white ? drawing(white, "live-white") : element("img", { class: "drawing pixels", src: `data:image/png;base64,${png}`, alt })];
    place(cell).append(element("div", { class: "live-figure" }, ...images));
  }

  function error(cell, { text: whole }) {
    const pre = element("pre", { class: "live-error" }, whole);
    place(cell).append(element("div", { class: "output live-errors" }, pre));
    cell.live.closest("details")?.setAttribute("open", "");
  }

  // Lines as they are compared: of checks that hold, and of times, the numbers may be others.
  const compared = (text) => text.trimEnd().split("\n").map((line) => (
    stateOf(line.trimEnd()) === "holds" ? `${line.replace(/:.*/, "")} holds` : line.trimEnd().replace(MACHINE, "…")));

  // How the text of a run stands to the one that the book keeps; "" where there is none, or where
  // the page shows it in another form.
  function beside(cell) {
    const kept = cell.box.closest("div.cell")?.querySelector(":scope > .cell_output:not(.live-result)");
    const text = (box) => [...box?.querySelectorAll(".stream pre") ?? []].map((pre) => pre.textContent).join("");
    const [own, book] = [cell.result, kept].map(text);
    if (!own || !book || kept.querySelector(".box, .cases")) return "";
    const [lines, known] = [own, book].map(compared);
    if (lines.join("\n") === known.join("\n")) return "as in the book";
    const others = lines.filter((line) => !known.includes(line)).length;
    return others ? `${others} of ${lines.length} lines not as in the book` : "not as in the book";
  }

  // Long text scrolls in its box, which the keyboard has to reach.
  function reach(cell) {
    for (const box of cell.result?.querySelectorAll("pre") ?? []) {
      if (box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth) continue;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "Output, scrolls"]]) box.setAttribute(name, value);
    }
  }

  // What is announced: not the text itself, which a reader may be long in hearing.
  function summary(cell) {
    const how = beside(cell);
    if (how) cell.result.firstElementChild.append(`: ${how}`);
    const { holds, fails, figures, lines } = cell.counts;
    const parts = [];
    const some = (n, word) => parts.push(`${n} ${word}${n === 1 ? "" : "s"}`);
    if (fails) parts.push(`${fails} ${fails === 1 ? "check fails" : "checks fail"}`);
    if (holds) parts.push(`${holds} ${holds === 1 ? "check holds" : "checks hold"}`);
    if (lines - holds - fails) some(lines - holds - fails, "line");
    if (figures) some(figures, "figure");
    if (how) parts.push(how);
    return `Cell ${cell.number} ran: ${parts.join(", ") || "nothing to show"}.`;
  }

  return { begin, text, figure, error, summary, reach };
})();
