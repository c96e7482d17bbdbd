import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { readBehaviour } from "./doctor/report-file.js";
import { sandboxFacts } from "./facts.js";
import { listen, serveUntilStopped, tell } from "./service.js";
import { sandboxSummary } from "./summary.js";

/**
 * `loyalty-edge sandbox`: the stand-in on a port of its own.
 *
 * @param {{ port: number, accounts: number, seed: number, webhook?: string, behaviour?: string, json?: boolean }} flags
 */
export async function sandbox({ port, accounts, seed, webhook, behaviour: file, json }) {
  const webhooks = webhook === undefined ? undefined : { url: webhook };
  const behaviour = file === undefined ? undefined : readBehaviour(file);
  await serveUntilStopped(
    async (services) => {
      const box = await createSandbox({ seed, accounts, webhooks, behaviour });
      services.push(box);
      const server = await listen(port, () => serve(box, { port }));
      services.push(server);
      return sandboxFacts(box, server.url);
    },
    (facts) => tell(facts, { json }, sandboxSummary),
  );
}
