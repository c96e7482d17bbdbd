// Ours, with no answers kept: every read goes upstream, as with the other two.
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";

export function ours({ key, siteId, issuer, audience, jwks, origin, upstream, policy, base }) {
  return createProxy({
    credential: apiKey({ key, siteId }),
    identify: jwt({ issuer, audience, jwks, algorithms: ["ES256"] }),
    origins: [origin],
    basePath: base,
    upstream,
    policy,
    store: memoryStore(),
    cache: { accountMs: 0, catalogMs: 0 },
    log: false,
  });
}
