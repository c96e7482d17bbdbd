// Spans and metrics, told to the real OpenTelemetry SDK.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, context, trace } from "@opentelemetry/api";
import { apiKey, createProxy, custom, memoryStore } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { attributesOf, startTelemetry, treeOf } from "./otel.js";
import { A, B, MY_ACCOUNT, ORIGIN, TRANSACTION_A, earn, makeProxy, stub } from "./support.js";

const POLICY = {
  grants: {
    member: [
      "getCurrentMemberAccount",
      "getAccount:own",
      "listRewards",
      "getLoyaltyProgram",
      "earn:write-review",
    ],
  },
  actions: {
    "write-review": {
      amount: 50,
      description: "Wrote a review",
      limit: { perMemberPerDay: 3, perSubject: 1 },
      confirm: "review-exists",
    },
  },
  limits: { callerPerMinute: 1_000, upstreamPerMinute: 1_000, memberPointsPerDay: 500 },
};
const PAY = "POST /loyalty-accounts/v1/accounts/{id}/earn-points";
const FIND = "GET /loyalty-accounts/v1/accounts/fetch-by";

const watched = (telemetry, options = {}) =>
  makeProxy({ policy: POLICY, ...options, telemetry: { ...telemetry, ...options.telemetry } });
const review = (call, more) => earn(call, "write-review", "a", { body: { subject: "r" }, ...more });
/** An upstream that fails its first payment and may have done it. */
const failingOnce = (statuses = [500]) => {
  const left = [...statuses];
  return (seen) =>
    seen.path.endsWith("/earn-points") && left.length > 0
      ? new Response("", { status: left.shift() })
      : stub(seen);
};

test("an_earn_is_a_tree_of_spans_and_what_is_sent_again_says_so", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  const { call } = watched(telemetry, { answer: failingOnce(), audit() {} });
  assert.equal((await review(call)).status, 200);
  const all = spans();
  assert.deepEqual(treeOf(all), [
    "earn SERVER",
    "  boundary INTERNAL",
    "  identify INTERNAL",
    "  decide INTERNAL",
    "  store hit CLIENT",
    "  read body INTERNAL",
    "  store reserve CLIENT",
    "  confirm INTERNAL",
    "  cache INTERNAL",
    "  store hit CLIENT",
    `  ${FIND} CLIENT`,
    "  audit INTERNAL",
    "  store hit CLIENT",
    `  ${PAY} CLIENT ERROR`,
    "  wait INTERNAL",
    "  store hit CLIENT",
    `  ${PAY} CLIENT`,
    "  store settle CLIENT",
    "  audit INTERNAL",
  ]);
  assert.deepEqual(attributesOf(all, "earn"), [
    {
      "http.request.method": "POST",
      "url.scheme": "https",
      "http.response.status_code": 200,
      "http.route": "/loyalty/actions/{action}",
      "loyalty.operation": "earn",
      "loyalty.action": "write-review",
      "loyalty.role": "member",
      "loyalty.verdict": "allowed",
    },
  ]);
  const sent = {
    "http.request.method": "POST",
    "url.template": "/loyalty-accounts/v1/accounts/{id}/earn-points",
    "url.scheme": "http",
    "server.address": "127.0.0.1",
    "server.port": 9,
    "loyalty.upstream.auth": "credential",
  };
  assert.deepEqual(attributesOf(all, PAY), [
    { ...sent, "http.response.status_code": 500, "error.type": "500" },
    { ...sent, "http.response.status_code": 200, "http.request.resend_count": 1 },
  ]);
  assert.deepEqual(attributesOf(all, "identify"), [{ "loyalty.role": "member" }]);
  assert.deepEqual(attributesOf(all, "confirm"), [
    { "loyalty.hook": "review-exists", "loyalty.outcome": "confirmed" },
  ]);
  assert.deepEqual(attributesOf(all, "store reserve"), [
    { "loyalty.store.operation": "reserve", "loyalty.outcome": "reserved" },
  ]);
  assert.deepEqual(attributesOf(all, "audit"), [
    { "loyalty.audit.phase": "intent" },
    { "loyalty.audit.phase": "outcome" },
  ]);
});

test("the_parts_of_me_run_at_once_as_siblings", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  let arrived = 0;
  let open;
  const all = new Promise((resolve) => (open = resolve));
  const answer = async (seen) => {
    if ((arrived += 1) === 3) open();
    await all; // each part waits until the others are under way too
    return stub(seen);
  };
  const { call } = watched(telemetry, { answer });
  assert.equal((await call(["GET", "/me?include=account,rewards,program"], "a")).status, 200);
  const [top, ...beneath] = treeOf(spans());
  assert.equal(top, "me SERVER");
  assert.deepEqual(beneath.sort(), [
    "  GET /loyalty-accounts/v1/accounts/fetch-by CLIENT",
    "  GET /loyalty-programs/v1/program CLIENT",
    "  GET /loyalty-rewards/v1/rewards CLIENT",
    "  boundary INTERNAL",
    "  cache INTERNAL",
    "  decide INTERNAL",
    "  identify INTERNAL",
    "  store hit CLIENT",
    "  store hit CLIENT",
    "  store hit CLIENT",
    "  store hit CLIENT",
  ]);
  assert.equal(attributesOf(spans(), "me")[0]["http.route"], "/loyalty/me");
});

test("a_refusal_is_a_verdict_with_its_code_and_no_error", async (t) => {
  const { telemetry, spans, figures } = startTelemetry(t);
  const { call } = watched(telemetry);
  const search = ["POST", "/loyalty-accounts/v1/accounts/search"];
  assert.equal((await call(search, "a")).status, 403);
  assert.equal((await call(search, "forged")).status, 401);
  assert.equal((await call(["GET", `/nowhere/${A.accountId}`], "a")).status, 404);
  assert.equal(
    (await call(["GET", `/loyalty-accounts/v1/accounts/${B.accountId}`], "a")).status,
    404,
  );
  const told = spans().filter(({ kind }) => kind === SpanKind.SERVER);
  assert.deepEqual(
    told.map(({ name, attributes, status }) => [
      name,
      attributes["http.route"],
      attributes["loyalty.role"],
      attributes["loyalty.verdict"],
      attributes["loyalty.code"],
      attributes["error.type"],
      status.code,
    ]),
    [
      [
        "searchAccounts",
        "/loyalty/loyalty-accounts/v1/accounts/search",
        "member",
        "refused",
        "PERMISSION_DENIED",
        undefined,
        0,
      ],
      [
        "searchAccounts",
        "/loyalty/loyalty-accounts/v1/accounts/search",
        "unknown",
        "refused",
        "UNAUTHENTICATED",
        undefined,
        0,
      ],
      ["GET", undefined, undefined, "refused", "NOT_FOUND", undefined, 0],
      [
        "getAccount",
        "/loyalty/loyalty-accounts/v1/accounts/{id}",
        "member",
        "refused",
        "NOT_FOUND",
        undefined,
        0,
      ],
    ],
  );
  const verdicts = (await figures()).get("loyalty.verdicts");
  assert.deepEqual(
    verdicts.map(({ attributes, value }) => [attributes["loyalty.code"], value]),
    [
      ["PERMISSION_DENIED", 1],
      ["UNAUTHENTICATED", 1],
      ["NOT_FOUND", 1],
      ["NOT_FOUND", 1],
    ],
  );
});

test("a_store_that_is_away_is_an_error_for_a_write_and_told_of_a_read", async (t) => {
  const { telemetry, spans, forget, figures } = startTelemetry(t);
  const away = async () => {
    throw Object.assign(new Error("redis://user:secret@host"), { code: "ECONNREFUSED" });
  };
  const store = { ...memoryStore(), hit: away, reserve: away };
  const { call, upstream } = watched(telemetry, { store });
  assert.equal((await review(call)).status, 503);
  assert.deepEqual(treeOf(spans()), [
    "earn SERVER ERROR",
    "  boundary INTERNAL",
    "  identify INTERNAL",
    "  decide INTERNAL",
    "  store hit CLIENT ERROR",
  ]);
  assert.deepEqual(attributesOf(spans(), "store hit"), [
    { "loyalty.store.operation": "hit", "error.type": "Error ECONNREFUSED" },
  ]);
  const [told] = attributesOf(spans(), "earn");
  assert.deepEqual([told["loyalty.verdict"], told["error.type"]], ["failed", "UNAVAILABLE"]);
  assert.equal(upstream.length, 0);
  forget();
  assert.equal((await call(MY_ACCOUNT, "a")).status, 200);
  const counted = { "loyalty.store.operation": "hit", "loyalty.outcome": "ok" };
  assert.deepEqual(attributesOf(spans(), "store hit"), [
    { ...counted, "loyalty.store.here": true },
    { ...counted, "loyalty.store.here": true },
  ]);
  const failures = (await figures()).get("loyalty.store.failures");
  assert.deepEqual(failures, [{ attributes: { "loyalty.store.operation": "hit" }, value: 3 }]);
});

test("metrics_count_points_verdicts_caches_and_seconds_by_few_labels", async (t) => {
  const { telemetry, figures } = startTelemetry(t);
  const { call } = watched(
    { metrics: telemetry.metrics },
    {
      answer: failingOnce(),
      cache: { accountMs: 5_000 },
    },
  );
  const first = await review(call, { key: "same" });
  assert.equal((await review(call, { key: "same" })).text, first.text);
  assert.equal((await review(call)).json.code, "LIMIT_REACHED");
  for (let at = 0; at < 3; at += 1) await call(MY_ACCOUNT, "a");
  const all = await figures();
  assert.deepEqual(all.get("loyalty.points.paid").map(sums), [
    [{ "loyalty.action": "write-review" }, 1, 50],
  ]);
  assert.deepEqual(all.get("loyalty.cache.lookups"), [
    { attributes: { "loyalty.cache.result": "miss" }, value: 2 },
    { attributes: { "loyalty.cache.result": "hit" }, value: 2 },
  ]);
  const http = { "http.request.method": "POST", "url.scheme": "https" };
  const answered = all.get("http.server.request.duration").map(sums);
  assert.deepEqual(
    answered.map(([labels, count]) => [labels, count]),
    [
      [{ ...http, "http.response.status_code": 200, "http.route": "/loyalty/actions/{action}" }, 2],
      [{ ...http, "http.response.status_code": 403, "http.route": "/loyalty/actions/{action}" }, 1],
      [
        {
          ...http,
          "http.request.method": "GET",
          "http.response.status_code": 200,
          "http.route": "/loyalty/loyalty-accounts/v1/accounts/my-account",
        },
        3,
      ],
    ],
  );
  const waited = answered[0][2];
  assert.ok(waited > 0.19 && waited < 60, `${waited} s of which 0.2 were waited`);
  const called = all.get("http.client.request.duration");
  assert.deepEqual(
    called.map(({ attributes, value }) => [
      attributes["url.template"].split("/").at(-1),
      attributes["http.response.status_code"],
      attributes["error.type"],
      value.count,
    ]),
    [
      ["fetch-by", 200, undefined, 2],
      ["earn-points", 500, "500", 1],
      ["earn-points", 200, undefined, 1],
    ],
  );
});

const sums = ({ attributes, value: { count, sum } }) => [attributes, count, sum];

test("orders_and_events_have_spans_beneath_what_is_under_way", async (t) => {
  const { telemetry, spans, forget, figures } = startTelemetry(t);
  const { proxy } = watched(telemetry);
  const shop = trace.getTracer("shop").startSpan("payment");
  await context.with(trace.setSpan(context.active(), shop), () =>
    proxy.earn({ memberId: A.memberId }, "write-review", { subject: "order-1" }),
  );
  shop.end();
  assert.deepEqual(treeOf(spans()), [
    "payment INTERNAL",
    "  earn INTERNAL",
    "    boundary INTERNAL",
    // Which contact the member is, and its account.
    "    cache INTERNAL",
    "    cache INTERNAL",
    "    store hit CLIENT",
    `    ${FIND} CLIENT`,
    "    store reserve CLIENT",
    "    store hit CLIENT",
    `    ${PAY} CLIENT`,
    "    store settle CLIENT",
  ]);
  const [told] = attributesOf(spans(), "earn");
  assert.deepEqual(told, {
    "loyalty.operation": "earn",
    "loyalty.action": "write-review",
    "loyalty.role": "backend",
    "loyalty.verdict": "allowed",
  });
  const points = (await figures()).get("loyalty.points.paid");
  assert.deepEqual(points.map(sums), [[{ "loyalty.action": "write-review" }, 1, 50]]);
  forget();
  await proxy.reverse(TRANSACTION_A, "Refund");
  assert.match(treeOf(spans())[0], /^reverse INTERNAL/);
});

test("of_several_sites_each_verdict_tells_which", async (t) => {
  const { telemetry, spans, figures } = startTelemetry(t);
  const site = (siteId) => ({
    credential: apiKey({ key: `key-of-${siteId}`, siteId }),
    identify: custom(() => ({ role: "visitor" })),
  });
  const proxy = createProxy({
    sites: { north: site("n"), south: site("s") },
    origins: [ORIGIN],
    policy: { grants: { visitor: ["getLoyaltyProgram"] } },
    fetch: async () => Response.json({}),
    telemetry,
    log() {},
  });
  const headers = { "x-loyalty-client": "t/1", authorization: "x" };
  for (const name of ["north", "south"]) {
    await proxy.fetch(new Request(`${ORIGIN}/loyalty/${name}/nothing`, { headers }));
  }
  const named = (all) => all.map(({ attributes }) => attributes["loyalty.site"]);
  assert.deepEqual(named(spans().filter(({ kind }) => kind === SpanKind.SERVER)), [
    "north",
    "south",
  ]);
  assert.deepEqual(named((await figures()).get("loyalty.verdicts")), ["north", "south"]);
});

test("an_event_is_verified_and_handled_in_spans", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  const type = "wix.loyalty.v1.account_points_updated";
  const sandbox = await createSandbox({ seed: 7, accounts: 2 });
  t.after(() => sandbox.close());
  const { proxy } = watched(telemetry, {
    now: Date.now,
    webhooks: {
      publicKey: sandbox.publicKey,
      instanceIds: [sandbox.instanceId],
      on: { [type]: () => {} },
    },
  });
  sandbox.webhooks.deliver({
    url: `${ORIGIN}/loyalty/webhooks`,
    fetch: (url, init) => proxy.fetch(new Request(url, init)),
  });
  const [{ accountId }] = sandbox.members;
  await sandbox.fetch(`http://sandbox/loyalty-accounts/v1/accounts/${accountId}/earn-points`, {
    method: "POST",
    headers: { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId },
    body: JSON.stringify({ accountId, amount: 5, appId: "x", idempotencyKey: "one" }),
  });
  await sandbox.webhooks.settled();
  const handled = spans().find(({ name }) => name === "handle");
  assert.deepEqual(handled.attributes, { "loyalty.event": type });
  const mine = (span) => span.spanContext().traceId === handled.spanContext().traceId;
  assert.deepEqual(treeOf(spans().filter(mine)).slice(0, 4), [
    "webhook SERVER",
    "  boundary INTERNAL",
    "  read body INTERNAL",
    "  verify INTERNAL",
  ]);
});

test("what_hooks_tell_lies_beneath_their_stage_and_an_instrumented_fetch_tells_nothing_twice", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  const inside = (name) => trace.getTracer("shop").startSpan(name).end();
  const { call } = watched(telemetry, {
    confirm: {
      "review-exists": async () => {
        await null;
        inside("reviews");
        return true;
      },
    },
    answer: (seen) => {
      inside("fetch");
      return stub(seen);
    },
  });
  assert.equal((await review(call)).status, 200);
  const tree = treeOf(spans());
  assert.equal(tree[tree.indexOf("    reviews INTERNAL") - 1], "  confirm INTERNAL");
  assert.ok(!tree.some((line) => line.includes("fetch INTERNAL")), tree.join("\n"));
});

test("without_a_context_manager_the_tree_is_the_same", async (t) => {
  const { telemetry, spans } = startTelemetry(t, { contexts: false });
  const { call } = watched(telemetry);
  await call(MY_ACCOUNT, "a");
  const [top, ...beneath] = treeOf(spans());
  assert.equal(top, "getCurrentMemberAccount SERVER");
  assert.ok(beneath.length > 5 && beneath.every((line) => /^ {2}\S/.test(line)));
});
