// A token that is refused is asked for anew, once; C1, C2, C9 hold through it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, earned, json, never, rejection, stub } from "./stub.js";

const REWARD = "a4c3e2d1-8f7b-4d6c-9e5a-1b2c3d4e5f60";
const refused = json({ code: "UNAUTHENTICATED", requestId: "r-401" }, 401);
const bearers = (sent) => sent.map(({ headers }) => headers.Authorization);

/** A provider that has a new token whenever it is asked for one, and what it was told. */
function provider(tokens = ["old", "new", "newer"]) {
  const hints = [];
  let at = 0;
  const token = async (hint) => {
    hints.push(hint);
    if (hint?.refresh) at += 1;
    return tokens[at];
  };
  return { token, hints };
}

/** Answers by the token that a request carries. */
const byToken = (accepted, answer) => (_, init) =>
  init.headers.Authorization === `Bearer ${accepted}` ? answer.clone() : refused.clone();

test("a refused token is asked for anew once, and the read is sent again with the new one", async () => {
  const { token, hints } = provider();
  const { accounts, sent } = stub([byToken("new", json({ account }))], { token });
  assert.equal((await accounts.getAccount(ID))._id, ID);
  assert.deepEqual(bearers(sent), ["Bearer old", "Bearer new"]);
  assert.deepEqual(hints, [undefined, { refresh: true }]);
});

test("c01 a write keeps its key when its token is renewed", async () => {
  const { points, sent } = stub([byToken("new", json(earned))], { token: provider().token });
  await points.earn("daily-visit", {}, { idempotencyKey: "click-1" });
  assert.deepEqual(
    sent.map(({ headers }) => headers["Idempotency-Key"]),
    ["click-1", "click-1"],
  );
  const again = stub([byToken("new", json(earned))], { token: provider().token });
  await again.accounts.earnPoints(ID, { amount: 5, appId: "app" });
  assert.equal(again.sent.length, 2);
  assert.deepEqual(again.sent[0].body, again.sent[1].body);
});

test("many calls that are refused at once ask for one new token", async () => {
  const { token, hints } = provider();
  const { accounts, sent } = stub([byToken("new", json({ account }))], { token });
  await Promise.all(Array.from({ length: 50 }, () => accounts.getAccount(ID)));
  assert.equal(hints.filter((hint) => hint?.refresh).length, 1);
  assert.equal(sent.length, 100);
  // A refusal of the old one that comes in late has its answer already.
  let asked = 0;
  const forgetful = (hint) => (hint ? `new-${(asked += 1)}` : "old");
  const late = stub([byToken("new-1", json({ account }))], { token: forgetful });
  await late.accounts.getAccount(ID);
  await late.accounts.getAccount(ID);
  assert.equal(asked, 1);
});

test("where no other token comes the refusal is the answer, and never a visitor's call", async () => {
  for (const renewed of ["old", undefined, null, "", new Error("gone")]) {
    const token = (hint) => {
      if (!hint) return "old";
      if (renewed instanceof Error) throw renewed;
      return renewed;
    };
    const { accounts, sent } = stub([refused], { token });
    const error = await rejection(accounts.getAccount(ID));
    assert.equal(error.code, "UNAUTHENTICATED");
    assert.equal(error.status, 401);
    assert.equal(error.requestId, "r-401");
    assert.deepEqual(bearers(sent), ["Bearer old"]);
  }
});

test("one that is refused again is not asked for a third time", async () => {
  const { token, hints } = provider();
  const { accounts, sent } = stub([refused], { token });
  assert.equal((await rejection(accounts.getAccount(ID))).code, "UNAUTHENTICATED");
  assert.deepEqual(bearers(sent), ["Bearer old", "Bearer new"]);
  assert.equal(hints.length, 2);
});

test("a string is not asked, and neither is nobody", async () => {
  for (const config of [{ token: "old" }, {}]) {
    const { accounts, sent } = stub([refused], config);
    assert.equal((await rejection(accounts.getAccount(ID))).code, "UNAUTHENTICATED");
    assert.equal(sent.length, 1);
  }
});

test("an elevated credential as the new token is refused and never sent", async () => {
  const token = (hint) => (hint ? "IST.secret" : "old");
  const { accounts, sent } = stub([refused], { token });
  const error = await rejection(accounts.getAccount(ID));
  assert.equal(error.code, "INVALID_CONFIGURATION");
  assert.ok(!error.message.includes("secret"));
  assert.equal(sent.length, 1);
});

test("c02 bulk and redeem are not sent again, but the next one has the new token", async () => {
  let session = "old";
  const token = (hint) => (session = hint ? "new" : session);
  const { coupons, accounts, sent } = stub([refused], { token });
  const calls = [
    () => coupons.redeemCurrentMemberPointsForCoupon(REWARD),
    () => coupons.redeemPointsForCoupon(REWARD, { loyaltyAccountId: ID }),
    () => accounts.bulkAdjustPoints({ amount: 1 }),
  ];
  for (const [at, call] of calls.entries()) {
    session = `old-${at}`;
    sent.length = 0;
    assert.equal((await rejection(call())).code, "UNAUTHENTICATED");
    assert.deepEqual(bearers(sent), [`Bearer old-${at}`]);
    assert.equal(session, "new");
  }
});

test("c02 no call sends more than three requests, renewals among them", async () => {
  const busy = json({ code: "UNAVAILABLE" }, 503);
  const { token, hints } = provider();
  const late = stub([busy, busy, refused, json({ account })], { token });
  assert.equal((await rejection(late.accounts.getAccount(ID))).code, "UNAUTHENTICATED");
  assert.equal(late.sent.length, 3);
  assert.equal(hints.at(-1).refresh, true);
  const early = stub([refused, busy, busy, json({ account })], { token: provider().token });
  assert.equal((await rejection(early.accounts.getAccount(ID))).code, "UNAVAILABLE");
  assert.equal(early.sent.length, 3);
  // It costs nothing of the budget for bad times.
  const none = stub([byToken("new", json({ account }))], {
    token: provider().token,
    retryBudget: 0,
  });
  assert.equal((await none.accounts.getAccount(ID))._id, ID);
});

test("c03 an abort and a timeout hold while a new token is waited for", async () => {
  const token = (hint) => (hint ? never() : "old");
  const { accounts } = stub([refused], { token });
  const controller = new AbortController();
  const call = rejection(accounts.getAccount(ID, { signal: controller.signal }));
  setTimeout(() => controller.abort("enough"), 5);
  assert.equal((await call).code, "CANCELLED");
  assert.equal((await rejection(accounts.getAccount(ID, { timeoutMs: 30 }))).code, "TIMEOUT");
});
