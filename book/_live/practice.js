// A page of functions to write: an editor, Check, Hint and Reset at each, one Python for all of
// them, nothing loaded before the first click. What is kept is in practice_store.js.
"use strict";
nndlPractice.page = (() => {
  const data = JSON.parse(document.querySelector("script.practice-data").textContent);
  const { element, button, load, startWorker } = nndlPage;
  const { read, write, stateOf, watch } = nndlPractice.store;
  const STATES = {
    wrong: "not right yet", convention: "another convention", unfinished: "not written yet", broken: "does not run",
  };
  const exercises = [];
  const waiting = []; // exercises to check when Python is free
  let worker = null; // from the first check to Stop
  let job = null; // the exercise that is checked, with the code that was sent
  let announcer;

  const announce = (text) => { announcer.textContent = text; };
  const codeOf = (ex) => ex.code ?? ex.stub;

  function say(ex, text) {
    ex.state.textContent = text;
    ex.state.classList.toggle("is-right", text.startsWith("right"));
  }

  // What an exercise shows of itself while it is not checked.
  function show(ex) {
    const entry = ex.code === null ? null : { code: ex.code, right: ex.right };
    const state = stateOf(entry);
    const old = ex.checked !== null && ex.checked !== codeOf(ex);
    ex.live.dataset.state = state;
    ex.live.classList.toggle("old", old);
    ex.reset.hidden = ex.code === null;
    ex.undo.hidden = !ex.before;
    const changed = state === "right" ? "right; changed since" : "changed since the check";
    say(ex, old ? changed : ex.told ?? state);
  }

  function keep(ex) {
    write(ex.name, ex.code === null ? null : { code: ex.code, right: ex.right });
  }

  // The reader's code: none where it is the stub.
  function take(ex, code) {
    ex.code = code === ex.stub ? null : code;
    if (ex.code === null) ex.right = false;
    keep(ex);
    show(ex);
  }

  function check(ex) {
    if (nndlPage.isFile) {
      say(ex, nndlPage.NEEDS);
      return;
    }
    if (job?.ex === ex || waiting.includes(ex)) return;
    waiting.push(ex);
    say(ex, "waits for the check that runs");
    next();
  }

  function next() {
    if (job || !waiting.length) return;
    const ex = waiting.shift();
    job = { ex, code: codeOf(ex) };
    mark(ex, true);
    say(ex, worker ? "checking" : "starting Python");
    worker ??= startWorker(data, hear);
    const forward = exercises.find((other) => other.name === ex.forward)?.code ?? null;
    worker.postMessage({ kind: "check", name: ex.name, code: job.code, forward });
  }

  function mark(ex, on) {
    ex.check.textContent = on ? "Stop" : "Check";
    ex.check.setAttribute("aria-label", `${on ? "Stop" : "Check"} ${ex.title}`);
    ex.live.classList.toggle("running", on);
  }

  function end(told, spoken) {
    const { ex, code } = job;
    job = null;
    mark(ex, false);
    ex.told = told;
    show(ex);
    if (codeOf(ex) === code) say(ex, told); // also where what is shown is of an earlier check
    announce(spoken ?? `${ex.title}: ${told}`);
    next();
  }

  function dismiss() {
    worker?.terminate();
    worker = null;
    for (const ex of waiting.splice(0)) show(ex);
  }

  function stop() {
    dismiss();
    end("stopped; Python starts anew with the next check");
  }

  const hear = {
    loading: (message) => {
      if (!job) return;
      nndlPage.showLoading(job.ex.state, message);
      if (message.aloud) announce(message.text);
    },
    ready: () => { worker.isReady = true; },
    checking: () => say(job.ex, "checking"),
    checked: (answer) => {
      const { ex, code } = job;
      ex.checked = code;
      if (code === ex.code) {
        ex.right ||= answer.ok;
        keep(ex);
      }
      showResult(ex, answer);
      const state = answer.ok ? "right" : STATES[answer.verdict];
      end(`${state}, checked in ${answer.seconds.toFixed(1)} s`, ex.result.querySelector("strong").textContent);
    },
    failed: ({ text }) => {
      if (!job) return;
      const began = worker?.isReady;
      dismiss();
      end(began ? `Python stopped: ${text}; it starts anew with the next check` : `Python did not start: ${text}`);
    },
  };

  function showResult(ex, { html, verdict, hints }) {
    ex.result?.remove();
    const label = `Result of checking ${ex.title}`;
    ex.result = element("div", { class: "practice-result", role: "group", "aria-label": label });
    ex.result.dataset.verdict = verdict;
    ex.result.innerHTML = html; // made by practising.py, which escapes what is the reader's
    for (const box of ex.result.querySelectorAll("pre.arrays")) box.tabIndex = 0; // it scrolls
    ex.live.append(ex.result);
    if (hints) ex.hints = hints;
    if (ex.hinted) showHints(ex);
  }

  // One level further.
  function help(ex) {
    if (ex.hinted === ex.hints.length) return;
    ex.hinted += 1;
    showHints(ex);
    announce(`Hint ${ex.hinted} of ${ex.hints.length}: ${ex.hints[ex.hinted - 1]}`);
  }

  function showHints(ex) {
    const items = ex.hints.slice(0, ex.hinted).map((text, k) => element("li", {},
      element("span", { class: "practice-level" }, `Hint ${k + 1} of ${ex.hints.length}`), element("p", {}, text)));
    const list = element("ol", { class: "practice-hints", "aria-label": `Hints for ${ex.title}` }, ...items);
    if (ex.hintList) ex.hintList.replaceWith(list);
    else ex.bar.after(list);
    ex.hintList = list;
    const all = ex.hinted === ex.hints.length;
    ex.hint.textContent = all ? "No more hints" : `Hint ${ex.hinted + 1} of ${ex.hints.length}`;
    ex.hint.setAttribute("aria-label", `${ex.hint.textContent} for ${ex.title}`);
    ex.hint.setAttribute("aria-disabled", all);
  }

  async function edit(ex) {
    try {
      await load("editor.js");
    } catch (error) {
      say(ex, error.message);
      return;
    }
    ex.own?.remove();
    ex.own = null;
    ex.editor ??= nndlPage.openEditor({
      box: ex.box,
      bar: ex.bar,
      text: codeOf(ex),
      label: `Code of ${ex.title}`,
      id: `practice-help-${ex.id}`,
      does: "Shift+Enter or Ctrl+Enter checks.",
      changed: (text) => {
        ex.before = null;
        take(ex, text);
      },
      run: () => check(ex),
    });
    ex.edit.hidden = true;
    ex.editor.focus();
  }

  // Puts code where the reader sees it.
  function put(ex, code, right) {
    ex.right = right;
    if (ex.editor) ex.editor.replace(code);
    take(ex, code);
    showOwn(ex);
  }

  function reset(ex) {
    nndlPractice.ask(ex.bar, "The stub instead of your code?", "Reset", () => {
      const before = { code: codeOf(ex), right: ex.right };
      put(ex, ex.stub, false);
      ex.before = before;
      show(ex);
      ex.undo.focus();
      announce(`${ex.title} is as it was at the start.`);
    }, ex.reset);
  }

  function undo(ex) {
    const { code, right } = ex.before;
    ex.before = null;
    put(ex, code, right);
    ex.check.focus();
    announce(`Your code for ${ex.title} is back.`);
  }

  // Code that is kept, as plain text in place of the stub, until it is edited.
  function showOwn(ex) {
    ex.own?.remove();
    ex.own = null;
    ex.shown.classList.toggle("live-replaced", !!ex.editor || ex.code !== null);
    if (ex.code === null || ex.editor) return;
    const pre = element("pre", { tabindex: "0", "aria-label": `Your code for ${ex.title}` }, ex.code);
    ex.own = element("div", { class: "practice-own highlight" }, pre);
    ex.box.append(ex.own);
  }

  function onKey(event, ex) {
    if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation(); // the editor would add a line
    check(ex);
  }

  function dress(ex) {
    ex.state = element("span", { class: "live-state" });
    ex.check = button("Check", ex.title, () => (job?.ex === ex ? stop() : check(ex)));
    ex.check.classList.add("live-run");
    ex.edit = button("Edit", ex.title, () => edit(ex));
    ex.hint = button(`Hint 1 of ${ex.hints.length}`, `for ${ex.title}`, () => help(ex));
    ex.reset = button("Reset", ex.title, () => reset(ex));
    ex.undo = button("Undo reset", `of ${ex.title}`, () => undo(ex));
    ex.bar = element("div", { class: "live-bar", role: "group", "aria-label": ex.title });
    ex.bar.append(ex.edit, ex.check, ex.hint, ex.reset, ex.undo, ex.state);
    ex.live = ex.box.nextElementSibling;
    ex.live.append(ex.bar);
    for (const part of [ex.box, ex.live]) part.addEventListener("keydown", (event) => onKey(event, ex), true);
  }

  // What is kept may have changed in another tab, or been imported on the overview.
  function restore(ex) {
    const entry = read(ex.name);
    ex.code = entry && entry.code !== ex.stub ? entry.code : null;
    ex.right = entry?.right ?? false;
    if (ex.editor && ex.editor.text() !== codeOf(ex)) ex.editor.replace(codeOf(ex));
    showOwn(ex);
    show(ex);
  }

  function readNotes() {
    const notes = document.querySelector(".live-notes");
    if (nndlPage.isFile) notes.textContent = "Functions can be checked in the page where a web server shows it: make serve.";
    announcer = element("div", { class: "visually-hidden", role: "status" });
    notes.after(announcer);
  }

  function begin() {
    readNotes();
    for (const known of data.exercises) {
      const box = document.getElementById(known.id).querySelector(".practice-exercise");
      const stub = box.querySelector("pre").textContent.replace(/\n$/, "");
      const ex = { ...known, box, stub, code: null, right: false, hinted: 0, checked: null, before: null };
      ex.shown = box.firstElementChild;
      exercises.push(ex);
      dress(ex);
      restore(ex);
    }
    watch(() => exercises.forEach(restore));
    document.documentElement.dataset.practice = "ready";
  }

  nndlPage.styled("practice.css", begin);

  return { exercises, check, take };
})();
