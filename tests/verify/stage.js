import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { createIssuer } from "../../pkg/cli/issuer.js";
import { runVerify } from "../../pkg/cli/verify/run.js";
import { startBadProxy } from "./bad-proxy/proxy.js";

/** A sandbox, an issuer and their people; then one bad proxy after the other in front of them. */

export const ORIGIN = "https://shop.example";

export async function createStage() {
  const sandbox = await createSandbox({ seed: 3 });
  const server = await serve(sandbox);
  let back = 0;
  const now = () => Date.now() - back;
  const issuer = await createIssuer({ issuer: "https://login.shop.example", now });
  const fresh = sandbox.snapshot();
  const [a, b] = sandbox.members;
  const token = async (member) => (await issuer.signMember(member)).token;
  const tokens = {
    member: await token(a),
    other: await token(b),
    staff: (await issuer.signRole("staff")).token,
  };
  back = 2 * 3600 * 1000;
  const expired = await token(a);
  back = 0;
  return {
    sandbox,
    issuer,
    upstream: server.url,
    tokens,
    expired,
    /** @param {readonly string[]} holes @param {readonly any[]} [attacks] All by default. */
    async attack(holes, attacks) {
      sandbox.restore(fresh);
      const proxy = await startBadProxy({
        sandbox,
        upstream: server.url,
        issuer,
        origin: ORIGIN,
        holes,
      });
      try {
        return await runVerify({ ...optionsFor(proxy.url, tokens), expired }, { attacks });
      } finally {
        await proxy.close();
      }
    },
    async close() {
      await server.close();
      sandbox.close();
    },
  };
}

/** @param {string} url @param {any} tokens */
export function optionsFor(url, tokens) {
  return {
    base: new URL(url),
    loopback: true,
    writes: true,
    version: "0.0.0",
    tokens,
    origin: ORIGIN,
    action: "write-review",
    capped: "daily-visit",
    timeoutMs: 5_000,
    rate: 100_000,
    maxSeconds: 120,
  };
}
