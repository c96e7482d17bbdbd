// The sandbox inside workerd, by the entry that its condition picks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "node:test";
import { Miniflare } from "miniflare";

const pkg = new URL("../../pkg/", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", pkg), "utf8"));
const entry = exports["./sandbox"].workerd;

const worker = `
  import { createSandbox } from "${entry}";
  let sandbox;
  export default {
    async fetch(request) {
      sandbox ??= await createSandbox({ seed: 7 });
      if (new URL(request.url).pathname === "/ready") {
        const { apiKey, siteId, members } = sandbox;
        return Response.json({ apiKey, siteId, members });
      }
      return sandbox.fetch(request);
    },
  };
`;

const file = (path) => fileURLToPath(new URL(path, pkg));
const esModule = (path) => ({ type: "ESModule", path: file(path) });
const miniflare = new Miniflare({
  compatibilityDate: "2026-01-01",
  modulesRoot: fileURLToPath(pkg),
  modules: [
    { type: "ESModule", path: file("worker.js"), contents: worker },
    esModule(entry),
    esModule("sandbox/index.js"),
    esModule("sandbox/kept.js"),
    esModule("sandbox/postman.js"),
    esModule("sandbox/production.js"),
    esModule("sandbox/signer.js"),
    esModule("wasm/sandbox/sandbox.js"),
    { type: "CompiledWasm", path: file("wasm/sandbox/sandbox_bg.wasm") },
  ],
});
after(() => miniflare.dispose());

const ask = (path, init) => miniflare.dispatchFetch(`http://sandbox${path}`, init);

describe("workerd", () => {
  it("starts, reads and writes", async () => {
    const { apiKey, siteId, members } = await (await ask("/ready")).json();
    const headers = { authorization: apiKey, "wix-site-id": siteId };
    const path = `/loyalty-accounts/v1/accounts/${members[0].accountId}`;
    const { account } = await (await ask(path, { headers })).json();
    const body = JSON.stringify({ amount: 5, description: "From workerd" });
    const adjusted = await ask(`${path}/adjust-points`, { method: "POST", headers, body });
    assert.equal(adjusted.status, 200);
    const after = (await adjusted.json()).account;
    assert.equal(after.points.balance, account.points.balance + 5);
  });

  it("l11 waits and breaks as elsewhere", async () => {
    const late = JSON.stringify({ kind: "status", status: 503, delayMs: 30 });
    const before = performance.now();
    const response = await ask("/nowhere", { headers: { "x-sandbox-fault": late } });
    assert.equal(response.status, 503);
    assert.ok(performance.now() - before >= 25);
    const drop = JSON.stringify({ kind: "dropAfter" });
    const broken = await ask("/nowhere", { headers: { "x-sandbox-fault": drop } }).catch(
      () => null,
    );
    assert.ok(broken === null || broken.status === 500, "the worker's own fetch handler threw");
  });
});
