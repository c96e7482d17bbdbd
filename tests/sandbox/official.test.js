// The official client against the sandbox: every method of accounts, transactions and programs,
// and what it makes of each refusal.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiKeyStrategy, OAuthStrategy } from "@wix/sdk";
import { serve } from "loyalty-edge/sandbox/node";
import * as official from "./official-client.js";

const { codeOf, fieldsOf, refusal } = official;

const APP_ID = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const NOBODY = "00000000-0000-4000-8000-000000000000";
const sandbox = await official.sandboxForTests();
const { accounts, transactions, programs } = official.appClient(sandbox);
const [ada, other] = sandbox.members;

const earn = (amount, idempotencyKey, more) =>
  accounts.earnPoints(ada.accountId, { amount, appId: APP_ID, idempotencyKey, ...more });

async function newAccount() {
  const { contact } = await sandbox.control("POST", "contacts");
  return (await accounts.createAccount(contact.contactId)).account;
}

describe("reading accounts", () => {
  it("getAccount gives the account itself, with dates", async () => {
    const account = await accounts.getAccount(ada.accountId);
    assert.equal(account._id, ada.accountId);
    assert.equal(account.contactId, ada.contactId);
    assert.equal(account.memberId, ada.memberId);
    assert.ok(account._createdDate instanceof Date && account.lastActivityDate instanceof Date);
    assert.ok(account._updatedDate >= account._createdDate);
    assert.equal(typeof account.revision, "string");
  });

  it("getAccount: balance = earned + adjusted - redeemed - expired", async () => {
    for (const { accountId } of sandbox.members) {
      const { points } = await accounts.getAccount(accountId);
      assert.equal(
        points.balance,
        points.earned + points.adjusted - points.redeemed - points.expired,
      );
    }
  });

  it("the contact and the tier come along", async () => {
    const { contact, tier } = await accounts.getAccount(ada.accountId);
    assert.equal(contact._id, ada.contactId);
    assert.equal(contact.name, ada.name);
    assert.match(contact.email, /@customers\.example$/);
    assert.ok(Number.isInteger(tier.points) && tier._updatedDate instanceof Date);
    const { contact: fresh } = await sandbox.control("POST", "contacts");
    const { account } = await accounts.createAccount(fresh.contactId);
    assert.equal(account.tier._id, undefined, "the base tier has no id");
  });

  it("getAccountBySecondaryId by contact", async () => {
    const { account } = await accounts.getAccountBySecondaryId({ contactId: ada.contactId });
    assert.equal(account._id, ada.accountId);
  });

  it("getAccountBySecondaryId by member", async () => {
    const { account } = await accounts.getAccountBySecondaryId({ memberId: ada.memberId });
    assert.equal(account._id, ada.accountId);
  });

  it("getCurrentMemberAccount with a member's token", async () => {
    const member = official.tokenClient(sandbox, ada.token);
    const { account } = await member.accounts.getCurrentMemberAccount();
    assert.equal(account._id, ada.accountId);
  });

  it("getProgramTotals are the sums over all accounts", async () => {
    const { points, tierTotals } = await accounts.getProgramTotals();
    const { accounts: all } = await sandbox.control("GET", "export");
    for (const name of ["balance", "earned", "adjusted", "redeemed", "expired"]) {
      const sum = all.reduce((sum, account) => sum + account.points[name], 0);
      assert.equal(points[name], sum, name);
    }
    for (const { id, numberOfAccounts } of tierTotals.map(({ _id, ...rest }) => ({
      id: _id,
      ...rest,
    }))) {
      const inTier = all.filter(({ tier }) => tier.id === id);
      assert.equal(numberOfAccounts, inTier.length, `tier ${id ?? "base"}`);
    }
  });

  it("listAccounts, by contact and by page", async () => {
    const both = await accounts.listAccounts({ contactIds: [ada.contactId, other.contactId] });
    assert.equal(both.accounts.length, 2);
    const page = await accounts.listAccounts({ cursorPaging: { limit: 5 } });
    assert.equal(page.accounts.length, 5);
    assert.equal(page.pagingMetadata.count, 5);
    const cursor = page.pagingMetadata.cursors.next;
    const next = await accounts.listAccounts({ cursorPaging: { limit: 5, cursor } });
    const ids = [...page.accounts, ...next.accounts].map(({ _id }) => _id);
    assert.equal(new Set(ids).size, 10);
  });
});

describe("writing", () => {
  it("createAccount", async () => {
    const { account } = await accounts.createAccount(sandbox.contacts[0].contactId);
    assert.equal(account.contactId, sandbox.contacts[0].contactId);
    assert.equal(account.revision, "1");
    assert.equal(account.points.balance, 0);
  });

  it("earnPoints moves points and writes a transaction", async () => {
    const before = await accounts.getAccount(ada.accountId);
    const more = { description: "Review", activityType: "review", orderId: "order-9" };
    const { account, transactionId } = await earn(50, "official-1", more);
    assert.equal(account.points.balance, before.points.balance + 50);
    assert.equal(account.points.earned, before.points.earned + 50);
    assert.equal(Number(account.revision), Number(before.revision) + 1);
    const transaction = await transactions.getLoyaltyTransaction(transactionId);
    assert.equal(transaction.amount, 50);
    assert.equal(transaction.transactionType, "EARN");
    assert.equal(transaction.description, "Review");
    assert.equal(transaction.idempotencyKey, "official-1");
    assert.deepEqual(transaction.earnInfo, {
      appId: APP_ID,
      activityType: "review",
      orderId: "order-9",
    });
    assert.ok(transaction._createdDate instanceof Date);
  });

  it("l03 earnPoints, five times at once with one key, pays once", async () => {
    const before = await accounts.getAccount(ada.accountId);
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => earn(5, "official-5x")));
    assert.equal(all.filter(({ status }) => status === "fulfilled").length, 1);
    const after = await accounts.getAccount(ada.accountId);
    assert.equal(after.points.balance, before.points.balance + 5);
  });

  it("adjustPoints by an amount and to a balance", async () => {
    const { _id } = await newAccount();
    const by = await accounts.adjustPoints(_id, { amount: 70, description: "Goodwill" });
    assert.equal(by.account.points.adjusted, 70);
    const to = await accounts.adjustPoints(_id, { balance: 20, revision: by.account.revision });
    assert.equal(to.account.points.balance, 20);
    const { amount, transactionType, adjustInfo } = await transactions.getLoyaltyTransaction(
      to.transactionId,
    );
    assert.deepEqual([amount, transactionType], [-50, "ADJUST"]);
    assert.deepEqual([adjustInfo.amountBefore, adjustInfo.amountAfter], [70, 20]);
  });
});

describe("the program", () => {
  it("getLoyaltyProgram", async () => {
    const { loyaltyProgram } = await programs.getLoyaltyProgram();
    assert.equal(loyaltyProgram.status, "ACTIVE");
    assert.equal(loyaltyProgram.pointDefinition.customName, "Points");
    assert.equal(loyaltyProgram.pointsExpiration.status, "DISABLED");
    assert.ok(loyaltyProgram._createdDate instanceof Date);
  });
});

describe("refusals by code", () => {
  const contactOfAda = () => accounts.createAccount(ada.contactId);
  const cases = [
    ["an unknown account", () => accounts.getAccount(NOBODY), 404, "NOT_FOUND"],
    ["an unknown transaction", () => transactions.getLoyaltyTransaction(NOBODY), 404, "NOT_FOUND"],
    [
      "an unknown contact's account",
      () => accounts.getAccountBySecondaryId({ contactId: NOBODY }),
      404,
      "NOT_FOUND",
    ],
    ["an account for nobody", () => accounts.createAccount(NOBODY), 404, "NOT_FOUND"],
    ["a second account", contactOfAda, 409, "ALREADY_EXISTS"],
    ["a used key", () => earn(1, "official-1"), 409, "TRANSACTION_ALREADY_EXISTS"],
    [
      "a stale revision",
      () => accounts.adjustPoints(ada.accountId, { amount: 1, revision: "1" }),
      409,
      "ABORTED",
    ],
    [
      "a balance below 0",
      () => accounts.adjustPoints(ada.accountId, { amount: -9_999_999 }),
      428,
      "INSUFFICIENT_POINTS",
    ],
  ];
  for (const [name, call, status, code] of cases) {
    it(`${name}: ${status} ${code}`, async () => {
      const error = await refusal(call());
      assert.equal(error.response.status, status);
      assert.equal(codeOf(error), code);
      assert.match(error.requestId ?? error.details.requestId, /^[0-9a-f-]{36}$/);
    });
  }

  it("a paused program: 428 PROGRAM_NOT_ACTIVE", async () => {
    await sandbox.control("POST", "program", { status: "PAUSED" });
    try {
      const error = await refusal(earn(1, "paused"));
      assert.equal(codeOf(error), "PROGRAM_NOT_ACTIVE");
      assert.equal((await programs.getLoyaltyProgram()).loyaltyProgram.status, "PAUSED");
    } finally {
      await sandbox.control("POST", "program", { status: "ACTIVE" });
    }
    assert.ok((await earn(1, "paused")).transactionId);
  });
});

describe("refusals by field, under the client's own names", () => {
  const long = (length) => "x".repeat(length);
  const cases = [
    ["amount 0", () => earn(0, "f"), ["options.amount"]],
    ["amount too large", () => earn(10_000_000, "f"), ["options.amount"]],
    ["amount no integer", () => earn(1.5, "f"), ["options.amount"]],
    ["amount missing", () => earn(undefined, "f"), ["options.amount"]],
    ["no key", () => earn(1, ""), ["options.idempotencyKey"]],
    ["a long key", () => earn(1, long(129)), ["options.idempotencyKey"]],
    ["a long description", () => earn(1, "f", { description: long(101) }), ["options.description"]],
    ["two fields at once", () => earn(0, "", {}), ["options.amount", "options.idempotencyKey"]],
    ["a contact that is no id", () => accounts.createAccount("x"), ["contactId"]],
    ["an account that is no id", () => accounts.getAccount("x"), ["_id"]],
    [
      "an amount of 0 to adjust by",
      () => accounts.adjustPoints(ada.accountId, { amount: 0 }),
      ["options.amount"],
    ],
    [
      "a balance too large",
      () => accounts.adjustPoints(ada.accountId, { balance: 1_000_000_000 }),
      ["options.balance"],
    ],
    [
      "a page too large",
      () => accounts.queryLoyaltyAccounts({ cursorPaging: { limit: 101 } }),
      ["query.cursorPaging.limit"],
    ],
    [
      "an unknown filter field",
      () => accounts.queryLoyaltyAccounts({ filter: { _updatedDate: "2026-01-01" } }),
      ["query.filter.updatedDate"],
    ],
    [
      "an unknown operator",
      () => accounts.queryLoyaltyAccounts({ filter: { "points.balance": { $mod: 2 } } }),
      ["query.filter.points.balance.$mod"],
    ],
    [
      "a forged cursor",
      () => accounts.queryLoyaltyAccounts({ cursorPaging: { cursor: "x.y" } }),
      ["query.cursorPaging.cursor"],
    ],
  ];
  for (const [name, call, fields] of cases) {
    it(`${name}: ${fields}`, async () => {
      const error = await refusal(call());
      assert.equal(error.response.status, 400);
      assert.deepEqual(fieldsOf(error), fields);
    });
  }

  it("the balance can't leave its range through an earn", async () => {
    const { _id } = await newAccount();
    await accounts.adjustPoints(_id, { balance: 999_999_999 });
    const options = { amount: 1, appId: APP_ID, idempotencyKey: "k" };
    assert.deepEqual(fieldsOf(await refusal(accounts.earnPoints(_id, options))), [
      "options.amount",
    ]);
  });
});

describe("who may", () => {
  const app = ["getAccount", "getProgramTotals", "countAccounts", "earnPoints", "adjustPoints"];
  for (const name of app) {
    it(`a member may not ${name}`, async () => {
      const member = official.tokenClient(sandbox, ada.token);
      const error = await refusal(member.accounts[name](ada.accountId, {}));
      assert.deepEqual([error.response.status, codeOf(error)], [403, "PERMISSION_DENIED"]);
    });
  }

  it("nobody may do anything without a token", async () => {
    const error = await refusal(
      official.tokenClient(sandbox, "nonsense").accounts.getCurrentMemberAccount(),
    );
    assert.deepEqual([error.response.status, codeOf(error)], [401, "UNAUTHENTICATED"]);
  });

  it("an API key needs its site", async () => {
    const auth = ApiKeyStrategy({ apiKey: sandbox.apiKey, siteId: NOBODY });
    const client = official.officialClient(sandbox.fetch, auth);
    assert.equal((await refusal(client.accounts.getProgramTotals())).response.status, 401);
  });
});

describe("OAuthStrategy", () => {
  // Token calls go to the global fetch, whatever `fetch` the client was given.
  const withGlobalFetch = async (work) => {
    const original = globalThis.fetch;
    globalThis.fetch = sandbox.fetch;
    try {
      return await work();
    } finally {
      globalThis.fetch = original;
    }
  };
  const oauth = () =>
    official.officialClient(sandbox.fetch, OAuthStrategy({ clientId: "a-headless-client" }));

  it("a visitor gets tokens, and no loyalty method", async () => {
    await withGlobalFetch(async () => {
      const client = oauth();
      const tokens = await client.auth.generateVisitorTokens();
      assert.match(tokens.accessToken.value, /^OauthNG\.JWS\./);
      client.auth.setTokens(tokens);
      const error = await refusal(client.accounts.getCurrentMemberAccount());
      assert.equal(codeOf(error), "PERMISSION_DENIED");
    });
  });

  it("a backend signs a member in, and the token is renewed", async () => {
    await withGlobalFetch(async () => {
      const client = oauth();
      client.auth.setTokens(await client.auth.generateVisitorTokens());
      const tokens = await client.auth.getMemberTokensForExternalLogin(
        ada.memberId,
        sandbox.apiKey,
      );
      client.auth.setTokens(tokens);
      const { account } = await client.accounts.getCurrentMemberAccount();
      assert.equal(account._id, ada.accountId);
      client.auth.setTokens(await client.auth.renewToken(tokens.refreshToken));
      const again = await client.accounts.getCurrentMemberAccount();
      assert.equal(again.account._id, ada.accountId);
    });
  });
});

describe("faults, as the official client tells them", () => {
  const totals = () => accounts.getProgramTotals();
  const once = (fault) => sandbox.control("POST", "faults", fault);

  it("l11 a page of HTML", async () => {
    await once({ kind: "html" });
    assert.equal(codeOf(await refusal(totals())), 502);
  });

  it("l11 a throttled call", async () => {
    await once({ kind: "status", status: 429 });
    assert.equal(codeOf(await refusal(totals())), "RESOURCE_EXHAUSTED");
  });

  for (const kind of ["dropBefore", "dropAfter", "truncated", "cut"]) {
    it(`l11 ${kind}`, async () => {
      await once({ kind });
      await assert.rejects(totals());
      assert.ok((await totals()).points, "the next call is fine");
    });
  }
});

describe("over a socket", () => {
  it("on a host that isn't Wix's, with its prefix /_api", async () => {
    const server = await serve(sandbox);
    try {
      // The official client always says https; the sandbox has no certificate.
      const plain = (url, init) => fetch(String(url).replace("https://", "http://"), init);
      const { apiKey, siteId } = sandbox;
      const auth = ApiKeyStrategy({ apiKey, siteId });
      const host = { apiBaseUrl: server.url.replace("http://", ""), channel: {} };
      const client = official.officialClient(plain, auth, { host });
      assert.equal((await client.accounts.getAccount(ada.accountId))._id, ada.accountId);
      const { requests } = await sandbox.control("GET", "requests");
      const { path, headers } = requests.at(-1);
      assert.equal(path, `/_api/loyalty-accounts/v1/accounts/${ada.accountId}?id=${ada.accountId}`);
      assert.equal(headers.authorization, apiKey);
    } finally {
      await server.close();
    }
  });
});
