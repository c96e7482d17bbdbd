// The page about sessions: its worker as it stands there, built and run; its other snippets at least parse.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { transform } from "esbuild";
import { at } from "../../scripts/lib/paths.js";
import { raw } from "../security/stack.js";
import { LOYALTY_STORE, startWorker } from "../stores/worker.js";

const page = readFileSync(at("docs", "sessions.md"), "utf8");
const blocks = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);

// Inside the checkout, where `loyalty-edge` is found by its name.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the_page_about_sessions_has_a_worker_that_runs", async () => {
  const [worker] = blocks.filter((code) => code.startsWith("// worker.js\n"));
  writeFileSync(join(folder, "loyalty.policy.json"), JSON.stringify({ grants: {} }));
  const bindings = {
    WIX_API_KEY: "IST.test",
    WIX_SITE_ID: "site",
    SESSION_KEY: randomBytes(32).toString("base64"),
    ISSUER: "http://127.0.0.1:9",
    CLIENT_ID: "shop",
    CLIENT_SECRET: "secret",
  };
  const options = (code) => ({ ...code, ...LOYALTY_STORE, bindings });
  const { worker: flare, stop } = await startWorker(worker, options, folder);
  try {
    // Over a socket: fetch would say for itself what kind of request it is.
    const base = String(await flare.ready);
    const ask = async (path, headers) => {
      const answer = await raw(base, "GET", `/loyalty${path}`, headers);
      return [answer.status, answer.headers.location];
    };
    assert.deepEqual(await ask("/healthz", {}), [200, undefined]);
    // It has sessions: the way back without a sign-in leads to the page for failures.
    const failed = "https://shop.example/sign-in-failed";
    assert.deepEqual(await ask("/callback", { "sec-fetch-mode": "navigate" }), [303, failed]);
    assert.deepEqual(await ask("/login", { "sec-fetch-mode": "cors" }), [403, undefined]);
  } finally {
    await stop();
  }
});

test("every_snippet_of_the_page_is_javascript", async () => {
  assert.ok(blocks.length >= 3);
  for (const code of blocks) {
    const isPart = /^\w+:/.test(code);
    await transform(isPart ? `export default {${code}}` : code, { loader: "js" });
  }
});
