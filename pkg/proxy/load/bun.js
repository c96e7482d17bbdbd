// Node's way would break `bun build`, which follows imports and not URLs.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import path from "../../wasm/proxy/proxy_bg.wasm" with { type: "file" };
import { Engine, initSync, renew } from "../../wasm/proxy/proxy.js";
import { ofBun } from "../address.js";
import { createProxyWith } from "../index.js";
import { checkPolicyWith } from "../policy.js";
import { withinShared } from "../within.js";

export * from "../exports.js";

function load() {
  // Absolute in a program that is run, relative to the bundle in one that was built.
  initSync({ module: readFileSync(resolve(import.meta.dirname, path)) });
}

export const createProxy = createProxyWith({
  Engine,
  renew,
  clientAddress: ofBun,
  inTime: withinShared,
  load,
});

export const checkPolicy = checkPolicyWith({ Engine, load });
