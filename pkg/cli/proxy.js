import { access } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "loyalty-edge/proxy/node";
import { CommandError } from "./problems.js";
import { listen, printReady, runUntilStopped } from "./service.js";
import { proxySummary } from "./summary.js";

/**
 * `loyalty-edge proxy`: a developer's own proxy, from the module that also runs on the edge.
 *
 * @param {{ config: string, port: number, json?: boolean }} flags
 */
export async function proxy({ config, port, json }) {
  const app = await load(config);
  const server = await listen(port, () => serve(app, { port }));
  const facts = { url: server.url };
  if (json) printReady(facts);
  else process.stdout.write(proxySummary(facts, process.stdout));
  await runUntilStopped([server]);
}

/** @param {string} config */
async function load(config) {
  const file = path.resolve(config);
  try {
    await access(file);
  } catch (error) {
    throw new CommandError(`There is no file ${config}.`, "--config takes a module's path.", {
      cause: error,
    });
  }
  let module;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `${config} can't be loaded: ${reason}`,
      "Run it with node to see where.",
      {
        cause: error,
      },
    );
  }
  if (typeof module.default?.fetch !== "function") {
    throw new CommandError(
      `${config} has no proxy as its default export.`,
      "Write: export default createProxy({ … });",
    );
  }
  return module.default;
}
