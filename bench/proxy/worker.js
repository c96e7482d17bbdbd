// A contender as a worker: bundled as wrangler would, run by workerd itself with a configuration of our own, so that
// nothing of miniflare is in the figures.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { at } from "../../scripts/lib/paths.js";

const FILE = {
  ours: `import { ours } from "./contenders/ours.js";
const make = (settings) => ours(settings).fetch;`,
  hono: `import { byFetch, hono } from "./contenders/hono.js";
const make = (settings) => hono(settings, byFetch(settings.upstream)).fetch;`,
  pass: `import { pass } from "./contenders/pass.js";
const make = pass;`,
};
const ENTRY = `
let handle;
export default {
  fetch(request, env) {
    handle ??= make(JSON.parse(env.SETTINGS));
    return handle(request);
  },
};`;

/**
 * Writes a worker and its configuration.
 *
 * @param {string} folder Of its own.
 * @param {string} contender
 * @param {object} settings
 * @param {number} [port]
 * @returns {Promise<{ config: string, gzip: number }>} `gzip`: the bytes that are deployed, each file by itself.
 */
export async function makeWorker(folder, contender, settings, port = 0) {
  mkdirSync(folder, { recursive: true });
  await build({
    stdin: { contents: FILE[contender] + ENTRY, resolveDir: at("bench", "proxy") },
    bundle: true,
    minify: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    outdir: folder,
    entryNames: "worker",
    assetNames: "[name]",
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const names = readdirSync(folder).filter((name) => [".js", ".wasm"].includes(extname(name)));
  const gzip = names
    .map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length)
    .reduce((all, one) => all + one, 0);
  const config = join(folder, "config.capnp");
  writeFileSync(config, configuration(names, JSON.stringify(settings), port));
  return { config, gzip };
}

function configuration(names, settings, port) {
  // The first module is the worker itself.
  const modules = names
    .sort((a, b) => Number(extname(a) === ".wasm") - Number(extname(b) === ".wasm"))
    .map((name) => {
      const kind = extname(name) === ".wasm" ? "wasm" : "esModule";
      return `(name = "${name}", ${kind} = embed "${name}")`;
    });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-04-01",
  bindings = [(name = "SETTINGS", text = ${JSON.stringify(settings)})],
);
`;
}
