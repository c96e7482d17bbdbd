// Every operator that the official client's Filter and builder write, on every field of each list of fields, against
// a plain reading of the exported rows. What the lists don't have is refused by its name.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  accounts as accountsModule,
  coupons as couponsModule,
  transactions as transactionsModule,
} from "@wix/loyalty";
import * as official from "./official-client.js";

const sandbox = await official.sandboxForTests({ accounts: 60 });
const { accounts, coupons, transactions } = official.appClient(sandbox);

// Coupons that wait, so that some rows lack what an active one has; one of them is for a contact that can't sign in.
await sandbox.control("POST", "coupons", { outcome: "PENDING" });
const guest = (await accounts.queryLoyaltyAccounts().isEmpty("memberId").limit(1).find()).items[0];
for (const loyaltyAccountId of [sandbox.members[0].accountId, guest._id]) {
  await accounts.adjustPoints(loyaltyAccountId, { balance: 500 });
  await coupons.redeemPointsForCoupon(sandbox.rewards[0], { loyaltyAccountId });
}
const exported = await sandbox.control("GET", "export");

const ids = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "hasSome", "exists", "isEmpty"];
const numbers = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "hasSome", "exists"];
const OPERATORS = {
  id: [...ids, "isNotEmpty", "startsWith"],
  text: [...ids, "isNotEmpty", "startsWith"],
  number: [...numbers, "isNotEmpty"],
  date: [...numbers, "isNotEmpty"],
  enum: ["eq", "ne", "in", "nin", "hasSome", "exists", "isNotEmpty"],
  object: ["eq", "ne", "exists", "isEmpty", "isNotEmpty"],
};
const NOT_OURS = {
  id: ["contains", "endsWith", "hasAll"],
  text: ["contains", "endsWith", "hasAll"],
  number: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty"],
  date: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty"],
  enum: ["contains", "endsWith", "hasAll", "startsWith", "isEmpty", "gt", "gte", "lt", "lte"],
  object: [
    ...["contains", "endsWith", "hasAll", "startsWith", "in", "nin", "hasSome"],
    ...["gt", "gte", "lt", "lte"],
  ],
};

// The official lists, by hand, so that a slip in ours is seen.
const LISTS = {
  queryLoyaltyAccounts: {
    rows: exported.accounts,
    module: accountsModule,
    page: async (query) => {
      const { loyaltyAccounts, pagingMetadata } = await accounts.queryLoyaltyAccounts(query);
      return { items: loyaltyAccounts, cursors: pagingMetadata.cursors };
    },
    root: "query",
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
    page: async (search) => {
      const { accounts: items, pagingMetadata } = await accounts.searchAccounts(search);
      return { items, cursors: pagingMetadata.cursors };
    },
    root: "search",
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
    page: async (query) => {
      const { loyaltyTransactions, pagingMetadata } =
        await transactions.queryLoyaltyTransactions(query);
      return { items: loyaltyTransactions, cursors: pagingMetadata.cursors };
    },
    root: "query",
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
  queryLoyaltyCoupons: {
    rows: exported.coupons,
    module: couponsModule,
    page: async (query) => {
      const { loyaltyCoupons, metadata } = await coupons.queryLoyaltyCoupons(query);
      return { items: loyaltyCoupons, cursors: metadata.cursors };
    },
    root: "query",
    fields: {
      _createdDate: "date",
      _updatedDate: "date",
      accountId: "id",
      couponReference: "object",
      memberId: "id",
      rewardName: "text",
      status: "enum",
      transactionId: "id",
    },
  },
};

/** All that a filter finds, page after page. */
async function everything(page, filter) {
  const found = [];
  let query = { filter, cursorPaging: { limit: 100 } };
  for (;;) {
    const { items, cursors } = await page(query);
    found.push(...items);
    if (!cursors.next) return found;
    query = { cursorPaging: { limit: 100, cursor: cursors.next } };
  }
}

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
      return (value ?? null) === wanted;
    case "ne":
      return (value ?? null) !== wanted;
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
  object: null,
};

/** Arguments to try an operator with: values that rows have, and others. */
function* wanted(rows, path, kind, operator) {
  const isObject = kind === "object";
  const there = rows.map((row) => at(row, path)).filter((each) => each !== undefined && !isObject);
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

for (const [name, { rows, module, page, root, fields }] of Object.entries(LISTS)) {
  const place = `${root}.filter`;
  const ask = (filter) => everything(page, filter);
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
      others.push("_updatedDate", "contact.name", "contact.email");
      const queried = Object.keys(LISTS.queryLoyaltyAccounts.fields);
      for (const path of [...others, ...queried].filter((path) => !(path in fields))) {
        const error = await official.refusal(ask({ [path]: { $eq: "x" } }));
        assert.deepEqual(official.fieldsOf(error), [`${place}.${wire(path)}`]);
      }
      const [path] = Object.keys(fields);
      const error = await official.refusal(ask({ [path]: { $matchItems: [] } }));
      assert.deepEqual(official.fieldsOf(error), [`${place}.${wire(path)}.$matchItems`]);
    });

    it("l10 cursors lead on and back, and are good for nothing else", async () => {
      const first = await page({ cursorPaging: { limit: 3 } });
      const by = (cursor) => ({ cursorPaging: { limit: 3, cursor } });
      const second = await page(by(first.cursors.next));
      const all = await ask({});
      assert.deepEqual([...first.items, ...second.items], all.slice(0, 6));
      assert.deepEqual((await page(by(second.cursors.prev))).items, first.items);

      const [field] = Object.keys(fields);
      const others = Object.entries(LISTS).filter(([other]) => other !== name);
      const foreign = others.map(async ([, other]) => {
        const { cursors } = await other.page({ cursorPaging: { limit: 3 } });
        return cursors.next;
      });
      const { next } = first.cursors;
      const middle = next.length >> 1;
      const other = next[middle] === "A" ? "B" : "A";
      const forged = next.slice(0, middle) + other + next.slice(middle + 1);
      for (const cursor of [forged, `${next}A`, "x.y", ...(await Promise.all(foreign))]) {
        const error = await official.refusal(page(by(cursor)));
        assert.deepEqual(official.fieldsOf(error), [`${root}.cursorPaging.cursor`]);
      }
      const narrowed = { ...by(next), filter: { [field]: { $exists: false } } };
      assert.deepEqual(official.fieldsOf(await official.refusal(page(narrowed))), [place]);
    });
  });
}

describe("an object", () => {
  it("l10 is compared with null only, and can't be sorted by", async () => {
    const { page } = LISTS.queryLoyaltyCoupons;
    const compared = page({ filter: { couponReference: { $eq: "x" } } });
    const path = "query.filter.couponReference";
    assert.deepEqual(official.fieldsOf(await official.refusal(compared)), [`${path}.$eq`]);
    const sorted = page({ sort: [{ fieldName: "couponReference", order: "ASC" }] });
    const error = await official.refusal(sorted);
    assert.deepEqual(official.fieldsOf(error), ["query.sort[0].fieldName"]);
    const waiting = exported.coupons.filter(({ transactionId }) => transactionId === undefined);
    assert.ok(waiting.length >= 2 && waiting.some(({ memberId }) => memberId === undefined));
    assert.ok(waiting.every(({ couponReference }) => couponReference.code));
  });
});

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
