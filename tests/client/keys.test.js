// C1: every earn has a key before the first attempt, the same on each, set and read by the caller.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, earned, json, rejection, stub } from "./stub.js";

const points = { amount: 5, appId: "app" };
const busy = json({ code: "UNAVAILABLE" }, 503);

test("c01 a missing key is filled in before the first attempt, in body and header alike", async () => {
  const { accounts, sent } = stub([json(earned)]);
  await accounts.earnPoints(ID, points);
  const { body, headers } = sent[0];
  assert.match(body.idempotencyKey, /^[0-9a-f-]{36}$/);
  assert.equal(headers["Idempotency-Key"], body.idempotencyKey);
});

test("c01 the key is the same on every attempt", async () => {
  const { accounts, points: own, sent } = stub([busy, new TypeError("lost"), json(earned)]);
  await accounts.earnPoints(ID, points);
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map(({ body }) => body.idempotencyKey)).size, 1);
  assert.equal(new Set(sent.map(({ headers }) => headers["Idempotency-Key"])).size, 1);
  sent.length = 0;
  await own.earn("daily-visit");
  assert.equal(new Set(sent.map(({ headers }) => headers["Idempotency-Key"])).size, 1);
});

test("c01 two calls have two keys", async () => {
  const { points: own, sent } = stub([json(earned)]);
  await Promise.all([own.earn("daily-visit"), own.earn("daily-visit")]);
  assert.notEqual(sent[0].headers["Idempotency-Key"], sent[1].headers["Idempotency-Key"]);
});

test("c01 the caller sets the key, and reads it back from the error", async () => {
  const { accounts, points: own, sent } = stub([json({ code: "PERMISSION_DENIED" }, 403)]);
  const error = await rejection(own.earn("daily-visit", {}, { idempotencyKey: "click-1" }));
  assert.equal(sent[0].headers["Idempotency-Key"], "click-1");
  assert.equal(error.idempotencyKey, "click-1");
  const filled = await rejection(accounts.earnPoints(ID, points));
  assert.equal(filled.idempotencyKey, sent[1].body.idempotencyKey);
});

test("c01 a key of earnPoints' own wins; two different ones are an error", async () => {
  const { accounts, sent } = stub([json(earned)]);
  const own = { ...points, idempotencyKey: "own" };
  await accounts.earnPoints(ID, own, { idempotencyKey: "own" });
  await accounts.earnPoints(ID, own);
  assert.deepEqual(
    sent.map(({ body }) => body.idempotencyKey),
    ["own", "own"],
  );
  const error = await rejection(accounts.earnPoints(ID, own, { idempotencyKey: "other" }));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(sent.length, 2);
});

test("c01 a key that no header can carry goes up in the body alone", async () => {
  const { accounts, sent } = stub([json(earned)]);
  await accounts.earnPoints(ID, { ...points, idempotencyKey: "order:10 é" });
  assert.equal(sent[0].body.idempotencyKey, "order:10 é");
  assert.equal(sent[0].headers["Idempotency-Key"], undefined);
});

test("c01 reads carry no key", async () => {
  const { accounts, sent } = stub([json({ count: 1 })]);
  await accounts.countAccounts();
  assert.equal(sent[0].headers["Idempotency-Key"], undefined);
});
