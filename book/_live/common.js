// What the scripts of pages that run Python have in common: elements, the files of this folder, the
// worker, and the editor, which takes the place of code.
"use strict";
const nndlPage = (() => {
  const here = document.currentScript.src;
  const from = (name) => new URL(name, here).href;
  const host = new URL(here).host;
  const scripts = {};
  const kept = new Map(); // files of Python that have come, by their addresses

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function button(text, label, act) {
    const made = element("button", { type: "button", "aria-label": `${text} ${label}` }, text);
    made.addEventListener("click", act);
    return made;
  }

  const missing = (name) => `${name} did not come from ${host}${navigator.onLine ? "" : ": you are offline"}`;

  // A script of this folder, once; where it did not come, it is asked for again.
  function load(name) {
    scripts[name] ??= new Promise((resolve, reject) => {
      const script = element("script", { src: from(name) });
      script.onload = resolve;
      script.onerror = () => {
        delete scripts[name];
        reject(new Error(missing(name)));
      };
      document.head.append(script);
    });
    return scripts[name];
  }

  // Unstyled buttons are worse than none: what adds them waits for its sheet.
  function styled(name, begin) {
    const sheet = element("link", { rel: "stylesheet", href: from(name) });
    sheet.onload = begin;
    document.head.append(sheet);
  }

  // Python in a worker; `hear` has a function for each kind of message. What has come is kept, so
  // that one that was stopped begins anew without a network.
  function startWorker(data, hear) {
    const own = from("worker.js");
    const worker = new Worker(kept.has(own) ? URL.createObjectURL(kept.get(own)) : own);
    const came = ({ address, file }) => kept.set(address, file);
    worker.onmessage = ({ data: message }) => ({ ...hear, came })[message.kind](message);
    worker.onerror = (event) => {
      event.preventDefault();
      hear.failed({ text: event.message ?? missing("worker.js") });
    };
    const absolute = (address) => new URL(address, location.href).href;
    const [index, wheel] = [data.index, data.wheel].map(absolute);
    const [table, library] = ["pyodide.json", "library.zip"].map(from);
    worker.postMessage({ kind: "start", index, wheel, table, library, own, bytes: data.bytes, kept });
    return worker;
  }

  const isFile = location.protocol === "file:";
  const NEEDS = "Python in the page needs a web server: make serve";

  // How far loading is, in a line of text.
  function showLoading(state, { text, part }) {
    state.textContent = text;
    state.append(element("progress", { value: part, "aria-hidden": "true" }));
  }

  // The editor, whose script is there, in place of what a box shows; close() shows that again. The
  // help goes before `bar`.
  function openEditor({ box, bar, text, label, id, does, changed, run }) {
    const said = `Tab indents; to leave with Tab, press Escape first. ${does}`;
    const help = element("p", { class: "live-help", id }, said);
    const place = element("div", { class: "live-editor highlight" });
    const code = box.querySelector("pre");
    if (code) place.style.setProperty("--line", getComputedStyle(code).lineHeight);
    const shown = [...box.children];
    shown.forEach((part) => part.classList.add("live-replaced"));
    box.append(place);
    bar.before(help);
    // What is edited takes the focus anyway; with a tabindex, tools see that.
    const attributes = { "aria-label": label, "aria-describedby": id, tabindex: "0" };
    const editor = nndlEditor.create({ parent: place, text, attributes, changed, run });
    const close = () => {
      [place, help].forEach((part) => part.remove());
      shown.forEach((part) => part.classList.remove("live-replaced"));
    };
    return { ...editor, close };
  }

  return { from, element, button, load, styled, startWorker, isFile, NEEDS, showLoading, openEditor };
})();
