// Who may do what, as a table: every kind of caller against every operation, on a running proxy over the sandbox.
// What the table says is what happens, and an operation without a row fails (P1, P2).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { apiKey, checkPolicy, createProxy, jwt } from "loyalty-edge/proxy";
import { serve as serveProxy } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const MATRIX = read("./matrix.json");
const SCHEMA = read("../../pkg/proxy/policy.schema.json");
const DEV = read("../../pkg/cli/dev.policy.json");
const ORIGIN = "https://shop.example";
const ISSUER = "https://login.shop.example";
const CALLERS = MATRIX.columns;
const ACTIONS = "/loyalty-accounts/v1/accounts";

/** All that a policy can grant at all: what still holds when a developer grants it. */
const WIDEST = {
  ...DEV,
  grants: Object.fromEntries(
    Object.entries(SCHEMA.properties.grants.properties).map(([role, { items }]) => {
      const names = (items.anyOf ?? [items])[0].enum.filter((name) => !/^\*$|:any$/.test(name));
      // The wider of two grants, where there are two.
      const widest = names.filter(
        (name) => !names.includes(name.replace(/:own$/, "")) || !name.endsWith(":own"),
      );
      const earns = role === "visitor" ? [] : ["earn:daily-visit", "earn:write-review"];
      return [role, [...widest, ...earns]];
    }),
  ),
};

/** `denied | 200 | …`: what each caller is told, in the order of the columns. */
function rowOf(line) {
  const cells = line.split("|").map((cell) => cell.trim());
  assert.equal(cells.length, CALLERS.length, line);
  return Object.fromEntries(CALLERS.map((caller, at) => [caller, MATRIX[cells[at]] ?? cells[at]]));
}

/** A request for each operation, of member A's things, that is good in itself. */
function requests({ a, contacts, rewardId, tierId, transactionId }) {
  const get = (path) => ({ method: "GET", path });
  const post = (path, body) => ({ method: "POST", path, body });
  const account = `${ACTIONS}/${a.accountId}`;
  const own = { accountId: a.accountId };
  return {
    createAccount: (at) => post(ACTIONS, { contactId: contacts[at % contacts.length].contactId }),
    earnPoints: (at) =>
      post(`${account}/earn-points`, {
        amount: 1,
        appId: "office",
        idempotencyKey: `matrix-${at}`,
      }),
    adjustPoints: post(`${account}/adjust-points`, { amount: 1 }),
    getAccount: get(account),
    getProgramTotals: get(`${ACTIONS}/program-totals`),
    getCurrentMemberAccount: get(`${ACTIONS}/my-account`),
    getAccountBySecondaryId: get(`${ACTIONS}/fetch-by?memberId=${a.memberId}`),
    listAccounts: get(ACTIONS),
    queryLoyaltyAccounts: post(`${ACTIONS}/query`, { query: {} }),
    searchAccounts: post(`${ACTIONS}/search`, { search: {} }),
    countAccounts: post(`${ACTIONS}/count`, {}),
    bulkAdjustPoints: post(`${ACTIONS}/bulk-adjust`, {
      amount: 1,
      search: { filter: { "contact.id": a.contactId } },
    }),
    getLoyaltyTransaction: get(`/loyalty-transactions/v1/loyalty-transactions/${transactionId}`),
    queryLoyaltyTransactions: post("/loyalty-transactions/v1/loyalty-transactions/query", {
      query: { filter: own },
    }),
    getLoyaltyProgram: get("/loyalty-programs/v1/program"),
    listTiers: get("/loyalty-tiers/v1/tiers"),
    getTier: get(`/loyalty-tiers/v1/tiers/${tierId}`),
    getTiersProgram: get("/loyalty-tiers/v1/tiers/program"),
    listRewards: get("/loyalty-rewards/v1/rewards"),
    getReward: get(`/loyalty-rewards/v1/rewards/${rewardId}`),
    queryRewards: post("/loyalty-rewards/v1/rewards/query", { query: {} }),
    redeemPointsForCoupon: post("/loyalty-coupons/v1/coupons", {
      rewardId,
      loyaltyAccountId: a.accountId,
    }),
    redeemCurrentMemberPointsForCoupon: post("/loyalty-coupons/v1/coupons/redeem-my-coupon", {
      rewardId,
    }),
    getCurrentMemberCoupons: get("/loyalty-coupons/v1/coupons/my-coupons"),
    queryLoyaltyCoupons: post("/loyalty-coupons/v1/coupons/query", { query: { filter: own } }),
    "earn:daily-visit": post("/actions/daily-visit", {}),
    "earn:write-review": post("/actions/write-review", { subject: "product-1" }),
  };
}

const made = [];
let keys;
before(async () => void (keys = await generateKeyPair("ES256")));
after(async () => {
  for (const close of made.reverse()) await close();
});

async function startStack(policy) {
  const sandbox = await createSandbox({ seed: 5 });
  const upstream = await serveSandbox(sandbox, { port: 0 });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k", alg: "ES256" };
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: jwt({ issuer: ISSUER, audience: "shop", jwks: { keys: [jwk] } }),
    origins: [ORIGIN],
    upstream: upstream.url,
    policy,
    confirm: { "review-exists": () => true },
    log: () => {},
  });
  const server = await serveProxy(proxy);
  made.push(() => sandbox.close(), upstream.close, server.close);
  const [a, b] = sandbox.members;

  const elevated = (path, body) =>
    fetch(upstream.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: sandbox.apiKey,
        "wix-site-id": sandbox.siteId,
        "content-type": "application/json",
      },
      body: body && JSON.stringify(body),
    }).then((response) => response.json());
  // Enough points for every redemption of the table.
  for (const { accountId } of [a, b]) {
    await elevated(`${ACTIONS}/${accountId}/adjust-points`, { amount: 100_000 });
  }
  const filter = { accountId: a.accountId };
  const { loyaltyTransactions } = await elevated(
    "/loyalty-transactions/v1/loyalty-transactions/query",
    { query: { filter } },
  );
  const { rewards } = await elevated("/loyalty-rewards/v1/rewards");
  const { tiers } = await elevated("/loyalty-tiers/v1/tiers");
  const things = {
    a,
    contacts: sandbox.contacts,
    rewardId: rewards.find(({ active }) => active).id,
    tierId: tiers[0].id,
    transactionId: loyaltyTransactions[0].id,
  };

  const sign = (subject, { roles = [], contact, audience = "shop", from = 0 } = {}) =>
    new SignJWT({ roles, ...(contact && { contact_id: contact }) })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(Math.floor(Date.now() / 1000) + from)
      .setExpirationTime(Math.floor(Date.now() / 1000) + from + 600)
      .sign(keys.privateKey);
  const member = ({ memberId, contactId }, more) => sign(memberId, { contact: contactId, ...more });
  const tokens = {
    memberA: await member(a),
    memberB: await member(b),
    staff: await sign(crypto.randomUUID(), { roles: ["staff"] }),
    admin: await sign(crypto.randomUUID(), { roles: ["admin"] }),
    expired: await member(a, { from: -3600 }),
    wrongAudience: await member(a, { audience: "another" }),
  };

  let count = 0;
  async function ask(name, caller) {
    const request = requests(things)[name];
    const { method, path, body } = typeof request === "function" ? request(count) : request;
    const headers = {
      origin: ORIGIN,
      "x-loyalty-client": "matrix/1",
      "idempotency-key": `matrix-${(count += 1)}`,
      ...(tokens[caller] && { authorization: `Bearer ${tokens[caller]}` }),
      ...(body && { "content-type": "application/json" }),
    };
    const options = { method, headers, body: body && JSON.stringify(body) };
    const response = await fetch(`${server.url}/loyalty${path}`, options);
    const text = await response.text();
    const { code } = JSON.parse(text);
    return { said: code === undefined ? `${response.status}` : `${response.status} ${code}`, text };
  }
  return { ask, things, b };
}

for (const [title, policy] of [
  ["dev", DEV],
  ["widest", WIDEST],
]) {
  describe(`p02 the matrix of the ${title} policy`, () => {
    const rows = Object.fromEntries(
      Object.entries(MATRIX[title]).map(([operation, line]) => [operation, rowOf(line)]),
    );
    let stack;
    before(async () => void (stack = await startStack(policy)));

    test(`p02_${title}_every_operation_has_a_row_and_a_request_and_no_row_is_left_over`, async () => {
      const { mistakes, matrix } = await checkPolicy(policy);
      assert.deepEqual(mistakes, []);
      const operations = matrix.map(({ operation }) => operation).sort();
      assert.deepEqual(Object.keys(rows).sort(), operations);
      assert.deepEqual(Object.keys(requests({ a: {} })).sort(), operations);
      for (const row of Object.values(rows)) assert.deepEqual(Object.keys(row), CALLERS);
    });

    for (const [operation, row] of Object.entries(rows)) {
      test(`p02_${title}_${operation}`, async () => {
        const said = {};
        for (const caller of CALLERS) said[caller] = (await stack.ask(operation, caller)).said;
        assert.deepEqual(said, row);
      });
    }

    test(`p02_${title}_the_table_and_policy_check_agree`, async () => {
      const { matrix } = await checkPolicy(policy);
      const roles = { visitor: "visitor", memberA: "member", staff: "staff", admin: "admin" };
      for (const { operation, ...reach } of matrix) {
        for (const [caller, role] of Object.entries(roles)) {
          const refused = rows[operation][caller] === "403 PERMISSION_DENIED";
          assert.equal(refused, reach[role] === "no", `${operation} ${caller}`);
        }
      }
    });

    test(`p02_${title}_a_token_that_is_not_valid_is_nobody_everywhere`, () => {
      for (const [operation, { expired, wrongAudience }] of Object.entries(rows)) {
        assert.deepEqual([expired, wrongAudience], Array(2).fill("401 UNAUTHENTICATED"), operation);
      }
    });

    test(`p03_${title}_what_member_b_is_told_of_a_holds_nothing_of_a`, async () => {
      const { a } = stack.things;
      for (const operation of Object.keys(rows)) {
        const { text } = await stack.ask(operation, "memberB");
        for (const id of [a.accountId, a.memberId, a.contactId]) {
          assert.ok(!text.includes(id), `${operation}: ${text}`);
        }
      }
    });
  });
}
