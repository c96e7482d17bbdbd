// The sandbox at growing sizes, native and in WebAssembly: a table, a file of results, and a plot.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../scripts/lib/build.js";
import { at, targetDir } from "../../scripts/lib/paths.js";
import { ask, Failure, run } from "../../scripts/lib/process.js";
import { plot } from "./plot.js";
import { table } from "./table.js";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const QUICK = [1_000, 10_000];

/** @param {{ quick: boolean }} options Quick runs print and write nothing: they are for trying things out. */
export async function bench({ quick }) {
  build();
  run("cargo", [
    "build",
    "--locked",
    "--quiet",
    "--release",
    "-p",
    "loyalty-sandbox",
    "--example",
    "bench",
  ]);
  const native = join(targetDir, "release", "examples", "bench");
  const wasm = at("bench", "sandbox", "wasm.js");
  const runs = [];
  for (const size of quick ? QUICK : SIZES) {
    // A process each: memory that one run has freed must not serve the next.
    runs.push(measure("native", native, [String(size)]));
    runs.push(measure("wasm", process.execPath, [wasm, String(size)]));
  }
  process.stdout.write(`\n${table(runs)}\n`);
  if (quick) return;
  const machine = {
    processor: cpus()[0]?.model ?? "unknown",
    processors: cpus().length,
    node: process.version,
    rust: ask("rustc", ["--version"])?.trim(),
  };
  mkdirSync(at("bench", "results"), { recursive: true });
  writeFileSync(
    at("bench", "results", "sandbox.json"),
    `${JSON.stringify({ machine, runs }, null, 2)}\n`,
  );
  draw(plot(runs));
}

function measure(platform, program, args) {
  process.stdout.write(`${platform}, ${args.at(-1)} accounts\n`);
  const { status, stdout } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0)
    throw new Failure(`the ${platform} bench of ${args.at(-1)} accounts failed: see above.`);
  return JSON.parse(stdout);
}

function draw(svg) {
  const file = at("bench", "results", "sandbox.svg");
  writeFileSync(file, svg);
  const chromium = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
  if (chromium === undefined) {
    process.stdout.write("no Chromium here: the plot is an SVG only.\n");
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
