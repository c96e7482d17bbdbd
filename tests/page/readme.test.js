// The README's example as it stands there: its page in Chromium, its worker in workerd, the sandbox behind both.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { Miniflare } from "miniflare";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { at } from "../../scripts/lib/paths.js";
import { engines } from "../browser/engines.js";
import { serveSite } from "../browser/site.js";

const readme = readFileSync(at("README.md"), "utf8");

/** The code block of the README that begins with this line, or the only one of a language. */
function block(language, firstLine = "") {
  const start = readme.indexOf(`\`\`\`${language}\n${firstLine}`);
  assert.notEqual(start, -1, `the README has a ${language} block that begins with "${firstLine}"`);
  const from = readme.indexOf("\n", start) + 1;
  return readme.slice(from, readme.indexOf("\n```", from));
}

const page = block("js", "// page.js");
const worker = block("js", "// worker.js");
const policy = block("json");

let folder, sandbox, upstream, jwks, miniflare, front, token;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "loyalty-edge-readme-"));
  sandbox = await createSandbox({ seed: 11 });
  upstream = await serve(sandbox, { port: 0 });
  const keys = await generateKeyPair("ES256");
  const key = { ...(await exportJWK(keys.publicKey)), alg: "ES256", kid: "readme" };
  jwks = await listen((_, response) => response.end(JSON.stringify({ keys: [key] })));
  token = await new SignJWT({ contact_id: sandbox.members[0].contactId })
    .setProtectedHeader({ alg: "ES256", kid: "readme" })
    .setIssuer("https://login.shop.example")
    .setAudience("shop")
    .setSubject(sandbox.members[0].memberId)
    .setIssuedAt()
    .setExpirationTime("5 minutes")
    .sign(keys.privateKey);

  // As wrangler does: a module of wasm beside the worker, and the policy as the README has it.
  const files = {
    name: "files",
    setup: (build) => {
      build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./proxy_bg.wasm", external: true }));
      build.onResolve({ filter: /loyalty\.policy\.json$/ }, ({ path }) => ({
        path,
        namespace: "policy",
      }));
      build.onLoad({ filter: /.*/, namespace: "policy" }, () => ({
        contents: policy,
        loader: "json",
      }));
    },
  };
  await build({
    stdin: { contents: worker, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    outfile: join(folder, "worker.js"),
    plugins: [files],
    logLevel: "error",
  });
  copyFileSync(at("pkg", "wasm", "proxy", "proxy_bg.wasm"), join(folder, "proxy_bg.wasm"));

  // One origin for page and proxy, as a shop has it: a front server that passes /loyalty on to the worker.
  const site = await serveSite("");
  front = await listen(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/page.js") {
      return response.setHeader("content-type", "text/javascript").end(page);
    }
    const body = request.method === "POST" ? await new Response(request).arrayBuffer() : undefined;
    const options = { method: request.method, headers: request.headers, body };
    const reply = pathname.startsWith("/loyalty")
      ? await miniflare.dispatchFetch(`${front.url}${request.url}`, options)
      : await fetch(new URL(request.url, site.url));
    const type = reply.headers.get("content-type") ?? "text/plain";
    let text = Buffer.from(await reply.arrayBuffer());
    if (pathname === "/")
      text = text.toString().replace('<script type="module">', `<script type="module">${DRIVER}`);
    response.writeHead(reply.status, { "content-type": type }).end(text);
  });
  front.site = site;
  miniflare = new Miniflare({
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: join(folder, "worker.js") },
      { type: "CompiledWasm", path: join(folder, "proxy_bg.wasm") },
    ],
    compatibilityDate: "2026-04-01",
    bindings: {
      WIX_API_KEY: sandbox.apiKey,
      WIX_SITE_ID: sandbox.siteId,
      ISSUER: "https://login.shop.example",
      JWKS_URI: jwks.url,
      SHOP_ORIGIN: front.url,
      UPSTREAM_URL: upstream.url,
    },
  });
  await miniflare.ready;
});

after(async () => {
  await miniflare?.dispose();
  await front?.close();
  await front?.site.close();
  await jwks?.close();
  await upstream?.close();
  sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

// The page has its session from somewhere; here from the query.
const DRIVER = `
  globalThis.session = { token: new URLSearchParams(location.search).get("token") };
  const { writeReview, explain } = await import("/page.js");
  const product = "product-7";
  const results = { first: await writeReview(product) };
  results.again = await writeReview(product).catch(explain);
  results.unproved = await writeReview("something else").catch(explain);
  globalThis.session = { token: "not.a.token" };
  results.forged = await writeReview("product-8").catch(explain);
  globalThis.finished = results;
`;

async function listen(answer) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function balance() {
  const { accountId } = sandbox.members[0];
  const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
  const reply = await fetch(`${upstream.url}/loyalty-accounts/v1/accounts/${accountId}`, {
    headers,
  });
  assert.equal(reply.status, 200);
  return (await reply.json()).account.points.balance;
}

test("the README's page earns through the README's worker", async () => {
  const was = await balance();
  const results = await engines.chromium(`${front.url}/?token=${token}`);
  assert.deepEqual(results, {
    first: was + 50,
    again: "LIMIT_REACHED",
    unproved: "PERMISSION_DENIED",
    forged: "UNAUTHENTICATED",
  });
  assert.equal(await balance(), was + 50);
});

test("the README's example is ten lines or so on each side", () => {
  const lines = (text) =>
    text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//")).length;
  assert.ok(lines(page) <= 12, `${lines(page)} lines of page`);
  assert.ok(lines(worker) <= 14, `${lines(worker)} lines of worker`);
});
