// The official npm client, as it is, through the proxy: what a shop's own back office would use.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accounts, programs, transactions } from "@wix/loyalty";
import { createClient } from "@wix/sdk";
import { raw, startStack } from "./stack.js";

const endings = [];
let stack;
before(async () => {
  stack = await startStack({ after: (end) => endings.push(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/** Its host is fixed to https; its `fetch` is not, so its calls go to the proxy and keep all else. */
function official(authorization) {
  return createClient({
    modules: { accounts, programs, transactions },
    auth: { getAuthHeaders: async () => ({ headers: { Authorization: authorization } }) },
    headers: { "X-Loyalty-Client": "official/1.0" },
    async fetch(url, { method = "GET", headers, body } = {}) {
      const { pathname, search } = new URL(url);
      const path = `/loyalty${pathname.replace(/^\/_api/, "")}${search}`;
      const sent = Object.fromEntries(new Headers(headers));
      const answer = await raw(stack.server.url, method, path, sent, body);
      return new Response(answer.text, { status: answer.status, headers: answer.headers });
    },
  });
}

for (const [form, of] of [
  ["without_bearer", (token) => token],
  ["with_bearer", (token) => `Bearer ${token}`],
]) {
  test(`the_official_client_works_as_admin_${form}`, async () => {
    const client = official(of(stack.tokens.admin));
    const { a } = stack;
    const account = await client.accounts.getAccount(a.accountId);
    assert.equal(account._id, a.accountId);
    assert.ok(account._createdDate instanceof Date);

    const { account: byMember } = await client.accounts.getAccountBySecondaryId({
      memberId: a.memberId,
    });
    assert.equal(byMember._id, a.accountId);

    const page = await client.accounts
      .queryLoyaltyAccounts()
      .gt("points.balance", 0)
      .limit(5)
      .find();
    assert.equal(page.items.length, 5);
    const second = await page.next();
    assert.ok(second.items.length > 0);
    assert.notEqual(second.items[0]._id, page.items[0]._id);

    const found = await client.accounts.searchAccounts({ search: { expression: a.name } });
    assert.ok(found.accounts.some(({ _id }) => _id === a.accountId));

    const earned = await client.accounts.earnPoints(a.accountId, {
      amount: 7,
      appId: "office",
      description: "From the office",
      idempotencyKey: crypto.randomUUID(),
    });
    assert.equal(earned.account.points.balance, account.points.balance + 7);

    const adjusted = await client.accounts.adjustPoints(a.accountId, {
      amount: -7,
      description: "Taken back",
      revision: earned.account.revision,
    });
    assert.equal(adjusted.account.points.balance, account.points.balance);

    const transaction = await client.transactions.getLoyaltyTransaction(earned.transactionId);
    assert.equal(transaction.amount, 7);
    const program = await client.programs.getLoyaltyProgram();
    assert.equal(program.loyaltyProgram.status, "ACTIVE");
  });
}

test("the_official_client_reads_the_proxys_errors", async () => {
  const admin = official(stack.tokens.admin);
  await assert.rejects(admin.accounts.getAccount(crypto.randomUUID()), (error) => {
    assert.equal(error.status, 404);
    assert.equal(error.details.applicationError.code, "NOT_FOUND");
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    return true;
  });
  const wrong = { amount: 0, appId: "x", idempotencyKey: "k" };
  await assert.rejects(admin.accounts.earnPoints(stack.a.accountId, wrong), (error) => {
    const [violation] = error.details.validationError.fieldViolations;
    assert.deepEqual([violation.field, violation.violatedRule], ["options.amount", "MIN"]);
    return true;
  });
  const stale = { amount: 1, revision: "1" };
  await assert.rejects(admin.accounts.adjustPoints(stack.a.accountId, stale), (error) => {
    assert.equal(error.status, 409);
    return true;
  });
  const member = official(stack.tokens.a);
  await assert.rejects(member.accounts.getAccount(stack.b.accountId), { status: 404 });
  await assert.rejects(member.accounts.adjustPoints(stack.a.accountId, { amount: 5 }), {
    status: 403,
  });
  const own = await member.accounts.getCurrentMemberAccount();
  assert.equal(own.account._id, stack.a.accountId);
});
