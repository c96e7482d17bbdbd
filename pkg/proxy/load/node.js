import { readFileSync } from "node:fs";
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofSocket } from "../address.js";
import { createProxyWith } from "../index.js";

export * from "../exports.js";

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofSocket,
  load() {
    initSync({ module: readFileSync(new URL("../../wasm/proxy/proxy_bg.wasm", import.meta.url)) });
  },
});
