import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { refused } from "../judge.js";
import { ACCOUNTS, PROGRAM } from "../paths.js";
import { attacksOf } from "./attack.js";

/** Class `tokens`: tokens that are not valid, made without the issuer's keys. */

const MEND =
  "Verify with a JWT library, by one fixed list of algorithms and keys from your configuration; take nothing from the token before its signature held.";

const own = `${ACCOUNTS}/my-account`;
/** @type {(token: string) => import("./attack.js").Asked} */
const bearer = (token) => ({ path: own, token: `Bearer ${token}` });
const base64url = (/** @type {unknown} */ value) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** The claims of the member's token, as the other's if that is known: so it would be worth something. */
const claimsOf = (/** @type {any} */ { jwt, other }) => ({
  ...jwt.claims,
  ...(other?.memberId && { sub: other.memberId }),
});
const unsigned = (/** @type {any} */ scene, /** @type {object} */ header) =>
  `${base64url({ typ: "JWT", ...header })}.${base64url(claimsOf(scene))}`;

/** @param {any} scene @param {object} header @param {string | Buffer} secret */
function hmac(scene, header, secret) {
  const text = unsigned(scene, { alg: "HS256", ...header });
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ownJwk = {
  ...pair.publicKey.export({ format: "jwk" }),
  kid: "verify",
  alg: "ES256",
  use: "sig",
};

/** @param {any} scene @param {object} header */
function signed(scene, header) {
  const text = unsigned(scene, { alg: "ES256", ...header });
  const signature = sign("sha256", Buffer.from(text), {
    key: pair.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${text}.${signature.toString("base64url")}`;
}

/** The forms in which a public key may lie around as text, and so be taken for a secret. @param {any} jwk */
function secretsOf(jwk) {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const pem = String(key.export({ type: "spki", format: "pem" }));
  const der = key.export({ type: "spki", format: "der" });
  return [pem, pem.trim(), der, JSON.stringify(jwk), jwk.n ?? jwk.x].filter(Boolean);
}

/** @param {string} token @param {number} part @param {(text: string) => string} change */
function changed(token, part, change) {
  const parts = token.split(".");
  parts[part] = change(parts[part]);
  return parts.join(".");
}

const DENIED = refused({ only: [401] });

export const tokens = [
  ...attacksOf({ class: "tokens", rule: "P11", mend: MEND, judge: DENIED }, [
    { name: "garbage", about: "a token that is none", send: () => bearer("garbage") },
    { name: "three-parts", about: "a token of three letters", send: () => bearer("a.b.c") },
    {
      name: "empty",
      about: "an Authorization header with nothing in it",
      send: () => ({ path: own, token: "" }),
    },
    {
      name: "very-long",
      about: "a token of 12 KB",
      judge: refused({ only: [400, 401, 413, 431] }),
      send: () => bearer(`${"a".repeat(12_000)}.b.c`),
    },
    {
      name: "basic",
      about: "a user name and a password",
      send: () => ({ path: own, token: `Basic ${Buffer.from("admin:admin").toString("base64")}` }),
    },
  ]),
  ...attacksOf({ class: "tokens", rule: "P11", mend: MEND, judge: refused(), needs: ["member"] }, [
    {
      name: "in-query",
      about: "the token in the URL, where logs and histories keep it",
      mend: "Read the token from the Authorization header only.",
      send: (s) => [
        { path: `${own}?access_token=${s.tokens.member}` },
        { path: `${own}?token=${s.tokens.member}` },
      ],
    },
    {
      name: "in-other-headers",
      about: "the token in headers that nobody promised to read",
      mend: "Read the token from the Authorization header only.",
      send: (s) => ({
        path: own,
        headers: { "x-access-token": s.tokens.member, "x-auth-token": s.tokens.member },
      }),
    },
  ]),
  ...attacksOf(
    {
      class: "tokens",
      rule: "P1",
      mend: "Answer an invalid token with 401, also where a visitor would be served: a caller who believes to be signed in has to be told.",
      judge: DENIED,
      needs: ["public"],
    },
    [
      {
        name: "invalid-becomes-visitor",
        about: "an invalid token where visitors are served",
        send: () => ({ path: PROGRAM, token: "Bearer garbage" }),
      },
      {
        name: "empty-becomes-visitor",
        about: "an empty Authorization where visitors are served",
        send: () => ({ path: PROGRAM, token: "" }),
      },
      {
        name: "tampered-becomes-visitor",
        about: "a tampered token where visitors are served",
        needs: ["jwt"],
        send: (s) => ({
          path: PROGRAM,
          token: `Bearer ${changed(s.jwt.parts.join("."), 2, flipped)}`,
        }),
      },
    ],
  ),
  ...attacksOf({ class: "tokens", rule: "P11", mend: MEND, judge: DENIED, needs: ["jwt"] }, [
    {
      name: "alg-none",
      about: "an unsigned token, alg none in several spellings",
      send: (s) =>
        ["none", "None", "NONE", "nOnE"].map((alg) => bearer(`${unsigned(s, { alg })}.`)),
    },
    {
      name: "alg-none-with-signature",
      about: "alg none with a signature behind it",
      send: (s) => bearer(`${unsigned(s, { alg: "none" })}.${s.jwt.parts[2]}`),
    },
    {
      name: "no-signature",
      about: "the signature left out",
      send: (s) => [
        bearer(`${s.jwt.parts[0]}.${s.jwt.parts[1]}.`),
        bearer(`${s.jwt.parts[0]}.${s.jwt.parts[1]}`),
      ],
    },
    {
      name: "other-signature",
      about: "one bit of the signature changed",
      send: (s) => bearer(changed(s.jwt.parts.join("."), 2, flipped)),
    },
    {
      name: "cut-signature",
      about: "the signature cut short",
      send: (s) => bearer(changed(s.jwt.parts.join("."), 2, (text) => text.slice(0, 20))),
    },
    {
      name: "other-subject",
      about: "another subject under the old signature",
      send: (s) =>
        bearer(
          `${s.jwt.parts[0]}.${base64url({ ...claimsOf(s), sub: s.other?.memberId ?? s.nobody })}.${s.jwt.parts[2]}`,
        ),
    },
    {
      name: "more-roles",
      about: "the admin's role under the old signature",
      send: (s) =>
        bearer(
          `${s.jwt.parts[0]}.${base64url({ ...s.jwt.claims, roles: ["admin"], role: "admin" })}.${s.jwt.parts[2]}`,
        ),
    },
    {
      name: "longer-life",
      about: "a later end under the old signature",
      send: (s) =>
        bearer(
          `${s.jwt.parts[0]}.${base64url({ ...s.jwt.claims, exp: 4_102_444_800 })}.${s.jwt.parts[2]}`,
        ),
    },
    {
      name: "weak-secrets",
      about: "HS256 with secrets that people leave in examples",
      send: (s) =>
        ["", "secret", "changeme", "your-256-bit-secret", String(s.jwt.header.kid ?? "key")].map(
          (secret) => bearer(hmac(s, {}, secret)),
        ),
    },
    {
      name: "public-key-as-secret",
      about: "HS256 with the issuer's public key for a secret",
      needs: ["jwks"],
      send: (s) =>
        s.jwks
          .slice(0, 2)
          .flatMap((/** @type {any} */ jwk) =>
            secretsOf(jwk).map((secret) => bearer(hmac(s, { kid: jwk.kid }, secret))),
          ),
    },
    {
      name: "own-key",
      about: "signed with a key of our own, under the issuer's kid",
      send: (s) => bearer(signed(s, { kid: s.jwt.header.kid })),
    },
    {
      name: "embedded-key",
      about: "brings its own key along in jwk",
      send: (s) => bearer(signed(s, { jwk: ownJwk })),
    },
    {
      name: "key-file",
      about: "a kid that is a path to an empty file",
      send: (s) =>
        ["../../../../../../dev/null", "/dev/null"].map((kid) => bearer(hmac(s, { kid }, ""))),
    },
    {
      name: "key-injection",
      about: "a kid with SQL in it",
      send: (s) => bearer(hmac(s, { kid: "x' UNION SELECT 'verify'--" }, "verify")),
    },
    {
      name: "critical",
      about: "a header member marked critical that nobody knows",
      send: (s) =>
        bearer(
          `${base64url({ ...s.jwt.header, crit: ["verify"], verify: 1 })}.${s.jwt.parts[1]}.${s.jwt.parts[2]}`,
        ),
    },
    {
      name: "padded",
      about: "the valid token with padding: two texts for one token",
      mend: "Check the form of a token before its signature: three parts of canonical base64url.",
      send: (s) => [bearer(`${s.jwt.parts.join(".")}=`), bearer(`${s.jwt.parts.join(".")}==`)],
    },
    {
      name: "twice",
      about: "a valid token, and garbage beside it",
      judge: refused(),
      send: (s) => ({ path: own, token: `Bearer garbage, Bearer ${s.jwt.parts.join(".")}` }),
    },
    {
      name: "key-by-url",
      about: "names a URL where its key can be had (jku, x5u)",
      needs: ["loopback"],
      run: keyByUrl,
    },
  ]),
  ...attacksOf({ class: "tokens", rule: "P11", mend: MEND, judge: DENIED, needs: ["expired"] }, [
    { name: "expired", about: "a token that has ended", send: (s) => bearer(s.expired) },
  ]),
];

/** @param {string} text */
function flipped(text) {
  return `${text[0] === "A" ? "B" : "A"}${text.slice(1)}`;
}

/** Serves our key for as long as the attack lasts. @type {import("../run.js").Attack["run"]} */
async function keyByUrl(scene, io) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: [ownJwk] }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}/jwks.json`;
  try {
    return [
      await io.send(bearer(signed(scene, { kid: "verify", jku: url }))),
      await io.send(bearer(signed(scene, { kid: "verify", x5u: url }))),
    ];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
