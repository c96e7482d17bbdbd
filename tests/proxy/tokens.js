// Tokens whose JSON is written by hand and signed rightly: what only an attacker, or a careless issuer, would write.
export const NOW = Date.parse("2030-01-01T10:00:00Z");
export const SECONDS = NOW / 1000;
export const ISSUER = "https://login.example";
export const MEMBER = "11111111-0000-4000-8000-000000000000";
export const CLAIMS = {
  iss: ISSUER,
  aud: "shop",
  sub: MEMBER,
  exp: SECONDS + 600,
  iat: SECONDS,
};

const { subtle } = crypto;
const publicExponent = new Uint8Array([1, 0, 1]);
const EC = { name: "ECDSA", namedCurve: "P-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent };

const pair = (algorithm) => subtle.generateKey(algorithm, true, ["sign", "verify"]);
export const newEc = () => pair(EC);
export const newRsa = () => pair(RSA);

/** The public half as a JWK, with what else it should say. */
export async function jwkOf({ publicKey }, more = {}) {
  const { kty, crv, x, y, n, e } = await subtle.exportKey("jwk", publicKey);
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, ...more }));
}

const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/**
 * @param {object | string} claims
 * @param {object | string} header
 * @param {CryptoKeyPair} pair
 */
export async function sign(claims, header, { privateKey }) {
  const input = `${encode(header)}.${encode(claims)}`;
  const { name } = privateKey.algorithm;
  const algorithm = name === "ECDSA" ? { name, hash: "SHA-256" } : name;
  const signature = await subtle.sign(algorithm, privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

/** Asks an identity provider about a token. */
export const ask = (identify, token, now = NOW) =>
  identify({ token, request: new Request("https://shop.example/"), now });
