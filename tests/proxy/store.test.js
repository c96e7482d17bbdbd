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
  const markers = ["NODE_ENV", "VERCEL_ENV", "CF_PAGES", "K_SERVICE", "AWS_LAMBDA_FUNCTION_NAME"];
  const before = markers.map((name) => process.env[name]);
  const clear = () => markers.forEach((name) => delete process.env[name]);
  try {
    for (const [name, value] of [
      ["NODE_ENV", "production"],
      ["VERCEL_ENV", "production"],
      ["CF_PAGES", "1"],
      ["K_SERVICE", "shop"],
      ["AWS_LAMBDA_FUNCTION_NAME", "shop"],
    ]) {
      clear();
      process.env[name] = value;
      assert.match(makeProxy().logs.join(), /memoryStore in production/, name);
    }
    clear();
    process.env.NODE_ENV = "test";
    process.env.VERCEL_ENV = "preview";
    assert.equal(makeProxy().logs.length, 0);
  } finally {
    clear();
    markers.forEach((name, at) => {
      if (before[at] !== undefined) process.env[name] = before[at];
    });
  }
});

test("p24_the_memory_store_warns_on_workers_which_are_many_from_the_start", () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const userAgent = "Cloudflare-Workers";
  Object.defineProperty(globalThis, "navigator", { value: { userAgent }, configurable: true });
  try {
    assert.match(makeProxy().logs.join(), /memoryStore on Workers/);
  } finally {
    delete globalThis.navigator;
    if (before !== undefined) Object.defineProperty(globalThis, "navigator", before);
  }
});
