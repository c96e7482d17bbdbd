// Memory that can't grow without end: what nobody used for long goes first.

/** @template V */
export class Bounded {
  /** @type {Map<string, { value: V, isUsed: boolean }>} The next one to go first. */
  #entries = new Map();
  #max;

  /** @param {number} max The most entries. */
  constructor(max) {
    this.#max = max;
  }

  get size() {
    return this.#entries.size;
  }

  /** @param {string} key */
  get(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.value;
  }

  /**
   * @param {string} key
   * @param {V} value
   */
  set(key, value) {
    this.#entries.delete(key);
    while (this.#entries.size >= this.#max) this.#letGo();
    this.#entries.set(key, { value, isUsed: false });
  }

  /** Whoever was used since its last turn has another one: so a use costs one look, and no move to another place. */
  #letGo() {
    const [[key, entry]] = this.#entries;
    this.#entries.delete(key);
    if (!entry.isUsed) return;
    entry.isUsed = false;
    this.#entries.set(key, entry);
  }

  /** @param {string} key */
  delete(key) {
    this.#entries.delete(key);
  }
}

/**
 * No call of the shell's own takes as long. What does was begun by a request that its host stopped half way, as Workers do
 * when a page goes away: it never ends, and whoever waited for it would wait as long.
 */
const PATIENCE_MS = 12_000;

/**
 * Work that all who want it at the same time have done once.
 *
 * @template V
 * @param {number} [patienceMs] After so long it is begun anew.
 */
export function together(patienceMs = PATIENCE_MS) {
  /** @type {Map<string, { promise: Promise<V>, since: number }>} What is under way, the oldest first. */
  const coming = new Map();

  /** @param {string} key */
  function underWay(key) {
    const now = performance.now();
    for (const [old, { since }] of coming) {
      if (now - since < patienceMs) break;
      coming.delete(old);
    }
    return coming.get(key);
  }

  return {
    /** @param {string} key */
    has: (key) => underWay(key) !== undefined,

    /**
     * @param {string} key
     * @param {() => Promise<V>} work
     * @returns {Promise<V>}
     */
    run(key, work) {
      const found = underWay(key);
      if (found !== undefined) return found.promise;
      const promise = work().finally(() => {
        if (coming.get(key) === begun) coming.delete(key);
      });
      const begun = { promise, since: performance.now() };
      coming.set(key, begun);
      return promise;
    },
  };
}

/** How long somebody waits for what is newer, where what is there would do. */
const GLANCE_MS = 1_000;

/**
 * Waits for work, but not for long, and whatever becomes of it: for who can go on without.
 *
 * @param {Promise<unknown>} work
 */
export async function glance(work) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, GLANCE_MS)));
  try {
    await Promise.race([work.catch(() => {}), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What was looked up, for a while; many who ask at once cause one look-up, and a failure is nobody's answer but
 * theirs.
 *
 * @template V
 * @param {number} max The most entries.
 * @param {number} [patienceMs]
 */
export function memo(max, patienceMs) {
  /** @type {Bounded<{ value: V, until: number }>} */
  const kept = new Bounded(max);
  /** @type {ReturnType<typeof together<{ value: V, until: number }>>} */
  const coming = together(patienceMs);

  /**
   * @param {string} key
   * @param {number} now
   * @param {() => Promise<{ value: V, until: number }>} load Says how long its value may be used.
   */
  return async function look(key, now, load) {
    const held = kept.get(key);
    if (held !== undefined && now < held.until) return held.value;
    const found = await coming.run(key, load);
    if (found.until > now) kept.set(key, found);
    else kept.delete(key);
    return found.value;
  };
}
