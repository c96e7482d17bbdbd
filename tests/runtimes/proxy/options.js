// The proxy of the common suite. Every runtime makes it from the same few settings, and serves it its own way.
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";

/** @param {any} settings As tests/runtimes/proxy.test.js hands them to each runtime. */
export function makeProxy(settings) {
  const { key, siteId, issuer, audience, jwks, origin, upstream, policy, given, now } = settings;
  const byToken = jwt({ issuer, audience, jwks });
  return createProxy({
    credential: apiKey({ key, siteId }),
    async identify(call) {
      const caller = await byToken(call);
      return caller.memberId === given.to ? { ...caller, ...given.caller } : caller;
    },
    origins: [origin],
    upstream,
    policy,
    confirm: { "review-exists": ({ subject }) => subject === "exists" },
    store: memoryStore(),
    now: () => now,
    log() {},
  });
}
