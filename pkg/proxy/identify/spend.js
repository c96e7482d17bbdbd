// Calls that identity providers send upstream, counted with all others: one credential's throttle, one budget (P24).
import { perMinute, TooMany } from "./budget.js";

/**
 * `fetch`, counted in the window that the decisions count their own calls upstream in, which `budget` knows.
 *
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {{
 *   budget: (now: number) => { max: number },
 *   store: (name: string, op: object) => Promise<any>, now: () => number, log: (line: string) => void,
 * }} about
 * @returns {(request: Request) => Promise<Response>}
 */
export function spending(fetch, about) {
  /** @type {ReturnType<typeof perMinute> | undefined} */
  let here;

  return async (request) => {
    const now = about.now();
    const window = about.budget(now);
    let reply;
    try {
      reply = await about.store("hit", { windows: [window], now });
    } catch {
      about.log("the store failed: this process counts its look-ups alone");
      here ??= perMinute(window.max, "limits.upstreamPerMinute");
      here(now);
    }
    if (reply?.kind === "limit") throw new TooMany("limits.upstreamPerMinute is used up");
    return fetch(request);
  };
}
