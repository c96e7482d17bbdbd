// The section of docs/operations.md about traces and metrics: its Node program as it stands there, run; its worker
// bundled and run on workerd.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { AggregationTemporality, InMemoryMetricExporter } from "@opentelemetry/sdk-metrics";
import { custom } from "loyalty-edge/proxy";
import { at } from "../../scripts/lib/paths.js";
import { startWorker } from "../stores/worker.js";
import { A, KEY, ORIGIN, SITE, call, stub } from "./support.js";

const page = readFileSync(at("docs", "operations.md"), "utf8");
const section = page.split("## Traces and metrics")[1].split("\n## ")[0];
const snippet = (name) => section.match(new RegExp(`\`\`\`js\n(// ${name}\n[^]*?)\`\`\``))[1];

// Inside the checkout, where packages are found by their names.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "telemetry-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the_program_for_node_traces_and_measures_a_proxy", async () => {
  const file = join(folder, "telemetry.mjs");
  // All of them instead of a tenth: which ones those are is nothing to wait for.
  writeFileSync(file, snippet("telemetry.js").replace("(0.1)", "(1)"));
  Object.assign(process.env, { WIX_API_KEY: KEY, WIX_SITE_ID: SITE });
  const { make, startTelemetry } = await import(file);
  const spans = new InMemorySpanExporter();
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // A shutdown forgets what was exported: so this one keeps it.
  const exported = [];
  spans.export = (batch, done) => (exported.push(...batch), done({ code: 0 }));
  const measured = [];
  figures.export = (batch, done) => (measured.push(batch), done({ code: 0 }));
  const stop = startTelemetry({ spans, figures });
  const proxy = make({
    identify: custom(() => ({ role: "member", memberId: A.memberId })),
    policy: { grants: { member: ["getCurrentMemberAccount"] } },
    origins: [ORIGIN],
    upstream: "http://127.0.0.1:9",
    log() {},
    async fetch(request) {
      const { pathname: path, searchParams: query } = new URL(request.url);
      return stub({ method: request.method, path, query });
    },
  });
  const got = await call(proxy, ["GET", "/loyalty-accounts/v1/accounts/my-account"], "a");
  assert.equal(got.status, 200);
  await stop();
  assert.ok(exported.some(({ name }) => name === "getCurrentMemberAccount"));
  assert.ok(exported.length > 5);
  const names = measured.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
  );
  assert.ok(names.includes("http.server.request.duration"), names.join());
});

test("the_worker_traces_a_proxy_on_workerd_and_flushes_what_it_has", async () => {
  writeFileSync(join(folder, "worker.js"), snippet("worker.js"));
  writeFileSync(
    join(folder, "yours.js"),
    `import { apiKey, custom } from "loyalty-edge/proxy";
     export const names = [];
     export const exporter = {
       export(spans, done) { names.push(...spans.map(({ name }) => name)); done({ code: 0 }); },
       async shutdown() {}, async forceFlush() {},
     };
     export const optionsFor = () => ({
       credential: apiKey({ key: "test-credential", siteId: "site" }),
       identify: custom(() => ({ role: "visitor" })),
       origins: [], policy: { grants: { visitor: ["getLoyaltyProgram"] } }, log() {},
       upstream: "http://127.0.0.1:9",
       fetch: async () => Response.json({
         loyaltyProgram: { name: "Points", pointDefinition: {}, status: "ACTIVE" },
       }),
     });`,
  );
  const main = `
    import worker from "./worker.js";
    import { names } from "./yours.js";
    export default {
      async fetch(request, env, execution) {
        if (new URL(request.url).pathname === "/names") return Response.json(names);
        return worker.fetch(request, env, execution);
      },
    };`;
  const { worker, stop } = await startWorker(main, (code) => code, folder);
  try {
    const headers = { "x-loyalty-client": "t/1", authorization: "x" };
    const url = "http://worker/loyalty/loyalty-programs/v1/program";
    assert.equal((await worker.dispatchFetch(url, { headers })).status, 200);
    const names = await (await worker.dispatchFetch("http://worker/names")).json();
    assert.ok(names.includes("getLoyaltyProgram"), names.join());
    assert.ok(names.includes("GET /loyalty-programs/v1/program"), names.join());
  } finally {
    await stop();
  }
});
