// A trap in the WebAssembly: what was on its way gets 500, what comes next works.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCache } from "../../pkg/proxy/cache.js";
import { createHost } from "../../pkg/proxy/host.js";
import { createProxyWith } from "../../pkg/proxy/index.js";
import { createInstance } from "../../pkg/proxy/instance.js";
import { Engine, initSync, renew } from "../../pkg/wasm/proxy/proxy.js";
import { earn, makeProxy, stub } from "./support.js";

initSync({
  module: readFileSync(new URL("../../pkg/wasm/proxy/proxy_bg.wasm", import.meta.url)),
});
const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
const SETTINGS = JSON.stringify({
  policy: {},
  origins: [],
  siteId: "site",
  keyKind: "other",
});
const ORDER = JSON.stringify({
  requestId: "order",
  order: "reverse",
  transactionId: "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
  reason: "refunded",
});

/** Tries something again and again from the very end of the stack upwards, until it says that it went well. */
function fromTheEndOfTheStack(attempt) {
  let done = false;
  const deeper = () => {
    try {
      deeper();
    } catch {
      // No room here: the caller tries with a little more.
    }
    done ||= attempt();
  };
  deeper();
}

test("p34_a_real_trap_leaves_no_trace_in_what_comes_after", () => {
  let renewed = 0;
  const counted = () => {
    renewed += 1;
    renew();
  };
  const cache = createCache(1);
  const host = createHost({ memory: undefined, here: undefined, cache, now: () => 0 });
  const engine = createInstance({ Engine, renew: counted }).engine(SETTINGS, host);
  const deep = `=GET\n=/loyalty/${"x".repeat(5_000)}\n=id${"\n".repeat(11)}=0 1 5`;
  const begin = () =>
    engine.way((rust, id, now) => rust.begin(id, deep, 0, now), {
      requestId: "id",
      isWatched: false,
    });
  const waiting = engine.way((rust, id, now) => rust.order(id, ORDER, now), { isWatched: true });
  waiting.start(0);
  const caught = [];
  fromTheEndOfTheStack(() => {
    try {
      const way = begin();
      way.start(0);
      way.end();
      return true;
    } catch (error) {
      caught.push(error);
      return false;
    }
  });
  const inside = caught.filter(({ stack }) => String(stack).includes("wasm"));
  assert.ok(inside.length > 0, "no trap in the middle of the WebAssembly was met");
  assert.throws(() => waiting.step({ is: "waited" }, 0), { name: "Gone" });
  assert.ok(renewed > 0);
  for (let at = 0; at < 100; at += 1) {
    const next = begin();
    assert.equal(next.start(0).status, 403);
    next.end();
  }
});

test("p34_a_trap_is_500_for_its_request_and_the_next_one_works", async () => {
  class Trapping extends Engine {
    begin(...given) {
      if (given[1].includes("trap")) throw new WebAssembly.RuntimeError("unreachable");
      return super.begin(...given);
    }
  }
  const createProxy = createProxyWith({ Engine: Trapping, renew, load: () => undefined });
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  const { call, upstream, logs } = makeProxy({
    createProxy,
    answer: async (seen) => {
      await gate;
      return stub(seen);
    },
  });
  const onItsWay = call(PROGRAM);
  while (upstream.length < 1) await new Promise(setImmediate);
  const trapped = await call(["GET", "/loyalty-programs/v1/program?trap"]);
  assert.deepEqual([trapped.status, trapped.json.code], [500, "PROXY_INTERNAL"]);
  assert.doesNotMatch(trapped.text, /unreachable/);
  open();
  assert.equal((await onItsWay).status, 500, "it was in the instance that trapped");
  assert.equal((await call(PROGRAM)).status, 200);
  assert.equal((await earn(call, "tap", "a")).status, 200);
  assert.match(logs.join(), /"reason":"RuntimeError"/);
});

/** Stands for wasm-bindgen's classes: what they do with their memory is recorded. */
function fake({ trapAt }) {
  const told = [];
  let memory = 1;
  let steps = 0;
  class Engine {
    constructor() {
      this.memory = memory;
    }

    touch(what) {
      assert.equal(this.memory, memory, `${what} in the memory of another instance`);
      told.push(what);
    }

    __destroy_into_raw() {
      told.push("given up");
    }

    claims() {
      return "[]";
    }

    begin() {
      this.touch("begin");
      return "{}";
    }

    end() {
      this.touch("end");
    }

    step() {
      this.touch("step");
      steps += 1;
      if (steps === trapAt) throw new WebAssembly.RuntimeError("unreachable");
      return "{}";
    }
  }
  return { Engine, renew: () => void (memory += 1), told, memory: () => memory };
}

test("p34_nothing_of_an_instance_that_trapped_is_used_again", () => {
  const { Engine, renew, told, memory } = fake({ trapAt: 2 });
  const engine = createInstance({ Engine, renew }).engine("{}");
  const begin = () => engine.way((rust) => rust.begin(), { requestId: "id", isWatched: false });
  const [first, second] = [begin(), begin()];
  first.start(0);
  second.start(0);
  const caller = {};
  engine.know(caller, 7);
  assert.equal(engine.numberOf(caller), 7);
  first.step({ is: "noted" }, 0);
  assert.throws(() => second.step({ is: "noted" }, 0), WebAssembly.RuntimeError);
  assert.throws(() => first.step({ is: "noted" }, 0), { name: "Gone" });
  assert.equal(memory(), 2);
  assert.equal(engine.numberOf(caller), 0, "the number would be somebody else's in the new memory");
  assert.deepEqual(
    told.filter((what) => what === "given up"),
    ["given up"],
  );
  first.end();
  second.end();
  assert.ok(!told.includes("end"), "what went with its instance is not ended in another");
  const third = begin();
  third.start(0);
  third.step({ is: "noted" }, 0);
  third.end();
  assert.deepEqual(told.slice(-2), ["step", "end"]);
  assert.equal(memory(), 2, "one trap, one new instance");
});
