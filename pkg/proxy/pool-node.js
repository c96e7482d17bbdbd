import buildConnector from "undici/lib/core/connect.js";
import Pool from "undici/lib/dispatcher/pool.js";

// undici's pools, and what undici itself does not tell of a connection. Its entry would bring a `fetch` and much else,
// for three times the time it takes to start.

/** How long a connection waits for its next call. Servers give up idle ones after five seconds, many of them. */
const IDLE_MS = 4_000;
const CONNECT_MS = 10_000;
const OPTIONS = {
  connections: 1_024,
  pipelining: 1,
  keepAliveTimeout: IDLE_MS,
  keepAliveMaxTimeout: IDLE_MS,
  // Whoever calls gives up by a clock of his own.
  headersTimeout: 0,
  bodyTimeout: 0,
};

/** @type {Map<string, any>} */
const pools = new Map();

/** @param {string} upstream One of few: a developer's own setting. */
export function poolOf(upstream) {
  let pool = pools.get(upstream);
  if (pool === undefined) {
    pool = new Pool(new URL(upstream).origin, { ...OPTIONS, connect });
    pools.set(upstream, pool);
  }
  return pool;
}

let isOpening = false;
/** @type {"end" | "error" | "close" | undefined} What a connection goes through right now. */
let ending;

/** Whether the call that is being written now is its connection's first: undici writes it as soon as it is open. */
export const isFirst = () => isOpening;

/**
 * Whether an answer that is said to be complete was cut short: undici takes whatever came before the end of a
 * connection that was to be closed anyway. Only an answer whose end is nothing but that may end so.
 *
 * @param {() => boolean} isChunked
 */
export const wasCutShort = (isChunked) => (ending === "end" ? isChunked() : ending !== undefined);

const connectSocket = buildConnector({ timeout: CONNECT_MS });

function connect(to, done) {
  return connectSocket(to, (error, socket) => {
    if (error) return done(error, null);
    // Around undici's own listeners, which `done` adds.
    for (const event of ENDINGS) socket.on(event, () => (ending = event));
    isOpening = true;
    try {
      done(null, socket);
    } finally {
      isOpening = false;
      for (const event of ENDINGS) socket.on(event, () => (ending = undefined));
    }
  });
}

/** @type {("end" | "error" | "close")[]} */
const ENDINGS = ["end", "error", "close"];
