// points.redeem: one step from a reward to its coupon.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, json, rejection, stub } from "./stub.js";

const REWARD = "4a1d2c3b-0000-4000-8000-000000000001";
const coupon = (status, more) => ({ id: ID, accountId: ID, status, rewardName: "Mug", ...more });
const redeemed = (status) => json({ coupon: coupon(status) });
const listed = (status, more) => json({ loyaltyCoupons: [coupon(status, more)] });
const refused = (code, status) =>
  json({ message: code, details: { applicationError: { code, description: code } } }, status);

test("l08 waits until the coupon is there", async () => {
  const code = { couponReference: { code: "LOYAL-1" } };
  const answers = [redeemed("PENDING"), listed("PENDING"), listed("ACTIVE", code)];
  const { points, sent } = stub(answers);
  const made = await points.redeem(REWARD, { idempotencyKey: "once" });
  assert.equal(made.status, "ACTIVE");
  assert.equal(made.couponReference.code, "LOYAL-1");
  assert.deepEqual(
    sent.map(({ url, method }) => [method, new URL(url).pathname.split("/").pop()]),
    [
      ["POST", "redeem-my-coupon"],
      ["GET", "my-coupons"],
      ["GET", "my-coupons"],
    ],
  );
  assert.equal(sent[0].headers["Idempotency-Key"], "once");
  assert.equal(sent[1].headers["Idempotency-Key"], undefined);
});

test("l08 a failed coupon is told, not thrown: the points have stayed", async () => {
  const { points } = stub([redeemed("PENDING"), listed("FAILED")]);
  assert.equal((await points.redeem(REWARD)).status, "FAILED");
});

test("l08 one that is active at once needs no look", async () => {
  const { points, sent } = stub([redeemed("ACTIVE")]);
  assert.equal((await points.redeem(REWARD)).status, "ACTIVE");
  assert.equal(sent.length, 1);
});

test("l08 whatever fails behind the redemption does not undo it", async () => {
  const forbidden = stub([redeemed("PENDING"), refused("PERMISSION_DENIED", 403)]);
  assert.equal((await forbidden.points.redeem(REWARD)).status, "PENDING");
  const controller = new AbortController();
  const abandoned = stub([redeemed("PENDING"), listed("PENDING")]);
  setTimeout(() => controller.abort(), 30);
  const left = await abandoned.points.redeem(REWARD, { signal: controller.signal });
  assert.equal(left.status, "PENDING");
  assert.equal(abandoned.sent.length, 1);
  const slow = stub([redeemed("PENDING"), listed("PENDING")]);
  assert.equal((await slow.points.redeem(REWARD, { timeoutMs: 400 })).status, "PENDING");
});

test("l07 what was refused rejects, and a bad id never leaves", async () => {
  const poor = stub([refused("INSUFFICIENT_POINTS", 428)]);
  const error = await rejection(poor.points.redeem(REWARD));
  assert.equal(error.code, "INSUFFICIENT_POINTS");
  assert.equal(poor.sent.length, 1);
  const none = stub([redeemed("ACTIVE")]);
  assert.equal((await rejection(none.points.redeem("no-id"))).code, "INVALID_ARGUMENT");
  assert.equal(none.sent.length, 0);
});
