// Webhooks, from the sandbox's signer to the developer's handler (P36).
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";
import { SignJWT, exportSPKI, generateKeyPair } from "jose";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { ORIGIN, makeProxy } from "./support.js";

const POINTS = "wix.loyalty.v1.account_points_updated";
const NOW = Date.parse("2030-01-01T10:00:00Z");

/** A sandbox that delivers to a proxy in front of it. */
async function delivered(t, { on, duplicate = 0, reorder = 0, sandboxOptions = {}, ...more } = {}) {
  const sandbox = await createSandbox({ seed: 7, accounts: 5, now: NOW, ...sandboxOptions });
  t.after(() => sandbox.close());
  const logs = [];
  const [member] = sandbox.members;
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: custom(({ token }) =>
      token === "staff"
        ? { role: "staff", memberId: "works-here" }
        : { role: "member", memberId: member.memberId, contactId: member.contactId },
    ),
    origins: [ORIGIN],
    upstream: "http://127.0.0.1:9",
    policy: {
      grants: { member: ["getCurrentMemberAccount"], staff: ["adjustPoints", "earnPoints"] },
    },
    webhooks: { publicKey: sandbox.publicKey, instanceIds: [sandbox.instanceId], on },
    fetch: (request) => sandbox.fetch(request),
    now: () => NOW,
    log: (line) => logs.push(line),
    ...more,
  });
  const statuses = [];
  sandbox.webhooks.deliver({
    url: "http://proxy.example/loyalty/webhooks",
    duplicate,
    reorder,
    backoffMs: 1,
    fetch: async (url, init) => {
      const response = await proxy.fetch(new Request(url, init));
      statuses.push(response.status);
      return response;
    },
  });
  return { sandbox, proxy, member, statuses, logs };
}

/** Points for a member, past the proxy. */
function earnAt(sandbox, member, key, amount = 5) {
  const url = `http://sandbox/loyalty-accounts/v1/accounts/${member.accountId}/earn-points`;
  const body = { accountId: member.accountId, amount, appId: "x", idempotencyKey: key };
  return sandbox.fetch(
    new Request(url, {
      method: "POST",
      headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
      body: JSON.stringify(body),
    }),
  );
}

test("p36_each_event_reaches_its_handler_once_and_in_order_with_duplicates_and_reordering", async (t) => {
  const seen = [];
  const on = {
    [POINTS]: ({ data, metadata }) => void seen.push([metadata, data.account.points.balance]),
  };
  const { sandbox, member, statuses } = await delivered(t, { on, duplicate: 0.5, reorder: 0.4 });
  for (let at = 0; at < 12; at += 1)
    assert.equal((await earnAt(sandbox, member, `k${at}`)).status, 200);
  await sandbox.webhooks.settled();
  assert.ok(
    statuses.every((status) => status === 200 || status === 409),
    statuses.join(),
  );
  assert.ok(statuses.length > 12, "some came twice");
  const ids = seen.map(([{ _id }]) => _id);
  assert.equal(new Set(ids).size, ids.length, "none was handled twice");
  const order = seen.map(([{ entityEventSequence }]) => Number(entityEventSequence));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    "none came behind a newer one",
  );
  assert.ok(seen.length >= 6);
  const balances = seen.map(([, balance]) => balance);
  assert.deepEqual(
    balances,
    [...balances].sort((a, b) => a - b),
  );
  const [first] = seen[0];
  assert.ok(first.eventTime instanceof Date);
  assert.equal(first.entityId, member.accountId);
});

test("p36_a_handler_that_throws_gets_the_event_again", async (t) => {
  let tries = 0;
  const on = {
    [POINTS]: () => {
      tries += 1;
      if (tries < 3) throw new Error("database of somebody@example.com");
    },
  };
  const { sandbox, member, statuses, logs } = await delivered(t, { on });
  await earnAt(sandbox, member, "k");
  await sandbox.webhooks.settled();
  assert.equal(tries, 3);
  assert.deepEqual(
    statuses.filter((status) => status !== 200),
    [503, 503],
  );
  assert.doesNotMatch(logs.join(), /somebody/);
});

test("p29_an_event_drops_the_balance_that_was_kept", async (t) => {
  const { sandbox, proxy, member } = await delivered(t);
  const read = async () => {
    const response = await proxy.fetch(
      new Request(`${ORIGIN}/loyalty/loyalty-accounts/v1/accounts/my-account`, {
        headers: { authorization: "a", "x-loyalty-client": "t/1", origin: ORIGIN },
      }),
    );
    return (await response.json()).account.points.balance;
  };
  const before = await read();
  sandbox.webhooks.stop();
  await earnAt(sandbox, member, "k1");
  assert.equal(await read(), before, "kept: nobody told");
  sandbox.webhooks.deliver({
    url: "http://proxy.example/loyalty/webhooks",
    fetch: (url, init) => proxy.fetch(new Request(url, init)),
  });
  await earnAt(sandbox, member, "k2");
  await sandbox.webhooks.settled();
  assert.equal(await read(), before + 10);
});

const claims = (change = {}, outer = {}) => ({
  data: JSON.stringify({
    eventType: POINTS,
    instanceId: "instance-1",
    data: JSON.stringify({
      id: crypto.randomUUID(),
      entityFqdn: "wix.loyalty.v1.account",
      slug: "points_updated",
      entityId: "a",
      eventTime: new Date(NOW).toISOString(),
      entityEventSequence: "1",
      actionEvent: { body: {} },
      ...change,
    }),
    ...outer,
  }),
});

test("p36_only_rs256_by_the_configured_key_is_believed", async () => {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const other = await generateKeyPair("RS256", { extractable: true });
  const pss = await crypto.subtle.importKey(
    "pkcs8",
    await crypto.subtle.exportKey("pkcs8", pair.privateKey),
    { name: "RSA-PSS", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const pem = await exportSPKI(pair.publicKey);
  const handled = [];
  const options = {
    publicKey: pem,
    instanceIds: ["instance-1"],
    on: { [POINTS]: (event) => void handled.push(event) },
  };
  const { proxy } = makeProxy({ webhooks: options });
  const send = async (body, to = proxy) =>
    (await to.fetch(new Request(`${ORIGIN}/loyalty/webhooks`, { method: "POST", body }))).status;
  const sign = (payload, key = pair.privateKey, header = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: "RS256", typ: "JWT", ...header }).sign(key);
  const good = await sign(claims());
  assert.equal(await send(good), 200);
  assert.equal(await send(`${good}\n`), 200, "a line's end at the end changes nothing");
  assert.equal(handled.length, 1);
  const none = `${btoa('{"alg":"none"}').replace(/=+$/, "")}.${good.split(".")[1]}.`;
  const tampered = `${good.slice(0, -8)}AAAAAAAA`;
  const hs = await new SignJWT(claims())
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(pem));
  for (const [name, body] of [
    ["another key", await sign(claims(), other.privateKey)],
    ["PS256 by the same key", await sign(claims(), pss, { alg: "PS256" })],
    ["HS256 with the public key", hs],
    ["none", none],
    ["tampered", tampered],
    ["expired", await sign({ ...claims(), exp: NOW / 1000 - 61 })],
    ["not yet", await sign({ ...claims(), nbf: NOW / 1000 + 61 })],
    ["a jwk in the header", await sign(claims(), pair.privateKey, { jwk: {} })],
    ["no token", "{}"],
    ["empty", ""],
  ]) {
    assert.equal(await send(body), 401, name);
  }
  assert.equal(await send("x".repeat(70_000)), 413);
  assert.equal(await send(await sign(claims({}, { instanceId: "instance-2" }))), 403);
  assert.equal(await send(await sign({ data: "5" })), 400);
  const old = { eventTime: new Date(NOW - 86_400_001).toISOString() };
  assert.equal(await send(await sign(claims(old))), 400);
  assert.equal(handled.length, 1);
  const base64 = makeProxy({ webhooks: { ...options, publicKey: btoa(pem) } });
  assert.equal(await send(good, base64.proxy), 200, "as the dashboard gives it");
  const [begin, line, ...rest] = pem.split("\n");
  const broken = [begin, line, rest.at(-1) === "" ? rest.at(-2) : rest.at(-1)].join("\n");
  const wrong = makeProxy({ webhooks: { ...options, publicKey: broken } });
  assert.equal(await send(good, wrong.proxy), 503, "our fault, so the sender tries again");
});

test("p36_wrong_options_are_named", () => {
  const pemOf = (...kind) =>
    generateKeyPairSync(...kind).publicKey.export({ type: "spki", format: "pem" });
  const publicKey = pemOf("rsa", { modulusLength: 2048 });
  const good = { publicKey, instanceIds: ["i"] };
  assert.ok(makeProxy({ webhooks: good }));
  for (const [change, pattern] of [
    [{ publicKey: undefined }, /webhooks\.publicKey/],
    [{ publicKey: "secret" }, /webhooks\.publicKey/],
    [{ publicKey: btoa("-----BEGIN PUBLIC KEY-----\n") }, /webhooks\.publicKey/],
    [{ publicKey: pemOf("ec", { namedCurve: "P-256" }) }, /webhooks\.publicKey.*RSA/],
    [{ instanceIds: [] }, /webhooks\.instanceIds/],
    [{ instanceIds: [5] }, /webhooks\.instanceIds/],
    [{ on: { [POINTS]: 5 } }, /must be a function/],
    [{ windowMs: 10 }, /webhooks\.windowMs/],
    [{ key: "x" }, /webhooks\.key is unknown/],
  ]) {
    assert.throws(() => makeProxy({ webhooks: { ...good, ...change } }), pattern);
  }
});
