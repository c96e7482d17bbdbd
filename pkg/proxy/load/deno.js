// A source import needs no permission to read files.
import source module from "../../wasm/proxy/proxy_bg.wasm";
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofDeno } from "../address.js";
import { createProxyWith } from "../index.js";
import { checkPolicyWith } from "../policy.js";
import { withinShared } from "../within.js";

export * from "../exports.js";

function load() {
  initSync({ module });
}

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofDeno,
  inTime: withinShared,
  load,
});

export const checkPolicy = checkPolicyWith({ Engine, load });
