// What a session's cookie may be, and how long it lives. Functions of their inputs: no clock, no key, no request.

/** The most that browsers keep of one cookie, name and attributes included. */
const MAX_COOKIE = 4096;

/**
 * The names of a proxy's two cookies. Browsers take `__Host-` only with Secure, path `/` and no domain, so no
 * neighbouring host can plant one (P18). The mount stands in them: two proxies of one origin have two sessions.
 * No mount can have the `~`, so the sign-in's cookie of one is never the session's of another, as of `/a` and `/a-login`.
 *
 * @param {string} basePath
 */
export function cookieNames(basePath) {
  const mount = basePath.slice(1).replaceAll("/", ".") || "loyalty";
  return { session: `__Host-${mount}`, login: `__Host-${mount}~login` };
}

/**
 * A `Set-Cookie` line. The session's is Strict; the sign-in's alone is Lax, or it would not come back with its answer.
 *
 * @param {string} name
 * @param {string} value
 * @param {{ seconds: number, sameSite: "Strict" | "Lax" }} rules
 * @returns {string | undefined} `undefined` where a browser would drop it for its size.
 */
export function cookieLine(name, value, { seconds, sameSite }) {
  const age = Math.max(0, Math.floor(seconds));
  const line = `${name}=${value}; Path=/; Max-Age=${age}; Secure; HttpOnly; SameSite=${sameSite}`;
  return line.length > MAX_COOKIE ? undefined : line;
}

/**
 * The line that makes a browser forget a cookie.
 *
 * @param {string} name
 * @param {"Strict" | "Lax"} sameSite
 */
export const forgetLine = (name, sameSite) => cookieLine(name, "", { seconds: 0, sameSite }) ?? "";

/**
 * The value of a cookie, exactly as named.
 *
 * @param {string | null} header
 * @param {string} name
 * @returns {string | null | undefined} `null` for none, `undefined` where there are several: then one was planted.
 */
export function cookieValue(header, name) {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length === 0) return null;
  return values.length === 1 ? values[0] : undefined;
}

/**
 * Whether a session still lives. It ends for good so long after its beginning, and earlier when nobody used it.
 *
 * @param {{ at: unknown, seen: unknown }} session Its beginning and its last use, in milliseconds.
 * @param {number} now
 * @param {{ idleSeconds: number, absoluteSeconds: number }} limits
 * @returns {"live" | "idle" | "over" | "malformed"}
 */
export function stateOf({ at, seen }, now, { idleSeconds, absoluteSeconds }) {
  if (!Number.isFinite(at) || !Number.isFinite(seen) || Number(seen) < Number(at))
    return "malformed";
  const ago = (date) => (now - date) / 1000;
  // A clock of another machine may be a little ahead; one that is an hour ahead is no clock of ours.
  if (ago(seen) < -60) return "malformed";
  if (ago(at) >= absoluteSeconds) return "over";
  return ago(seen) >= idleSeconds ? "idle" : "live";
}

/**
 * Whether the cookie is written anew: now and then, not with each call.
 *
 * @param {number} seen
 * @param {number} now
 * @param {number} idleSeconds
 */
export const isRenewed = (seen, now, idleSeconds) => now - seen >= (idleSeconds * 1000) / 10;

/**
 * How long the browser keeps the cookie, in seconds: until the session is idle or over.
 *
 * @param {number} at
 * @param {number} now
 * @param {{ idleSeconds: number, absoluteSeconds: number }} limits
 */
export const remaining = (at, now, { idleSeconds, absoluteSeconds }) =>
  Math.min(idleSeconds, absoluteSeconds - (now - at) / 1000);

/**
 * The answer of a sign-in, by its query.
 *
 * @param {URLSearchParams} params
 * @returns {{ fault: string } | { fault?: undefined, state: string, code: string | null, iss: string | null, error: string | null }}
 */
export function answerOf(params) {
  const names = ["state", "code", "iss", "error"];
  const twice = names.find((name) => params.getAll(name).length > 1);
  if (twice !== undefined) return { fault: `${twice} is there twice` };
  const [state, code, iss, error] = names.map((name) => params.get(name));
  if (state === null || !isToken(state)) return { fault: "there is no state" };
  if (error !== null) {
    const name = /^[a-z_]{1,40}$/.test(error) ? error : "an error";
    return { state, code: null, iss, error: name };
  }
  if (code === null || !isToken(code)) return { fault: "there is no code" };
  return { state, code, iss, error: null };
}

const isToken = (text) => /^[\x21-\x7e]{1,4096}$/.test(text);
