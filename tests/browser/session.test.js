// A session in a real browser: a page, its proxy and a provider of another site. What a browser makes of `__Host-`,
// Secure, Strict and Lax, and which fetch metadata it sends, no stand-in can prove.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createProxy, apiKey, openId, session } from "loyalty-edge/proxy";
import { serve } from "loyalty-edge/proxy/node";
import { chromium } from "playwright-core";
import { openIdProvider } from "../proxy/openid-provider.js";
import { A, POLICY, SITE, stub } from "../proxy/support.js";

const ME = "/loyalty/loyalty-accounts/v1/accounts/my-account";

const htmlPage = () =>
  new Response('<!doctype html><title>page</title><link rel="icon" href="data:,">', {
    headers: { "content-type": "text/html" },
  });

/** An open port's server that answers with `answer(request)`. */
async function site(t, host) {
  let answer = async () => new Response("", { status: 503 });
  const server = await serve({ fetch: (request) => answer(request) }, { port: 0 });
  t.after(() => server.close());
  const { port } = new URL(server.url);
  return { origin: `http://${host}:${port}`, answers: (by) => (answer = by) };
}

test("p16_p17_p18_a_session_in_chromium", async (t) => {
  // Two sites to a browser: the names differ, though both are this machine.
  const shop = await site(t, "127.0.0.1");
  const login = await site(t, "localhost");
  const provider = await openIdProvider({ now: Date.now });
  provider.user = { sub: A.memberId };
  login.answers(async (request) => {
    const { pathname, href } = new URL(request.url);
    if (pathname === "/elsewhere") return htmlPage();
    if (pathname !== "/authorize") return provider.fetch(request);
    return new Response(null, {
      status: 302,
      headers: { location: provider.authorize(href).href },
    });
  });
  const logs = [];
  const proxy = createProxy({
    credential: apiKey({ key: "key-of-this-test", siteId: SITE }),
    identify: session({
      keys: [randomBytes(32).toString("base64")],
      login: openId({
        issuer: "https://login.example",
        clientId: "shop",
        clientSecret: "client-secret-of-the-tests",
        endpoints: {
          authorization: `${login.origin}/authorize`,
          token: `${login.origin}/token`,
          jwks: `${login.origin}/jwks`,
        },
      }),
    }),
    origins: [shop.origin],
    upstream: "http://127.0.0.1:9",
    policy: POLICY,
    confirm: { "review-exists": () => true },
    log: (line) => void logs.push(line),
    async fetch(request) {
      const { pathname: path, searchParams: query } = new URL(request.url);
      return stub({ method: request.method, path, query });
    },
  });
  shop.answers(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/loyalty/")) return proxy.fetch(request);
    return htmlPage();
  });
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  t.after(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const read = () =>
    page.evaluate(async (path) => {
      const headers = { "x-loyalty-client": "test/1.0" };
      const response = await fetch(path, { headers });
      return [response.status, (await response.json()).code];
    }, ME);

  await page.goto(`${shop.origin}/`);
  assert.deepEqual(await read(), [403, "PERMISSION_DENIED"], "a visitor");
  await page.goto(`${shop.origin}/loyalty/login?returnTo=/points`);
  assert.equal(page.url(), `${shop.origin}/points`, logs.join("\n"));
  assert.deepEqual(await read(), [200, undefined], logs.join("\n"));
  assert.equal(await page.evaluate(() => document.cookie), "", "no script sees it");
  const cookies = await context.cookies();
  assert.deepEqual(
    cookies.map(({ name, sameSite, secure, httpOnly, path }) => [
      name,
      sameSite,
      secure,
      httpOnly,
      path,
    ]),
    [["__Host-loyalty", "Strict", true, true, "/"]],
  );

  // Another site's page: its requests carry no cookie and can not be read.
  const other = await context.newPage();
  await other.goto(`${login.origin}/elsewhere`);
  const foreign = await other.evaluate(async (url) => {
    const headers = { "x-loyalty-client": "test/1.0" };
    const tries = [
      fetch(url, { headers, credentials: "include" }),
      fetch(url, { credentials: "include" }),
    ];
    return Promise.all(tries.map((each) => each.then(({ status }) => status).catch(String)));
  }, shop.origin + ME);
  for (const got of foreign) assert.match(String(got), /TypeError/, "kept from reading the answer");

  const out = await page.evaluate(async () => {
    const headers = { "x-loyalty-client": "test/1.0", "content-type": "application/json" };
    const response = await fetch("/loyalty/logout", { method: "POST", headers, body: "{}" });
    return response.status;
  });
  assert.equal(out, 200);
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(await read(), [403, "PERMISSION_DENIED"], "a visitor again");
});
