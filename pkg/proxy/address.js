// Where a request came from, as runtimes tell it. Never from a header that a browser can set: whoever may name an
// address of his choice has as many of them as he likes, and rate limits by address stop nobody.

/** @type {WeakMap<Request, string>} */
const sockets = new WeakMap();

/**
 * Notes the other end of the connection that a request came by; Node's server calls it.
 *
 * @param {Request} request
 * @param {string | undefined} address
 */
export function cameFrom(request, address) {
  if (address !== undefined) sockets.set(request, address);
}

/** Node: the socket's remote address, of requests that came by `serve`. */
export const ofSocket = (/** @type {Request} */ request) => sockets.get(request);

/**
 * Workers: Cloudflare sets this header itself and overwrites a client's. A workerd of one's own doesn't, and there
 * `request.cf` is missing. The header comes first: what stands in `cf` is read from text when it is looked at.
 *
 * @param {Request & { cf?: unknown }} request
 */
export function ofCloudflare(request) {
  const address = request.headers.get("cf-connecting-ip");
  return address === null || request.cf === undefined ? undefined : address;
}

/** Deno: `deno serve` and `Deno.serve` hand the connection in beside the request. */
export const ofDeno = (/** @type {Request} */ _request, /** @type {any} */ info) =>
  info?.remoteAddr?.hostname;

/** Bun: its server knows the address of a request. */
export function ofBun(/** @type {Request} */ request, /** @type {any} */ server) {
  return typeof server?.requestIP === "function" ? server.requestIP(request)?.address : undefined;
}
