// C11 and loading: a trap rejects its call and the next works; a failed load is tried again; memory stays flat.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { init } from "loyalty-edge";
import { ID, account, json, rejection, stub } from "./stub.js";

test("a load that failed is tried again", async () => {
  const { accounts } = stub([json({ account })]);
  const { compile } = WebAssembly;
  WebAssembly.compile = () => Promise.reject(new Error("no such file"));
  try {
    for (const call of [accounts.getAccount(ID), accounts.getAccount(ID), init()]) {
      const error = await rejection(call);
      assert.equal(error.code, "NETWORK_ERROR");
      assert.equal(error.retryable, true);
      assert.equal(error.cause.message, "no such file");
    }
  } finally {
    WebAssembly.compile = compile;
  }
  await init();
  assert.equal((await accounts.getAccount(ID))._id, ID);
});

/** Lets a function of the next instance trap; the one behind it is sound. */
function trapNext(name) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function Trapping(module) {
    WebAssembly.Instance = Instance;
    const { exports } = new Instance(module);
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    return { exports: { ...exports, [name]: trap } };
  };
}

for (const name of ["begin", "finish", "retry", "room"]) {
  test(`c11 a trap in ${name} rejects its call, and the next works`, async () => {
    const busy = json({}, 503);
    const { accounts } = stub(name === "retry" ? [busy] : [json({ account })]);
    // A memory of more than 16 MiB makes the client take a new instance.
    const large = stub([json({ account: { ...account, note: "x".repeat(9 << 20) } })]);
    await large.accounts.getAccount(ID);
    trapNext(name);
    const error = await rejection(accounts.getAccount(ID));
    assert.equal(error.code, "INTERNAL");
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    const next = stub([json({ account })]);
    assert.equal((await next.accounts.getAccount(ID))._id, ID);
  });
}

test("c11 calls that are in flight when another traps go on", async () => {
  let answer;
  const waiting = stub([() => new Promise((resolve) => (answer = resolve))]);
  const first = waiting.accounts.getAccount(ID);
  const large = stub([json({ account: { ...account, note: "x".repeat(9 << 20) } })]);
  await large.accounts.getAccount(ID);
  trapNext("begin");
  const { accounts } = stub([json({ account })]);
  assert.equal((await rejection(accounts.getAccount(ID))).code, "INTERNAL");
  answer(json({ account }));
  assert.equal((await first)._id, ID);
});

test("c11 a thousand calls at once", async () => {
  const { accounts, sent } = stub([json({ account })]);
  const all = await Promise.all(Array.from({ length: 1000 }, () => accounts.getAccount(ID)));
  assert.equal(all.filter(({ _id }) => _id === ID).length, 1000);
  assert.equal(sent.length, 1000);
});

test("c11 a hundred thousand calls leave the memory of the wasm and the heap flat", () => {
  const code = `
    const { Instance } = WebAssembly;
    const memories = [];
    WebAssembly.Instance = function Watched(module) {
      const instance = new Instance(module);
      memories.push(instance.exports.memory);
      return instance;
    };
    const { createClient } = await import("loyalty-edge");
    const text = ${JSON.stringify(JSON.stringify({ account }))};
    const fetch = async () => ({ status: 200, text: async () => text });
    const { accounts } = createClient({ proxy: "/loyalty", fetch });
    const calls = async (count) => {
      for (; count > 0; count -= 1) await accounts.getAccount("${ID}");
      gc();
      return process.memoryUsage().heapUsed;
    };
    // Until then, compilers still keep what they learn.
    const before = await calls(20_000);
    const after = await calls(100_000);
    const wasm = memories.map(({ buffer }) => buffer.byteLength);
    console.log(JSON.stringify({ grown: after - before, wasm }));`;
  const flags = ["--expose-gc", "--input-type=module", "-e", code];
  const { stdout, stderr } = spawnSync(process.execPath, flags, {
    encoding: "utf8",
    cwd: new URL(".", import.meta.url),
  });
  assert.equal(stderr, "");
  const { grown, wasm } = JSON.parse(stdout);
  assert.equal(wasm.length, 1, "one instance served all");
  assert.ok(wasm[0] <= 2 << 20, `${wasm[0]} bytes of wasm`);
  // A byte that each call leaves would be 100,000.
  assert.ok(grown < 90_000, `the heap grew by ${grown} bytes`);
});

test("c06 hostile answers never trap", async () => {
  const deep = "[".repeat(100_000);
  for (const text of [
    deep,
    '{"account":' + deep,
    '{"a":'.repeat(100_000),
    '"' + "\\".repeat(99_999),
    `{"account":${"9".repeat(100_000)}}`,
    '{"account":{"points":{"balance":1e99999999999999999999}}}',
    '{"\\u0000":"\\ud800"}',
    "\ufeff{}",
    "",
    "\0",
    "{".repeat(70) + "}".repeat(70),
  ]) {
    for (const status of [200, 400, 503]) {
      const { accounts } = stub([new Response(text, { status })], { retryBudget: 0 });
      const error = await rejection(accounts.getAccount(ID));
      assert.notEqual(error.code, "INTERNAL", text.slice(0, 20));
    }
  }
});
