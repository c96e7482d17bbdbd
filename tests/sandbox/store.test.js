// Sandboxes that are kept: in a file, and in a store of one's own.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { createSandbox } from "loyalty-edge/sandbox";
import { sqliteStore } from "loyalty-edge/sandbox/node";
import { at } from "../../scripts/lib/paths.js";

const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-store-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}.db`);

const open = async (file, options) => createSandbox({ ...options, store: await sqliteStore(file) });

async function earn(sandbox, key, amount = 5) {
  const { accountId } = sandbox.members[0];
  const response = await sandbox.fetch(
    `http://sandbox/loyalty-accounts/v1/accounts/${accountId}/earn-points`,
    {
      method: "POST",
      headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
      body: JSON.stringify({ amount, appId: "test", idempotencyKey: key }),
    },
  );
  assert.equal(response.status, 200);
  return response.json();
}

async function whole(sandbox) {
  const { clock: _, ...rest } = await sandbox.control("GET", "export");
  return rest;
}

function withDatabase(file, use) {
  const database = new Database(file);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

describe("a file", () => {
  it("l12 has everything again after a restart, and goes on", async () => {
    const file = newFile();
    const one = await open(file, { seed: 3, accounts: 40, apiKey: "SANDBOX.of-this-test" });
    const { transactionId } = await earn(one, "kept", 7);
    await one.control("POST", "contacts", { name: "Zoë Ünal" });
    await one.control("POST", "clock", { now: "2031-05-06T07:08:09.000Z", still: true });
    const before = await whole(one);
    one.close();

    const two = await open(file);
    assert.deepEqual(await whole(two), before);
    assert.equal(two.apiKey, "SANDBOX.of-this-test");
    assert.equal((await two.control("GET", "clock")).now, "2031-05-06T07:08:09.000Z");
    assert.ok(before.transactions.some(({ id, amount }) => id === transactionId && amount === 7));
    assert.equal(two.publicKey, one.publicKey, "events are signed by the same key");
    await earn(two, "kept too");
    two.close();
  });

  it("l12 has tiers, rewards, coupons, jobs, events, faults and the receiver again", async () => {
    const file = newFile();
    const one = await open(file, { seed: 3, accounts: 40, now: "2026-01-01" });
    const call = async (sandbox, method, path, body) => {
      const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
      const init = { method, headers, body: body && JSON.stringify(body) };
      const response = await sandbox.fetch(`http://sandbox${path}`, init);
      assert.equal(response.status, 200, `${method} ${path}`);
      return response.json();
    };
    const [{ accountId }] = one.members;
    await earn(one, "to spend", 5_000);
    await one.control("POST", "coupons", { outcome: "PENDING" });
    await call(one, "POST", "/loyalty-coupons/v1/coupons", {
      rewardId: one.rewards[0],
      loyaltyAccountId: accountId,
    });
    await call(one, "POST", "/loyalty-tiers/v1/tiers", {
      tier: { tierDefinition: { name: "Diamond" }, requiredPoints: 4_000 },
    });
    await call(one, "POST", "/loyalty-programs/v1/program/points-expiration/enable", {});
    one.faults.add({ kind: "latency", operation: "getAccount", after: 3 });
    await one.control("POST", "webhooks", { url: "http://127.0.0.1:9/", attempts: 1 });
    const { asyncJobId } = await call(one, "POST", "/loyalty-accounts/v1/accounts/bulk-adjust", {
      search: {},
      amount: 3,
    });
    const job = async (sandbox) =>
      (await call(sandbox, "GET", `/async-jobs/v1/async-jobs/${asyncJobId}`)).job;
    while ((await job(one)).status !== "FINISHED");
    const told = async (sandbox) => ({
      job: await job(sandbox),
      ...(await whole(sandbox)),
      coupons: await sandbox.control("GET", "coupons"),
      events: (await sandbox.events()).map(({ event, eventType }) => [event, eventType]),
      faults: await sandbox.control("GET", "faults"),
      webhooks: await sandbox.control("GET", "webhooks"),
    });
    const before = await told(one);
    assert.ok(before.events.length > 0 && before.faults.rules.length === 1);
    one.close();
    const two = await open(file);
    assert.deepEqual(await told(two), before);
    assert.equal(before.job.counters.itemsSucceeded, 40);
    two.close();
  });

  it("l12 holds what happens by itself: a coupon that is made in time", async () => {
    const file = newFile();
    const one = await open(file, { seed: 3 });
    const [{ accountId }] = one.members;
    await earn(one, "to spend", 500);
    const headers = { authorization: one.apiKey, "wix-site-id": one.siteId };
    const body = JSON.stringify({ rewardId: one.rewards[0], loyaltyAccountId: accountId });
    const url = "http://sandbox/loyalty-coupons/v1/coupons";
    const { coupon } = await (await one.fetch(url, { method: "POST", headers, body })).json();
    assert.equal(coupon.status, "PENDING");
    // Asked of the file alone: no call makes the coupon, only the sandbox's own alarm.
    let looks = 0;
    const look = () => {
      const copy = `${file}-${(looks += 1)}`;
      copyFileSync(file, copy);
      copyFileSync(`${file}-wal`, `${copy}-wal`);
      return withDatabase(copy, (database) => {
        const rows = database.prepare("SELECT value FROM rows WHERE kind = 7 ORDER BY key DESC");
        return rows.raw().get()[0].toString("hex");
      });
    };
    const first = look();
    const end = Date.now() + 10_000;
    while (look() === first && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.notEqual(look(), first);
    one.close();
    const two = await open(file);
    const [made] = (await two.control("GET", "coupons")).coupons;
    assert.deepEqual([made.id, made.status], [coupon.id, "ACTIVE"]);
    two.close();
  });

  it("l12 holds a restored snapshot", async () => {
    const file = newFile();
    const one = await open(file, { seed: 3, accounts: 6, now: "2026-01-01" });
    const snapshot = one.snapshot();
    const before = await whole(one);
    await earn(one, "undone");
    one.restore(snapshot);
    assert.deepEqual(await whole(one), before);
    one.close();
    const two = await open(file);
    assert.deepEqual(await whole(two), before);
    two.close();
  });

  it("needs libsql, and says so where that is missing", async () => {
    const alone = join(folder, "sqlite-alone.mjs");
    copyFileSync(at("pkg", "sandbox", "sqlite.js"), alone);
    const { sqliteStore: store } = await import(pathToFileURL(alone).href);
    await assert.rejects(
      store(newFile()),
      /needs the npm package libsql: run `npm install libsql`/,
    );
  });

  it("l12 holds a write as soon as it is answered, and a reset too", async () => {
    const file = newFile();
    const sandbox = await open(file, { accounts: 5, now: "2026-01-01" });
    const fresh = await whole(sandbox);
    await earn(sandbox, "one");
    await sandbox.control("POST", "reset");
    assert.deepEqual(await whole(sandbox), fresh);
    sandbox.close();
    const again = await open(file);
    assert.deepEqual(await whole(again), fresh);
    again.close();
  });

  it("is refused to another seed or number of accounts, and unharmed", async () => {
    const file = newFile();
    (await open(file, { seed: 3, accounts: 6 })).close();
    await assert.rejects(open(file, { seed: 4 }), /made with seed 3, and seed 4 is asked for/);
    await assert.rejects(open(file, { accounts: 7 }), /made with accounts 6/);
    (await open(file, { seed: 3, accounts: 6 })).close();
  });

  it("is refused to a second sandbox while the first is there", async () => {
    const file = newFile();
    const first = await open(file);
    await assert.rejects(open(file), /in use: another sandbox has it open/);
    await earn(first, "still works");
    first.close();
    (await open(file)).close();
  });

  it("is refused if it is no database, another program's, or of another format", async () => {
    const text = newFile();
    writeFileSync(text, "points: many\n".repeat(200));
    await assert.rejects(open(text), /is no SQLite database/);

    const other = newFile();
    withDatabase(other, (database) => database.exec("CREATE TABLE orders (id)"));
    await assert.rejects(open(other), /database of another program/);

    const later = newFile();
    (await open(later)).close();
    withDatabase(later, (database) => database.exec("PRAGMA user_version = 99"));
    await assert.rejects(open(later), /has format 99, and this one reads 1/);

    await assert.rejects(open(join(folder, "no", "such", "folder.db")), /can't be opened/);
  });

  it("is refused if a row is broken or gone", async () => {
    const file = newFile();
    (await open(file)).close();
    withDatabase(file, (database) =>
      database.exec(
        "DELETE FROM rows WHERE kind = 6 AND key = (SELECT max(key) FROM rows WHERE kind = 6)",
      ),
    );
    await assert.rejects(open(file), /don't add up|is missing|can't be read/);
    withDatabase(file, (database) => database.exec("UPDATE rows SET value = x'09' WHERE kind = 4"));
    await assert.rejects(open(file), /Row 0 of table 4 can't be read/);
  });
});

describe("a store of one's own", () => {
  const memory = () => ({ name: "memory", load: () => [], commit() {}, close() {} });

  it("l12 that can't be written ends the sandbox: no answer leaves that was not kept", async () => {
    let full = false;
    let commits = 0;
    const commit = (pieces) => {
      if (full) throw new Error("the disk is full");
      commits += [...pieces].length;
    };
    const sandbox = await createSandbox({ store: { ...memory(), commit } });
    await earn(sandbox, "fits");
    assert.equal(commits, 3, "the fixtures and the key, then the write");
    full = true;
    await assert.rejects(
      earn(sandbox, "does not"),
      /memory could not be written \(the disk is full\)/,
    );
    full = false;
    await assert.rejects(earn(sandbox, "neither"), /start the sandbox again/);
    sandbox.close();
  });

  it("is asked once for the rows, told of no reads, and closed with the sandbox", async () => {
    const calls = [];
    const store = {
      name: "memory",
      load(format) {
        calls.push(["load", format]);
        return [];
      },
      commit: (pieces) => calls.push(["commit", [...pieces].length]),
      close: () => calls.push(["close"]),
    };
    const sandbox = await createSandbox({ store, accounts: 5 });
    await sandbox.control("GET", "export");
    sandbox.close();
    sandbox.close();
    assert.deepEqual(calls, [["load", 1], ["commit", 1], ["commit", 1], ["close"]]);
  });

  it("is closed if the sandbox can't start", async () => {
    let closed = 0;
    const close = () => (closed += 1);
    await assert.rejects(createSandbox({ store: { ...memory(), close }, seed: -1 }), /seed|-1/);
    assert.equal(closed, 1);
  });
});
