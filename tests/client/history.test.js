// C8: the iterator over a caller's transactions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, json, rejection, stub } from "./stub.js";

const transaction = (number) => ({
  id: `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`,
  accountId: ID,
  amount: number,
  transactionType: "EARN",
});
const page = (numbers, next) =>
  json({
    loyaltyTransactions: numbers.map(transaction),
    pagingMetadata: { cursors: next ? { next } : {}, hasNext: Boolean(next) },
  });
const amounts = async (history) => {
  const found = [];
  for await (const { amount } of history) found.push(amount);
  return found;
};

test("c08 all pages, newest first, the cursor alone behind the first", async () => {
  const { points, sent } = stub([page([1, 2], "a"), page([3], "b"), page([4])]);
  assert.deepEqual(await amounts(points.history({ pageSize: 2 })), [1, 2, 3, 4]);
  assert.deepEqual(
    sent.map(({ body }) => body.query),
    [
      { sort: [{ fieldName: "createdDate", order: "DESC" }], cursorPaging: { limit: 2 } },
      { cursorPaging: { limit: 2, cursor: "a" } },
      { cursorPaging: { limit: 2, cursor: "b" } },
    ],
  );
});

test("c08 nothing twice, though pages overlap", async () => {
  const { points } = stub([page([1, 2], "a"), page([2, 3], "b"), page([3, 4])]);
  assert.deepEqual(await amounts(points.history()), [1, 2, 3, 4]);
});

test("c08 an empty page that says there is more is passed", async () => {
  const { points } = stub([page([], "a"), page([], "b"), page([1])]);
  assert.deepEqual(await amounts(points.history()), [1]);
});

test("c08 a cursor that comes again ends it with an error", async () => {
  const { points, sent } = stub([page([1], "a"), page([2], "a")]);
  const error = await rejection(amounts(points.history()));
  assert.equal(error.code, "INVALID_RESPONSE");
  assert.equal(sent.length, 2);
});

test("c08 no more than asked for, and no request for what nobody wants", async () => {
  const { points, sent } = stub([page([1, 2], "a"), page([3, 4], "b")]);
  assert.deepEqual(await amounts(points.history({ limit: 2 })), [1, 2]);
  assert.equal(sent.length, 1);
  assert.deepEqual(await amounts(points.history({ limit: 0 })), []);
});

test("c08 an abort ends it", async () => {
  const controller = new AbortController();
  const { points } = stub([page([1], "a"), page([2], "b"), page([3])]);
  const seen = [];
  const error = await rejection(
    (async () => {
      for await (const { amount } of points.history({ signal: controller.signal })) {
        seen.push(amount);
        if (amount === 2) controller.abort("enough");
      }
    })(),
  );
  assert.equal(error.code, "CANCELLED");
  assert.equal(error.cause, "enough");
  assert.deepEqual(seen, [1, 2]);
});
