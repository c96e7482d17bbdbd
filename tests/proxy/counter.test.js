// A counter that knows its sum: whatever is done to it, it is that of its claims, one by one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../../pkg/proxy/stores/counter.js";

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
