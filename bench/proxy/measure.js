// One runtime: three servers at once, asked in turn, so that a slow moment of the machine is everybody's.
import { createInterface } from "node:readline";
import { Failure, say } from "../../scripts/lib/process.js";
import { at } from "../../scripts/lib/paths.js";
import { RUNTIMES, cpuMs, memoryMb, start } from "./servers.js";

export const CONTENDERS = ["pass", "hono", "ours"];
export const KINDS = ["read", "write"];

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const median = (numbers) => sorted(numbers)[numbers.length >> 1];
const quantile = (numbers, part) =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];

/** The process that sends, and counts what comes back. */
export async function startLoad(job) {
  const args = [process.execPath, at("bench", "proxy", "load.js")];
  const { child, stop } = await start(args, { processor: 1 });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (what, how) => {
    child.stdin.write(`${JSON.stringify({ what, ...how })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Failure("the load ended: see above.");
    return JSON.parse(value);
  };
  await ask("know", job);
  return { ask, stop };
}

export async function startUpstream() {
  const command = [process.execPath, at("bench", "proxy", "upstream.js"), "bench-credential-0001"];
  return start(command, { processor: 1 });
}

/** Whatever is not 200 with the caller's own account makes the figure worthless. */
export function must200(statuses, count, who) {
  if (statuses[200] === count && Object.keys(statuses).length === 1) return;
  throw new Failure(`${who}: ${JSON.stringify(statuses)} of ${count} answers, not 200 each.`);
}

/**
 * @param {string} runtime
 * @param {string} folder
 * @param {{ settings: object }} job
 * @param {{ ask: (what: string, how: object) => Promise<any> }} load
 * @param {{ rounds: number, connections: number, counts: Record<string, number>, turns: number, gapMs: number }} options
 */
export async function measure(runtime, folder, { settings }, load, options) {
  const { rounds, connections, counts, turns, gapMs } = options;
  const servers = {};
  try {
    for (const who of CONTENDERS) {
      servers[who] = await RUNTIMES[runtime](folder, who, settings);
    }
    const batches = {};
    for (let round = 0; round <= rounds; round += 1) {
      for (const kind of KINDS) {
        for (const who of CONTENDERS) {
          const { port, pid } = servers[who];
          const count = counts[kind];
          const before = cpuMs(pid);
          const { seconds, statuses } = await load.ask("batch", {
            ...{ port, which: kind, count, connections },
          });
          must200(statuses, count, `${runtime} ${who} ${kind}`);
          const cpu = ((cpuMs(pid) - before) / count) * 1000;
          // The first round warms up, and verifies each token.
          if (round > 0) ((batches[who] ??= {})[kind] ??= []).push({ rate: count / seconds, cpu });
        }
      }
      say(`bench: ${runtime}: round ${round} of ${rounds}`);
    }
    const memory = Object.fromEntries(CONTENDERS.map((who) => [who, memoryMb(servers[who].pid)]));
    const added = await latency(runtime, servers, load, { turns, gapMs });
    return Object.fromEntries(
      CONTENDERS.map((who) => [
        who,
        {
          ...Object.fromEntries(KINDS.map((kind) => [kind, facts(batches[who][kind])])),
          memory: memory[who],
          added: added[who],
        },
      ]),
    );
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}

const facts = (batches) => ({
  rate: median(batches.map(({ rate }) => rate)),
  cpu: median(batches.map(({ cpu }) => cpu)),
});

/** One request at a time: what each adds to the pass-through's time, in microseconds. */
async function latency(runtime, servers, load, { turns, gapMs }) {
  const ports = CONTENDERS.map((who) => servers[who].port);
  const added = {};
  for (const kind of KINDS) {
    const { times, statuses } = await load.ask("turns", {
      ports,
      which: kind,
      count: turns,
      gapMs,
    });
    must200(statuses, turns * ports.length, `${runtime} ${kind}, one at a time`);
    CONTENDERS.forEach((who, at) => {
      const of = (part) => quantile(times[at], part) - (at === 0 ? 0 : quantile(times[0], part));
      (added[who] ??= {})[kind] = { p50: of(0.5), p99: of(0.99) };
    });
  }
  return added;
}
