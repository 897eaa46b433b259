// Cells that run in the page: buttons below each, one Python for all of them, nothing loaded before
// the first click. The room for the buttons is in the page (live_bars.py). What is shown of a run is in
// live_results.js, the editor in live_edits.js.
"use strict";
const nndlLive = (() => {
  const data = JSON.parse(document.querySelector("script.live-cells").textContent);
  const { element, button, load, startWorker } = nndlPage;
  const cells = [];
  const SLOW = 1000; // milliseconds after which it is said aloud that a cell runs
  const waiting = []; // cells that are to run when Python is free
  let worker = null; // from the first click to Stop
  let job = null; // what runs: the cell that was asked for, and the number of those above
  let executed = []; // what Python has run since it started or began anew: { number, code, ok }
  let notes, announcer;

  const announce = (text) => { announcer.textContent = text; };
  const runs = (cell) => !cell.why || cell.instead !== undefined;

  const above = (cell) => cells.filter((other) => other.number < cell.number && runs(other));

  // What a cell shows is up to date when neither it nor one above it has changed since it ran.
  const isFresh = (cell) => [...above(cell), cell].every((other) => cell.ranWith.get(other.number) === other.code);

  function say(cell, text) {
    if (cell.state) cell.state.textContent = text;
  }

  function showAges() {
    for (const cell of cells) {
      if (!cell.state || cell === job?.cell) continue;
      const old = cell.ranWith !== null && !isFresh(cell);
      cell.live.classList.toggle("old", old);
      const changed = old && cell.ranWith.get(cell.number) !== cell.code;
      if (cell.ranWith) say(cell, !old ? cell.told : changed ? "changed since it ran" : "out of date: a cell above changed");
    }
  }

  function ask(cell) {
    if (nndlPage.isFile) {
      say(cell, nndlPage.NEEDS);
      return;
    }
    if (!waiting.includes(cell)) waiting.push(cell);
    say(cell, "waits for the cell that runs");
    next();
  }

  // A cell shows what it shows where all cells above have run before it, once, in order: so one that
  // follows what has run goes on from there, the last one runs again, and any other begins anew.
  function plan(cell) {
    const needed = above(cell);
    const isDone = (other, k) => executed[k]?.number === other.number && executed[k].ok && executed[k].code === other.code;
    const rest = needed.findIndex((other, k) => !isDone(other, k));
    const done = rest < 0 ? needed.length : rest;
    const goesOn = done === executed.length
      || (rest < 0 && executed.slice(done).every((entry) => entry.number === cell.number));
    return { anew: !goesOn, needed: goesOn ? needed.slice(done) : needed };
  }

  async function next() {
    if (job || !waiting.length) return;
    const cell = waiting.shift();
    const { anew, needed } = plan(cell);
    if (anew) executed = [];
    job = { cell, above: needed.length, done: 0 };
    markRunning(cell, true);
    say(cell, worker ? "running" : "starting Python");
    try {
      await load("live_results.js");
    } catch (error) {
      hear.failed({ text: error.message });
      return;
    }
    worker ??= startWorker(data, hear);
    const sent = [...needed, cell].map((c) => ({ number: c.number, code: c.code, shown: c === cell }));
    job.sent = new Map([...above(cell), cell].map(({ number, code }) => [number, code]));
    worker.postMessage({ kind: "run", cells: sent, anew });
  }

  function markRunning(cell, on) {
    cell.run.textContent = on ? "Stop" : "Run";
    cell.run.setAttribute("aria-label", `${on ? "Stop" : "Run"} cell ${cell.number}`);
    cell.live.classList.toggle("running", on);
  }

  function end(text, spoken) {
    const { cell, slow } = job;
    clearTimeout(slow);
    job = null;
    markRunning(cell, false);
    nndlLive.results?.reach(cell);
    cell.told = text;
    showAges();
    say(cell, text);
    announce(spoken ?? `Cell ${cell.number}: ${text}`);
    next();
  }

  function dismiss() {
    worker?.terminate();
    worker = null;
    executed = [];
    for (const cell of waiting.splice(0)) say(cell, cell.told ?? "");
  }

  function stop() {
    dismiss();
    end("stopped; Python starts anew with the next run");
  }

  const hear = {
    loading: (message) => {
      nndlPage.showLoading(job.cell.state, message);
      if (message.aloud) announce(message.text);
    },
    ready: () => say(job.cell, "running"),
    begin: ({ number }) => {
      const cell = cells.find((c) => c.number === number);
      job.current = cell;
      nndlLive.results.begin(cell, cell === job.cell);
      if (cell === job.cell) { // what it showed is gone
        cell.ranWith = null;
        cell.live.classList.remove("old");
      }
      const note = cell === job.cell ? "running" : `running ${job.done + 1} of ${job.above} cells above`;
      say(job.cell, note);
      clearTimeout(job.slow);
      job.slow = setTimeout(announce, SLOW, `Cell ${job.cell.number}: ${note}`);
    },
    text: (message) => nndlLive.results.text(job.current, message),
    figure: (message) => nndlLive.results.figure(job.current, message),
    error: (message) => {
      job.error = message;
      nndlLive.results.error(job.current.live ? job.current : job.cell, message);
    },
    end: ({ number, ok, seconds }) => {
      const cell = cells.find((c) => c.number === number);
      job.done += 1;
      job.seconds = seconds;
      const code = job.sent.get(number);
      // Runs of an edited cell, one after the other, count as the last of them.
      if (code !== cell.original && executed.at(-1)?.number === number) executed.pop();
      executed.push({ number, code, ok });
      if (cell === job.cell) cell.ranWith = job.sent;
    },
    idle: () => {
      const { cell, current, error, seconds } = job;
      if (!error) end(`ran in ${seconds.toFixed(seconds < 10 ? 1 : 0)} s`, nndlLive.results.summary(cell));
      else if (current === cell) end(error.line ? `failed in line ${error.line}` : "failed");
      else end(`not run: cell ${current.number} above failed`);
    },
    failed: ({ text }) => {
      if (!job) return;
      dismiss();
      end(`Python did not start: ${text}`);
    },
  };

  // The code as the page shows it; its docstrings may be folded.
  const codeOf = (box) => (box.querySelector(".folded-code") ?? box.querySelector("pre")).textContent.replace(/\n$/, "");

  function dress(cell) {
    cell.live = cell.box.nextElementSibling;
    if (cell.why) return;
    cell.state = element("span", { class: "live-state" });
    cell.run = button("Run", `cell ${cell.number}`, () => (job?.cell === cell ? stop() : ask(cell)));
    cell.edit = button("Edit", `cell ${cell.number}`, () => edit(cell, true));
    cell.run.classList.add("live-run");
    const bar = element("div", { class: "live-bar", role: "group", "aria-label": `Cell ${cell.number}` });
    bar.append(cell.run, cell.edit, element("span", { class: "live-number" }, `Cell ${cell.number}`), cell.state);
    cell.live.append(bar);
    for (const part of [cell.box, cell.live]) part.addEventListener("keydown", (event) => onKey(event, cell));
  }

  function onKey(event, cell) {
    if (event.key !== "Enter" || !event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    if (job?.cell !== cell) ask(cell);
  }

  async function edit(cell, focused) {
    try {
      await load("editor.js");
      await load("live_edits.js");
      nndlLive.edits.open(cell, focused);
    } catch (error) {
      say(cell, error.message);
    }
  }

  function readNotes() {
    notes = document.querySelector(".live-notes");
    const [said, all] = notes.children;
    if (nndlPage.isFile) said.textContent = "The code of this page can run in the page where a web server shows it: make serve.";
    all.addEventListener("click", () => cells.filter((c) => c.run).forEach(ask));
    all.disabled = false;
    announcer = element("div", { class: "visually-hidden", role: "status" });
    notes.after(announcer);
  }

  function begin() {
    for (const known of data.cells) {
      const box = document.querySelector(`.cell_input[data-cell="${known.number}"]`);
      const original = known.code ?? (box ? codeOf(box) : undefined);
      if (original === undefined) continue;
      const cell = { ...known, box, original, code: known.instead ?? original, ranWith: null };
      cells.push(cell);
      if (box) dress(cell);
    }
    readNotes();
    let stored = null;
    try { stored = localStorage.getItem(data.key); } catch { /* storage may be off */ }
    if (!stored) return;
    Promise.all([load("editor.js"), load("live_edits.js")]).then(() => nndlLive.edits.restore(stored));
  }

  begin();

  return { cells, key: data.key, ask, edit, announce, showAges, notes: () => notes };
})();
