/**
 * Whom `verify` may attack (P38): this machine without asking; any other host only if the very same
 * host was named by hand, and there nothing that could change points unless that was asked for too.
 *
 * @typedef {{ allowed: true, loopback: boolean, writes: boolean } | { allowed: false, message: string, hint: string }} Permission
 */

const LOOPBACK_V4 = /^127(?:\.\d{1,3}){3}$/;

/**
 * A name that is this machine's by what it says, never by what a name server says of it.
 *
 * @param {string} hostname As `URL` gives it: numbers in any notation are dotted quads by then.
 */
export function isLoopback(hostname) {
  return hostname === "localhost" || hostname === "[::1]" || LOOPBACK_V4.test(hostname);
}

/**
 * @param {URL} url
 * @param {{ allowedHost?: string, writes?: boolean }} asked
 * @returns {Permission}
 */
export function permissionFor(url, { allowedHost, writes = false }) {
  if (url.username !== "" || url.password !== "") {
    return no("The URL has a user name or a password in it.", "Say whom to be by --member TOKEN.");
  }
  if (url.search !== "" || url.hash !== "") {
    return no("The URL has a query or a fragment.", "Give the address under which the proxy lies.");
  }
  if (isLoopback(url.hostname)) return { allowed: true, loopback: true, writes: true };
  if (allowedHost === undefined) {
    return no(
      `${url.hostname} is not this machine.`,
      `If it is yours, or its owner told you so: --i-am-allowed-to-test ${url.hostname}`,
    );
  }
  if (![url.hostname, url.host].includes(allowedHost.toLowerCase())) {
    return no(
      `--i-am-allowed-to-test says ${allowedHost}, the URL says ${url.host}.`,
      "They must be the same, letter by letter: this is no place for patterns.",
    );
  }
  return { allowed: true, loopback: false, writes };
}

/** @param {string} message @param {string} hint @returns {Permission} */
function no(message, hint) {
  return { allowed: false, message, hint };
}
