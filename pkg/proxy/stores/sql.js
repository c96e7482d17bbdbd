// The store's operations in SQL, each one synchronous step: what a Durable Object and a SQLite file share. Whoever calls
// one puts a transaction around it, which makes it atomic. crates/proxy/src/store.rs says what each means.

import { uuid } from "../uuid.js";
import { lastToEnd } from "./limit.js";

/** No index but the keys: a Durable Object holds one member's few rows, and is billed for each row written. */
export const TABLES = [
  `CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, token TEXT NOT NULL, lease_until INTEGER NOT NULL,
    keep_until INTEGER NOT NULL, since INTEGER NOT NULL, claims TEXT NOT NULL, status INTEGER, body TEXT
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS claims (
    counter TEXT, id TEXT, amount INTEGER NOT NULL, expires_at INTEGER, holder TEXT NOT NULL, settled INTEGER NOT NULL,
    PRIMARY KEY (counter, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS hits (
    counter TEXT PRIMARY KEY, count INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS texts (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
];

/** What a file of many members needs besides, so that a sweep does not read all of it. */
export const INDEXES = [
  "CREATE INDEX IF NOT EXISTS records_end ON records (keep_until)",
  "CREATE INDEX IF NOT EXISTS claims_end ON claims (expires_at) WHERE expires_at IS NOT NULL",
  "CREATE INDEX IF NOT EXISTS hits_end ON hits (expires_at)",
  "CREATE INDEX IF NOT EXISTS texts_end ON texts (expires_at)",
];

const LIVE = "(expires_at IS NULL OR expires_at > ?)";

/**
 * @param {{ rows: (sql: string, ...values: any[]) => any[], run: (sql: string, ...values: any[]) => unknown }} db
 */
export function sqlOperations({ rows, run }) {
  return {
    reserve(op) {
      const { key, fingerprint, resume, leaseUntil, keepUntil, claims, look, now } = op;
      const { token = uuid() } = op;
      const record = live(key, now);
      if (record !== undefined) {
        if (record.fingerprint !== fingerprint) return { kind: "conflict" };
        if (record.status !== null)
          return { kind: "done", status: record.status, body: JSON.parse(record.body) };
        // Asked again by who holds it: the answer was lost on its way.
        if (record.token === token) return { kind: "reserved", token, since: record.since };
        if (record.lease_until > now) return { kind: "held", leaseUntil: record.lease_until };
        if (!resume) return { kind: "unknown" };
        run(
          "UPDATE records SET token = ?, lease_until = ?, keep_until = max(keep_until, ?) WHERE key = ?",
          ...[token, leaseUntil, keepUntil, key],
        );
        return { kind: "reserved", token, since: record.since };
      }
      const full = claims.filter((claim) => !fits(claim, now));
      const limit = lastToEnd(full, ({ counter }) => endOf(counter, now));
      if (limit !== undefined) return limit;
      if (look) return { kind: "ok" };
      const counted = claims.map(({ counter, id, amount, expiresAt }) => {
        const [before] = rows(
          `SELECT amount, expires_at, holder FROM claims WHERE counter = ? AND id = ? AND ${LIVE}`,
          ...[counter, id, now],
        );
        count(counter, id, amount, expiresAt ?? null, key);
        const taken = before && [before.amount, before.expires_at, before.holder];
        return taken === undefined ? [counter, id] : [counter, id, taken];
      });
      run(
        "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        ...[key, fingerprint, token, leaseUntil, keepUntil, now, JSON.stringify(counted)],
      );
      return { kind: "reserved", token, since: now };
    },

    settle({ key, token, status, body, keepUntil, now }) {
      const record = heldBy(key, token, now);
      if (record === undefined) return { kind: "lost" };
      run(
        "UPDATE records SET status = ?, body = ?, keep_until = ? WHERE key = ?",
        ...[status, JSON.stringify(body), keepUntil, key],
      );
      for (const [counter, id] of JSON.parse(record.claims)) {
        run(
          "UPDATE claims SET settled = 1 WHERE counter = ? AND id = ? AND holder = ?",
          ...[counter, id, key],
        );
      }
      return { kind: "ok" };
    },

    release({ key, token, undo, now }) {
      const record = heldBy(key, token, now);
      if (record === undefined) return { kind: "lost" };
      if (!undo) {
        run("UPDATE records SET lease_until = ? WHERE key = ?", now, key);
        return { kind: "ok" };
      }
      for (const [counter, id, taken] of JSON.parse(record.claims)) {
        const ours = "counter = ? AND id = ? AND holder = ?";
        if (taken === undefined) run(`DELETE FROM claims WHERE ${ours}`, counter, id, key);
        else if (rows(`SELECT id FROM claims WHERE ${ours} AND ${LIVE}`, counter, id, key, now)[0])
          count(counter, id, ...taken);
      }
      run("DELETE FROM records WHERE key = ?", key);
      return { kind: "ok" };
    },

    hit({ windows, now }) {
      const counts = windows.map(({ counter }) => {
        const found = rows(
          "SELECT count FROM hits WHERE counter = ? AND expires_at > ?",
          ...[counter, now],
        );
        return found[0]?.count ?? 0;
      });
      const full = windows.find(({ max }, at) => counts[at] >= max);
      if (full !== undefined)
        return { kind: "limit", counter: full.counter, expiresAt: full.expiresAt };
      const left = windows.map(({ counter, max, expiresAt }, at) => {
        run("INSERT OR REPLACE INTO hits VALUES (?, ?, ?)", counter, counts[at] + 1, expiresAt);
        return max - counts[at] - 1;
      });
      return { kind: "ok", left };
    },

    unhit({ windows }) {
      for (const { counter, expiresAt } of windows) {
        run(
          "UPDATE hits SET count = count - 1 WHERE counter = ? AND expires_at = ? AND count > 0",
          ...[counter, expiresAt],
        );
      }
      return { kind: "ok" };
    },

    get({ key, now }) {
      const value = text(key, now);
      return { kind: "value", value: value === undefined ? null : JSON.parse(value) };
    },

    put({ key, value, onlyNew, expiresAt, now }) {
      if (onlyNew && text(key, now) !== undefined) return { kind: "exists" };
      // As JSON: a text with a NUL in it is cut short on some ways through SQLite.
      run("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", key, JSON.stringify(value), expiresAt);
      return { kind: "ok" };
    },

    remove({ key }) {
      run("DELETE FROM texts WHERE key = ?", key);
      return { kind: "ok" };
    },

    /** Deletes what has outlived its time. */
    sweep(now) {
      run("DELETE FROM records WHERE keep_until <= ?", now);
      run("DELETE FROM claims WHERE expires_at <= ?", now);
      run("DELETE FROM hits WHERE expires_at <= ?", now);
      run("DELETE FROM texts WHERE expires_at <= ?", now);
    },

    /** How many rows there are, and when the first of them ends; `null` where none does. */
    rest() {
      const [{ total, first }] = rows(
        `SELECT count(*) AS total, min(ends) AS first FROM (
          SELECT keep_until AS ends FROM records UNION ALL SELECT expires_at FROM claims
          UNION ALL SELECT expires_at FROM hits UNION ALL SELECT expires_at FROM texts)`,
      );
      return { total, first };
    },
  };

  function count(counter, id, amount, expiresAt, holder) {
    run(
      "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, 0)",
      ...[counter, id, amount, expiresAt, holder],
    );
  }

  function live(key, now) {
    return rows("SELECT * FROM records WHERE key = ? AND keep_until > ?", key, now)[0];
  }

  function heldBy(key, token, now) {
    const record = live(key, now);
    return record?.status === null && record.token === token ? record : undefined;
  }

  function text(key, now) {
    return rows("SELECT value FROM texts WHERE key = ? AND expires_at > ?", key, now)[0]?.value;
  }

  function fits({ counter, id, amount, max }, now) {
    const [other] = rows(
      `SELECT settled, holder FROM claims WHERE counter = ? AND id = ? AND ${LIVE}`,
      ...[counter, id, now],
    );
    if (other === undefined) {
      const [{ total }] = rows(
        `SELECT coalesce(sum(amount), 0) AS total FROM claims WHERE counter = ? AND ${LIVE}`,
        ...[counter, now],
      );
      return total + amount <= max;
    }
    // Abandoned: nobody works on it, and nobody knows what came of it.
    if (other.settled !== 0) return false;
    const record = live(other.holder, now);
    return record === undefined || record.lease_until <= now;
  }

  function endOf(counter, now) {
    const [{ total, ending, last }] = rows(
      `SELECT count(*) AS total, count(expires_at) AS ending, max(expires_at) AS last
       FROM claims WHERE counter = ? AND ${LIVE}`,
      ...[counter, now],
    );
    return ending < total ? null : last;
  }
}
