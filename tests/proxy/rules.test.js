// The rules that only show with the shell around the decisions: what goes up, what comes back, who is believed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { custom, InvalidToken } from "loyalty-edge/proxy";
import {
  A,
  B,
  KEY,
  ORIGIN,
  REWARD,
  SITE,
  TRANSACTION_B,
  accountOf,
  earn,
  fresh,
  makeProxy,
  stub,
} from "./support.js";

const MY_ACCOUNT = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("p07 least privilege", () => {
  const calls = [
    [MY_ACCOUNT, {}],
    [["GET", "/loyalty-coupons/v1/coupons/my-coupons"], {}],
    [["POST", "/loyalty-coupons/v1/coupons/redeem-my-coupon"], { body: { rewardId: REWARD } }],
  ];

  test("p07_member_methods_go_up_with_the_members_own_token", async () => {
    for (const [line, options] of calls) {
      const { call, upstream } = makeProxy();
      const headers = { "idempotency-key": fresh() };
      const answer = await call(line, "a-with-token", { ...options, headers });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(
        upstream.map(({ path, headers }) => [path, headers.authorization, headers["wix-site-id"]]),
        [[line[1], "OauthNG.JWS.of-a", undefined]],
      );
    }
  });

  test("p07_without_one_they_become_calls_of_the_own_account_with_the_credential", async () => {
    const expected = [
      ["/loyalty-accounts/v1/accounts/fetch-by"],
      ["/loyalty-accounts/v1/accounts/fetch-by", "/loyalty-coupons/v1/coupons/query"],
      ["/loyalty-accounts/v1/accounts/fetch-by", "/loyalty-coupons/v1/coupons"],
    ];
    for (const [at, [line, options]] of calls.entries()) {
      const { call, upstream } = makeProxy();
      const headers = { "idempotency-key": fresh() };
      const answer = await call(line, "a", { ...options, headers });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(
        upstream.map(({ path }) => path),
        expected[at],
      );
      assert.ok(upstream.every(({ headers }) => headers.authorization === KEY));
      const last = upstream.at(-1);
      if (at === 1) assert.equal(last.body.query.filter.accountId, A.accountId);
      if (at === 2)
        assert.deepEqual(last.body, { rewardId: REWARD, loyaltyAccountId: A.accountId });
    }
  });

  test("p07_no_other_call_takes_the_members_token_up", async () => {
    const { call, upstream } = makeProxy();
    await call(["GET", `/loyalty-accounts/v1/accounts/${A.accountId}`], "a-with-token");
    await earn(call, "tap", "a-with-token");
    assert.ok(upstream.length >= 3);
    assert.ok(upstream.every(({ headers }) => headers.authorization === KEY));
  });
});

test("p08_headers_that_a_client_sets_are_nobody", async () => {
  const { call } = makeProxy();
  const headers = {
    "x-user-id": B.memberId,
    "x-member-id": B.memberId,
    "x-forwarded-user": B.memberId,
    "x-forwarded-for": "127.0.0.1",
    "x-wix-member-id": B.memberId,
    cookie: `member=${B.memberId}`,
    "wix-site-id": "another",
  };
  assert.equal((await call(MY_ACCOUNT, undefined, { headers })).status, 403);
  const own = await call(MY_ACCOUNT, "a", { headers });
  assert.equal(own.json.account.id, A.accountId);
});

test("p01_what_identify_gives_is_checked_and_what_it_throws_is_not_the_callers_fault", async () => {
  for (const [identify, status, code] of [
    [() => null, 401, "UNAUTHENTICATED"],
    [() => undefined, 401, "UNAUTHENTICATED"],
    [() => Promise.reject(new InvalidToken("no")), 401, "UNAUTHENTICATED"],
    [() => Promise.reject(new Error("database")), 503, "UNAVAILABLE"],
    [() => ({ role: "root" }), 503, "UNAVAILABLE"],
    [() => ({}), 503, "UNAVAILABLE"],
    [() => "admin", 503, "UNAVAILABLE"],
    [() => ({ role: "member" }), 500, "PROXY_INTERNAL"],
    [() => ({ role: "member", memberId: "../x" }), 500, "PROXY_INTERNAL"],
    [() => ({ role: "member", memberId: 5 }), 503, "UNAVAILABLE"],
    [() => ({ role: "visitor", memberId: A.memberId }), 500, "PROXY_INTERNAL"],
  ]) {
    const { call, upstream } = makeProxy({ identify: custom(identify) });
    const answer = await call(MY_ACCOUNT, "x");
    assert.deepEqual([answer.status, answer.json.code], [status, code], String(identify));
    assert.equal(upstream.length, 0);
  }
});

test("p15_preflights_are_answered_before_identity", async () => {
  let asked = 0;
  const { call, proxy } = makeProxy({ identify: custom(() => void (asked += 1)) });
  const preflight = { "access-control-request-method": "POST", "x-loyalty-client": undefined };
  const good = await call(["OPTIONS", "/actions/tap"], undefined, { headers: preflight });
  assert.equal(good.status, 204);
  assert.equal(good.headers["access-control-allow-origin"], ORIGIN);
  assert.equal(good.headers["access-control-allow-methods"], "GET, POST");
  assert.equal(
    good.headers["access-control-allow-headers"],
    "authorization, content-type, x-loyalty-client, idempotency-key, traceparent, x-wix-bi-gateway, " +
      "x-wix-consistent, wix-site-id, wix-account-id",
  );
  assert.equal(good.headers.vary, "Origin, Sec-Fetch-Site");
  assert.ok(Number(good.headers["access-control-max-age"]) <= 7200);
  assert.equal(good.headers["access-control-allow-credentials"], undefined);
  for (const origin of ["https://evil.example", "null"]) {
    const bad = await call(["OPTIONS", "/actions/tap"], undefined, {
      headers: { ...preflight, origin },
    });
    assert.equal(bad.status, 403);
    assert.equal(bad.headers["access-control-allow-origin"], undefined);
  }
  const bare = new Request(`${ORIGIN}/loyalty/actions/tap`, { method: "OPTIONS" });
  assert.ok((await proxy.fetch(bare)).status >= 400);
  assert.equal(asked, 0);
});

test("p15_exposed_headers_are_those_of_the_protocol", async () => {
  const { headers } = await makeProxy().call(PROGRAM);
  assert.equal(
    headers["access-control-expose-headers"],
    "x-request-id, x-wix-request-id, x-wix-consistent, retry-after, ratelimit, ratelimit-policy",
  );
});

test("p19_types_and_no_stack_traces", async () => {
  const { call } = makeProxy();
  const good = await call(PROGRAM);
  assert.equal(good.headers["content-type"], "application/json; charset=utf-8");
  const bad = await call(MY_ACCOUNT);
  assert.equal(bad.headers["content-type"], "application/problem+json; charset=utf-8");
  const identify = () => {
    throw new Error("secret detail");
  };
  const answer = () => {
    throw new Error("secret detail");
  };
  for (const proxy of [
    makeProxy({ identify }),
    makeProxy({ answer }),
    makeProxy({ now: identify }),
  ]) {
    const { status, text } = await proxy.call(MY_ACCOUNT, "a");
    assert.ok(status >= 500);
    assert.doesNotMatch(text + proxy.logs.join(), /secret detail|at .*\.js:\d/);
  }
});

test("p20_redirects_are_not_followed", async () => {
  const answer = () =>
    new Response(null, { status: 302, headers: { location: "http://evil.example/" } });
  const { call, upstream } = makeProxy({ answer });
  const { status, json } = await call(PROGRAM);
  assert.deepEqual([status, json.code], [502, "UPSTREAM_INVALID"]);
  assert.deepEqual([upstream.length, upstream[0].redirect], [1, "manual"]);
});

test("p21_only_allow_listed_headers_go_up_and_come_back", async () => {
  const answer = async (seen) =>
    new Response(await stub(seen).text(), {
      headers: {
        "set-cookie": "a=b",
        server: "x",
        "x-powered-by": "x",
        "access-control-allow-origin": "*",
        "x-wix-consistent": "token-2",
      },
    });
  const { call, upstream } = makeProxy({ answer });
  const headers = {
    cookie: "session=1",
    "x-wix-bi-gateway": "x",
    "wix-site-id": "another",
    "wix-account-id": "another",
    "x-forwarded-for": "1.1.1.1",
    "x-wix-consistent": "token-1",
    referer: ORIGIN,
    "user-agent": "x",
  };
  const got = await call(MY_ACCOUNT, "a", { headers });
  assert.deepEqual(upstream[0].headers, {
    accept: "application/json",
    authorization: KEY,
    "wix-site-id": SITE,
    "x-wix-consistent": "token-1",
  });
  for (const name of ["set-cookie", "server", "x-powered-by"]) {
    assert.equal(got.headers[name], undefined, name);
  }
  assert.equal(got.headers["access-control-allow-origin"], ORIGIN);
  const program = await call(PROGRAM);
  assert.equal(program.headers["x-wix-consistent"], "token-2");
});

describe("p23 upstream answers", () => {
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
      }),
    );
  for (const [name, answer, code, status = 502] of [
    ["an_html_502", () => new Response("<html>", { status: 502 }), "UPSTREAM_ERROR"],
    ["an_html_200", () => new Response("<html>"), "UPSTREAM_INVALID"],
    ["truncated_json", () => new Response('{"loyaltyProgram":{"na'), "UPSTREAM_INVALID"],
    ["null", () => new Response("null"), "UPSTREAM_INVALID"],
    ["wrong_types", () => Response.json({ loyaltyProgram: { name: 5 } }), "UPSTREAM_INVALID"],
    ["a_204", () => new Response(null, { status: 204 }), "UPSTREAM_INVALID"],
    ["no_utf8", () => new Response(new Uint8Array([0x7b, 0xff])), "UPSTREAM_INVALID"],
    ["an_endless_body", endless, "UPSTREAM_INVALID"],
    ["deep_json", () => new Response("[".repeat(100_000)), "UPSTREAM_INVALID"],
    ["a_401", () => new Response("{}", { status: 401 }), "UPSTREAM_AUTH"],
    ["a_403", () => new Response("{}", { status: 403 }), "UPSTREAM_AUTH"],
    ["a_thrown_error", () => Promise.reject(new TypeError("x")), "UPSTREAM_ERROR"],
    ["a_thrown_text", () => Promise.reject("x"), "UPSTREAM_ERROR"],
    ["no_response", () => undefined, "UPSTREAM_ERROR"],
    ["a_500", () => new Response("stack", { status: 500 }), "UPSTREAM_ERROR"],
    ["a_501", () => new Response("", { status: 501 }), "NOT_IMPLEMENTED", 501],
    ["a_429", () => new Response("", { status: 429 }), "RATE_LIMITED", 429],
    ["a_503", () => new Response("", { status: 503 }), "UNAVAILABLE", 503],
  ]) {
    test(`p23_${name}_is_${code}`, async () => {
      const { call } = makeProxy({ answer });
      const got = await call(PROGRAM);
      assert.deepEqual([got.status, got.json.code], [status, code], got.text);
      if (status === 429 || status === 503) assert.match(got.headers["retry-after"], /^\d+$/);
      assert.doesNotMatch(got.text, /stack|<html>/);
    });
  }

  test("p23_an_endless_answer_is_read_no_further_than_the_cap", async () => {
    let sent = 0;
    let cancelled = false;
    const body = () =>
      new ReadableStream({
        pull(controller) {
          sent += 100_000;
          controller.enqueue(new Uint8Array(100_000));
        },
        cancel() {
          cancelled = true;
        },
      });
    const { call } = makeProxy({ answer: () => new Response(body()) });
    assert.equal((await call(PROGRAM)).json.code, "UPSTREAM_INVALID");
    assert.ok(sent < 3_000_000, `${sent} bytes were taken`);
    assert.ok(cancelled);
  });

  test("p23_an_answer_that_never_comes_is_timed", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { call } = makeProxy({ answer: () => new Promise(() => {}) });
    const pending = call(PROGRAM);
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(8_001);
    const got = await pending;
    assert.deepEqual([got.status, got.json.code], [504, "UPSTREAM_TIMEOUT"]);
  });
});

test("p06_a_members_answer_carries_nothing_of_others_and_nothing_unknown", async () => {
  const answer = () =>
    Response.json({
      account: {
        ...accountOf(A),
        neighbours: [accountOf(B)],
        contact: { id: A.contactId, note: "x" },
      },
      debug: accountOf(B),
    });
  const { call } = makeProxy({ answer });
  const got = await call(MY_ACCOUNT, "a");
  assert.equal(got.status, 200);
  assert.doesNotMatch(got.text, new RegExp(`${B.accountId}|neighbours|debug|note`));
});

test("p03_an_upstream_that_gives_another_account_is_not_believed", async () => {
  const { call } = makeProxy({ answer: () => Response.json({ account: accountOf(B) }) });
  const got = await call(MY_ACCOUNT, "a");
  assert.deepEqual([got.status, got.json.code], [502, "UPSTREAM_INVALID"]);
  assert.ok(!got.text.includes(B.accountId));
});

test("p05_what_an_action_sends_up_is_the_policys", async () => {
  const { call, upstream } = makeProxy();
  const body = { subject: "product-1", parameters: { stars: 5 } };
  assert.equal((await earn(call, "write-review", "a", { body })).status, 200);
  const { idempotencyKey, ...sent } = upstream.at(-1).body;
  assert.deepEqual(sent, {
    accountId: A.accountId,
    amount: 50,
    description: "Wrote a review",
    activityType: "review",
    appId: "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
  });
  assert.match(idempotencyKey, GUID);
});

test("p05_a_confirm_hook_proves_the_deed_and_fails_closed", async () => {
  const asked = [];
  for (const [hook, status] of [
    [(claim) => (asked.push(claim), true), 200],
    [() => false, 403],
    [() => undefined, 403],
    [() => 1, 403],
    [() => "true", 403],
    [() => Promise.reject(new Error("database")), 403],
  ]) {
    const { call, upstream } = makeProxy({ confirm: { "review-exists": hook } });
    const body = { subject: "product-1", parameters: { stars: 5 } };
    const got = await earn(call, "write-review", "a", { body });
    assert.equal(got.status, status, String(hook));
    const paid = upstream.filter(({ path }) => path.endsWith("/earn-points"));
    assert.equal(paid.length, status === 200 ? 1 : 0);
    if (status === 403) {
      assert.equal((await earn(call, "tap", "a")).status, 200, "and the claim is given back");
    }
  }
  assert.deepEqual(asked, [
    {
      caller: { role: "member", memberId: A.memberId, contactId: A.contactId },
      subject: "product-1",
      parameters: { stars: 5 },
    },
  ]);
});

test("p06_unknown_fields_of_an_action_are_named", async () => {
  const { call, upstream } = makeProxy();
  for (const [body, field] of [
    ['{"subject":"x","points":5}', "points"],
    ['{"subject":"x","__proto__":{"amount":5}}', "__proto__"],
    ['{"subject":"x","parameters":{"__proto__":5}}', "parameters.__proto__"],
    ['{"subject":"x","parameters":{"a":{"b":1}}}', "parameters.a"],
    ['{"subject":"x","parameters":[1]}', "parameters"],
    ['{"subject":5}', "subject"],
    ['{"subject":""}', "subject"],
    ["{}", "subject"],
  ]) {
    const headers = { "idempotency-key": fresh() };
    const got = await call(["POST", "/actions/write-review"], "a", { raw: body, headers });
    assert.deepEqual([got.status, got.json.violations?.[0].field], [400, field], got.text);
  }
  assert.equal(upstream.length, 0);
});

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

test("p27_fifty_claims_at_once_pay_once_with_one_key_and_with_fifty", async () => {
  for (const key of [() => "same", fresh]) {
    const { call, upstream } = makeProxy();
    const claims = Array.from({ length: 50 }, () => earn(call, "daily-visit", "a", { key: key() }));
    const answers = await Promise.all(claims);
    const paid = upstream.filter(({ path }) => path.endsWith("/earn-points"));
    assert.equal(paid.length, 1);
    assert.ok(answers.some(({ status }) => status === 200));
    const rest = answers.filter(({ status }) => status !== 200);
    assert.ok(rest.every(({ json }) => ["LIMIT_REACHED", "IN_PROGRESS"].includes(json.code)));
  }
});

test("p27_a_cap_says_when_it_is_over", async () => {
  const { call } = makeProxy();
  await earn(call, "daily-visit", "a");
  const got = await earn(call, "daily-visit", "a");
  assert.deepEqual(
    [got.status, got.json.code, got.json.retryable, got.json.retryAt],
    [403, "LIMIT_REACHED", false, "2030-01-02T00:00:00.000Z"],
  );
  assert.equal((await earn(call, "daily-visit", "b")).status, 200, "the cap is the member's");
});

test("p30_replay_in_flight_conflict_and_form", async () => {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const answer = async (seen) => {
    if (seen.path.endsWith("/earn-points")) await gate;
    return stub(seen);
  };
  const { call, upstream } = makeProxy({ answer });
  const body = { subject: "s" };
  const first = earn(call, "tap", "a", { key: "k1", body });
  await new Promise((resolve) => setImmediate(resolve));
  const flying = await earn(call, "tap", "a", { key: "k1", body });
  assert.deepEqual(
    [flying.status, flying.json.code, flying.json.retryable],
    [409, "IN_PROGRESS", true],
  );
  assert.match(flying.headers["retry-after"], /^\d+$/);
  release();
  const done = await first;
  const again = await earn(call, "tap", "a", { key: '"k1"', body });
  assert.deepEqual([again.status, again.text], [done.status, done.text]);
  const other = await earn(call, "tap", "a", { key: "k1", body: { subject: "t" } });
  assert.deepEqual([other.status, other.json.code], [422, "IDEMPOTENCY_CONFLICT"]);
  for (const key of ["", "a b", "x".repeat(129), "a,b"]) {
    const bad = await earn(call, "tap", "a", { key, body });
    assert.deepEqual([bad.status, bad.json.violations[0].field], [400, "Idempotency-Key"], key);
  }
  const none = await call(["POST", "/actions/tap"], "a", { body });
  assert.equal(none.status, 400);
  assert.equal(upstream.filter(({ path }) => path.endsWith("/earn-points")).length, 1);
});

test("p30_staff_writes_without_the_header_are_accepted_and_with_it_replayed", async () => {
  const { call, upstream } = makeProxy();
  const line = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`];
  const body = { amount: 5 };
  assert.equal((await call(line, "staff", { body })).status, 200);
  assert.equal((await call(line, "staff", { body })).status, 200);
  assert.equal(upstream.length, 2);
  const headers = { "idempotency-key": "of-staff" };
  const first = await call(line, "staff", { body, headers });
  const again = await call(line, "staff", { body, headers });
  assert.deepEqual([again.status, again.text, upstream.length], [200, first.text, 3]);
});

test("p31_the_upstream_key_is_derived_and_stays_the_same_without_a_store", async () => {
  const sent = async (action, who, key, body = {}) => {
    const { call, upstream } = makeProxy();
    const got = await earn(call, action, who, { key, body });
    assert.equal(got.status, 200, got.text);
    return upstream.at(-1).body.idempotencyKey;
  };
  const tap = await sent("tap", "a", "k1");
  assert.match(tap, GUID);
  assert.equal(await sent("tap", "a", "k1"), tap);
  assert.notEqual(await sent("tap", "a", "k2"), tap);
  assert.notEqual(await sent("tap", "b", "k1"), tap);
  assert.equal(await sent("daily-visit", "a", "k1"), await sent("daily-visit", "a", "k2"));
  const review = (key, subject) => sent("write-review", "a", key, { subject });
  assert.equal(await review("k1", "p1"), await review("k2", "p1"));
  assert.notEqual(await review("k1", "p1"), await review("k1", "p2"));
});

test("p31_a_key_that_staff_put_in_goes_up_unchanged", async () => {
  const { call, upstream } = makeProxy();
  const line = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/earn-points`];
  const body = { amount: 7, appId: "office", idempotencyKey: "their_own-key" };
  assert.equal((await call(line, "staff", { body })).status, 200);
  assert.deepEqual(upstream.at(-1).body, { accountId: A.accountId, ...body });
});

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
    [["GET", "/me"], "a", {}, "NOT_IMPLEMENTED"],
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

describe("p35 audit", () => {
  test("p35_every_verdict_and_write_is_recorded", async () => {
    const records = [];
    const { call } = makeProxy({ audit: (record) => void records.push(record) });
    await earn(call, "tap", "a", { key: "k" });
    await call(["POST", `/loyalty-accounts/v1/accounts/${B.accountId}/adjust-points`], "a", {
      body: { amount: 5 },
    });
    assert.deepEqual(
      records.map(({ phase, operation, status, code }) => [phase, operation, status, code]),
      [
        ["intent", "earn", undefined, undefined],
        ["outcome", "earn", 200, undefined],
        ["outcome", "adjustPoints", 403, "PERMISSION_DENIED"],
      ],
    );
    const [, { caller, accountId, amount, action, site, at, after, transactionId }] = records;
    assert.deepEqual(
      { caller, accountId, amount, action, site, at, after },
      {
        caller: { role: "member", memberId: A.memberId, contactId: A.contactId },
        accountId: A.accountId,
        amount: 1,
        action: "tap",
        site: SITE,
        at: "2030-01-01T10:00:00.000Z",
        after: 101,
      },
    );
    assert.match(transactionId, /^[0-9a-f-]{36}$/);
  });

  test("p35_a_sink_that_fails_denies_writes_and_lets_reads_go", async () => {
    const audit = () => Promise.reject(new Error("disk full"));
    const { call, upstream, logs } = makeProxy({ audit });
    const got = await earn(call, "tap", "a");
    assert.deepEqual([got.status, got.json.code], [503, "UNAVAILABLE"]);
    assert.ok(!upstream.some(({ path }) => path.endsWith("/earn-points")));
    assert.equal((await call(MY_ACCOUNT, "a")).status, 200);
    assert.match(logs.join(), /audit failed/);
  });
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
