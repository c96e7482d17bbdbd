// The elevated credential. What is inside stands in a map that only this module sees, so whoever prints, clones or
// serializes the object gets a word and no secret; the one thing to be done with it is to open it for a proxy.

/**
 * One key that upstream may accept.
 *
 * @typedef {{
 *   attach: (headers: Record<string, string>) => unknown,
 *   renew?: (ticket: unknown) => boolean,
 *   secrets: () => string[],
 *   send?: (url: string, init: object) => Promise<Response>,
 * }} Key
 *   `attach` puts the key into the headers, names in lower case, or throws `NoCredential`; it gives, or promises, a
 *   ticket of what it put there. `renew` is told that upstream refused that, and says whether another try makes sense.
 *   `send` stands in for the proxy's own.
 *
 * @typedef {{
 *   upstream: string,
 *   fetch: (request: Request) => Promise<Response>,
 *   send: import("../send.js").Send,
 *   now: () => number,
 *   log: (line: string) => void,
 * }} World
 *
 * @typedef {{
 *   siteId: string,
 *   keyKind: "wix" | "sandbox" | "other",
 *   open: (world: World) => Key[],
 * }} Inside
 */

/** @type {WeakMap<object, Inside>} */
const insides = new WeakMap();

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

/** There is no key to send with: nothing was sent. The message is ours, and names no secret. */
export class NoCredential extends Error {
  name = "NoCredential";
}

/**
 * @param {Inside} inside
 * @returns {any} A credential that shows nothing of it.
 */
export function seal(inside) {
  const credential = Object.freeze(new Credential());
  insides.set(credential, inside);
  return credential;
}

/** @param {unknown} credential */
export function insideOf(credential) {
  return insides.get(/** @type {object} */ (credential));
}

/**
 * What the configuration is checked by: nothing that opens anything.
 *
 * @param {unknown} credential
 */
export function describe(credential) {
  const inside = insideOf(credential);
  return inside && { siteId: inside.siteId, keyKind: inside.keyKind };
}

/**
 * Whether a text can stand in a header. One that can't would be named in an error of fetch, and so in a log.
 *
 * @param {unknown} value
 */
export const isHeaderText = (value) =>
  typeof value === "string" && /^[\x21-\x7e]{1,8192}$/.test(value);

/**
 * @param {string} maker Who asks, for the message.
 * @param {Record<string, unknown>} values Each must be text for a header.
 */
export function needHeaderText(maker, values) {
  for (const [name, value] of Object.entries(values)) {
    if (!isHeaderText(value)) {
      throw new TypeError(`${maker}: ${name} must be text without spaces; is its variable set?`);
    }
  }
}
