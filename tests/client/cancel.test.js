// C3: timeouts over the body, aborts at every moment with every kind of reason, no timer left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, json, never, rejection, stub } from "./stub.js";

const REASONS = [
  undefined,
  "a string",
  5,
  null,
  new Error("why"),
  new DOMException("gone", "AbortError"),
];

/** Moments of a call: how a client hangs there. */
const MOMENTS = {
  "while the token is fetched": () => stub([json({ account })], { token: never }),
  "while the request is on its way": () => stub([never]),
  "while the body is read": () => stub([{ status: 200, text: never }]),
  "in backoff": () => stub([json({ code: "RATE_LIMITED" }, 429, { "Retry-After": "20" })]),
};

/** The timers of this process that are still to fire. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

for (const [moment, make] of Object.entries(MOMENTS)) {
  test(`c03 an abort ${moment} cancels, whatever its reason`, async () => {
    for (const reason of REASONS) {
      const { accounts } = make();
      const controller = new AbortController();
      const before = timers();
      const call = rejection(accounts.getAccount(ID, { signal: controller.signal }));
      setTimeout(() => controller.abort(reason), 5);
      const error = await call;
      assert.equal(error.code, "CANCELLED");
      assert.equal(error.cause, controller.signal.reason);
      assert.equal(error.retryable, false);
      assert.equal(timers(), before, "a timer is left");
    }
  });
}

test("c03 a signal that is aborted already sends nothing", async () => {
  const { accounts, sent } = stub([json({ account })]);
  const error = await rejection(accounts.getAccount(ID, { signal: AbortSignal.abort("early") }));
  assert.equal(error.code, "CANCELLED");
  assert.equal(error.cause, "early");
  assert.equal(sent.length, 0);
});

test("c03 an abort behind the end changes nothing, and no listener stays", async () => {
  const { accounts } = stub([json({ account })]);
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args) => (listeners++, add(...args));
  signal.removeEventListener = (...args) => (listeners--, remove(...args));
  const found = await accounts.getAccount(ID, { signal });
  assert.equal(listeners, 0);
  controller.abort();
  assert.equal(found._id, ID);
});

test("c03 the fetch is told of the abort, without the caller's reason", async () => {
  let told;
  const { accounts } = stub([(_, { signal }) => ((told = signal), never())]);
  const controller = new AbortController();
  const call = rejection(accounts.getAccount(ID, { signal: controller.signal }));
  setTimeout(() => controller.abort("a string"), 5);
  await call;
  assert.equal(told.aborted, true);
  assert.equal(told.reason.name, "AbortError");
});

for (const [moment, make] of Object.entries(MOMENTS)) {
  if (moment === "in backoff") continue;
  test(`c03 the timeout counts ${moment}`, async () => {
    const before = timers();
    const error = await rejection(make().accounts.getAccount(ID, { timeoutMs: 20 }));
    assert.equal(error.code, "TIMEOUT");
    assert.equal(error.retryable, true);
    assert.equal(timers(), before, "a timer is left");
  });
}

test("c03 a wait that would outlast the call's time is not begun", async () => {
  const { accounts, sent } = stub([json({ code: "RATE_LIMITED" }, 429, { "Retry-After": "20" })]);
  const started = performance.now();
  const error = await rejection(accounts.getAccount(ID, { timeoutMs: 500 }));
  assert.equal(error.code, "RATE_LIMITED");
  assert.equal(error.retryAfterMs, 20_000);
  assert.equal(sent.length, 1);
  assert.ok(performance.now() - started < 400);
});

test("c03 options that are none are refused", async () => {
  const { accounts, sent } = stub([json({ account })]);
  for (const options of [
    { timeoutMs: 0 },
    { timeoutMs: NaN },
    { timeoutMs: "soon" },
    { signal: {} },
  ]) {
    const error = await rejection(accounts.getAccount(ID, options));
    assert.equal(error.code, "INVALID_ARGUMENT");
  }
  assert.equal((await accounts.getAccount(ID, { timeoutMs: Infinity }))._id, ID);
  assert.equal((await accounts.getAccount(ID, null))._id, ID);
  assert.equal(sent.length, 2);
});
