// An object that is started anew in the middle: what it was asked is asked again, and done once.
import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "libsql";
import { durableObject } from "loyalty-edge/proxy";
import { TABLES, sqlOperations } from "../../pkg/proxy/stores/sql.js";

const NOW = 1_893_492_000_000;
const record = (more) => ({
  shard: "a",
  key: "k",
  fingerprint: "f",
  resume: true,
  leaseUntil: NOW + 60_000,
  keepUntil: NOW + 120_000,
  claims: [],
  now: NOW,
  ...more,
});

/** A namespace of one object, each of whose next operations fails as told: before it is done, or after. */
function namespace(faults) {
  const db = new Database(":memory:");
  TABLES.forEach((sql) => db.exec(sql));
  const operations = sqlOperations({
    rows: (sql, ...values) => db.prepare(sql).all(...values),
    run: (sql, ...values) => db.prepare(sql).run(...values),
  });
  const asked = [];
  const carryOut = async (name, op) => {
    asked.push(name);
    const { when, ...error } = faults.shift() ?? {};
    if (when === "before") throw Object.assign(new Error("reset"), error);
    const reply = operations[name](op);
    if (when === "after") throw Object.assign(new Error("reset"), error);
    return reply;
  };
  return { asked, store: durableObject({ idFromName: (name) => name, get: () => ({ carryOut }) }) };
}

test("p32_a_hold_whose_object_was_started_anew_is_had_all_the_same", async () => {
  for (const when of ["before", "after"]) {
    const { store, asked } = namespace([{ when, retryable: true }]);
    const claims = [{ counter: "c", id: "i", amount: 1, max: 1, expiresAt: null }];
    const first = await store.reserve(record({ claims }));
    assert.deepEqual([first.kind, first.since, asked.length], ["reserved", NOW, 2], when);
    const other = await store.reserve(record({ claims }));
    assert.equal(other.kind, "held", "another's is not");
    const settle = { shard: "a", key: "k", token: first.token, status: 200, body: "b", now: NOW };
    assert.equal((await store.settle({ ...settle, keepUntil: NOW + 9_999 })).kind, "ok");
  }
});

test("p24_what_is_no_passing_fault_or_could_be_our_own_is_not_asked_again", async () => {
  const put = { key: "v", value: "x", expiresAt: NOW + 9, now: NOW };
  for (const [fault, onlyNew] of [
    [{ retryable: true, overloaded: true }, false],
    [{ retryable: false }, false],
    [{}, false],
    [{ retryable: true }, true],
  ]) {
    const { store, asked } = namespace([{ when: "after", ...fault }]);
    await assert.rejects(store.put({ ...put, onlyNew }), /reset/);
    assert.equal(asked.length, 1, JSON.stringify(fault));
  }
  const twice = namespace([
    { when: "before", retryable: true },
    { when: "before", retryable: true },
  ]);
  await assert.rejects(twice.store.get({ key: "v", now: NOW }), /reset/);
  assert.equal(twice.asked.length, 2, "once more, and not for ever");
});

test("p24_a_binding_that_throws_leaves_no_rejection_unheard", async () => {
  const unheard = [];
  const hear = (reason) => unheard.push(reason);
  process.on("unhandledRejection", hear);
  const get = (name) => {
    if (name === "b") throw new TypeError("no such object");
    return { carryOut: () => Promise.reject(new Error("away")) };
  };
  const store = durableObject({ idFromName: (name) => name, get });
  const window = (shard) => ({ shard, counter: shard, max: 1, expiresAt: NOW + 9 });
  await assert.rejects(store.hit({ windows: ["a", "b"].map(window), now: NOW }));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", hear);
  assert.deepEqual(unheard, []);
});
