// The JavaScript shell: requests and responses of the web, waiting, breaking, closing.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";

const sandbox = await createSandbox({ seed: 3 });
after(() => sandbox.close());

const TOTALS = "http://sandbox/loyalty-accounts/v1/accounts/program-totals";
const asApp = () => ({
  headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
});
const withFault = (fault) => ({
  headers: { ...asApp().headers, "x-sandbox-fault": JSON.stringify(fault) },
});

describe("createSandbox", () => {
  it("tells the fields of the ready line", () => {
    assert.match(sandbox.apiKey, /^SANDBOX\.[A-Za-z0-9]{24}$/);
    assert.match(sandbox.siteId, /^[0-9a-f-]{36}$/);
    assert.equal(sandbox.members.length, 5);
    for (const member of sandbox.members) {
      assert.deepEqual(Object.keys(member).sort(), [
        "accountId",
        "contactId",
        "memberId",
        "name",
        "token",
      ]);
      assert.match(member.token, /^OauthNG\.JWS\./);
    }
    assert.equal(new Set(sandbox.members.map(({ name }) => name.split(" ")[0])).size, 5);
    assert.ok(sandbox.contacts.length >= 5);
    assert.deepEqual(Object.keys(sandbox.contacts[0]), ["contactId"]);
  });

  it("gives the same ids for the same seed, whatever the size", async () => {
    const [same, larger, other] = await Promise.all([
      createSandbox({ seed: 3 }),
      createSandbox({ seed: 3, accounts: 200 }),
      createSandbox({ seed: 4 }),
    ]);
    const ids = ({ members }) => members.map(({ accountId, token }) => [accountId, token]);
    assert.deepEqual(ids(same), ids(sandbox));
    assert.deepEqual(ids(larger), ids(sandbox));
    assert.notDeepEqual(ids(other), ids(sandbox));
    for (const each of [same, larger, other]) each.close();
  });

  it("takes a Date to start at, and then stands still", async () => {
    const now = new Date("2028-02-29T12:00:00Z");
    const still = await createSandbox({ now });
    assert.deepEqual(await still.control("GET", "clock"), { now: now.toJSON(), still: true });
    still.close();
  });

  it("takes an API key, if it is a sandbox's", async () => {
    const apiKey = "SANDBOX.chosen-by-a-test";
    const own = await createSandbox({ apiKey });
    const headers = { authorization: apiKey, "wix-site-id": own.siteId };
    assert.equal((await own.fetch(TOTALS, { headers })).status, 200);
    own.close();
    await assert.rejects(createSandbox({ apiKey: "IST.a-real-key-of-a-site" }), /apiKey/);
  });

  for (const [options, named] of [
    [{ sed: 1 }, /sed/],
    [{ seed: -1 }, /-1/],
    [{ accounts: 1.5 }, /1\.5/],
    [{ throttle: 0 }, /throttle/],
    [{ duplicateEarn: "ignore" }, /ignore/],
  ]) {
    it(`refuses ${JSON.stringify(options)} by name`, async () => {
      await assert.rejects(createSandbox(options), (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, named);
        return true;
      });
    });
  }

  it("refuses a time that is none", async () => {
    await assert.rejects(createSandbox({ now: "tomorrow" }), RangeError);
  });
});

describe("p37 production", () => {
  for (const [name, value] of [
    ["NODE_ENV", "production"],
    ["VERCEL_ENV", "production"],
    ["CF_PAGES", "1"],
    ["K_SERVICE", "shop"],
  ]) {
    it(`p37 does not start with ${name}=${value}, and says what to do`, async () => {
      const before = process.env[name];
      process.env[name] = value;
      try {
        await assert.rejects(createSandbox(), (error) => {
          assert.ok(error.message.includes(`${name}=${value}`), error.message);
          assert.match(error.message, /upstream/);
          return true;
        });
      } finally {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      }
    });
  }

  it("p37 starts elsewhere", async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = "development";
    try {
      (await createSandbox()).close();
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
    }
  });
});

describe("fetch", () => {
  it("takes a Request, a URL and a string", async () => {
    for (const [input, init] of [
      [new Request(TOTALS, asApp())],
      [new URL(TOTALS), asApp()],
      [TOTALS, asApp()],
    ]) {
      const response = await sandbox.fetch(input, init);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.ok((await response.json()).points);
    }
  });

  it("takes a request of another realm", async () => {
    const { method, url, headers } = new Request(TOTALS, asApp());
    const alien = { method, url, headers, text: async () => "" };
    assert.equal((await sandbox.fetch(alien)).status, 200);
  });

  it("sends a body", async () => {
    const [{ accountId }] = sandbox.members;
    const body = JSON.stringify({ amount: 1, description: "Grüße" });
    const { headers } = asApp();
    const url = `http://sandbox/loyalty-accounts/v1/accounts/${accountId}/adjust-points`;
    const response = await sandbox.fetch(url, { method: "POST", headers, body });
    assert.equal(response.status, 200);
    const { transactions } = await sandbox.control("GET", "export");
    assert.equal(transactions.at(-1).description, "Grüße");
  });

  it("answers a preflight", async () => {
    const response = await sandbox.fetch(TOTALS, { method: "OPTIONS" });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
  });

  it("answers many calls at once", async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => sandbox.fetch(TOTALS, asApp())));
    assert.ok(all.every(({ status }) => status === 200));
  });

  it("gives one request id to the answer and the journal", async () => {
    const response = await sandbox.fetch(TOTALS, asApp());
    const { requests } = await sandbox.control("GET", "requests");
    assert.equal(requests.at(-1).requestId, response.headers.get("x-wix-request-id"));
    assert.equal(requests.at(-1).operation, "getProgramTotals");
  });
});

describe("l11 faults", () => {
  it("l11 waits before it answers", async () => {
    const before = performance.now();
    await sandbox.fetch(TOTALS, withFault({ kind: "latency", delayMs: 60 }));
    assert.ok(performance.now() - before >= 55);
  });

  it("l11 can be aborted while it waits, with any reason", async () => {
    const slow = withFault({ kind: "latency", delayMs: 5_000 });
    for (const reason of [new Error("enough"), "a string", 0]) {
      const abort = new AbortController();
      const promise = sandbox.fetch(TOTALS, { ...slow, signal: abort.signal });
      setTimeout(() => abort.abort(reason), 5);
      await promise.then(assert.fail, (thrown) => assert.equal(thrown, reason));
      const again = sandbox.fetch(TOTALS, { ...slow, signal: abort.signal });
      await again.then(assert.fail, (thrown) => assert.equal(thrown, reason));
    }
  });

  for (const kind of ["dropBefore", "dropAfter"]) {
    it(`l11 ${kind} looks like a broken connection`, async () => {
      await assert.rejects(sandbox.fetch(TOTALS, withFault({ kind })), TypeError);
    });
  }

  it("l11 a truncated body ends early", async () => {
    const response = await sandbox.fetch(TOTALS, withFault({ kind: "truncated" }));
    assert.equal(response.status, 200);
    await assert.rejects(response.json(), SyntaxError);
  });

  it("l11 a cut body breaks off", async () => {
    const response = await sandbox.fetch(TOTALS, withFault({ kind: "cut" }));
    assert.equal(response.status, 200);
    const reader = response.body.getReader();
    const { value } = await reader.read();
    assert.ok(value.length > 0, "the first part comes");
    await assert.rejects(reader.read(), TypeError);
  });
});

describe("control", () => {
  it("rejects with the plane's own sentence", async () => {
    await assert.rejects(sandbox.control("POST", "clock", { now: "x" }), /timestamp/);
    await assert.rejects(sandbox.control("GET", "nowhere"), /GET \/_sandbox\/ lists them/);
  });

  it("p37 answers a fetch only on a loopback host, with its header", async () => {
    const ask = async (host, headers) =>
      (await sandbox.fetch(`http://${host}/_sandbox/ready`, { headers })).status;
    assert.equal(await ask("localhost", { "x-sandbox-control": "1" }), 200);
    assert.equal(await ask("localhost", {}), 403);
    assert.equal(await ask("sandbox", { "x-sandbox-control": "1" }), 403);
  });
});

describe("close", () => {
  it("ends one sandbox and leaves the others", async () => {
    const other = await createSandbox();
    other.close();
    other.close();
    await assert.rejects(other.fetch(TOTALS), /closed/);
    assert.equal((await sandbox.fetch(TOTALS, asApp())).status, 200);
  });

  it("gives the memory back", async () => {
    for (let round = 0; round < 50; round += 1) (await createSandbox({ accounts: 400 })).close();
    assert.equal((await sandbox.fetch(TOTALS, asApp())).status, 200);
  });
});
