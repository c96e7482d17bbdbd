// What a client's listeners are told of a call: names and figures for a log, never tokens, bodies or ids.
import { names } from "../generated/names.js";

const GUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

const since = (start) => Math.round((performance.now() - start) * 10) / 10;

/**
 * Watches one call.
 *
 * @param {any} client
 * @param {import("./method.js").Method} method
 */
export function watch(client, { number, called = names[number] }) {
  const began = performance.now();
  const about = { operation: called, attempt: 0 };

  const tell = (name, facts) => {
    try {
      const told = client[name]?.(Object.freeze({ ...about, ...facts }));
      // It may be a promise that rejects: that is nobody's business here either.
      Promise.resolve(told).catch(() => {});
    } catch {
      // A listener changes nothing.
    }
  };

  return {
    async fetch(url, init) {
      about.attempt += 1;
      about.method = init.method;
      about.path = url.slice(client.proxy.length).split("?")[0].replace(GUID, "{id}");
      const sentAt = performance.now();
      tell("onRequest");
      const response = await client.fetch(url, init);
      const header = (name) => response.headers?.get?.(name) ?? undefined;
      tell("onResponse", {
        status: response.status,
        requestId: header("x-request-id") ?? header("x-wix-request-id"),
        ms: since(sentAt),
      });
      return response;
    },
    /** Another request follows after so many milliseconds. */
    again({ code, status, requestId }, waitMs) {
      tell("onRetry", { code, status, requestId, waitMs });
    },
    /** The call is over, without a value. */
    failed({ code, status, requestId, retryable }) {
      tell("onError", { code, status, requestId, retryable, ms: since(began) });
    },
  };
}
