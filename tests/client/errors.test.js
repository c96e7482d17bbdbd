// C4, C5: errors are what index.d.ts says, and a failed read never looks like 0 points.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoyaltyError, isLoyaltyError } from "loyalty-edge";
import { ErrorCodes } from "../../pkg/generated/codes.js";
import { ID, account, json, rejection, stub } from "./stub.js";

const fail = async (answer, config) => {
  const { accounts, sent } = stub([answer], { retryBudget: 0, ...config });
  const error = await rejection(accounts.getAccount(ID));
  assert.equal(sent.length, 1);
  assert.ok(error instanceof LoyaltyError && error instanceof Error && isLoyaltyError(error));
  assert.equal(error.name, "LoyaltyError");
  assert.ok(error.message.length > 10, error.message);
  return error;
};

test("c04 every code that travels comes back as itself, with what the proxy says", async () => {
  const travelling = Object.entries(ErrorCodes).filter(([, { status }]) => status);
  assert.ok(travelling.length > 25);
  for (const [code, { status, retryable }] of travelling) {
    const error = await fail(json({ code, detail: "what happened", requestId: "r-1" }, status));
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.equal(error.retryable, retryable, code);
    assert.equal(error.requestId, "r-1");
    assert.equal(error.message, "what happened");
    assert.equal(error.details.applicationError.code, code);
    assert.deepEqual(error.response, {
      status,
      data: { code, detail: "what happened", requestId: "r-1" },
    });
  }
});

test("c04 the loyalty service's own words keep their place", async () => {
  const error = await fail(
    json(
      {
        message: "stale",
        details: {
          applicationError: { code: "ABORTED", description: "It has changed.", data: { a: 1 } },
        },
      },
      409,
      { "X-Wix-Request-Id": "wix-1" },
    ),
  );
  assert.equal(error.code, "REVISION_CONFLICT");
  assert.equal(error.upstreamCode, "ABORTED");
  assert.equal(error.requestId, "wix-1");
  assert.equal(error.message, "It has changed.");
  assert.deepEqual(error.details.applicationError, {
    code: "ABORTED",
    description: "It has changed.",
    data: { a: 1 },
  });
});

test("c04 violations have the names of the arguments, both ways", async () => {
  const { accounts } = stub([
    json(
      {
        details: {
          validationError: {
            fieldViolations: [
              {
                field: "amount",
                description: "too much",
                violatedRule: "MAX",
                data: { threshold: 5 },
              },
              { field: "accountId", description: "no such form", violatedRule: "FORMAT" },
            ],
          },
        },
      },
      400,
    ),
  ]);
  const error = await rejection(accounts.earnPoints(ID, { amount: 6, appId: "app" }));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.deepEqual(
    error.violations.map(({ field, rule, threshold }) => [field, rule, threshold]),
    [
      ["options.amount", "MAX", 5],
      ["accountId", "FORMAT", undefined],
    ],
  );
  assert.deepEqual(
    error.details.validationError.fieldViolations.map(({ field }) => field),
    ["options.amount", "accountId"],
  );
});

test("c04 what refuses arguments says what, in the official shape too", async () => {
  const { accounts, sent } = stub([json({ account })]);
  const error = await rejection(accounts.earnPoints("x", { amount: 0 }));
  assert.equal(error.status, undefined);
  assert.equal(error.response, undefined);
  assert.equal(sent.length, 0);
  assert.match(
    error.message,
    /accountId .*; options\.amount must be at least 1; options\.appId is required/,
  );
  assert.deepEqual(error.details.validationError.fieldViolations[1], {
    field: "options.amount",
    description: "must be at least 1",
    violatedRule: "MIN",
    ruleName: "MIN",
    data: { threshold: 1 },
  });
});

for (const [what, thrown] of [
  ["a TypeError", new TypeError("Failed to fetch")],
  ["a string", "a string"],
  ["nothing", undefined],
  ["null", null],
]) {
  test(`c04 a fetch that throws ${what} is a network error`, async () => {
    const { accounts } = stub([() => Promise.reject(thrown)], { retryBudget: 0 });
    const error = await rejection(accounts.getAccount(ID));
    assert.equal(error.code, "NETWORK_ERROR");
    assert.equal(error.cause, thrown);
    assert.equal(error.retryable, true);
  });
}

test("c04 any object will do as a response", async () => {
  const { accounts } = stub([{ status: 200, text: async () => JSON.stringify({ account }) }]);
  assert.equal((await accounts.getAccount(ID))._id, ID);
  const missing = stub([{ status: 404, text: async () => "" }]);
  assert.equal((await rejection(missing.accounts.getAccount(ID))).code, "NOT_FOUND");
  const opaque = stub([{ status: 0, text: async () => "" }]);
  assert.equal((await rejection(opaque.accounts.getAccount(ID))).code, "INVALID_RESPONSE");
  const none = stub([{ text: async () => "{}" }], { retryBudget: 0 });
  assert.equal((await rejection(none.accounts.getAccount(ID))).code, "INVALID_RESPONSE");
});

const withPoints = (points) => ({ account: { ...account, points } });

test("c05 a failed read never looks like 0 points", async () => {
  for (const [what, body] of [
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["an empty object", "{}"],
    ["no account", '{"account":null}'],
    ["no points", JSON.stringify(withPoints(undefined))],
    ["empty points", JSON.stringify(withPoints({}))],
    ["a balance that is null", JSON.stringify(withPoints({ ...account.points, balance: null }))],
    ["a balance that is text", JSON.stringify(withPoints({ ...account.points, balance: "0" }))],
    ["a balance with a fraction", JSON.stringify(withPoints({ ...account.points, balance: 0.5 }))],
    ["a balance beyond 2^53", JSON.stringify(withPoints({ ...account.points, balance: 2 ** 60 }))],
    ["HTML", "<html>0</html>"],
    ["a cut answer", JSON.stringify({ account }).slice(0, -3)],
    ["two answers", JSON.stringify({ account }) + "{}"],
  ]) {
    const error = await fail(new Response(body, { status: 200 }));
    assert.equal(error.code, "INVALID_RESPONSE", what);
    assert.equal(error.status, 200, what);
  }
  for (const status of [201, 202, 302, 418, 500, 502]) {
    assert.ok((await fail(json({ account }, status))).code, String(status));
  }
});

test("c06 newer names and fields are kept", async () => {
  const newer = { ...account, tier: { points: 1, mood: "GOLDEN" }, invented: [{ id: 1 }] };
  const { accounts } = stub([json({ account: newer, more: 1 })]);
  const found = await accounts.getAccount(ID);
  assert.equal(found.tier.mood, "GOLDEN");
  assert.deepEqual(found.invented, [{ _id: 1 }]);
});
