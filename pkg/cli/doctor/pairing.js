/**
 * Which key may be sent where (P37). Decided before anything is sent: a real key in the log of some
 * other host is a real key lost.
 */

const WIX_DOMAINS = ["wixapis.com", "wix.com"];
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** @param {string} hostname */
export function isWixHost(hostname) {
  return WIX_DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/**
 * What is wrong with a key and the place that it would be sent to, or nothing.
 *
 * @param {string | undefined} key
 * @param {URL} upstream
 * @returns {{ says: string, mend: string } | undefined}
 */
export function mismatch(key, upstream) {
  if (key === undefined || key === "") {
    return {
      says: "there is no key",
      mend: "make one in the API keys manager of your account; then set WIX_API_KEY, or give --key KEY",
    };
  }
  if (/[^\x21-\x7e]/.test(key) || /^["']|["']$|,/.test(key)) {
    return {
      says: "the key has spaces, quotes, commas or line breaks in it",
      mend: "copy it again, bare",
    };
  }
  const wix = isWixHost(upstream.hostname);
  if (key.startsWith("SANDBOX.")) {
    if (wix)
      return {
        says: "a sandbox's key opens no Wix host",
        mend: "give --upstream URL of your sandbox, or a key that begins with IST.",
      };
    return plainHttp(upstream);
  }
  if (!key.startsWith("IST.")) {
    return {
      says: "the key does not begin with IST., as API keys do",
      mend: "take an API key from manage.wix.com, not a token or a client id",
    };
  }
  if (!wix) {
    return {
      says: `a real key is not sent to ${upstream.hostname}`,
      mend: "leave --upstream out, or use the sandbox's own key",
    };
  }
  return upstream.protocol === "https:"
    ? undefined
    : { says: "a real key is not sent without TLS", mend: "write https:// in --upstream" };
}

/** @param {URL} upstream */
function plainHttp(upstream) {
  if (upstream.protocol === "https:" || LOOPBACK.test(upstream.hostname)) return undefined;
  return {
    says: "plain http is for this machine only",
    mend: "use https, or a sandbox on 127.0.0.1",
  };
}
