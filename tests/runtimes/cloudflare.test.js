// The template for Cloudflare Workers: wrangler builds it as it stands, and what it built runs in workerd.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { createIssuer } from "../../pkg/cli/issuer.js";
import { at } from "../../scripts/lib/paths.js";

const template = at("templates", "cloudflare");
const wrangler = at("node_modules", "wrangler", "bin", "wrangler.js");
const ORIGIN = "https://shop.example";

let folder;
let built;
let said;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "loyalty-edge-template-"));
  built = join(folder, "built");
  const args = [wrangler, "deploy", "--dry-run", "--outdir", built];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: template,
    encoding: "utf8",
    timeout: 120_000,
    // A home of its own: no account of this machine's, and nothing is told to anybody.
    env: {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      CI: "1",
      NO_COLOR: "1",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG_PATH: folder,
    },
  });
  said = `${stdout}\n${stderr}`;
  assert.equal(status, 0, said);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("wrangler deploy --dry-run builds the template", () => {
  assert.match(said, /env\.LOYALTY_STORE \(LoyaltyStore\)\s+Durable Object/);
  assert.doesNotMatch(said, /warning/i);
  const names = readdirSync(built);
  assert.ok(
    names.includes("worker.js") && names.some((name) => name.endsWith(".wasm")),
    `${names}`,
  );
});

test("p27_what_it_built_pays_a_member_once_a_day_out_of_durable_objects", async (t) => {
  const sandbox = await createSandbox({ seed: 9 });
  const upstream = await serve(sandbox, { port: 0 });
  const issuer = await createIssuer({ issuer: "https://login.shop.example" });
  const keys = createServer((_, response) => response.end(JSON.stringify(issuer.jwks)));
  await new Promise((resolve) => keys.listen(0, "127.0.0.1", () => resolve(undefined)));
  const worker = new Miniflare({
    compatibilityDate: "2026-04-01",
    modulesRoot: built,
    modules: [
      { type: "ESModule", path: join(built, "worker.js") },
      ...readdirSync(built)
        .filter((name) => name.endsWith(".wasm"))
        .map((name) => ({ type: "CompiledWasm", path: join(built, name) })),
    ],
    durableObjects: { LOYALTY_STORE: { className: "LoyaltyStore", useSQLite: true } },
    bindings: {
      WIX_API_KEY: sandbox.apiKey,
      WIX_SITE_ID: sandbox.siteId,
      SHOP_ORIGIN: ORIGIN,
      ISSUER: issuer.issuer,
      AUDIENCE: issuer.audience,
      JWKS_URI: `http://127.0.0.1:${keys.address().port}/jwks`,
      UPSTREAM_URL: upstream.url,
    },
  });
  t.after(async () => {
    await worker.dispose();
    keys.close();
    keys.closeAllConnections();
    await upstream.close();
    sandbox.close();
  });
  const { token } = await issuer.signMember(sandbox.members[0]);
  const call = async (method, path, key) => {
    const response = await worker.dispatchFetch(`https://edge.example/loyalty${path}`, {
      method,
      headers: {
        origin: ORIGIN,
        authorization: `Bearer ${token}`,
        "x-loyalty-client": "test/1",
        ...(key !== undefined && { "content-type": "application/json", "idempotency-key": key }),
      },
      body: key === undefined ? undefined : "{}",
    });
    return { status: response.status, json: await response.json() };
  };
  const mine = "/loyalty-accounts/v1/accounts/my-account";
  const before = await call("GET", mine);
  assert.equal(before.status, 200, JSON.stringify(before.json));
  const balance = before.json.account.points.balance;
  const claims = ["k1", "k2", "k3"].map((key) => call("POST", "/actions/daily-visit", key));
  const statuses = (await Promise.all(claims)).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [200, 403, 403]);
  const events = await sandbox.control("GET", "export");
  const account = events.accounts.find(({ id }) => id === before.json.account.id);
  assert.equal(account.points.balance, balance + 5);
});

test("its policy is one that the schema's own fields describe, and its steps are five", () => {
  const policy = JSON.parse(readFileSync(join(template, "loyalty.policy.json"), "utf8"));
  assert.deepEqual(Object.keys(policy), ["$schema", "grants", "actions", "limits"]);
  for (const text of [
    readFileSync(join(template, "README.md"), "utf8"),
    readFileSync(at("README.md"), "utf8").split("\n## On Cloudflare Workers\n")[1] ?? "",
  ]) {
    const steps = text.split("\n## ")[0].match(/^\d\. /gm);
    assert.deepEqual(steps, ["1. ", "2. ", "3. ", "4. ", "5. "]);
  }
});
