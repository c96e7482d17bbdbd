// The official AppStrategy against the sandbox: an app's backend signs in as it does at Wix.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppStrategy } from "@wix/sdk";
import { officialClient, sandboxForTests, tokenClient } from "./official-client.js";

const sandbox = await sandboxForTests();
const { appId, appSecret, instanceId, appRefreshToken } = sandbox;

/** Token calls go to the global fetch, whatever `fetch` the client was given. */
async function withGlobalFetch(work) {
  const original = globalThis.fetch;
  const paths = [];
  globalThis.fetch = (url, init) => {
    paths.push(new URL(url).pathname);
    return sandbox.fetch(url, init);
  };
  try {
    return [await work(), paths];
  } finally {
    globalThis.fetch = original;
  }
}

const client = (options) =>
  officialClient(sandbox.fetch, AppStrategy({ appId, appSecret, ...options }));

describe("AppStrategy", () => {
  it("by instance id: one token for many calls", async () => {
    const app = client({ instanceId });
    const [points, paths] = await withGlobalFetch(async () => {
      await app.accounts.getProgramTotals();
      return (await app.accounts.getProgramTotals()).points;
    });
    assert.ok(points.balance > 0);
    assert.deepEqual(paths, ["/oauth2/token"]);
  });

  it("by refresh token: a token for each call", async () => {
    const app = client({ refreshToken: appRefreshToken });
    const [, paths] = await withGlobalFetch(async () => {
      await app.accounts.getProgramTotals();
      await app.accounts.getProgramTotals();
    });
    assert.deepEqual(paths, ["/oauth/access", "/oauth/access"]);
  });

  it("by access token, whose it is, and elevated", async () => {
    await withGlobalFetch(async () => {
      const { headers } = await client({ instanceId }).auth.getAuthHeaders();
      const app = client({ accessToken: headers.Authorization });
      await app.accounts.getProgramTotals();
      const info = await app.auth.getTokenInfo();
      assert.deepEqual([info.clientId, info.instanceId], [appId, instanceId]);
      const elevated = await app.auth.elevated();
      await officialClient(sandbox.fetch, elevated).accounts.getProgramTotals();
    });
  });

  it("the token ends with the sandbox's clock", async () => {
    const [{ headers }] = await withGlobalFetch(() => client({ instanceId }).auth.getAuthHeaders());
    const before = sandbox.snapshot();
    const app = tokenClient(sandbox, headers.Authorization);
    await app.accounts.getProgramTotals();
    sandbox.clock.advance(4 * 3_600_000);
    await assert.rejects(app.accounts.getProgramTotals(), { message: /401|token/i });
    sandbox.restore(before);
    await app.accounts.getProgramTotals();
  });

  for (const [what, options] of [
    ["another secret", { appSecret: "guessed", instanceId }],
    ["another instance", { instanceId: appId }],
    ["another app", { appId: instanceId, instanceId }],
    ["a made-up refresh token", { refreshToken: "JWS.a.b.c" }],
  ]) {
    it(`refuses ${what}`, async () => {
      const call = withGlobalFetch(() => client(options).auth.getAuthHeaders());
      await assert.rejects(call, /401/);
    });
  }
});
