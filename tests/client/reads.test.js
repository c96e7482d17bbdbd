// C9: reads that are shared, by caller; each caller has a value, a time and an abort of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, earned, json, never, rejection, stub } from "./stub.js";

const OTHER = "7c4f1a52-7b1e-4d3a-9c55-2f6f6f1d9a02";
const config = (more) => ({ token: "ada", reads: { staleMs: 0 }, ...more });
const keeping = (more) => config({ reads: { staleMs: 60_000 }, ...more });

/** Answers that wait for a word. */
function gate() {
  const waiting = [];
  const answer = (_, { signal }) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, signal });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  /** The next request, once it is there. */
  const arrived = async (count = 1) => {
    while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
    return waiting[count - 1];
  };
  return { answer, arrived, waiting };
}

const balanceOf = (points) =>
  json({ account: { ...account, points: { ...account.points, balance: points } } });
const balances = (...all) => all.map(balanceOf);

test("c09 the same read at the same time is one request, and each caller has its own value", async () => {
  const { accounts, sent } = stub([json({ account })], config());
  const values = await Promise.all(Array.from({ length: 20 }, () => accounts.getAccount(ID)));
  assert.equal(sent.length, 1);
  assert.equal(new Set(values).size, 20);
  assert.equal(new Set(values.map(({ points }) => points)).size, 20);
  values[0].points.balance = -1;
  assert.equal(values[1].points.balance, 10);
  await accounts.getAccount(ID);
  assert.equal(sent.length, 2, "nothing is kept");
});

test("c09 without being told a client shares nothing", async () => {
  const { accounts, sent } = stub([json({ account })], { token: "ada" });
  await Promise.all([accounts.getAccount(ID), accounts.getAccount(ID)]);
  assert.equal(sent.length, 2);
});

test("c09 other arguments, another function and another query are other reads", async () => {
  const answer = (url) => {
    if (url.includes("/query")) return json({ loyaltyAccounts: [] });
    return json(url.includes("/count") ? { count: 1 } : { account });
  };
  const { accounts, sent } = stub([answer], config());
  await Promise.all([
    accounts.getAccount(ID),
    accounts.getAccount(OTHER),
    accounts.getCurrentMemberAccount(),
    accounts.countAccounts({ filter: { "points.balance": 1 } }),
    accounts.countAccounts({ filter: { "points.balance": 2 } }),
    accounts.queryLoyaltyAccounts().eq("_id", ID).find(),
    accounts.queryLoyaltyAccounts().eq("_id", OTHER).find(),
    accounts.queryLoyaltyAccounts().eq("_id", OTHER).find(),
  ]);
  assert.equal(sent.length, 7);
});

test("c09 an abort of one is not an abort of the others; that of the last ends the request", async () => {
  const { answer, arrived } = gate();
  const { accounts, sent } = stub([answer], config());
  const controllers = Array.from({ length: 3 }, () => new AbortController());
  const calls = controllers.map(({ signal }) => accounts.getAccount(ID, { signal }));
  const errors = calls.map((call) => call.catch((error) => error));
  const { signal } = await arrived();
  controllers[0].abort("the first, who sent it");
  controllers[1].abort("the second");
  assert.equal((await errors[0]).code, "CANCELLED");
  assert.equal((await errors[1]).cause, "the second");
  assert.equal(signal.aborted, false);
  controllers[2].abort();
  assert.equal((await errors[2]).code, "CANCELLED");
  assert.equal(signal.aborted, true);
  assert.equal(sent.length, 1);
});

test("c09 who stays gets the answer", async () => {
  const { answer, arrived } = gate();
  const { accounts, sent } = stub([answer], config());
  const controller = new AbortController();
  const left = rejection(accounts.getAccount(ID, { signal: controller.signal }));
  const stays = accounts.getAccount(ID);
  const { resolve } = await arrived();
  controller.abort();
  await left;
  resolve(json({ account }));
  assert.equal((await stays)._id, ID);
  assert.equal(sent.length, 1);
});

test("c09 each has its own time", async () => {
  const { answer, arrived } = gate();
  const { accounts, sent } = stub([answer], config());
  const patient = accounts.getAccount(ID);
  const error = await rejection(accounts.getAccount(ID, { timeoutMs: 20 }));
  assert.equal(error.code, "TIMEOUT");
  (await arrived()).resolve(json({ account }));
  assert.equal((await patient)._id, ID);
  assert.equal(sent.length, 1);
  // The one who sent it has less time than the one who came later.
  const second = gate();
  const hasty = stub([second.answer], config());
  const first = rejection(hasty.accounts.getAccount(ID, { timeoutMs: 20 }));
  const later = hasty.accounts.getAccount(ID);
  assert.equal((await first).code, "TIMEOUT");
  (await second.arrived(2)).resolve(json({ account }));
  assert.equal((await later)._id, ID);
});

test("c09 a failure is everybody's, each an error of its own, and is not kept", async () => {
  const { accounts, sent } = stub([json({ code: "NOT_FOUND" }, 404), json({ account })], keeping());
  const calls = [accounts.getAccount(ID), accounts.getAccount(ID)].map(rejection);
  const [one, two] = await Promise.all(calls);
  assert.equal(sent.length, 1);
  assert.equal(one.code, "NOT_FOUND");
  assert.notEqual(one, two);
  assert.notEqual(one.details, two.details);
  assert.deepEqual(one.details, two.details);
  assert.equal((await accounts.getAccount(ID))._id, ID);
});

test("c09 an answer that is kept is given at once, and asked for again behind it", async () => {
  const { answer, arrived } = gate();
  const { accounts, sent } = stub([...balances(1), answer, ...balances(3)], keeping());
  const read = async () => (await accounts.getAccount(ID)).points.balance;
  assert.equal(await read(), 1);
  assert.equal(await read(), 1);
  assert.equal(await read(), 1, "and once is enough");
  (await arrived()).resolve(balanceOf(2));
  while ((await read()) === 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent.length >= 2);
});

test("c09 what is too old is not given", async () => {
  const { accounts } = stub(balances(1, 2), config({ reads: { staleMs: 5 } }));
  assert.equal((await accounts.getAccount(ID)).points.balance, 1);
  const old = performance.now() + 10;
  while (performance.now() < old) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await accounts.getAccount(ID)).points.balance, 2);
});

test("c09 fresh is fresh: nothing kept, nothing that was under way before", async () => {
  const { answer, arrived, waiting } = gate();
  const { accounts, sent } = stub([answer], keeping());
  const first = accounts.getAccount(ID);
  await arrived();
  const fresh = accounts.getAccount(ID, { fresh: true });
  await arrived(2);
  waiting[1].resolve(balanceOf(2));
  assert.equal((await fresh).points.balance, 2);
  waiting[0].resolve(balanceOf(1));
  assert.equal((await first).points.balance, 1);
  assert.equal((await accounts.getAccount(ID)).points.balance, 2, "the older answer is not kept");
  (await arrived(3)).resolve(balanceOf(3));
  assert.equal(sent.length, 3);
});

test("c09 another token never sees the former one's answer, kept or under way", async () => {
  let token = "ada";
  const { answer, arrived, waiting } = gate();
  const { accounts, sent } = stub([...balances(1), answer], keeping({ token: () => token }));
  assert.equal((await accounts.getAccount(ID)).points.balance, 1);
  token = "ben";
  const ben = accounts.getAccount(ID);
  await arrived(1);
  assert.equal(sent.at(-1).headers.Authorization, "Bearer ben");
  token = "cleo";
  const cleo = accounts.getAccount(ID);
  await arrived(2);
  waiting[1].resolve(balanceOf(3));
  assert.equal((await cleo).points.balance, 3);
  waiting[0].resolve(balanceOf(2));
  assert.equal((await ben).points.balance, 2);
  // Signed out and in again: nothing of the first time is there.
  token = "ada";
  const again = accounts.getAccount(ID);
  await arrived(3);
  waiting[2].resolve(balanceOf(4));
  assert.equal((await again).points.balance, 4);
});

test("c09 a token that was renewed on the way leaves nothing under the old one", async () => {
  let session = "ada";
  const token = (hint) => (hint ? "renewed" : session);
  const answer = (_, { headers }) =>
    headers.Authorization === "Bearer ada" ? json({}, 401) : balanceOf(7);
  const { accounts, sent } = stub([answer], keeping({ token }));
  assert.equal((await accounts.getAccount(ID)).points.balance, 7);
  session = "ada";
  await accounts.getAccount(ID);
  assert.equal(sent.at(-1).headers.Authorization, "Bearer renewed");
  assert.ok(sent.length > 2, "asked again");
});

test("c09 without a token nobody knows whose a read is: nothing is shared", async () => {
  const { accounts, sent } = stub([json({ account })], keeping({ token: () => null }));
  await Promise.all([accounts.getAccount(ID), accounts.getAccount(ID)]);
  await accounts.getAccount(ID);
  assert.equal(sent.length, 3);
});

test("c09 a write drops what is kept, and what was under way before it", async () => {
  const { answer, arrived } = gate();
  const { accounts, points, sent } = stub(
    [...balances(1), json(earned), answer, json({ code: "LIMIT_REACHED" }, 403), ...balances(9)],
    keeping(),
  );
  assert.equal((await accounts.getAccount(ID)).points.balance, 1);
  await points.earn("daily-visit");
  const slow = accounts.getAccount(ID);
  const { resolve } = await arrived();
  await rejection(points.earn("daily-visit"));
  assert.equal((await accounts.getAccount(ID)).points.balance, 9, "not the slow one's");
  resolve(balanceOf(5));
  assert.equal((await slow).points.balance, 5);
  assert.equal((await accounts.getAccount(ID)).points.balance, 9, "nor kept");
  assert.ok(sent.length >= 5);
});

test("c09 a refusal behind a kept answer drops it; a bad moment does not", async () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  for (const [answer, expected] of [
    [json({ code: "PERMISSION_DENIED" }, 403), 2],
    [json({ code: "UNAVAILABLE" }, 503), 1],
  ]) {
    const { accounts } = stub([...balances(1), answer, ...balances(2)], {
      ...keeping(),
      retryBudget: 0,
    });
    await accounts.getAccount(ID);
    await accounts.getAccount(ID);
    await settle();
    assert.equal((await accounts.getAccount(ID)).points.balance, expected);
  }
});

test("c09 me() is shared like its parts", async () => {
  const { me, sent } = stub([json({ account: { status: 200, body: { account } } })], config());
  const include = ["account"];
  const [one, two] = await Promise.all([me({ include }), me({ include })]);
  assert.equal(sent.length, 1);
  assert.notEqual(one.account.value, two.account.value);
  assert.equal(two.account.value.account._id, ID);
});

test("c09 redeeming looks for the coupon itself, not for what is kept", async () => {
  const coupon = (status) => ({ id: ID, accountId: ID, status, rewardName: "Mug" });
  const list = (status) => json({ loyaltyCoupons: [coupon(status)] });
  const { points, coupons } = stub(
    [list("PENDING"), json({ coupon: coupon("PENDING") }), list("PENDING"), list("ACTIVE")],
    keeping(),
  );
  await coupons.getCurrentMemberCoupons();
  assert.equal((await points.redeem(OTHER)).status, "ACTIVE");
});

test("c11 a thousand shared reads leave no flight behind", async () => {
  const { accounts, sent } = stub([json({ account })], config());
  await Promise.all(
    Array.from({ length: 1000 }, (_, at) => accounts.getAccount(at % 2 ? ID : OTHER)),
  );
  assert.equal(sent.length, 2);
  await accounts.getAccount(ID);
  assert.equal(sent.length, 3);
});

test("a wrong reads option throws at once", () => {
  for (const reads of [true, {}, { staleMs: -1 }, { staleMs: "soon" }, { staleMs: NaN }]) {
    assert.throws(() => stub([never], { reads }), { code: "INVALID_CONFIGURATION" });
  }
});
