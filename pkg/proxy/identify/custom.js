import { onlyKnown } from "../known.js";
import { InvalidToken, VISITOR } from "./invalid-token.js";

/** @type {WeakSet<Function>} */
const byCookie = new WeakSet();

/**
 * Callers by the developer's own rules. The function sees the caller's token, and of the request only what it asks
 * for: a header that anybody can set, read out of habit, is how one becomes somebody else (P8).
 *
 * @param {import("../index.js").CustomIdentify} resolve
 * @param {{ headers?: string[], cookies?: boolean }} [options]
 * @returns {import("../index.js").Identify}
 */
export function custom(resolve, options = {}) {
  if (typeof resolve !== "function") throw new TypeError("custom: give a function");
  onlyKnown("custom", options, ["headers", "cookies"]);
  const { headers = [], cookies = false } = options;
  const names = headers.map((name) => String(name).toLowerCase());
  if (names.includes("cookie")) {
    throw new TypeError(
      "custom: write cookies: true, so that the proxy keeps the rules of cookies",
    );
  }
  const seen = [...names, ...(cookies ? ["cookie"] : [])];

  /** @type {import("../index.js").Identify} */
  const identify = async ({ token, request }) => {
    const caller = await resolve({ token, request: narrowed(request, seen) });
    if (caller !== null && caller !== undefined) return caller;
    const isSomebody = token !== null || (cookies && request.headers.has("cookie"));
    if (!isSomebody) return VISITOR;
    throw new InvalidToken("the identity function does not know it");
  };
  if (cookies) byCookie.add(identify);
  return identify;
}

/**
 * The request as the function may see it.
 *
 * @param {Request} request
 * @param {string[]} names
 */
function narrowed(request, names) {
  const kept = names.flatMap((name) => {
    const value = request.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Request(request.url, { method: request.method, headers: kept });
}

/** @param {Function} identify Whether it reads cookies. */
export const readsCookies = (identify) => byCookie.has(identify);
