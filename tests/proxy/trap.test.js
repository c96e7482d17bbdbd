// A trap in the WebAssembly: what was on its way gets 500, what comes next works.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
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
  const engine = createInstance({ Engine, renew: counted }).engine(SETTINGS);
  const deep = JSON.stringify({ method: "GET", target: `/loyalty/${"x".repeat(5_000)}` });
  const waiting = engine.begin("begin", deep);
  const caught = [];
  fromTheEndOfTheStack(() => {
    try {
      const call = engine.begin("begin", deep);
      call.start(0);
      call.end();
      return true;
    } catch (error) {
      caught.push(error);
      return false;
    }
  });
  const inside = caught.filter(({ stack }) => String(stack).includes("wasm"));
  assert.ok(inside.length > 0, "no trap in the middle of the WebAssembly was met");
  assert.throws(() => waiting.start(0), { name: "Gone" });
  assert.ok(renewed > 0);
  for (let at = 0; at < 100; at += 1) {
    const next = engine.begin("begin", deep);
    assert.match(next.start(0), /"status":403/);
    next.end();
  }
});

test("p34_a_trap_is_500_for_its_request_and_the_next_one_works", async () => {
  class Trapping extends Engine {
    begin(text) {
      const call = super.begin(text);
      if (text.includes("trap")) {
        call.step = () => {
          throw new WebAssembly.RuntimeError("unreachable");
        };
      }
      return call;
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
  class Thing {
    constructor() {
      this.memory = memory;
    }

    touch(what) {
      assert.equal(this.memory, memory, `${what} in the memory of another instance`);
      told.push(what);
    }

    free() {
      this.touch("free");
    }

    __destroy_into_raw() {
      told.push("given up");
    }
  }
  class Engine extends Thing {
    begin() {
      this.touch("begin");
      return new Call();
    }
  }
  class Call extends Thing {
    start() {
      this.touch("start");
      return "{}";
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
  const [first, second] = [engine.begin("begin", ""), engine.begin("begin", "")];
  first.start(0);
  second.start(0);
  first.step("", 0);
  assert.throws(() => second.step("", 0), WebAssembly.RuntimeError);
  assert.throws(() => first.step("", 0), { name: "Gone" });
  assert.equal(memory(), 2);
  assert.equal(told.filter((what) => what === "given up").length, 3, "the engine and both calls");
  first.end();
  second.end();
  const third = engine.begin("begin", "");
  third.start(0);
  third.step("", 0);
  third.end();
  assert.equal(memory(), 2, "one trap, one new instance");
});
