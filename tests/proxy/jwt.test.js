// Tokens: what is believed and what is not (P11). One fixed list of algorithms, keys by configuration.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { before, test } from "node:test";
import { CompactEncrypt } from "jose";
import { InvalidToken, jwt } from "loyalty-edge/proxy";
import { repeatsAMember } from "../../pkg/proxy/identify/jwt-shape.js";
import { id, makeProxy } from "./support.js";

const NOW = Date.parse("2030-01-01T10:00:00Z");
const SECONDS = NOW / 1000;
const ISSUER = "https://login.example";
const CLAIMS = { iss: ISSUER, aud: "shop", sub: id(1), exp: SECONDS + 600, iat: SECONDS };

let keys;
let rsa;
let other;
let identify;
before(async () => {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const publicExponent = new Uint8Array([1, 0, 1]);
  const pkcs1 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent };
  const pair = (algorithm) => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  [keys, rsa, other] = await Promise.all([pair(curve), pair(pkcs1), pair(curve)]);
  const jwks = {
    keys: [
      { ...(await jwkOf(keys.publicKey)), kid: "ec", alg: "ES256" },
      { ...(await jwkOf(rsa.publicKey)), kid: "rsa", alg: "RS256" },
    ],
  };
  identify = jwt({ issuer: ISSUER, audience: "shop", jwks });
});

const jwkOf = async (key) => {
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey("jwk", key);
  return { kty, crv, x, y, n, e };
};
const ask = (token, now = NOW) =>
  identify({ token, request: new Request("https://x.example"), now });
const refused = (token, name) => assert.rejects(ask(token), InvalidToken, name);

/** A token whose JSON is written by hand, signed rightly. */
async function sign(payload, header = { alg: "ES256", kid: "ec" }, key = keys.privateKey) {
  const part = (value) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(payload)}`;
  const rsaKey = key.algorithm.name !== "ECDSA";
  const algorithm = rsaKey ? key.algorithm.name : { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(algorithm, key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

test("p11_good_tokens_are_believed", async () => {
  const expiresAt = CLAIMS.exp * 1000;
  const member = {
    role: "member",
    memberId: id(1),
    contactId: undefined,
    subject: id(1),
    expiresAt,
  };
  assert.deepEqual(await ask(await sign(CLAIMS)), member);
  const header = { alg: "RS256", kid: "rsa" };
  assert.deepEqual(await ask(await sign(CLAIMS, header, rsa.privateKey)), member);
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

test("p11_none_in_any_case", async () => {
  for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
    const [header, payload] = (await sign(CLAIMS, { alg })).split(".");
    await refused(`${header}.${payload}.`, alg);
    await refused(await sign(CLAIMS, { alg }), alg);
  }
});

test("p11_hs256_with_the_public_key_as_secret", async () => {
  const der = Buffer.from(await crypto.subtle.exportKey("spki", rsa.publicKey)).toString("base64");
  const pem = `-----BEGIN PUBLIC KEY-----\n${der.match(/.{1,64}/g).join("\n")}\n-----END PUBLIC KEY-----\n`;
  const head = Buffer.from(JSON.stringify({ alg: "HS256", kid: "rsa" })).toString("base64url");
  const input = `${head}.${Buffer.from(JSON.stringify(CLAIMS)).toString("base64url")}`;
  const mac = createHmac("sha256", pem).update(input).digest("base64url");
  await refused(`${input}.${mac}`);
});

test("p11_another_key_and_keys_that_the_token_brings_along", async () => {
  const jwk = await jwkOf(other.publicKey);
  for (const more of [
    {},
    { jwk },
    { jku: "https://evil.example/jwks" },
    { x5u: "https://evil.example/x5u" },
    { x5c: ["AAAA"] },
  ]) {
    await refused(await sign(CLAIMS, { alg: "ES256", ...more }, other.privateKey));
    if (Object.keys(more).length > 0) {
      await refused(
        await sign(CLAIMS, { alg: "ES256", kid: "ec", ...more }),
        "even signed rightly",
      );
    }
  }
});

test("p11_headers_that_change_how_a_token_is_read", async () => {
  for (const more of [
    { crit: ["exp"], exp: 1 },
    { crit: [] },
    { b64: false },
    { b64: true },
    { zip: "DEF" },
    { cty: "JWT" },
    { typ: "secevent+jwt" },
    { typ: 5 },
    { alg: "PS256", kid: "rsa" },
    { alg: "RS256" },
    { alg: "ES384" },
    { alg: ["ES256"] },
  ]) {
    await refused(await sign(CLAIMS, { alg: "ES256", kid: "ec", ...more }), JSON.stringify(more));
  }
});

test("p11_hostile_kid", async () => {
  for (const kid of [
    "nobody",
    "../../etc/passwd",
    "' or 1=1 --",
    "",
    5,
    null,
    { a: 1 },
    "x".repeat(300),
    "a\nb",
  ]) {
    await refused(await sign(CLAIMS, { alg: "ES256", kid }), String(kid));
  }
});

test("p11_duplicate_members", async () => {
  const doubled = JSON.stringify(CLAIMS).replace("{", `{"sub":"${id(2)}",`);
  await refused(await sign(doubled));
  const escaped = JSON.stringify(CLAIMS).replace("{", `{"s\\u0075b":"${id(2)}",`);
  await refused(await sign(escaped));
  await refused(await sign(CLAIMS, '{"alg":"none","alg":"ES256","kid":"ec"}'));
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

test("p11_forms_that_are_not_the_one_form", async () => {
  const good = await sign(CLAIMS);
  const [header, payload, signature] = good.split(".");
  const lastBit = { A: "B", Q: "R", g: "h", w: "x" };
  const stray = signature.slice(0, -1) + (lastBit[signature.at(-1)] ?? "_");
  for (const token of [
    "",
    " ",
    ".",
    "..",
    `${good} `,
    ` ${good}`,
    `${good}\n`,
    `${good}=`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}..${signature}`,
    `${good}.${signature}`,
    `${header}.${payload}.${stray}`,
    `${header}.${payload}.${signature.slice(0, -2)}`,
    `${header}.${payload}.${signature}AAAA`,
    `${header}.${payload.slice(0, -1)}.${signature}`,
    good.replaceAll("-", "+").replaceAll("_", "/"),
    `${Buffer.from("[]").toString("base64url")}.${payload}.${signature}`,
    `${header}.${Buffer.from("null").toString("base64url")}.${signature}`,
  ].filter((token) => token !== good)) {
    await refused(token, token);
  }
  await refused(await sign({ ...CLAIMS, padding: "x".repeat(8_192) }), "over 8 KB");
  await refused(await sign(Buffer.from([0xff, 0xfe]).toString("latin1")));
});

test("p11_encrypted_and_nested_tokens", async () => {
  const text = new TextEncoder().encode(await sign(CLAIMS));
  const nested = await new CompactEncrypt(text)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT" })
    .encrypt(randomBytes(32));
  await refused(nested);
});

test("p11_issuer_audience_and_times", async () => {
  for (const changed of [
    { iss: undefined },
    { iss: "https://evil.example" },
    { iss: `${ISSUER}/` },
    { aud: undefined },
    { aud: "other" },
    { aud: ["other"] },
    { aud: [] },
    { exp: undefined },
    { exp: String(SECONDS + 600) },
    { exp: SECONDS - 61 },
    { nbf: SECONDS + 61 },
    { nbf: "now" },
    { iat: SECONDS + 61 },
    { iat: "now" },
  ]) {
    await refused(await sign({ ...CLAIMS, ...changed }), JSON.stringify(changed));
  }
  for (const within of [{ exp: SECONDS - 59 }, { nbf: SECONDS + 59 }, { iat: SECONDS + 59 }]) {
    assert.equal((await ask(await sign({ ...CLAIMS, ...within }))).role, "member");
  }
  const good = await sign(CLAIMS);
  await assert.rejects(ask(good, NOW + 661_000), InvalidToken);
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
