// Keys come and go (P13), and what was verified once is remembered only as long as all of it still holds.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { InvalidToken, jwt } from "loyalty-edge/proxy";
import { CLAIMS, ISSUER, NOW, SECONDS, ask, jwkOf, newEc, sign } from "./tokens.js";

const URI = "https://login.example/jwks";
const MINUTE = 60_000;
let [one, two] = [];
before(async () => {
  [one, two] = await Promise.all([newEc(), newEc()]);
});

const by = (key, kid, claims = CLAIMS) => sign(claims, { alg: "ES256", kid }, key);
/** A token that lives for days. */
const long = (key, kid) => by(key, kid, { ...CLAIMS, exp: SECONDS + 600_000 });
const keysOf = (...pairs) => Promise.all(pairs.map(([kid, pair]) => jwkOf(pair, { kid })));

/** A key server whose keys can be changed, and that counts. */
async function keyServer(...pairs) {
  const server = {
    count: 0,
    keys: await keysOf(...pairs),
    answer: undefined,
    async fetch(request) {
      server.count += 1;
      assert.deepEqual([request.url, request.method, request.redirect], [URI, "GET", "manual"]);
      return server.answer?.() ?? Response.json({ keys: server.keys });
    },
  };
  server.identify = jwt({ issuer: ISSUER, audience: "shop", jwksUri: URI, fetch: server.fetch });
  return server;
}

test("keys_are_fetched_once_however_many_wait_and_asked_for_again_after_ten_minutes", async () => {
  const server = await keyServer(["one", one]);
  const token = await long(one, "one");
  await Promise.all(Array.from({ length: 20 }, () => ask(server.identify, token)));
  assert.equal(server.count, 1);
  await ask(server.identify, token, NOW + 9 * MINUTE);
  assert.equal(server.count, 1);
  await ask(server.identify, token, NOW + 10 * MINUTE);
  assert.equal(server.count, 2, "even where the token is remembered");
});

test("p13_two_keys_are_accepted_while_they_overlap", async () => {
  const given = jwt({
    issuer: ISSUER,
    audience: "shop",
    jwks: { keys: await keysOf(["one", one], ["two", two]) },
  });
  const fetched = (await keyServer(["one", one], ["two", two])).identify;
  for (const identify of [given, fetched]) {
    assert.equal((await ask(identify, await by(one, "one"))).role, "member");
    assert.equal((await ask(identify, await by(two, "two"))).role, "member");
    await assert.rejects(ask(identify, await by(one, "two")), InvalidToken);
  }
});

test("p13_two_keys_without_names_are_both_tried", async () => {
  const keys = [await jwkOf(one), await jwkOf(two)];
  const identify = jwt({ issuer: ISSUER, audience: "shop", jwks: { keys } });
  for (const key of [one, two]) {
    assert.equal((await ask(identify, await sign(CLAIMS, { alg: "ES256" }, key))).role, "member");
  }
  const third = await sign(CLAIMS, { alg: "ES256" }, await newEc());
  await assert.rejects(ask(identify, third), InvalidToken);
  const late = await sign({ ...CLAIMS, exp: 5 }, { alg: "ES256" }, two);
  await assert.rejects(ask(identify, late), InvalidToken);
});

test("p13_a_new_key_is_found_by_its_unknown_name_at_once", async () => {
  const server = await keyServer(["one", one]);
  await ask(server.identify, await by(one, "one"));
  server.keys = await keysOf(["one", one], ["two", two]);
  assert.equal((await ask(server.identify, await by(two, "two"), NOW + 1_000)).role, "member");
  assert.equal(server.count, 2);
});

test("p13_names_that_somebody_makes_up_cause_one_call_in_thirty_seconds", async () => {
  const server = await keyServer(["one", one]);
  await ask(server.identify, await by(one, "one"));
  const refused = async (now) => {
    const tokens = await Promise.all(
      Array.from({ length: 10 }, () => by(two, `kid-${Math.random()}`)),
    );
    for (const token of tokens)
      await assert.rejects(ask(server.identify, token, now), InvalidToken);
  };
  await refused(NOW);
  assert.equal(server.count, 2);
  await refused(NOW + 29_000);
  assert.equal(server.count, 2);
  await refused(NOW + 30_000);
  assert.equal(server.count, 3);
});

test("p13_a_key_that_was_taken_out_opens_nothing_though_its_tokens_were_remembered", async () => {
  const server = await keyServer(["one", one], ["two", two]);
  const [old, fresh] = [await long(one, "one"), await long(two, "two")];
  await ask(server.identify, old);
  await ask(server.identify, fresh);
  server.keys = await keysOf(["two", two]);
  assert.equal((await ask(server.identify, old, NOW + MINUTE)).role, "member", "not known yet");
  await assert.rejects(ask(server.identify, old, NOW + 10 * MINUTE), InvalidToken);
  assert.equal((await ask(server.identify, fresh, NOW + 10 * MINUTE)).role, "member");
});

test("a_key_server_that_fails_leaves_the_last_keys_for_an_hour_and_then_nothing", async () => {
  const server = await keyServer(["one", one]);
  const token = await long(one, "one");
  await ask(server.identify, token);
  server.answer = () => new Response("", { status: 500 });
  assert.equal((await ask(server.identify, token, NOW + 20 * MINUTE)).role, "member");
  assert.equal((await ask(server.identify, token, NOW + 59 * MINUTE)).role, "member");
  await assert.rejects(ask(server.identify, token, NOW + 61 * MINUTE), (error) => {
    assert.ok(!(error instanceof InvalidToken), "no fault of the token");
    return true;
  });
  server.answer = undefined;
  assert.equal((await ask(server.identify, token, NOW + 62 * MINUTE)).role, "member");
});

test("p13_a_key_server_that_hangs_keeps_nobody_waiting_while_keys_are_there", async () => {
  const server = await keyServer(["one", one]);
  const token = await long(one, "one");
  await ask(server.identify, token);
  server.answer = () => new Promise(() => {});
  const began = performance.now();
  assert.equal((await ask(server.identify, token, NOW + 20 * MINUTE)).role, "member");
  assert.ok(performance.now() - began < 4_000, "and not for the whole time of a call");
});

test("p13_a_new_key_whose_server_fails_is_no_fault_of_the_token", async () => {
  const server = await keyServer(["one", one]);
  await ask(server.identify, await by(one, "one"));
  server.keys = await keysOf(["one", one], ["two", two]);
  server.answer = () => new Response("", { status: 500 });
  const unknown = (error) => !(error instanceof InvalidToken);
  const token = await by(two, "two");
  await assert.rejects(ask(server.identify, token, NOW), unknown);
  await assert.rejects(ask(server.identify, token, NOW + 1_000), unknown, "nor a moment later");
  assert.equal(server.count, 2);
  server.answer = undefined;
  assert.equal(
    (await ask(server.identify, token, NOW + 2_000)).role,
    "member",
    "and then it opens",
  );
});

test("answers_that_are_no_keys_are_no_fault_of_the_token", async () => {
  for (const answer of [
    () => new Response("", { status: 404 }),
    () => new Response("<html>"),
    () => Response.json(null),
    () => Response.json({ keys: "none" }),
    () => Response.json({ keys: Array.from({ length: 101 }, () => ({})) }),
    () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
    () => {
      throw new TypeError("no route");
    },
  ]) {
    const server = await keyServer(["one", one]);
    server.answer = answer;
    const token = await by(one, "one");
    await assert.rejects(ask(server.identify, token), (error) => !(error instanceof InvalidToken));
    await assert.rejects(ask(server.identify, token), (error) => !(error instanceof InvalidToken));
    assert.equal(server.count, 1, "a failure is not repeated at once");
  }
});

test("private_and_secret_keys_of_a_server_are_not_used", async () => {
  const server = await keyServer();
  server.keys = [
    await crypto.subtle.exportKey("jwk", one.privateKey),
    { kty: "oct", k: "c2VjcmV0", alg: "ES256" },
    null,
    5,
  ];
  await assert.rejects(ask(server.identify, await by(one, "one")), InvalidToken);
});

test("a_verified_token_is_remembered_by_its_bytes", async () => {
  const { subtle } = crypto;
  const { verify } = subtle;
  let count = 0;
  subtle.verify = (...args) => {
    count += 1;
    return verify.apply(subtle, args);
  };
  try {
    const jwks = { keys: await keysOf(["one", one]) };
    const identify = jwt({ issuer: ISSUER, audience: "shop", jwks });
    const token = await by(one, "one");
    for (let asked = 0; asked < 5; asked += 1) await ask(identify, token);
    assert.equal(count, 1);
    await assert.rejects(ask(identify, `${token.slice(0, -6)}AAAAAA`), InvalidToken);
    assert.equal(count, 2, "another text is another token");
    await assert.rejects(ask(identify, token, (CLAIMS.exp + 60) * 1_000), InvalidToken);
    assert.equal(count, 2, "its end is asked for without its signature");
    const others = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => by(one, "one", { ...CLAIMS, jti: String(at) })),
    );
    for (const other of others) await ask(identify, other);
    count = 0;
    await ask(identify, token);
    assert.equal(count, 0, "it was used, and outlives a thousand");
    for (const other of [...others, ...others]) await ask(identify, other);
    count = 0;
    await ask(identify, others.at(-1));
    assert.equal(count, 0);
    await ask(identify, token);
    assert.equal(count, 1, "it is forgotten where nobody uses it");
  } finally {
    subtle.verify = verify;
  }
});

test("nobody_can_change_what_is_remembered", async () => {
  const identify = jwt({
    issuer: ISSUER,
    audience: "shop",
    jwks: { keys: await keysOf(["one", one]) },
  });
  const token = await by(one, "one");
  const caller = await ask(identify, token);
  assert.throws(() => (caller.role = "admin"), TypeError);
  assert.equal((await ask(identify, token)).role, "member");
});

test("issuers_that_are_given_twice_or_not_at_all", async () => {
  const options = { issuer: ISSUER, audience: "shop", jwks: { keys: [] } };
  assert.throws(() => jwt([options, options]), /is given twice/);
  assert.throws(() => jwt([]), /issuer is missing/);
  assert.throws(() => jwt(undefined), /issuer is missing/);
});

test("claims_that_are_said_not_to_be_there_are_not_read", async () => {
  const jwks = { keys: await keysOf(["one", one]) };
  const claims = { member: null, contact: null, roles: null };
  const identify = jwt({ issuer: ISSUER, audience: "shop", jwks, claims });
  const token = await by(one, "one", { ...CLAIMS, roles: ["admin"], contact_id: "x" });
  const { expiresAt: _, ...caller } = await ask(identify, token);
  assert.deepEqual(caller, {
    role: "member",
    memberId: undefined,
    contactId: undefined,
    subject: CLAIMS.sub,
    issuer: ISSUER,
  });
});
