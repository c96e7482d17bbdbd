import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { closeAll, listen, printReady, runUntilStopped } from "./service.js";
import { sandboxSummary } from "./summary.js";

/**
 * `loyalty-edge sandbox`: the stand-in on a port of its own.
 *
 * @param {{ port: number, accounts: number, seed: number, json?: boolean }} flags
 */
export async function sandbox({ port, accounts, seed, json }) {
  const services = [];
  const box = await createSandbox({ seed, accounts });
  services.push(box);
  try {
    const server = await listen(port, () => serve(box, { port }));
    services.push(server);
    const { apiKey, siteId, members, contacts } = box;
    const facts = { url: server.url, apiKey, siteId, members, contacts };
    if (json) printReady(facts);
    else process.stdout.write(sandboxSummary(facts, process.stdout));
  } catch (error) {
    await closeAll(services);
    throw error;
  }
  await runUntilStopped(services);
}
