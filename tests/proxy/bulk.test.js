// P9 through the whole proxy, over the sandbox: what a bulk call would change is counted first, by the same search.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKey } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { POLICY, makeProxy } from "./support.js";

const BULK = ["POST", "/loyalty-accounts/v1/accounts/bulk-adjust"];

async function shop(t, bulkAccounts) {
  const sandbox = await createSandbox({ seed: 9, accounts: 40 });
  t.after(() => sandbox.close());
  const upstream = [];
  const made = makeProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    policy: { ...POLICY, limits: { ...POLICY.limits, bulkAccounts } },
    async fetch(request) {
      const path = new URL(request.url).pathname.split("/").at(-1);
      upstream.push([path, await request.clone().json(), request.headers.get("authorization")]);
      return sandbox.fetch(request);
    },
  });
  return { ...made, upstream, sandbox };
}

const all = { filter: { "points.balance": { $gte: 0 } } };

test("p09_a_bulk_call_is_counted_and_then_sent", async (t) => {
  const { call, upstream, sandbox } = await shop(t, 40);
  const got = await call(BULK, "admin", { body: { search: all, amount: 5 } });
  assert.equal(got.status, 200, got.text);
  assert.deepEqual(
    upstream.map(([path, body]) => [path, body.filter ?? body.search.filter]),
    [
      ["count", all.filter],
      ["bulk-adjust", all.filter],
    ],
  );
  assert.ok(upstream.every(([, , key]) => key === sandbox.apiKey));
});

test("p09_one_account_too_many_and_nothing_is_changed", async (t) => {
  const { call, upstream } = await shop(t, 39);
  const got = await call(BULK, "admin", { body: { search: all, amount: 5 } });
  assert.deepEqual([got.status, got.json.code], [403, "LIMIT_REACHED"]);
  assert.match(got.json.detail, /40 accounts, and the policy allows 39/);
  assert.deepEqual(
    upstream.map(([path]) => path),
    ["count"],
  );
});

test("p09_without_a_search_or_by_anybody_but_an_admin_nothing_goes_up", async (t) => {
  const { call, upstream } = await shop(t, 40);
  for (const search of [undefined, {}, { filter: {} }, { search: { expression: " " } }]) {
    const got = await call(BULK, "admin", { body: { search, amount: 5 } });
    assert.deepEqual(
      [got.status, got.json.code],
      [400, "INVALID_ARGUMENT"],
      JSON.stringify(search),
    );
  }
  for (const who of [undefined, "a", "staff"]) {
    const got = await call(BULK, who, { body: { search: all, amount: 5 } });
    assert.deepEqual([got.status, got.json.code], [403, "PERMISSION_DENIED"], who);
  }
  assert.deepEqual(upstream, []);
});
