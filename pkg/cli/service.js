import { CommandError } from "./problems.js";

/**
 * What the three commands share: opening a port with a helpful error, and living until told to
 * stop.
 *
 * @typedef {{ url: string, close: () => Promise<void> | void }} Service
 */

/**
 * Opens a port, and turns the system's refusals into sentences.
 *
 * @template {Service} T
 * @param {number} port
 * @param {() => Promise<T>} open
 * @returns {Promise<T>}
 */
export async function listen(port, open) {
  try {
    return await open();
  } catch (error) {
    const code = /** @type {{ code?: string }} */ (error)?.code;
    const another = "choose another with --port N, or let --port 0 find a free one.";
    if (code === "EADDRINUSE") {
      throw new CommandError(
        `Port ${port} is taken.`,
        `Stop the program that uses it, ${another}`,
        { cause: error },
      );
    }
    if (code === "EACCES") {
      throw new CommandError(`Port ${port} may not be opened by this user.`, `Please ${another}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Waits for SIGINT or SIGTERM, then closes everything, last opened first.
 *
 * A second signal leaves at once: whoever presses Ctrl-C twice means it.
 *
 * @param {readonly Pick<Service, "close">[]} services
 * @returns {Promise<void>}
 */
export async function runUntilStopped(services) {
  await new Promise((resolve) => {
    let stopping = false;
    const onSignal = () => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve(undefined);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    whenAbandoned(() => resolve(undefined));
  });
  await closeAll(services);
}

const LOOK_EVERY_MS = 250;

/**
 * npm and npx run a command through a shell, and a signal sent to them ends that shell without ever
 * reaching the command. So under npm, a parent that is gone is a signal too; or the servers would
 * live on, holding their ports, with nobody left to stop them.
 *
 * @param {() => void} stop
 */
function whenAbandoned(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/**
 * @param {readonly Pick<Service, "close">[]} services
 */
export async function closeAll(services) {
  for (const service of [...services].reverse()) await service.close();
}

/**
 * The machine's ready line: one line, once, on standard output.
 *
 * @param {Record<string, unknown>} facts
 */
export function printReady(facts) {
  process.stdout.write(`${JSON.stringify({ event: "ready", ...facts })}\n`);
}
