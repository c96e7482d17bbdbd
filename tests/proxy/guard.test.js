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

test("p32_a_hold_that_comes_too_late_is_let_go", async () => {
  const memory = memoryStore();
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let released;
  const release = new Promise((resolve) => (released = resolve));
  const store = {
    ...memory,
    reserve: async (op) => (await gate, memory.reserve(op)),
    release: async (op) => (released(op), memory.release(op)),
  };
  const carryOut = guarded(store, { patienceMs: 20 });
  const now = 1_000_000;
  const claims = [{ counter: "c", id: "i", amount: 1, max: 1, expiresAt: null }];
  const times = { leaseUntil: now + 60_000, keepUntil: now + 120_000, now };
  const op = { shard: "a", key: fresh(), fingerprint: "f", resume: true, claims, ...times };
  await assert.rejects(carryOut("reserve", op), { name: "StoreAway" });
  open();
  assert.equal((await release).undo, false, "its outcome is not known: it may have been resumed");
  assert.equal((await memory.reserve({ ...op, now: now + 1 })).kind, "reserved", "a retry goes on");
});
