// The builders against the official client's own, which are the specification here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient as officialClient } from "@wix/sdk";
import { accounts as official, transactions as officialTransactions } from "@wix/loyalty";
import { accounts, transactions } from "loyalty-edge";
import { ID, account, json, rejection, stub } from "./stub.js";

/** What the official client sends for a query. */
async function officialBody(run) {
  let sent;
  const client = officialClient({
    modules: { accounts: official, transactions: officialTransactions },
    auth: { getAuthHeaders: async () => ({ headers: {} }) },
    fetch: async (url, init) => {
      sent = JSON.parse(init.body);
      return json({ loyaltyAccounts: [], loyaltyTransactions: [] });
    },
  });
  await run(client);
  return sent;
}

const DATE = new Date("2024-02-29T12:00:00.000Z");
const CHAINS = {
  nothing: (query) => query,
  eq: (query) => query.eq("_id", ID),
  "eq undefined": (query) => query.eq("memberId", undefined),
  ne: (query) => query.ne("contactId", ID),
  comparisons: (query) =>
    query.ge("points.balance", 1).gt("points.earned", 2).le("points.balance", 3),
  lt: (query) => query.lt("_createdDate", DATE),
  startsWith: (query) => query.startsWith("_id", "ab"),
  "hasSome list": (query) => query.hasSome("_id", ["a", "b"]),
  "hasSome values": (query) => query.hasSome("_id", "a", "b"),
  in: (query) => query.in("_id", ["a"]),
  exists: (query) => query.exists("memberId", false),
  "two conditions": (query) => query.eq("_id", ID).eq("contactId", ID),
  "three conditions": (query) => query.eq("_id", ID).eq("contactId", ID).gt("points.balance", 1),
  orders: (query) => query.ascending("points.balance", "_id").descending("_createdDate"),
  limit: (query) => query.limit(7),
  "inner id": (query) => query.eq("tier.id", ID),
};

for (const [name, chain] of Object.entries(CHAINS)) {
  test(`the fluent builder sends what the official one sends: ${name}`, async () => {
    const { accounts: own, sent } = stub([json({ loyaltyAccounts: [] })]);
    await chain(own.queryLoyaltyAccounts()).find();
    const expected = await officialBody((client) =>
      chain(client.accounts.queryLoyaltyAccounts()).find(),
    );
    // An empty filter or order says what none says.
    for (const part of ["filter", "sort"]) {
      if (expected.query[part] && !Object.keys(expected.query[part]).length)
        delete expected.query[part];
    }
    assert.deepEqual(sent[0].body, expected);
  });
}

test("and, or, not, between, isEmpty, isNotEmpty", async () => {
  const { accounts: own } = stub([json({})]);
  const query = () => own.queryLoyaltyAccounts();
  const filter = (builder) => builder.query.filter;
  assert.deepEqual(filter(query().eq("_id", 1).or(query().eq("_id", 2)).or(query().eq("_id", 3))), {
    $or: [{ _id: 1 }, { _id: 2 }, { _id: 3 }],
  });
  assert.deepEqual(filter(query().eq("_id", 1).and(query().eq("memberId", 2))), {
    $and: [{ _id: 1 }, { memberId: 2 }],
  });
  assert.deepEqual(filter(query().not(query().eq("_id", 1))), { $not: { _id: 1 } });
  assert.deepEqual(filter(query().not(query())), undefined);
  assert.deepEqual(filter(query().between("points.balance", 1, 5)), {
    "points.balance": { $gte: 1, $lt: 5 },
  });
  assert.deepEqual(filter(query().isEmpty("memberId")), { memberId: null });
  assert.deepEqual(filter(query().isNotEmpty("memberId")), { memberId: { $ne: null } });
});

test("a builder is left as it was by each step", () => {
  const { accounts: own } = stub([json({})]);
  const first = own.queryLoyaltyAccounts().eq("_id", ID);
  first.limit(5).ascending("_id").eq("contactId", ID);
  assert.deepEqual(first.query, { cursorPaging: { limit: 50 }, filter: { _id: ID } });
});

test("pages lead to pages, the cursor alone, the options with them", async () => {
  const answer = (next, prev) =>
    json({
      loyaltyAccounts: [account],
      pagingMetadata: { cursors: { next, prev }, hasNext: true },
    });
  const { accounts: own, sent } = stub([answer("n1", ""), answer("", "p1"), answer("n1", "")]);
  const first = await own.queryLoyaltyAccounts().eq("_id", ID).limit(1).find({ timeoutMs: 5000 });
  assert.equal(first.items[0]._id, ID);
  assert.deepEqual(
    [first.length, first.pageSize, first.hasNext(), first.hasPrev()],
    [1, 1, true, false],
  );
  const second = await first.next();
  assert.deepEqual([second.hasNext(), second.hasPrev()], [false, true]);
  await second.prev();
  assert.deepEqual(
    sent.slice(1).map(({ body }) => body),
    [
      { query: { cursorPaging: { limit: 1, cursor: "n1" } } },
      { query: { cursorPaging: { limit: 1, cursor: "p1" } } },
    ],
  );
  const error = await rejection(own.queryLoyaltyAccounts().find({ timeoutMs: -1 }));
  assert.equal(error.violations[0].field, "timeoutMs");
});

test("Filter, Sort and QueryBuilder make what the official ones make", () => {
  const build = ({ Filter, Sort, QueryBuilder }) => [
    Filter("points.balance").eq(1),
    Filter("points.balance").gt(5).lt(9),
    Filter("memberId").isEmpty(),
    Filter("memberId").isEmpty(false),
    Filter("memberId").isNotEmpty(),
    Filter("memberId").exists(),
    Filter("_id").in(["a"]),
    Filter("_id").startsWith("a"),
    Filter.and(Filter("points.balance").gte(1), Filter("points.earned").lte(2)),
    Filter.or(Filter("points.balance").ne(1), Filter("points.earned").nin([2])),
    Filter.not(Filter("_id").hasSome(["a"])),
    Sort("points.balance").asc(),
    Sort("points.balance").desc(),
    QueryBuilder()
      .withFilter(Filter("points.balance").gt(5))
      .withSorting(Sort("points.balance").asc(), Sort("points.earned").desc())
      .build(),
  ];
  // The official ones rename at once, ours when the query is sent.
  const plain = (value) => JSON.parse(JSON.stringify(value).replaceAll('"_id"', '"id"'));
  assert.deepEqual(plain(build(accounts)), plain(build(official)));
  assert.equal(typeof transactions.Filter, "function");
  assert.deepEqual(accounts.QueryBuilder().withPaging({ limit: 5 }).build(), {
    cursorPaging: { limit: 5 },
  });
});
