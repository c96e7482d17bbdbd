import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDevEndpoints } from "../../pkg/cli/dev-endpoints.js";
import { AUDIENCE, createIssuer } from "../../pkg/cli/issuer.js";

const ORIGIN = "http://127.0.0.1:4180";
const ADA = {
  name: "Ada",
  memberId: "6f1f9a3e-1111-4111-8111-111111111111",
  contactId: "6f1f9a3e-2222-4222-8222-222222222222",
};
const issuer = await createIssuer({ issuer: ORIGIN });
const endpoints = createDevEndpoints({
  origin: ORIGIN,
  issuer,
  findMember: async (id) => (id === ADA.memberId ? ADA : undefined),
  cast: { members: [] },
});

/**
 * Verifies with nothing but WebCrypto: the library that signed should not be its own witness.
 *
 * @param {string} token
 */
async function verify(token) {
  const [header, payload, signature] = token.split(".");
  const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
  const { alg, kid } = read(header);
  assert.equal(alg, "ES256");
  const jwk = issuer.jwks.keys.find((key) => key.kid === kid);
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, curve, false, ["verify"]);
  const valid = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    Buffer.from(signature, "base64url"),
    Buffer.from(`${header}.${payload}`),
  );
  assert.ok(valid, "the signature is the published key's");
  const claims = read(payload);
  assert.equal(claims.iss, ORIGIN);
  assert.equal(claims.aud, AUDIENCE);
  return claims;
}

/** @param {{ body?: string, headers?: Record<string, string | undefined>, method?: string }} [change] */
function signIn({
  body = JSON.stringify({ as: ADA.memberId }),
  headers = {},
  method = "POST",
} = {}) {
  const all = { "content-type": "application/json", "x-loyalty-client": "test/1", ...headers };
  const kept = Object.entries(all).filter(([, value]) => value !== undefined);
  return endpoints(
    new Request(`${ORIGIN}/dev/sign-in`, {
      method,
      headers: Object.fromEntries(kept),
      ...(method === "POST" && { body }),
    }),
  );
}

describe("the issuer", () => {
  test("signs a member for one hour, with ids and no role", async () => {
    const { token, expiresAt } = await issuer.signMember(ADA);
    const payload = await verify(token);
    assert.equal(payload.sub, ADA.memberId);
    assert.equal(payload.contact_id, ADA.contactId);
    assert.deepEqual(payload.roles, []);
    assert.equal(payload.exp - payload.iat, 3600);
    assert.equal(new Date(expiresAt).getTime(), payload.exp * 1000);
  });

  test("signs roles with a subject of their own and no contact", async () => {
    const [staff, admin] = await Promise.all(
      ["staff", "admin"].map(async (role) => verify((await issuer.signRole(role)).token)),
    );
    assert.deepEqual(staff.roles, ["staff"]);
    assert.deepEqual(admin.roles, ["admin"]);
    assert.notEqual(staff.sub, admin.sub);
    assert.equal("contact_id" in staff, false);
  });

  test("publishes the public half of its key only", () => {
    assert.equal(issuer.jwks.keys.length, 1);
    assert.equal("d" in issuer.jwks.keys[0], false);
  });
});

describe("the dev endpoints", () => {
  test("sign a member, staff and the admin in", async () => {
    for (const as of [ADA.memberId, "staff", "admin"]) {
      const response = await signIn({ body: JSON.stringify({ as }) });
      assert.equal(response.status, 200);
      const { token } = await response.json();
      assert.equal((await verify(token)).iss, ORIGIN);
    }
  });

  test("answer the bare token to a shell", async () => {
    const response = await signIn({ headers: { accept: "text/plain" } });
    await verify(await response.text());
    assert.equal(response.headers.get("cache-control"), "no-store");
  });

  test("publish the keys and the cast", async () => {
    const keys = await endpoints(new Request(`${ORIGIN}/dev/jwks.json`));
    assert.deepEqual(await keys.json(), issuer.jwks);
    const cast = await endpoints(new Request(`${ORIGIN}/dev/cast.json`));
    assert.deepEqual(await cast.json(), { members: [] });
  });

  const refused = [
    ["no X-Loyalty-Client", { headers: { "x-loyalty-client": undefined } }, 403],
    ["a foreign origin", { headers: { origin: "https://evil.example" } }, 403],
    ["a look-alike origin", { headers: { origin: `${ORIGIN}0` } }, 403],
    ["the null origin", { headers: { origin: "null" } }, 403],
    ["a cross-site fetch", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["a same-site fetch", { headers: { "sec-fetch-site": "same-site" } }, 403],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
    ["no JSON", { body: "as=staff" }, 400],
    ["no name", { body: "{}" }, 400],
    ["a null body", { body: "null" }, 400],
    ["a number", { body: '{"as":1}' }, 400],
    ["a long name", { body: JSON.stringify({ as: "x".repeat(65) }) }, 400],
    ["an unknown member", { body: '{"as":"6f1f9a3e-9999-4999-8999-999999999999"}' }, 404],
    ["a GET", { method: "GET" }, 405],
  ];
  for (const [name, change, status] of refused) {
    test(`refuse ${name}`, async () => {
      const response = await signIn(change);
      assert.equal(response.status, status);
      const problem = await response.json();
      assert.equal(problem.status, status);
      assert.ok(problem.detail.length > 0);
      assert.equal(problem.token, undefined);
    });
  }

  test("have nothing else", async () => {
    const response = await endpoints(new Request(`${ORIGIN}/dev/constructor`));
    assert.equal(response.status, 404);
  });
});
