// Listeners: what they are told, what they are never told, and that they change nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, earned, json, never, rejection, stub } from "./stub.js";

const NAMES = ["onRequest", "onResponse", "onRetry", "onError"];

/** Listeners that write down what they are told. */
function ears() {
  const heard = [];
  const config = Object.fromEntries(
    NAMES.map((name) => [name, (event) => void heard.push([name, event])]),
  );
  return { heard, config };
}

const busy = json({ code: "UNAVAILABLE", requestId: "r-1" }, 503, { "X-Request-Id": "r-1" });

test("a call that is repeated, from its first request to its value", async () => {
  const { heard, config } = ears();
  const fine = json({ account }, 200, { "X-Request-Id": "r-2" });
  const { accounts } = stub([busy, fine], config);
  await accounts.getAccount(ID);
  const about = {
    operation: "getAccount",
    method: "GET",
    path: "/loyalty-accounts/v1/accounts/{id}",
  };
  const plain = heard.map(([name, { ms, waitMs, ...event }]) => {
    if (name === "onResponse") assert.ok(ms >= 0 && ms < 5000);
    if (name === "onRetry") assert.ok(waitMs >= 0 && waitMs < 5000);
    return [name, event];
  });
  assert.deepEqual(plain, [
    ["onRequest", { ...about, attempt: 1 }],
    ["onResponse", { ...about, attempt: 1, status: 503, requestId: "r-1" }],
    ["onRetry", { ...about, attempt: 1, code: "UNAVAILABLE", status: 503, requestId: "r-1" }],
    ["onRequest", { ...about, attempt: 2 }],
    ["onResponse", { ...about, attempt: 2, status: 200, requestId: "r-2" }],
  ]);
});

test("a call that fails, before and behind the network", async () => {
  const { heard, config } = ears();
  const { accounts, me } = stub([json({ code: "NOT_FOUND", requestId: "r-3" }, 404)], config);
  await rejection(accounts.getAccount("no id"));
  assert.deepEqual(
    heard.map(([name, { operation, attempt, code }]) => [name, operation, attempt, code]),
    [["onError", "getAccount", 0, "INVALID_ARGUMENT"]],
  );
  heard.length = 0;
  await rejection(me());
  const [name, { operation, code, status, requestId, retryable, ms, path }] = heard.at(-1);
  assert.deepEqual(
    [name, operation, code, status, requestId, retryable, path],
    ["onError", "me", "NOT_FOUND", 404, "r-3", false, "/me"],
  );
  assert.ok(ms >= 0);
});

test("a network that fails has no answer to tell of", async () => {
  const { heard, config } = ears();
  const { points } = stub([new TypeError("lost")], { ...config, retryBudget: 1 });
  await rejection(points.earn("daily-visit"));
  assert.deepEqual(
    heard.map(([name, { code }]) => [name, code]),
    [
      ["onRequest", undefined],
      ["onRetry", "NETWORK_ERROR"],
      ["onRequest", undefined],
      ["onError", "NETWORK_ERROR"],
    ],
  );
});

test("a renewed token is a retry without a wait", async () => {
  const { heard, config } = ears();
  const token = (hint) => (hint ? "new" : "old");
  const { accounts } = stub([json({}, 401), json({ account })], { ...config, token });
  await accounts.getAccount(ID);
  assert.deepEqual(
    heard.map(([name, { attempt, status, waitMs }]) => [name, attempt, status, waitMs]),
    [
      ["onRequest", 1, undefined, undefined],
      ["onResponse", 1, 401, undefined],
      ["onRetry", 1, 401, 0],
      ["onRequest", 2, undefined, undefined],
      ["onResponse", 2, 200, undefined],
    ],
  );
});

test("no token, key, body, id, subject or query string is told", async () => {
  const { heard, config } = ears();
  const { accounts, points } = stub([busy, busy, busy, json({ ...earned, accounts: [] })], {
    ...config,
    token: "secret-token",
    retryBudget: 2,
  });
  await rejection(
    accounts.earnPoints(ID, { amount: 777, appId: "secret-app", idempotencyKey: "secret-key" }),
  );
  await points.earn("write-review", { subject: "secret-subject" }, { idempotencyKey: "secret-2" });
  await accounts.listAccounts({ contactIds: [ID], cursorPaging: { cursor: "secret" } });
  await accounts.getAccount(ID.toUpperCase());
  const told = JSON.stringify(heard);
  assert.ok(heard.length > 8);
  assert.doesNotMatch(told, /secret|777|\?/);
  assert.ok(!told.toLowerCase().includes(ID));
});

test("a listener that throws, rejects, hangs or writes changes nothing", async () => {
  const wild = [
    () => {
      throw new Error("a listener's own");
    },
    () => Promise.reject(new Error("a listener's own")),
    () => never(),
    (event) => {
      "use strict";
      event.attempt = 99;
    },
  ];
  for (const listener of wild) {
    const config = Object.fromEntries(NAMES.map((name) => [name, listener]));
    const { accounts, sent } = stub([busy, json({ account })], config);
    assert.equal((await accounts.getAccount(ID))._id, ID);
    assert.equal(sent.length, 2);
    assert.equal((await rejection(accounts.getAccount("no id"))).code, "INVALID_ARGUMENT");
  }
});

test("one listener alone is enough, and what is none is refused at once", async () => {
  for (const name of NAMES) {
    const heard = [];
    const { accounts } = stub([busy], { [name]: (event) => heard.push(event) });
    await rejection(accounts.getAccount(ID));
    assert.ok(heard.length > 0, name);
    assert.throws(() => stub([busy], { [name]: "console.log" }), {
      code: "INVALID_CONFIGURATION",
      message: `${name}: must be a function.`,
    });
    const without = stub([json({ account })], { [name]: undefined });
    assert.equal((await without.accounts.getAccount(ID))._id, ID);
  }
});
