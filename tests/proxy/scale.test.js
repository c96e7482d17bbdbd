// What a page view costs: requests, operations of the store, calls upstream. ARCHITECTURE.md says so in a table, which is
// held to what is counted here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { at } from "../../scripts/lib/paths.js";
import { A, POLICY, earn, makeProxy, stub } from "./support.js";

const GRANTS = ["getCurrentMemberAccount", "queryLoyaltyTransactions:own", "listRewards"];
const policy = {
  ...POLICY,
  grants: {
    member: [
      ...[...GRANTS, "listTiers", "getCurrentMemberCoupons", "getLoyaltyProgram"],
      ...["earn:daily-visit", "earn:write-review", "earn:tap"],
    ],
  },
  limits: { callerPerMinute: 60, memberPointsPerDay: 120 },
};

/** A proxy with the caches as they come, and a store that counts what it is asked. */
function counting(options = {}) {
  const store = memoryStore();
  const seen = { operations: [] };
  const counted = Object.fromEntries(
    Object.entries(store).map(([name, run]) => [
      name,
      typeof run === "function" ? (op) => (seen.operations.push(name), run(op)) : run,
    ]),
  );
  const clientAddress = () => "203.0.113.7";
  const made = makeProxy({ policy, answer, clientAddress, cache: {}, store: counted, ...options });
  const since = async (run) => {
    seen.operations.length = 0;
    made.upstream.length = 0;
    await run();
    return [seen.operations.length, made.upstream.length];
  };
  return { ...made, since };
}

const answer = (seen) => (seen.path.endsWith("/tiers") ? Response.json({ tiers: [] }) : stub(seen));

const ok = async (answer) => {
  const { status, text } = await answer;
  assert.equal(status, 200, text);
};
const page = ({ call }) => ok(call(["GET", "/me"], "a"));

/** What the plan assumes of a member's day. */
const ASSUMED = { pages: 1, earns: 0.2, orders: 0.1, days: 30 };

/** By the name of the row: what was counted for one such event. */
const COUNT = {
  async "loyalty page, the first"() {
    const made = counting();
    return [1, ...(await made.since(() => page(made)))];
  },
  async "loyalty page, catalog kept"() {
    const made = counting();
    await page(made);
    made.clock.now += 10_000; // the account is too old, the catalog is not
    return [1, ...(await made.since(() => page(made)))];
  },
  async "loyalty page, account kept too"() {
    const made = counting();
    await page(made);
    made.clock.now += 1_000;
    return [1, ...(await made.since(() => page(made)))];
  },
  async "balance alone"() {
    const made = counting();
    const path = "/loyalty-accounts/v1/accounts/my-account";
    return [1, ...(await made.since(() => ok(made.call(["GET", path], "a"))))];
  },
  async "earn click"() {
    const made = counting();
    return [1, ...(await made.since(() => ok(earn(made.call, "tap", "a"))))];
  },
  async "earn click, said again"() {
    const made = counting();
    await earn(made.call, "tap", "a", { key: "same" });
    return [1, ...(await made.since(() => ok(earn(made.call, "tap", "a", { key: "same" }))))];
  },
  async "earn click over its cap"() {
    const made = counting();
    await earn(made.call, "daily-visit", "a");
    const refused = async () =>
      assert.equal((await earn(made.call, "daily-visit", "a")).status, 403);
    return [1, ...(await made.since(refused))];
  },
  async "order paid, by the shop's webhook"() {
    const made = counting();
    const order = () => made.proxy.earn({ memberId: A.memberId }, "tap", { idempotencyKey: "o1" });
    return [0, ...(await made.since(order))];
  },
  "event of the loyalty service": event,
};

/** An event that drops what is kept of its account. */
async function event() {
  const now = Date.parse("2030-01-01T10:00:00Z");
  const sandbox = await createSandbox({ seed: 7, accounts: 2, now });
  try {
    const made = counting({
      webhooks: { publicKey: sandbox.publicKey, instanceIds: [sandbox.instanceId], on: {} },
    });
    const statuses = [];
    sandbox.webhooks.deliver({
      url: "http://proxy.example/loyalty/webhooks",
      backoffMs: 1,
      fetch: async (url, init) => {
        const response = await made.proxy.fetch(new Request(url, init));
        statuses.push(response.status);
        return response;
      },
    });
    const arrives = async () => {
      assert.equal((await paidAt(sandbox)).status, 200);
      await sandbox.webhooks.settled();
    };
    const [operations, calls] = await made.since(arrives);
    assert.ok(statuses.length > 0 && statuses.every((status) => status === 200), statuses.join());
    // One payment is several events: counted is what one of them costs.
    return [1, operations / statuses.length, calls];
  } finally {
    await sandbox.close();
  }
}

/** Points for a member, past the proxy. */
function paidAt(sandbox) {
  const [{ accountId }] = sandbox.members;
  const body = { accountId, amount: 5, appId: "x", idempotencyKey: "k" };
  const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
  const url = `http://sandbox/loyalty-accounts/v1/accounts/${accountId}/earn-points`;
  return sandbox.fetch(new Request(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** The table of ARCHITECTURE.md: three numbers by the name of a row. */
function written() {
  const text = readFileSync(at("ARCHITECTURE.md"), "utf8");
  const part = text.slice(text.indexOf("## Plan for scale"));
  const rows = [...part.matchAll(/^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  return Object.fromEntries(rows.map(([, name, ...numbers]) => [name, numbers.map(Number)]));
}

test("the plan for scale says what a page view costs, as it is counted", async () => {
  const counted = {};
  for (const [name, count] of Object.entries(COUNT)) counted[name] = await count();
  assert.deepEqual(written(), counted);
});

test("the plan for scale reckons with what it says", () => {
  const rows = written();
  const text = readFileSync(at("ARCHITECTURE.md"), "utf8").replaceAll(/\s+/g, " ");
  const { days, ...a } = ASSUMED;
  const sum = (column) =>
    rows["loyalty page, catalog kept"][column] * a.pages +
    rows["earn click"][column] * a.earns +
    rows["order paid, by the shop's webhook"][column] * a.orders;
  const millions = (number) => Number(number.toFixed(1));
  assert.match(
    text,
    new RegExp(`${a.pages} loyalty page, ${a.earns} earn clicks and ${a.orders} orders`),
  );
  for (const [what, number] of [
    ["million requests a day", sum(0)],
    ["million operations of the store a day", sum(1)],
    ["million calls upstream a day", sum(2)],
    ["million requests a month", sum(0) * days],
    ["million operations of the store a month", sum(1) * days],
    ["calls upstream a minute", Math.round((sum(2) * 1e6) / 1440 / 100) * 100],
  ]) {
    assert.ok(
      text.includes(`${millions(number).toLocaleString("en")} ${what}`),
      `${number} ${what}`,
    );
  }
});

test("p29_twenty_views_of_one_page_at_once_share_what_they_may", async () => {
  const made = counting();
  const views = () => Promise.all(Array.from({ length: 20 }, () => page(made)));
  const [, calls] = await made.since(views);
  const [, , alone] = await COUNT["loyalty page, the first"]();
  // Transactions and coupons are nobody's to keep: they go up for each view.
  assert.equal(calls, alone + 19 * 2);
});
