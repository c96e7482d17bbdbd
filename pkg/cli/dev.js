import { readFileSync } from "node:fs";
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
import { serve as serveProxy } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { createDevEndpoints, problem } from "./dev-endpoints.js";
import { memberFacts, sandboxFacts } from "./facts.js";
import { createIssuer } from "./issuer.js";
import { demoSite } from "./demo-site.js";
import { auditLine, verdictLine } from "./log.js";
import { listen, serveUntilStopped, tell } from "./service.js";
import { devSummary } from "./summary.js";

/**
 * `loyalty-edge dev`: sandbox, proxy, issuer and demo page in one process. Page and proxy share an
 * origin, as they would in a shop; the sandbox stands apart, as Wix would.
 */

const BASE_PATH = "/loyalty";

/** @param {{ port: number, accounts: number, seed: number, json?: boolean }} flags */
export async function dev(flags) {
  await serveUntilStopped(
    (services) => start(flags, services),
    (facts) => tell(facts, flags, devSummary),
  );
}

/**
 * @param {{ port: number, accounts: number, seed: number, json?: boolean }} flags
 * @param {Pick<import("./service.js").Service, "close">[]} services Filled as they open.
 */
async function start({ port, accounts, seed, json }, services) {
  // The port comes first: the issuer's name and the list of origins contain it.
  /** @type {(request: Request, ...rest: any[]) => Promise<Response>} */
  let answer = async () => problem(503, "UNAVAILABLE", "Still starting; try again.");
  const server = await listen(port, () =>
    serveProxy({ fetch: (request, ...rest) => answer(request, ...rest) }, { port }),
  );
  services.push(server);
  const origin = server.url;

  const sandbox = await createSandbox({ seed, accounts });
  services.push(sandbox);
  const upstream = await serveSandbox(sandbox, { port: 0 });
  services.push(upstream);

  const policy = readPolicy();
  const issuer = await createIssuer({ issuer: origin });
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: jwt({
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwksUri: `${origin}/dev/jwks.json`,
      claims: { member: "sub", contact: "contact_id", roles: "roles" },
    }),
    origins: [origin],
    store: memoryStore(),
    upstream: upstream.url,
    basePath: BASE_PATH,
    policy,
    confirm: confirmAll(policy),
    audit: (record) => {
      process.stderr.write(json ? auditLine(record) : verdictLine(record, process.stderr));
    },
    // What the sandbox's own doors change shows at once, and the audit above tells of each request.
    cache: { accountMs: 0, catalogMs: 0 },
    log: (line) => {
      if (!line.includes('"level":"info"')) process.stderr.write(`${line}\n`);
    },
  });

  const cast = castOf(sandbox, policy);
  const endpoints = createDevEndpoints({
    origin,
    issuer,
    cast,
    findMember: (memberId) => findMember(sandbox, memberId),
  });
  const site = demoSite();
  answer = router({ origin, proxy, endpoints, site });

  const [staff, admin, expired, members] = await Promise.all([
    issuer.signRole("staff"),
    issuer.signRole("admin"),
    issuer.signEnded(sandbox.members[0]),
    Promise.all(
      sandbox.members.map(async (member) => ({
        ...memberFacts(member),
        token: (await issuer.signMember(member)).token,
      })),
    ),
  ]);
  return {
    demo: `${origin}/`,
    proxy: `${origin}${BASE_PATH}`,
    sandbox: sandboxFacts(sandbox, upstream.url),
    members,
    staff: { token: staff.token },
    admin: { token: admin.token },
    expired: { token: expired.token },
    actions: Object.keys(policy.actions),
  };
}

/**
 * One origin, three rooms. A name that isn't this machine's is turned away before any of them: a
 * page elsewhere may point its own host name at 127.0.0.1 and would then count as same-origin.
 *
 * @param {{ origin: string, proxy: any, endpoints: (request: Request) => Promise<Response>, site: (request: Request) => Promise<Response> }} rooms
 */
function router({ origin, proxy, endpoints, site }) {
  const { port } = new URL(origin);
  return async (/** @type {Request} */ request, /** @type {any[]} */ ...rest) => {
    const url = new URL(request.url);
    if (!isHere(url, port)) return misdirected(origin);
    if (url.pathname === BASE_PATH || url.pathname.startsWith(`${BASE_PATH}/`)) {
      return proxy.fetch(request, ...rest);
    }
    if (url.pathname.startsWith("/dev/")) return endpoints(request);
    if (url.hostname === "localhost" && request.method === "GET") {
      // One spelling of the origin, or the proxy's exact list would refuse the page.
      return new Response(null, { status: 307, headers: { location: origin + url.pathname } });
    }
    return site(request);
  };
}

/**
 * @param {URL} url
 * @param {string} port
 */
function isHere(url, port) {
  return ["127.0.0.1", "localhost"].includes(url.hostname) && url.port === port;
}

/** @param {string} origin */
function misdirected(origin) {
  return problem(421, "NOT_FOUND", `This server is ${origin} only.`);
}

function readPolicy() {
  return JSON.parse(readFileSync(new URL("./dev.policy.json", import.meta.url), "utf8"));
}

/**
 * Every hook the policy names says yes: in `dev` nobody has to write a review first.
 *
 * @param {{ actions: Record<string, { confirm?: string }> }} policy
 */
function confirmAll(policy) {
  const names = Object.values(policy.actions).flatMap(({ confirm }) => confirm ?? []);
  return Object.fromEntries(names.map((name) => [name, () => true]));
}

/**
 * What the page needs to know of the play: who there is, and what can be earned.
 *
 * @param {{ members: readonly any[] }} sandbox
 * @param {{ actions: Record<string, any> }} policy
 */
function castOf(sandbox, policy) {
  return {
    proxy: BASE_PATH,
    members: sandbox.members.map(({ name, memberId, contactId, accountId }) => ({
      name,
      memberId,
      contactId,
      accountId,
    })),
    actions: Object.entries(policy.actions).map(([name, action]) => ({
      name,
      description: action.description,
      amount: action.amount,
      limit: action.limit,
    })),
  };
}

/**
 * A member of the first five from memory, any other from the ledger.
 *
 * @param {any} sandbox
 * @param {string} memberId
 */
async function findMember(sandbox, memberId) {
  const known = sandbox.members.find((/** @type {any} */ member) => member.memberId === memberId);
  if (known !== undefined) return known;
  const url = new URL("http://127.0.0.1/loyalty-accounts/v1/accounts/fetch-by");
  url.searchParams.set("memberId", memberId);
  const response = await sandbox.fetch(
    new Request(url, {
      headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
    }),
  );
  if (response.status !== 200) return undefined;
  const { account } = await response.json();
  return { memberId, contactId: account.contactId };
}
