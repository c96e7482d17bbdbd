// Each of the 25 methods by the official client, once and well, in one list: none can be missing in silence.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, describe, it } from "node:test";
import { appClient, sandboxForTests, tokenClient } from "./official-client.js";

const conformance = new URL("../conformance/", import.meta.url);
/** The methods as the conformance cases name them; the proxy's own `earn` apart. */
const METHODS = readdirSync(conformance)
  .filter((name) => name.endsWith(".json") && name !== "earn.json")
  .map((name) => name.replace(".json", ""));

const sandbox = await sandboxForTests();
const app = appClient(sandbox);
const [{ accountId, contactId, memberId, token }] = sandbox.members;
const member = tokenClient(sandbox, token);
const [reward] = sandbox.rewards;
const rich = () => app.accounts.adjustPoints(accountId, { balance: 1_000 });
const earn = (idempotencyKey) =>
  app.accounts.earnPoints(accountId, { amount: 5, idempotencyKey, appId: sandbox.appId });

/** Each call, and what its answer is known by. */
const CALLS = {
  createAccount: [
    () => app.accounts.createAccount(sandbox.contacts[0].contactId),
    ({ account }) => account.contactId === sandbox.contacts[0].contactId,
  ],
  earnPoints: [() => earn("every"), ({ transactionId }) => transactionId.length === 36],
  adjustPoints: [rich, ({ account }) => account.points.balance === 1_000],
  getAccount: [() => app.accounts.getAccount(accountId), ({ _id }) => _id === accountId],
  getProgramTotals: [
    () => app.accounts.getProgramTotals(),
    ({ tierTotals }) => tierTotals.length === 4,
  ],
  getCurrentMemberAccount: [
    () => member.accounts.getCurrentMemberAccount(),
    ({ account }) => account.memberId === memberId,
  ],
  getAccountBySecondaryId: [
    () => app.accounts.getAccountBySecondaryId({ contactId }),
    ({ account }) => account._id === accountId,
  ],
  listAccounts: [
    () => app.accounts.listAccounts({ contactIds: [contactId] }),
    ({ accounts }) => accounts[0]._id === accountId,
  ],
  queryLoyaltyAccounts: [
    () => app.accounts.queryLoyaltyAccounts({ filter: { contactId } }),
    ({ loyaltyAccounts }) => loyaltyAccounts[0]._id === accountId,
  ],
  searchAccounts: [
    () => app.accounts.searchAccounts({ filter: { "contact.id": contactId } }),
    ({ accounts }) => accounts[0]._id === accountId,
  ],
  countAccounts: [
    () => app.accounts.countAccounts({ filter: { "contact.id": contactId } }),
    ({ count }) => count === 1,
  ],
  bulkAdjustPoints: [
    () =>
      app.accounts.bulkAdjustPoints({ search: { filter: { "contact.id": contactId } }, amount: 1 }),
    ({ asyncJobId }) => asyncJobId.length === 36,
  ],
  getLoyaltyTransaction: [
    async () =>
      app.transactions.getLoyaltyTransaction((await earn("every-transaction")).transactionId),
    ({ transactionType }) => transactionType === "EARN",
  ],
  queryLoyaltyTransactions: [
    () => app.transactions.queryLoyaltyTransactions({ filter: { accountId } }),
    ({ loyaltyTransactions }) => loyaltyTransactions.length > 0,
  ],
  getLoyaltyProgram: [
    () => app.programs.getLoyaltyProgram(),
    ({ loyaltyProgram }) => loyaltyProgram.status === "ACTIVE",
  ],
  listTiers: [() => app.tiers.listTiers(), ({ tiers }) => tiers.length === 3],
  getTier: [
    () => app.tiers.getTier(sandbox.tiers[0]),
    ({ tierDefinition }) => tierDefinition.name === "Silver",
  ],
  getTiersProgram: [
    () => app.tiers.getTiersProgram(),
    ({ programSettings }) => programSettings.status === "ACTIVE",
  ],
  listRewards: [() => app.rewards.listRewards(), ({ rewards }) => rewards.length === 5],
  getReward: [() => app.rewards.getReward(reward), ({ _id }) => _id === reward],
  queryRewards: [
    () => app.rewards.queryRewards({ filter: { id: reward } }),
    ({ rewards }) => rewards[0]._id === reward,
  ],
  redeemPointsForCoupon: [
    () =>
      rich().then(() => app.coupons.redeemPointsForCoupon(reward, { loyaltyAccountId: accountId })),
    ({ coupon }) => coupon.status === "PENDING",
  ],
  redeemCurrentMemberPointsForCoupon: [
    () => rich().then(() => member.coupons.redeemCurrentMemberPointsForCoupon(reward)),
    ({ coupon }) => coupon.accountId === accountId,
  ],
  getCurrentMemberCoupons: [
    () => member.coupons.getCurrentMemberCoupons(),
    ({ loyaltyCoupons }) => loyaltyCoupons.length > 0,
  ],
  queryLoyaltyCoupons: [
    () => app.coupons.queryLoyaltyCoupons({ filter: { accountId } }),
    ({ loyaltyCoupons }) => loyaltyCoupons.length > 0,
  ],
};

describe("every method of the official client", () => {
  it("is in this list", () => {
    assert.deepEqual(Object.keys(CALLS).sort(), METHODS.sort());
    assert.equal(METHODS.length, 25);
  });

  let answered = 0;
  after(() => console.log(`${answered} of ${METHODS.length} methods answered`));
  for (const [method, [call, isRight]] of Object.entries(CALLS)) {
    it(method, async () => {
      const answer = await call();
      assert.ok(isRight(answer), JSON.stringify(answer));
      answered += 1;
    });
  }
});
