// The recipes of docs/runtimes.md, taken out of it and run as they stand: each serves a proxy that reads, pays once a
// day and refuses a foreign page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { listener, serve } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { createIssuer } from "../../pkg/cli/issuer.js";
import { at } from "../../scripts/lib/paths.js";
import { raw } from "../security/stack.js";
import { bun, deno } from "./programs.js";

const ORIGIN = "https://shop.example";
const docs = readFileSync(at("docs", "runtimes.md"), "utf8");
const policy = readFileSync(at("templates", "cloudflare", "loyalty.policy.json"), "utf8");

// Inside the checkout, where `loyalty-edge` is found by its name.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "adapters-"));
const endings = [];
let sandbox;
let issuer;
let env;
let people;
before(async () => {
  sandbox = await createSandbox({ seed: 21, accounts: 40 });
  const upstream = await serveSandbox(sandbox, { port: 0 });
  issuer = await createIssuer({ issuer: "https://login.shop.example" });
  const keys = createServer((_, response) => response.end(JSON.stringify(issuer.jwks)));
  await new Promise((resolve) => keys.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { accounts } = await sandbox.control("GET", "export");
  people = accounts
    .filter(({ memberId }) => memberId !== undefined)
    .map(({ id, memberId, contactId }) => ({ accountId: id, memberId, contactId }))
    .values();
  env = {
    WIX_API_KEY: sandbox.apiKey,
    WIX_SITE_ID: sandbox.siteId,
    ISSUER: issuer.issuer,
    AUDIENCE: issuer.audience,
    JWKS_URI: `http://127.0.0.1:${keys.address().port}/jwks`,
    SHOP_ORIGIN: ORIGIN,
    UPSTREAM_URL: upstream.url,
  };
  Object.assign(process.env, env); // for those that run in this process
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "loyalty.policy.json"), policy);
  writeFileSync(join(folder, "proxy.js"), codeOf(docs.split("\n## ")[0]));
  endings.push(
    () => keys.close(),
    () => upstream.close(),
    () => sandbox.close(),
  );
});
after(async () => {
  for (const end of endings) await end();
  rmSync(folder, { recursive: true, force: true });
});

function codeOf(section) {
  const [, code] = section.match(/```js\n(.*?)```/s) ?? [];
  assert.ok(code, "no code");
  return code;
}

/** The recipe below a heading, as a file. It is an adapter, and no program. */
function recipe(heading, name) {
  const section = docs.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0];
  assert.ok(section, `no section ${heading}`);
  const code = codeOf(section);
  assert.ok(code.split("\n").length <= 30, `${heading} has over 30 lines`);
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

const load = (file) => import(pathToFileURL(file).href);

/** Starts a recipe that is a program, and finds its URL in what it says. */
async function start(t, [program, ...args]) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env, NO_COLOR: "1", NODE_ENV: "test" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own: npm's deno is a program that starts another
  });
  const ended = once(child, "exit");
  t.after(async () => {
    process.kill(-child.pid, "SIGKILL");
    await ended;
  });
  let said = "";
  const url = new Promise((resolve, reject) => {
    const hear = (piece) => {
      said += piece;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", () => reject(new Error(said)));
  });
  return url;
}

/** What every proxy does, at whatever URL. */
async function keepsItsPromises(url, base = "/loyalty") {
  const person = people.next().value;
  const { token } = await issuer.signMember(person);
  const send = (method, path, { headers = {}, body } = {}) =>
    raw(
      url,
      method,
      `${base}${path}`,
      {
        origin: ORIGIN,
        "x-loyalty-client": "test/1",
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body,
    );
  const mine = "/loyalty-accounts/v1/accounts/my-account";
  const read = await send("GET", mine);
  assert.equal(read.status, 200, read.text);
  assert.equal(read.json.account.id, person.accountId);
  assert.equal(read.headers["cache-control"], "no-store");
  const earn = (key) =>
    send("POST", "/actions/daily-visit", { headers: { "idempotency-key": key }, body: "{}" });
  const [first, again, second] = [await earn("k1"), await earn("k1"), await earn("k2")];
  assert.deepEqual([first.status, again.text], [200, first.text], first.text);
  assert.deepEqual([second.status, second.json.code], [403, "LIMIT_REACHED"]);
  const foreign = await send("GET", mine, { headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
  const preflight = await send("OPTIONS", "/actions/daily-visit", {
    headers: { "access-control-request-method": "POST" },
  });
  assert.equal(preflight.headers["access-control-allow-origin"], ORIGIN);
  assert.equal(
    (await send("POST", "/actions/daily-visit", { body: "x".repeat(17_000) })).status,
    413,
  );
}

async function served(t, app) {
  const server = await serve(app, { port: 0 });
  t.after(() => server.close());
  return server.url;
}

test("Node", async (t) => {
  await keepsItsPromises(await start(t, [process.execPath, recipe("Node", "node.js")]));
});

test("Deno", async (t) => {
  const flags = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"];
  const args = [
    ...deno(),
    ...flags,
    "--allow-net=127.0.0.1",
    "--allow-env",
    recipe("Deno", "deno.js"),
  ];
  await keepsItsPromises(await start(t, args));
});

test("Bun", async (t) => {
  await keepsItsPromises(await start(t, [...bun(), "run", recipe("Bun", "bun.js")]));
});

test("Hono", async (t) => {
  const { app } = await load(recipe("Hono", "hono.js"));
  await keepsItsPromises(await served(t, app));
});

test("Express", async (t) => {
  const { app } = await load(recipe("Express", "express.js"));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  await keepsItsPromises(`http://127.0.0.1:${server.address().port}`);
});

test("any server of Node's own requests", async (t) => {
  const { proxyOf } = await load(join(folder, "proxy.js"));
  const server = createServer(listener(proxyOf({ env, policy: JSON.parse(policy) })));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  await keepsItsPromises(`http://127.0.0.1:${server.address().port}`);
});

test("the handlers of a Next.js route", async (t) => {
  const route = await load(recipe("Next.js", "route.js"));
  assert.equal(route.runtime, "nodejs");
  const params = Promise.resolve({ path: [] });
  await keepsItsPromises(
    await served(t, { fetch: (request) => route[request.method](request, { params }) }),
  );
});

test("the function of a Wix backend", async (t) => {
  const stand = join(folder, "node_modules", "wix-http-functions");
  mkdirSync(stand, { recursive: true });
  writeFileSync(join(stand, "package.json"), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(stand, "index.js"), "export const response = (options) => options;");
  const { use_loyalty: handle } = await load(recipe("Wix's backend", "http-functions.js"));
  const url = await served(t, {
    async fetch(request) {
      const { method, headers } = request;
      const body = { text: () => request.text() };
      const plain = Object.fromEntries(headers);
      const answer = await handle({ method, url: request.url, headers: plain, body });
      return new Response(answer.status === 204 ? null : answer.body, answer);
    },
  });
  await keepsItsPromises(url, "/_functions/loyalty");
});

test("the template's worker is the one that the page shows", () => {
  const section = docs.split("\n## Cloudflare Workers\n")[1].split("\n## ")[0];
  const file = at("templates", "cloudflare", "src", "worker.js");
  assert.equal(codeOf(section), readFileSync(file, "utf8"));
});
