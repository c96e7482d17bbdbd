// Eligibility by claims of the verified token: what a provider verified decides, and goes no further (P5).
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { custom, jwt } from "loyalty-edge/proxy";
import { A, POLICY, earn, makeProxy } from "./support.js";

const policy = {
  ...POLICY,
  actions: {
    ...POLICY.actions,
    tap: {
      ...POLICY.actions.tap,
      eligible: { plan: ["gold", "silver"], "https://shop.example/verified": true },
    },
  },
};
const VERIFIED = "https://shop.example/verified";
const SECRET = "not-for-anybody";

test("p05_claims_of_a_signed_token_decide_and_others_do_not_come_in", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
  const identify = jwt({
    issuer: "https://login.example",
    audience: "shop",
    jwks: { keys: [jwk] },
  });
  const records = [];
  const { call, logs, clock } = makeProxy({
    policy,
    identify,
    audit: (record) => void records.push(record),
  });
  const token = (claims) =>
    new SignJWT({ contact_id: A.contactId, note: SECRET, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer("https://login.example")
      .setAudience("shop")
      .setSubject(A.memberId)
      .setIssuedAt(clock.now / 1000)
      .setExpirationTime(clock.now / 1000 + 600)
      .sign(privateKey);
  const status = async (claims, who) =>
    (await earn(call, "tap", who ?? (await token(claims)))).status;
  assert.equal(await status({ plan: "gold", [VERIFIED]: true }), 200);
  assert.equal(await status({ plan: ["x", "silver"], [VERIFIED]: true }), 200);
  assert.equal(await status({ plan: "gold" }), 403, "a claim is missing");
  assert.equal(await status({ plan: "bronze", [VERIFIED]: true }), 403);
  assert.equal(await status({ plan: "gold", [VERIFIED]: "true" }), 403, "text is not true");
  const twice = await token({ plan: "gold", [VERIFIED]: true });
  assert.deepEqual(
    [await status({}, twice), await status({}, twice)],
    [200, 200],
    "remembered too",
  );
  assert.doesNotMatch(JSON.stringify(records) + logs.join(), /gold|silver|bronze|not-for-anybody/);
});

test("p05_a_provider_gets_the_names_and_gives_the_claims_and_hooks_see_none", async () => {
  const seen = [];
  const identify = async (asked) => {
    seen.push(asked.proxy.claims);
    const claims = { plan: "gold", [VERIFIED]: true, note: SECRET };
    return { role: "member", memberId: A.memberId, claims };
  };
  const hooked = structuredClone(policy);
  hooked.actions.tap.confirm = "review-exists";
  const told = [];
  const confirm = { "review-exists": (claim) => told.push(claim.caller) > 0 };
  const { call } = makeProxy({ policy: hooked, identify, confirm });
  assert.equal((await earn(call, "tap", "x")).status, 200);
  assert.deepEqual(seen[0].toSorted(), [VERIFIED, "plan"].sort());
  assert.deepEqual(told, [{ role: "member", memberId: A.memberId }]);
});

test("p23_claims_that_are_no_plain_object_are_none", async () => {
  for (const claims of [null, "plan", 5, [], Object.create({ plan: "gold", [VERIFIED]: true })]) {
    const identify = custom(() => ({ role: "member", memberId: A.memberId, claims }));
    const { call } = makeProxy({ policy, identify });
    assert.equal((await earn(call, "tap", "x")).status, 403, String(claims));
  }
});
