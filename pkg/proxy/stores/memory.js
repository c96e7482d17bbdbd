// The reference store: crates/proxy/src/store.rs says what each operation means. One process, gone with it; each
// operation runs to its end without an await, which is what makes it atomic.

import { uuid } from "../uuid.js";
import { Counter } from "./counter.js";
import { lastToEnd } from "./limit.js";

/** So many entries each operation looks at, and sweeps what has expired: a long life leaves no heap behind. */
const SWEPT = 2;

const OPERATIONS = ["reserve", "settle", "release", "hit", "get", "put", "remove"];

/** @type {WeakMap<object, { operations: any, promised: any }>} */
const atOnce = new WeakMap();

/**
 * The operations of a memory store without the promises. By the store and its functions: whoever puts another function
 * into one, or a store around one, is not passed by.
 *
 * @param {any} store
 */
export function operationsOf(store) {
  const held = atOnce.get(store);
  const isWhole =
    held !== undefined && OPERATIONS.every((name) => store[name] === held.promised[name]);
  return isWhole ? held.operations : undefined;
}

/** A store for development, tests and a single process that may forget. */
export function memoryStore() {
  /** @type {Map<string, any>} */
  const records = new Map();
  /** @type {Map<string, Counter>} */
  const counters = new Map();
  /** @type {Map<string, { count: number, expiresAt: number }>} */
  const hits = new Map();
  /** @type {Map<string, { value: string, expiresAt: number }>} */
  const values = new Map();
  const sweeping = sweeper();

  const operations = {
    reserve({ key, fingerprint, resume, leaseUntil, keepUntil, claims, look, now }) {
      sweep(now);
      const record = live(key, now);
      if (record !== undefined) {
        if (record.fingerprint !== fingerprint) return { kind: "conflict" };
        if (record.done) return { kind: "done", status: record.status, body: record.body };
        if (record.leaseUntil > now) return { kind: "held", leaseUntil: record.leaseUntil };
        if (!resume) return { kind: "unknown" };
        record.token = uuid();
        record.leaseUntil = leaseUntil;
        record.keepUntil = Math.max(record.keepUntil, keepUntil);
        return { kind: "reserved", token: record.token, since: record.since };
      }
      const full = claims.filter((claim) => {
        const counter = open(claim.counter, now);
        const other = counter.get(claim.id);
        return other === undefined
          ? counter.sum + claim.amount > claim.max
          : !abandoned(other, now);
      });
      const limit = lastToEnd(full, ({ counter }) => open(counter, now).end());
      if (limit !== undefined) return limit;
      if (look) return { kind: "ok" };
      const token = uuid();
      const counted = claims.map(({ counter, id, amount, expiresAt }) => {
        const all = open(counter, now);
        const before = all.get(id);
        all.set(id, { amount, expiresAt: expiresAt ?? null, holder: key, settled: false });
        return { counter, id, before };
      });
      records.set(key, {
        fingerprint,
        token,
        leaseUntil,
        keepUntil,
        claims: counted,
        since: now,
        done: false,
      });
      return { kind: "reserved", token, since: now };
    },

    settle({ key, token, status, body, keepUntil, now }) {
      const record = live(key, now);
      if (record === undefined || record.done || record.token !== token) return { kind: "lost" };
      Object.assign(record, { done: true, status, body, keepUntil });
      for (const claim of claimsOf(key, record)) claim.settled = true;
      return { kind: "ok" };
    },

    release({ key, token, undo, now }) {
      const record = live(key, now);
      if (record === undefined || record.done || record.token !== token) return { kind: "lost" };
      if (undo) {
        for (const { counter, id, before } of record.claims) {
          const claims = open(counter, now);
          if (claims.get(id)?.holder !== key) continue;
          if (before === undefined) claims.delete(id);
          else claims.set(id, before);
        }
        records.delete(key);
      } else {
        record.leaseUntil = now;
      }
      return { kind: "ok" };
    },

    hit({ windows, now }) {
      sweep(now);
      const counts = windows.map(({ counter }) => {
        const entry = hits.get(counter);
        return entry !== undefined && entry.expiresAt > now ? entry.count : 0;
      });
      const full = windows.find(({ max }, at) => counts[at] >= max);
      if (full !== undefined)
        return { kind: "limit", counter: full.counter, expiresAt: full.expiresAt };
      const left = windows.map(({ counter, max, expiresAt }, at) => {
        hits.set(counter, { count: counts[at] + 1, expiresAt });
        return max - counts[at] - 1;
      });
      return { kind: "ok", left };
    },

    get({ key, now }) {
      const entry = values.get(key);
      return {
        kind: "value",
        value: entry !== undefined && entry.expiresAt > now ? entry.value : null,
      };
    },

    put({ key, value, onlyNew, expiresAt, now }) {
      sweep(now);
      const entry = values.get(key);
      if (onlyNew && entry !== undefined && entry.expiresAt > now) return { kind: "exists" };
      values.set(key, { value, expiresAt });
      return { kind: "ok" };
    },

    remove({ key }) {
      values.delete(key);
      return { kind: "ok" };
    },

    /**
     * What `hit` does with one window, as most requests have.
     *
     * @returns {number} How many are left; −1 where it is full.
     */
    count({ counter, max, expiresAt }, now) {
      sweep(now);
      const entry = hits.get(counter);
      if (entry === undefined || entry.expiresAt <= now) {
        if (max < 1) return -1;
        hits.set(counter, { count: 1, expiresAt });
        return max - 1;
      }
      if (entry.count >= max) return -1;
      entry.count += 1;
      return max - entry.count;
    },
  };
  /** For tests: how much is held. */
  const size = () => records.size + counters.size + hits.size + values.size;
  const promised = (name) => [name, async (op) => operations[name](op)];
  /** `volatile` tells `createProxy` that two processes would not share it. */
  const store = { volatile: true, ...Object.fromEntries(OPERATIONS.map(promised)) };
  atOnce.set(store, { operations: { ...operations, size }, promised: { ...store } });
  return store;

  function live(key, now) {
    const record = records.get(key);
    return record !== undefined && record.keepUntil > now ? record : undefined;
  }

  /** The claims of a counter that still count. */
  function open(counter, now) {
    let claims = counters.get(counter);
    if (claims === undefined) counters.set(counter, (claims = new Counter()));
    claims.prune(now);
    return claims;
  }

  /** Whether nobody works on a claim and nobody knows what came of it. */
  function abandoned(claim, now) {
    if (claim.settled) return false;
    const record = live(claim.holder, now);
    return record === undefined || record.leaseUntil <= now;
  }

  function* claimsOf(key, record) {
    for (const { counter, id } of record.claims) {
      const claim = counters.get(counter)?.get(id);
      if (claim?.holder === key) yield claim;
    }
  }

  /** A little with each operation: all at once would keep somebody waiting, the longer the more there is. */
  function sweep(now) {
    for (let entry = 0; entry < SWEPT; entry += 1) sweeping.next(now);
  }

  /** Goes round all that is kept, an entry at a time. It is told the time of each. */
  function* sweeper() {
    let now = yield;
    for (;;) {
      for (const [key, record] of records) {
        if (record.keepUntil <= now) records.delete(key);
        now = yield;
      }
      for (const kept of [hits, values]) {
        for (const [key, entry] of kept) {
          if (entry.expiresAt <= now) kept.delete(key);
          now = yield;
        }
      }
      for (const name of counters.keys()) {
        if (open(name, now).size === 0) counters.delete(name);
        now = yield;
      }
      now = yield; // where nothing is kept
    }
  }
}
