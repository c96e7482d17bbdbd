// The memory store keeps no more than it has to, and a counter that knows its sum agrees with its claims, one by one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../pkg/proxy/stores/counter.js";
import { memoryStore, operationsOf } from "../../pkg/proxy/stores/memory.js";

/** Numbers that look random and are the same in each run. */
function randomly(seed) {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
}

test("p32_a_counter_agrees_with_a_walk_over_its_claims", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = randomly(seed);
    const counter = new Counter();
    const all = new Map();
    for (let now = 0; now < 400; now += 1) {
      const id = String(random(20));
      const expiresAt = random(4) === 0 ? null : now + random(30);
      const claim = { amount: random(9), expiresAt, holder: "k", settled: false };
      if (random(3) === 0) {
        counter.delete(id);
        all.delete(id);
      } else {
        counter.set(id, claim);
        all.set(id, claim);
      }
      counter.prune(now);
      for (const [name, each] of all) {
        if (each.expiresAt !== null && each.expiresAt <= now) all.delete(name);
      }
      const ends = [...all.values()].map((each) => each.expiresAt);
      const end = ends.length === 0 || ends.includes(null) ? null : Math.max(...ends);
      const sum = [...all.values()].reduce((total, { amount }) => total + amount, 0);
      assert.deepEqual([counter.size, counter.sum, counter.end()], [all.size, sum, end]);
      assert.equal(counter.get(id), all.get(id));
    }
  }
});

test("what_has_expired_is_swept_a_little_with_each_operation", () => {
  const store = operationsOf(memoryStore());
  let now = 0;
  for (let number = 0; number < 5_000; number += 1) {
    const [counter, key] = [`counter ${number}`, `key ${number}`];
    const claims = [{ counter, id: "one", amount: 1, max: 1, expiresAt: 100 }];
    const about = { fingerprint: "f", resume: false, leaseUntil: 50, keepUntil: 100, look: false };
    assert.equal(store.reserve({ key, ...about, claims, now }).kind, "reserved");
    store.count({ counter: `rate ${number}`, max: 9, expiresAt: 100 }, now);
    store.put({ key, value: "v", onlyNew: false, expiresAt: 100, now });
  }
  assert.equal(store.size(), 20_000, "nothing goes before its time");
  now = 100;
  for (let number = 0; number < 10_010; number += 1) {
    store.count({ counter: "rate", max: 1_000_000, expiresAt: 1_000 }, now);
  }
  assert.equal(store.size(), 1, "each operation takes two");
});
