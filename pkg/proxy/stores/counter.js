// A counter of the memory store: the claims that count in it. What most of its callers ask, it knows without a walk over
// them, for a busy counter has thousands.

/**
 * @typedef {{ amount: number, expiresAt: number | null, holder: string, settled: boolean }} Claim
 *   `expiresAt` is `null` for one that never ends.
 */

export class Counter {
  /** @type {Map<string, Claim>} */
  #claims = new Map();
  /** Before then no claim ends. */
  #soonest = Infinity;
  /** The amounts of all claims together. */
  sum = 0;

  get size() {
    return this.#claims.size;
  }

  /** @param {string} id */
  get(id) {
    return this.#claims.get(id);
  }

  /**
   * @param {string} id
   * @param {Claim} claim
   */
  set(id, claim) {
    this.delete(id);
    this.#claims.set(id, claim);
    this.sum += claim.amount;
    this.#soonest = Math.min(this.#soonest, endOf(claim));
  }

  /** @param {string} id */
  delete(id) {
    const claim = this.#claims.get(id);
    if (claim === undefined) return;
    this.#claims.delete(id);
    this.sum -= claim.amount;
  }

  /**
   * Lets go of claims that have ended.
   *
   * @param {number} now
   */
  prune(now) {
    if (this.#soonest > now) return;
    this.#soonest = Infinity;
    for (const [id, claim] of this.#claims) {
      const end = endOf(claim);
      if (end <= now) this.delete(id);
      else this.#soonest = Math.min(this.#soonest, end);
    }
  }

  /** When the last of the claims ends; `null` where one has no end, or there is none. */
  end() {
    const ends = [...this.#claims.values()].map(({ expiresAt }) => expiresAt);
    return ends.length === 0 || ends.includes(null)
      ? null
      : ends.reduce((last, end) => Math.max(last, end));
  }
}

/** @param {Claim} claim */
const endOf = ({ expiresAt }) => expiresAt ?? Infinity;
