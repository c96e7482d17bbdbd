// Once for each key: replays, conflicts, the keys that go upstream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { A, earn, makeProxy, stub } from "./support.js";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("p30_replay_in_flight_conflict_and_form", async () => {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const answer = async (seen) => {
    if (seen.path.endsWith("/earn-points")) await gate;
    return stub(seen);
  };
  const { call, upstream } = makeProxy({ answer });
  const body = { subject: "s" };
  const first = earn(call, "tap", "a", { key: "k1", body });
  await new Promise((resolve) => setImmediate(resolve));
  const flying = await earn(call, "tap", "a", { key: "k1", body });
  assert.deepEqual(
    [flying.status, flying.json.code, flying.json.retryable],
    [409, "IN_PROGRESS", true],
  );
  assert.match(flying.headers["retry-after"], /^\d+$/);
  release();
  const done = await first;
  const again = await earn(call, "tap", "a", { key: '"k1"', body });
  assert.deepEqual([again.status, again.text], [done.status, done.text]);
  const other = await earn(call, "tap", "a", { key: "k1", body: { subject: "t" } });
  assert.deepEqual([other.status, other.json.code], [422, "IDEMPOTENCY_CONFLICT"]);
  for (const key of ["", "a b", "x".repeat(129), "a,b"]) {
    const bad = await earn(call, "tap", "a", { key, body });
    assert.deepEqual([bad.status, bad.json.violations[0].field], [400, "Idempotency-Key"], key);
  }
  const none = await call(["POST", "/actions/tap"], "a", { body });
  assert.equal(none.status, 400);
  assert.equal(upstream.filter(({ path }) => path.endsWith("/earn-points")).length, 1);
});

test("p30_staff_writes_without_the_header_are_accepted_and_with_it_replayed", async () => {
  const { call, upstream } = makeProxy();
  const line = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`];
  const body = { amount: 5 };
  assert.equal((await call(line, "staff", { body })).status, 200);
  assert.equal((await call(line, "staff", { body })).status, 200);
  const adjusted = () => upstream.filter(({ path }) => path.endsWith("/adjust-points")).length;
  assert.equal(adjusted(), 2);
  const headers = { "idempotency-key": "of-staff" };
  const first = await call(line, "staff", { body, headers });
  const again = await call(line, "staff", { body, headers });
  assert.deepEqual([again.status, again.text, adjusted()], [200, first.text, 3]);
});

test("p31_the_upstream_key_is_derived_and_stays_the_same_without_a_store", async () => {
  const sent = async (action, who, key, body = {}) => {
    const { call, upstream } = makeProxy();
    const got = await earn(call, action, who, { key, body });
    assert.equal(got.status, 200, got.text);
    return upstream.at(-1).body.idempotencyKey;
  };
  const tap = await sent("tap", "a", "k1");
  assert.match(tap, GUID);
  assert.equal(await sent("tap", "a", "k1"), tap);
  assert.notEqual(await sent("tap", "a", "k2"), tap);
  assert.notEqual(await sent("tap", "b", "k1"), tap);
  assert.equal(await sent("daily-visit", "a", "k1"), await sent("daily-visit", "a", "k2"));
  const review = (key, subject) => sent("write-review", "a", key, { subject });
  assert.equal(await review("k1", "p1"), await review("k2", "p1"));
  assert.notEqual(await review("k1", "p1"), await review("k1", "p2"));
});

test("p31_a_key_that_staff_put_in_goes_up_unchanged", async () => {
  const { call, upstream } = makeProxy();
  const line = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/earn-points`];
  const body = { amount: 7, appId: "office", idempotencyKey: "their_own-key" };
  assert.equal((await call(line, "staff", { body })).status, 200);
  assert.deepEqual(upstream.at(-1).body, { accountId: A.accountId, ...body });
});
