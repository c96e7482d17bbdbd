// Errors have one shape, and nothing leaks by them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSACTION_B, makeProxy, MY_ACCOUNT, PROGRAM } from "./support.js";

test("p34_problems_have_one_shape", async () => {
  const { call } = makeProxy();
  for (const [line, who, options, code] of [
    [MY_ACCOUNT, undefined, {}, "PERMISSION_DENIED"],
    [MY_ACCOUNT, "garbage", {}, "UNAUTHENTICATED"],
    [MY_ACCOUNT, "nobody", {}, "ACCOUNT_NOT_FOUND"],
    [["GET", "/nothing"], "a", {}, "NOT_FOUND"],
    [["GET", "/actions/tap"], "a", {}, "METHOD_NOT_ALLOWED"],
    [
      ["GET", `/loyalty-transactions/v1/loyalty-transactions/${TRANSACTION_B}`],
      "a",
      {},
      "NOT_FOUND",
    ],
    [["POST", "/loyalty-accounts/v1/accounts/query"], "admin", { raw: "{" }, "INVALID_ARGUMENT"],
  ]) {
    const { status, json, headers } = await call(line, who, options);
    assert.equal(json.code, code);
    assert.equal(json.status, status);
    assert.equal(json.message, json.detail);
    assert.equal(json.requestId, headers["x-request-id"]);
    assert.equal(json.requestId, headers["x-wix-request-id"]);
    assert.equal(typeof json.retryable, "boolean");
    assert.match(json.type, /^urn:loyalty-edge:error:[a-z-]+$/);
    assert.ok(json.title.length > 2);
    const { applicationError, validationError } = json.details;
    if (code === "INVALID_ARGUMENT") assert.ok(validationError.fieldViolations.length > 0);
    else assert.equal(applicationError.code, code);
  }
});

test("p34_the_last_resort_fails_closed", async () => {
  const log = () => {
    throw new Error("disk full");
  };
  const { call } = makeProxy({
    log,
    now: () => {
      throw new Error("no clock");
    },
  });
  const got = await call(PROGRAM);
  assert.deepEqual([got.status, got.json.code], [500, "PROXY_INTERNAL"]);
  assert.doesNotMatch(got.text, /clock|disk/);
});
