// Named earns: what the policy says is what is paid.
import assert from "node:assert/strict";
import { test } from "node:test";
import { A, earn, fresh, makeProxy } from "./support.js";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

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
