import wasm from "../../wasm/proxy/proxy_bg.wasm";
import { Engine, initSync } from "../../wasm/proxy/proxy.js";
import { createProxyWith } from "../index.js";

export * from "../exports.js";

export const createProxy = createProxyWith({
  Engine,
  load() {
    initSync({ module: wasm });
  },
});
