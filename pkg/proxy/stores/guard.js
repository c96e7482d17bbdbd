// Around every store: it answers soon or counts as lost. What a lost store means for a request, the decisions know.
import { settles } from "../within.js";
import { absences } from "./absences.js";

/** A store in reach takes some milliseconds; one that was woken on another continent half a second. */
const PATIENCE_MS = 2000;
/** How long what kept somebody waiting is left alone, so that not everybody waits as long. */
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
  const away = absences(pauseMs);

  /** @param {string} name @param {any} op */
  return async function carryOut(name, op) {
    const shards = shardsOf(op);
    if (!LAST_WORDS.has(name) && away.has(shards, performance.now())) {
      throw new StoreAway("the store did not answer a moment ago");
    }
    const asked = Promise.resolve(store[name](op));
    if (await settles(asked)) {
      const reply = await asked;
      if (reply !== undefined) return reply;
    }
    let timer;
    // In a process that is busy the clock rings before the answer is looked at that has long come: so it rings twice.
    const late = new Promise((resolve) => {
      timer = setTimeout(() => (timer = setTimeout(() => resolve(undefined), 1)), patienceMs);
    });
    try {
      const reply = await Promise.race([asked, late]);
      if (reply !== undefined) return reply;
    } finally {
      clearTimeout(timer);
    }
    away.add(shards, performance.now());
    giveBack(asked, name, op);
    throw new StoreAway(`the store did not answer ${name} within ${patienceMs} ms`);
  };

  /**
   * A hold that came after its caller was told 503 is nobody's, and is let go. The first one, by its time, is undone:
   * nothing was sent under it, so neither a cap nor the retry may find a trace. One that goes on with earlier work stays
   * open, for that work's outcome is unknown.
   */
  function giveBack(asked, name, { shard, key, now }) {
    asked
      .then((reply) => {
        if (name !== "reserve" || reply?.kind !== "reserved") return undefined;
        return store.release({ shard, key, token: reply.token, undo: reply.since === now, now });
      })
      .catch(() => {}); // It is lost still: the lease ends by itself.
  }
}

/** The parts of the store that an operation needs. */
const shardsOf = ({ shard, windows }) =>
  windows === undefined ? [shard ?? ""] : [...new Set(windows.map((window) => window.shard ?? ""))];
