// Signs events as the service does: RS256, by a key pair that only this process has.

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const NEW_PAIR = {
  ...ALGORITHM,
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/**
 * One pair for all sandboxes of a process: making one takes a tenth of a second, and tests make many sandboxes.
 *
 * @type {Promise<CryptoKeyPair> | undefined}
 */
let own;

/**
 * @param {{ privateKey: string, publicKey: string }} [given] Keys in PEM.
 * @returns {Promise<{ publicKey: string, sign(claim: string): Promise<string>, keys(): Promise<{ privateKey: string,
 *   publicKey: string }> } | undefined>} `undefined` in a page that has no WebCrypto, which is one that came over plain
 *   http.
 */
export async function createSigner(given) {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  const { privateKey, publicKey } = given ? await imported(given) : await generated();
  return {
    publicKey,

    /** Both keys in PEM, if this process has made them: to be given back to a later one. */
    async keys() {
      const bytes = await crypto.subtle.exportKey("pkcs8", privateKey);
      return { privateKey: pem("PRIVATE KEY", bytes), publicKey };
    },

    async sign(claim) {
      const head = encode(JSON.stringify({ alg: "RS256", typ: "JWT" }));
      // No `exp`: a test may read an event long after it happened.
      const claims = encode(JSON.stringify({ data: claim, iat: Math.floor(Date.now() / 1000) }));
      const signed = new TextEncoder().encode(`${head}.${claims}`);
      const signature = await crypto.subtle.sign(ALGORITHM, privateKey, signed);
      return `${head}.${claims}.${base64url(new Uint8Array(signature))}`;
    },
  };
}

async function generated() {
  own ??= crypto.subtle.generateKey(NEW_PAIR, true, ["sign", "verify"]);
  try {
    const { privateKey, publicKey } = await own;
    return {
      privateKey,
      publicKey: pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", publicKey)),
    };
  } catch (error) {
    own = undefined;
    throw error;
  }
}

async function imported({ privateKey, publicKey }) {
  const label = /-----[A-Z ]+-----/g;
  try {
    const text = atob(privateKey.replace(label, "").replace(/\s/g, ""));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const key = await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]);
    if (!/BEGIN PUBLIC KEY/.test(publicKey)) throw new Error("publicKey is no PEM");
    return { privateKey: key, publicKey };
  } catch (cause) {
    throw new TypeError(
      "The option signingKey takes { privateKey, publicKey }: an RSA key in PEM, as PKCS#8 and SPKI.",
      { cause },
    );
  }
}

function pem(label, bytes) {
  const lines = base64(new Uint8Array(bytes))
    .match(/.{1,64}/g)
    .join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

const encode = (text) => base64url(new TextEncoder().encode(text));
const base64url = (bytes) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
