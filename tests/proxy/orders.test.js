// Earning from a backend: the recipe of the documentation, against the sandbox, with lost answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoyaltyError, apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { ORIGIN } from "./support.js";

const POLICY = {
  actions: {
    // No role is granted it: it is the backend's alone.
    "order-paid": {
      amount: 30,
      description: "Order paid",
      activityType: "order",
      limit: { perMemberPerDay: 20, perSubject: 1 },
    },
  },
  enrol: "on-first-earn",
};

async function shop(t, options = {}) {
  const sandbox = await createSandbox({ seed: 7, accounts: 5, ...options });
  t.after(() => sandbox.close());
  const [member] = sandbox.members;
  const records = [];
  const make = () =>
    createProxy({
      credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
      identify: custom(() => ({ role: "visitor" })),
      origins: [ORIGIN],
      upstream: "http://127.0.0.1:9",
      policy: POLICY,
      fetch: (request) => sandbox.fetch(request),
      audit: (record) => void records.push(record),
      log() {},
    });
  const balance = async () => {
    const url = `http://s/loyalty-accounts/v1/accounts/${member.accountId}?id=${member.accountId}`;
    const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
    return (await (await sandbox.fetch(new Request(url, { headers }))).json()).account.points
      .balance;
  };
  return { sandbox, member, records, make, proxy: make(), balance, before: await balance() };
}

test("p30_fifty_deliveries_of_one_payment_pay_once_and_its_refund_takes_it_back_once", async (t) => {
  const { member, proxy, balance, before, records, make } = await shop(t);
  const { memberId } = member;
  const pay = (on = proxy) => on.earn({ memberId }, "order-paid", { subject: "order-1" });
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => pay()));
  const paid = results.filter(({ status }) => status === "fulfilled");
  assert.ok(paid.length >= 1);
  for (const { reason } of results.filter(({ status }) => status === "rejected")) {
    assert.deepEqual([reason.code, reason.retryable], ["IN_PROGRESS", true]);
  }
  assert.equal(await balance(), before + 30);
  const { transactionId, account } = await pay();
  assert.equal(account.points.balance, before + 30);
  await pay(make());
  assert.equal(await balance(), before + 30, "another process with an empty store");
  const refund = await proxy.reverse(transactionId, "refund of order-1");
  assert.deepEqual([refund.reversed, refund.missing], [30, 0]);
  assert.equal(await balance(), before);
  for (const on of [proxy, make()]) {
    await assert.rejects(on.reverse(transactionId, "again"), (error) => {
      assert.ok(error instanceof LoyaltyError && error.name === "LoyaltyError");
      assert.deepEqual([error.code, error.status], ["TRANSACTION_ALREADY_EXISTS", 409]);
      return true;
    });
  }
  assert.equal(await balance(), before);
  const intents = records.filter(({ phase }) => phase === "intent");
  assert.ok(intents.every(({ caller }) => caller.role === "backend"));
  assert.equal(intents.find(({ operation }) => operation === "reverse").reverses, transactionId);
  await assert.rejects(proxy.reverse(refund.transactionId, "an adjustment"), {
    code: "INVALID_ARGUMENT",
  });
});

test("p32_lost_answers_of_orders_end_in_one_change_in_both_modes", async (t) => {
  for (const duplicateEarn of ["reject", "replay"]) {
    for (const kind of ["dropAfter", "dropBefore"]) {
      const { sandbox, member, proxy, balance, before } = await shop(t, { duplicateEarn });
      sandbox.faults.add({ kind, operation: "earnPoints", count: 2 });
      const { transactionId } = await proxy.earn({ accountId: member.accountId }, "order-paid", {
        subject: "o",
      });
      assert.equal(await balance(), before + 30, kind);
      sandbox.faults.add({ kind, operation: "adjustPoints", count: 2 });
      const { reversed } = await proxy.reverse(transactionId, "refund");
      assert.deepEqual([reversed, await balance()], [30, before], kind);
    }
  }
});

test("a_contact_without_an_account_gets_one_with_its_first_order_however_many_come_at_once", async (t) => {
  const { sandbox, proxy } = await shop(t);
  const [{ contactId }] = sandbox.contacts;
  const orders = Array.from({ length: 50 }, (_, at) =>
    proxy.earn({ contactId }, "order-paid", { subject: `order-${at % 10}` }),
  );
  const results = await Promise.allSettled(orders);
  const codes = results.map(({ reason }) => reason?.code ?? "ok");
  assert.ok(
    codes.every((code) => ["ok", "IN_PROGRESS"].includes(code)),
    codes.join(),
  );
  const last = await proxy.earn({ contactId }, "order-paid", { subject: "order-0" });
  const url = `http://s/loyalty-accounts/v1/accounts/fetch-by?contactId=${contactId}`;
  const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
  const { account } = await (await sandbox.fetch(new Request(url, { headers }))).json();
  assert.deepEqual([account.id, account.points.balance], [last.account.id, 300]);
});

test("orders_say_what_is_wrong_with_them", async (t) => {
  const { proxy, member, balance, before } = await shop(t);
  const { memberId } = member;
  await assert.rejects(proxy.earn({ memberId }, "nothing", { subject: "o" }), {
    code: "NOT_FOUND",
  });
  await assert.rejects(proxy.earn({ memberId }, "order-paid"), { code: "INVALID_ARGUMENT" });
  await assert.rejects(proxy.earn({}, "order-paid", { subject: "o" }), {
    code: "INVALID_ARGUMENT",
  });
  await assert.rejects(proxy.earn({ memberId: "../x" }, "order-paid", { subject: "o" }), {
    code: "INVALID_ARGUMENT",
  });
  for (const bad of [
    () => proxy.earn({ memberId }, "order-paid", { subject: "o", amount: 5 }),
    () => proxy.earn({ memberId, email: "x" }, "order-paid", { subject: "o" }),
    () => proxy.earn(memberId, "order-paid", { subject: "o" }),
    () => proxy.reverse("x", "y", { spent: "all" }),
  ]) {
    await assert.rejects(bad, TypeError);
  }
  await assert.rejects(proxy.reverse(crypto.randomUUID(), "x"), { code: "NOT_FOUND" });
  assert.equal(await balance(), before);
  const page = await proxy.fetch(
    new Request(`${ORIGIN}/loyalty/actions/order-paid`, {
      method: "POST",
      headers: {
        "x-loyalty-client": "t/1",
        "content-type": "application/json",
        authorization: "a",
      },
      body: "{}",
    }),
  );
  assert.equal(page.status, 403, "no page can order");
});
