/**
 * One call of the upstream with the key, and what can be learned from how it was answered.
 *
 * @typedef {{ status: number, json: any, date?: string, ms: number }} Answered
 * @typedef {{ failed: string, ms: number }} Failed
 * @typedef {(method: "GET" | "POST", path: string, body?: unknown) => Promise<Answered | Failed>} Call
 */

const TIMEOUT_MS = 15_000;

/** Why a call did not come back, by the system's code. */
const REASONS = {
  ENOTFOUND: "the host's name is unknown",
  EAI_AGAIN: "no name server answers",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was broken",
  ETIMEDOUT: "nothing answers there",
  CERT_HAS_EXPIRED: "the certificate has ended",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is of its own making",
  UND_ERR_CONNECT_TIMEOUT: "nothing answers there",
};

/**
 * @param {{ upstream: URL, key: string, siteId: string, fetch?: typeof globalThis.fetch }} to
 * @returns {Call}
 */
export function createCall({ upstream, key, siteId, fetch = globalThis.fetch }) {
  return async (method, path, body) => {
    const started = performance.now();
    const passed = () => performance.now() - started;
    try {
      const response = await fetch(upstream.origin + path, {
        method,
        headers: {
          authorization: key,
          "wix-site-id": siteId,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        // A key that follows a redirect goes who knows where.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const date = response.headers.get("date") ?? undefined;
      return { status: response.status, json: parse(text), date, ms: passed() };
    } catch (error) {
      return { failed: reasonOf(error), ms: passed() };
    }
  };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In our words: some messages of fetch quote header values. @param {any} error */
function reasonOf(error) {
  if (error?.name === "TimeoutError") return `nothing came within ${TIMEOUT_MS / 1000} s`;
  const code = error?.cause?.code ?? error?.code;
  return (
    REASONS[/** @type {keyof typeof REASONS} */ (code)] ?? (code ? String(code) : "the call failed")
  );
}

/** The service's own code of a refusal. @param {any} json @returns {string | undefined} */
export function codeOf(json) {
  const { applicationError, validationError } = json?.details ?? {};
  if (typeof applicationError?.code === "string") return applicationError.code;
  return validationError === undefined ? undefined : "validationError";
}
