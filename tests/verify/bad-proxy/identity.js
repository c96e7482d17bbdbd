import { createHmac, createPublicKey, createVerify, timingSafeEqual } from "node:crypto";
import { decodeJwt, jwtVerify } from "jose";

/** Who calls: by the issuer's key, or by whatever hole is open. */

export class Denied extends Error {}

const json = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
const CANONICAL = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** @param {{ issuer: any, open: (hole: string) => boolean, jwks: () => any[] }} proxy @param {any} request @param {URL} url */
export async function identify({ issuer, open, key }, request, url) {
  const { headers } = request;
  let text = headers.authorization;
  if (text === undefined && open("token-in-query"))
    text = url.searchParams.get("access_token") ?? undefined;
  if (open("trusts-member-header") && headers["x-member-id"])
    return { role: "member", memberId: headers["x-member-id"] };
  if (text === undefined) {
    if (open("trusts-user-header") && headers["x-user-id"])
      return { role: "member", memberId: headers["x-user-id"] };
    const cookie = /(?:^|; )memberId=([^;]+)/.exec(headers.cookie ?? "");
    if (open("trusts-cookie") && cookie) return { role: "member", memberId: cookie[1] };
    if (open("trusts-address-header") && headers["x-forwarded-for"] === "127.0.0.1")
      return { role: "admin" };
    return { role: "visitor" };
  }
  const token = text.replace(/^Bearer +/i, "");
  try {
    const claims = await verified({ issuer, open, key }, token);
    const role = claims.roles?.includes("admin")
      ? "admin"
      : claims.roles?.includes("staff")
        ? "staff"
        : "member";
    if (open("trusts-role-header") && headers["x-role"])
      return { role: headers["x-role"], memberId: claims.sub };
    return { role, memberId: claims.sub };
  } catch {
    if (open("invalid-is-visitor")) return { role: "visitor" };
    throw new Denied(
      open("token-echo") ? `the token ${token} is not valid` : "the token is not valid",
    );
  }
}

async function verified({ issuer, open, key }, token) {
  if (open("unverified-token")) return decodeJwt(token);
  const [head = "", body = "", signature = ""] = token.split(".");
  const header = json(head);
  if (open("alg-none") && /^none$/i.test(header.alg)) return json(body);
  if (header.alg === "HS256") {
    const pem = createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" });
    const secrets = [
      ...(open("public-key-as-secret") ? [pem] : []),
      ...(open("weak-secret") ? ["secret", ""] : []),
    ];
    const right = Buffer.from(signature, "base64url");
    const fits = (secret) => {
      const made = createHmac("sha256", secret).update(`${head}.${body}`).digest();
      return made.length === right.length && timingSafeEqual(made, right);
    };
    if (secrets.some(fits)) return json(body);
  }
  if (open("embedded-key") && header.jwk) return byKey(header.jwk, head, body, signature);
  if (open("key-by-url") && header.jku) {
    const { keys } = await (await fetch(header.jku)).json();
    return byKey(keys[0], head, body, signature);
  }
  if (!CANONICAL.test(token) || header.crit !== undefined) throw new Denied("no");
  const { payload } = await jwtVerify(token, createPublicKey({ key, format: "jwk" }), {
    algorithms: ["ES256"],
    issuer: issuer.issuer,
    audience: issuer.audience,
    ...(open("no-expiry") && { currentDate: new Date(0) }),
  });
  return payload;
}

function byKey(jwk, head, body, signature) {
  const verify = createVerify("sha256").update(`${head}.${body}`);
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  if (!verify.verify(key, Buffer.from(signature, "base64url"))) throw new Denied("no");
  return json(body);
}
