import init, { Engine, renew } from "../../wasm/proxy/proxy.js";
import { createProxyWith } from "../index.js";
import { checkPolicyWith } from "../policy.js";

export * from "../exports.js";

const load = () =>
  init({ module_or_path: new URL("../../wasm/proxy/proxy_bg.wasm", import.meta.url) });

// Any other runtime that answers requests, a service worker for one. Here the wasm comes by fetch, so mistakes in
// the options show with the first request and not at once.
export const createProxy = createProxyWith({
  Engine,
  renew,
  load,
});

export const checkPolicy = checkPolicyWith({ Engine, load });
