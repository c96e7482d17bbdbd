// C2 as the shell carries it out. The decision itself is tested in Rust, with every input.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, earned, json, rejection, stub } from "./stub.js";

const REWARD = "a4c3e2d1-8f7b-4d6c-9e5a-1b2c3d4e5f60";
const busy = json({ code: "UNAVAILABLE" }, 503);

test("c02 what may be repeated is repeated, at most three times in all", async () => {
  for (const answer of [
    new TypeError("lost"),
    json({}, 429),
    new Response("<html>", { status: 502 }),
    busy,
    new Response("", { status: 504 }),
    json({ code: "IN_PROGRESS", retryable: true }, 409),
  ]) {
    const { accounts, sent } = stub([answer]);
    await rejection(accounts.getAccount(ID));
    assert.equal(sent.length, 3);
    assert.deepEqual(sent[0], { ...sent[2], signal: sent[0].signal });
  }
  const { accounts, sent } = stub([busy, busy, json({ account })]);
  assert.equal((await accounts.getAccount(ID))._id, ID);
  assert.equal(sent.length, 3);
});

test("c02 what may not be repeated is sent once", async () => {
  for (const answer of [
    json({}, 400),
    json({}, 404),
    json({}, 500),
    json({}, 501),
    json({ code: "UNAVAILABLE", retryable: false }, 503),
    json({ code: "LIMIT_REACHED" }, 403),
    new Response("{", { status: 200 }),
  ]) {
    const { points, sent } = stub([answer]);
    await rejection(points.earn("daily-visit"));
    assert.equal(sent.length, 1);
  }
});

test("c02 bulk and redeem are never repeated; what was lost has an unknown outcome", async () => {
  const run = {
    bulk: ({ accounts }) => accounts.bulkAdjustPoints({ amount: 1 }),
    redeem: ({ coupons }) => coupons.redeemCurrentMemberPointsForCoupon(REWARD),
    "redeem for": ({ coupons }) => coupons.redeemPointsForCoupon(REWARD, { loyaltyAccountId: ID }),
  };
  for (const call of Object.values(run)) {
    const lost = stub([new TypeError("lost")]);
    const error = await rejection(call(lost));
    assert.equal(error.code, "OUTCOME_UNKNOWN");
    assert.equal(error.retryable, false);
    assert.equal(error.cause.code, "NETWORK_ERROR");
    assert.equal(lost.sent.length, 1);
    const refused = stub([busy]);
    assert.equal((await rejection(call(refused))).code, "UNAVAILABLE");
    assert.equal(refused.sent.length, 1);
    const gateway = stub([new Response("<html>", { status: 504 })]);
    assert.equal((await rejection(call(gateway))).retryable, false);
    assert.equal(gateway.sent.length, 1);
  }
});

test("c02 Retry-After is heeded, as seconds and as a date", async () => {
  for (const make of [() => "1", () => new Date(Date.now() + 2000).toUTCString()]) {
    const value = make();
    const { accounts, sent } = stub([json({}, 429, { "Retry-After": value }), json({ account })]);
    const started = performance.now();
    await accounts.getAccount(ID);
    assert.equal(sent.length, 2);
    const waited = performance.now() - started;
    assert.ok(waited > 800 && waited < 2500, `${value}: ${waited}`);
  }
});

test("c02 the budget is the client's: spent, nothing is repeated; success fills it again", async () => {
  const { accounts, points, sent } = stub([busy], { retryBudget: 3 });
  await rejection(accounts.getAccount(ID));
  assert.equal(sent.length, 3);
  await rejection(accounts.getAccount(ID));
  assert.equal(sent.length, 5);
  await rejection(points.earn("daily-visit"));
  assert.equal(sent.length, 6);
  const none = stub([busy], { retryBudget: 0 });
  await rejection(none.accounts.getAccount(ID));
  assert.equal(none.sent.length, 1);
  const fills = stub([json(earned)], { retryBudget: 1 });
  for (let call = 0; call < 20; call += 1) await fills.points.earn("daily-visit");
  assert.equal(fills.sent.length, 20);
});
