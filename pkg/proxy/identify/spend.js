// Calls that identity providers send upstream, counted with all others: one credential's throttle, one budget (P24).
import { perMinute, TooMany } from "./budget.js";

const MINUTE_MS = 60_000;
const DEFAULT_MAX = 180;

/**
 * `fetch`, counted in the window that crates/proxy/src/rate.rs counts in, by the same name: so the two are one budget.
 *
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {{ site: string, policy: any, store: (name: string, op: object) => Promise<any>, now: () => number, log: (line: string) => void }} about
 * @returns {(request: Request) => Promise<Response>}
 */
export function spending(fetch, { site, policy, store, now, log }) {
  const max = policy?.limits?.upstreamPerMinute ?? DEFAULT_MAX;
  /** @type {ReturnType<typeof perMinute> | undefined} */
  let here;

  return async (request) => {
    const at = now();
    const minute = Math.floor(at / MINUTE_MS);
    const [shard, counter] = await Promise.all([
      fingerprint(["shard", site, "service "]),
      fingerprint(["rate", site, String(minute), "service", ""]),
    ]);
    const windows = [{ shard, counter, max, expiresAt: (minute + 1) * MINUTE_MS }];
    let reply;
    try {
      reply = await store("hit", { windows, now: at });
    } catch {
      log("the store failed: this process counts its look-ups alone");
      here ??= perMinute(max, "limits.upstreamPerMinute");
      here(at);
    }
    if (reply?.kind === "limit") throw new TooMany("limits.upstreamPerMinute is used up");
    return fetch(request);
  };
}

const encoder = new TextEncoder();

/**
 * SHA-256 over the parts, each behind its length, as crates/proxy/src/canonical.rs has it.
 *
 * @param {string[]} parts
 */
async function fingerprint(parts) {
  const bytes = parts.flatMap((part) => {
    const text = encoder.encode(part);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(text.length));
    return [...length, ...text];
  });
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
