// The elevated credential. Its parts stand in a map that only this module sees, so whoever prints, clones or
// serializes the object gets a word and no secret; the one thing to be done with it is to attach it.

/** @type {WeakMap<object, { key: string, siteId: string, accountId?: string }>} */
const secrets = new WeakMap();

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

class Credential {
  toString() {
    return "[credential]";
  }

  toJSON() {
    return "[credential]";
  }

  [INSPECT]() {
    return "[credential]";
  }

  get [Symbol.toStringTag]() {
    return "credential";
  }
}

/**
 * An API key of a Wix site, or of the sandbox.
 *
 * @param {{ key: string, siteId: string, accountId?: string }} options
 */
export function apiKey({ key, siteId, accountId }) {
  // A value that no header can hold would be named in an error of fetch, and so in a log.
  headerValue(key, "key");
  headerValue(siteId, "siteId");
  if (accountId !== undefined) headerValue(accountId, "accountId");
  const credential = Object.freeze(new Credential());
  secrets.set(credential, { key, siteId, accountId });
  return credential;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function headerValue(value, name) {
  if (typeof value === "string" && /^[\x21-\x7e]{1,8192}$/.test(value)) return;
  throw new TypeError(`apiKey: ${name} must be text without spaces; is its variable set?`);
}

/**
 * What the configuration is checked by: nothing that opens anything.
 *
 * @param {unknown} credential
 */
export function describe(credential) {
  const secret = secrets.get(/** @type {object} */ (credential));
  if (secret === undefined) return undefined;
  const keyKind = secret.key.startsWith("IST.")
    ? "wix"
    : secret.key.startsWith("SANDBOX.")
      ? "sandbox"
      : "other";
  return { siteId: secret.siteId, keyKind };
}

/**
 * @param {object} credential
 * @param {Headers} headers Of the request upstream.
 */
export function attach(credential, headers) {
  const secret = secrets.get(credential);
  if (secret === undefined) throw new TypeError("not a credential");
  headers.set("authorization", secret.key);
  headers.set("wix-site-id", secret.siteId);
  if (secret.accountId !== undefined) headers.set("wix-account-id", secret.accountId);
}

/**
 * Whether a text holds the secret: an upstream that sends it back is not listened to.
 *
 * @param {object} credential
 * @param {string} text
 */
export function isIn(credential, text) {
  const secret = secrets.get(credential);
  return secret !== undefined && text.includes(secret.key);
}
