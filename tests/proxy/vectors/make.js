// Makes the JWS vectors: for every algorithm that the proxy takes, one token that is good and all the ways in which a
// token can look good and not be. The same bytes then go to every runtime.
import { createHmac, createPublicKey } from "node:crypto";

export const NOW = Date.parse("2030-01-01T10:00:00Z");
const ISSUER = "https://login.example";
const AUDIENCE = "shop";
const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "11111111-0000-4000-8000-000000000000",
  iat: NOW / 1000,
  exp: NOW / 1000 + 600,
};

const { subtle } = crypto;
const publicExponent = new Uint8Array([1, 0, 1]);
const ec = (namedCurve, bits) => ({ name: "ECDSA", namedCurve, hash: `SHA-${bits}` });
const rsa = (name, bits) => ({
  name,
  hash: `SHA-${bits}`,
  modulusLength: 2048,
  publicExponent,
  saltLength: bits / 8,
});
const ed = { name: "Ed25519" };

/** How each algorithm signs, in WebCrypto's words. */
const ALGORITHMS = {
  ES256: ec("P-256", 256),
  ES384: ec("P-384", 384),
  ES512: ec("P-521", 512),
  RS256: rsa("RSASSA-PKCS1-v1_5", 256),
  RS384: rsa("RSASSA-PKCS1-v1_5", 384),
  RS512: rsa("RSASSA-PKCS1-v1_5", 512),
  PS256: rsa("RSA-PSS", 256),
  PS384: rsa("RSA-PSS", 384),
  PS512: rsa("RSA-PSS", 512),
  EdDSA: ed,
  Ed25519: ed,
};
export const NAMES = Object.keys(ALGORITHMS);

const text = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const encode = (value) => text(value).toString("base64url");
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same bytes with stray bits at the end; `undefined` where the text has no room for them. */
function stray(part) {
  if (part.length % 4 === 0) return undefined;
  const last = ALPHABET.indexOf(part.at(-1));
  return part.slice(0, -1) + ALPHABET[last + 1];
}

/** A part of JSON whose text leaves room for stray bits. */
function withRoom(value) {
  let json = JSON.stringify(value);
  while (Buffer.byteLength(json) % 3 === 0) json += " ";
  return Buffer.from(json).toString("base64url");
}

async function sign(key, algorithm, header, claims) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${Buffer.from(await subtle.sign(algorithm, key, Buffer.from(input))).toString("base64url")}`;
}

/** ECDSA's two numbers as DER, as other signature formats have them. */
function der(signature) {
  const number = (bytes) => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
    const kept = bytes.subarray(at);
    const body = kept[0] > 127 ? Buffer.concat([Buffer.alloc(1), kept]) : kept;
    return Buffer.concat([Buffer.from([2, body.length]), body]);
  };
  const half = signature.length / 2;
  const both = Buffer.concat([
    number(signature.subarray(0, half)),
    number(signature.subarray(half)),
  ]);
  const length = both.length > 127 ? [0x81, both.length] : [both.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), both]);
}

/** Everything about one algorithm: `[name, token, isGood]`. */
async function vectorsOf(name, pairs, others) {
  const algorithm = ALGORITHMS[name];
  const { privateKey, publicKey } = pairs[name];
  const header = { alg: name, kid: name, typ: "JWT" };
  const by = (head, claims = CLAIMS, key = privateKey, how = algorithm) =>
    sign(key, how, head, claims);
  const good = await by(header);
  const [head, payload, mark] = good.split(".");
  const bytes = Buffer.from(mark, "base64url");
  const marked = (changed) => `${head}.${payload}.${Buffer.from(changed).toString("base64url")}`;
  const flip = (at) => {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    return marked(changed);
  };
  const admin = encode({ ...CLAIMS, roles: ["admin"] });
  const pem = createPublicKey({ key: await subtle.exportKey("jwk", publicKey), format: "jwk" });
  const hmac = (secret, alg = "HS256") => {
    const input = `${encode({ ...header, alg })}.${payload}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const roomy = withRoom(header);
  const strayHead = `${roomy}.${payload}`;
  const signRaw = async (input) =>
    Buffer.from(await subtle.sign(algorithm, privateKey, Buffer.from(input))).toString("base64url");
  const roomyPayload = withRoom(CLAIMS);
  const next = NAMES[(NAMES.indexOf(name) + 1) % NAMES.length];
  const jwk = await subtle.exportKey("jwk", others[name].publicKey);

  const all = [
    ["good", good, true],
    ["good, without typ", await by({ alg: name, kid: name }), true],
    ["good, without kid", await by({ alg: name }), true],
    ["good, an access token", await by({ ...header, typ: "at+jwt" }), true],
    ["good, white space in the JSON", `${strayHead}.${await signRaw(strayHead)}`, true],
    ["claims changed", `${head}.${admin}.${mark}`],
    ["header changed", `${encode({ ...header, x: 1 })}.${payload}.${mark}`],
    ["parts swapped", `${payload}.${head}.${mark}`],
    ["first bit of the signature", flip(0)],
    ["middle bit of the signature", flip(bytes.length >> 1)],
    ["last bit of the signature", flip(bytes.length - 1)],
    ["no signature", `${head}.${payload}.`],
    ["signature of zeros", marked(Buffer.alloc(bytes.length))],
    ["signature of ones", marked(Buffer.alloc(bytes.length, 255))],
    ["signature a byte short", marked(bytes.subarray(0, -1))],
    ["signature without its first byte", marked(bytes.subarray(1))],
    ["half a signature", marked(bytes.subarray(0, bytes.length >> 1))],
    ["signature a byte long", marked(Buffer.concat([bytes, Buffer.alloc(1)]))],
    ["signature with a byte before it", marked(Buffer.concat([Buffer.alloc(1), bytes]))],
    ["signature twice", marked(Buffer.concat([bytes, bytes]))],
    [
      "signature of another token",
      `${head}.${payload}.${(await by(header, { ...CLAIMS, x: 1 })).split(".")[2]}`,
    ],
    ["signature of the claims alone", `${head}.${payload}.${await signRaw(payload)}`],
    ["padded signature", `${good}=`],
    ["padded header", `${head}=.${payload}.${mark}`],
    ["padded claims", `${head}.${payload}==.${mark}`],
    ["space before", ` ${good}`],
    ["space behind", `${good} `],
    ["space in the signature", `${head}.${payload}.${mark.slice(0, 9)} ${mark.slice(9)}`],
    ["line end in the claims", `${head}.${payload.slice(0, 9)}\n${payload.slice(9)}.${mark}`],
    ["tab between the parts", `${head}.\t${payload}.${mark}`],
    ["null byte behind", `${good}\u0000`],
    ["a letter that is none", `${head}.${payload}.${mark.slice(0, -1)}*`],
    ["a full-width letter", `${head}.${payload}.${mark.slice(0, -1)}\uff21`],
    ["one letter too many", `${good}A`],
    ["stray bits in the signature", stray(mark) && `${head}.${payload}.${stray(mark)}`],
    [
      "stray bits in the header",
      `${stray(roomy)}.${payload}.${await signRaw(`${stray(roomy)}.${payload}`)}`,
    ],
    [
      "stray bits in the claims",
      `${head}.${stray(roomyPayload)}.${await signRaw(`${head}.${stray(roomyPayload)}`)}`,
    ],
    ["four parts", `${good}.${mark}`],
    ["two parts", `${head}.${payload}`],
    ["an empty part", `${head}..${mark}`],
    ["another key", await by(header, CLAIMS, others[name].privateKey)],
    ["another key, brought along", await by({ ...header, jwk }, CLAIMS, others[name].privateKey)],
    ["the kid of another key", await by({ ...header, kid: next })],
    ["a kid that nobody knows", await by({ ...header, kid: "nobody" })],
    ["another algorithm in the header", await by({ ...header, alg: next })],
    ["another algorithm and its kid", await by({ ...header, alg: next, kid: next })],
    ["algorithm in lower case", await by({ ...header, alg: name.toLowerCase() })],
    ["algorithm none", `${encode({ ...header, alg: "none" })}.${payload}.`],
    ["algorithm none, signed", await by({ ...header, alg: "none" })],
    ["no algorithm", await by({ ...header, alg: undefined })],
    ["HS256 with the public key in PEM", hmac(pem.export({ type: "spki", format: "pem" }))],
    ["HS256 with the public key in DER", hmac(pem.export({ type: "spki", format: "der" }))],
    ["HS256 dressed up", hmac(pem.export({ type: "spki", format: "der" }), name)],
    ["unencoded", await by({ ...header, b64: false, crit: ["b64"] })],
    ["a member twice", await by(JSON.stringify(header).replace("{", '{"alg":"none",'))],
    ["a claim twice", await by(header, JSON.stringify(CLAIMS).replace("{", '{"sub":"x",'))],
  ];
  if (name.startsWith("ES")) all.push(["signature as DER", marked(der(bytes))]);
  if (/^[RP]S/.test(name)) {
    const sibling = (name[0] === "R" ? "P" : "R") + name.slice(1);
    const { kty, n, e, ...rest } = await subtle.exportKey("jwk", privateKey);
    const jwkOf = { kty, n, e, ...rest, alg: undefined, key_ops: ["sign"] };
    const how = ALGORITHMS[sibling];
    const key = await subtle.importKey("jwk", jwkOf, how, false, ["sign"]);
    all.push([
      "its key with the other padding",
      await by({ ...header, alg: sibling }, CLAIMS, key, how),
    ]);
    all.push(["the other padding under its name", await by(header, CLAIMS, key, how)]);
  }
  return all
    .filter(([, token]) => token !== undefined)
    .map(([what, token, isGood = false]) => [`${name}: ${what}`, token, isGood]);
}

const pairsOf = async () =>
  Object.fromEntries(
    await Promise.all(
      NAMES.map(async (name) => [
        name,
        await subtle.generateKey(ALGORITHMS[name], true, ["sign", "verify"]),
      ]),
    ),
  );

/** @returns {Promise<{ now: number, options: object, vectors: [string, string, boolean][] }>} */
export async function makeVectors() {
  const [pairs, others] = await Promise.all([pairsOf(), pairsOf()]);
  const keys = await Promise.all(
    NAMES.map(async (name) => {
      const { kty, crv, x, y, n, e } = await subtle.exportKey("jwk", pairs[name].publicKey);
      return { kty, crv, x, y, n, e, kid: name, alg: name };
    }),
  );
  const options = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys }, algorithms: NAMES };
  const vectors = (await Promise.all(NAMES.map((name) => vectorsOf(name, pairs, others)))).flat();
  return JSON.parse(JSON.stringify({ now: NOW, options, vectors }));
}
