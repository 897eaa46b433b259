"use strict";
/* NNDL.Grid: a table of numbers, one of whose cells can be picked and whose numbers can be typed
   over. One stop of Tab; arrow keys, Home and End move inside, Enter or a digit edits, Escape leaves
   a number as it was. An explorer that uses it says so in its NAME.py: NEEDS = ["grid"]. */
(() => {
  const { make } = NNDL;
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const SIDES = { top: [-1, 0], right: [0, 1], bottom: [1, 0], left: [0, -1] };
  const LARGEST = 99; // what a reader may type, so that sums stay readable in a cell

  /** A number in the four characters that a cell has room for. */
  function brief(value) {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size >= 999.5) return value.toExponential(0).replace("e+", "e").replace("-", "−");
    const whole = Math.max(1, Math.floor(Math.log10(size)) + 1);
    const digits = Math.max(0, Math.min(2, (value < 0 ? 2 : 3) - whole));
    return String(Number(value.toFixed(digits)) || 0).replace("-", "−");
  }

  /** What was typed, to two digits after the point; null if it is no number for a cell. */
  function parse(text, nan = false) {
    const plain = text.trim().replace("−", "-").replace(",", ".");
    if (nan && plain.toLowerCase() === "nan") return NaN;
    const value = plain === "" ? NaN : Number(plain);
    return Math.abs(value) <= LARGEST ? Math.round(100 * value) / 100 || 0 : null;
  }

  class Grid {
    /** `nan` lets a reader type NaN. Everything else is told by `show`. */
    constructor({ nan = false } = {}) {
      Object.assign(this, { nan, at: [0, 0], cells: [], told: {} });
      this.title = make("div", { class: "grid-title", "aria-hidden": "true" });
      this.table = make("div", {
        role: "grid",
        keydown: (event) => this.press(event),
        focusin: (event) => this.enter(event.target),
        pointerdown: (event) => this.touch(event),
        pointermove: (event) => this.pass(event),
        click: (event) => this.click(event.target),
      });
      this.element = make("div", { class: "grid-box" }, this.title, this.table);
    }

    /** Show `values[i][j]`; null or undefined is an empty cell, and no values hide the grid.

        look, gradient: the colors of "x", "w", "out" or "other", and stripes.
        title, label: what is written above it, and its name in words.
        picked, pick(i, j): the cell that is picked, and what happens when another one is.
        edit(i, j, value), fixed(i, j): what happens to a number that was typed, and where none may be.
        faint(i, j): cells that are no part of the array; marks(i, j): those that belong together.
        ring(i, j): class names of a ring around a number. */
    show(told) {
      this.element.hidden = !told.values;
      if (!told.values) return;
      const no = () => false;
      const given = Object.entries(told).filter(([, value]) => value !== undefined);
      this.told = { gradient: false, faint: no, marks: no, fixed: no, ring: no, ...Object.fromEntries(given) };
      const { values, title, label, look, gradient, faint, picked, pick } = this.told;
      this.title.textContent = title;
      this.table.setAttribute("aria-label", label);
      this.table.className = `numbers look-${look}${gradient ? " gradient" : ""}${pick ? " picks" : ""}${faint(0, 0) ? " framed" : ""}`;
      this.resize(values.length, values[0].length);
      if (picked) this.at = [...picked];
      this.at = [Math.min(this.at[0], values.length - 1), Math.min(this.at[1], values[0].length - 1)];
      this.cells.forEach((row, i) => row.forEach((cell, j) => this.draw(cell, i, j)));
      if (this.focused && !this.editor) this.cell.focus();
    }

    get cell() { return this.cells[this.at[0]][this.at[1]]; }
    get focused() { return this.table.contains(document.activeElement); }

    resize(rows, columns) {
      if (this.cells.length === rows && this.cells[0].length === columns) return;
      const focused = this.focused;
      this.cells = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) =>
        make("div", { role: "gridcell", class: "cell", "data-at": `${i} ${j}` })));
      this.table.replaceChildren(...this.cells.map((row) => make("div", { role: "row" }, ...row)));
      this.table.style.setProperty("--columns", columns);
      if (focused) this.cells[0][0].focus();
    }

    draw(cell, i, j) {
      const { values, picked, pick, faint, marks, ring } = this.told;
      const value = values[i][j];
      const names = ["cell"];
      const beside = (of) => Object.keys(SIDES).filter((side) => {
        const [k, l] = [i + SIDES[side][0], j + SIDES[side][1]];
        return of(k, l, k >= 0 && l >= 0 && k < values.length && l < values[0].length);
      });
      // Lines around what is marked, and between the array and what is no part of it.
      if (faint(i, j)) names.push("faint");
      else names.push(...beside((k, l, inside) => inside && faint(k, l)).map((side) => `edge-${side}`));
      if (marks(i, j)) names.push("marked", ...beside((k, l, inside) => !inside || !marks(k, l)));
      const chosen = Boolean(picked) && picked[0] === i && picked[1] === j;
      if (chosen) names.push("picked");
      cell.className = names.join(" ");
      cell.tabIndex = i === this.at[0] && j === this.at[1] ? 0 : -1;
      if (pick) cell.setAttribute("aria-selected", chosen);
      else cell.removeAttribute("aria-selected");
      if (this.writable(i, j)) cell.removeAttribute("aria-readonly");
      else cell.setAttribute("aria-readonly", "true");
      if (this.editor?.parentNode === cell) return;
      const text = value === null || value === undefined ? "" : typeof value === "string" ? value : brief(value);
      const written = text.length > 2 ? make("span", { class: text.length > 3 ? "long" : "three" }, text) : text;
      const around = ring(i, j);
      cell.replaceChildren(around ? make("span", { class: `ring ${around}` }, written) : written);
    }

    writable(i, j) { return Boolean(this.told.edit) && !this.told.fixed(i, j); }

    place(target) {
      const cell = target.closest?.("[role='gridcell']");
      return cell && this.table.contains(cell) ? cell.dataset.at.split(" ").map(Number) : null;
    }

    enter(target) {
      const at = this.place(target);
      if (at) this.go(at);
    }

    go([i, j], focus = false) {
      this.cell.tabIndex = -1;
      this.at = [i, j];
      this.cell.tabIndex = 0;
      if (focus) this.cell.focus();
      const { pick, picked } = this.told; // after the focus, which may have picked it
      if (pick && !(picked && picked[0] === i && picked[1] === j)) pick(i, j);
    }

    press(event) {
      if (this.editor || event.ctrlKey || event.altKey || event.metaKey) return;
      const [i, j] = this.at;
      const { key } = event;
      const last = [this.cells.length - 1, this.cells[0].length - 1];
      if (STEPS[key]) {
        const next = [i + STEPS[key][0], j + STEPS[key][1]];
        this.go(next.map((k, axis) => Math.max(0, Math.min(last[axis], k))), true);
      } else if (key === "Home" || key === "End") this.go([i, key === "Home" ? 0 : last[1]], true);
      else if (key === "Enter" || key === "F2") this.open();
      else if (/^[-−\d.,]$/.test(key) || (this.nan && /^n$/i.test(key))) this.open(key);
      else return;
      event.preventDefault();
    }

    /** A finger that is drawn over the cells picks them; a second click on a cell edits it. */
    touch(event) {
      if (!this.focused) this.last = null;
      if (event.pointerType !== "mouse" && this.told.pick && event.target.releasePointerCapture) {
        event.target.releasePointerCapture(event.pointerId);
      }
    }

    pass(event) {
      const at = this.told.pick && !this.editor && this.place(document.elementFromPoint(event.clientX, event.clientY) ?? event.target);
      if (at && String(at) !== String(this.told.picked)) this.go(at, this.focused);
    }

    click(target) {
      const at = this.editor ? null : String(this.place(target));
      if (at && at === this.last) this.open();
      this.last = at;
    }

    open(typed) {
      const [i, j] = this.at;
      if (this.editor || !this.writable(i, j)) return;
      const was = this.told.values[i][j];
      const editor = make("input", {
        type: "text", maxlength: 6, size: 2, autocomplete: "off", autocapitalize: "off", enterkeyhint: "done",
        class: "grid-editor", "aria-label": `${this.told.label}, row ${i}, column ${j}`,
        blur: () => this.close(true),
        keydown: (event) => {
          event.stopPropagation();
          if (event.key === "Escape") this.close(false, true);
          else if (event.key === "Enter") this.close(true, true);
          else return;
          event.preventDefault();
        },
      });
      editor.value = typed ?? String(was).replace("-", "−");
      this.editor = editor;
      this.cell.replaceChildren(editor);
      editor.focus();
      if (typed === undefined) editor.select();
    }

    /** End editing: keep what was typed, if it is a number. Enter on what is none stays. */
    close(keep, focus = false) {
      const { editor } = this;
      if (!editor) return;
      const value = keep ? parse(editor.value, this.nan) : null;
      if (keep && focus && value === null) {
        editor.setAttribute("aria-invalid", "true");
        return;
      }
      const [i, j] = editor.parentNode.dataset.at.split(" ").map(Number);
      this.editor = null; // before it loses the focus, which closes it, too
      if (focus) this.cells[i][j].focus();
      this.draw(this.cells[i][j], i, j);
      if (value !== null) this.told.edit(i, j, value);
    }
  }

  Object.assign(NNDL, { Grid, brief });
  Grid.parse = parse;
})();
