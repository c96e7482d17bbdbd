// bulkAdjustPoints by the official client, and its job over the REST path that it names.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as official from "./official-client.js";

const sandbox = await official.sandboxForTests({ accounts: 60 });
const { accounts } = official.appClient(sandbox);

/** A GET of the job, with the credential. */
async function jobs(path) {
  const response = await sandbox.fetch(`http://sandbox/async-jobs/v1/async-jobs/${path}`, {
    headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
  });
  assert.equal(response.status, 200);
  return response.json();
}

/** Asks until the job has ended, as a caller does, and returns the states on the way. */
async function ended(id) {
  const states = [];
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const { job } = await jobs(id);
    if (states.at(-1) !== job.status) states.push(job.status);
    if (job.status === "FINISHED" || job.status === "FAILED") return { job, states };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the job did not end: ${states}`);
}

const points = async () =>
  (await sandbox.control("GET", "export")).accounts.map((account) => account.points.balance);

describe("bulkAdjustPoints", () => {
  it("l13 adds to every account that the filter matches, in the real time of a second", async () => {
    const before = await points();
    const { asyncJobId } = await accounts.bulkAdjustPoints({
      amount: 10,
      search: { filter: { "points.redeemed": { $gt: 0 } } },
    });
    const { job, states } = await ended(asyncJobId);
    const { count } = await accounts.countAccounts({ filter: { "points.redeemed": { $gt: 0 } } });
    // A slow machine may miss the states that last for milliseconds, but never sees them out of order.
    const order = ["INITIALIZED", "PROCESSING", "FINISHED"];
    assert.deepEqual(
      states,
      order.filter((state) => states.includes(state)),
    );
    assert.equal(states.at(-1), "FINISHED");
    assert.ok(count > 0);
    assert.deepEqual(job.counters, {
      itemsToProcess: count,
      itemsSucceeded: count,
      itemsFailed: 0,
    });
    const moved = (await points()).map((balance, at) => balance - before[at]);
    assert.equal(moved.filter((by) => by === 10).length, count);
    assert.ok(moved.every((by) => by === 10 || by === 0));
  });

  it("l13 takes from everyone without a search, and who has too little fails alone", async () => {
    const before = await points();
    const { asyncJobId } = await accounts.bulkAdjustPoints({ amount: -15 });
    const { job } = await ended(asyncJobId);
    const poor = before.filter((balance) => balance < 15).length;
    assert.ok(poor > 0 && poor < before.length);
    assert.equal(job.counters.itemsFailed, poor);
    assert.equal(job.counters.itemsSucceeded, before.length - poor);
    const expected = before.map((balance) => (balance < 15 ? balance : balance - 15));
    assert.deepEqual(await points(), expected);
    const { items, pagingMetadata } = await jobs(`${asyncJobId}/items?paging.limit=100`);
    assert.equal(pagingMetadata.count, before.length);
    const failed = items.filter(({ itemMetadata }) => !itemMetadata.success);
    assert.equal(failed.length, poor);
    assert.ok(
      failed.every(({ itemMetadata }) => itemMetadata.error.code === "INSUFFICIENT_POINTS"),
    );
  });

  it("l13 sets a balance for those that words find", async () => {
    const [ada] = sandbox.members;
    const search = { expression: ada.name, mode: "AND", fields: ["contact.name"] };
    const { asyncJobId } = await accounts.bulkAdjustPoints({ balance: 4321, search: { search } });
    const { job } = await ended(asyncJobId);
    assert.equal(job.counters.itemsSucceeded, 1);
    const account = await accounts.getAccount(ada.accountId);
    assert.equal(account.points.balance, 4321);
  });

  it("l13 ends on a standing clock too: each call moves it on", async () => {
    const still = await official.sandboxForTests({ now: "2026-01-01T00:00:00Z" });
    const { asyncJobId } = await official.appClient(still).accounts.bulkAdjustPoints({ amount: 1 });
    const states = [];
    for (let call = 0; call < 3; call += 1) {
      const response = await still.fetch(`http://sandbox/async-jobs/v1/async-jobs/${asyncJobId}`, {
        headers: { authorization: still.apiKey, "wix-site-id": still.siteId },
      });
      states.push((await response.json()).job.status);
    }
    assert.deepEqual(states, ["PROCESSING", "FINISHED", "FINISHED"]);
  });

  it("l13 refuses what a job can't do, under the client's own names", async () => {
    for (const [options, field] of [
      [{ amount: 0 }, "options.amount"],
      [{ balance: 1_000_000_000 }, "options.balance"],
      [{}, "options.balance"],
      [{ amount: 1, search: { cursorPaging: { limit: 5 } } }, "options.search.cursorPaging"],
      [{ amount: 1, search: { filter: { memberId: "x" } } }, "options.search.filter.memberId"],
    ]) {
      const error = await official.refusal(accounts.bulkAdjustPoints(options));
      assert.deepEqual(official.fieldsOf(error), [field]);
    }
  });
});
