"use strict";
/* Formulas for the explorer of computational graphs: a text becomes the numbers of its graph, and these
   get values and gradients. A formula is read by the parser below and never run as code. */
(() => {
  const { show } = NNDL;
  const MOST = { numbers: 14, names: 6, letters: 90, power: 9 };

  // Each gate: its value, the derivatives to its inputs, how both are written; k is the exponent.
  const both = (a, b) => [b, a], sup = (k) => String(k).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
  const GATES = {
    add: { sign: "+", value: (a, b) => a + b, local: () => [1, 1], text: (a, b) => `${a} + ${b}`, why: () => ["1", "1"] },
    sub: { sign: "−", value: (a, b) => a - b, local: () => [1, -1], text: (a, b) => `${a} − ${b}`, why: () => ["1", "−1"] },
    mul: { sign: "×", value: (a, b) => a * b, local: both, text: (a, b) => `${a} · ${b}`, why: both },
    div: { sign: "÷", value: (a, b) => a / b, local: (a, b) => [1 / b, -a / (b * b)], text: (a, b) => `${a} / ${b}`, why: (a, b) => [`1/${b}`, `−${a}/${b}²`] },
    max: { sign: "max", value: (a, b) => (a >= b ? a : b), local: (a, b) => (a >= b ? [1, 0] : [0, 1]), text: (a, b) => `max(${a}, ${b})`, why: () => [null, null] },
    neg: { sign: "−1 ×", value: (a) => -a, local: () => [-1], text: (a) => `−${a}`, why: () => ["−1"] },
    exp: { sign: "exp", value: Math.exp, local: (a, out) => [out], text: (a) => `exp ${a}`, why: (a, out) => [out] },
    log: { sign: "log", value: Math.log, local: (a) => [1 / a], text: (a) => `log ${a}`, why: (a) => [`1/${a}`] },
    sqrt: { sign: "√", value: Math.sqrt, local: (a, out) => [1 / (2 * out)], text: (a) => `√${a}`, why: (a, out) => [`1/(2${out})`] },
    pow: { sign: "^", value: (a, k) => a ** k, local: (a, out, k) => [k * a ** (k - 1)], text: (a, k) => a + sup(k), why: (a, out, k) => [`${k} ${a}${k === 2 ? "" : sup(k - 1)}`.replace("-", "−")] },
  };
  const FUNCTIONS = { exp: "exp", log: "log", ln: "log", sqrt: "sqrt", max: "max" };
  const SIGNS = { "+": "add", "-": "sub", "*": "mul", "/": "div" };
  const OTHERS = { "−": "-", "·": "*", "×": "*", "÷": "/", "**": "^" };

  /** What is wrong with a formula, and where: from and to are places in its text. */
  class Wrong extends Error {
    constructor(text, { from, to }) { super(text); this.from = from; this.to = to; }
  }

  function tokens(text) {
    const found = [], one = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)|([A-Za-z]\w*)|(\*\*|[-+*/^(),;=−·×÷]))/y;
    while (text.slice(one.lastIndex).trim()) {
      const from = one.lastIndex + /^\s*/.exec(text.slice(one.lastIndex))[0].length;
      const match = one.exec(text);
      if (!match) throw new Wrong(`“${text[from]}” has no meaning here. Names, numbers, + − * / ^ and brackets have.`, { from, to: from + 1 });
      const sign = OTHERS[match[3]] ?? match[3];
      found.push({ from, to: one.lastIndex, text: text.slice(from, one.lastIndex), number: match[1], name: match[2], sign });
    }
    return [...found, { from: text.length, to: text.length + 1, text: "the end", sign: "end" }];
  }

  /** The numbers of a formula, in an order in which one can compute them; the last is the loss. */
  function parse(text) {
    if (text.length > MOST.letters) throw new Wrong(`That is longer than ${MOST.letters} letters.`, { from: MOST.letters, to: text.length });
    const list = tokens(text), nodes = [], known = new Map(), named = new Map();
    let k = 0;
    const at = (sign) => list[k].sign === sign, take = (sign) => at(sign) && list[k++];
    const fail = (message, token = list[k]) => { throw new Wrong(message, token); };
    /** The same gate of the same inputs is one number: it forks. */
    function node(op, args, more = {}) {
      const key = [op, ...args.map((a) => a.key), more.name ?? "", more.k ?? ""].join(" ");
      if (args.length && args.every((a) => a.op === "const")) return constant(GATES[op].value(...args.map((a) => a.value), more.k));
      if (!known.has(key)) known.set(key, { op, args, key: `#${known.size}`, uses: [], ...more });
      return known.get(key);
    }
    function constant(value) {
      if (!Number.isFinite(value)) fail("Before this place stands a constant that is no number, such as 1/0.");
      return { op: "const", value, key: `=${value}`, args: [], name: show(value) };
    }
    const isFunction = (token) => Object.hasOwn(FUNCTIONS, token.name ?? "");
    const chain = (signs, next) => () => {
      let left = next();
      while (signs.includes(list[k].sign)) left = node(SIGNS[list[k++].sign], [left, next()]);
      return left;
    };
    const factor = () => (take("-") ? node("neg", [factor()]) : power());
    const product = chain("*/", factor), sum = chain("+-", product);
    function power() {
      const base = atom();
      const sign = take("^");
      if (!sign) return base;
      const bracket = take("("), minus = take("-"), token = list[k++];
      if (!/^\d+$/.test(token.number ?? "") || Number(token.number) > MOST.power)
        fail(`After ^ comes a whole number up to ${MOST.power}, as in x^2. For other powers write exp(p * log(x)).`, token);
      if (bracket && !take(")")) fail("Here the bracket of the power should close.");
      if (at("^")) fail("Two powers need brackets: (x^2)^3.");
      return node("pow", [base], { k: (minus ? -1 : 1) * Number(token.number) });
    }
    function atom() {
      const token = list[k++];
      if (token.number) return constant(Number(token.number));
      if (token.name && at("(")) return call(token);
      if (isFunction(token)) fail(`${token.name} needs brackets: ${token.name}(${token.name === "max" ? "0, x" : "x"}).`, token);
      if (token.name) return variable(token);
      if (token.sign !== "(") fail(`${token.sign === "end" ? "The formula ends where" : `Before “${token.text}”`} a number, a name or a bracket is missing.`, token);
      const inner = sum();
      return close(inner, token, "A bracket that opens here does not close.");
    }
    function variable(token) {
      if (token.name.length > 6) fail("A name has at most six letters, for the drawing has no room.", token);
      return named.get(token.name) ?? named.set(token.name, node("name", [], { name: token.name })).get(token.name);
    }
    function call(token) {
      if (!isFunction(token)) fail(`There is no function “${token.name}” here. There are exp, log, sqrt and max; for a product write ${token.name} * (…).`, token);
      k++;
      const args = [sum()], wanted = token.name === "max" ? 2 : 1;
      while (args.length < wanted && take(",")) args.push(sum());
      if (args.length < wanted) fail("max takes two numbers, with a comma between them: max(0, x).", token);
      return close(node(FUNCTIONS[token.name], args), token, `The bracket of ${token.name} does not close.`);
    }
    function close(result, opening, message) {
      if (at("end")) fail(message, opening);
      if (!take(")")) fail(`Before “${list[k].text}” an operation or a closing bracket is missing.`);
      return result;
    }
    let loss;
    if (at("end")) fail("Type a formula, such as x*y + x.");
    for (;;) {
      const target = list[k].name && list[k + 1].sign === "=" ? list[k] : null;
      if (target) {
        if (named.has(target.name)) fail(`${target.name} already means something. Give the new number another name.`, target);
        if (isFunction(target) || target.name.length > 6) fail("That cannot be a name. Take up to six letters, and none of exp, log, ln, sqrt, max.", target);
        k += 2;
      }
      loss = sum();
      if (target) named.set(target.name, loss);
      if (target && loss.op !== "const") loss.name ??= target.name;
      if (take(";")) { if (at("end")) break; continue; }
      if (at("end")) break;
      if (at(")")) fail("This bracket closes nothing.");
      if (at(",")) fail("A comma stands only inside of max(…). A decimal has a point: 1.5.");
      if (at("=")) fail("Only a name stands before =, as in u = w * x; u + b.");
      fail(`Before “${list[k].text}” an operation is missing. A product is written with *: 2 * x.`);
    }
    const visit = (n) => { if (n.op !== "const" && !nodes.includes(n)) { n.args.forEach(visit); nodes.push(n); } };
    visit(loss);
    const everything = { from: 0, to: text.length };
    const names = nodes.filter((n) => n.op === "name");
    if (!nodes.length) fail("There is no name in it, so there is nothing to take a derivative of.", everything);
    if (nodes.length === names.length) fail("This is no operation yet. Add one: x * y.", everything);
    if (names.length > MOST.names) fail(`These are ${names.length} names. The drawing has room for ${MOST.names}.`, everything);
    if (nodes.length > MOST.numbers) fail(`This computes with ${nodes.length} numbers. The drawing has room for ${MOST.numbers}.`, everything);
    const taken = new Set([...nodes.map((n) => n.name), ...named.keys()]);
    const free = [..."uvqrstphgkmnacdefjlowxyzb"].filter((name) => !taken.has(name));
    nodes.at(-1).name ??= taken.has("L") ? "out" : "L";
    for (const n of nodes) {
      n.name ??= free.shift();
      n.args.forEach((a, slot) => { if (a.op !== "const") a.uses.push({ by: n, slot }); });
    }
    return nodes;
  }

  /** Why a gate cannot compute, or null. */
  function refusal(n, values) {
    const of = n.args.map((a) => a.name), [a, b] = values, got = `${of[0]} is ${show(a)}`;
    if (n.op === "log" && !(a > 0)) return `log needs a number above 0, and ${got}.`;
    if (n.op === "sqrt" && !(a > 0)) return `√ needs a number above 0, where it has a derivative, and ${got}.`;
    if (n.op === "div" && b === 0) return `The denominator ${of[1]} is 0.`;
    if (n.op === "pow" && n.k < 1 && a === 0) return `${of[0]} is 0, and 0 has no such power.`;
    const size = GATES[n.op].value(...values, n.k);
    return Number.isFinite(size) ? null : `${n.name} = ${GATES[n.op].text(...of, n.k)} is too large for a float.`;
  }

  /** Values forward and gradients backward, by name. `wrong` is the first gate that cannot compute. */
  function evaluate(nodes, given) {
    const values = {}, gradients = {}, locals = {};
    const read = (a) => (a.op === "const" ? a.value : values[a.name]);
    for (const n of nodes) {
      if (n.op === "name") { values[n.name] = given[n.name]; continue; }
      const inputs = n.args.map(read), message = refusal(n, inputs);
      if (message) return { values, gradients, locals, wrong: { node: n, message } };
      values[n.name] = GATES[n.op].value(...inputs, n.k);
      locals[n.name] = GATES[n.op].local(...inputs, values[n.name], n.k);
    }
    for (const n of [...nodes].reverse()) {
      gradients[n.name] = n === nodes.at(-1) ? 1 : n.uses.reduce((total, { by, slot }) => total + gradients[by.name] * locals[by.name][slot], 0);
    }
    return { values, gradients, locals, wrong: null };
  }

  NNDL.graph = { GATES, parse, evaluate, Wrong };
})();
