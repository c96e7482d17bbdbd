// Building and running a worker, with its wasm, as wrangler would.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

/**
 * @param {string} contents Of the worker's main module.
 * @param {(code: { compatibilityDate: string, modulesRoot: string, modules: object[] }) => object} options Makes
 *   miniflare's, of the code.
 * @param {string} [resolveDir] Where the module's own imports start from.
 */
export async function startWorker(contents, options, resolveDir = import.meta.dirname) {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-worker-"));
  await build({
    stdin: { contents, resolveDir },
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:workers"],
    outdir: folder,
    entryNames: "worker",
    assetNames: "[name]",
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const isWasm = (name) => extname(name) === ".wasm";
  const modules = readdirSync(folder)
    .sort((a, b) => Number(isWasm(a)) - Number(isWasm(b)))
    .map((name) => ({
      type: isWasm(name) ? "CompiledWasm" : "ESModule",
      path: join(folder, name),
    }));
  const code = { compatibilityDate: "2026-04-01", modulesRoot: folder, modules };
  const worker = new Miniflare(options(code));
  await worker.ready;
  return {
    worker,
    async stop() {
      await worker.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * What a worker gives to a request: JSON.
 *
 * @param {string} contents
 * @param {string} resolveDir
 * @returns {Promise<any>}
 */
export async function askWorker(contents, resolveDir) {
  const { worker, stop } = await startWorker(contents, (code) => code, resolveDir);
  try {
    const response = await worker.dispatchFetch("http://worker/");
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return JSON.parse(text);
  } finally {
    await stop();
  }
}

export const LOYALTY_STORE = {
  durableObjects: { LOYALTY_STORE: { className: "LoyaltyStore", useSQLite: true } },
};
