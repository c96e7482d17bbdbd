// Our own proxy with every caller at hand, an expired token too: nothing gets through, nothing is left out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
import { serve as serveProxy } from "loyalty-edge/proxy/node";
import { runVerify } from "../../pkg/cli/verify/run.js";
import { createStage, optionsFor, ORIGIN } from "./stage.js";

const POLICY = new URL("../../pkg/cli/dev.policy.json", import.meta.url);

test("p38_of_our_own_proxy_nothing_gets_through_and_nothing_is_skipped", async () => {
  const stage = await createStage();
  const { sandbox, issuer, upstream, tokens, expired } = stage;
  const app = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: jwt({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks }),
    origins: [ORIGIN],
    store: memoryStore(),
    upstream,
    policy: JSON.parse(readFileSync(POLICY, "utf8")),
    confirm: { "review-exists": () => true },
    log: () => {},
  });
  // The keys of an issuer are public; here they lie beside the proxy, where `verify` looks for them.
  const fetch = async (/** @type {Request} */ request) =>
    new URL(request.url).pathname === "/.well-known/jwks.json"
      ? Response.json(issuer.jwks)
      : app.fetch(request);
  const server = await serveProxy({ fetch }, { port: 0 });
  try {
    const options = { ...optionsFor(`${server.url}/loyalty`, tokens), expired };
    const { findings } = await runVerify(options);
    assert.ok(findings.length >= 60);
    const told = findings.filter(({ verdict }) => verdict.result !== "refused");
    assert.deepEqual(
      told.map(({ attack, verdict }) => [attack.name, verdict.result, verdict.why]),
      [],
    );
  } finally {
    await server.close();
    await stage.close();
  }
});
