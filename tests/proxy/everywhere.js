// Runs one module on Node, workerd, Deno and Bun. The module has `export async function run(proxy, data)`; what it
// gives comes back as JSON.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, root } from "../../scripts/lib/paths.js";
import { bun, deno } from "../runtimes/programs.js";
import { askWorker } from "../stores/worker.js";

/**
 * @param {URL} module
 * @param {unknown} data
 */
export function everywhere(module, data) {
  // Inside the checkout, where `loyalty-edge` is found by its name.
  mkdirSync(at("test-results"), { recursive: true });
  const folder = mkdtempSync(at("test-results", "everywhere-"));
  const main = join(folder, "main.js");
  writeFileSync(join(folder, "data.js"), `export default ${JSON.stringify(data)};`);
  const imports = `
    import * as proxy from "loyalty-edge/proxy";
    import { run } from ${JSON.stringify(module.pathname)};
    import data from "./data.js";`;
  writeFileSync(main, `${imports}\nconsole.log(JSON.stringify(await run(proxy, data)));`);
  const worker = `${imports}\nexport default { fetch: async () => Response.json(await run(proxy, data)) };`;

  const program = ([name, ...args]) =>
    new Promise((resolve, reject) => {
      const child = spawn(name, [...args, main], {
        cwd: root,
        env: { ...process.env, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [out, err] = ["", ""];
      child.stdout.on("data", (piece) => (out += piece));
      child.stderr.on("data", (piece) => (err += piece));
      child.on("error", reject);
      child.on("close", (status) =>
        status === 0
          ? resolve(JSON.parse(out))
          : reject(new Error(`exited with ${status}: ${out}\n${err}`)),
      );
    });

  return {
    node: () => program([process.execPath]),
    // With no permission at all.
    deno: () =>
      program([...deno(), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"]),
    bun: () => program([...bun(), "run"]),
    workerd: () => askWorker(worker, folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const RUNTIMES = ["node", "workerd", "deno", "bun"];
