// What a test does with a sandbox in its own process: clock, faults, snapshots.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";

async function start(options) {
  const sandbox = await createSandbox({ seed: 7, ...options });
  after(() => sandbox.close());
  const { apiKey, siteId, members } = sandbox;
  const headers = { authorization: apiKey, "wix-site-id": siteId };
  const path = `http://sandbox/loyalty-accounts/v1/accounts/${members[0].accountId}`;
  const read = () => sandbox.fetch(path, { headers });
  const adjust = (amount) =>
    sandbox.fetch(`${path}/adjust-points`, {
      method: "POST",
      headers,
      body: JSON.stringify({ amount, description: "A test" }),
    });
  const balance = async () => (await (await read()).json()).account.points.balance;
  return { sandbox, read, adjust, balance };
}

/** What came of a call: its status, and how it broke. */
const outcome = (call) =>
  call.then(
    async (response) => {
      const text = await response.text().catch((error) => error.name);
      const whole = text.startsWith("{") && text.endsWith("}");
      return [response.status, response.headers.get("retry-after"), whole];
    },
    (error) => [error.name],
  );

describe("a sandbox in a test", () => {
  it("the clock is set, moved and let go", async () => {
    const { sandbox } = await start({});
    sandbox.clock.set("2027-01-01T00:00:00Z");
    sandbox.clock.advance(86_400_000);
    assert.equal(sandbox.clock.now().toISOString(), "2027-01-02T00:00:00.000Z");
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(sandbox.clock.now().toISOString(), "2027-01-02T00:00:00.000Z");
    sandbox.clock.run();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(sandbox.clock.now() > new Date("2027-01-02T00:00:00.005Z"));
    assert.throws(() => sandbox.clock.set("never"), RangeError);
  });

  it("a snapshot brings everything back, as often as asked", async () => {
    const { sandbox, adjust, balance } = await start({});
    await adjust(10);
    const before = { points: await balance() };
    const snapshot = sandbox.snapshot();
    const ledgerNow = async () => {
      const { clock, ...ledger } = await sandbox.control("GET", "export");
      assert.equal(clock.still, false);
      return ledger;
    };
    before.ledger = await ledgerNow();
    const [events, requests] = [await sandbox.events(), await sandbox.control("GET", "requests")];
    for (let turn = 0; turn < 2; turn += 1) {
      await adjust(5);
      sandbox.clock.set("2030-01-01T00:00:00Z");
      sandbox.faults.add({ kind: "html", operation: "earnPoints" });
      assert.equal(await balance(), before.points + 5);
      sandbox.restore(snapshot);
      assert.deepEqual(await sandbox.control("GET", "requests"), requests);
      assert.deepEqual(sandbox.faults.list(), []);
      assert.deepEqual(
        (await sandbox.events()).map(({ id }) => id),
        events.map(({ id }) => id),
      );
      assert.deepEqual(await ledgerNow(), before.ledger);
    }
    const other = await start({});
    assert.throws(() => other.sandbox.restore(snapshot), /no snapshot of this sandbox/);
  });

  it("l11 rules come and go", async () => {
    const { sandbox, read } = await start({});
    sandbox.faults.add({ kind: "status", status: 429, retryAfter: "2" }, { kind: "dropBefore" });
    assert.deepEqual(await outcome(read()), [429, "2", true]);
    assert.deepEqual(await outcome(read()), ["TypeError"]);
    assert.deepEqual(
      sandbox.faults.list().map(({ hits }) => hits),
      [1, 1],
    );
    sandbox.faults.clear();
    assert.deepEqual(sandbox.faults.list(), []);
    assert.throws(() => sandbox.faults.add({ kind: "nonsense" }), /nonsense/);
  });

  it("l11 one request by its header, and no other", async () => {
    const { sandbox, read } = await start({});
    const headers = { "x-sandbox-fault": JSON.stringify({ kind: "html" }) };
    const broken = await sandbox.fetch("http://sandbox/loyalty-programs/v1/program", { headers });
    assert.equal(broken.status, 502);
    assert.deepEqual(await outcome(read()), [200, null, true]);
  });

  it("l11 a plan: the same seed, the same run", async () => {
    const run = async (plan) => {
      const { read } = await start({ faults: { plan, rate: 0.3 } });
      const all = [];
      for (let call = 0; call < 60; call += 1) all.push(await outcome(read()));
      return all;
    };
    const first = await run(7);
    assert.deepEqual(await run(7), first);
    assert.notDeepEqual(await run(8), first);
    const struck = first.filter(([status, , whole]) => status !== 200 || !whole);
    assert.ok(struck.length > 5 && struck.length < 30, String(struck.length));
    const { sandbox, read } = await start({});
    sandbox.faults.follow({ plan: 1, rate: 1, kinds: ["html"] });
    assert.equal((await read()).status, 502);
    sandbox.faults.clear();
    assert.equal((await read()).status, 200);
    await assert.rejects(createSandbox({ faults: { plan: 1, rate: 7 } }), /faults.*rate/);
  });

  it("l11 two hundred calls a minute, then 429 with the seconds to wait", async () => {
    const { sandbox, read } = await start({ throttle: 200, now: "2026-01-01T00:00:15Z" });
    for (let call = 0; call < 200; call += 1) assert.equal((await read()).status, 200);
    assert.deepEqual(await outcome(read()), [429, "45", true]);
    sandbox.clock.advance(45_000);
    assert.equal((await read()).status, 200);
  });
});
