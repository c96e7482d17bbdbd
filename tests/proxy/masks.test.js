// Field masks: what a role may send and see, beyond what the rules leave (P6).
import assert from "node:assert/strict";
import { test } from "node:test";
import { A, accountOf, makeProxy } from "./support.js";

const masks = {
  staff: {
    getAccount: { hide: ["account.contact.email", "account.tier"] },
    queryLoyaltyAccounts: { hide: ["loyaltyAccounts.contact"] },
    searchAccounts: { hide: ["accounts.contact"] },
    adjustPoints: { send: ["amount", "description"], see: ["account.contact.id"] },
  },
};
const grants = {
  staff: ["getAccount", "queryLoyaltyAccounts", "searchAccounts", "adjustPoints"],
  admin: ["*"],
};
const account = {
  ...accountOf(A),
  tier: { points: 5 },
  contact: { id: A.contactId, email: "a@example.com", name: "A", novelty: "x" },
  novelty: { secret: "x" },
};
const answer = ({ path }) => {
  if (path.endsWith("/query")) return Response.json({ loyaltyAccounts: [account, account] });
  if (path.endsWith("/search")) return Response.json({ accounts: [account] });
  if (path.endsWith("/adjust-points"))
    return Response.json({ account, transactionId: A.accountId });
  return Response.json({ account });
};
const proxy = () => makeProxy({ policy: { grants, masks }, answer });
const path = `/loyalty-accounts/v1/accounts/${A.accountId}`;

test("p06_hidden_fields_are_taken_out_of_answers_for_the_masked_role_alone", async () => {
  const { call } = proxy();
  const seen = (await call(["GET", path], "staff")).json.account;
  assert.equal(seen.tier, undefined);
  assert.deepEqual(Object.keys(seen.contact).sort(), ["id", "name", "novelty"]);
  assert.equal(seen.points.balance, 100);
  const whole = (await call(["GET", path], "admin")).json.account;
  assert.deepEqual([whole.tier.points, whole.contact.email], [5, "a@example.com"]);
});

test("p06_hidden_fields_are_taken_out_of_every_item_of_a_list", async () => {
  const { call } = proxy();
  const line = ["POST", "/loyalty-accounts/v1/accounts/query"];
  const { json, text } = await call(line, "staff", { body: { query: {} } });
  assert.equal(json.loyaltyAccounts.length, 2);
  assert.doesNotMatch(text, /example\.com|"contact"/);
});

test("p06_a_see_mask_leaves_what_every_answer_holds_and_what_it_names", async () => {
  const { call } = proxy();
  const { json } = await call(["POST", `${path}/adjust-points`], "staff", { body: { amount: 5 } });
  assert.deepEqual(Object.keys(json.account).sort(), [
    "contact",
    "contactId",
    "id",
    "points",
    "revision",
    "rewardAvailable",
  ]);
  assert.deepEqual(json.account.contact, { id: A.contactId }, "nor what upstream adds one day");
});

test("p06_fields_that_a_role_may_not_send_are_refused_by_name", async () => {
  const { call, upstream } = proxy();
  const line = ["POST", `${path}/adjust-points`];
  const body = { accountId: A.accountId, balance: 5, description: "x" };
  const got = await call(line, "staff", { body });
  assert.deepEqual(
    [got.status, got.json.code, got.json.violations.map(({ field, rule }) => [field, rule])],
    [400, "INVALID_ARGUMENT", [["balance", "NOT_ALLOWED"]]],
  );
  assert.equal(upstream.length, 0);
  assert.equal((await call(line, "admin", { body })).status, 200);
});

test("p06_under_a_see_mask_what_is_seen_can_be_asked_and_nothing_else", async () => {
  const see = { staff: { queryLoyaltyAccounts: { see: ["loyaltyAccounts.tier.id"] } } };
  see.staff.searchAccounts = { see: ["accounts.contact.name", "accounts.updatedDate"] };
  const { call } = makeProxy({ policy: { grants, masks: see }, answer });
  const asked = async (what, body) => {
    const line = ["POST", `/loyalty-accounts/v1/accounts/${what}`];
    const { status, json } = await call(line, "staff", { body });
    return [status, json.violations?.[0].field];
  };
  const ask = (filter) => asked("query", { query: { filter } });
  assert.deepEqual(await ask({ "points.balance": { $gt: 5 } }), [200, undefined]);
  assert.deepEqual(await ask({ "tier.id": A.accountId }), [200, undefined]);
  const date = "2030-01-01T00:00:00.000Z";
  assert.deepEqual(await ask({ lastActivityDate: { $gt: date } }), [
    400,
    "query.filter.lastActivityDate",
  ]);
  const sorted = (fieldName) => asked("query", { query: { sort: [{ fieldName }] } });
  assert.deepEqual(await sorted("points.earned"), [200, undefined]);
  assert.deepEqual(await sorted("createdDate"), [400, "query.sort[0].fieldName"]);
  const search = (part) => asked("search", { search: part });
  const name = { expression: "a", fields: ["contact.name"] };
  assert.deepEqual(await search({ search: name }), [200, undefined]);
  assert.deepEqual(await search({ filter: { "contact.name": "A" } }), [200, undefined]);
  for (const [part, field] of [
    [{ search: { expression: "a" } }, "search.search"],
    [{ search: { expression: "a", fields: ["contact.email"] } }, "search.search.fields[0]"],
    [{ filter: { "contact.email": "a" } }, "search.filter.contact.email"],
    [{ filter: { $not: { lastActivityDate: { $gt: date } } } }, "search.filter.lastActivityDate"],
    [
      { aggregations: [{ name: "n", type: "VALUE", fieldPath: "contact.id" }] },
      "search.aggregations[0].fieldPath",
    ],
  ]) {
    assert.deepEqual(await search(part), [400, field], JSON.stringify(part));
  }
});

test("p06_what_is_hidden_can_not_be_found_out_by_asking", async () => {
  const { call, upstream } = proxy();
  const query = ["POST", "/loyalty-accounts/v1/accounts/query"];
  const search = ["POST", "/loyalty-accounts/v1/accounts/search"];
  const email = { "contact.email": { $startsWith: "a@" } };
  for (const [line, body, field] of [
    [search, { search: { filter: email } }, "search.filter.contact.email"],
    [search, { search: { filter: { $and: [{ $not: email }] } } }, "search.filter.contact.email"],
    [search, { search: { sort: [{ fieldName: "contact.email" }] } }, "search.sort[0].fieldName"],
    [search, { search: { search: { expression: "a@" } } }, "search.search"],
    [
      search,
      { search: { search: { expression: "a@", fields: ["contact.email"] } } },
      "search.search.fields[0]",
    ],
    [
      search,
      { search: { aggregations: [{ name: "n", type: "VALUE", fieldPath: "contact.id" }] } },
      "search.aggregations[0].fieldPath",
    ],
  ]) {
    const got = await call(line, "staff", { body });
    const fields = got.json.violations?.map((one) => one.field) ?? [];
    assert.deepEqual([got.status, fields.includes(field)], [400, true], `${field}: ${got.text}`);
  }
  assert.equal(upstream.length, 0);
  const body = { query: { filter: { "points.balance": { $gt: 5 } } } };
  assert.equal((await call(query, "staff", { body })).status, 200, "what is seen can be asked");
});
