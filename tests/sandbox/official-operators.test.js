// Every operator that the official client's Filter and builder write, on every field of each list of fields, against
// a plain reading of the exported rows. What the lists don't have is refused by its name.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accounts as accountsModule, transactions as transactionsModule } from "@wix/loyalty";
import * as official from "./official-client.js";

const sandbox = await official.sandboxForTests({ accounts: 60 });
const { accounts, transactions } = official.appClient(sandbox);
const exported = await sandbox.control("GET", "export");

const ids = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "hasSome", "exists", "isEmpty"];
const numbers = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "hasSome", "exists"];
const OPERATORS = {
  id: [...ids, "isNotEmpty", "startsWith"],
  text: [...ids, "isNotEmpty", "startsWith"],
  number: [...numbers, "isNotEmpty"],
  date: [...numbers, "isNotEmpty"],
  enum: ["eq", "ne", "in", "nin", "hasSome", "exists", "isNotEmpty"],
};
const NOT_OURS = {
  id: ["contains", "endsWith", "hasAll"],
  text: ["contains", "endsWith", "hasAll"],
  number: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty"],
  date: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty"],
  enum: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty", "gt", "gte", "lt", "lte"],
};

// The official lists, by hand, so that a slip in ours is seen.
const LISTS = {
  queryLoyaltyAccounts: {
    rows: exported.accounts,
    module: accountsModule,
    ask: async (filter) =>
      (await accounts.queryLoyaltyAccounts({ filter, cursorPaging: { limit: 100 } }))
        .loyaltyAccounts,
    at: "query.filter",
    fields: {
      _id: "id",
      contactId: "id",
      memberId: "id",
      "tier._id": "id",
      "points.balance": "number",
      "points.earned": "number",
      "points.adjusted": "number",
      "points.redeemed": "number",
      "points.expired": "number",
      "pointsExpiration.expiringPointsAmount": "number",
      _createdDate: "date",
      lastActivityDate: "date",
      "pointsExpiration.expirationDate": "date",
    },
  },
  searchAccounts: {
    rows: exported.accounts,
    module: accountsModule,
    ask: async (filter) =>
      (await accounts.searchAccounts({ filter, cursorPaging: { limit: 100 } })).accounts,
    at: "search.filter",
    fields: {
      _updatedDate: "date",
      "contact._id": "id",
      "contact.displayName": "text",
      "contact.email": "text",
      "contact.name": "text",
      lastActivityDate: "date",
      "points.balance": "number",
      "points.redeemed": "number",
      "pointsExpiration.expirationDate": "date",
    },
  },
  queryLoyaltyTransactions: {
    rows: exported.transactions,
    module: transactionsModule,
    ask: async (filter) => {
      const found = [];
      let query = { filter, cursorPaging: { limit: 100 } };
      for (;;) {
        const page = await transactions.queryLoyaltyTransactions(query);
        found.push(...page.loyaltyTransactions);
        if (!page.pagingMetadata.cursors.next) break;
        query = { cursorPaging: { limit: 100, cursor: page.pagingMetadata.cursors.next } };
      }
      return found;
    },
    at: "query.filter",
    fields: {
      _id: "id",
      accountId: "id",
      _createdDate: "date",
      amount: "number",
      description: "text",
      idempotencyKey: "text",
      transactionType: "enum",
    },
  },
};

const wire = (path) => path.replaceAll("_", "");
const at = (row, path) =>
  wire(path)
    .split(".")
    .reduce((value, key) => value?.[key], row);

/** What an operator means, without an index and without our words for it. */
function holds(value, operator, wanted) {
  const there = value !== undefined && value !== null;
  switch (operator) {
    case "eq":
      return value === wanted;
    case "ne":
      return value !== wanted;
    case "gt":
      return there && value > wanted;
    case "gte":
      return there && value >= wanted;
    case "lt":
      return there && value < wanted;
    case "lte":
      return there && value <= wanted;
    case "in":
    case "hasSome":
      return wanted.includes(value);
    case "nin":
      return !wanted.includes(value);
    case "exists":
      return there === wanted;
    case "isEmpty":
      return !there || value === "";
    case "isNotEmpty":
      return there;
    case "startsWith":
      return there && value.toLowerCase().startsWith(wanted.toLowerCase());
  }
  throw new Error(operator);
}

const SAMPLES = {
  id: "none",
  text: "none",
  number: 5,
  date: "2026-01-01T00:00:00.000Z",
  enum: "EARN",
};

/** Arguments to try an operator with: values that rows have, and others. */
function* wanted(rows, path, kind, operator) {
  const there = rows.map((row) => at(row, path)).filter((value) => value !== undefined);
  const sorted = [...there].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted[sorted.length >> 1] ?? SAMPLES[kind];
  if (operator === "exists") return yield* [true, false];
  if (operator === "isEmpty") return yield true;
  if (operator === "isNotEmpty") return yield undefined;
  if (operator === "startsWith") return yield* [middle.slice(0, 2).toUpperCase(), ""];
  if (["in", "nin", "hasSome"].includes(operator)) {
    return yield* [[middle], [middle, sorted[0] ?? SAMPLES[kind]], []];
  }
  yield* [middle, SAMPLES[kind]];
}

/** A date goes in as a Date, as code that has one passes it. */
const sent = (kind, value) =>
  kind !== "date" || typeof value === "boolean" || value === undefined
    ? value
    : Array.isArray(value)
      ? value.map((each) => new Date(each))
      : new Date(value);

const found = (items) => items.map(({ _id }) => _id).sort();

for (const [name, { rows, module, ask, at: place, fields }] of Object.entries(LISTS)) {
  const written = (path, operator, value) =>
    module.QueryBuilder().withFilter(module.Filter(path)[operator](value)).build().filter;
  describe(name, () => {
    for (const [path, kind] of Object.entries(fields)) {
      it(`l10 ${path}: ${OPERATORS[kind].join(" ")}`, async () => {
        for (const operator of OPERATORS[kind]) {
          for (const value of wanted(rows, path, kind, operator)) {
            const items = await ask(written(path, operator, sent(kind, value)));
            const keep = (row) => holds(at(row, path), operator, value);
            const expected = rows.filter(keep).map(({ id }) => id);
            assert.deepEqual(found(items), expected.sort(), `${operator} ${JSON.stringify(value)}`);
          }
        }
      });

      it(`l10 ${path} refuses ${NOT_OURS[kind].join(" ")} by name`, async () => {
        for (const operator of NOT_OURS[kind]) {
          const error = await official.refusal(ask(written(path, operator, SAMPLES[kind])));
          const [field] = official.fieldsOf(error);
          assert.equal(field, `${place}.${wire(path)}.$${operator}`);
        }
      });
    }

    it("l10 refuses fields that are not on its list, and $matchItems", async () => {
      const others = ["revision", "rewardAvailable", "tier.points", "contact.picture", "nope"];
      const queried = Object.keys(LISTS.queryLoyaltyAccounts.fields);
      for (const path of [...others, ...queried].filter((path) => !(path in fields))) {
        const error = await official.refusal(ask({ [path]: { $eq: "x" } }));
        assert.deepEqual(official.fieldsOf(error), [`${place}.${wire(path)}`]);
      }
      const [path] = Object.keys(fields);
      const error = await official.refusal(ask({ [path]: { $matchItems: [] } }));
      assert.deepEqual(official.fieldsOf(error), [`${place}.${wire(path)}.$matchItems`]);
    });
  });
}

describe("the fluent builder's other words", () => {
  const query = () => accounts.queryLoyaltyAccounts().limit(100);
  const [ada, ben] = sandbox.members;
  const expected = (keep) =>
    exported.accounts
      .filter(keep)
      .map(({ id }) => id)
      .sort();
  const cases = {
    isEmpty: [(q) => q.isEmpty("memberId"), (a) => a.memberId === undefined],
    isNotEmpty: [(q) => q.isNotEmpty("memberId"), (a) => a.memberId !== undefined],
    or: [
      (q) => q.eq("_id", ada.accountId).or(query().eq("_id", ben.accountId)),
      (a) => a.id === ada.accountId || a.id === ben.accountId,
    ],
    and: [
      (q) => q.gt("points.balance", 10).and(query().gt("points.redeemed", 0)),
      (a) => a.points.balance > 10 && a.points.redeemed > 0,
    ],
    not: [(q) => q.not(query().eq("points.redeemed", 0)), (a) => a.points.redeemed !== 0],
  };
  for (const [name, [build, keep]] of Object.entries(cases)) {
    it(`l10 ${name}`, async () => {
      const { items } = await build(query()).find();
      assert.ok(items.length > 0 && items.length < exported.accounts.length);
      assert.deepEqual(found(items), expected(keep));
    });
  }

  for (const operator of ["contains", "endsWith", "hasAll"]) {
    it(`l10 ${operator} is refused by name`, async () => {
      const error = await official.refusal(query()[operator]("contactId", "x").find());
      // The builder loses the name of its argument: the official client's own doing.
      assert.deepEqual(official.fieldsOf(error), [`undefined.filter.contactId.$${operator}`]);
    });
  }
});
