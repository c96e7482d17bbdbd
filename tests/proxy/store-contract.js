// What every store must do, as crates/proxy/src/store.rs words it. A store's test file calls this with a way to make
// an empty one.
import assert from "node:assert/strict";
import { test } from "node:test";

const NOW = 1_000_000;
const MINUTE = 60_000;

const claim = (counter, id, more = {}) => ({
  counter,
  id,
  amount: 1,
  max: 1,
  expiresAt: null,
  ...more,
});

const reserve = (key, more = {}) => ({
  key,
  fingerprint: "f",
  resume: true,
  leaseUntil: NOW + MINUTE,
  keepUntil: NOW + 10 * MINUTE,
  claims: [],
  now: NOW,
  ...more,
});

/**
 * @param {string} name
 * @param {() => Promise<import("loyalty-edge/proxy").Store> | import("loyalty-edge/proxy").Store} make
 */
export function storeContract(name, make) {
  const check = (title, run) => test(`${name}: ${title}`, async () => run(await make()));
  const settled = (store, key, token, more = {}) =>
    store.settle({
      key,
      token,
      status: 200,
      body: "b",
      keepUntil: NOW + 10 * MINUTE,
      now: NOW,
      ...more,
    });

  check("a key is held by one until it is settled, then says the same for ever", async (store) => {
    const first = await store.reserve(reserve("k"));
    assert.equal(first.kind, "reserved");
    assert.equal(first.since, NOW);
    assert.deepEqual(await store.reserve(reserve("k", { now: NOW + 1 })), {
      kind: "held",
      leaseUntil: NOW + MINUTE,
    });
    assert.equal((await settled(store, "k", first.token)).kind, "ok");
    const done = { kind: "done", status: 200, body: "b" };
    assert.deepEqual(await store.reserve(reserve("k")), done);
    assert.deepEqual(await store.reserve(reserve("k", { now: NOW + 9 * MINUTE })), done);
  });

  check("p30_a key of another call is a conflict, whatever its state", async (store) => {
    const other = reserve("k", { fingerprint: "other" });
    const { token } = await store.reserve(reserve("k"));
    assert.deepEqual(await store.reserve(other), { kind: "conflict" });
    await settled(store, "k", token);
    assert.deepEqual(await store.reserve(other), { kind: "conflict" });
  });

  check("what has outlived its time counts as never having been", async (store) => {
    const { token } = await store.reserve(reserve("k"));
    await settled(store, "k", token);
    const late = NOW + 10 * MINUTE;
    const again = reserve("k", { now: late, fingerprint: "other", leaseUntil: late + MINUTE });
    assert.equal((await store.reserve({ ...again, keepUntil: late + MINUTE })).kind, "reserved");
  });

  check("p32_a lease that ended is resumed, and the old holder has lost it", async (store) => {
    const first = await store.reserve(reserve("k"));
    const later = { now: NOW + MINUTE, leaseUntil: NOW + 2 * MINUTE };
    assert.deepEqual(await store.reserve(reserve("k", { ...later, resume: false })), {
      kind: "unknown",
    });
    const second = await store.reserve(reserve("k", later));
    assert.equal(second.kind, "reserved");
    assert.equal(second.since, NOW, "the time of the first");
    assert.notEqual(second.token, first.token);
    assert.deepEqual(await settled(store, "k", first.token), { kind: "lost" });
    const undo = { key: "k", token: first.token, undo: true, now: NOW + MINUTE };
    assert.deepEqual(await store.release(undo), { kind: "lost" });
    assert.equal((await settled(store, "k", second.token)).kind, "ok");
    assert.equal((await settled(store, "k", second.token)).kind, "lost", "done is done");
  });

  check("p27_a counter never holds more than its max", async (store) => {
    const many = Array.from({ length: 50 }, (_, at) =>
      store.reserve(reserve(`k${at}`, { claims: [claim("c", `i${at}`, { max: 3 })] })),
    );
    const kinds = (await Promise.all(many)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "reserved").length, 3);
    assert.equal(kinds.filter((kind) => kind === "limit").length, 47);
  });

  check("p27_all claims hold or none does", async (store) => {
    await store.reserve(reserve("a", { claims: [claim("full", "x")] }));
    const both = [claim("free", "y"), claim("full", "y", { expiresAt: NOW + MINUTE })];
    assert.deepEqual(await store.reserve(reserve("b", { claims: both })), {
      kind: "limit",
      counter: "full",
      expiresAt: NOW + MINUTE,
    });
    const free = await store.reserve(reserve("c", { claims: [claim("free", "z")] }));
    assert.equal(free.kind, "reserved", "the first claim was not kept");
    assert.equal((await store.reserve(reserve("b"))).kind, "reserved", "nor was the record");
  });

  check("amounts count, and claims end with their time", async (store) => {
    const points = (id, amount, now) =>
      store.reserve(
        reserve(id, {
          now,
          claims: [claim("p", id, { amount, max: 100, expiresAt: NOW + MINUTE })],
        }),
      );
    assert.equal((await points("a", 60, NOW)).kind, "reserved");
    assert.equal((await points("b", 41, NOW)).kind, "limit");
    assert.equal((await points("c", 40, NOW)).kind, "reserved");
    assert.equal((await points("d", 1, NOW)).kind, "limit");
    assert.equal((await points("e", 100, NOW + MINUTE)).kind, "reserved");
  });

  check("undo gives record and claims back; without it both stand", async (store) => {
    const claims = [claim("c", "x")];
    const first = await store.reserve(reserve("a", { claims }));
    await store.release({ key: "a", token: first.token, undo: true, now: NOW });
    const second = await store.reserve(reserve("b", { claims: [claim("c", "y")] }));
    assert.equal(second.kind, "reserved");
    await store.release({ key: "b", token: second.token, undo: false, now: NOW });
    assert.equal((await store.reserve(reserve("c", { claims: [claim("c", "z")] }))).kind, "limit");
    assert.equal((await store.reserve(reserve("b"))).kind, "reserved", "open: it goes on");
  });

  check("p32_a claim of unknown outcome is taken over by the same deed", async (store) => {
    const claims = [claim("c", "deed")];
    const first = await store.reserve(reserve("a", { claims }));
    assert.equal((await store.reserve(reserve("b", { claims }))).kind, "limit", "still held");
    await store.release({ key: "a", token: first.token, undo: false, now: NOW });
    const second = await store.reserve(reserve("b", { claims }));
    assert.equal(second.kind, "reserved");
    await settled(store, "b", second.token);
    assert.equal((await store.reserve(reserve("c", { claims }))).kind, "limit", "settled");
    const other = [claim("c", "another deed")];
    assert.equal((await store.reserve(reserve("d", { claims: other }))).kind, "limit");
  });

  check("a settled claim outlives its record", async (store) => {
    const claims = [claim("c", "deed")];
    const { token } = await store.reserve(reserve("a", { claims }));
    await settled(store, "a", token);
    const late = NOW + 20 * MINUTE;
    const again = reserve("b", { claims, now: late, keepUntil: late + MINUTE });
    assert.equal((await store.reserve(again)).kind, "limit");
  });

  check("p27_a limit tells when the last claim of its counter ends", async (store) => {
    const sooner = claim("c", "x", { max: 2, expiresAt: NOW + MINUTE });
    const later = claim("c", "y", { max: 2, expiresAt: NOW + 2 * MINUTE });
    await store.reserve(reserve("a", { claims: [sooner] }));
    await store.reserve(reserve("b", { claims: [later] }));
    const third = claim("c", "z", { max: 2, expiresAt: NOW + 9 * MINUTE });
    assert.deepEqual(await store.reserve(reserve("d", { claims: [third] })), {
      kind: "limit",
      counter: "c",
      expiresAt: NOW + 2 * MINUTE,
    });
    const tooMuch = claim("empty", "z", { amount: 3, max: 2, expiresAt: NOW + MINUTE });
    assert.equal((await store.reserve(reserve("e", { claims: [tooMuch] }))).expiresAt, null);
  });

  const window = (counter, max, more = {}) => ({
    counter,
    max,
    expiresAt: NOW + MINUTE,
    ...more,
  });

  check("p24_a window lets max through, however many come at once", async (store) => {
    const hit = (now) => store.hit({ windows: [window("h", 3)], now });
    const replies = await Promise.all(Array.from({ length: 20 }, () => hit(NOW)));
    const left = replies.filter(({ kind }) => kind === "ok").map((reply) => reply.left);
    assert.deepEqual(left.toSorted(), [[0], [1], [2]]);
    assert.deepEqual(await hit(NOW), { kind: "limit", counter: "h", expiresAt: NOW + MINUTE });
    assert.equal((await hit(NOW + MINUTE)).kind, "ok", "a new window");
  });

  check("p24_a call counts in all its windows or in none", async (store) => {
    const hit = (...windows) => store.hit({ windows, now: NOW });
    const [wide, narrow] = [window("wide", 10), window("narrow", 1)];
    assert.deepEqual(await hit(wide, narrow), { kind: "ok", left: [9, 0] });
    assert.equal((await hit(wide, narrow)).counter, "narrow");
    assert.deepEqual(await hit(wide), { kind: "ok", left: [8] }, "the refusal counted nowhere");
    assert.deepEqual(await hit(), { kind: "ok", left: [] });
  });

  const put = (store, value, more = {}) =>
    store.put({ key: "v", value, onlyNew: false, expiresAt: NOW + MINUTE, now: NOW, ...more });

  check("a value stands until its end, and can be replaced and removed", async (store) => {
    const get = async (now = NOW) => (await store.get({ key: "v", now })).value;
    assert.equal(await get(), null);
    assert.equal((await put(store, "one \u{1f4a1} \u0000")).kind, "ok");
    assert.equal(await get(), "one \u{1f4a1} \u0000");
    await put(store, "two", { expiresAt: NOW + 2 * MINUTE });
    assert.equal(await get(NOW + MINUTE), "two");
    assert.equal(await get(NOW + 2 * MINUTE), null, "its end");
    await put(store, "three");
    assert.equal((await store.remove({ key: "v", now: NOW })).kind, "ok");
    assert.equal(await get(), null);
    assert.equal((await store.remove({ key: "v", now: NOW })).kind, "ok", "twice is no fault");
  });

  check("p36_of many that put a new value at once, one succeeds", async (store) => {
    const puts = Array.from({ length: 20 }, (_, at) => put(store, `${at}`, { onlyNew: true }));
    const kinds = (await Promise.all(puts)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "ok").length, 1);
    assert.equal(kinds.filter((kind) => kind === "exists").length, 19);
    const late = { onlyNew: true, now: NOW + MINUTE, expiresAt: NOW + 2 * MINUTE };
    assert.equal((await put(store, "again", late)).kind, "ok", "the first has ended");
  });
}
