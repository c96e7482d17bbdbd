// Tokens: who a good one speaks for, and what the proxy makes of it. The attacks stand in rfc8725.test.js.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { jwt } from "loyalty-edge/proxy";
import { repeatsAMember } from "../../pkg/proxy/identify/jwt-shape.js";
import { id, makeProxy } from "./support.js";
import { CLAIMS, ISSUER, ask as askOf, jwkOf, newEc, newRsa, sign as signBy } from "./tokens.js";

let keys;
let rsa;
let identify;
before(async () => {
  [keys, rsa] = await Promise.all([newEc(), newRsa()]);
  const jwks = {
    keys: [
      await jwkOf(keys, { kid: "ec", alg: "ES256" }),
      await jwkOf(rsa, { kid: "rsa", alg: "RS256" }),
    ],
  };
  identify = jwt({ issuer: ISSUER, audience: "shop", jwks });
});

const ask = (token) => askOf(identify, token);
const sign = (claims, header = { alg: "ES256", kid: "ec" }, key = keys) =>
  signBy(claims, header, key);

test("p11_good_tokens_are_believed", async () => {
  const expiresAt = CLAIMS.exp * 1000;
  const member = {
    role: "member",
    memberId: id(1),
    contactId: undefined,
    subject: id(1),
    issuer: ISSUER,
    expiresAt,
  };
  assert.deepEqual(await ask(await sign(CLAIMS)), member);
  const header = { alg: "RS256", kid: "rsa" };
  assert.deepEqual(await ask(await sign(CLAIMS, header, rsa)), member);
  const typed = { alg: "ES256", kid: "ec", typ: "at+jwt" };
  assert.deepEqual(await ask(await sign({ ...CLAIMS, aud: ["a", "shop"] }, typed)), member);
  const contact = await ask(await sign({ ...CLAIMS, contact_id: id(2) }));
  assert.equal(contact.contactId, id(2));
  assert.deepEqual(await ask(null), { role: "visitor" });
});

test("p11_roles_stand_in_the_token_and_nowhere_else", async () => {
  const role = async (claims) => (await ask(await sign({ ...CLAIMS, ...claims }))).role;
  assert.equal(await role({ roles: ["staff"] }), "staff");
  assert.equal(await role({ roles: "admin" }), "admin");
  assert.equal(await role({ roles: ["staff", "admin"] }), "admin");
  assert.equal(await role({ roles: ["Admin", "administrator", "staff "] }), "member");
  assert.equal(await role({ roles: { admin: true } }), "member");
  assert.equal(await role({ role: "admin", "__proto__.roles": "admin" }), "member");
  assert.equal(await role({ sub: undefined }), "visitor");
  assert.equal(await role({ sub: "" }), "visitor");
  assert.equal(await role({ email: "staff@shop.example", sub: undefined }), "visitor");
});

test("what_stands_in_json_twice", () => {
  for (const [text, expected] of [
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', false],
    ['{"a":"a","b":"a"}', false],
    ['{"a":{"x":1,"x":2}}', true],
    ['{"a":["x","x"],"b":"\\"a\\":"}', false],
    ['[{"x":1},{"y":1,"y":2}]', true],
    ['{"a":1,"\\u0061":2}', true],
  ]) {
    assert.equal(repeatsAMember(text), expected, text);
  }
});

test("p11_a_tampered_token_is_401_at_the_proxy_and_a_good_one_passes_bare_or_with_bearer", async () => {
  const { call } = makeProxy({ identify });
  const line = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
  const good = await sign(CLAIMS);
  const by = async (authorization) =>
    (await call(line, undefined, { headers: { authorization } })).status;
  assert.deepEqual(
    [await by(good), await by(`Bearer ${good}`), await by(`bearer  ${good}`)],
    [200, 200, 200],
  );
  const bad = `${good.slice(0, -6)}AAAAAA`;
  for (const header of [
    bad,
    `Bearer ${bad}`,
    "Bearer",
    "Bearer ",
    `Basic ${good}`,
    `${good}, ${good}`,
  ]) {
    assert.equal(await by(header), 401, header);
  }
});

test("a_key_server_that_fails_is_503_and_never_401", async () => {
  const fetch = async () => new Response("", { status: 500 });
  const jwksUri = "https://login.example/jwks";
  const { call } = makeProxy({
    identify: jwt({ issuer: ISSUER, audience: "shop", jwksUri, fetch }),
  });
  const authorization = await sign(CLAIMS);
  const got = await call(["GET", "/healthz"], undefined, { headers: { authorization } });
  assert.equal(got.status, 200);
  const read = await call(["GET", "/loyalty-programs/v1/program"], undefined, {
    headers: { authorization },
  });
  assert.deepEqual([read.status, read.json.code], [503, "UNAVAILABLE"]);
});
