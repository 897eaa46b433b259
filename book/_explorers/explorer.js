"use strict";
/* What the explorers share: an element that takes the place of its figure, controls that mouse,
   touch and keys work alike, and drawings in the book's colors. An explorer is a file beside this
   one: it calls NNDL.explorer(name, build), and build(explorer, data) fills explorer.stage. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const QUIET = 400; // ms without a change before the words change: dragging does not chatter

  /** An element with attributes, functions as listeners, and children. */
  function make(tag, attributes = {}, ...children) {
    return dress(document.createElement(tag), attributes, children);
  }

  /** The same, of a drawing, as the last child of a parent. */
  function draw(parent, tag, attributes = {}, ...children) {
    const element = dress(document.createElementNS(SVG, tag), attributes, children);
    parent.append(element);
    return element;
  }

  function dress(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /** A number as the book writes it: a minus sign, few digits, powers of ten where they are far. */
  function show(value, digits = 2) {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    let text = value.toFixed(digits);
    if (size >= 1e5 || (size && size < 0.5 * 10 ** -digits)) text = value.toExponential(1);
    if (Number.isInteger(value) && size < 1e5) text = String(value);
    return text.replace(/^-(?=[0.]*$)/, "").replace("e+", "e").replaceAll("-", "−");
  }

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let count = 0;
  const unique = (name) => `explorer-${name}-${++count}`;

  /** A labeled slider; `text(value)` is what it shows and says. Returns {value, element}. */
  function slider({ label, min, max, step, value, text = (v) => show(v), change }) {
    const id = unique("slider");
    const shown = make("output", { for: id });
    const input = make("input", { type: "range", id, min, max, step });
    input.value = value;
    const update = () => {
      shown.textContent = text(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", () => { update(); change(Number(input.value)); });
    update();
    return {
      element: make("div", { class: "control" }, make("label", { for: id }, label), input, shown),
      get value() { return Number(input.value); },
      set value(v) { input.value = v; update(); },
    };
  }

  /** A group of radio buttons, {value: label}. */
  function choice({ label, options, value, change }) {
    const name = unique("choice");
    const buttons = Object.entries(options).map(([key, text]) => {
      const input = make("input", { type: "radio", name, value: key, change: () => change(key) });
      input.checked = key === String(value);
      return [input, make("label", {}, input, " ", text)];
    });
    return {
      element: make("fieldset", { class: "control" }, make("legend", {}, label), ...buttons.map((b) => b[1])),
      get value() { return buttons.find(([input]) => input.checked)[0].value; },
      set value(v) { for (const [input] of buttons) input.checked = input.value === String(v); },
    };
  }

  /** A box to check. */
  function check({ label, value = false, change }) {
    const input = make("input", { type: "checkbox", change: () => change(input.checked) });
    input.checked = value;
    return {
      element: make("label", { class: "control" }, input, " ", label),
      get value() { return input.checked; },
      set value(v) { input.checked = v; },
    };
  }

  const button = (label, press) => make("button", { type: "button", click: press }, label);

  /** Something in a drawing that one drags, or moves by arrow keys (ten times as far with Shift).

      `move(dx, dy, by)` gets steps of keys with by = "key"; `drag(x, y)` a place in the drawing's
      own units. `text()` is its value in words. One finger drags it and does not scroll the page. */
  function handle(element, { label, text, drag, move }) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    dress(element, { tabindex: 0, role: "slider", "aria-label": label, class: "handle" }, []);
    const update = () => element.setAttribute("aria-valuetext", text());
    element.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1;
      move(step[0] * far, step[1] * far);
      update();
    });
    const place = (event) => {
      const svg = element.ownerSVGElement;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      drag(at.x, at.y);
      update();
    };
    element.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      element.focus();
      element.setPointerCapture(event.pointerId);
    });
    // Chromium does not honor touch-action of every shape in a drawing.
    element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) place(event);
    });
    update();
    return { update };
  }

  /** A drawing with axes. `x` and `y` are [from, to]; a log axis has {log: true} in its options. */
  class Plot {
    constructor(parent, { width = 340, height = 240, x, y, xlog, ylog, xlabel, ylabel, label, left = 60, bottom = 40 }) {
      Object.assign(this, { x, y, xlog, ylog, width, height, left, bottom, right: 10, top: 10 });
      this.svg = draw(parent, "svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label });
      this.axes = draw(this.svg, "g", { class: "axes", "aria-hidden": "true" });
      this.axis(x, xlog, (v) => [this.px(v), height - bottom + 16, "middle"]);
      this.axis(y, ylog, (v) => [left - 6, this.py(v) + 4, "end"]);
      const inner = { x: left, y: this.top, width: width - left - this.right, height: height - this.top - bottom };
      draw(this.axes, "rect", { class: "frame", ...inner });
      if (xlabel) draw(this.axes, "text", { x: left + inner.width / 2, y: height - 6, "text-anchor": "middle" }, xlabel);
      if (ylabel) draw(this.axes, "text", { transform: `translate(12 ${this.top + inner.height / 2}) rotate(-90)`, "text-anchor": "middle" }, ylabel);
      const clip = unique("clip");
      draw(draw(this.svg, "clipPath", { id: clip }), "rect", inner);
      this.area = draw(this.svg, "g", { "clip-path": `url(#${clip})` }); // what stays in the axes
      this.front = draw(this.svg, "g"); // handles, which may reach out
    }
    static scale([from, to], log, a, b) {
      const f = log ? Math.log : (v) => v;
      return (v) => a + ((b - a) * (f(v) - f(from))) / (f(to) - f(from));
    }
    static inverse([from, to], log, a, b) {
      return (p) => {
        const t = (p - a) / (b - a);
        return log ? from * (to / from) ** t : from + t * (to - from);
      };
    }
    get ends() { return [[this.left, this.width - this.right], [this.height - this.bottom, this.top]]; }
    px(v) { return Plot.scale(this.x, this.xlog, ...this.ends[0])(v); }
    py(v) { return Plot.scale(this.y, this.ylog, ...this.ends[1])(v); }
    ux(p) { return Plot.inverse(this.x, this.xlog, ...this.ends[0])(p); }
    uy(p) { return Plot.inverse(this.y, this.ylog, ...this.ends[1])(p); }
    axis(range, log, place) {
      const [low, high] = [...range].sort((a, b) => a - b);
      const ticks = [];
      if (log) {
        const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
        const by = Math.ceil((last - first + 1) / 6);
        for (let p = first; p <= last; p += by) ticks.push([10 ** p, p === 0 ? "1" : p === 1 ? "10" : `1e${p}`.replace("-", "−")]);
      } else {
        const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
        const by = [1, 2, 5, 10].find((m) => m * power >= raw) * power;
        for (let k = Math.ceil(low / by - 1e-9); k * by <= high + 1e-9 * by; k++) {
          const digits = Math.max(0, -Math.floor(Math.log10(by) + 1e-9));
          ticks.push([k * by, (k * by).toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−")]);
        }
      }
      for (const [value, text] of ticks) {
        const [x, y, anchor] = place(value);
        draw(this.axes, "text", { x, y, "text-anchor": anchor }, text);
      }
    }
    /** The `d` of a path through points [x, y]; what is no number interrupts it. */
    path(points) {
      let pen = "M";
      return points.map(([x, y]) => {
        if (!Number.isFinite(this.px(x)) || !Number.isFinite(this.py(y))) { pen = "M"; return ""; }
        const piece = `${pen}${this.px(x).toFixed(1)} ${this.py(y).toFixed(1)}`;
        pen = "L";
        return piece;
      }).join("");
    }
  }

  /** Define <nndl-NAME>. A failure in `build` leaves the page its figure. */
  function explorer(name, build) {
    customElements.define(`nndl-${name.replaceAll("_", "-")}`, class extends HTMLElement {
      connectedCallback() {
        if (this.stage) return;
        this.stage = make("div", { class: "explorer-stage" });
        this.words = make("p", { class: "explorer-words", "aria-live": "polite" });
        build(this, JSON.parse(this.querySelector("script[type='application/json']").textContent));
        this.prepend(this.stage, this.words);
        this.classList.add("live");
      }
      /** Say in words what is shown, once it has come to rest. */
      say(text) {
        clearTimeout(this.waiting);
        const set = () => { if (this.words.textContent !== text) this.words.textContent = text; };
        if (!this.words.textContent) set();
        else this.waiting = setTimeout(set, QUIET);
      }
    });
  }

  window.NNDL = { make, draw, show, slider, choice, check, button, handle, Plot, explorer, still };
})();
