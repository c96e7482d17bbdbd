// L14: events, read by the official client. What it accepts, a receiver of real ones accepts.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, describe, it } from "node:test";
import { AppStrategy, createClient } from "@wix/sdk";
import * as loyalty from "@wix/loyalty";
import { createSandbox } from "loyalty-edge/sandbox";
import { appClient, sandboxForTests } from "./official-client.js";

const NOW = "2026-03-01T12:00:00.000Z";
const { accounts, programs } = loyalty;

/** A receiver as an app's backend has it; what its handlers got is in `got`. */
function receiver({ appId, appSecret, publicKey }) {
  const got = [];
  const client = createClient({
    auth: AppStrategy({ appId, appSecret, publicKey }),
    modules: { accounts, programs },
  });
  const note = (name) => (event) => void got.push({ name, ...event });
  client.accounts.onAccountCreated(note("created"));
  client.accounts.onAccountUpdated(note("updated"));
  client.accounts.onAccountPointsUpdated(note("points"));
  client.programs.onProgramUpdated(note("program"));
  return { got, process: (jwt) => client.webhooks.process(jwt) };
}

const earn = (client, accountId, key) =>
  client.accounts.earnPoints(accountId, { amount: 7, idempotencyKey: key, appId: APP });
const APP = "c7a1f2de-0000-4000-8000-000000000001";

describe("events, read by the official client", () => {
  it("l14 created, updated, points and program, with dates, ids and who did it", async () => {
    const sandbox = await sandboxForTests({ now: NOW });
    const { got, process } = receiver(sandbox);
    const client = appClient(sandbox);
    const { account } = await client.accounts.createAccount(sandbox.contacts[0].contactId);
    await earn(client, account._id, "one");
    await sandbox.control("POST", "program", { status: "PAUSED" });
    const events = await sandbox.events();
    for (const { jwt } of events) await process(jwt);

    assert.deepEqual(
      got.map(({ name }) => name),
      ["created", "updated", "points", "program"],
    );
    const [created, updated, points, program] = got;
    assert.equal(created.entity._id, account._id);
    assert.ok(created.entity._createdDate instanceof Date);
    assert.equal(updated.entity.points.balance, 7);
    assert.equal(points.data.account.points.earned, 7);
    assert.equal(program.entity.status, "PAUSED");
    assert.deepEqual(
      [created, updated, points].map(({ metadata }) => metadata.entityEventSequence),
      ["1", "2", "3"],
    );
    const { metadata } = points;
    assert.equal(metadata.eventTime.toISOString(), NOW);
    assert.deepEqual(
      [metadata.entityId, metadata.entityFqdn, metadata.slug, metadata.instanceId],
      [account._id, "wix.loyalty.v1.account", "points_updated", sandbox.instanceId],
    );
    assert.deepEqual(metadata.identity, { identityType: "APP", appId: sandbox.appId });
    assert.equal(program.metadata.identity.identityType, "WIX_USER");
    assert.equal(new Set(events.map(({ id }) => id)).size, 4, "each has its own id");
  });

  it("l14 what moves nothing is no event, and a balance that stays is no points_updated", async () => {
    const sandbox = await sandboxForTests();
    const client = appClient(sandbox);
    const { accountId } = sandbox.members[0];
    await earn(client, accountId, "once");
    const before = (await sandbox.events()).length;
    await assert.rejects(earn(client, accountId, "once"));
    assert.equal((await sandbox.events()).length, before);
    const { points } = await client.accounts.getAccount(accountId);
    await client.accounts.adjustPoints(accountId, {
      balance: points.balance,
      description: "as it is",
    });
    const told = (await sandbox.events()).slice(before).map(({ eventType }) => eventType);
    assert.deepEqual(told, ["wix.loyalty.v1.account_updated"]);
  });

  it("l14 another key, a changed token: refused", async () => {
    const sandbox = await sandboxForTests();
    await earn(appClient(sandbox), sandbox.members[0].accountId, "one");
    const [{ jwt }] = await sandbox.events();
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const other = publicKey.export({ type: "spki", format: "pem" });
    await assert.rejects(receiver({ ...sandbox, publicKey: other }).process(jwt));
    const [head, claims, mark] = jwt.split(".");
    const changed = Buffer.from(claims, "base64url").toString().replace("account", "accoumt");
    const forged = [head, Buffer.from(changed).toString("base64url"), mark].join(".");
    await assert.rejects(receiver(sandbox).process(forged));
    await receiver(sandbox).process(jwt);
  });

  it("l14 a given key signs, and a bad one is refused", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const signingKey = {
      privateKey: pair.privateKey.export({ type: "pkcs8", format: "pem" }),
      publicKey: pair.publicKey.export({ type: "spki", format: "pem" }),
    };
    const sandbox = await sandboxForTests({ signingKey });
    assert.equal(sandbox.publicKey, signingKey.publicKey);
    await sandbox.control("POST", "program", { status: "PAUSED" });
    const { got, process } = receiver(sandbox);
    await process((await sandbox.events())[0].jwt);
    assert.equal(got.length, 1);
    const wrong = createSandbox({ signingKey: { privateKey: "none", publicKey: "none" } });
    await assert.rejects(wrong, /signingKey/);
  });
});

describe("delivery", () => {
  it("l14 to a URL, retried until it is taken, then settled", async () => {
    const bodies = [];
    let failures = 2;
    const server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      if (failures-- > 0) return response.writeHead(503).end("busy");
      bodies.push([request.headers["content-type"], Buffer.concat(parts).toString()]);
      return response.writeHead(204).end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    after(() => server.close());
    const url = `http://127.0.0.1:${server.address().port}/hooks`;
    const sandbox = await sandboxForTests();
    await sandbox.control("POST", "webhooks", { url, backoffMs: 5 });
    await sandbox.control("POST", "program", { status: "PAUSED" });
    await sandbox.webhooks.settled();

    const { got, process } = receiver(sandbox);
    assert.equal(bodies.length, 1);
    assert.equal(bodies[0][0], "text/plain");
    await process(bodies[0][1]);
    assert.equal(got[0].name, "program");
    const [event] = await sandbox.events();
    assert.equal(event.jwt, bodies[0][1]);
    assert.deepEqual(
      event.deliveries.map(({ status }) => status),
      [503, 503, 204],
    );
  });

  it("l14 a receiver that never answers well is given up", async () => {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      if (calls === 2) throw new TypeError("fetch failed");
      return new Response("no", { status: 500 });
    };
    const sandbox = await sandboxForTests();
    sandbox.webhooks.deliver({ url: "http://receiver/", attempts: 3, backoffMs: 1, fetch });
    await sandbox.control("POST", "program", { status: "PAUSED" });
    await sandbox.webhooks.settled();
    assert.equal(calls, 3);
    const [{ deliveries }] = await sandbox.events();
    assert.deepEqual(
      deliveries.map(({ status, error }) => status ?? error),
      [500, "fetch failed", 500],
    );
    sandbox.webhooks.stop();
    await sandbox.control("POST", "program", { status: "ACTIVE" });
    await sandbox.webhooks.settled();
    assert.equal(calls, 3);
  });

  const order = async (options) => {
    const got = [];
    const fetch = async (url, { body }) => {
      const claims = JSON.parse(Buffer.from(body.split(".")[1], "base64url"));
      got.push(JSON.parse(JSON.parse(claims.data).data).entityEventSequence);
      return new Response(null, { status: 200 });
    };
    const webhooks = { url: "http://receiver/", fetch, ...options };
    const sandbox = await sandboxForTests({ webhooks });
    for (let turn = 0; turn < 6; turn += 1) {
      const status = turn % 2 === 0 ? "PAUSED" : "ACTIVE";
      await sandbox.control("POST", "program", { status });
    }
    await sandbox.webhooks.settled();
    return got;
  };
  const plain = ["1", "2", "3", "4", "5", "6"];

  it("l14 in order and once, unless asked otherwise", async () => {
    assert.deepEqual(await order({}), plain);
  });

  it("l14 each twice", async () => {
    assert.deepEqual(
      await order({ duplicate: 1 }),
      plain.flatMap((number) => [number, number]),
    );
  });

  it("l14 out of order, the last one too, and none is lost", async () => {
    assert.deepEqual(await order({ reorder: 1 }), ["2", "1", "4", "3", "6", "5"]);
    const half = await order({ reorder: 0.5 });
    assert.notDeepEqual(half, plain);
    assert.deepEqual([...half].sort(), plain);
    assert.deepEqual(await order({ reorder: 0.5 }), half, "the same seed, the same order");
  });
});
