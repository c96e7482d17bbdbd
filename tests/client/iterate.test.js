// C8: every list item by item, by its function or its builder.
import assert from "node:assert/strict";
import { test } from "node:test";
import { iterate } from "loyalty-edge";
import { createSandbox } from "loyalty-edge/sandbox";
import { ID, account, json, never, rejection, stub } from "./stub.js";

const idOf = (number) => `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;
const page = (numbers, next, items = "loyaltyAccounts", paging = "pagingMetadata") =>
  json({
    [items]: numbers.map((number) => ({ ...account, id: idOf(number) })),
    [paging]: { cursors: next ? { next } : {}, hasNext: Boolean(next) },
  });

/** The numbers of the items that an iteration gives. */
async function numbers(items) {
  const found = [];
  for await (const { _id } of items) found.push(Number(_id.slice(0, 8)));
  return found;
}

const filter = { "points.balance": { $gt: 5 } };

test("c08 a function's list: query first, then the cursor alone; the query is left as it was", async () => {
  const { accounts, sent } = stub([page([1, 2], "a"), page([2, 3], "b"), page([], "c"), page([4])]);
  const query = Object.freeze({ filter: Object.freeze({ ...filter }) });
  const found = await numbers(iterate(accounts.queryLoyaltyAccounts, query, { pageSize: 2 }));
  assert.deepEqual(found, [1, 2, 3, 4]);
  assert.deepEqual(
    sent.map(({ body }) => body.query),
    [
      { filter, cursorPaging: { limit: 2 } },
      ...["a", "b", "c"].map((cursor) => ({ cursorPaging: { limit: 2, cursor } })),
    ],
  );
  assert.deepEqual(query, { filter });
});

test("c08 a builder's list", async () => {
  const { accounts, sent } = stub([page([1, 2], "a"), page([3])]);
  const builder = accounts.queryLoyaltyAccounts().gt("points.balance", 5).limit(2);
  assert.deepEqual(await numbers(iterate(builder)), [1, 2, 3]);
  assert.deepEqual(
    sent.map(({ body }) => body.query),
    [{ cursorPaging: { limit: 2 }, filter }, { cursorPaging: { limit: 2, cursor: "a" } }],
  );
  assert.deepEqual(await numbers(iterate(builder, { limit: 1, pageSize: 100 })), [3]);
  assert.equal(sent.at(-1).body.query.cursorPaging.limit, 100);
});

test("c08 a list starts where its query says", async () => {
  const { accounts, sent } = stub([page([1])]);
  const query = { cursorPaging: { cursor: "middle", limit: 7 } };
  await numbers(iterate(accounts.queryLoyaltyAccounts, query));
  assert.deepEqual(sent[0].body.query, query);
});

/** Every function that gives a list, with the fields of its answer. */
const LISTS = [
  ["accounts", "queryLoyaltyAccounts", "loyaltyAccounts"],
  ["accounts", "listAccounts", "accounts"],
  ["accounts", "searchAccounts", "accounts"],
  ["transactions", "queryLoyaltyTransactions", "loyaltyTransactions"],
  ["coupons", "queryLoyaltyCoupons", "loyaltyCoupons", "metadata"],
  ["coupons", "getCurrentMemberCoupons", "loyaltyCoupons"],
  ["rewards", "listRewards", "rewards"],
  ["rewards", "queryRewards", "rewards"],
  ["tiers", "listTiers", "tiers"],
];
const WHOLE = ["getCurrentMemberCoupons", "listTiers"];

test("c08 every list of the real thing: each item once, the same as page by page", async (t) => {
  const sandbox = await createSandbox({ seed: 3, accounts: 130 });
  t.after(() => sandbox.close());
  const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
  const { fetch: carry, members } = sandbox;
  const fetch = (url, init) => {
    const own = url.includes("/my-") ? { authorization: members[0].token } : headers;
    return carry(url.replace("https://proxy.example/loyalty", "http://sandbox"), {
      ...init,
      headers: { ...own, "content-type": "application/json" },
    });
  };
  const client = stub([], { fetch });
  for (const [group, name] of LISTS) {
    const list = client[group][name];
    const ids = new Set();
    let count = 0;
    for await (const { _id } of iterate(list, {}, { pageSize: 40 })) {
      ids.add(_id);
      count += 1;
    }
    assert.equal(ids.size, count, name);
    if (name.endsWith("Accounts")) assert.equal(count, 130, name);
    if (name !== "getCurrentMemberCoupons" && name !== "queryLoyaltyCoupons")
      assert.ok(count > 2, `${name}: ${count}`);
    const some = [];
    for await (const item of iterate(list, {}, { limit: 2 })) some.push(item._id);
    assert.deepEqual(some, [...ids].slice(0, 2), name);
  }
});

test("c08 the answers of every list are understood", async () => {
  for (const [group, name, items, paging] of LISTS) {
    const earn = { amount: 5, transactionType: "EARN", requiredPoints: 5 };
    const row = { id: ID, accountId: ID, name: "x", rewardName: "x", status: "ACTIVE" };
    const body = (number) => ({ ...account, ...row, id: idOf(number), ...earn });
    const answer = (number, next) =>
      json({ [items]: [body(number)], [paging ?? "pagingMetadata"]: { cursors: { next } } });
    const client = stub([answer(1, "a"), answer(2)]);
    const found = await numbers(iterate(client[group][name]));
    assert.deepEqual(found, WHOLE.includes(name) ? [1] : [1, 2], name);
  }
});

test("c08 leaving the loop ends it, and no page is read that nobody wants", async () => {
  const { accounts, sent } = stub([page([1, 2], "a"), page([3], "b")]);
  const items = iterate(accounts.queryLoyaltyAccounts, {});
  assert.equal(sent.length, 0);
  for await (const { _id } of items) if (_id === idOf(2)) break;
  assert.equal(sent.length, 1);
  assert.deepEqual(await numbers(items), []);
  assert.equal(sent.length, 1);
  assert.deepEqual(await numbers(iterate(accounts.queryLoyaltyAccounts, {}, { limit: 0 })), []);
  const unbegun = iterate(accounts.queryLoyaltyAccounts, {});
  assert.equal((await unbegun.return()).done, true);
  assert.deepEqual(await numbers(unbegun), []);
  assert.equal(sent.length, 1);
});

test("c08 a page that fails rejects, and the next loop goes on there", async () => {
  const broken = json({ code: "PERMISSION_DENIED" }, 403);
  const { accounts, sent } = stub([page([1, 2], "a"), broken, page([2, 3])]);
  const items = iterate(accounts.queryLoyaltyAccounts, { filter });
  const found = [];
  const error = await rejection(
    (async () => {
      for await (const { _id } of items) found.push(Number(_id.slice(0, 8)));
    })(),
  );
  assert.equal(error.code, "PERMISSION_DENIED");
  assert.deepEqual([...found, ...(await numbers(items))], [1, 2, 3]);
  assert.deepEqual(sent[1].body, sent[2].body);
});

test("c08 an abort ends it at once, also between the items of a page", async () => {
  const controller = new AbortController();
  const { accounts } = stub([page([1, 2, 3], "a"), never]);
  const found = [];
  const { signal } = controller;
  const error = await rejection(
    (async () => {
      for await (const { _id } of iterate(accounts.queryLoyaltyAccounts, {}, { signal })) {
        found.push(_id);
        controller.abort("enough");
      }
    })(),
  );
  assert.equal(error.code, "CANCELLED");
  assert.equal(error.cause, "enough");
  assert.equal(found.length, 1);
  const timed = iterate(accounts.queryLoyaltyAccounts, {}, { timeoutMs: 20 });
  assert.equal((await rejection(numbers(timed))).code, "TIMEOUT");
});

test("c08 items that are asked for at the same time come in order", async () => {
  const { accounts, sent } = stub([page([1, 2], "a"), page([3])]);
  const items = iterate(accounts.queryLoyaltyAccounts, {});
  const all = await Promise.all(Array.from({ length: 5 }, () => items.next()));
  assert.deepEqual(
    all.map(({ done, value }) => (done ? "done" : Number(value._id.slice(0, 8)))),
    [1, 2, 3, "done", "done"],
  );
  assert.equal(sent.length, 2);
});

test("c08 a cursor that comes again and pages that never end are errors", async () => {
  const twice = stub([page([1], "a"), page([2], "a")]);
  const error = await rejection(numbers(iterate(twice.accounts.queryLoyaltyAccounts, {})));
  assert.equal(error.code, "INVALID_RESPONSE");
  assert.equal(twice.sent.length, 2);
  let cursor = 0;
  const empty = stub([() => page([], `c${(cursor += 1)}`)]);
  const tired = await rejection(numbers(iterate(empty.accounts.queryLoyaltyAccounts, {})));
  assert.equal(tired.code, "INVALID_RESPONSE");
  assert.equal(empty.sent.length, 1001);
});

test("c07 options that are none reject and send nothing", async () => {
  const { accounts, sent } = stub([page([1])]);
  const list = accounts.queryLoyaltyAccounts;
  for (const items of [
    iterate(list, {}, { limit: -1 }),
    iterate(list, {}, { limit: 1.5 }),
    iterate(list, {}, { pageSize: 0 }),
    iterate(list, {}, { pageSize: 101 }),
    iterate(list, {}, { pageSize: "9" }),
    iterate(list, {}, { timeoutMs: 0 }),
    iterate(list, {}, { signal: {} }),
    iterate(undefined),
    iterate({}),
  ]) {
    assert.equal((await rejection(numbers(items))).code, "INVALID_ARGUMENT");
  }
  assert.equal(sent.length, 0);
  const none = iterate(async () => ({}));
  assert.equal((await rejection(numbers(none))).code, "INVALID_ARGUMENT");
});
