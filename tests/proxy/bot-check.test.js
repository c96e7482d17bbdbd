// The hook that tells people from programs: asked before the credential is used, and only where the policy says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { A, MY_ACCOUNT, POLICY, REWARD, earn, fresh, makeProxy } from "./support.js";

const REDEEM = ["POST", "/loyalty-coupons/v1/coupons/redeem-my-coupon"];
const policy = {
  ...POLICY,
  botCheck: ["redeemCurrentMemberPointsForCoupon", "earn:tap"],
  actions: {
    ...POLICY.actions,
    "daily-visit": { ...POLICY.actions["daily-visit"], botCheck: true },
  },
};
const redeem = (call, headers = {}) =>
  call(REDEEM, "a", {
    body: { rewardId: REWARD },
    headers: { "idempotency-key": fresh(), ...headers },
  });

test("p28_only_what_the_policy_names_is_asked_about_with_headers_caller_and_operation", async () => {
  const asked = [];
  const botCheck = ({ request, caller, operation, action }) => {
    asked.push([request.headers.get("x-human"), request.body, caller, operation, action]);
    return true;
  };
  const { call } = makeProxy({ policy, botCheck });
  assert.equal((await call(MY_ACCOUNT, "a")).status, 200);
  const review = await earn(call, "write-review", "a", { body: { subject: "p" } });
  assert.equal(review.status, 200);
  assert.deepEqual(asked, [], "neither is named");
  assert.equal((await redeem(call, { "x-human": "token" })).status, 200);
  assert.equal((await earn(call, "tap", "a")).status, 200);
  assert.equal((await earn(call, "daily-visit", "a")).status, 200);
  const caller = { role: "member", memberId: A.memberId, contactId: A.contactId };
  assert.deepEqual(asked, [
    ["token", null, caller, "redeemCurrentMemberPointsForCoupon", undefined],
    [null, null, caller, "earn", "tap"],
    [null, null, caller, "earn", "daily-visit"],
  ]);
});

test("p28_anything_but_true_refuses_before_the_credential_is_used", async () => {
  for (const botCheck of [
    () => false,
    () => undefined,
    () => 1,
    () => "true",
    () => {
      throw new Error("secret detail");
    },
    () => Promise.reject(new Error("secret detail")),
  ]) {
    const { call, upstream, logs } = makeProxy({ policy, botCheck });
    for (const got of [await redeem(call), await earn(call, "tap", "a")]) {
      assert.deepEqual([got.status, got.json.code], [403, "PERMISSION_DENIED"], String(botCheck));
      assert.doesNotMatch(got.text + logs.join(), /secret detail/);
    }
    assert.equal(upstream.length, 0, "nothing went up");
  }
});

test("p28_a_check_that_hangs_refuses", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { call, upstream } = makeProxy({ policy, botCheck: () => new Promise(() => {}) });
  const pending = earn(call, "tap", "a");
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(10_001);
  assert.equal((await pending).status, 403);
  assert.equal(upstream.length, 0);
});

test("p28_who_may_not_at_all_is_not_asked_about", async () => {
  let asked = 0;
  const { call } = makeProxy({ policy, botCheck: () => Boolean((asked += 1)) });
  assert.equal((await earn(call, "tap", undefined)).status, 403);
  assert.equal((await earn(call, "tap", "staff")).status, 403);
  assert.equal(asked, 0);
});

test("p28_a_policy_that_asks_for_a_check_does_not_start_without_one", () => {
  const { proxy } = makeProxy();
  assert.equal(typeof proxy.fetch, "function");
  assert.throws(() => makeProxy({ policy }), /botCheck: the policy asks for it/);
  assert.throws(() => makeProxy({ policy, botCheck: "yes" }), /botCheck must be a function/);
});
