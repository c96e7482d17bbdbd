import { digest } from "../identify/digest.js";

// What the store remembers of sessions: those that were ended before their time, and sign-ins that were used. The
// names are digests: who reads the store learns nobody's session.

/**
 * @param {{ store: any, site: string, now: () => number }} world
 */
export function revocations({ store, site, now }) {
  const name = async (...what) => `session:${await digest(JSON.stringify([site, ...what]))}`;
  const get = async (...what) => {
    const { kind, value } = await store.get({ key: await name(...what), now: now() });
    if (kind !== "value")
      throw new TypeError("the store answered get with another operation's reply");
    return value ?? null;
  };
  const put = async (value, onlyNew, expiresAt, ...what) => {
    const key = await name(...what);
    const { kind } = await store.put({ key, value, onlyNew, expiresAt, now: now() });
    if (kind !== "ok" && kind !== "exists") {
      throw new TypeError("the store answered put with another operation's reply");
    }
    return kind === "ok";
  };

  return {
    /** @param {string} sid @param {number} until When the session would have ended by itself. */
    endSession: (sid, until) => put("1", false, until, "ended", sid),

    /**
     * Ends every session of somebody that has begun by now.
     *
     * @param {string} who
     * @param {number} until
     */
    endAll: (who, until) => put(String(now()), false, until, "all", who.toLowerCase()),

    /**
     * @param {{ sid: string, at: number, who: string[] }} session
     */
    async isEnded({ sid, at, who }) {
      const names = [...new Set(who.map((id) => id.toLowerCase()))];
      const [ended, ...since] = await Promise.all([
        get("ended", sid),
        ...names.map((id) => get("all", id)),
      ]);
      return ended !== null || since.some((date) => date !== null && at <= Number(date));
    },

    /** @param {string} id Of a sign-in. @param {number} until @returns {Promise<boolean>} Whether it is the first use. */
    useOnce: (id, until) => put("1", true, until, "login", id),
  };
}
