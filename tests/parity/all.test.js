// The same calls by the official client and by ours: the same values, field by field, for all 25 methods.
//
// Differences that are meant, and none else is let through:
// 1. Errors. The official client's are of no class of its own and carry Wix's code; ours are LoyaltyErrors whose
//    `code` is of a closed list. Compared are the status, Wix's code (`details`), and a violation's fields.
// 2. Paths of the fluent builder's violations: theirs begin with `undefined.`, ours with `query.`.
// 3. A filter that the method doesn't know never leaves our client; theirs learns of it from the answer. Both name it.
// 4. Fields that are `undefined`: theirs sets some that the answer lacks, ours sets none. Neither can be told from an
//    absent one but by `in`.
// 5. Arguments: theirs rewrites the caller's objects (`_createdDate` becomes `createdDate`), ours never.
// 6. A `fetch` that rejects with an AbortError: theirs throws a TypeError instead (it tries to set `code` on it), ours a
//    LoyaltyError that has the cause.
// 7. A date that is none in an answer: theirs gives an Invalid Date, ours throws `INVALID_RESPONSE`.
// 8. `contact.id` in the fluent builder: their types know the field, ours don't (builder-fields.ts).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENDPOINTS } from "./methods.js";
import { twins } from "./twins.js";

const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Values as they are, without fields that are undefined. */
function plain(value) {
  if (value instanceof Date || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept.map(([name, inner]) => [name, plain(inner)]));
}

const fieldsOf = (details) =>
  (details?.validationError?.fieldViolations ?? []).map(({ field }) =>
    field.replace(/^undefined\./, "query."),
  );

/** What came of a call, as far as both clients say it. */
async function outcome(call) {
  try {
    return { value: plain(await call()) };
  } catch (error) {
    const { status, details } = error;
    const local = status === undefined && error.violations !== undefined;
    if (local) return { fields: error.violations.map(({ field }) => field), status: 400 };
    const code = error.upstreamCode ?? details?.applicationError?.code;
    const fields = fieldsOf(details);
    return fields.length > 0 ? { fields, status } : { code, status };
  }
}

const compared = new Set();
const { sandboxes, clients } = await twins();

/** Makes a call with both, and gives what both answered. */
async function both(method, call) {
  compared.add(method);
  const [theirs, ours] = await Promise.all(clients.map((client) => outcome(() => call(client))));
  assert.deepEqual(ours, theirs, method);
  return ours;
}

/** A call that both succeed in. */
async function done(method, call) {
  const { value, ...error } = await both(method, call);
  assert.ok(value !== undefined, `${method}: ${JSON.stringify(error)}`);
  return value;
}

/** A call that both are refused. */
async function refused(method, status, call) {
  const told = await both(method, call);
  assert.equal(told.status, status, `${method}: ${JSON.stringify(told)}`);
  return told;
}

/** Time for the coupons in the making, by the real clock. */
const making = () => new Promise((resolve) => setTimeout(resolve, 250));

describe("accounts", () => {
  it("reads", async () => {
    const [{ accountId, contactId, memberId }] = sandboxes[0].members;
    const account = await done("getAccount", ({ app }) => app.accounts.getAccount(accountId));
    assert.ok(account._createdDate instanceof Date && account.tier._updatedDate instanceof Date);
    for (const by of [{ contactId }, { memberId }]) {
      await done("getAccountBySecondaryId", ({ app }) => app.accounts.getAccountBySecondaryId(by));
    }
    await done("getCurrentMemberAccount", ({ member }) =>
      member.accounts.getCurrentMemberAccount(),
    );
    const totals = await done("getProgramTotals", ({ app }) => app.accounts.getProgramTotals());
    assert.equal(totals.tierTotals.length, 4);
    await refused("getAccount", 404, ({ app }) => app.accounts.getAccount(NOBODY));
  });

  it("creates, earns, adjusts", async () => {
    const [{ contactId }] = sandboxes[0].contacts;
    const { account } = await done("createAccount", ({ app }) =>
      app.accounts.createAccount(contactId),
    );
    await refused("createAccount", 409, ({ app }) => app.accounts.createAccount(contactId));
    const earned = await done("earnPoints", ({ app }) =>
      app.accounts.earnPoints(account._id, {
        amount: 500,
        appId: APP,
        idempotencyKey: "parity",
        description: "Welcome",
      }),
    );
    assert.equal(earned.account.points.balance, 500);
    await done("adjustPoints", ({ app }) =>
      app.accounts.adjustPoints(account._id, { amount: -20, revision: "2", description: "Less" }),
    );
    await refused("adjustPoints", 409, ({ app }) =>
      app.accounts.adjustPoints(account._id, { balance: 5, revision: "2" }),
    );
    await refused("adjustPoints", 428, ({ app }) =>
      app.accounts.adjustPoints(account._id, { amount: -481 }),
    );
    const { fields } = await refused("earnPoints", 400, ({ app }) =>
      app.accounts.earnPoints(account._id, { amount: 0, appId: APP, idempotencyKey: "k" }),
    );
    assert.deepEqual(fields, ["options.amount"]);
    // A key of another system: one of its own our proxy would answer again, without a call upstream.
    for (const { apiKey, siteId, fetch } of sandboxes) {
      const url = `http://sandbox/loyalty-accounts/v1/accounts/${account._id}/earn-points`;
      const headers = { authorization: apiKey, "wix-site-id": siteId };
      const body = JSON.stringify({ amount: 1, appId: APP, idempotencyKey: "elsewhere" });
      assert.equal((await fetch(url, { method: "POST", headers, body })).status, 200);
    }
    await refused("earnPoints", 409, ({ app }) =>
      app.accounts.earnPoints(account._id, { amount: 1, appId: APP, idempotencyKey: "elsewhere" }),
    );
  });

  it("lists, queries, searches, counts", async () => {
    const first = await done("listAccounts", ({ app }) =>
      app.accounts.listAccounts({ cursorPaging: { limit: 7 } }),
    );
    assert.equal(first.accounts.length, 7);
    const filter = { "points.balance": { $gte: 100 }, _createdDate: { $lt: new Date() } };
    const sort = [{ fieldName: "_createdDate", order: "ASC" }];
    const query = () => ({ filter: { ...filter }, sort: [...sort], cursorPaging: { limit: 5 } });
    const page = await done("queryLoyaltyAccounts", ({ app }) =>
      app.accounts.queryLoyaltyAccounts(query()),
    );
    // The clocks and seeds are alike, and so are the cursors.
    const { next } = page.pagingMetadata.cursors;
    await done("queryLoyaltyAccounts", ({ app }) =>
      app.accounts.queryLoyaltyAccounts({ cursorPaging: { limit: 5, cursor: next } }),
    );
    const built = await done("queryLoyaltyAccounts", async ({ app }) => {
      const builder = app.accounts.queryLoyaltyAccounts();
      const found = await builder
        .ge("points.balance", 50)
        .descending("_createdDate")
        .limit(3)
        .find();
      const more = await found.next();
      return { items: [...found.items, ...more.items], hasNext: more.hasNext() };
    });
    assert.equal(built.items.length, 6);
    await refused("queryLoyaltyAccounts", 400, ({ app }) =>
      app.accounts.queryLoyaltyAccounts({ filter: { updatedDate: new Date() } }),
    );
    const search = {
      search: { expression: "a", fields: ["contact.name"] },
      cursorPaging: { limit: 9 },
    };
    await done("searchAccounts", ({ app }) => app.accounts.searchAccounts(structuredClone(search)));
    await done("countAccounts", ({ app }) =>
      app.accounts.countAccounts({ filter: { "points.balance": { $gt: 100 } } }),
    );
    const job = await done("bulkAdjustPoints", ({ app }) =>
      app.accounts.bulkAdjustPoints({ amount: 1, search: { filter: { "points.balance": 100 } } }),
    );
    assert.equal(typeof job.asyncJobId, "string");
  });
});

describe("a caller's objects", () => {
  it("are rewritten by the official client, and left alone by ours", async () => {
    const written = () => ({ filter: { _createdDate: { $lt: new Date(0) } } });
    const after = await Promise.all(
      clients.map(async ({ app }) => {
        const query = written();
        await app.accounts.queryLoyaltyAccounts(query);
        return query;
      }),
    );
    const theirs = { filter: { createdDate: { $lt: new Date(0) } } };
    assert.deepEqual(after, [theirs, written()]);
  });
});

describe("transactions, programs, tiers", () => {
  it("reads", async () => {
    const { loyaltyTransactions } = await done("queryLoyaltyTransactions", ({ app }) =>
      app.transactions.queryLoyaltyTransactions({ cursorPaging: { limit: 100 } }),
    );
    const kinds = new Map(loyaltyTransactions.map((row) => [row.transactionType, row._id]));
    assert.ok(kinds.size >= 4);
    for (const id of kinds.values()) {
      await done("getLoyaltyTransaction", ({ app }) => app.transactions.getLoyaltyTransaction(id));
    }
    await done("queryLoyaltyTransactions", async ({ app }) => {
      const builder = app.transactions.queryLoyaltyTransactions();
      const { items } = await builder.eq("transactionType", "REDEEM").ascending("amount").find();
      return items;
    });
    await done("getLoyaltyProgram", ({ app }) => app.programs.getLoyaltyProgram());
    const { tiers } = await done("listTiers", ({ app }) => app.tiers.listTiers());
    assert.deepEqual(
      tiers.map(({ _id }) => _id),
      sandboxes[0].tiers,
    );
    for (const id of sandboxes[0].tiers) {
      await done("getTier", ({ app }) => app.tiers.getTier(id));
    }
    await refused("getTier", 404, ({ app }) => app.tiers.getTier(NOBODY));
    const program = await done("getTiersProgram", ({ app }) => app.tiers.getTiersProgram());
    assert.equal(program.programSettings.rollingWindow.durationInMonths, 12);
  });

  it("reads pictures", async () => {
    const { apiKey, siteId } = sandboxes[0];
    const headers = { authorization: apiKey, "wix-site-id": siteId };
    const icon = { id: "a b.png", url: "https://media.example/a.png", width: 20, height: 10 };
    const loyaltyProgram = { pointDefinition: { customName: "Beans", icon } };
    for (const sandbox of sandboxes) {
      const url = "http://sandbox/loyalty-programs/v1/program";
      const body = JSON.stringify({ loyaltyProgram });
      const response = await sandbox.fetch(url, { method: "PATCH", headers, body });
      assert.equal(response.status, 200);
    }
    const { loyaltyProgram: read } = await done("getLoyaltyProgram", ({ app }) =>
      app.programs.getLoyaltyProgram(),
    );
    assert.match(read.pointDefinition.icon, /^wix:image:/);
  });
});

describe("rewards and coupons", () => {
  it("reads rewards", async () => {
    const page = await done("listRewards", ({ app }) =>
      app.rewards.listRewards({ cursorPaging: { limit: 2 } }),
    );
    assert.equal(page.rewards.length, 2);
    for (const id of sandboxes[0].rewards) {
      await done("getReward", ({ app }) => app.rewards.getReward(id));
    }
    await done("queryRewards", ({ app }) =>
      app.rewards.queryRewards({ filter: { type: "DISCOUNT_AMOUNT" }, sort: [] }),
    );
    await refused("getReward", 404, ({ app }) => app.rewards.getReward(NOBODY));
  });

  it("redeems and reads coupons", async () => {
    const [{ accountId }, { accountId: other }] = sandboxes[0].members;
    for (const id of [accountId, other]) {
      await done("adjustPoints", ({ app }) => app.accounts.adjustPoints(id, { balance: 450 }));
    }
    const [fixed, , , discount] = sandboxes[0].rewards;
    const pending = await done("redeemPointsForCoupon", ({ app }) =>
      app.coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: other }),
    );
    assert.equal(pending.coupon.status, "PENDING");
    await done("redeemCurrentMemberPointsForCoupon", ({ member }) =>
      member.coupons.redeemCurrentMemberPointsForCoupon(discount),
    );
    await making();
    const mine = await done("getCurrentMemberCoupons", ({ member }) =>
      member.coupons.getCurrentMemberCoupons(),
    );
    assert.equal(mine.loyaltyCoupons[0].status, "ACTIVE");
    await done("queryLoyaltyCoupons", ({ app }) =>
      app.coupons.queryLoyaltyCoupons({ filter: { accountId: other }, cursorPaging: { limit: 5 } }),
    );
    const built = await done("queryLoyaltyCoupons", async ({ app }) => {
      const builder = app.coupons.queryLoyaltyCoupons();
      const { items } = await builder.eq("status", "ACTIVE").descending("_updatedDate").find();
      return items;
    });
    assert.ok(built.length >= 2);
    await refused("redeemPointsForCoupon", 404, ({ app }) =>
      app.coupons.redeemPointsForCoupon(NOBODY, { loyaltyAccountId: other }),
    );
    await done("adjustPoints", ({ app }) => app.accounts.adjustPoints(other, { balance: 0 }));
    await refused("redeemPointsForCoupon", 428, ({ app }) =>
      app.coupons.redeemPointsForCoupon(fixed, { loyaltyAccountId: other }),
    );
  });
});

describe("the table", () => {
  it("was compared whole", () => {
    assert.deepEqual([...compared].sort(), [...ENDPOINTS].sort());
  });
});
