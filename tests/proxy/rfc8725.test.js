// The attacks of RFC 8725, "JSON Web Token Best Current Practices", and those of P11 beside them: one test each. Each
// token is signed rightly by the issuer's own key wherever the attack leaves that possible.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { before, test } from "node:test";
import { CompactEncrypt, FlattenedSign, GeneralSign } from "jose";
import { InvalidToken, jwt } from "loyalty-edge/proxy";
import { CLAIMS, ISSUER, NOW, SECONDS, ask, jwkOf, newEc, newRsa, sign } from "./tokens.js";

const HEADER = { alg: "ES256", kid: "ec" };
let ec;
let rsa;
let other;
let identify;
let fetched;
before(async () => {
  [ec, rsa, other] = await Promise.all([newEc(), newRsa(), newEc()]);
  const keys = [
    await jwkOf(ec, { kid: "ec", alg: "ES256" }),
    await jwkOf(rsa, { kid: "rsa", alg: "RS256" }),
  ];
  fetched = [];
  identify = jwt({
    issuer: ISSUER,
    audience: "shop",
    jwksUri: "https://login.example/jwks",
    async fetch(request) {
      fetched.push(request.url);
      return Response.json({ keys });
    },
  });
});

const made = (claims = CLAIMS, header = HEADER, key = ec) => sign(claims, header, key);
const accepted = async (token) => assert.equal((await ask(identify, token)).role, "member");
const refused = (token, what) => assert.rejects(ask(identify, token), InvalidToken, what);
const refusedHeader = async (more, what) =>
  refused(await made(CLAIMS, { ...HEADER, ...more }), what);
const refusedClaims = async (more, what) => refused(await made({ ...CLAIMS, ...more }), what);

test("p11_control_the_same_token_without_an_attack_is_accepted", async () => {
  await accepted(await made());
});

// 2.1 Weak signatures and insufficient signature validation

test("p11_rfc8725_2_1_algorithm_none_in_any_case", async () => {
  for (const alg of ["none", "None", "NONE", "nOnE", "", " none"]) {
    const [header, payload, signature] = (await made(CLAIMS, { ...HEADER, alg })).split(".");
    await refused(`${header}.${payload}.`, alg);
    await refused(`${header}.${payload}.${signature}`, alg);
  }
});

test("p11_rfc8725_2_1_an_rsa_public_key_as_the_secret_of_hs256", async () => {
  const spki = Buffer.from(await crypto.subtle.exportKey("spki", rsa.publicKey));
  const lines = spki.toString("base64").match(/.{1,64}/g);
  const pem = `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
  for (const secret of [pem, pem.trim(), spki, JSON.stringify(await jwkOf(rsa))]) {
    for (const alg of ["HS256", "RS256"]) {
      const head = Buffer.from(JSON.stringify({ alg, kid: "rsa" })).toString("base64url");
      const input = `${head}.${Buffer.from(JSON.stringify(CLAIMS)).toString("base64url")}`;
      await refused(`${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`);
    }
  }
});

test("p11_rfc8725_2_1_an_algorithm_that_is_not_on_the_list", async () => {
  for (const alg of [
    "ES384",
    "PS256",
    "RS512",
    "ES256K",
    "es256",
    ["ES256"],
    { ES256: 1 },
    7,
    null,
  ]) {
    await refusedHeader({ alg }, JSON.stringify(alg));
  }
  await refused(await made(CLAIMS, { kid: "ec" }), "no algorithm");
});

test("p11_rfc8725_3_1_an_algorithm_that_is_not_the_keys_own", async () => {
  await refused(await made(CLAIMS, { alg: "RS256", kid: "ec" }));
  await refused(await made(CLAIMS, { alg: "ES256", kid: "rsa" }, rsa));
  const loose = jwt({ issuer: ISSUER, audience: "shop", jwks: { keys: [await jwkOf(rsa)] } });
  assert.equal((await ask(loose, await made(CLAIMS, { alg: "RS256" }, rsa))).role, "member");
  await assert.rejects(ask(loose, await made(CLAIMS, { alg: "PS256" }, rsa)), InvalidToken);
});

test("p11_rfc8725_2_1_a_signature_of_zeros", async () => {
  const [header, payload] = (await made()).split(".");
  await refused(`${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`);
});

// 2.2 Weak symmetric keys

test("p11_rfc8725_2_2_secrets_are_no_keys_here", async () => {
  for (const algorithms of [["HS256"], ["ES256", "HS512"], ["dir"], ["PBES2-HS256+A128KW"]]) {
    const options = { issuer: ISSUER, audience: "shop", jwks: { keys: [] }, algorithms };
    assert.throws(() => jwt(options), /algorithms can't have/);
  }
  const oct = { kty: "oct", k: "c2VjcmV0", kid: "oct", alg: "HS256" };
  const options = { issuer: ISSUER, audience: "shop", jwks: { keys: [oct] } };
  assert.throws(() => jwt(options), /jwks\.keys\[0\] is not a public key/);
});

test("p11_rfc8725_3_5_short_rsa_keys_are_refused", async () => {
  const short = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
  const keys = [await jwkOf(short, { kid: "short", alg: "RS256" })];
  const options = { issuer: ISSUER, audience: "shop" };
  assert.throws(() => jwt({ ...options, jwks: { keys } }), /fewer than 2048 bits/);
  const fetch = async () => Response.json({ keys });
  const remote = jwt({ ...options, jwksUri: "https://login.example/jwks", fetch });
  const token = await sign(CLAIMS, { alg: "RS256", kid: "short" }, short);
  await assert.rejects(ask(remote, token), InvalidToken);
});

test("p11_rfc8725_3_5_a_private_key_in_the_configuration_is_named", async () => {
  const jwk = await crypto.subtle.exportKey("jwk", ec.privateKey);
  const options = { issuer: ISSUER, audience: "shop", jwks: { keys: [jwk] } };
  assert.throws(() => jwt(options), /is not a public key; take out d/);
});

// 2.3 Incorrect composition of encryption and signature

test("p11_rfc8725_2_3_encrypted_tokens", async () => {
  const text = new TextEncoder().encode(JSON.stringify(CLAIMS));
  const encrypted = await new CompactEncrypt(text)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .encrypt(randomBytes(32));
  await refused(encrypted);
});

test("p11_rfc8725_2_3_nested_tokens", async () => {
  const nested = await new CompactEncrypt(new TextEncoder().encode(await made()))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT" })
    .encrypt(randomBytes(32));
  await refused(nested);
  await refusedHeader({ cty: "JWT" }, "content of another kind");
  await refused(await sign(await made(), HEADER, ec), "a token in a token");
});

// 2.4 Plaintext leakage through analysis of ciphertext length: compression

test("p11_rfc8725_2_4_compressed_tokens", async () => {
  await refusedHeader({ zip: "DEF" });
});

// 2.5 Insecure use of elliptic curve encryption: points that are not on the curve

test("p11_rfc8725_2_5_keys_off_the_curve_open_nothing", async () => {
  const jwk = await jwkOf(ec, { kid: "off", alg: "ES256" });
  const y = `${jwk.y.slice(0, -2)}${jwk.y.endsWith("AA") ? "EA" : "AA"}`;
  const off = jwt({ issuer: ISSUER, audience: "shop", jwks: { keys: [{ ...jwk, y }] } });
  await assert.rejects(ask(off, await made(CLAIMS, { alg: "ES256", kid: "off" })));
});

// 2.6 Multiplicity of JSON encodings

test("p11_rfc8725_2_6_text_that_is_not_utf_8", async () => {
  const signed = async (bytes) => {
    const [header] = (await made()).split(".");
    const input = `${header}.${bytes.toString("base64url")}`;
    const how = { name: "ECDSA", hash: "SHA-256" };
    const mark = await crypto.subtle.sign(how, ec.privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(mark).toString("base64url")}`;
  };
  const json = JSON.stringify(CLAIMS);
  await accepted(await signed(Buffer.from(json)));
  await refused(await signed(Buffer.from(json, "utf16le")), "UTF-16");
  await refused(await signed(Buffer.from(`\ufeff${json}`)), "a byte order mark");
  await refused(
    await signed(
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"\xff"}', "latin1")]),
    ),
    "Latin-1",
  );
});

test("p11_rfc8725_2_6_members_that_stand_there_twice", async () => {
  const doubled = JSON.stringify(CLAIMS).replace(
    "{",
    '{"sub":"22222222-0000-4000-8000-000000000000",',
  );
  await refused(await made(doubled));
  await refused(await made(doubled.replace('"sub"', '"s\\u0075b"')), "spelt otherwise");
  await refused(
    await made(JSON.stringify({ ...CLAIMS, x: 1 }).replace('"x":1', '"x":{"a":1,"a":2}')),
    "further in",
  );
  await refused(await made(CLAIMS, '{"alg":"none","alg":"ES256","kid":"ec"}'), "in the header");
});

test("p11_rfc8725_2_6_json_that_is_no_object", async () => {
  for (const text of [
    "[]",
    "null",
    '"text"',
    "5",
    "true",
    "",
    "{",
    `${JSON.stringify(CLAIMS)}{}`,
  ]) {
    await refused(await made(text), text);
    await refused(await made(CLAIMS, text), text);
  }
});

test("p11_rfc8725_2_6_other_serializations", async () => {
  const payload = new TextEncoder().encode(JSON.stringify(CLAIMS));
  const flat = await new FlattenedSign(payload).setProtectedHeader(HEADER).sign(ec.privateKey);
  await refused(JSON.stringify(flat), "flattened");
  const general = new GeneralSign(payload);
  general.addSignature(ec.privateKey).setProtectedHeader(HEADER);
  await refused(JSON.stringify(await general.sign()), "general");
  const [header, , signature] = (await made()).split(".");
  await refused(`${header}..${signature}`, "detached");
});

test("p11_base64url_that_is_not_canonical", async () => {
  const good = await made();
  const [header, payload, signature] = good.split(".");
  const next = { A: "B", Q: "R", g: "h", w: "x" };
  for (const token of [
    `${good}=`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}=.${signature}`,
    `${good} `,
    ` ${good}`,
    `${good}\n`,
    `${header}.${payload}.${signature.slice(0, 8)} ${signature.slice(8)}`,
    `${header}.${payload}.${signature.slice(0, -1)}${next[signature.at(-1)]}`,
    `${header}.${payload}.${signature}A`,
    good.replaceAll("-", "+").replaceAll("_", "/"),
  ].filter((token) => token !== good)) {
    await refused(token, token);
  }
});

test("p11_tokens_over_8_kb", async () => {
  const room = 8_192 - (await made({ ...CLAIMS, x: "" })).length;
  const sized = async (size) => made({ ...CLAIMS, x: "x".repeat(size) });
  const fits = await sized(Math.floor((room * 3) / 4) - 2);
  assert.ok(fits.length > 8_180 && fits.length <= 8_192, String(fits.length));
  await accepted(fits);
  await refused(await sized(Math.ceil((room * 3) / 4) + 3));
});

// 2.7 Substitution attacks

test("p11_rfc8725_2_7_a_token_for_another_audience", async () => {
  for (const aud of [
    "other",
    ["other"],
    ["SHOP"],
    "shop ",
    `${ISSUER}/shop`,
    { shop: 1 },
    5,
    true,
  ]) {
    await refusedClaims({ aud }, JSON.stringify(aud));
  }
  await accepted(await made({ ...CLAIMS, aud: ["other", "shop"] }));
});

test("p11_rfc8725_3_9_a_token_for_no_audience", async () => {
  for (const aud of [undefined, null, "", []]) await refusedClaims({ aud }, JSON.stringify(aud));
});

test("p11_rfc8725_3_8_a_token_of_another_issuer_or_of_none", async () => {
  for (const iss of [
    undefined,
    null,
    "",
    "https://evil.example",
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    [ISSUER],
    { a: ISSUER },
  ]) {
    await refusedClaims({ iss }, JSON.stringify(iss));
  }
});

test("p11_rfc8725_3_8_an_issuers_name_with_another_issuers_key", async () => {
  const second = "https://second.example";
  const two = jwt([
    { issuer: ISSUER, audience: "shop", jwks: { keys: [await jwkOf(ec, { kid: "k" })] } },
    { issuer: second, audience: "shop", jwks: { keys: [await jwkOf(other, { kid: "k" })] } },
  ]);
  const by = (iss, key) => sign({ ...CLAIMS, iss }, { alg: "ES256", kid: "k" }, key);
  assert.equal((await ask(two, await by(ISSUER, ec))).role, "member");
  assert.equal((await ask(two, await by(second, other))).role, "member");
  await assert.rejects(ask(two, await by(ISSUER, other)), InvalidToken);
  await assert.rejects(ask(two, await by(second, ec)), InvalidToken);
});

test("p11_rfc8725_3_1_each_issuer_has_its_own_algorithms", async () => {
  const second = "https://second.example";
  const keys = [await jwkOf(ec, { kid: "ec" }), await jwkOf(rsa, { kid: "rsa" })];
  const two = jwt([
    { issuer: ISSUER, audience: "shop", jwks: { keys }, algorithms: ["ES256"] },
    { issuer: second, audience: "shop", jwks: { keys }, algorithms: ["RS256"] },
  ]);
  const es = (iss) => sign({ ...CLAIMS, iss }, { alg: "ES256", kid: "ec" }, ec);
  const rs = (iss) => sign({ ...CLAIMS, iss }, { alg: "RS256", kid: "rsa" }, rsa);
  assert.equal((await ask(two, await es(ISSUER))).role, "member");
  assert.equal((await ask(two, await rs(second))).role, "member");
  await assert.rejects(ask(two, await rs(ISSUER)), InvalidToken);
  await assert.rejects(ask(two, await es(second)), InvalidToken);
});

test("p11_rfc8725_3_8_a_subject_that_is_no_text_is_nobody", async () => {
  for (const sub of [undefined, null, "", 5, true, ["x"], { $ne: null }]) {
    const got = await ask(identify, await made({ ...CLAIMS, sub }));
    assert.equal(got.role, "visitor", JSON.stringify(sub));
  }
});

// 2.8 Cross-JWT confusion

test("p11_rfc8725_2_8_a_token_of_another_kind_by_typ", async () => {
  for (const typ of ["secevent+jwt", "dpop+jwt", "logout+jwt", "JOSE", "", 5, null, ["JWT"]]) {
    await refusedHeader({ typ }, JSON.stringify(typ));
  }
  for (const typ of ["JWT", "jwt", "at+jwt", "application/at+jwt"]) {
    await accepted(await made(CLAIMS, { ...HEADER, typ }));
  }
});

test("p11_rfc8725_3_11_explicit_typing_where_it_is_asked_for", async () => {
  const jwks = { keys: [await jwkOf(ec, { kid: "ec" })] };
  const typed = jwt({ issuer: ISSUER, audience: "shop", jwks, typ: "at+jwt" });
  const by = (typ) => sign(CLAIMS, { ...HEADER, typ }, ec);
  assert.equal((await ask(typed, await by("at+jwt"))).role, "member");
  assert.equal((await ask(typed, await by("application/AT+JWT"))).role, "member");
  for (const typ of [undefined, "JWT", "at"]) {
    await assert.rejects(ask(typed, await by(typ)), InvalidToken, String(typ));
  }
});

// 2.9 Indirect attacks on the server, and 3.10 do not trust received claims

for (const [name, value] of [
  ["jku", "https://evil.example/jwks"],
  ["x5u", "https://evil.example/x5u"],
  ["x5c", ["AAAA"]],
]) {
  test(`p11_rfc8725_3_10_a_key_by_${name}`, async () => {
    await refused(await made(CLAIMS, { ...HEADER, [name]: value }, other));
    await refusedHeader({ [name]: value }, "even signed rightly");
    assert.ok(
      fetched.every((url) => url === "https://login.example/jwks"),
      "nobody was asked",
    );
  });
}

test("p11_rfc8725_3_10_a_key_by_jwk", async () => {
  const jwk = await jwkOf(other);
  await refused(await made(CLAIMS, { alg: "ES256", jwk }, other));
  await refusedHeader({ jwk }, "even signed rightly");
});

test("p11_rfc8725_2_9_a_hostile_kid", async () => {
  for (const kid of [
    "nobody",
    "../../etc/passwd",
    "' or 1=1 --",
    "ec\n",
    "ec\u0000",
    "ec ",
    "__proto__",
    "https://evil.example/key",
    "",
    5,
    null,
    ["ec"],
    { a: 1 },
    "x".repeat(300),
  ]) {
    await refusedHeader({ kid }, JSON.stringify(kid));
  }
  // What is no name at all is not asked about, so it can't use up the one call that a new key may need.
  const keys = [await jwkOf(ec, { kid: "ec", alg: "ES256" })];
  let count = 0;
  const fetch = async () => {
    count += 1;
    return Response.json({ keys });
  };
  const fresh = jwt({ issuer: ISSUER, audience: "shop", jwksUri: "https://login.example/", fetch });
  await ask(fresh, await made());
  for (const kid of ["ec\n", "a b", "", 5, "x".repeat(300)]) {
    await assert.rejects(ask(fresh, await made(CLAIMS, { ...HEADER, kid })), InvalidToken);
  }
  assert.equal(count, 1);
  assert.ok(
    fetched.every((url) => url === "https://login.example/jwks"),
    "nobody else was asked",
  );
});

test("p11_critical_headers_that_nobody_understands", async () => {
  for (const more of [
    { crit: ["exp"], exp: 1 },
    { crit: ["x"], x: 1 },
    { crit: ["b64"], b64: true },
    { crit: [] },
    { crit: "exp" },
    { b64: false },
    { b64: true },
  ]) {
    await refusedHeader(more, JSON.stringify(more));
  }
});

test("p11_rounds_of_key_derivation_by_the_token", async () => {
  await refusedHeader({ alg: "PBES2-HS256+A128KW", p2c: 2 ** 31, p2s: "AAAA" });
  await refusedHeader({ p2c: 2 ** 31 });
});

// Dates

test("p11_a_token_that_ended", async () => {
  await refusedClaims({ exp: SECONDS - 61 });
  await refusedClaims({ exp: SECONDS - 60 });
  await accepted(await made({ ...CLAIMS, exp: SECONDS - 59 }));
});

test("p11_a_token_without_an_end", async () => {
  await refusedClaims({ exp: undefined });
});

test("p11_a_token_that_has_not_begun", async () => {
  await refusedClaims({ nbf: SECONDS + 61 });
  await accepted(await made({ ...CLAIMS, nbf: SECONDS + 60 }));
});

test("p11_a_token_of_the_future", async () => {
  await refusedClaims({ iat: SECONDS + 61 });
  await accepted(await made({ ...CLAIMS, iat: SECONDS + 60 }));
});

test("p11_dates_that_are_no_numbers", async () => {
  for (const name of ["exp", "nbf", "iat"]) {
    for (const value of [String(SECONDS + 300), "soon", null, true, [SECONDS], {}]) {
      await refusedClaims({ [name]: value }, `${name} ${JSON.stringify(value)}`);
    }
    const endless = JSON.stringify({ ...CLAIMS, [name]: 1 }).replace(
      `"${name}":1`,
      `"${name}":1e999`,
    );
    await refused(await made(endless), `${name} without end`);
  }
});

test("p11_dates_are_asked_of_the_proxys_clock_each_time", async () => {
  const token = await made();
  await accepted(token);
  assert.equal((await ask(identify, token, NOW + 659_000)).role, "member");
  await assert.rejects(ask(identify, token, NOW + 660_000), InvalidToken);
  await assert.rejects(ask(identify, token, NOW - 61_000), InvalidToken, "before it was made");
});
