// L14: every event that the service has, made by the official client and read by it, signed, in order and out of it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppStrategy, createClient } from "@wix/sdk";
import * as loyalty from "@wix/loyalty";
import { appClient, sandboxForTests, tokenClient } from "./official-client.js";

const { accounts, coupons, programs, rewards, tiers } = loyalty;
/** Every event of the six packages: its name in the client and its type on the wire. */
const EVENTS = {
  accounts: {
    onAccountCreated: "account_created",
    onAccountUpdated: "account_updated",
    onAccountPointsUpdated: "account_points_updated",
    onAccountRewardAvailabilityUpdated: "account_reward_availability_updated",
  },
  coupons: { onCouponCreated: "coupon_created", onCouponDeleted: "coupon_deleted" },
  programs: { onProgramUpdated: "program_updated" },
  rewards: {
    onRewardCreated: "reward_created",
    onRewardUpdated: "reward_updated",
    onRewardDeleted: "reward_deleted",
  },
  tiers: {
    onTierCreated: "tier_created",
    onTierUpdated: "tier_updated",
    onTierDeleted: "tier_deleted",
  },
};

/** A receiver as an app's backend has it, with a handler for every event. */
function receiver({ appId, appSecret, publicKey }) {
  const got = [];
  const client = createClient({
    auth: AppStrategy({ appId, appSecret, publicKey }),
    modules: { accounts, coupons, programs, rewards, tiers },
  });
  for (const [group, handlers] of Object.entries(EVENTS)) {
    for (const [on, type] of Object.entries(handlers)) {
      client[group][on]((event) => void got.push({ type, ...event }));
    }
  }
  return { got, process: (jwt) => client.webhooks.process(jwt) };
}

/** Makes each thing, changes it and deletes it; gives what the calls answered. */
async function story(sandbox) {
  const client = appClient(sandbox);
  const [{ accountId, token }] = sandbox.members;
  const tier = await client.tiers.createTier({
    tierDefinition: { name: "Iron" },
    requiredPoints: 9_000_000,
  });
  const tier2 = await client.tiers.updateTier(tier._id, {
    requiredPoints: 8_000_000,
    revision: "1",
  });
  await client.tiers.deleteTier(tier._id, "2");
  const price = { amount: "1", costInPoints: 3 };
  const reward = await client.rewards.createReward({
    name: "A pin",
    active: true,
    discountAmount: {
      configsByTier: [price, ...sandbox.tiers.map((tierId) => ({ ...price, tierId }))],
    },
  });
  const { reward: reward2 } = await client.rewards.updateReward(reward._id, {
    ...reward,
    name: "A badge",
  });
  await client.accounts.adjustPoints(accountId, { balance: 3 });
  const { coupon } = await tokenClient(sandbox, token).coupons.redeemCurrentMemberPointsForCoupon(
    reward._id,
  );
  await sandbox.control("POST", `coupons/${coupon._id}/settle`);
  await client.coupons.deleteLoyaltyCoupon(coupon._id, "2");
  await client.rewards.deleteReward(reward._id, "2");
  const { loyaltyProgram } = await client.programs.pauseLoyaltyProgram();
  await client.programs.activateLoyaltyProgram();
  const { account } = await client.accounts.createAccount(sandbox.contacts[0].contactId);
  return { tier, tier2, reward, reward2, coupon, loyaltyProgram, account };
}

describe("every event, read by the official client", () => {
  it("l14 the client knows no event of these packages that is not tested here", () => {
    for (const [group, handlers] of Object.entries(EVENTS)) {
      const known = Object.keys(loyalty[group]).filter((name) => /^on[A-Z]/.test(name));
      assert.deepEqual(known.sort(), Object.keys(handlers).sort());
    }
  });

  it("l14 with the bodies, the numbers and the doers that belong to them", async () => {
    const sandbox = await sandboxForTests({ now: "2026-03-01T12:00:00.000Z", accounts: 1 });
    const { got, process } = receiver(sandbox);
    const made = await story(sandbox);
    const events = await sandbox.events();
    for (const { jwt } of events) await process(jwt);
    assert.equal(got.length, events.length);
    for (const type of Object.values(EVENTS).flatMap((handlers) => Object.values(handlers))) {
      assert.ok(
        got.some((event) => event.type === type),
        type,
      );
    }
    const of = (type) => got.find((event) => event.type === type);
    const bodies = [
      ["tier_created", made.tier],
      ["tier_updated", made.tier2],
      ["reward_created", made.reward],
      ["reward_updated", made.reward2],
      ["coupon_created", made.coupon],
      ["program_updated", made.loyaltyProgram],
      ["account_created", made.account],
    ];
    for (const [type, entity] of bodies) assert.deepEqual(of(type).entity, entity, type);
    for (const [type, id, number] of [
      ["tier_deleted", made.tier._id, "3"],
      ["reward_deleted", made.reward._id, "3"],
      ["coupon_deleted", made.coupon._id, "2"],
    ]) {
      const { metadata, ...rest } = of(type);
      assert.deepEqual(rest, { type }, "an event of something gone is its metadata alone");
      assert.deepEqual([metadata.entityId, metadata.entityEventSequence], [id, number]);
      assert.equal(metadata.entityFqdn, `wix.loyalty.v1.${type.split("_")[0]}`);
      assert.deepEqual(metadata.identity, { identityType: "APP", appId: sandbox.appId });
    }
    const { memberId } = sandbox.members[0];
    assert.deepEqual(of("coupon_created").metadata.identity, { identityType: "MEMBER", memberId });
    const reach = got.filter(({ type }) => type === "account_reward_availability_updated");
    const last = reach.at(-1);
    assert.deepEqual(last.data, { rewardAvailable: false, updateTrigger: "BALANCE_UPDATED" });
    assert.equal(last.metadata.entityId, sandbox.members[0].accountId);
  });

  const deliver = async (options) => {
    const texts = [];
    const fetch = async (url, { body }) => {
      texts.push(body);
      return new Response(null, { status: 200 });
    };
    const webhooks = { url: "http://receiver/", fetch, ...options };
    const sandbox = await sandboxForTests({
      webhooks,
      now: "2026-03-01T12:00:00.000Z",
      accounts: 1,
    });
    await story(sandbox);
    await sandbox.webhooks.settled();
    const { got, process } = receiver(sandbox);
    for (const jwt of texts) await process(jwt);
    return got.map(({ type, metadata }) => `${type} ${metadata.entityEventSequence}`);
  };

  it("l14 delivered in order and once, each twice, or out of order, whatever it tells of", async () => {
    const plain = await deliver({});
    assert.equal(new Set(plain).size > 12, true);
    const twice = await deliver({ duplicate: 1 });
    assert.deepEqual(
      twice,
      plain.flatMap((event) => [event, event]),
    );
    const mixed = await deliver({ reorder: 0.5 });
    assert.notDeepEqual(mixed, plain);
    assert.deepEqual([...mixed].sort(), [...plain].sort(), "none is lost");
    assert.deepEqual(await deliver({ reorder: 0.5 }), mixed, "the same seed, the same order");
  });
});
