// `npm run bench -- client`: the client beside the official one and JavaScript by hand, on seven engines.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { at } from "../../scripts/lib/paths.js";
import { say } from "../../scripts/lib/process.js";
import { ensure, toBench } from "../../scripts/lib/requirements.js";
import { buildClient } from "../../scripts/lib/build.js";
import { table } from "./table.js";

export async function bench({ quick, json }) {
  ensure(toBench);
  buildClient();
  // Only now: what these import is installed and built.
  const { allocations, ENGINES, startup } = await import("./engines.js");
  // In the checkout, so that what is bundled finds its packages.
  const folder = mkdtempSync(at("bench", ".run-"));
  const options = quick ? { rounds: 5, batchMs: 10 } : { rounds: 15, batchMs: 40 };
  const results = {
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`,
    ...options,
    engines: {},
  };
  try {
    for (const [name, run] of Object.entries(ENGINES)) {
      say(`bench: ${name}`);
      results.engines[name] = await run(folder, options);
    }
    say("bench: memory, import, first load");
    results.bytes = await allocations(folder);
    results.startup = await startup(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (!quick) writeFileSync(join(at("bench", "results"), "client.json"), text);
  process.stdout.write(json ? text : table(results));
}
