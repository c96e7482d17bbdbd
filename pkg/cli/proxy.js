import { access } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "loyalty-edge/proxy/node";
import { CommandError } from "./problems.js";
import { listen, serveUntilStopped, tell } from "./service.js";
import { proxySummary } from "./summary.js";

/**
 * `loyalty-edge proxy`: a developer's own proxy, from the module that also runs on the edge.
 *
 * @param {{ config: string, port: number, json?: boolean }} flags
 */
export async function proxy({ config, port, json }) {
  await serveUntilStopped(
    async (services) => {
      const app = await load(config);
      // On Node the environment is the process's: what a Worker finds in `env`.
      const { basePath } = (await app.prepare?.(process.env)) ?? { basePath: "" };
      const served = { fetch: (/** @type {Request} */ request) => app.fetch(request, process.env) };
      const server = await listen(port, () => serve(served, { port }));
      services.push(server);
      return { url: server.url + basePath.replace(/\/$/, "") };
    },
    (facts) => tell(facts, { json }, proxySummary),
  );
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
