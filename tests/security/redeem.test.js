// P7 with the real thing: a member redeems and reads the member's own coupons through the proxy, and nobody else's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startStack } from "./stack.js";

const COUPONS = "/loyalty-coupons/v1/coupons";
const making = () => new Promise((resolve) => setTimeout(resolve, 250));

/** The stack, and the words of these tests. */
async function shop(t) {
  const stack = await startStack(t);
  const [a, b] = stack.sandbox.members;
  const setBalance = async (member, balance) => {
    const path = `/loyalty-accounts/v1/accounts/${member.accountId}/adjust-points`;
    const { status } = await stack.send("POST", path, { as: "admin", body: { balance } });
    assert.equal(status, 200);
  };
  const redeem = (as, key, rewardId = stack.sandbox.rewards[0]) =>
    stack.send("POST", `${COUPONS}/redeem-my-coupon`, {
      as,
      body: { rewardId },
      headers: { "idempotency-key": key },
    });
  const mine = async (as) =>
    (await stack.send("GET", `${COUPONS}/my-coupons`, { as })).json.loyaltyCoupons;
  return { ...stack, a, b, setBalance, redeem, mine };
}

test("p07 a member redeems the member's own points and sees the coupon; another doesn't", async (t) => {
  const { a, setBalance, redeem, mine } = await shop(t);
  await setBalance(a, 500);
  const answer = await redeem("a", "key-1");
  assert.equal(answer.status, 200, answer.text);
  const { coupon } = answer.json;
  assert.equal(coupon.accountId, a.accountId);
  assert.equal(coupon.status, "PENDING");
  await making();
  const [newest] = await mine("a");
  assert.equal(newest.id, coupon.id);
  assert.equal(newest.status, "ACTIVE");
  assert.ok((await mine("b")).every(({ accountId }) => accountId !== a.accountId));
});

test("p07 one key redeems once, however often it comes", async (t) => {
  const { a, setBalance, redeem, mine } = await shop(t);
  await setBalance(a, 1_000);
  const before = (await mine("a")).length;
  const first = await redeem("a", "same-key");
  assert.equal(first.status, 200, first.text);
  const again = await Promise.all([redeem("a", "same-key"), redeem("a", "same-key")]);
  for (const { status, text, json } of again) {
    assert.equal(status, 200, text);
    assert.equal(json.coupon.id, first.json.coupon.id);
  }
  await making();
  assert.equal((await mine("a")).length, before + 1);
});

test("l05 two devices with keys of their own and the last points: one succeeds", async (t) => {
  const { a, setBalance, redeem } = await shop(t);
  await setBalance(a, 100);
  const both = await Promise.all([redeem("a", "phone"), redeem("a", "laptop")]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 428]);
  const lost = both.find(({ status }) => status === 428);
  assert.equal(lost.json.code, "INSUFFICIENT_POINTS");
});

test("p07 nobody redeems another's points, or without a key, or as a visitor", async (t) => {
  const { b, sandbox, send, setBalance, redeem, ledger } = await shop(t);
  await setBalance(b, 500);
  const before = await ledger();
  const [rewardId] = sandbox.rewards;
  const headers = { "idempotency-key": "steal" };
  const foreign = { rewardId, loyaltyAccountId: b.accountId };
  const attempts = [
    await send("POST", COUPONS, { as: "a", body: foreign, headers }),
    await send("POST", `${COUPONS}/redeem-my-coupon`, { as: "a", body: foreign, headers }),
    await send("POST", `${COUPONS}/redeem-my-coupon`, { as: "b", body: { rewardId } }),
    await send("POST", `${COUPONS}/redeem-my-coupon`, { body: { rewardId }, headers }),
  ];
  for (const { status, text } of attempts) assert.ok(status >= 400 && status < 500, text);
  assert.equal(await ledger(), before);
  assert.equal((await redeem("b", "own")).status, 200, "one's own is the positive control");
});

test("p20 the neighbours that make rewards and tiers are no routes of the proxy", async (t) => {
  const { sandbox, send, ledger } = await shop(t);
  const before = await ledger();
  const [rewardId] = sandbox.rewards;
  const [tierId] = sandbox.tiers;
  const free = {
    name: "Free",
    discountAmount: { configsByTier: [{ amount: "99", costInPoints: 1 }] },
  };
  for (const [method, path, body] of [
    ["POST", "/loyalty-rewards/v1/rewards", { reward: free }],
    ["PUT", `/loyalty-rewards/v1/rewards/${rewardId}`, { reward: { ...free, revision: "1" } }],
    ["DELETE", `/loyalty-rewards/v1/rewards/${rewardId}?revision=1`],
    ["PATCH", `/loyalty-tiers/v1/tiers/${tierId}`, { tier: { requiredPoints: 1, revision: "1" } }],
    ["DELETE", `/loyalty-tiers/v1/tiers/${tierId}?revision=1`],
    ["POST", "/loyalty-programs/v1/program/pause", {}],
    ["PATCH", "/loyalty-programs/v1/program", { loyaltyProgram: { name: "Mine" } }],
  ]) {
    const { status } = await send(method, path, { as: "admin", body });
    assert.ok([404, 405].includes(status), `${method} ${path}: ${status}`);
  }
  assert.equal(await ledger(), before);
});
