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

  const shelf = {
    /** The text that is kept; it is the last that was asked for then. */
    take(key, now) {
      const entry = kept.get(key);
      if (entry === undefined || entry.until <= now) return undefined;
      kept.delete(key);
      kept.set(key, entry);
      return entry.text;
    },
    flights,
    keep,
    patienceMs,
  };

  return {
    /**
     * The part of one request in it. Whoever is told `null` is on the way upstream for all who ask meanwhile, until
     * it shares what it got, or ends.
     */
    enter: () => new Held(shelf),

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

/** One request's part. */
class Held {
  #shelf;
  /** @type {Map<string, Flight> | undefined} What it is on the way to. */
  #own;

  constructor(shelf) {
    this.#shelf = shelf;
  }

  /**
   * The same as `recall`, where that takes no time.
   *
   * @returns {string | null | undefined} `undefined`: somebody is on the way.
   */
  recallNow(key, now) {
    const text = this.#shelf.take(key, now);
    if (text !== undefined) return text;
    const { flights } = this.#shelf;
    if (flights.has(key)) return undefined;
    const started = new Flight();
    flights.set(key, started);
    (this.#own ??= new Map()).set(key, started);
    return null;
  }

  /** @returns {Promise<string | null>} */
  async recall(key, now) {
    const { flights, patienceMs } = this.#shelf;
    for (;;) {
      const text = this.recallNow(key, now);
      if (text !== undefined) return text;
      const flight = flights.get(key);
      const landed = await flight.wait(patienceMs);
      if (landed.late && flights.get(key) === flight) flights.delete(key);
      if (landed.text !== null || landed.late) return landed.text;
    }
  }

  /** Ends the way to what nobody waits for; with somebody who does it goes on, until there is something to share. */
  endsAlone(key) {
    const flight = this.#own?.get(key);
    if (flight === undefined || flight.isAwaited) return false;
    this.#leave(key, flight);
    return true;
  }

  share({ key, text, until, tags }, now) {
    const flight = this.#own?.get(key);
    if (flight === undefined) return;
    // One that was overtaken by a write is off the map: its answer may be older than the write.
    const current = this.#leave(key, flight);
    if (current && text !== null && until > now) this.#shelf.keep(key, { text, until, tags });
    flight.land(text);
  }

  /** @returns {boolean} Whether the flight was the one that others would have waited for. */
  #leave(key, flight) {
    this.#own?.delete(key);
    const { flights } = this.#shelf;
    return flights.get(key) === flight && flights.delete(key);
  }

  end() {
    if (this.#own === undefined) return;
    for (const [key, flight] of this.#own) {
      this.#leave(key, flight);
      flight.land(null);
    }
  }
}

/** One call upstream, and those who wait for what it brings. */
class Flight {
  #landed;
  #promise;

  get isAwaited() {
    return this.#promise !== undefined;
  }

  land(text) {
    this.#landed?.({ text, late: false });
  }

  /** @param {number} patienceMs */
  async wait(patienceMs) {
    this.#promise ??= new Promise((resolve) => (this.#landed = resolve));
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
