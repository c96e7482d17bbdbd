import { EncryptJWT, jwtDecrypt } from "jose";
import { toBase64Url } from "../identify/digest.js";
import { isCanonical } from "../identify/jwt-shape.js";

// Encrypted claims (JWE, `dir` with A256GCM). The key of a cookie is derived from the developer's for one site and one
// purpose, so that a cookie of one site, or a sign-in's, can't even be decrypted as another's (P10).

const KEY_BYTES = 32;
const HEADER = ["alg", "enc", "kid"];
const encoder = new TextEncoder();

/**
 * Reads keys: the first encrypts, all of them decrypt.
 *
 * @param {unknown} keys
 * @returns {Uint8Array[]}
 */
export function readKeys(keys) {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(
      "session: keys must be a list; the first encrypts, the others still decrypt",
    );
  }
  return keys.map((key, at) => {
    const bytes = bytesOf(key);
    if (bytes?.length !== KEY_BYTES || new Set(bytes).size < KEY_BYTES / 4) {
      throw new TypeError(
        `session: keys[${at}] must be 32 random bytes in base64; make one: openssl rand -base64 32`,
      );
    }
    return bytes;
  });
}

function bytesOf(key) {
  if (key instanceof Uint8Array) return Uint8Array.from(key);
  if (typeof key !== "string") return undefined;
  try {
    const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/**
 * @param {Uint8Array[]} keys
 */
export function sealer(keys) {
  /** @type {Map<string, Promise<{ kid: string, key: CryptoKey }[]>>} */
  const derived = new Map();

  /** @param {string} purpose */
  function keysFor(purpose) {
    let found = derived.get(purpose);
    if (found === undefined) {
      found = Promise.all(keys.map((key) => derive(key, purpose)));
      derived.set(purpose, found);
    }
    return found;
  }

  return {
    /**
     * @param {string[]} purpose
     * @param {Record<string, unknown>} claims
     * @param {number} until In milliseconds.
     */
    async close(purpose, claims, until) {
      const [{ kid, key }] = await keysFor(JSON.stringify(purpose));
      return new EncryptJWT(claims)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid })
        .setExpirationTime(Math.floor(until / 1000))
        .encrypt(key);
    },

    /**
     * @param {string[]} purpose
     * @param {string} text
     * @param {number} now
     * @returns {Promise<Record<string, any> | undefined>} `undefined` for what was not closed for this purpose, was
     *   changed, or is over.
     */
    async open(purpose, text, now) {
      const parts = text.split(".");
      const [header, between, ...rest] = parts;
      // One text for one session: nothing that decodes to the same bytes is taken for it.
      if (parts.length !== 5 || between !== "" || ![header, ...rest].every(isCanonical))
        return undefined;
      const named = headerOf(header);
      if (named === undefined) return undefined;
      const all = await keysFor(JSON.stringify(purpose));
      const found = all.find(({ kid }) => kid === named.kid);
      if (found === undefined) return undefined;
      try {
        const { payload } = await jwtDecrypt(text, found.key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          currentDate: new Date(now),
          requiredClaims: ["exp"],
        });
        return payload;
      } catch {
        return undefined;
      }
    },
  };
}

/** @param {string} part */
function headerOf(part) {
  try {
    const header = JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    const names = Object.keys(header);
    return names.length === HEADER.length && HEADER.every((name) => names.includes(name))
      ? header
      : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} bytes @param {string} purpose */
async function derive(bytes, purpose) {
  const master = await crypto.subtle.importKey("raw", bytes, "HKDF", false, [
    "deriveKey",
    "deriveBits",
  ]);
  const by = (use) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode(`loyalty-edge session 1 ${use} ${purpose}`),
  });
  const gcm = { name: "AES-GCM", length: 256 };
  const [key, name] = await Promise.all([
    crypto.subtle.deriveKey(by("key"), master, gcm, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveBits(by("name"), master, 64),
  ]);
  return { key, kid: toBase64Url(new Uint8Array(name)) };
}
