import { readFileSync } from "node:fs";
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofSocket } from "../address.js";
import { createProxyWith } from "../index.js";
import { checkPolicyWith } from "../policy.js";
import { sendOnNode } from "../send-node.js";
import { withinShared } from "../within.js";

export * from "../exports.js";

function load() {
  initSync({ module: readFileSync(new URL("../../wasm/proxy/proxy_bg.wasm", import.meta.url)) });
}

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofSocket,
  inTime: withinShared,
  send: sendOnNode,
  load,
});

export const checkPolicy = checkPolicyWith({ Engine, load });
