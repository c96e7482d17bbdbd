// The real thing for browsers to talk to: a sandbox behind a proxy, each on a free loopback port.
import { readFileSync } from "node:fs";
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
import { serve as serveProxy } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { createIssuer } from "../../pkg/cli/issuer.js";

const POLICY = new URL("../../pkg/cli/dev.policy.json", import.meta.url);

/** Starts both; pages of `origins` may call the proxy. Answers what a test needs to know. */
export async function startStack({ origins, seed = 7 }) {
  const sandbox = await createSandbox({ seed });
  const upstream = await serveSandbox(sandbox, { port: 0 });

  // The port comes first: the issuer's name contains it.
  let answer = async () => new Response(null, { status: 503 });
  const server = await serveProxy({ fetch: (...args) => answer(...args) }, { port: 0 });
  const issuer = await createIssuer({ issuer: server.url });
  const policy = JSON.parse(readFileSync(POLICY, "utf8"));
  const hooks = Object.values(policy.actions).flatMap(({ confirm }) => confirm ?? []);
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: jwt({
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwksUri: `${server.url}/jwks.json`,
      claims: { member: "sub", contact: "contact_id", roles: "roles" },
    }),
    origins,
    store: memoryStore(),
    upstream: upstream.url,
    policy,
    confirm: Object.fromEntries(hooks.map((name) => [name, () => true])),
    audit: () => {},
    log: () => {},
  });
  answer = async (request, ...rest) =>
    new URL(request.url).pathname === "/jwks.json"
      ? Response.json(issuer.jwks)
      : proxy.fetch(request, ...rest);

  const signed = async (member) => ({ ...member, token: (await issuer.signMember(member)).token });
  return {
    proxy: `${server.url}/loyalty`,
    members: await Promise.all(sandbox.members.map(signed)),
    staff: { token: (await issuer.signRole("staff")).token },
    admin: { token: (await issuer.signRole("admin")).token },
    actions: Object.keys(policy.actions),
    rewards: sandbox.rewards,
    tiers: sandbox.tiers,
    async close() {
      await server.close();
      await upstream.close();
      sandbox.close();
    },
  };
}
