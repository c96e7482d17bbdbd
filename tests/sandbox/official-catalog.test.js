// The official client over tiers, rewards and the program: what it writes, it reads.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appClient, codeOf, fieldsOf, refusal, sandboxForTests } from "./official-client.js";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const sandbox = await sandboxForTests();
const { accounts, programs, rewards, tiers } = appClient(sandbox);

describe("tiers", () => {
  it("listTiers, getTier, getTiersProgram", async () => {
    const { tiers: all } = await tiers.listTiers();
    assert.deepEqual(
      all.map(({ _id }) => _id),
      sandbox.tiers,
    );
    const points = all.map(({ requiredPoints }) => requiredPoints);
    assert.deepEqual(
      points,
      points.toSorted((a, b) => a - b),
    );
    const one = await tiers.getTier(sandbox.tiers[1]);
    assert.deepEqual(one, all[1]);
    assert.ok(one._createdDate instanceof Date && one._updatedDate instanceof Date);
    const program = await tiers.getTiersProgram();
    assert.deepEqual(program.tiers, all);
    assert.equal(program.programSettings.status, "ACTIVE");
    assert.equal(codeOf(await refusal(tiers.getTier(NOBODY))), "NOT_FOUND");
    assert.deepEqual(fieldsOf(await refusal(tiers.getTier("program-x"))), ["tierId"]);
  });

  it("createTier, updateTier, deleteTier with revisions", async () => {
    const icon = "wix:image://v1/a.png/cup.png#originWidth=20&originHeight=10";
    const made = await tiers.createTier({
      tierDefinition: { name: "Diamond", icon },
      requiredPoints: 9_000,
    });
    assert.equal(made.revision, "1");
    assert.match(made.tierDefinition.icon, /^wix:image:\/\/v1\/a\.png/);
    const changed = await tiers.updateTier(made._id, { ...made, requiredPoints: 9_500 });
    assert.equal(changed.revision, "2");
    assert.equal(changed.requiredPoints, 9_500);
    assert.equal(changed.tierDefinition.name, "Diamond");
    const stale = await refusal(tiers.updateTier(made._id, { requiredPoints: 1, revision: "1" }));
    assert.equal(stale.status, 409);
    assert.equal(codeOf(stale), "ABORTED");
    assert.equal(codeOf(await refusal(tiers.deleteTier(made._id, "1"))), "ABORTED");
    assert.equal(await tiers.deleteTier(made._id, "2"), undefined);
    assert.equal(codeOf(await refusal(tiers.getTier(made._id))), "NOT_FOUND");
  });

  it("bulkCreateTiers tells of each", async () => {
    const tier = (name, requiredPoints) => ({ tierDefinition: { name }, requiredPoints });
    const { results, bulkActionMetadata } = await tiers.bulkCreateTiers([
      tier("Pearl", 6_000),
      tier("Pearl", 6_001),
    ]);
    assert.equal(results[0].item.tierDefinition.name, "Pearl");
    assert.equal(results[1].itemMetadata.error.code, "ALREADY_EXISTS");
    assert.equal(bulkActionMetadata.totalFailures, 1);
    await tiers.deleteTier(results[0].item._id, "1");
  });

  it("the tiers' settings", async () => {
    const { programSettings } = await tiers.getTiersProgramSettings();
    // The client writes into what it is given, so each call gets its own.
    const change = () => ({ ...programSettings, rollingWindow: { durationInMonths: 24 } });
    const updated = await tiers.updateTiersProgramSettings(change());
    assert.equal(updated.programSettings.rollingWindow.durationInMonths, 24);
    assert.equal(updated.programSettings.revision, "2");
    assert.equal(codeOf(await refusal(tiers.updateTiersProgramSettings(change()))), "ABORTED");
    assert.equal(
      codeOf(await refusal(tiers.createTiersProgramSettings(change()))),
      "ALREADY_EXISTS",
    );
  });

  it("accounts are in them, and totals count them", async () => {
    const [{ accountId }] = sandbox.members;
    await accounts.adjustPoints(accountId, { amount: 3_000 });
    const { tier } = await accounts.getAccount(accountId);
    assert.equal(tier._id, sandbox.tiers[2]);
    assert.ok(tier.points >= 2_500 && tier._updatedDate instanceof Date);
    const { tierTotals } = await accounts.getProgramTotals();
    assert.equal(tierTotals[0]._id, undefined);
    const { count } = await accounts.countAccounts();
    const counted = tierTotals.reduce((sum, { numberOfAccounts }) => sum + numberOfAccounts, 0);
    assert.equal(counted, count);
    const found = await accounts.queryLoyaltyAccounts().eq("tier._id", sandbox.tiers[2]).find();
    assert.ok(found.items.some(({ _id }) => _id === accountId));
  });
});

describe("rewards", () => {
  it("listRewards pages, getReward, queryRewards", async () => {
    const first = await rewards.listRewards({ cursorPaging: { limit: 3 } });
    assert.equal(first.rewards.length, 3);
    const { next } = first.pagingMetadata.cursors;
    const second = await rewards.listRewards({ cursorPaging: { limit: 3, cursor: next } });
    const all = [...first.rewards, ...second.rewards];
    assert.equal(all.length, 5);
    const active = all.filter((reward) => reward.active).map(({ _id }) => _id);
    assert.deepEqual(active.toSorted(), sandbox.rewards.toSorted());
    const [, percentage] = sandbox.rewards;
    const one = await rewards.getReward(percentage);
    assert.equal(one.couponReward.percentage.configsByTier.length, 4);
    assert.equal(one.couponReward.percentage.configsByTier[0].percentage, 10);
    assert.ok(one._createdDate instanceof Date);
    const found = await rewards.queryRewards({ filter: { type: "DISCOUNT_AMOUNT" } });
    assert.equal(found.rewards.length, 2);
    assert.equal(found.pagingMetadata.hasNext, false);
    assert.equal(codeOf(await refusal(rewards.getReward(NOBODY))), "NOT_FOUND");
  });

  it("createReward, updateReward, deleteReward with revisions", async () => {
    const [{ accountId }] = sandbox.members;
    const prices = (costInPoints) => ({
      fixedAmount: { configsByTier: [{ costInPoints, amount: 2.5 }] },
      minimumSubtotal: 10,
    });
    const made = await rewards.createReward({ name: "Biscuit", couponReward: prices(7) });
    assert.equal(made.active, false);
    assert.equal(made.type, "COUPON_REWARD");
    const { reward } = await rewards.updateReward(made._id, { ...made, active: true });
    assert.equal(reward.active, true);
    assert.equal(reward.revision, "2");
    assert.equal(reward.couponReward.fixedAmount.configsByTier[0].amount, 2.5);
    const stale = await refusal(rewards.updateReward(made._id, { ...made, name: "Cake" }));
    assert.equal(codeOf(stale), "ABORTED");
    const { tier, rewardAvailable } = await accounts.getAccount(accountId);
    assert.ok(tier._id && rewardAvailable);
    assert.equal(await rewards.deleteReward(made._id, "2"), undefined);
    assert.equal(codeOf(await refusal(rewards.getReward(made._id))), "NOT_FOUND");
    const wrong = { name: "x", couponReward: { freeShipping: { configsByTier: [] } } };
    const violated = fieldsOf(await refusal(rewards.createReward(wrong)));
    assert.match(violated[0], /freeShipping\.configsByTier$/);
  });
});

describe("the program", () => {
  it("updateLoyaltyProgram, pause and activate", async () => {
    const icon = "wix:image://v1/b.png#originWidth=5&originHeight=6";
    const { loyaltyProgram } = await programs.updateLoyaltyProgram({
      name: "Coffee club",
      pointDefinition: { customName: "Beans", icon },
    });
    assert.equal(loyaltyProgram.name, "Coffee club");
    assert.match(loyaltyProgram.pointDefinition.icon, /b\.png/);
    const paused = await programs.pauseLoyaltyProgram();
    assert.equal(paused.loyaltyProgram.status, "PAUSED");
    const [{ accountId }] = sandbox.members;
    const refused = await refusal(accounts.adjustPoints(accountId, { amount: 1 }));
    assert.equal(codeOf(refused), "PROGRAM_NOT_ACTIVE");
    const active = await programs.activateLoyaltyProgram();
    assert.equal(active.loyaltyProgram.status, "ACTIVE");
    assert.deepEqual((await programs.getLoyaltyProgram()).loyaltyProgram, active.loyaltyProgram);
    const features = await programs.getLoyaltyProgramPremiumFeatures();
    assert.deepEqual(features, { loyaltyProgram: true, tiers: true, pointsExpiration: true });
  });

  it("l09 points expiry by the settable clock", async () => {
    const [, { accountId }] = sandbox.members;
    const pointsExpiration = { monthsOfInactivity: 2, expiringPointsPercentage: 50 };
    await programs.updateLoyaltyProgram({ pointsExpiration });
    await accounts.adjustPoints(accountId, { balance: 200 });
    const { loyaltyProgram } = await programs.enablePointsExpiration();
    assert.deepEqual(loyaltyProgram.pointsExpiration, { status: "ENABLED", ...pointsExpiration });
    const before = await accounts.getAccount(accountId);
    assert.equal(before.pointsExpiration.expiringPointsAmount, 100);
    const { expirationDate } = before.pointsExpiration;
    assert.ok(expirationDate instanceof Date);
    await sandbox.control("POST", "clock", { now: expirationDate.toISOString(), still: true });
    const after = await accounts.getAccount(accountId);
    assert.equal(after.points.balance, 100);
    assert.equal(after.points.expired, before.points.expired + 100);
    const disabled = await programs.disablePointsExpiration();
    assert.equal(disabled.loyaltyProgram.pointsExpiration.status, "DISABLED");
    assert.equal((await accounts.getAccount(accountId)).pointsExpiration, undefined);
  });
});
