// The proxy of the common suite. Every runtime makes it from the same few settings, and serves it its own way.
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
import { createProxyWith } from "../../../pkg/proxy/index.js";
import { Engine, renew } from "../../../pkg/wasm/proxy/proxy.js";

const POINTS = "wix.loyalty.v1.account_points_updated";

/** Points the engine nowhere where a request's URL asks for it: the WebAssembly traps when it looks there. */
class Trapping extends Engine {
  begin(id, lines, ...rest) {
    if (!lines.includes("trap-here")) return super.begin(id, lines, ...rest);
    const pointer = this.__wbg_ptr;
    this.__wbg_ptr = 0xffff_fff0;
    try {
      return super.begin(id, lines, ...rest);
    } finally {
      this.__wbg_ptr = pointer;
    }
  }
}

/** @param {any} settings As tests/runtimes/proxy.test.js hands them to each runtime. */
export function makeProxy({ traps, ...settings }) {
  const proxy = make(createProxy, settings);
  if (!traps) return proxy;
  // The one above has loaded the WebAssembly as its runtime does.
  return make(createProxyWith({ Engine: Trapping, renew, load: () => undefined }), settings);
}

function make(createProxy, settings) {
  const { key, siteId, issuer, audience, jwks, origin, upstream, policy, given, now } = settings;
  const { publicKey, instanceId } = settings;
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
    botCheck: ({ request }) => {
      if (request.headers.get("x-check") === "broken") throw new Error("no answer");
      return request.headers.get("x-check") === "a person";
    },
    webhooks: { publicKey, instanceIds: [instanceId], on: { [POINTS]: () => {} } },
    store: memoryStore(),
    now: () => now,
    log() {},
  });
}
