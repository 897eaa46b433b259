// Python for one page: loads Pyodide, then runs the cells, or checks the functions, that the page
// sends, one after the other.
"use strict";

const tell = (kind, what) => postMessage({ kind, ...what });

// Fetches files, and counts their bytes as they come. Every file of Pyodide's core must be the one
// of the table, from whatever host it comes; its packages are held to the hashes of the lock file,
// which is in the table, as Pyodide asks. They are hashed here: what fetch() checks, it gives out
// only when all of it is there.
class Files {
  constructor(index, total, kept) {
    this.index = index;
    this.table = { files: {} };
    this.total = total;
    this.kept = kept; // by an earlier worker of the page
    this.loaded = this.quiet = 0;
    this.failure = new Promise((_, reject) => { this.reject = reject; });
    this.failure.catch(() => {}); // where nothing waits for it
    this.fetch = self.fetch.bind(self);
    self.fetch = (address, options) => this.get(String(address?.url ?? address), options);
  }

  async get(address, options = {}) {
    const before = this.kept.get(address);
    if (before) {
      this.count(before.size);
      return new Response(before);
    }
    const name = address.slice(address.lastIndexOf("/") + 1).split("?")[0];
    const own = address.startsWith(this.index) && this.table.files[name]?.integrity;
    const integrity = own || options.integrity || "";
    const { host } = new URL(address);
    const known = `the file of Pyodide ${this.table.version} that this book knows`;
    // Pages without TLS, but for those of this machine, cannot hash: there, fetch() does.
    const hashes = self.crypto?.subtle;
    let response, file;
    try {
      response = await this.fetch(address, { ...options, integrity: hashes ? "" : integrity });
      if (response.ok) file = await this.whole(response, name);
    } catch (error) {
      const or = integrity && !hashes ? `, or is not ${known}` : "";
      const why = navigator.onLine ? error.message : "you are offline";
      this.fail(new Error(`${name} did not come from ${host}${or}: ${why}`));
    }
    if (!file) this.fail(new Error(`${address} answers ${response.status}`));
    if (integrity && hashes && !(await isFile(file, integrity))) {
      this.fail(new Error(`${name} of ${host} is not ${known}, and was refused`));
    }
    tell("came", { address, file });
    return new Response(file);
  }

  // Said aloud is how far it is at the start, and then three times a minute.
  count(bytes) {
    this.loaded += bytes;
    const [loaded, total] = [this.loaded, this.total].map((many) => (many / 1e6).toFixed(1));
    const text = `Loading Python: ${loaded} of ${total} MB`;
    if (text === this.text) return;
    this.text = text;
    const aloud = performance.now() > this.quiet;
    if (aloud) this.quiet = performance.now() + 20_000;
    tell("loading", { text, part: this.loaded / this.total, aloud });
  }

  // A file, whose bytes are told of while they come.
  async whole(response, name) {
    const parts = [];
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      this.count(part.value.length);
    }
    // A server that does not know the type would have the module compiled twice.
    const type = name.endsWith(".wasm") ? "application/wasm" : response.headers.get("content-type");
    return new Blob(parts, { type: type ?? "" });
  }

  fail(error) {
    this.reject(error);
    throw error;
  }

  // What loads files, or the first file that failed: without some, Pyodide waits for ever.
  allOf(loading) {
    return Promise.race([this.failure, loading]);
  }

  async script(name) {
    const response = await self.fetch(this.index + name);
    const address = URL.createObjectURL(await response.blob());
    importScripts(address);
    URL.revokeObjectURL(address);
  }
}

// Whether a file has a hash, "sha384-" and the rest in base 64.
async function isFile(file, integrity) {
  const [, bits, hash] = /^sha(\d+)-([^?\s]+)/.exec(integrity);
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, await file.arrayBuffer()));
  return btoa(String.fromCharCode(...digest)) === hash;
}

let files, python, session, timed, asking, practising;

async function start({ index, table, wheel, library, own, bytes, kept }) {
  files = new Files(index, bytes, kept);
  files.count(0);
  await self.fetch(own); // the page keeps this script, too
  files.table = await (await self.fetch(table)).json();
  // Fetched before loadPyodide would import it, unchecked.
  await files.script("pyodide.js");
  await files.script("pyodide.asm.js");
  python = await files.allOf(loadPyodide({ indexURL: index }));
  const site = python.runPython("import site; site.getsitepackages()[0]");
  const [wheelFile, libraryFile] = await Promise.all([self.fetch(wheel), self.fetch(library)]);
  await load(["numpy"]);
  python.unpackArchive(await wheelFile.arrayBuffer(), "zip", { extractDir: site });
  python.unpackArchive(await libraryFile.arrayBuffer(), "zip", { extractDir: site });
  asking = python.pyimport("book._live.packages").packages;
  tell("ready", { version: python.runPython("import sys; sys.version.split()[0]") });
}

// What a cell prints or draws.
function told(text) {
  const { kind, ...what } = JSON.parse(text);
  tell(kind, what);
}

async function load(names) {
  const missing = names.filter((name) => !(name in python.loadedPackages));
  if (!missing.length) return;
  const say = () => {};
  await files.allOf(python.loadPackage(missing, { messageCallback: say, errorCallback: say }));
  const failed = missing.filter((name) => !(name in python.loadedPackages));
  if (failed.length) throw new Error(`${failed.join(", ")} could not be loaded`);
  if (missing.includes("matplotlib")) python.pyimport("book._live.matplotlib_sooner").leave_out();
}

async function run({ cells, anew }) {
  timed ??= python.pyimport("book._live.session").timed;
  session ??= python.pyimport("book._live.session").session(told);
  if (anew) session.reset();
  for (const { number, code, shown } of cells) {
    const names = asking(code);
    await load(names.toJs());
    names.destroy();
    tell("begin", { number });
    const result = timed(session, number, code, shown);
    const [ok, seconds] = result.toJs();
    result.destroy();
    tell("end", { number, ok, seconds });
    if (!ok) break;
  }
  tell("idle", {});
}

// A function of a practice page, as book/_live/practising.py has it.
async function check(asked) {
  const names = asking(asked.code);
  await load(names.toJs());
  names.destroy();
  if (!practising) python.pyimport("book._live.twins").replace_without_numba();
  practising ??= python.pyimport("book._live.practising");
  tell("checking", {});
  tell("checked", JSON.parse(practising.check(JSON.stringify(asked))));
}

const steps = { start, run, check };
let before = Promise.resolve();
onmessage = ({ data }) => {
  before = before.then(() => steps[data.kind](data)).catch((error) => {
    tell("failed", { text: String(error.message ?? error) });
    throw error;
  });
  before.catch(() => {});
};
