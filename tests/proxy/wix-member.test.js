// Members by Wix's own tokens: checked upstream, kept for a while, and sent up where upstream lets members call (P7).
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKey, wixMember } from "loyalty-edge/proxy";
import { NOWHERE, POLICY, earn, makeProxy } from "./support.js";
import { wix } from "./wix.js";

const ME = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const COUPONS = ["GET", "/loyalty-coupons/v1/coupons/my-coupons"];
const REDEEM = ["POST", "/loyalty-coupons/v1/coupons/redeem-my-coupon"];
const INFO = "/oauth2/token-info";

async function shop(t, { options, ...more } = {}) {
  const upstream = await wix();
  t.after(() => upstream.sandbox.close());
  const { apiKey: key, siteId, members } = upstream.sandbox;
  const made = makeProxy({
    credential: apiKey({ key, siteId }),
    identify: wixMember(options),
    fetch: (request) => upstream.fetch(request),
    ...more,
  });
  const checks = () => upstream.seen.filter(({ path }) => path === INFO).length;
  const [a, b] = members;
  return { ...made, wix: upstream, checks, key, a, b };
}

test("p07_member_methods_go_up_with_the_members_token_and_all_else_with_the_credential", async (t) => {
  const { call, wix, a, key } = await shop(t);
  const rewardId = wix.sandbox.rewards[0];
  const headers = { "idempotency-key": "k1" };
  assert.equal((await call(ME, a.token)).json.account.id, a.accountId);
  assert.equal((await call(COUPONS, a.token)).status, 200);
  const redeemed = await call(REDEEM, a.token, { body: { rewardId }, headers });
  assert.equal(redeemed.status, 200, redeemed.text);
  assert.equal((await earn(call, "tap", a.token)).status, 200);
  assert.equal((await call(["GET", "/loyalty-rewards/v1/rewards"], a.token)).status, 200);
  const own = `/loyalty-accounts/v1/accounts/${a.accountId}`;
  assert.equal((await call(["GET", own], a.token)).status, 200);
  const members = ["/my-account", "/my-coupons", "/redeem-my-coupon"];
  const byMember = [];
  for (const { path, authorization } of wix.seen) {
    if (path === INFO) continue;
    const isMembers = members.some((end) => path.endsWith(end));
    assert.equal(authorization, isMembers ? a.token : key, path);
    if (isMembers) byMember.push(path);
  }
  for (const end of members)
    assert.ok(
      byMember.some((path) => path.endsWith(end)),
      end,
    );
  assert.ok(wix.seen.some(({ path }) => path.endsWith("/earn-points")));
});

test("a_member_is_checked_once_however_many_wait_and_then_for_a_while_not_at_all", async (t) => {
  const { call, checks, wix, a, clock } = await shop(t);
  // Upstream answers in the next turn: none of the twenty waits for anything before it asks, so all are there by then.
  wix.bend = { [INFO]: () => new Promise((resolve) => setImmediate(resolve)) };
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(COUPONS, a.token)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(checks(), 1);
  clock.now += 59_000;
  await call(COUPONS, a.token);
  assert.equal(checks(), 1);
  clock.now += 2_000;
  await call(COUPONS, a.token);
  assert.equal(checks(), 2);
});

test("what_is_kept_is_never_kept_past_the_tokens_end", async (t) => {
  const { call, checks, wix, a, clock } = await shop(t, { options: { cacheSeconds: 600 } });
  const { access_token: token } = await wix.tokensOf(a);
  assert.equal((await call(ME, token)).status, 200);
  const both = (ms) => {
    clock.now += ms;
    wix.sandbox.clock.advance(ms);
  };
  both(4 * 3_600_000 - 300_000);
  assert.equal((await call(ME, token)).status, 200);
  assert.equal(checks(), 2);
  both(299_000);
  assert.equal((await call(COUPONS, token)).status, 200);
  assert.equal(checks(), 2, "ten minutes are not over, and the token lives");
  both(2_000);
  const over = await call(COUPONS, token);
  assert.deepEqual([over.status, over.json.code], [401, "UNAUTHENTICATED"]);
  assert.equal(checks(), 3);
});

test("one_member_never_gets_what_is_known_of_another", async (t) => {
  const { call, a, b } = await shop(t);
  const ask = async ({ token }) => (await call(ME, token)).json.account.memberId;
  const got = await Promise.all([a, b, a, b, b, a].map(ask));
  assert.deepEqual(
    got,
    [a, b, a, b, b, a].map(({ memberId }) => memberId),
  );
});

test("tokens_that_are_no_members", async (t) => {
  const { call, wix, key, checks, a } = await shop(t);
  const visitor = await wix.sandbox.fetch("http://sandbox/oauth2/token", {
    method: "POST",
    body: JSON.stringify({ clientId: "c", grantType: "anonymous" }),
  });
  const { access_token: visitors } = await visitor.json();
  const { refresh_token: refresh } = await wix.tokensOf(a);
  const tampered = `${a.token.slice(0, -6)}AAAAAA`;
  for (const [name, token, asked] of [
    ["a visitor's", visitors, true],
    ["one that was changed", tampered, true],
    ["a refresh token", refresh, false],
    ["the API key", key, false],
    ["an API key of a site", "IST.eyJ.eyJ.abc", false],
    ["words", "hello", false],
    ["a prefix", "OauthNG.JWS.", false],
    ["not canonical", `${a.token}=`, false],
    ["with a space", `${a.token} x`, false],
    ["too long", `OauthNG.JWS.a.${"b".repeat(9_000)}.c`, false],
  ]) {
    const before = checks();
    const got = await call(ME, token);
    assert.deepEqual([got.status, got.json.code], [401, "UNAUTHENTICATED"], name);
    assert.equal(checks() - before, asked ? 1 : 0, `${name}: asked about`);
    await call(ME, token);
    assert.equal(checks() - before, asked ? 1 : 0, `${name}: remembered`);
  }
});

const bent = (path, value) => ({ [path]: () => Response.json(value) });
const about = (more) => ({ active: true, subjectType: "MEMBER", exp: null, ...more });

test("p10_a_member_of_another_site_is_nobody_here", async (t) => {
  const { call, wix, a } = await shop(t);
  const siteId = "33333333-0000-4000-8000-000000000003";
  wix.bend = bent(INFO, about({ subjectId: a.memberId, siteId }));
  assert.equal((await call(ME, a.token)).status, 401);
});

test("what_upstream_says_of_a_token_must_fit_together", async (t) => {
  for (const [value, status] of [
    [about({ subjectId: NOWHERE }), 401],
    [about({ subjectType: "APP" }), 401],
    [about({ active: false }), 401],
    [{}, 401],
    [null, 401],
    [about({ exp: "soon" }), 503],
  ]) {
    const { call, wix, a } = await shop(t);
    const subjectId = a.memberId;
    wix.bend = bent(INFO, value === null ? null : { subjectId, ...value });
    assert.equal((await call(ME, a.token)).status, status, JSON.stringify(value));
  }
});

test("an_upstream_that_fails_is_503_and_is_not_remembered", async (t) => {
  const { call, wix, a } = await shop(t);
  for (const answer of [
    () => new Response("", { status: 500 }),
    () => new Response("<html>", { status: 502 }),
    () => {
      throw new Error(`secret words ${a.token}`);
    },
  ]) {
    for (const path of [INFO, ME[1]]) {
      wix.bend = { [path]: answer };
      const got = await call(ME, a.token);
      assert.deepEqual([got.status, got.json.code], [503, "UNAVAILABLE"], path);
      assert.doesNotMatch(got.text, /secret words|OauthNG/);
    }
  }
  wix.bend = {};
  assert.equal((await call(ME, a.token)).status, 200);
});

test("a_member_without_an_account_is_a_member", async (t) => {
  const { call, wix, a } = await shop(t);
  const none = () =>
    Response.json({ details: { applicationError: { code: "NOT_FOUND" } } }, { status: 404 });
  wix.bend = { [ME[1]]: none };
  const got = await call(ME, a.token);
  assert.deepEqual([got.status, got.json.code], [404, "ACCOUNT_NOT_FOUND"]);
});

test("made_up_tokens_do_not_use_up_what_upstream_lets_us_ask", async (t) => {
  const { call, checks, a, clock } = await shop(t, { options: { checksPerMinute: 5 } });
  const [prefix, head, claims] = [a.token.slice(0, 12), ...a.token.slice(12).split(".")];
  const madeUp = (count) =>
    `${prefix}${head}.${claims}.${"A".repeat(40)}${"AEIM"[count % 4]}AAA${"A".repeat(4 * count)}`;
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await call(ME, madeUp(count))).status, 401);
  }
  assert.equal((await call(ME, madeUp(6))).status, 503);
  assert.equal(checks(), 5);
  clock.now += 60_000;
  assert.equal((await call(ME, a.token)).status, 200);
});

test("p24_look_ups_count_in_the_one_budget_upstream", async (t) => {
  const policy = {
    grants: { member: ["getCurrentMemberAccount"] },
    limits: { upstreamPerMinute: 4 },
  };
  const { call, a, clock } = await shop(t, { policy });
  const statuses = [];
  for (let count = 0; count < 3; count += 1) {
    clock.now += 6_000; // What was read is not kept so long; whose the token is, is.
    statuses.push((await call(ME, a.token)).status);
  }
  assert.deepEqual(statuses, [200, 200, 429], "two calls for the token, and two reads");
});

test("p22_a_members_token_is_in_no_answer_log_or_audit", async (t) => {
  const audits = [];
  const audit = (record) => void audits.push(JSON.stringify(record));
  const { call, wix, logs, a } = await shop(t, { audit, policy: POLICY });
  const texts = [(await call(ME, a.token)).text, (await earn(call, "tap", a.token)).text];
  wix.bend = {
    [COUPONS[1]]: (request) =>
      Response.json({ loyaltyCoupons: [], echo: request.headers.get("authorization") }),
  };
  const echoed = await call(COUPONS, a.token);
  assert.equal(echoed.status, 502, "an answer that repeats the token is not passed on");
  texts.push(echoed.text);
  wix.bend = { [COUPONS[1]]: () => new Response("", { status: 401 }) };
  const gone = await call(COUPONS, a.token);
  assert.deepEqual([gone.status, gone.json.code], [401, "UNAUTHENTICATED"]);
  const told = [...texts, gone.text, ...logs, ...audits].join("\n");
  assert.ok(!told.includes(a.token.slice(12)), told);
});

test("bad_options_are_named", () => {
  assert.throws(() => wixMember({ cacheSeconds: 601 }), /cacheSeconds/);
  assert.throws(() => wixMember({ cacheSeconds: -1 }), /cacheSeconds/);
  assert.throws(() => wixMember({ checksPerMinute: 0 }), /checksPerMinute/);
});
