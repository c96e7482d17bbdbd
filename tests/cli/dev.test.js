import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { startCommand } from "./command.js";

/** The parts of `dev` together, as anything but a browser sees them. */
describe("dev", () => {
  /** @type {Awaited<ReturnType<typeof startCommand>>} */
  let dev;
  /** @type {any} */
  let ready;

  before(async () => {
    dev = await startCommand(["dev", "--port", "0"]);
    ready = dev.ready;
  });
  after(async () => {
    assert.deepEqual(await dev.stop("SIGTERM"), { code: 0, signal: null });
    assert.equal(dev.output.stdout, `${dev.line}\n`, "logs go to standard error");
  });

  /** @param {string} token */
  const headers = (token) => ({
    authorization: `Bearer ${token}`,
    "x-loyalty-client": "test/1",
    "content-type": "application/json",
  });

  test("prints its ready line", () => {
    assert.deepEqual(Object.keys(ready), [
      "event",
      "demo",
      "proxy",
      "sandbox",
      "members",
      "staff",
      "admin",
      "expired",
      "actions",
    ]);
    assert.match(ready.demo, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal(ready.proxy, `${ready.demo}loyalty`);
    assert.match(ready.sandbox.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(ready.actions, ["daily-visit", "write-review"]);
    const ids = ({ name, memberId, contactId, accountId }) => [
      name,
      memberId,
      contactId,
      accountId,
    ];
    assert.deepEqual(ready.members.map(ids), ready.sandbox.members.map(ids));
    assert.deepEqual(Object.keys(ready.members[0]), Object.keys(ready.sandbox.members[0]));
    assert.deepEqual(Object.keys(ready.staff), ["token"]);
    assert.deepEqual(Object.keys(ready.admin), ["token"]);
    assert.deepEqual(Object.keys(ready.expired), ["token"]);
  });

  test("gives a token that has ended, which the proxy refuses", async () => {
    const url = `${ready.proxy}/loyalty-accounts/v1/accounts/my-account`;
    const response = await fetch(url, { headers: headers(ready.expired.token) });
    assert.equal(response.status, 401);
    const [, claims] = ready.expired.token.split(".");
    const { sub, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    assert.equal(sub, ready.members[0].memberId);
    assert.ok(exp * 1000 < Date.now() - 1_800_000);
  });

  test("takes the ready line's tokens: each member reads the own account", async () => {
    for (const { token, memberId } of ready.members) {
      const response = await fetch(`${ready.proxy}/loyalty-accounts/v1/accounts/my-account`, {
        headers: headers(token),
      });
      assert.equal(response.status, 200);
      assert.equal((await response.json()).account.memberId, memberId);
    }
    for (const { token } of [ready.staff, ready.admin]) {
      const response = await fetch(`${ready.proxy}/loyalty-accounts/v1/accounts/count`, {
        method: "POST",
        headers: headers(token),
        body: "{}",
      });
      assert.equal(response.status, 200);
    }
  });

  test("signs in the very members, and any other of the ledger", async () => {
    const query = await fetch(`${ready.sandbox.url}/loyalty-accounts/v1/accounts/query`, {
      method: "POST",
      headers: {
        authorization: ready.sandbox.apiKey,
        "wix-site-id": ready.sandbox.siteId,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        query: {
          filter: { memberId: { $nin: ready.members.map(({ memberId }) => memberId) } },
          cursorPaging: { limit: 50 },
        },
      }),
    });
    const { loyaltyAccounts } = await query.json();
    const sixth = loyaltyAccounts.find(({ memberId }) => memberId);
    for (const memberId of [ready.members[0].memberId, sixth.memberId]) {
      const signIn = await fetch(`${ready.demo}dev/sign-in`, {
        method: "POST",
        headers: { "x-loyalty-client": "test/1", "content-type": "application/json" },
        body: JSON.stringify({ as: memberId }),
      });
      assert.equal(signIn.status, 200);
      const { token } = await signIn.json();
      const mine = await fetch(`${ready.proxy}/loyalty-accounts/v1/accounts/my-account`, {
        headers: headers(token),
      });
      assert.equal((await mine.json()).account.memberId, memberId);
    }
  });

  test("lets every action be called with a subject alone", async () => {
    const { token } = ready.members[4];
    for (const action of ready.actions) {
      const response = await fetch(`${ready.proxy}/actions/${action}`, {
        method: "POST",
        headers: { ...headers(token), "idempotency-key": crypto.randomUUID() },
        body: JSON.stringify({ subject: "blue-teapot" }),
      });
      assert.equal(response.status, 200, action);
      assert.ok((await response.json()).transactionId);
    }
  });

  test("serves the page and what it imports, and not the other parts", async () => {
    const page = await fetch(ready.demo);
    assert.equal(page.status, 200);
    const html = await page.text();
    const map = JSON.parse(html.match(/<script type="importmap">(.*?)<\/script>/)[1]);
    const entry = await fetch(new URL(map.imports["loyalty-edge"], ready.demo));
    assert.equal(entry.status, 200);
    assert.match(entry.headers.get("content-type"), /^text\/javascript/);
    for (const hidden of ["cli/main.js", "proxy/index.js", "sandbox/index.js", "package.json"]) {
      const response = await fetch(new URL(`/package/${hidden}`, ready.demo));
      assert.equal(response.status, 404, hidden);
    }
  });

  test("answers only by its own name, so that a rebound host name is no origin", async () => {
    const { port } = new URL(ready.demo);
    for (const path of ["/", "/dev/cast.json", "/loyalty/loyalty-programs/v1/program"]) {
      for (const host of [`evil.example:${port}`, `127.0.0.1.evil.example:${port}`, "127.0.0.1"]) {
        assert.equal(await statusFor(port, path, host), 421, `${host} ${path}`);
      }
    }
    assert.equal(await statusFor(port, "/", `localhost:${port}`), 307);
    assert.equal(await statusFor(port, "/", `127.0.0.1:${port}`), 200);
  });

  test("keeps the tokens it gave, and the credential, out of its log", () => {
    const secrets = [ready.sandbox.apiKey, ...ready.members.map(({ token }) => token)];
    for (const secret of secrets) assert.equal(dev.output.stderr.includes(secret), false);
  });
});

/** @param {string} port @param {string} path @param {string} host */
function statusFor(port, path, host) {
  return new Promise((resolve, reject) => {
    const headers = { host, "x-loyalty-client": "test/1" };
    http
      .get({ host: "127.0.0.1", port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on("error", reject);
  });
}
