import { readText } from "./read.js";

// A request as the proxy takes it in: a runtime's `Request`, or that of Node's own server (message.js), of which making
// a `Request` would cost more than all decisions together. Developers' functions get a `Request` all the same, made when
// it is asked for.

/**
 * @typedef {{
 *   method: string,
 *   url: string,
 *   target: string,
 *   headers: { get: (name: string) => string | null },
 *   headerCount: number,
 *   headerBytes: number,
 *   read: (limit: number) => Promise<{ text: string, tooLarge: boolean }>,
 *   whole: () => Request,
 *   bare: () => Request,
 *   address?: string,
 * }} Incoming
 *   `target`: path and query as a URL has them. Names of headers are asked for in lower case. `whole` is what the host
 *   gave, `bare` the same without the body, which belongs to the decisions. `address` is
 *   there, known or not, where the host tells it beside the request.
 *
 * @typedef {{ status: number, flat: string[], body: string, response: () => Response }} Answer
 *   `flat`: names and values of the headers in turn, a list that is the taker's own. `response`: the same for runtimes
 *   that want one.
 */

/**
 * Each proxy's `fetch`, and the way around it for hosts that have no `Request` and need no `Response`. By the function
 * and not by the proxy: whoever wraps `fetch` has another one, and is not passed by.
 *
 * @type {WeakMap<Function, (request: Incoming, env?: unknown) => Promise<Answer>>}
 */
export const directs = new WeakMap();

/** What has nothing in its path and query that parsing would change. */
const PLAIN = /^https?:\/\/[^/?#@\\]+(\/[\w\-/]*(?:\?[\w\-=&,]+)?)$/;

/** @param {URL} url */
const targetOf = ({ pathname, search }) => pathname + search;

/**
 * @param {Request} request
 * @returns {Incoming}
 */
export function ofRequest(request) {
  const { method, url } = request;
  /** @type {Map<string, string>} */
  const headers = new Map();
  let count = 0;
  let bytes = 0;
  request.headers.forEach((value, name) => {
    count += 1;
    bytes += name.length + value.length;
    headers.set(name, value);
  });
  return {
    method,
    url,
    target: PLAIN.exec(url)?.[1] ?? targetOf(new URL(url)),
    headers: { get: (name) => headers.get(name) ?? null },
    headerCount: count,
    headerBytes: bytes,
    read: (limit) => readText(request.body, limit),
    whole: () => request,
    bare: () => new Request(url, { method, headers: request.headers }),
  };
}
