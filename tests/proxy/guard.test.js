// A store that is lost or slow, behind a proxy: what goes on, what waits, and for how long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { guarded } from "../../pkg/proxy/stores/guard.js";
import { earn, fresh, makeProxy } from "./support.js";

const READ = ["GET", "/loyalty-accounts/v1/accounts/my-account"];

/** A memory store with a switch: fine, lost (every operation rejects) or hanging (none ever answers). */
function breakable() {
  const store = memoryStore();
  const state = { mode: "fine", asked: 0 };
  const names = ["reserve", "settle", "release", "hit", "get", "put", "remove"];
  const wrapped = Object.fromEntries(
    names.map((name) => [
      name,
      async (op) => {
        state.asked += 1;
        if (state.mode === "lost")
          throw Object.assign(new Error("secret words"), { code: "ECONNRESET" });
        if (state.mode === "hanging") return new Promise(() => {});
        return store[name](op);
      },
    ]),
  );
  return { store: wrapped, state };
}

test("p24_p27_a_lost_store_refuses_writes_and_lets_reads_go_on", async () => {
  const { store, state } = breakable();
  const { call, upstream, logs } = makeProxy({ store });
  state.mode = "lost";
  const write = await earn(call, "tap", "a");
  assert.deepEqual(
    [write.status, write.json.code, write.json.retryable],
    [503, "UNAVAILABLE", true],
  );
  assert.match(write.headers["retry-after"], /^\d+$/);
  assert.equal((await call(READ, "a")).status, 200);
  assert.ok(
    upstream.every(({ method }) => method === "GET"),
    "nothing was written upstream",
  );
  assert.doesNotMatch(logs.join() + write.text, /secret words/);
  assert.match(logs.join(), /ECONNRESET/);
  state.mode = "fine";
  assert.equal((await earn(call, "tap", "a")).status, 200, "and then it goes on");
});

test("p24_a_read_without_a_store_still_has_its_limit", async () => {
  const { store, state } = breakable();
  const policy = {
    grants: { member: ["getCurrentMemberAccount"] },
    limits: { callerPerMinute: 3 },
  };
  const { call } = makeProxy({ store, policy, confirm: {} });
  state.mode = "lost";
  const statuses = [];
  for (let at = 0; at < 4; at += 1) statuses.push((await call(READ, "a")).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});

test("p24_a_store_that_hangs_keeps_nobody_waiting_for_long", async () => {
  const { store, state } = breakable();
  const carryOut = guarded(store, { patienceMs: 50, pauseMs: 60_000 });
  state.mode = "hanging";
  const windows = [{ shard: "a", counter: "c", max: 1, expiresAt: 2 }];
  const hit = () => carryOut("hit", { windows, now: 1 });
  await assert.rejects(hit(), { name: "StoreAway", message: /within 50 ms/ });
  const { asked } = state;
  await assert.rejects(hit(), { name: "StoreAway", message: /a moment ago/ });
  assert.equal(state.asked, asked, "it is left alone for a while");
  await assert.rejects(carryOut("settle", { key: "k", now: 1 }), /within 50 ms/);
  assert.equal(state.asked, asked + 1, "but is told what was done");
});

test("p24_a_slow_part_of_the_store_keeps_the_others_callers_from_nothing", async () => {
  const memory = memoryStore();
  const slow = new Set(["a"]);
  const hang = ({ shard, windows }) =>
    windows?.some((window) => slow.has(window.shard)) || slow.has(shard);
  const store = {
    ...memory,
    get: (op) => (hang(op) ? new Promise(() => {}) : memory.get(op)),
    hit: (op) => (hang(op) ? new Promise(() => {}) : memory.hit(op)),
  };
  const carryOut = guarded(store, { patienceMs: 20, pauseMs: 60_000 });
  const get = (shard) => carryOut("get", { shard, key: "k", now: 1 });
  const hit = (...shards) => {
    const windows = shards.map((shard) => ({ shard, counter: shard, max: 9, expiresAt: 9 }));
    return carryOut("hit", { windows, now: 1 });
  };
  await assert.rejects(get("a"), /within 20 ms/);
  await assert.rejects(get("a"), /a moment ago/);
  await assert.rejects(hit("a", "b"), /a moment ago/, "whatever needs it");
  assert.equal((await get("b")).kind, "value");
  slow.add("action");
  for (const caller of ["c", "d", "e"]) await assert.rejects(hit(caller, "action"), /within 20 ms/);
  assert.equal((await get("c")).kind, "value", "its own part answers");
  slow.add("f");
  await assert.rejects(get("f"), /within 20 ms/);
  await assert.rejects(
    get("h"),
    /a moment ago/,
    "several without anything in common: it is the store",
  );
});

test("p24_of_several_that_do_not_answer_what_they_share_is_left_alone", async () => {
  const store = { ...memoryStore(), hit: () => new Promise(() => {}) };
  const carryOut = guarded(store, { patienceMs: 20, pauseMs: 60_000 });
  const hit = (...shards) =>
    carryOut("hit", {
      windows: shards.map((shard) => ({ shard, counter: shard, max: 9, expiresAt: 9 })),
      now: 1,
    });
  for (const caller of ["c", "d", "e"]) await assert.rejects(hit(caller, "action"), /within 20 ms/);
  await assert.rejects(hit("new", "action"), /a moment ago/);
  await assert.rejects(hit("new"), /within 20 ms/, "another part is asked");
});

/** A store whose holds come after everybody's patience has ended. */
function late(memory) {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let released;
  const release = new Promise((resolve) => (released = resolve));
  const store = {
    ...memory,
    reserve: async (op) => (await gate, memory.reserve(op)),
    release: async (op) => {
      const reply = await memory.release(op);
      released(op);
      return reply;
    },
  };
  return { carryOut: guarded(store, { patienceMs: 20 }), open, release };
}

const NOW = 1_000_000;
const hold = (more) => ({
  shard: "a",
  key: fresh(),
  fingerprint: "f",
  claims: [{ counter: "c", id: "i", amount: 1, max: 1, expiresAt: null }],
  leaseUntil: NOW + 60_000,
  keepUntil: NOW + 120_000,
  now: NOW,
  ...more,
});

test("p32_a_first_hold_that_comes_too_late_leaves_no_trace", async () => {
  for (const resume of [true, false]) {
    const memory = memoryStore();
    const { carryOut, open, release } = late(memory);
    const op = hold({ resume });
    await assert.rejects(carryOut("reserve", op), { name: "StoreAway" });
    open();
    assert.equal((await release).undo, true, "nothing was sent under it");
    const retried = await memory.reserve({ ...op, key: fresh(), now: NOW + 1 });
    assert.equal(retried.kind, "reserved", "the cap is whole");
  }
  const memory = memoryStore();
  const { carryOut, open, release } = late(memory);
  const op = hold({ resume: false, claims: [] });
  await assert.rejects(carryOut("reserve", op), { name: "StoreAway" });
  open();
  await release;
  const again = await memory.reserve({ ...op, now: NOW + 1 });
  assert.equal(again.kind, "reserved", "and the retry's outcome is not unknown");
});

test("p32_a_hold_that_goes_on_with_earlier_work_and_comes_too_late_stays_open", async () => {
  const memory = memoryStore();
  const op = hold({ resume: true });
  const first = await memory.reserve(op);
  await memory.release({ ...op, token: first.token, undo: false, now: NOW + 1 });
  const { carryOut, open, release } = late(memory);
  await assert.rejects(carryOut("reserve", { ...op, now: NOW + 2 }), { name: "StoreAway" });
  open();
  assert.equal((await release).undo, false, "its outcome is not known");
  const again = await memory.reserve({ ...op, now: NOW + 3 });
  assert.deepEqual([again.kind, again.since], ["reserved", NOW]);
});
