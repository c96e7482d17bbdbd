import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { sandboxFacts } from "./facts.js";
import { listen, serveUntilStopped, tell } from "./service.js";
import { sandboxSummary } from "./summary.js";

/**
 * `loyalty-edge sandbox`: the stand-in on a port of its own.
 *
 * @param {{ port: number, accounts: number, seed: number, webhook?: string, json?: boolean }} flags
 */
export async function sandbox({ port, accounts, seed, webhook, json }) {
  const webhooks = webhook === undefined ? undefined : { url: webhook };
  await serveUntilStopped(
    async (services) => {
      const box = await createSandbox({ seed, accounts, webhooks });
      services.push(box);
      const server = await listen(port, () => serve(box, { port }));
      services.push(server);
      return sandboxFacts(box, server.url);
    },
    (facts) => tell(facts, { json }, sandboxSummary),
  );
}
