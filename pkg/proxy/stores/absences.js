// Which parts of a store are left alone. Of a store that is spread one part may be slow, and the others' callers must
// not pay for it; where several parts fail that have nothing in common, it is the store.

/** So many that fail are no matter of one part any more. */
const SEVERAL = 3;
const REMEMBERED = 100;

/** @param {number} pauseMs How long a part is left alone. */
export function absences(pauseMs) {
  /** @type {Map<string, { shards: string[], until: number }>} What did not answer, the oldest first. */
  const missed = new Map();

  return {
    /**
     * Operations on these parts did not answer; which of them it was is not known.
     *
     * @param {string[]} shards
     * @param {number} now
     */
    add(shards, now) {
      const key = JSON.stringify([...shards].sort());
      missed.delete(key);
      missed.set(key, { shards, until: now + pauseMs });
      const [oldest] = missed.keys();
      if (missed.size > REMEMBERED) missed.delete(oldest);
    },

    /**
     * Whether an operation would wait in vain: it needs all that another one needed that did not answer, or a part that
     * several of them needed; or several had nothing in common.
     *
     * @param {string[]} shards
     * @param {number} now
     */
    has(shards, now) {
      for (const [key, { until }] of missed) if (until <= now) missed.delete(key);
      if (missed.size === 0) return false;
      const sets = [...missed.values()].map((each) => each.shards);
      if (apart(sets) >= SEVERAL) return true;
      const misses = (shard) => sets.filter((needed) => needed.includes(shard)).length;
      if (shards.some((shard) => misses(shard) >= SEVERAL)) return true;
      return sets.some((needed) => needed.every((shard) => shards.includes(shard)));
    },
  };
}

/**
 * How many of the sets have nothing in common with one another, taken as they come.
 *
 * @param {string[][]} sets
 */
function apart(sets) {
  const taken = new Set();
  let count = 0;
  for (const shards of sets) {
    if (shards.some((shard) => taken.has(shard))) continue;
    for (const shard of shards) taken.add(shard);
    count += 1;
  }
  return count;
}
