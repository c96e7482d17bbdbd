// Sizes and rates.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeProxy, MY_ACCOUNT, PROGRAM } from "./support.js";

test("p26_each_limit_has_its_own_4xx", async () => {
  const { call } = makeProxy();
  const post = ["POST", "/loyalty-accounts/v1/accounts/query"];
  const of = async (options) => {
    const { status, json } = await call(post, "admin", options);
    return [status, json.code];
  };
  const padded = (size) => {
    const empty = JSON.stringify({ query: {} });
    return empty + " ".repeat(size - empty.length);
  };
  assert.deepEqual((await of({ raw: padded(16_384) }))[0], 200);
  assert.deepEqual(await of({ raw: padded(16_385) }), [413, "PAYLOAD_TOO_LARGE"]);
  assert.deepEqual(await of({ raw: `{"query":${"[".repeat(40)}` }), [400, "INVALID_ARGUMENT"]);
  const page = (limit) => ({ body: { query: { cursorPaging: { limit } } } });
  assert.equal((await of(page(100)))[0], 200);
  assert.deepEqual(await of(page(101)), [400, "INVALID_ARGUMENT"]);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, "1"]));
  assert.deepEqual(await of({ body: { query: {} }, headers: many }), [431, "HEADERS_TOO_LARGE"]);
  const gzip = { "content-encoding": "gzip" };
  assert.deepEqual(await of({ body: { query: {} }, headers: gzip }), [
    415,
    "UNSUPPORTED_MEDIA_TYPE",
  ]);
});

describe("p24 rate limits", () => {
  test("p24_calls_of_a_caller_and_of_all_upstream", async () => {
    const policy = {
      grants: { member: ["getCurrentMemberAccount"], visitor: ["getLoyaltyProgram"] },
      limits: { callerPerMinute: 2, upstreamPerMinute: 5 },
    };
    const { call, clock, upstream } = makeProxy({ policy });
    const status = async (line, who) => (await call(line, who)).status;
    assert.deepEqual([await status(MY_ACCOUNT, "a"), await status(MY_ACCOUNT, "a")], [200, 200]);
    const limited = await call(MY_ACCOUNT, "a");
    assert.deepEqual([limited.status, limited.json.code], [429, "RATE_LIMITED"]);
    assert.ok(Number(limited.headers["retry-after"]) <= 61);
    assert.equal(await status(MY_ACCOUNT, "b"), 200, "another caller");
    assert.deepEqual([await status(PROGRAM), await status(PROGRAM)], [200, 200]);
    assert.equal(await status(PROGRAM), 429, "the budget of all");
    assert.equal(upstream.length, 5);
    clock.now += 60_000;
    assert.equal(await status(MY_ACCOUNT, "a"), 200, "a new minute");
  });
});
