// Python for one page: loads Pyodide, then runs the cells, or checks the functions, that the page
// sends, one after the other.
"use strict";

const tell = (kind, what) => postMessage({ kind, ...what });
const MB = 1e6;

// Every file of Pyodide's core must be the one of the table, from whatever host it comes; its
// packages are held to the hashes of the lock file, which is in the table, by Pyodide itself.
class Files {
  constructor(index, table) {
    this.index = index;
    this.table = table;
    this.loaded = 0;
    this.total = Object.values(table.files).reduce((sum, file) => sum + file.bytes, 0);
    this.sizes = Object.fromEntries(Object.entries(table.files).map(([name, f]) => [name, f.bytes]));
    this.failure = new Promise((_, reject) => { this.reject = reject; });
    this.failure.catch(() => {}); // where nothing waits for it
    this.fetch = self.fetch.bind(self);
    self.fetch = (address, options) => this.get(String(address?.url ?? address), options);
  }

  // What is going to be loaded, so that the reader is told how much it is.
  expect(sizes) {
    for (const [name, bytes] of Object.entries(sizes)) {
      if (name in this.sizes) continue;
      this.sizes[name] = bytes;
      this.total += bytes;
    }
  }

  async get(address, options = {}) {
    const name = address.slice(address.lastIndexOf("/") + 1).split("?")[0];
    const integrity = this.table.files[name]?.integrity;
    const own = address.startsWith(this.index) && integrity;
    const checked = own ? { ...options, integrity } : options;
    const response = await this.fetch(address, checked).catch((error) => this.explain(address, name, checked, error));
    if (!response.ok) this.fail(new Error(`${address} answers ${response.status}`));
    const type = response.headers.get("content-type");
    const body = await response.arrayBuffer();
    if (!(name in this.sizes)) this.expect({ [name]: body.byteLength });
    this.loaded += this.sizes[name];
    const done = (this.loaded / MB).toFixed(0);
    tell("loading", { text: `Loading Python: ${done} of ${(this.total / MB).toFixed(0)} MB` });
    // A server that does not know the type would have the module compiled twice.
    const headers = { "content-type": name.endsWith(".wasm") ? "application/wasm" : type ?? "" };
    return new Response(body, { headers });
  }

  // Browsers say "failed to fetch" of a file with another hash as of one that does not come.
  async explain(address, name, { integrity }, error) {
    const { host } = new URL(address);
    const came = integrity && (await this.fetch(address, { method: "HEAD" }).then(({ ok }) => ok, () => false));
    this.fail(new Error(came
      ? `${name} of ${host} is not the file of Pyodide ${this.table.version} that this book knows, and was refused`
      : `${name} did not come from ${host}: ${error.message}`));
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

let files, python, session, timed, asking, practising;

async function start({ index, table, wheel, library }) {
  files = new Files(index, await (await fetch(table)).json());
  files.expect(files.table.packages.numpy);
  tell("loading", { text: `Loading Python: ${(files.total / MB).toFixed(0)} MB` });
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
  for (const name of missing) files.expect(files.table.packages[name] ?? {});
  const say = () => {};
  await files.allOf(python.loadPackage(missing, { messageCallback: say, errorCallback: say }));
  const failed = missing.filter((name) => !(name in python.loadedPackages));
  if (failed.length) throw new Error(`${failed.join(", ")} could not be loaded`);
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
