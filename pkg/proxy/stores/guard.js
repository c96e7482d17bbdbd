// Around every store: it answers soon or counts as lost. What a lost store means for a request, the decisions know.

/** A store in reach takes some milliseconds; one that was woken on another continent half a second. */
const PATIENCE_MS = 2000;
/** How long a store that kept somebody waiting is left alone, so that not everybody waits as long. */
const PAUSE_MS = 1000;
/** Work that is done already: its record is worth the wait. */
const LAST_WORDS = new Set(["settle", "release"]);

class StoreAway extends Error {
  name = "StoreAway";
}

/**
 * @param {any} store
 * @param {{ patienceMs?: number, pauseMs?: number }} [options]
 */
export function guarded(store, { patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS } = {}) {
  let awayUntil = 0;

  /** @param {string} name @param {any} op */
  return async function carryOut(name, op) {
    if (performance.now() < awayUntil && !LAST_WORDS.has(name)) {
      throw new StoreAway("the store did not answer a moment ago");
    }
    let timer;
    // In a process that is busy the clock rings before the answer is looked at that has long come: so it rings twice.
    const late = new Promise((resolve) => {
      timer = setTimeout(() => (timer = setTimeout(() => resolve(undefined), 1)), patienceMs);
    });
    const asked = Promise.resolve(store[name](op));
    try {
      const reply = await Promise.race([asked, late]);
      if (reply !== undefined) return reply;
    } finally {
      clearTimeout(timer);
    }
    awayUntil = performance.now() + pauseMs;
    giveBack(asked, name, op);
    throw new StoreAway(`the store did not answer ${name} within ${patienceMs} ms`);
  };

  /**
   * A hold that came after its caller was told 503 is nobody's. It is let go, so that a retry need not wait for the end
   * of its lease; as open and not as undone, for it may go on with work whose outcome is unknown.
   */
  function giveBack(asked, name, { shard, key, now }) {
    asked
      .then((reply) => {
        if (name !== "reserve" || reply?.kind !== "reserved") return undefined;
        return store.release({ shard, key, token: reply.token, undo: false, now });
      })
      .catch(() => {}); // It is lost still: the lease ends by itself.
  }
}
