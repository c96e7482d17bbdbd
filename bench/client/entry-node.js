// For Node, Deno and Bun, which all have Node's file system. Prints the results as JSON.
import { readFileSync } from "node:fs";
import { init } from "../../pkg/client/index.js";
import { contenders } from "./cases.js";
import { measure } from "./measure.js";

const { wasm, memory, ...options } = JSON.parse(process.argv[2]);
await init(readFileSync(wasm));

/** Bytes that a call allocates: the heap's growth while nothing is collected. Only with --expose-gc. */
async function allocated(name) {
  const bytes = {};
  for (const [who, call] of Object.entries(contenders(name))) {
    for (let warm = 0; warm < 30; warm += 1) await call();
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const calls = 20;
    for (let left = calls; left > 0; left -= 1) await call();
    const after = process.memoryUsage();
    bytes[who] = (after.heapUsed - heapUsed + after.arrayBuffers - arrayBuffers) / calls;
  }
  return bytes;
}

const results = memory ? await allocated("page of 100") : await measure(options);
process.stdout.write(`${JSON.stringify(results)}\n`);
