// The official client over coupons, by the real clock: redeeming, reading, deleting.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appClient, codeOf, refusal, sandboxForTests, tokenClient } from "./official-client.js";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const sandbox = await sandboxForTests();
const { accounts, coupons, transactions } = appClient(sandbox);
const { coupons: mine } = tokenClient(sandbox, sandbox.members[0].token);

/** Looks until the coupon is there; the sandbox promises 200 ms. */
async function settled(id) {
  const until = Date.now() + 200;
  for (;;) {
    const late = Date.now() > until;
    const coupon = await coupons.getLoyaltyCoupon(id);
    if (coupon.status !== "PENDING") return coupon;
    assert.ok(!late, "still PENDING after 200 ms");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const setBalance = (accountId, balance) => accounts.adjustPoints(accountId, { balance });
const balanceOf = async (accountId) => (await accounts.getAccount(accountId)).points.balance;

describe("redeemPointsForCoupon", () => {
  it("l08 is PENDING, then ACTIVE, and then the points have moved", async () => {
    const [, { accountId, memberId }] = sandbox.members;
    const [fixed] = sandbox.rewards;
    let coupon;
    let seen = [];
    // A machine under load may take longer between two calls than the coupon waits: then once more.
    for (let attempt = 0; attempt < 10 && seen.at(-1)?.status !== "PENDING"; attempt++) {
      await setBalance(accountId, 500);
      ({ coupon } = await coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: accountId }));
      assert.equal(coupon.status, "PENDING");
      const balance = await balanceOf(accountId);
      seen = [balance, await coupons.getLoyaltyCoupon(coupon._id)];
    }
    assert.equal(seen[0], 500, "while it is PENDING, the points have not moved");
    assert.equal(coupon.memberId, memberId);
    assert.ok(coupon._createdDate instanceof Date);
    const active = await settled(coupon._id);
    assert.equal(active.status, "ACTIVE");
    assert.equal(active.couponReference.specification.moneyOffAmount, 5);
    // The shop's coupon is made before the points move: its code can be shown at once.
    assert.deepEqual(coupon.couponReference, active.couponReference);
    assert.equal(coupon.transactionId, undefined);
    const paid = await transactions.getLoyaltyTransaction(active.transactionId);
    assert.equal(paid.transactionType, "REDEEM");
    assert.equal(paid.redeemInfo.rewardId, fixed);
    assert.equal(paid.redeemInfo.referenceEntityId, active._id);
    assert.equal(await balanceOf(accountId), 500 + paid.amount);
  });

  it("l08 without anyone asking: the shell comes back by itself", async () => {
    const [, { accountId }] = sandbox.members;
    await setBalance(accountId, 500);
    const [fixed] = sandbox.rewards;
    await coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: accountId });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { transactions: all } = await sandbox.control("GET", "export");
    const last = all.at(-1);
    assert.equal(last.transactionType, "REDEEM");
    assert.ok(Date.now() - Date.parse(last.createdDate) > 150, "it happened when it was due");
  });

  it("l05 two devices and the last points: one succeeds", async () => {
    const [, , { accountId }] = sandbox.members;
    await setBalance(accountId, 110);
    const [fixed] = sandbox.rewards;
    const redeem = () => coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: accountId });
    const all = await Promise.allSettled([redeem(), redeem(), redeem()]);
    const won = all.filter(({ status }) => status === "fulfilled");
    assert.equal(won.length, 1);
    for (const { reason } of all.filter(({ status }) => status === "rejected")) {
      assert.equal(codeOf(reason), "INSUFFICIENT_POINTS");
    }
    assert.equal((await settled(won[0].value.coupon._id)).status, "ACTIVE");
    assert.ok((await balanceOf(accountId)) < 110);
  });

  it("l08 FAILED leaves the points, and a refund comes once", async () => {
    const [, , , { accountId }] = sandbox.members;
    await setBalance(accountId, 300);
    const redeem = async () =>
      (await coupons.redeemPointsForCoupon(sandbox.rewards[0], { loyaltyAccountId: accountId }))
        .coupon._id;
    await sandbox.control("POST", "coupons", { outcome: "FAILED" });
    assert.equal((await settled(await redeem())).status, "FAILED");
    assert.equal(await balanceOf(accountId), 300);
    await sandbox.control("POST", "coupons", { outcome: "ACTIVE" });
    const id = await redeem();
    await settled(id);
    const { coupon } = await sandbox.control("POST", `coupons/${id}/refund`);
    assert.equal(coupon.status, "ARCHIVED");
    assert.equal(await balanceOf(accountId), 300);
    await assert.rejects(sandbox.control("POST", `coupons/${id}/refund`), /once/);
    const refunds = await transactions
      .queryLoyaltyTransactions()
      .eq("accountId", accountId)
      .eq("transactionType", "REFUND")
      .find();
    assert.equal(
      refunds.items.filter(
        ({ refundInfo }) => refundInfo.refundedTransactionId === coupon.transactionId,
      ).length,
      1,
    );
  });

  it("l07 refuses unknown rewards and accounts, and too few points", async () => {
    const [{ accountId: loyaltyAccountId }] = sandbox.members;
    const [fixed] = sandbox.rewards;
    const unknown = await refusal(coupons.redeemPointsForCoupon(NOBODY, { loyaltyAccountId }));
    assert.equal(codeOf(unknown), "NOT_FOUND");
    const nobody = coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: NOBODY });
    assert.equal(codeOf(await refusal(nobody)), "NOT_FOUND");
    await setBalance(loyaltyAccountId, 10);
    const poor = await refusal(coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId }));
    assert.equal(poor.status, 428);
    assert.equal(codeOf(poor), "INSUFFICIENT_POINTS");
  });
});

describe("the member's own", () => {
  it("redeemCurrentMemberPointsForCoupon, getCurrentMemberCoupons", async () => {
    const [{ accountId, memberId }] = sandbox.members;
    await setBalance(accountId, 600);
    const { coupon } = await mine.redeemCurrentMemberPointsForCoupon(sandbox.rewards[2]);
    assert.equal(coupon.accountId, accountId);
    const active = await settled(coupon._id);
    const { loyaltyCoupons } = await mine.getCurrentMemberCoupons();
    assert.deepEqual(loyaltyCoupons[0], active);
    assert.ok(loyaltyCoupons.every((one) => one.memberId === memberId));
    const foreign = await refusal(
      mine.redeemPointsForCoupon(NOBODY, { loyaltyAccountId: accountId }),
    );
    assert.equal(foreign.status, 403);
  });

  it("l07 needs a member with an account", async () => {
    const { contact } = await sandbox.control("POST", "contacts");
    const { coupons: none } = tokenClient(sandbox, contact.token);
    const redeem = none.redeemCurrentMemberPointsForCoupon(sandbox.rewards[0]);
    assert.equal(codeOf(await refusal(redeem)), "NOT_FOUND");
    assert.equal((await refusal(none.getCurrentMemberCoupons())).status, 404);
  });
});

describe("queryLoyaltyCoupons", () => {
  it("filters, sorts and pages, by builder and by object", async () => {
    const [{ accountId }] = sandbox.members;
    const { items } = await coupons.queryLoyaltyCoupons().eq("accountId", accountId).find();
    assert.ok(items.length > 0 && items.every((one) => one.accountId === accountId));
    const first = await coupons.queryLoyaltyCoupons().descending("_createdDate").limit(2).find();
    assert.equal(first.items.length, 2);
    const second = await first.next();
    assert.ok(second.items[0]._createdDate <= first.items[1]._createdDate);
    const failed = await coupons.queryLoyaltyCoupons({
      filter: { status: "FAILED", transactionId: { $exists: false } },
    });
    assert.equal(failed.loyaltyCoupons.length, failed.metadata.count);
    assert.ok(failed.loyaltyCoupons.every(({ status }) => status === "FAILED"));
    // By the client's own types, `total` is told with paging by offset only.
    assert.deepEqual(Object.keys(failed.metadata), ["count", "cursors"]);
  });

  it("deleteLoyaltyCoupon takes the current revision", async () => {
    const { items } = await coupons.queryLoyaltyCoupons().eq("status", "ACTIVE").limit(1).find();
    const [{ _id, revision }] = items;
    assert.equal(codeOf(await refusal(coupons.deleteLoyaltyCoupon(_id, "99"))), "ABORTED");
    assert.equal(await coupons.deleteLoyaltyCoupon(_id, revision), undefined);
    assert.equal((await refusal(coupons.getLoyaltyCoupon(_id))).status, 404);
  });
});
