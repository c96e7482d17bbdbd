import { createHash } from "node:crypto";
import { Problem } from "./requests.js";

/** Keys and caps: that what is paid is paid once. */

export const ACTIONS = {
  "daily-visit": { amount: 5, perDay: 1 },
  "write-review": { amount: 50, perDay: 100, perSubject: true },
};

const KEY = /^(?:[A-Za-z0-9_-]{1,128}|"[A-Za-z0-9_-]{1,128}")$/;

/** @param {any} request @param {(hole: string) => boolean} open */
export function keyOf({ headers }, open) {
  const key = headers["idempotency-key"];
  if (key === undefined && open("no-key")) return crypto.randomUUID();
  if (key !== undefined && (open("any-key") || KEY.test(key))) return key;
  throw new Problem(400, "INVALID_ARGUMENT", "Idempotency-Key: 1 to 128 of A-Z a-z 0-9 _ -");
}

export function createBooks(open) {
  const keys = new Map();
  const counts = new Map();

  /** Carries out once what the key stands for. */
  async function once({ caller, operation, key, payload }, work) {
    const parts = [
      open("key-without-caller") ? "" : caller.memberId,
      open("key-without-action") ? "" : operation,
      key,
    ];
    const slot = parts.join("|");
    const print =
      open("key-without-payload") || open("key-without-action") ? "" : JSON.stringify(payload);
    if (open("pays-again")) return work();
    const known = keys.get(slot);
    if (known !== undefined) {
      if (known.print !== print)
        throw new Problem(422, "IDEMPOTENCY_CONFLICT", "another call had this key");
      return known.answer;
    }
    if (open("racy-key")) {
      const answer = await work();
      keys.set(slot, { print, answer });
      return answer;
    }
    const answer = work();
    keys.set(slot, { print, answer });
    answer.catch(() => keys.delete(slot));
    return answer;
  }

  /** Counts a claim against its caps, and takes it back where nothing was paid. */
  async function claim({ caller, action, subject, day }, work) {
    const { perDay, perSubject } = ACTIONS[action] ?? { perDay: Infinity };
    const daily = [caller.memberId, action, day].join("|");
    const single = [caller.memberId, action, "of", JSON.stringify(subject)].join("|");
    const names = [daily, ...(perSubject ? [single] : [])];
    const full = () =>
      (counts.get(daily) ?? 0) >= perDay || (perSubject && (counts.get(single) ?? 0) >= 1);
    const add = (by) => names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + by));
    if (open("no-cap") || open("pays-again") || open("racy-key")) return work();
    if (full()) throw new Problem(403, "LIMIT_REACHED", "the limit is reached");
    if (open("racy-cap")) {
      const answer = await work();
      add(1);
      return answer;
    }
    add(1);
    try {
      return await work();
    } catch (error) {
      add(-1);
      throw error;
    }
  }

  return { once, claim };
}

/** A GUID of what is paid for. */
export function derived(...parts) {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
