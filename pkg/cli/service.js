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
 * Listens for SIGINT and SIGTERM from now on. Call it first: a signal that comes while a command
 * starts, or right after its ready line, must end it as cleanly as any other.
 *
 * A second signal leaves at once: whoever presses Ctrl-C twice means it.
 *
 * @returns {Promise<void>} Done when the first signal has come.
 */
export function stopSignal() {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = () => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve();
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    whenAbandoned(resolve);
  });
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
 * Starts something, tells that it is ready, waits for the signal and closes it again, last opened
 * first; closes it too if the start fails half way.
 *
 * @template T
 * @param {(services: Pick<Service, "close">[]) => Promise<T>} start Adds what it opens.
 * @param {(facts: T) => void} tell
 */
export async function serveUntilStopped(start, tell) {
  const stopped = stopSignal();
  /** @type {Pick<Service, "close">[]} */
  const services = [];
  try {
    tell(await start(services));
    await stopped;
  } finally {
    await closeAll(services);
  }
}

/**
 * @param {readonly Pick<Service, "close">[]} services
 */
async function closeAll(services) {
  for (const service of [...services].reverse()) await service.close();
}

/**
 * Says that a command is ready: one line of JSON for a program, a summary for a person.
 *
 * @param {Record<string, unknown>} facts
 * @param {{ json?: boolean }} flags
 * @param {(facts: any, stream: NodeJS.WriteStream) => string} summary
 */
export function tell(facts, flags, summary) {
  const text = flags.json
    ? `${JSON.stringify({ event: "ready", ...facts })}\n`
    : summary(facts, process.stdout);
  process.stdout.write(text);
}
