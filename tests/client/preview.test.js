// What an action would pay, as the page sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "loyalty-edge";
import { json, rejection, stub } from "./stub.js";
import { makeProxy } from "../proxy/support.js";

const fine = { amount: 5, payable: true, needsProof: false };

test("a preview sends the claim without a key, and gives what it would come to", async () => {
  const { points, sent } = stub([
    json(fine),
    json({ ...fine, payable: false, retryAt: "2030-01-02T00:00:00.000Z" }),
  ]);
  assert.deepEqual(await points.preview("daily-visit"), fine);
  const request = { subject: "sofa", parameters: { size: "l" } };
  const later = await points.preview("write-review", request, { timeoutMs: 5000 });
  assert.deepEqual(later, { ...fine, payable: false, retryAt: new Date("2030-01-02T00:00:00Z") });
  const [first, second] = sent;
  assert.equal(first.url, "https://proxy.example/loyalty/actions/daily-visit/preview");
  assert.deepEqual([first.method, first.body], ["POST", {}]);
  assert.equal(second.url, "https://proxy.example/loyalty/actions/write-review/preview");
  assert.deepEqual(second.body, request);
  for (const { headers } of sent) assert.ok(!("Idempotency-Key" in headers));
});

test("c01 what no action can be is refused before the network, under the caller's own names", async () => {
  const { points, sent } = stub([json(fine)]);
  for (const [args, field] of [
    [["../me"], "action"],
    [[undefined], "action"],
    [["tap", { subject: 5 }], "request.subject"],
    [["tap", { amount: 500 }], "request.amount"],
  ]) {
    const error = await rejection(points.preview(...args));
    assert.equal(error.code, "INVALID_ARGUMENT", String(args));
    assert.equal(error.violations[0].field, field);
  }
  assert.equal(sent.length, 0);
});

test("c05 an answer of wrong types is an error and never an amount", async () => {
  const wrong = [
    { ...fine, amount: "5" },
    { ...fine, amount: 1.5 },
    { ...fine, payable: "true" },
    { ...fine, needsProof: undefined },
    { ...fine, retryAt: "soon" },
    { ...fine, retryAt: 5 },
    null,
    [],
  ];
  for (const said of wrong) {
    const error = await rejection(stub([json(said)]).points.preview("tap"));
    assert.equal(error.code, "INVALID_RESPONSE", JSON.stringify(said));
  }
});

test("c02 it is tried again like a read, and its failure is the proxy's own", async () => {
  const away = {
    code: "UNAVAILABLE",
    detail: "away",
    message: "away",
    retryable: true,
    requestId: "r",
  };
  const { points, sent } = stub([json(away, 503), json(fine)]);
  assert.deepEqual(await points.preview("tap"), fine);
  assert.equal(sent.length, 2);
  const denied = { ...away, code: "PERMISSION_DENIED", retryable: false };
  const error = await rejection(stub([json(denied, 403)]).points.preview("tap"));
  assert.deepEqual([error.code, error.idempotencyKey], ["PERMISSION_DENIED", undefined]);
});

test("c03 an abort cancels it, and listeners know it by its name", async () => {
  const { points, sent } = stub([json(fine)]);
  const signal = AbortSignal.abort("why");
  assert.equal((await rejection(points.preview("tap", {}, { signal }))).code, "CANCELLED");
  assert.equal(sent.length, 0);
  const told = [];
  const watched = stub([json(fine)], { onRequest: (facts) => told.push(facts) });
  await watched.points.preview("tap");
  assert.deepEqual([told[0].operation, told[0].path], ["preview", "/actions/tap/preview"]);
});

test("p27 client and proxy understand each other: a look pays nothing, and tells when a cap ends", async () => {
  const { proxy, upstream } = makeProxy();
  const fetch = (url, init) => {
    const headers = { ...init.headers, origin: "https://shop.example" };
    return proxy.fetch(new Request(`https://shop.example${url}`, { ...init, headers }));
  };
  const { points } = createClient({ proxy: "/loyalty", token: "a", fetch });
  const paid = () => upstream.filter(({ path }) => path.endsWith("/earn-points")).length;
  assert.deepEqual(await points.preview("daily-visit"), fine);
  assert.deepEqual(await points.preview("daily-visit"), fine);
  assert.equal(paid(), 0);
  await points.earn("daily-visit");
  const { payable, retryAt } = await points.preview("daily-visit");
  assert.equal(payable, false);
  const [hour, minute] = [retryAt.getUTCHours(), retryAt.getUTCMinutes()];
  assert.deepEqual([hour, minute, retryAt > new Date()], [0, 0, true], "the day's end");
  assert.equal(paid(), 1);
  const review = await points.preview("write-review", { subject: "sofa" });
  assert.deepEqual(review, { amount: 50, payable: true, needsProof: true });
  assert.equal((await rejection(points.preview("other"))).code, "PERMISSION_DENIED");
});
