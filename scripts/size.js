// `npm run size`: what a page pays for the client, what of it is whose, and the difference against the baseline.
// `npm run size -- --save` accepts today's sizes as the baseline. Fails above the budget.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildClient, compiledClient } from "./lib/build.js";
import { nodeBin } from "./lib/paths.js";
import { Failure, main, run } from "./lib/process.js";
import { AIM, BASELINE, baseline, BUDGET, measure } from "./lib/size/measure.js";
import { functions, sections } from "./lib/size/wasm.js";

const print = (line = "") => process.stdout.write(`${line}\n`);
const table = (rows) => {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  for (const row of rows) {
    const cells = row.map((cell, at) =>
      at === 0 ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at]),
    );
    print(cells.join("  "));
  }
  print();
};

const signed = (number) => (number > 0 ? `+${number}` : number === 0 ? "±0" : String(number));

function totals(rows) {
  const before = baseline();
  const change = (name) => {
    if (!before[name]) return "new";
    return signed(rows[name].gzip - before[name].gzip);
  };
  table([
    ["bytes", "raw", "gzip -9", "brotli 11", "gzip, change"],
    ...Object.entries(rows).map(([name, { raw, gzip, brotli }]) => [
      name,
      raw,
      gzip,
      brotli,
      change(name),
    ]),
  ]);
}

/** The module once more, with its names, so that bytes have owners. */
function named() {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-size-"));
  try {
    const file = join(folder, "named.wasm");
    run(nodeBin("wasm-opt"), ["-Oz", "-g", compiledClient(), "-o", file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function owners(files) {
  const module = named();
  table([
    ["section of the wasm", "raw", "gzip -9"],
    ...sections(module)
      .filter(({ name }) => !name.startsWith("custom"))
      .map(({ name, bytes }) => [name, bytes.length, gzipSync(bytes, { level: 9 }).length]),
  ]);
  const all = functions(module);
  const crates = {};
  for (const { crate, size } of all) crates[crate] = (crates[crate] ?? 0) + size;
  table([["crate", "raw"], ...Object.entries(crates)]);
  table([["largest functions", "raw"], ...all.slice(0, 25).map(({ name, size }) => [name, size])]);
  table([["script", "minified"], ...files.map(({ name, size }) => [name, size])]);
}

await main(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => !["--save", "--json"].includes(flag));
  if (unknown) throw new Failure(`unknown flag ${unknown}; there are --save and --json.`);
  buildClient();
  const { rows, files } = await measure();
  if (flags.includes("--json")) print(JSON.stringify(rows, null, 2));
  else {
    totals(rows);
    owners(files);
  }
  if (flags.includes("--save")) writeFileSync(BASELINE, `${JSON.stringify(rows, null, 2)}\n`);
  if (rows.total.gzip > BUDGET) {
    throw new Failure(
      `the client weighs ${rows.total.gzip} bytes gzipped, ${rows.total.gzip - BUDGET} more than its budget of ${BUDGET}. The table above says whose bytes they are; the aim is ${AIM}.`,
    );
  }
});
