// Queries, searches and counts by the official client: objects, fluent builders and filters.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accounts as accountsModule, transactions as transactionsModule } from "@wix/loyalty";
import * as official from "./official-client.js";

const sandbox = await official.sandboxForTests({ accounts: 130 });
const { accounts, transactions } = official.appClient(sandbox);
const [ada] = sandbox.members;
const exported = await sandbox.control("GET", "export");
const all = exported.accounts;

/** The ids that a plain reading of the export gives. */
const expected = (keep) =>
  all
    .filter(keep)
    .map(({ id }) => id)
    .sort();
const found = (items) => items.map(({ _id }) => _id).sort();
const middle = all.map(({ points }) => points.balance).sort((a, b) => a - b)[65];
const date = all[60].createdDate;

/** All pages of a builder's result. */
async function everything(result) {
  const items = [...result.items];
  let page = result;
  while (page.hasNext()) {
    page = await page.next();
    items.push(...page.items);
  }
  return items;
}

describe("the fluent builder", () => {
  const query = () => accounts.queryLoyaltyAccounts();
  const id = all[3].id;
  const cases = {
    eq: [(q) => q.eq("_id", id), (a) => a.id === id],
    ne: [(q) => q.ne("_id", id), (a) => a.id !== id],
    gt: [(q) => q.gt("points.balance", middle), (a) => a.points.balance > middle],
    ge: [(q) => q.ge("points.balance", middle), (a) => a.points.balance >= middle],
    lt: [(q) => q.lt("points.balance", middle), (a) => a.points.balance < middle],
    le: [(q) => q.le("points.balance", middle), (a) => a.points.balance <= middle],
    "gt of a Date": [(q) => q.gt("_createdDate", new Date(date)), (a) => a.createdDate > date],
    between: [
      (q) => q.between("points.earned", 100, 600),
      (a) => a.points.earned >= 100 && a.points.earned < 600,
    ],
    hasSome: [(q) => q.hasSome("contactId", [ada.contactId]), (a) => a.id === ada.accountId],
    in: [(q) => q.in("_id", [id, ada.accountId]), (a) => a.id === id || a.id === ada.accountId],
    startsWith: [
      (q) => q.startsWith("_id", id.slice(0, 3)),
      (a) => a.id.startsWith(id.slice(0, 3)),
    ],
    exists: [(q) => q.exists("memberId", false), (a) => a.memberId === undefined],
    "two conditions": [
      (q) => q.gt("points.balance", 50).lt("points.redeemed", 100),
      (a) => a.points.balance > 50 && a.points.redeemed < 100,
    ],
  };
  for (const [name, [build, keep]] of Object.entries(cases)) {
    it(`l10 ${name}`, async () => {
      const items = await everything(await build(query()).limit(100).find());
      assert.deepEqual(found(items), expected(keep));
      assert.ok(items.length > 0, "it is no test if nothing is found");
    });
  }

  it("l10 ascending and descending", async () => {
    for (const direction of ["ascending", "descending"]) {
      const items = await everything(await query()[direction]("points.balance").limit(40).find());
      const balances = items.map(({ points }) => points.balance);
      const sorted = [...balances].sort((a, b) => (direction === "ascending" ? a - b : b - a));
      assert.equal(items.length, 130);
      assert.deepEqual(balances, sorted);
    }
  });

  it("l10 without a word it gives the 50 newest", async () => {
    const { items } = await query().find();
    assert.equal(items.length, 50);
    const dates = items.map(({ _createdDate }) => _createdDate.getTime());
    assert.deepEqual(
      dates,
      [...dates].sort((a, b) => b - a),
    );
  });

  it("l10 next and prev", async () => {
    const first = await query().limit(50).find();
    assert.equal(first.hasPrev(), false);
    const second = await first.next();
    const third = await second.next();
    assert.deepEqual(
      [first, second, third].map((page) => page.items.length),
      [50, 50, 30],
    );
    assert.equal(third.hasNext(), false);
    const back = await third.prev();
    assert.deepEqual(found(back.items), found(second.items));
    const start = await back.prev();
    assert.deepEqual(found(start.items), found(first.items));
    assert.equal(start.hasPrev(), false);
  });

  it("l10 a page beyond the limit is refused", async () => {
    const error = await official.refusal(query().limit(101).find());
    assert.equal(error.response.status, 400);
  });

  it("l10 transactions of one account", async () => {
    const result = await transactions
      .queryLoyaltyTransactions()
      .eq("accountId", ada.accountId)
      .find();
    const mine = exported.transactions.filter(({ accountId }) => accountId === ada.accountId);
    assert.deepEqual(found(result.items), mine.map((transaction) => transaction.id).sort());
  });

  it("l10 transactions by type, amount and key", async () => {
    const big = await transactions
      .queryLoyaltyTransactions()
      .eq("transactionType", "EARN")
      .gt("amount", 250)
      .descending("amount")
      .limit(100)
      .find();
    assert.ok(big.items.length > 0);
    assert.ok(
      big.items.every(({ amount, transactionType }) => amount > 250 && transactionType === "EARN"),
    );
    const [{ idempotencyKey, accountId }] = big.items;
    const one = await transactions
      .queryLoyaltyTransactions()
      .eq("accountId", accountId)
      .eq("idempotencyKey", idempotencyKey)
      .find();
    assert.equal(one.items.length, 1);
  });
});

describe("Filter and QueryBuilder", () => {
  const { Filter, QueryBuilder, Sort } = accountsModule;
  /** What a filter becomes on its way into a query. */
  const written = (builder, filter) => builder().withFilter(filter).build().filter;
  const asked = async (filter) => {
    const query = { filter: written(QueryBuilder, filter), cursorPaging: { limit: 100 } };
    return (await accounts.queryLoyaltyAccounts(query)).loyaltyAccounts;
  };

  it("l10 two operators of one field", async () => {
    const filter = Filter("points.balance")
      .gt(middle)
      .lt(middle + 300);
    const keep = ({ points }) => points.balance > middle && points.balance < middle + 300;
    assert.deepEqual(found(await asked(filter)), expected(keep));
  });

  it("l10 or", async () => {
    const filter = Filter.or(Filter("_id").eq(ada.accountId), Filter("points.balance").eq(middle));
    const keep = ({ id, points }) => id === ada.accountId || points.balance === middle;
    assert.deepEqual(found(await asked(filter)), expected(keep));
  });

  it("l10 and", async () => {
    const filter = Filter.and(Filter("points.redeemed").gt(0), Filter("points.adjusted").gt(0));
    const keep = ({ points }) => points.redeemed > 0 && points.adjusted > 0;
    assert.deepEqual(found(await asked(filter)), expected(keep));
  });

  it("l10 not", async () => {
    const filter = Filter.not(Filter("points.redeemed").eq(0));
    assert.deepEqual(
      found(await asked(filter)),
      expected(({ points }) => points.redeemed !== 0),
    );
  });

  it("l10 isEmpty and isNotEmpty", async () => {
    assert.deepEqual(
      found(await asked(Filter("memberId").isEmpty())),
      expected((a) => !a.memberId),
    );
    const members = await asked(Filter("memberId").isNotEmpty());
    assert.ok(members.length === 100 && members.every(({ memberId }) => memberId));
  });

  it("l10 QueryBuilder with filter and sort", async () => {
    const query = QueryBuilder()
      .withFilter(Filter("points.balance").gt(middle))
      .withSorting(Sort("points.balance").asc())
      .build();
    const { loyaltyAccounts, pagingMetadata } = await accounts.queryLoyaltyAccounts(query);
    assert.equal(loyaltyAccounts.length, 50);
    assert.ok(pagingMetadata.hasNext && pagingMetadata.cursors.next);
    const balances = loyaltyAccounts.map(({ points }) => points.balance);
    assert.ok(balances.every((balance) => balance > middle));
    assert.deepEqual(
      balances,
      [...balances].sort((a, b) => a - b),
    );
  });

  it("l15 query.paging is refused by name: the schema has none", async () => {
    const query = QueryBuilder().withPaging({ limit: 10 }).build();
    const error = await official.refusal(accounts.queryLoyaltyAccounts(query));
    assert.deepEqual(official.fieldsOf(error), ["query.paging"]);
  });

  it("l10 transactions by an object", async () => {
    const { Filter, QueryBuilder } = transactionsModule;
    const filter = written(QueryBuilder, Filter("accountId").eq(ada.accountId));
    const { loyaltyTransactions, pagingMetadata } = await transactions.queryLoyaltyTransactions({
      filter,
      sort: [{ fieldName: "_createdDate", order: "ASC" }],
      cursorPaging: { limit: 2 },
    });
    assert.equal(pagingMetadata.count, 2);
    assert.ok(loyaltyTransactions[0]._createdDate <= loyaltyTransactions[1]._createdDate);
    const { loyaltyTransactions: next } = await transactions.queryLoyaltyTransactions({
      cursorPaging: { cursor: pagingMetadata.cursors.next },
    });
    assert.ok(next[0]._createdDate >= loyaltyTransactions[1]._createdDate);
    assert.ok(next.every(({ accountId }) => accountId === ada.accountId));
  });
});

describe("search and count", () => {
  const first = ada.name.split(" ")[0];
  const hasFirst = ({ contact }) =>
    new RegExp(`\\b${first}`, "i").test(`${contact.name} ${contact.email}`);

  it("l10 searchAccounts by a name", async () => {
    const { accounts: items, pagingMetadata } = await accounts.searchAccounts({
      search: { expression: first },
      cursorPaging: { limit: 100 },
    });
    assert.deepEqual(found(items), expected(hasFirst));
    assert.equal(pagingMetadata.count, items.length);
  });

  it("l10 searchAccounts by all words", async () => {
    const { accounts: items } = await accounts.searchAccounts({
      search: { expression: ada.name, mode: "AND", fields: ["contact.name"] },
    });
    assert.deepEqual(found(items), [ada.accountId]);
  });

  it("l10 searchAccounts with a typo", async () => {
    const typo = ada.name.split(" ")[1].slice(0, -1) + "x";
    const search = { expression: typo, fuzzy: true, fields: ["contact.name"] };
    const { accounts: items } = await accounts.searchAccounts({ search });
    assert.ok(items.some(({ _id }) => _id === ada.accountId));
    const { accounts: none } = await accounts.searchAccounts({ search: { expression: typo } });
    assert.deepEqual(none, []);
  });

  it("l10 searchAccounts filters and sorts by its own fields", async () => {
    const { accounts: items } = await accounts.searchAccounts({
      filter: { "points.redeemed": { $gt: 0 } },
      sort: [{ fieldName: "_updatedDate", order: "DESC" }],
      cursorPaging: { limit: 100 },
    });
    assert.deepEqual(
      found(items),
      expected(({ points }) => points.redeemed > 0),
    );
    const dates = items.map(({ _updatedDate }) => _updatedDate.getTime());
    assert.deepEqual(
      dates,
      [...dates].sort((a, b) => b - a),
    );
    const wrong = accounts.searchAccounts({ filter: { "points.earned": { $gt: 0 } } });
    assert.deepEqual(official.fieldsOf(await official.refusal(wrong)), [
      "search.filter.points.earned",
    ]);
  });

  it("l10 countAccounts, by filter and by words", async () => {
    assert.equal((await accounts.countAccounts()).count, 130);
    const filter = { "points.balance": { $gt: middle } };
    assert.equal(
      (await accounts.countAccounts({ filter })).count,
      expected(({ points }) => points.balance > middle).length,
    );
    assert.equal(
      (await accounts.countAccounts({ search: { expression: first } })).count,
      expected(hasFirst).length,
    );
  });
});
