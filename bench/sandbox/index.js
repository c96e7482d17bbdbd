// The sandbox at growing sizes, native and in WebAssembly: a table, a file of results, and a plot.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSandbox, FAST } from "../../scripts/lib/build.js";
import { at, targetDir } from "../../scripts/lib/paths.js";
import { ask, Failure, run } from "../../scripts/lib/process.js";
import { plot } from "./plot.js";
import { summary, table } from "./table.js";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const QUICK = [1_000, 10_000];
const say = (line) => process.stderr.write(`${line}\n`);

/** @param {{ quick: boolean, json: boolean }} options Quick runs write no file: they are for trying things out. */
export async function bench({ quick, json }) {
  buildSandbox();
  const cargo = ["build", "--locked", "--quiet", "--release"];
  run("cargo", [...cargo, "-p", "loyalty-sandbox", "--example", "bench"], { env: FAST });
  const { rounds } = JSON.parse(readFileSync(at("bench", "sandbox", "shapes.json"), "utf8"));
  const sizes = quick ? QUICK : SIZES;
  const native = [join(targetDir, "release", "examples", "bench")];
  const wasm = [process.execPath, at("bench", "sandbox", "wasm.js")];
  const runs = [];
  for (const command of [native, wasm]) runs.push(...(await measure(command, sizes, rounds)));
  const result = { machine: machine(), runs };
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${table(runs)}\n`);
  if (quick) return;
  mkdirSync(at("bench", "results"), { recursive: true });
  writeFileSync(at("bench", "results", "sandbox.json"), `${JSON.stringify(result, null, 2)}\n`);
  draw(plot(runs));
}

const machine = () => ({
  processor: cpus()[0]?.model ?? "unknown",
  processors: cpus().length,
  load: loadavg().map((load) => Number(load.toFixed(1))),
  node: process.version,
  rust: ask("rustc", ["--version"])?.trim(),
});

/**
 * A process for each size, all at once, and each round goes through them in turn: what else the machine
 * does meets all sizes alike.
 */
async function measure([program, ...args], sizes, rounds) {
  const children = [];
  try {
    for (const size of sizes) {
      const child = start(program, [...args, String(size)]);
      children.push(child);
      child.facts = await child.line();
      say(
        `${child.facts.platform}: ${size} accounts in ${child.facts.seedingSeconds.toFixed(1)} s`,
      );
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const child of children) {
        const times = await child.ask(round);
        // The first round warms up.
        if (round > 0) for (const name of Object.keys(times)) add(child.times, name, times[name]);
      }
      say(`round ${round + 1} of ${rounds}`);
    }
    return children.map(({ facts, times }) => ({
      ...facts,
      microseconds: Object.fromEntries(
        Object.entries(times).map(([name, list]) => [name, summary(list)]),
      ),
    }));
  } finally {
    for (const child of children) child.end();
  }
}

function add(all, name, times) {
  (all[name] ??= []).push(...times);
}

function start(program, args) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  // Asked for at once: an exit that nobody waited for yet would not come again.
  const gone = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    const [code, signal] = await gone.catch(({ message }) => [message, null]);
    throw new Failure(
      `the bench of ${args.at(-1)} accounts ended by ${signal ?? code}: see above.`,
    );
  };
  return {
    times: {},
    line,
    ask(round) {
      child.stdin.write(`${round}\n`);
      return line();
    },
    end: () => child.stdin.end(),
  };
}

function draw(svg) {
  const file = at("bench", "results", "sandbox.svg");
  writeFileSync(file, svg);
  const chromium = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
  if (chromium === undefined) {
    say("no Chromium here: the plot is an SVG only.");
    return;
  }
  const profile = mkdtempSync(join(tmpdir(), "loyalty-edge-plot-"));
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  run(chromium, [
    "--headless",
    "--no-sandbox",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
    `--user-data-dir=${profile}`,
    `--window-size=${width},${height}`,
    `--screenshot=${at("bench", "results", "sandbox.png")}`,
    `file://${file}`,
  ]);
  rmSync(profile, { recursive: true, force: true });
}
