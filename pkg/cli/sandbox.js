import { createSandbox } from "loyalty-edge/sandbox";
import { serve, sqliteStore } from "loyalty-edge/sandbox/node";
import { readBehaviour } from "./doctor/report-file.js";
import { sandboxFacts } from "./facts.js";
import { CommandError } from "./problems.js";
import { listen, serveUntilStopped, tell } from "./service.js";
import { sandboxSummary } from "./summary.js";

/**
 * `loyalty-edge sandbox`: the stand-in on a port of its own.
 *
 * @param {{ port: number, accounts?: number, seed?: number, db?: string, webhook?: string, behaviour?: string,
 *   throttle?: number, lenient?: boolean, json?: boolean }} flags
 */
export async function sandbox(flags) {
  const { port, accounts, seed, db, webhook, behaviour: file, throttle, lenient, json } = flags;
  const webhooks = webhook === undefined ? undefined : { url: webhook };
  const behaviour = file === undefined ? undefined : readBehaviour(file);
  await serveUntilStopped(
    async (services) => {
      const box = await open({ seed, accounts, webhooks, behaviour, throttle, lenient, db });
      services.push(box);
      const server = await listen(port, () => serve(box, { port }));
      services.push(server);
      return sandboxFacts(box, server.url);
    },
    (facts) => tell(facts, { json }, (told, stream) => sandboxSummary(told, stream, { db })),
  );
}

async function open({ db, ...options }) {
  if (db === undefined) return createSandbox(options);
  try {
    return await createSandbox({ ...options, store: await sqliteStore(db) });
  } catch (error) {
    throw new CommandError(error.message);
  }
}
