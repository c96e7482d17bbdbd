// What stands for a secret text where the text itself should not lie around, and how two secrets are compared.

const encoder = new TextEncoder();

/** @param {Uint8Array} bytes */
export const toBase64Url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** @param {string} text */
export async function digest(text) {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/**
 * What a token is known by: the same for the same text, within one process.
 *
 * @param {string} text
 * @param {{ digest?: (text: string) => string } | undefined} proxy Its engine needs no other thread for it.
 */
export const nameOf = async (text, proxy) => proxy?.digest?.(text) ?? digest(text);

/** @param {number} bytes How many random ones. */
export const randomText = (bytes) => toBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));

/**
 * Whether two secret texts are the same. WebCrypto compares their MACs under a key of this moment, so the time it
 * takes tells nothing about where they differ (P14).
 *
 * @param {unknown} one
 * @param {unknown} other
 */
export async function sameSecret(one, other) {
  if (typeof one !== "string" || typeof other !== "string") return false;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(one));
  return crypto.subtle.verify("HMAC", key, mac, encoder.encode(other));
}
