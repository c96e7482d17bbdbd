// Memory that can't grow without end: what was used longest ago goes first.

/** @template V */
export class Bounded {
  /** @type {Map<string, V>} */
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
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /**
   * @param {string} key
   * @param {V} value
   */
  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) {
      const [oldest] = this.#entries.keys();
      this.#entries.delete(oldest);
    }
  }

  /** @param {string} key */
  delete(key) {
    this.#entries.delete(key);
  }
}

/**
 * What was looked up, for a while; many who ask at once cause one look-up, and a failure is nobody's answer but
 * theirs.
 *
 * @template V
 * @param {number} max The most entries.
 */
export function memo(max) {
  /** @type {Bounded<{ value: V, until: number }>} */
  const kept = new Bounded(max);
  /** @type {Map<string, Promise<{ value: V, until: number }>>} */
  const coming = new Map();

  /**
   * @param {string} key
   * @param {number} now
   * @param {() => Promise<{ value: V, until: number }>} load Says how long its value may be used.
   */
  return async function look(key, now, load) {
    const held = kept.get(key);
    if (held !== undefined && now < held.until) return held.value;
    let loading = coming.get(key);
    if (loading === undefined) {
      loading = load().finally(() => coming.delete(key));
      coming.set(key, loading);
    }
    const found = await loading;
    if (found.until > now) kept.set(key, found);
    else kept.delete(key);
    return found.value;
  };
}
