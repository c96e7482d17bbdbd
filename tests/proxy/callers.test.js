// Who is believed, and with whose token a call goes up.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { custom, InvalidToken } from "loyalty-edge/proxy";
import { A, B, KEY, REWARD, earn, fresh, makeProxy, MY_ACCOUNT } from "./support.js";

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
