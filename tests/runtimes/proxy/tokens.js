// Tokens by name: the good ones, and each way in which one may be bad (P11).
import { createHmac } from "node:crypto";
import { A, B, NOWHERE, id } from "../../proxy/support.js";

export const ISSUER = "https://login.example";
export const AUDIENCE = "shop";
export const INSTANCE = "instance-1";
/** A member whose identity provider gives a token that upstream takes itself (P7). */
export const WITH_TOKEN = id("e");

const base64 = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/**
 * @returns {Promise<{ jwks: { keys: object[] }, tokens: Record<string, string>, publicKey: string, now: number }>}
 *   `publicKey` is that of events, `now` in seconds.
 */
export async function makeTokens() {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const [own, other] = await Promise.all(
    [1, 2].map(() => crypto.subtle.generateKey(curve, true, ["sign", "verify"])),
  );
  const publicJwk = async ({ publicKey }) => {
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    return { kty, crv, x, y };
  };
  const jwk = await publicJwk(own);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: A.memberId, iat: now, exp: now + 3600 };
  const header = { alg: "ES256", kid: "k" };

  async function sign(payload, head = header, { privateKey } = own) {
    const input = `${base64(head)}.${base64(payload)}`;
    const how = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(how, privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(signature).toString("base64url")}`;
  }
  const of = (more, head) => sign({ ...claims, ...more }, head && { ...header, ...head });

  const good = await of({});
  const [head, payload, signature] = good.split(".");
  const hmac = (secret) => {
    const input = `${base64({ alg: "HS256", kid: "k" })}.${payload}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const doubled = JSON.stringify(claims).replace("{", `{"sub":"${B.memberId}",`);
  const foreign = base64({ ...claims, sub: B.memberId });
  const tokens = {
    a: good,
    b: await of({ sub: B.memberId }),
    nobody: await of({ sub: NOWHERE }),
    staff: await of({ sub: id("a"), roles: ["staff"] }),
    admin: await of({ sub: id("b"), roles: ["admin"] }),
    busy: await of({ sub: id("c") }),
    "a with a token of upstream": await of({ sub: WITH_TOKEN }),

    expired: await of({ exp: now - 61 }),
    "not yet valid": await of({ nbf: now + 120 }),
    "issued in the future": await of({ iat: now + 120 }),
    "without an end": await of({ exp: undefined }),
    "ends in words": await of({ exp: "tomorrow" }),
    "of another issuer": await of({ iss: "https://login.example.evil" }),
    "without issuer": await of({ iss: undefined }),
    "for another audience": await of({ aud: "shop2" }),
    "without audience": await of({ aud: undefined }),
    "algorithm none": `${base64({ alg: "none" })}.${payload}.`,
    "algorithm nOnE": `${base64({ alg: "nOnE" })}.${payload}.`,
    "HS256 by the public key": hmac(JSON.stringify(jwk)),
    "by another key": await sign(claims, header, other),
    "with its own key inside": await sign(
      claims,
      { ...header, jwk: await publicJwk(other) },
      other,
    ),
    "with a key's address": await of({}, { jku: "https://evil.example/jwks" }),
    "with a certificate's address": await of({}, { x5u: "https://evil.example/x5c" }),
    "with an unknown crit": await of({}, { crit: ["exp"], b64: true }),
    "of an unknown kid": await of({}, { kid: "../../dev/null" }),
    "of a strange type": await of({}, { typ: "JWE" }),
    "with another payload": `${head}.${foreign}.${signature}`,
    "with a cut signature": good.slice(0, -8),
    "with a padded signature": `${good}==`,
    "with a space inside": `${head}. ${payload}.${signature}`,
    "with a member twice": await sign(doubled),
    "over 8 KB": await of({ x: "x".repeat(8192) }),
    "of no form": "not-a-token",
  };
  const { publicKey, events } = await makeEvents(now);
  Object.assign(tokens, events);
  return { publicKey, jwks: { keys: [{ ...jwk, kid: "k", alg: "ES256" }] }, tokens, now };
}

/** Events of the loyalty service: a good one, and each way in which one may be forged (P36). */
async function makeEvents(now) {
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
  const how = { ...rsa, publicExponent: Uint8Array.of(1, 0, 1) };
  const [own, other] = await Promise.all(
    [1, 2].map(() => crypto.subtle.generateKey(how, true, ["sign", "verify"])),
  );
  const pem = async ({ publicKey }) => {
    const der = Buffer.from(await crypto.subtle.exportKey("spki", publicKey)).toString("base64");
    return `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`;
  };
  const claims = (of, age = 0) => ({
    data: JSON.stringify({
      eventType: "wix.loyalty.v1.account_points_updated",
      instanceId: of,
      data: JSON.stringify({
        id: `event-${of}-${age}`,
        entityFqdn: "wix.loyalty.v1.account",
        slug: "points_updated",
        entityId: A.accountId,
        eventTime: new Date((now - age) * 1000).toISOString(),
        entityEventSequence: "1",
        actionEvent: { body: {} },
      }),
    }),
  });
  async function sign(payload, { privateKey } = own, header = { alg: "RS256" }) {
    const input = `${base64(header)}.${base64(payload)}`;
    const signature = await crypto.subtle.sign(rsa.name, privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(signature).toString("base64url")}`;
  }
  const publicKey = await pem(own);
  const good = await sign(claims(INSTANCE));
  const [, payload, signature] = good.split(".");
  const weak = `${base64({ alg: "HS256" })}.${payload}`;
  return {
    publicKey,
    events: {
      "an event": good,
      "an event by another key": await sign(claims(INSTANCE), other),
      "an event without a signature": `${base64({ alg: "none" })}.${payload}.`,
      "an event by the public key": `${weak}.${createHmac("sha256", publicKey).update(weak).digest("base64url")}`,
      "an event with another payload": good.replace(payload, base64(claims("instance-2"))),
      "an event with a cut signature": good.slice(0, -8),
      "an event said to be PS256": `${base64({ alg: "PS256" })}.${payload}.${signature}`,
      "an event of another site": await sign(claims("instance-2")),
      "an event of last week": await sign(claims(INSTANCE, 7 * 86_400)),
    },
  };
}
