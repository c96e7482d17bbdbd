// Where the calls are timed: seven engines, each a function that gives what measure.js gives.
import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { at, root } from "../../scripts/lib/paths.js";
import { bun, deno } from "../../tests/runtimes/programs.js";
import { engines as browsers } from "../../tests/browser/engines.js";
import { measure } from "./measure.js";

const run = promisify(execFile);
export const WASM = at("pkg", "wasm", "client", "client_bg.wasm");

/** Bundles an entry of this folder as an app's build would: official client, ours, and the bench. */
export async function bundle(entry, folder, options) {
  const outfile = join(folder, `${entry}.js`);
  await build({
    entryPoints: [at("bench", "client", `entry-${entry}.js`)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outfile,
    logLevel: "error",
    ...options,
  });
  return outfile;
}

const lastLine = (text) => JSON.parse(text.trim().split("\n").at(-1));

async function program([command, ...before], folder, options) {
  const script = await bundle("node", folder, { platform: "node", external: ["node:*"] });
  const args = [...before, script, JSON.stringify({ wasm: WASM, ...options })];
  const { stdout } = await run(command, args, { cwd: root, maxBuffer: 1e8 });
  return lastLine(stdout);
}

async function workerd(folder, options) {
  copyFileSync(WASM, join(folder, "client.wasm"));
  const script = await bundle("worker", folder, {
    external: ["./client.wasm"],
    platform: "browser",
  });
  const worker = new Miniflare({
    compatibilityDate: "2026-01-01",
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: script },
      { type: "CompiledWasm", path: join(folder, "client.wasm") },
    ],
  });
  const ask = async (name, who, times) => {
    const began = performance.now();
    const body = JSON.stringify({ name, who, times });
    const response = await worker.dispatchFetch("http://worker/", { method: "POST", body });
    if ((await response.text()) !== "done") throw new Error(`workerd answered ${response.status}`);
    return performance.now() - began;
  };
  try {
    // What a request costs by itself is taken off.
    const time = async (name, who, times) => {
      const nothing = await ask(name, who, 0);
      return Math.max((await ask(name, who, times)) - nothing, 0.01);
    };
    return await measure({ ...options, batchMs: options.batchMs * 4, time });
  } finally {
    await worker.dispose();
  }
}

async function page(open, folder, options) {
  const script = await bundle("page", folder, { platform: "browser" });
  const files = {
    "/": ["text/html", `<!doctype html><script type="module" src="/page.js"></script>`],
    "/page.js": ["text/javascript", readFileSync(script)],
    "/client.wasm": ["application/wasm", readFileSync(WASM)],
    "/options.json": ["application/json", JSON.stringify(options)],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url] ?? ["text/plain", undefined];
    response.writeHead(content === undefined ? 404 : 200, { "content-type": type }).end(content);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const { results, error } = await open(`http://127.0.0.1:${server.address().port}/`);
    if (error) throw new Error(error);
    return results;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export const ENGINES = {
  Node: (folder, options) => program([process.execPath], folder, options),
  Chromium: (folder, options) => page(browsers.chromium, folder, options),
  Firefox: (folder, options) => page(browsers.firefox, folder, options),
  WebKit: (folder, options) => page(browsers.webkit, folder, options),
  workerd,
  Deno: (folder, options) =>
    program([...deno(), "run", "--allow-all", "--no-prompt", "--no-config"], folder, options),
  Bun: (folder, options) => program([...bun(), "run"], folder, options),
};

/** Bytes that a page of 100 makes Node allocate. */
export const allocations = (folder) =>
  program([process.execPath, "--expose-gc", "--max-semi-space-size=512"], folder, { memory: true });

/** Milliseconds of an import and of the wasm's first load in fresh processes of Node. */
export async function startup(folder) {
  const script = join(folder, "startup.mjs");
  const entry = JSON.stringify(at("pkg", "client", "load", "node.js"));
  writeFileSync(
    script,
    `const began = performance.now();
const { init } = await import(${entry});
const imported = performance.now();
await init();
console.log(JSON.stringify({ import: imported - began, ready: performance.now() - imported }));`,
  );
  const all = [];
  for (let left = 9; left > 0; left -= 1) {
    all.push(lastLine((await run(process.execPath, [script], { cwd: root })).stdout));
  }
  const median = (key) => all.map((one) => one[key]).toSorted((a, b) => a - b)[all.length >> 1];
  return { import: median("import"), ready: median("ready") };
}
