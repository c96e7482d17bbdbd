import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { storeContract } from "./store-contract.js";
import { makeProxy } from "./support.js";

storeContract("memory", memoryStore);

/** A store that reads, waits and then writes, as one over a network easily does. */
function racyStore() {
  let count = 0;
  return {
    ...memoryStore(),
    async hit({ windows: [{ max }] }) {
      const before = count;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (before >= max) return { kind: "limit" };
      count = before + 1;
      return { kind: "ok", left: [max - count] };
    },
  };
}

test("p24_a_store_that_is_not_atomic_is_seen_by_the_same_check", async () => {
  const store = racyStore();
  const hits = Array.from({ length: 20 }, () => store.hit({ windows: [{ max: 3 }] }));
  const ok = (await Promise.all(hits)).filter(({ kind }) => kind === "ok").length;
  assert.ok(ok > 3, "the check has teeth");
});

test("p24_the_memory_store_warns_in_production", () => {
  const before = process.env.NODE_ENV;
  try {
    process.env.NODE_ENV = "production";
    assert.match(makeProxy().logs.join(), /memoryStore in production/);
    process.env.NODE_ENV = "test";
    assert.equal(makeProxy().logs.length, 0);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
});
