// A loyalty page in one round trip, as the page sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, isLoyaltyError } from "loyalty-edge";
import { ID, json, rejection, stub } from "./stub.js";
import { A, makeProxy } from "../proxy/support.js";

const account = {
  id: ID,
  contactId: ID,
  points: { balance: 5, earned: 5, adjusted: 0, redeemed: 0, expired: 0 },
  rewardAvailable: false,
  revision: "1",
  createdDate: "2030-01-01T00:00:00Z",
};
const program = { name: "Points", pointDefinition: {}, status: "ACTIVE" };
const denied = {
  code: "PERMISSION_DENIED",
  detail: "no",
  message: "no",
  retryable: false,
  requestId: "r-1",
};

test("each part is what its function gives, with dates, or an error of its own", async () => {
  const answer = {
    account: { status: 200, body: { account } },
    rewards: { status: 403, body: denied },
    program: { status: 200, body: { loyaltyProgram: program } },
  };
  const { me, sent } = stub([json(answer)]);
  const page = await me({ include: ["account", "rewards", "program", "account"] });
  assert.equal(sent[0].url, "https://proxy.example/loyalty/me?include=account,rewards,program");
  assert.equal(sent[0].method, "GET");
  assert.deepEqual(Object.keys(page), ["account", "rewards", "program"]);
  const { value } = page.account;
  assert.deepEqual([value.account._id, value.account.points.balance], [ID, 5]);
  assert.ok(value.account._createdDate instanceof Date);
  assert.equal(page.program.value.loyaltyProgram.name, "Points");
  const { error } = page.rewards;
  assert.ok(isLoyaltyError(error) && !("value" in page.rewards));
  assert.deepEqual([error.code, error.status, error.requestId], ["PERMISSION_DENIED", 403, "r-1"]);
});

test("c05 a part that is missing, broken or of wrong types is an error and never 0 points", async () => {
  const wrong = { ...account, points: { ...account.points, balance: "5" } };
  for (const part of [
    undefined,
    null,
    5,
    {},
    { status: 200 },
    { status: 200, body: {} },
    { status: 200, body: { account: wrong } },
  ]) {
    const { me } = stub([json({ account: part })]);
    const page = await me({ include: ["account"] });
    assert.equal(page.account.error?.code, "INVALID_RESPONSE", JSON.stringify(part));
    assert.equal(page.account.value, undefined);
  }
  for (const body of ["null", "<html>", "[]", "5"]) {
    const { me } = stub([new Response(body)]);
    const outcome = await me({ include: ["account"] }).then(
      ({ account: { error } }) => error,
      (error) => error,
    );
    assert.equal(outcome.code, "INVALID_RESPONSE", body);
  }
});

test("c02 the whole call is a read: it is tried again, and fails as one", async () => {
  const unavailable = { ...denied, code: "UNAVAILABLE", retryable: true };
  const fine = { account: { status: 200, body: { account } } };
  const { me, sent } = stub([json(unavailable, 503), json(fine)]);
  const page = await me({ include: ["account"] });
  assert.equal(page.account.value.account._id, ID);
  assert.equal(sent.length, 2);
  const limited = stub([json({ ...denied, code: "UNAUTHENTICATED" }, 401)]);
  assert.equal((await rejection(limited.me())).code, "UNAUTHENTICATED");
});

test("c03 an abort cancels it, and what is no part is refused before the network", async () => {
  const { me, sent } = stub([]);
  const signal = AbortSignal.abort("why");
  assert.equal((await rejection(me({ signal }))).code, "CANCELLED");
  for (const include of [[], ["balance"], "account", ["toString"], null]) {
    assert.equal((await rejection(me({ include }))).code, "INVALID_ARGUMENT", String(include));
  }
  assert.equal(sent.length, 0);
});

test("client and proxy understand each other", async () => {
  const { proxy, upstream } = makeProxy();
  const fetch = (url, init) => {
    const headers = { ...init.headers, origin: "https://shop.example" };
    return proxy.fetch(new Request(`https://shop.example${url}`, { ...init, headers }));
  };
  const { me } = createClient({ proxy: "/loyalty", token: "a", fetch });
  const page = await me();
  assert.equal(page.account.value.account._id, A.accountId);
  assert.equal(page.transactions.value.loyaltyTransactions[0].accountId, A.accountId);
  assert.deepEqual(page.rewards.value.rewards, []);
  assert.deepEqual(page.coupons.value.loyaltyCoupons, []);
  assert.equal(page.tiers.error.code, "PERMISSION_DENIED");
  assert.equal(page.program.error.code, "PERMISSION_DENIED");
  const reads = upstream.filter(({ path }) => path.endsWith("/fetch-by"));
  assert.equal(reads.length, 1, "one look at the account for three parts");
});
