// Answers that several requests may share. What stands under which key, for how long and what makes it stale is
// decided in crates/proxy/src/cache.rs; here are only texts, waiting and a limit.

/** The most characters that are kept in all; one answer larger than a sixteenth of it is not kept. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/**
 * A call upstream takes less; whoever waited so long goes alone, and nobody waits for that one any more: a request that
 * its host stopped half way says no word of it.
 */
const PATIENCE_MS = 12_000;

/**
 * @param {number} entries How many answers are kept at most; the one that was asked for longest ago goes first.
 * @param {number} [patienceMs]
 */
export function createCache(entries, patienceMs = PATIENCE_MS) {
  /** @type {Map<string, { text: string, until: number, tags: string[] }>} */
  const kept = new Map();
  /** @type {Map<string, Flight>} */
  const flights = new Map();
  let characters = 0;

  const drop = (key) => {
    characters -= kept.get(key)?.text.length ?? 0;
    kept.delete(key);
  };

  const keep = (key, entry) => {
    drop(key);
    if (entry.text.length > MOST_CHARACTERS / 16) return;
    kept.set(key, entry);
    characters += entry.text.length;
    for (const oldest of kept.keys()) {
      if (kept.size <= entries && characters <= MOST_CHARACTERS) break;
      drop(oldest);
    }
  };

  return {
    /**
     * The part of one request in it. Whoever is told `null` is on the way upstream for all who ask meanwhile, until
     * it shares what it got, or ends.
     */
    enter() {
      /** @type {Map<string, Flight>} */
      const own = new Map();
      return {
        /** @returns {Promise<string | null>} */
        async recall(key, now) {
          for (;;) {
            const entry = kept.get(key);
            if (entry !== undefined && entry.until > now) {
              kept.delete(key); // the last in the map is the last that was asked for
              kept.set(key, entry);
              return entry.text;
            }
            const flight = flights.get(key);
            if (flight === undefined) {
              const started = new Flight();
              flights.set(key, started);
              own.set(key, started);
              return null;
            }
            const landed = await flight.wait(patienceMs);
            if (landed.late && flights.get(key) === flight) flights.delete(key);
            if (landed.text !== null || landed.late) return landed.text;
          }
        },

        share({ key, text, until, tags }, now) {
          const flight = own.get(key);
          if (flight === undefined) return;
          own.delete(key);
          // One that was overtaken by a write is off the map: its answer may be older than the write.
          const current = flights.get(key) === flight;
          if (current) flights.delete(key);
          if (current && text !== null && until > now) keep(key, { text, until, tags });
          flight.land(text);
        },

        end() {
          for (const [key, flight] of own) {
            if (flights.get(key) === flight) flights.delete(key);
            flight.land(null);
          }
          own.clear();
        },
      };
    },

    /** @param {string[]} tags */
    forget(tags) {
      for (const [key, entry] of kept) {
        if (entry.tags.some((tag) => tags.includes(tag))) drop(key);
      }
      // What is under way was asked before: those who wait for it may have it, nobody else.
      flights.clear();
    },

    /** For tests: how much is held. */
    size: () => ({ kept: kept.size, flights: flights.size, characters }),
  };
}

/** One call upstream, and those who wait for what it brings. */
class Flight {
  #landed;
  #promise;

  constructor() {
    this.#promise = new Promise((resolve) => (this.#landed = resolve));
  }

  land(text) {
    this.#landed({ text, late: false });
  }

  /** @param {number} patienceMs */
  async wait(patienceMs) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ text: null, late: true }), patienceMs);
    });
    try {
      return await Promise.race([this.#promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
