// L16: schemathesis against a proxy with sessions and webhooks: the routes that are there with them alone, and calls by
// a cookie.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import { apiKey, createProxy, openId, session } from "loyalty-edge/proxy";
import { serve } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { browser, pathOf } from "../proxy/browser.js";
import { CLIENT, ISSUER, openIdProvider } from "../proxy/openid-provider.js";
import { schemathesis } from "./schemathesis.js";

const sandbox = await createSandbox({ seed: 7 });
const upstream = await serveSandbox(sandbox);
const [ada] = sandbox.members;
const provider = await openIdProvider({ now: Date.now });
provider.user = { sub: ada.memberId, contact_id: ada.contactId };
const port = await freePort();
/** What was answered at least once: a run in which all is turned away proves nothing. */
const answered = new Set();
const ORIGIN = `http://127.0.0.1:${port}`;
const proxy = createProxy({
  credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
  identify: session({
    keys: [randomBytes(32).toString("base64")],
    login: openId({ issuer: ISSUER, ...CLIENT, fetch: (request) => provider.fetch(request) }),
    signInsPerMinute: 1_000_000,
  }),
  origins: [ORIGIN],
  upstream: upstream.url,
  policy: {
    grants: {
      member: ["getCurrentMemberAccount", "queryLoyaltyTransactions:own", "earn:daily-visit"],
    },
    actions: {
      "daily-visit": { amount: 5, description: "Daily visit", limit: { perMemberPerDay: 1 } },
    },
    limits: { upstreamPerMinute: 1_000_000 },
  },
  webhooks: { publicKey: sandbox.publicKey, instanceIds: [sandbox.instanceId], on: {} },
  log: (line) => {
    const { operation, status } = JSON.parse(line);
    answered.add(`${operation} ${status}`);
  },
});
const server = await serve(proxy, { port });
after(async () => {
  await server.close();
  await upstream.close();
  sandbox.close();
});

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}

/** Signs a user in; the cookie header of the session. */
async function signedIn() {
  const user = browser(proxy, { origin: ORIGIN });
  const begun = await user.go("/loyalty/login?returnTo=%2Fpoints");
  const back = await user.go(pathOf(provider.authorize(begun.location)));
  assert.equal(back.status, 303, back.text);
  return [...user.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

const came = (...wanted) =>
  assert.deepEqual(
    wanted.filter((each) => !answered.has(each)),
    [],
    [...answered].join(", "),
  );

const DOCUMENT = `${ORIGIN}/loyalty/openapi.json`;
const run = (headers, only) =>
  schemathesis(DOCUMENT, {
    rules: "session.toml",
    headers,
    only,
    phases: "examples,coverage,fuzzing",
  });

describe("a proxy with sessions and webhooks keeps its own description", () => {
  it("l16 has the routes of a session and of events", async () => {
    const { paths, components } = await (await fetch(DOCUMENT)).json();
    for (const [path, method] of [
      ["/login", "get"],
      ["/callback", "get"],
      ["/logout", "post"],
      ["/webhooks", "post"],
    ]) {
      assert.ok(paths[path]?.[method] !== undefined, path);
    }
    assert.equal(components.securitySchemes.session.name, "__Host-loyalty");
  });

  it("l16 as a browser that goes to the pages of a sign-in", async () => {
    const only = ["login", "callback"];
    const headers = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    const { status, output, tested, generated } = await run(headers, only);
    assert.equal(status, 0, output);
    assert.equal(tested, only.length);
    assert.ok(generated >= 30, `${generated} cases`);
    console.log(`${generated} cases generated of sign-ins`);
    came("login 303", "login 400", "callback 401");
  });

  it("l16 as a page of the origin with the cookie of a session, and as whoever sends events", async () => {
    const headers = { Cookie: await signedIn(), "Sec-Fetch-Site": "same-origin", Origin: ORIGIN };
    const only = ["getMe", "getCurrentMemberAccount", "queryLoyaltyTransactions", "receiveEvent"];
    const { status, output, tested, generated } = await run(headers, only);
    assert.equal(status, 0, output);
    assert.equal(tested, only.length);
    assert.ok(generated >= 100, `${generated} cases`);
    console.log(`${generated} cases generated with a cookie`);
    came("me 200", "getCurrentMemberAccount 200", "queryLoyaltyTransactions 200", "webhook 401");
    // What ends the session comes last, and needs one of its own.
    const last = await run({ ...headers, Cookie: await signedIn() }, ["logout"]);
    assert.equal(last.status, 0, last.output);
    assert.equal(last.tested, 1);
    came("logout 200");
    console.log(`${last.generated} cases generated of ends`);
  });
});
