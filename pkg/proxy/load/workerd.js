import wasm from "../../wasm/proxy/proxy_bg.wasm";
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofCloudflare } from "../address.js";
import { createProxyWith } from "../index.js";
import { checkPolicyWith } from "../policy.js";

export * from "../exports.js";

function load() {
  initSync({ module: wasm });
}

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofCloudflare,
  load,
});

export const checkPolicy = checkPolicyWith({ Engine, load });
