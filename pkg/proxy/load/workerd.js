import wasm from "../../wasm/proxy/proxy_bg.wasm";
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofCloudflare } from "../address.js";
import { createProxyWith } from "../index.js";

export * from "../exports.js";

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofCloudflare,
  load() {
    initSync({ module: wasm });
  },
});
