// What a page must not get away with, against the real sandbox: each attack is refused and leaves the ledger as it
// was, and the same call rightly made goes through.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { ORIGIN, startStack } from "./stack.js";

const endings = [];
let stack;
before(async () => {
  stack = await startStack({ after: (end) => endings.push(end) });
});
after(async () => {
  for (const end of endings) await end();
});

let keys = 0;
const key = () => ({ "idempotency-key": `attack-${(keys += 1)}` });
const account = (path) => `/loyalty-accounts/v1/accounts/${path}`;
const TRANSACTIONS = "/loyalty-transactions/v1/loyalty-transactions/query";
const PROGRAM = "/loyalty-programs/v1/program";

/** Sends an attack; it has to end in a 4xx with a code, and nothing may have moved. */
async function refused(method, path, options, { status, code, field } = {}) {
  const before = await stack.ledger();
  const answer = await stack.send(method, path, options);
  assert.ok(
    answer.status >= 400 && answer.status < 500,
    `${path}: ${answer.status} ${answer.text}`,
  );
  if (status !== undefined) assert.equal(answer.status, status, answer.text);
  if (code !== undefined) assert.equal(answer.json.code, code);
  if (field !== undefined) {
    assert.ok(
      answer.json.violations.some((violation) => violation.field === field),
      answer.text,
    );
  }
  assert.equal(await stack.ledger(), before, `${path}: the ledger changed`);
  return answer;
}

async function accepted(method, path, options) {
  const answer = await stack.send(method, path, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

describe("amounts", () => {
  test("p05_an_amount_sent_to_earn_points_is_refused", async () => {
    const { a } = stack;
    const body = {
      accountId: a.accountId,
      amount: 1000,
      appId: "x",
      idempotencyKey: "mine",
      description: "free",
    };
    const path = account(`${a.accountId}/earn-points`);
    await refused(
      "POST",
      path,
      { as: "a", body, headers: key() },
      { status: 403, field: "amount" },
    );
    await refused("POST", path, { body }, { status: 403, field: "amount" });
    // The control: the same body from one who may.
    assert.equal((await accepted("POST", path, { as: "admin", body })).account.id, a.accountId);
  });

  test("p05_an_amount_in_an_action_is_refused_with_its_field", async () => {
    for (const field of ["amount", "balance", "appId"]) {
      const body = { subject: "s1", [field]: field === "appId" ? "x" : 5 };
      await refused(
        "POST",
        "/actions/daily-visit",
        { as: "a", body, headers: key() },
        { status: 400, code: "INVALID_ARGUMENT", field },
      );
    }
    const before = (await accepted("GET", account("my-account"), { as: "a" })).account;
    const options = { as: "a", body: { subject: "s1" }, headers: key() };
    const earned = await accepted("POST", "/actions/daily-visit", options);
    assert.equal(earned.account.points.balance, before.points.balance + 5);
    const read = (await accepted("GET", account("my-account"), { as: "a" })).account;
    assert.equal(read.points.balance, before.points.balance + 5);
    const query = { query: { filter: { transactionType: "EARN" } } };
    const history = await accepted("POST", TRANSACTIONS, { as: "a", body: query });
    assert.ok(history.loyaltyTransactions.some(({ id }) => id === earned.transactionId));
    assert.ok(
      history.loyaltyTransactions.every(({ accountId }) => accountId === stack.a.accountId),
    );
  });

  test("p05_adjusting_the_own_account_is_refused", async () => {
    const path = account(`${stack.a.accountId}/adjust-points`);
    const body = { amount: 500, description: "please" };
    await refused(
      "POST",
      path,
      { as: "a", body, headers: key() },
      { status: 403, field: "amount" },
    );
    assert.equal(
      (await accepted("POST", path, { as: "staff", body })).account.id,
      stack.a.accountId,
    );
  });

  test("p09_bulk_adjust_is_refused", async () => {
    const body = { amount: 5, search: { filter: { "points.balance": { $gte: 0 } } } };
    for (const as of ["a", "staff", undefined]) {
      await refused("POST", account("bulk-adjust"), { as, body }, { status: 403 });
    }
    const all = { as: "admin", body: { amount: 5 } };
    await refused("POST", account("bulk-adjust"), all, { status: 400, field: "search" });
  });
});

describe("other people's points", () => {
  test("p03_another_members_account_by_id_and_by_member_id", async () => {
    const { a, b } = stack;
    const unknown = crypto.randomUUID();
    const strip = ({ status, text }) => `${status} ${text.replace(/"requestId":"[^"]*"/, "")}`;
    for (const [foreign, none] of [
      [account(b.accountId), account(unknown)],
      [account(b.memberId), account(unknown)],
    ]) {
      const theirs = await refused("GET", foreign, { as: "a" }, { status: 404 });
      const nobodys = await refused("GET", none, { as: "a" }, { status: 404 });
      assert.equal(strip(theirs), strip(nobodys));
    }
    for (const query of [`memberId=${b.memberId}`, `contactId=${b.contactId}`]) {
      await refused("GET", account(`fetch-by?${query}`), { as: "a" }, { status: 403 });
    }
    const own = await accepted("GET", account(a.accountId), { as: "a" });
    assert.equal(own.account.id, a.accountId);
    const staffs = await accepted("GET", account(b.accountId), { as: "staff" });
    assert.equal(staffs.account.id, b.accountId);
  });

  test("p04_another_members_transactions_by_filter", async () => {
    const { a, b } = stack;
    for (const filter of [
      { accountId: b.accountId },
      { accountId: { $in: [a.accountId, b.accountId] } },
      { accountId: { $ne: a.accountId } },
      { $or: [{ accountId: a.accountId }, { accountId: b.accountId }] },
      { $or: [{ amount: { $gt: 0 } }] },
      { $not: { accountId: a.accountId } },
      { $and: [{ amount: { $gt: 0 } }, { $or: [{ accountId: b.accountId }] }] },
    ]) {
      await refused("POST", TRANSACTIONS, { as: "a", body: { query: { filter } } });
    }
    const staffs = { query: { filter: { accountId: b.accountId }, cursorPaging: { limit: 1 } } };
    const page = await accepted("POST", TRANSACTIONS, { as: "staff", body: staffs });
    assert.ok(page.loyaltyTransactions.every(({ accountId }) => accountId === b.accountId));
    const next = page.pagingMetadata?.cursors?.next;
    if (next) {
      const stolen = { query: { cursorPaging: { cursor: next } } };
      await refused("POST", TRANSACTIONS, { as: "a", body: stolen }, { status: 403 });
    }
    const own = await accepted("POST", TRANSACTIONS, { as: "a", body: { query: {} } });
    assert.ok(own.loyaltyTransactions.length > 0);
    assert.ok(own.loyaltyTransactions.every(({ accountId }) => accountId === a.accountId));
  });
});

describe("tokens", () => {
  const read = (token) => ({ as: token });
  const denied = (token) =>
    refused("GET", account("my-account"), read(token), { status: 401, code: "UNAUTHENTICATED" });

  test("p11_garbage_tampered_and_unsigned_tokens", async () => {
    const { tokens, a, b } = stack;
    const [header, payload, signature] = tokens.a.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: b.memberId })).toString(
      "base64url",
    );
    const other = await generateKeyPair("ES256");
    const jwk = await exportJWK(other.publicKey);
    const sign = (protectedHeader, changed = {}) =>
      new SignJWT({ ...claims, ...changed })
        .setProtectedHeader(protectedHeader)
        .sign(other.privateKey);
    const none = new UnsecuredJWT(claims).encode();
    const unsigned = (alg) =>
      `${Buffer.from(JSON.stringify({ alg })).toString("base64url")}.${payload}.`;
    for (const token of [
      "garbage",
      "a.b.c",
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.${signature}`,
      none,
      unsigned("none"),
      unsigned("None"),
      unsigned("NONE"),
      `${unsigned("none")}${signature}`,
      await sign({ alg: "ES256" }),
      await sign({ alg: "ES256", jwk }),
      await sign({ alg: "ES256", kid: "../../../dev/null" }),
    ]) {
      await denied(token);
    }
    assert.equal((await accepted("GET", account("my-account"), read("a"))).account.id, a.accountId);
    const bare = { headers: { authorization: tokens.a } };
    assert.equal((await accepted("GET", account("my-account"), bare)).account.id, a.accountId);
  });

  test("p01_an_invalid_token_never_becomes_a_visitor", async () => {
    await refused("GET", PROGRAM, read("garbage"), { status: 401 });
    await refused("GET", PROGRAM, { headers: { authorization: "" } }, { status: 401 });
    assert.ok((await accepted("GET", PROGRAM, {})).loyaltyProgram);
  });
});

describe("the browser's boundary", () => {
  const claim = (headers, body = { subject: "s2" }) => ({
    as: "b",
    body,
    headers: { ...key(), ...headers },
  });
  const action = "/actions/write-review";

  test("p15_a_foreign_a_look_alike_and_a_null_origin", async () => {
    for (const origin of [
      "https://evil.example",
      "https://shop.example.evil.example",
      "https://evilshop.example",
      "http://shop.example",
      "https://shop.example:8443",
      "null",
    ]) {
      const answer = await refused("POST", action, claim({ origin }), {
        status: 403,
        code: "ORIGIN_DENIED",
      });
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
      await refused(
        "GET",
        account("my-account"),
        { as: "b", headers: { origin } },
        { status: 403 },
      );
    }
    const answer = await stack.send("POST", action, claim({ origin: ORIGIN }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers["access-control-allow-origin"], ORIGIN);
  });

  test("p16_a_missing_client_header_and_a_form_post", async () => {
    await refused("POST", action, claim({ "x-loyalty-client": undefined }), {
      status: 403,
      code: "ORIGIN_DENIED",
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    await refused("POST", action, claim(form, "subject=s3"), { status: 415 });
    const text = { "content-type": "text/plain" };
    await refused("POST", action, claim(text, '{"subject":"s3"}'), { status: 415 });
    const bare = {
      "x-loyalty-client": undefined,
      "content-type": form["content-type"],
      origin: undefined,
    };
    await refused("POST", action, claim(bare, "subject=s3"));
    await accepted("POST", action, claim({}, { subject: "s3" }));
  });

  test("p26_a_body_over_the_limit", async () => {
    const body = { subject: "s4", parameters: { text: "x".repeat(17_000) } };
    await refused("POST", action, claim({}, body), { status: 413, code: "PAYLOAD_TOO_LARGE" });
    const deep = `{"subject":"s4","parameters":${"[".repeat(40)}${"]".repeat(40)}}`;
    await refused("POST", action, claim({}, deep), { status: 400 });
    const huge = "x".repeat(5_000_000);
    await refused("POST", action, claim({}, huge), { status: 413 });
    await accepted("POST", action, claim({}, { subject: "s4" }));
  });
});

describe("paths", () => {
  test("p20_dot_segments_in_an_id_and_unlisted_paths", async () => {
    await stack.arrived();
    for (const path of [
      account("..%2f..%2floyalty-programs"),
      account("%2e%2e%2fx"),
      account("..%5cx"),
      account(`${stack.a.accountId}%2fearn-points`),
      account("%00"),
      "//evil.example/x",
      "/@evil.example",
      "/oauth2/token",
      "/loyalty-programs/v1/program/premium-features",
      "/async-jobs/v1/async-jobs/x",
      "/_sandbox/export",
      "/../_sandbox/export",
    ]) {
      await refused("GET", path, { as: "admin", headers: { "x-sandbox-control": "1" } });
    }
    const body = { amount: 5, appId: "x", idempotencyKey: "k" };
    await refused("POST", account("..%2fx/earn-points"), { as: "admin", body });
    await refused("POST", "/loyalty-programs/v1/program/pause", { as: "admin", body: {} });
    const seen = (await stack.arrived()).filter(
      ({ target, path }) => !/_sandbox/.test(target ?? path),
    );
    assert.deepEqual(seen, [], "something went upstream");
    await accepted("GET", account(stack.a.accountId), { as: "admin" });
  });
});

test("p22_nothing_that_left_the_proxy_names_the_credential", () => {
  const { sandbox, logs, audits } = stack;
  const text = JSON.stringify([logs, audits]);
  assert.ok(audits.length > 20);
  assert.ok(!text.includes(sandbox.apiKey));
});
