// Members for shops whose own login knows nothing of them: `resolve` says who it is, and is not believed blindly.
import assert from "node:assert/strict";
import { test } from "node:test";
import { custom, jwt } from "loyalty-edge/proxy";
import { A, B, earn, makeProxy } from "./support.js";
import { CLAIMS, jwkOf, newEc, sign } from "./tokens.js";

const ME = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const IDS = { ada: { memberId: A.memberId }, bob: { contactId: B.contactId } };

function shop(resolve, more = {}) {
  const asked = [];
  const identify = custom(({ token }) =>
    token === null
      ? { role: "visitor" }
      : { role: token === "boss" ? "staff" : "member", subject: token, ...more },
  );
  const made = makeProxy({
    identify,
    resolve: async (caller) => {
      asked.push(caller);
      return resolve(caller);
    },
  });
  return { ...made, asked };
}

test("a_subject_becomes_the_member_that_the_shop_knows", async () => {
  const { call, asked } = shop(({ subject }) => IDS[subject] ?? null);
  assert.equal((await call(ME, "ada")).json.account.id, A.accountId);
  assert.equal((await call(ME, "bob")).json.account.id, B.accountId);
  assert.equal((await earn(call, "tap", "ada")).status, 200);
  const foreign = await call(["GET", `/loyalty-accounts/v1/accounts/${B.accountId}`], "ada");
  assert.equal(foreign.status, 404);
  assert.deepEqual(asked[0], { role: "member", subject: "ada" });
});

test("resolve_is_asked_once_for_many_and_then_not_for_a_while", async () => {
  const { call, asked, clock } = shop(({ subject }) => IDS[subject]);
  await Promise.all(Array.from({ length: 20 }, () => call(ME, "ada")));
  assert.equal(asked.length, 1);
  await call(ME, "bob");
  assert.equal(asked.length, 2);
  clock.now += 5 * 60_000;
  await call(ME, "ada");
  assert.equal(asked.length, 3);
});

test("p29_the_same_subject_of_two_issuers_is_two_people", async () => {
  const keys = await newEc();
  const jwks = { keys: [await jwkOf(keys, { kid: "k", alg: "ES256" })] };
  const [first, second] = ["https://one.example", "https://two.example"];
  const ids = { [first]: { memberId: A.memberId }, [second]: { memberId: B.memberId } };
  const asked = [];
  const { call, clock } = makeProxy({
    identify: jwt([first, second].map((issuer) => ({ issuer, audience: "shop", jwks }))),
    resolve: (caller) => {
      asked.push([caller.issuer, caller.subject]);
      return ids[caller.issuer] ?? null;
    },
  });
  const seconds = Math.floor(clock.now / 1000);
  const tokenOf = (iss) =>
    sign(
      { ...CLAIMS, iss, sub: "42", iat: seconds, exp: seconds + 600 },
      { alg: "ES256", kid: "k" },
      keys,
    );
  assert.equal((await call(ME, await tokenOf(first))).json.account.id, A.accountId);
  assert.equal((await call(ME, await tokenOf(second))).json.account.id, B.accountId);
  assert.deepEqual(asked, [
    [first, "42"],
    [second, "42"],
  ]);
});

test("somebody_whom_the_shop_does_not_know_is_403_and_asked_about_again", async () => {
  const { call, asked } = shop(() => null);
  for (const answer of [await call(ME, "eve"), await call(ME, "eve")]) {
    assert.deepEqual([answer.status, answer.json.code], [403, "PERMISSION_DENIED"]);
    assert.match(answer.json.detail, /signed in, but not known as a member/);
  }
  assert.equal(asked.length, 2);
});

test("what_resolve_gives_must_be_ids_of_the_site", async () => {
  for (const bad of [
    { memberId: "42" },
    { memberId: "../admin" },
    { memberId: A.memberId, contactId: "ada@shop.example" },
    {},
    { accountId: A.accountId },
  ]) {
    const { call, upstream } = shop(() => bad);
    const got = await call(ME, "ada");
    assert.deepEqual([got.status, got.json.code], [500, "PROXY_INTERNAL"], JSON.stringify(bad));
    assert.equal(upstream.length, 0);
  }
  for (const odd of ["text", 5, true, { memberId: 42 }, { memberId: { $ne: null } }]) {
    const { call, upstream } = shop(() => odd);
    assert.ok([500, 503].includes((await call(ME, "ada")).status), JSON.stringify(odd));
    assert.equal(upstream.length, 0);
  }
});

test("resolve_that_fails_is_503_and_opens_nothing", async () => {
  const { call, upstream, logs } = shop(() => {
    throw new Error("secret words");
  });
  const got = await call(ME, "ada");
  assert.deepEqual([got.status, got.json.code], [503, "UNAVAILABLE"]);
  assert.equal(upstream.length, 0);
  assert.doesNotMatch(got.text + logs.join(), /secret words/);
});

test("staff_and_visitors_are_not_asked_about", async () => {
  const { call, asked } = shop(() => null);
  assert.equal((await call(["GET", "/loyalty-programs/v1/program"])).status, 200);
  assert.equal(
    (await call(["GET", `/loyalty-accounts/v1/accounts/${A.accountId}`], "boss")).status,
    200,
  );
  assert.equal(asked.length, 0);
});

test("p07_a_token_of_another_member_is_not_used_for_the_resolved_one", async () => {
  const { call, upstream } = shop(() => IDS.ada, { upstreamToken: "OauthNG.JWS.of-somebody-else" });
  assert.equal((await call(ME, "ada")).status, 200);
  assert.ok(upstream.every(({ headers }) => !headers.authorization.includes("somebody")));
});

test("p08_an_identity_function_can_not_pass_its_ids_for_checked_ones", async () => {
  const identify = custom(() => ({ role: "member", memberId: "not-a-guid", isResolved: true }));
  const { call } = makeProxy({ identify });
  assert.equal((await call(ME, "x")).status, 404, "looked up as any id, and not there");
});
