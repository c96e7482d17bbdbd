// `npm run bench -- proxy`: ours beside a proxy by hand with Hono and jose, and beside a bare pass-through, on four
// runtimes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { build } from "../../scripts/lib/build.js";
import { at } from "../../scripts/lib/paths.js";
import { say } from "../../scripts/lib/process.js";
import { table } from "./table.js";

const FULL = {
  rounds: 9,
  connections: 32,
  counts: { read: 8_000, write: 2_000 },
  turns: 1_000,
  gapMs: 1,
  coldStarts: 21,
  decisions: 20_000,
};
const QUICK = {
  ...{ ...FULL, rounds: 3, counts: { read: 2_000, write: 500 } },
  ...{ turns: 100, coldStarts: 3, decisions: 2_000 },
};

/** @param {{ quick: boolean, json: boolean }} options Quick runs write no file: they are for trying things out. */
export async function bench({ quick, json }) {
  build();
  const results = await run(quick ? QUICK : FULL);
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (!quick) {
    mkdirSync(at("bench", "results"), { recursive: true });
    writeFileSync(at("bench", "results", "proxy.json"), text);
  }
  process.stdout.write(json ? text : `\n${table(results)}\n`);
}

/**
 * @param {typeof FULL} options
 * @param {string[]} [only] Some of the runtimes.
 */
export async function run(options, only) {
  // Only now: what these import is built.
  const { makeJob } = await import("./job.js");
  const { measure, startLoad, startUpstream } = await import("./measure.js");
  const { RUNTIMES, pinned } = await import("./servers.js");
  const { coldStart } = await import("./cold.js");
  const { decisions } = await import("./decision.js");
  const folder = mkdtempSync(at("bench", ".run-"));
  const stops = [];
  try {
    const upstream = await startUpstream();
    stops.push(upstream.stop);
    const job = await makeJob(`http://127.0.0.1:${upstream.port}`);
    const load = await startLoad(job);
    stops.push(load.stop);
    const runtimes = {};
    for (const runtime of only ?? Object.keys(RUNTIMES)) {
      runtimes[runtime] = await measure(runtime, folder, job, load, options);
    }
    say("bench: cold start of workerd");
    const cold = await coldStart(folder, job, options.coldStarts);
    say("bench: the Rust decision");
    const decision = decisions(job, options.decisions);
    return { machine: machine(pinned), ...options, runtimes, cold, decision };
  } finally {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = (pinned) => ({
  processor: cpus()[0]?.model ?? "unknown",
  processors: cpus().length,
  pinned,
  load: loadavg().map((load) => Number(load.toFixed(1))),
  node: process.version,
});
