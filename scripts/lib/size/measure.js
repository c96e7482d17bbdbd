// The sizes that `npm run size` prints and that the budget is held against.
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { at } from "../paths.js";
import { bundle, ENTRIES } from "./bundles.js";

/** The most that a page may load for every function, up to its first answered call: gzip, in bytes. */
export const BUDGET = 17_000;
/** What we aim at. */
export const AIM = 15_000;

const WASM = at("pkg", "wasm", "client", "client_bg.wasm");
const BASELINE = at("scripts", "lib", "size", "baseline.json");

const sizeOf = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});

const sum = (sizes) =>
  sizes.reduce((a, b) => ({
    raw: a.raw + b.raw,
    gzip: a.gzip + b.gzip,
    brotli: a.brotli + b.brotli,
  }));

/** Each chunk is a file of its own on the wire, and is compressed alone. */
const scripts = ({ chunks }) => sum(chunks.map(sizeOf));

/**
 * @returns {Promise<{ rows: Record<string, { raw: number, gzip: number, brotli: number }>,
 *   files: { name: string, size: number }[] }>}
 */
export async function measure() {
  const wasm = sizeOf(readFileSync(WASM));
  const client = await bundle(ENTRIES.client);
  const js = scripts(client);
  const rows = {
    wasm,
    js,
    total: sum([wasm, js]),
    "js, loaded later": sum(client.later.map(sizeOf)),
    "js, every export": scripts(await bundle(ENTRIES.namespaces)),
    "official, 12 functions": scripts(await bundle(ENTRIES.officialAccounts)),
    "official, 25 functions": scripts(await bundle(ENTRIES.officialAll)),
  };
  return { rows, files: client.files };
}

/** The sizes as they were when somebody last accepted them. */
export const baseline = () => JSON.parse(readFileSync(BASELINE, "utf8"));
export { BASELINE };
