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

test("p26_a_body_that_does_not_come_is_408_and_deep_json_says_how_deep", async (t) => {
  const { proxy, call } = makeProxy();
  const deep = await call(["POST", "/loyalty-accounts/v1/accounts/query"], "admin", {
    raw: `{"query":${"[".repeat(40)}${"]".repeat(40)}}`,
  });
  const [{ rule, threshold }] = deep.json.violations;
  assert.deepEqual([deep.status, rule, threshold], [400, "MAX_DEPTH", 32]);
  const over = await call(["POST", "/loyalty-accounts/v1/accounts/query"], "admin", {
    body: { query: { cursorPaging: { limit: 101 } } },
  });
  const [page] = over.json.violations;
  assert.deepEqual(
    [page.field, page.rule, page.threshold],
    ["query.cursorPaging.limit", "MAX", 100],
  );

  t.mock.timers.enable({ apis: ["setTimeout"] });
  const headers = {
    authorization: "Bearer admin",
    "content-type": "application/json",
    "x-loyalty-client": "test/1",
  };
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
  const url = "https://shop.example/loyalty/loyalty-accounts/v1/accounts/query";
  const pending = proxy.fetch(new Request(url, { method: "POST", headers, body, duplex: "half" }));
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(10_001);
  const slow = await pending;
  const { code, retryable } = await slow.json();
  assert.deepEqual([slow.status, code, retryable], [408, "REQUEST_TIMEOUT", true]);
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
