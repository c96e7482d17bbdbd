// The read-me's example, as it stands there: page.js built by Vite and run in Chromium, worker.js
// built by esbuild and run by workerd, both from the installed tarball, against the sandbox.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { build as esbuild } from "esbuild";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { Miniflare } from "miniflare";
import { build as vite } from "vite";
import { at } from "../../scripts/lib/paths.js";
import { engines } from "../browser/engines.js";
import { installInto, pack, throwaway } from "./tarball.js";

/** The read-me's code blocks by name: the name stands in their first line, the policy has none. */
function snippets() {
  const blocks = [
    ...readFileSync(at("README.md"), "utf8").matchAll(/^```(js|json)\n([^]*?)^```$/gm),
  ];
  const named = (name) => {
    const found = blocks.filter(([, , code]) => code.startsWith(`// ${name}\n`));
    assert.equal(found.length, 1, `README.md has one block that begins with // ${name}`);
    return found[0][2];
  };
  const policies = blocks.filter(([, language]) => language === "json");
  assert.equal(policies.length, 1, "README.md has one block of JSON: the policy");
  return { page: named("page.js"), worker: named("worker.js"), policy: policies[0][2] };
}

/** Puts a module that uses page.js beside it, and builds both for browsers. */
async function buildPage(app, page) {
  mkdirSync(join(app, "site"));
  writeFileSync(join(app, "site", "page.js"), page);
  writeFileSync(
    join(app, "site", "main.js"),
    `import { explain, writeReview } from "./page.js";
     globalThis.session = await (await fetch("/session")).json();
     const refused = await writeReview("sofa-1").then(String, explain);
     const balance = await writeReview("product-1").catch(String);
     const again = await writeReview("product-1").then(String, explain);
     globalThis.finished = { balance, refused, again };`,
  );
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>`;
  writeFileSync(join(app, "site", "index.html"), html);
  const build = { outDir: join(app, "dist"), target: "es2022" };
  await vite({ root: join(app, "site"), logLevel: "error", build });
  return join(app, "dist");
}

async function startWorker(app, { worker, policy }, bindings) {
  writeFileSync(join(app, "worker.js"), worker);
  writeFileSync(join(app, "loyalty.policy.json"), policy);
  const folder = join(app, "worker");
  await esbuild({
    entryPoints: [join(app, "worker.js")],
    absWorkingDir: app,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    outdir: folder,
    assetNames: "[name]",
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const modules = [
    { type: "ESModule", path: join(folder, "worker.js") },
    { type: "CompiledWasm", path: join(folder, "proxy_bg.wasm") },
  ];
  return new Miniflare({ modulesRoot: folder, modules, compatibilityDate: "2026-04-01", bindings });
}

/** The shop: its page, its sign-in's key and token, and the worker, all on one origin. */
async function startShop(t) {
  const routes = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const { method, headers, url } = request;
    const answer = await routes.find(([prefix]) => url.startsWith(prefix))[1](
      new URL(url, `http://${headers.host}`),
      { method, headers, body },
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, routes };
}

async function signIn(issuer, { memberId, contactId }) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), alg: "ES256", kid: "shop", use: "sig" };
  const token = await new SignJWT({ contact_id: contactId })
    .setProtectedHeader({ alg: "ES256", kid: "shop", typ: "JWT" })
    .setIssuer(issuer)
    .setAudience("shop")
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(privateKey);
  return { jwks: { keys: [jwk] }, token };
}

const TYPES = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };

test("the read-me's page earns through the read-me's worker", async (t) => {
  const app = throwaway(t);
  installInto(app, pack(app));
  const code = snippets();

  const sandbox = await createSandbox({ seed: 7 });
  const upstream = await serve(sandbox, { port: 0 });
  t.after(() => upstream.close());
  const [member] = sandbox.members;
  const { origin, routes } = await startShop(t);
  const { jwks, token } = await signIn(origin, member);
  const worker = await startWorker(app, code, {
    WIX_API_KEY: sandbox.apiKey,
    WIX_SITE_ID: sandbox.siteId,
    ISSUER: origin,
    JWKS_URI: `${origin}/jwks.json`,
    SHOP_ORIGIN: origin,
    UPSTREAM_URL: upstream.url,
  });
  t.after(() => worker.dispose());
  const dist = await buildPage(app, code.page);
  routes.push(
    ["/loyalty/", (url, init) => worker.dispatchFetch(url.href, init)],
    ["/jwks.json", () => Response.json(jwks)],
    ["/session", () => Response.json({ token })],
    ["/", ({ pathname }) => file(dist, pathname === "/" ? "/index.html" : pathname)],
  );

  const before = await balanceOf(sandbox, member);
  const { balance, refused, again } = await engines.chromium(`${origin}/`);
  assert.equal(balance, before + 50);
  assert.equal(refused, "PERMISSION_DENIED");
  assert.equal(again, "LIMIT_REACHED");
  assert.equal(await balanceOf(sandbox, member), before + 50);
});

const file = (folder, path) =>
  new Response(readFileSync(join(folder, ...path.split("/"))), {
    headers: { "content-type": TYPES[path.split(".").at(-1)] },
  });

async function balanceOf({ fetch, apiKey, siteId }, { accountId }) {
  const url = `http://127.0.0.1/loyalty-accounts/v1/accounts/${accountId}`;
  const headers = { authorization: apiKey, "wix-site-id": siteId };
  const { account } = await (await fetch(new Request(url, { headers }))).json();
  return account.points.balance;
}
