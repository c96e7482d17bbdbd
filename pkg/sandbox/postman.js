// Delivers events: one at a time and in order, so that a receiver can tell when the order was broken on purpose; tries
// again what failed, without holding up the rest.

/** How long an event that is to come late waits for another one to come before it. */
const LATE_MS = 200;
/** How long a receiver may take. */
const PATIENCE_MS = 10_000;
/** For how many events it is kept how their delivery went. */
const MOST = 1_000;

/**
 * @param {(claim: string) => Promise<string>} sign
 */
export function createPostman(sign) {
  /** @type {{ delivery: any, tries: number }[]} What is to be sent now. */
  const line = [];
  /** @type {Map<string, { token?: Promise<string>, deliveries: object[] }>} */
  const known = new Map();
  const timers = new Set();
  const closing = new AbortController();
  let late;
  let running = false;
  const waiting = [];
  let fetch;

  const record = (id) => {
    let entry = known.get(id);
    if (entry === undefined) {
      entry = { deliveries: [] };
      known.set(id, entry);
      if (known.size > MOST) known.delete(known.keys().next().value);
    }
    return entry;
  };

  const tokenOf = (id, claim) => (record(id).token ??= sign(claim));

  const later = (ms, action) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  };

  const enqueue = (delivery) => {
    for (let copy = 0; copy < delivery.copies; copy += 1) line.push({ delivery, tries: 0 });
  };

  const release = () => {
    if (late !== undefined) enqueue(late);
    late = undefined;
    run();
  };

  async function send({ delivery, tries }) {
    const { id, claim, url, attempts, backoffMs } = delivery;
    const attempt = { at: new Date().toISOString() };
    record(id).deliveries.push(attempt);
    try {
      const init = {
        method: "POST",
        headers: { "content-type": "text/plain" },
        body: await tokenOf(id, claim),
        signal: AbortSignal.any
          ? AbortSignal.any([closing.signal, AbortSignal.timeout(PATIENCE_MS)])
          : closing.signal,
      };
      const response = await (fetch ?? globalThis.fetch)(url, init);
      attempt.status = response.status;
      response.body?.cancel?.().catch(() => {}); // nobody reads it, so its connection can go
    } catch (error) {
      attempt.error = String(error?.message ?? error);
    }
    if (attempt.status >= 200 && attempt.status < 300) return;
    if (tries + 1 >= attempts || closing.signal.aborted) return;
    later(backoffMs * 2 ** tries, () => {
      line.push({ delivery, tries: tries + 1 });
      run();
    });
  }

  async function run() {
    if (running) return;
    running = true;
    // The request that made the event is answered first.
    await undefined;
    while (line.length > 0) await send(line.shift());
    running = false;
    if (timers.size > 0 || late !== undefined) return;
    for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    /** Another `fetch` to deliver with, or the global one. */
    use(other) {
      fetch = other;
    },

    /** Takes events as the state machine hands them out. */
    take(deliveries) {
      for (const delivery of deliveries) {
        if (delivery.late && late === undefined) {
          late = delivery;
          later(LATE_MS, release);
          continue;
        }
        enqueue(delivery);
        release();
      }
    },

    /** Signs what is listed, and says how its delivery went. */
    async told(events) {
      const all = events.map(async ({ claim, ...event }) => {
        const jwt = await tokenOf(event.id, claim);
        return { ...event, jwt, deliveries: known.get(event.id)?.deliveries ?? [] };
      });
      return Promise.all(all);
    },

    /** Resolves when nothing is on its way and nothing will be tried again. */
    settled() {
      if (!running && line.length === 0 && timers.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },

    close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      line.length = 0;
      late = undefined;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
