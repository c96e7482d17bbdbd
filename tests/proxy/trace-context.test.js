// W3C trace context: in from a page, out to upstream, and nothing of a page's own words on the way (P21).
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { SpanKind, context, trace } from "@opentelemetry/api";
import { ParentBasedSampler, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { serve } from "loyalty-edge/proxy/node";
import { readParent } from "../../pkg/proxy/telemetry/trace-context.js";
import { startTelemetry, treeOf } from "./otel.js";
import { A, MY_ACCOUNT, earn, makeProxy, stub } from "./support.js";

const watched = (telemetry, options = {}) =>
  makeProxy({ ...options, telemetry: { ...telemetry, ...options.telemetry } });
const serverOf = (spans) => spans.find(({ kind }) => kind === SpanKind.SERVER);

const FROM = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("p21_a_trace_goes_on_through_the_proxy_and_each_call_upstream_has_a_span_of_its_own", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  let failed = false;
  const answer = (seen) => {
    if (failed || !seen.path.endsWith("/earn-points")) return stub(seen);
    failed = true;
    return new Response("", { status: 500 });
  };
  const { call, upstream, logs } = watched(telemetry, { answer });
  const headers = { traceparent: FROM, tracestate: "shop=free-words" };
  assert.equal((await earn(call, "tap", "a", { headers })).status, 200);
  const server = serverOf(spans());
  assert.equal(server.spanContext().traceId, FROM.split("-")[1]);
  assert.equal(server.parentSpanContext.spanId, FROM.split("-")[2]);
  assert.equal(server.parentSpanContext.isRemote, true);
  const calls = spans().filter(({ attributes }) => attributes["url.template"] !== undefined);
  assert.deepEqual(
    upstream.map(({ headers: sent }) => sent.traceparent),
    calls.map((span) => `00-${FROM.split("-")[1]}-${span.spanContext().spanId}-01`),
  );
  assert.equal(new Set(upstream.map(({ headers: sent }) => sent.traceparent)).size, 3);
  for (const { headers: sent } of upstream) {
    assert.equal(sent.tracestate, undefined);
    assert.ok(sent["x-request-id"] && sent.accept, "and what else goes up");
  }
  assert.equal(JSON.parse(logs.at(-1)).traceId, FROM.split("-")[1], "the log names the trace");
});

test("p21_a_trace_goes_on_over_nodes_own_server_and_client", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  const seen = [];
  const upstream = createServer((request, response) => {
    seen.push(request.rawHeaders);
    response.setHeader("content-type", "application/json");
    response.end('{"loyaltyProgram":{"name":"Points","pointDefinition":{},"status":"ACTIVE"}}');
  });
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", () => resolve(undefined)));
  const proxy = createProxy({
    credential: apiKey({ key: "test-credential", siteId: "site" }),
    identify: custom(() => ({ role: "visitor" })),
    origins: [],
    upstream: `http://127.0.0.1:${upstream.address().port}`,
    policy: { grants: { visitor: ["getLoyaltyProgram"] } },
    telemetry,
    log() {},
  });
  const server = await serve(proxy);
  t.after(async () => {
    await server.close();
    upstream.close();
    upstream.closeAllConnections();
  });
  const headers = { "x-loyalty-client": "t/1", authorization: "x", traceparent: FROM };
  const url = `${server.url}/loyalty/loyalty-programs/v1/program`;
  assert.equal((await fetch(url, { headers })).status, 200);
  const top = serverOf(spans());
  assert.equal(top.parentSpanContext.spanId, FROM.split("-")[2]);
  assert.equal(top.attributes["http.route"], "/loyalty/loyalty-programs/v1/program");
  const [call] = spans().filter(({ attributes }) => attributes["url.template"] !== undefined);
  const sent = seen[0].flatMap((name, at) => (/^trace/i.test(name) ? [name, seen[0][at + 1]] : []));
  const id = call.spanContext().spanId;
  assert.deepEqual(sent, ["traceparent", `00-${FROM.split("-")[1]}-${id}-01`], "once, and ours");
});

test("p21_a_malformed_traceparent_is_ignored", async (t) => {
  const { telemetry, spans, forget } = startTelemetry(t);
  const { call, upstream } = watched(telemetry);
  const [, traceId, spanId] = FROM.split("-");
  for (const traceparent of [
    "",
    "words",
    FROM.toUpperCase(),
    `${FROM}-more`,
    `${FROM}, ${FROM}`,
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}0-${spanId}-01`,
    `00-${traceId}-${spanId}-zz`,
    `${A.memberId}`,
  ]) {
    forget();
    assert.equal(readParent(new Headers({ traceparent }), false), undefined);
    assert.equal((await call(MY_ACCOUNT, "a", { headers: { traceparent } })).status, 200);
    const server = serverOf(spans());
    assert.equal(server.parentSpanContext, undefined, traceparent);
    assert.notEqual(server.spanContext().traceId, traceId, traceparent);
    assert.match(upstream.at(-1).headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
  forget();
  // A later version may say more behind what this one says.
  const traceparent = `01-${traceId}-${spanId}-01-more`;
  await call(MY_ACCOUNT, "a", { headers: { traceparent } });
  const server = serverOf(spans());
  assert.equal(server.spanContext().traceId, traceId);
});

test("p21_without_telemetry_a_trace_ends_at_the_proxy", async () => {
  const { call, upstream } = makeProxy();
  const headers = { traceparent: FROM, tracestate: "a=b" };
  assert.equal((await call(MY_ACCOUNT, "a", { headers })).status, 200);
  const { headers: sent } = upstream[0];
  assert.deepEqual([sent.traceparent, sent.tracestate], [undefined, undefined]);
});

test("incoming_link_begins_a_trace_of_its_own_and_trust_takes_the_state_along", async (t) => {
  const { telemetry, spans, forget } = startTelemetry(t);
  const [, traceId, spanId] = FROM.split("-");
  const headers = { traceparent: FROM, tracestate: " rojo=00f067aa0ba902b7 ,congo@x=t61" };

  const apart = watched(telemetry, { telemetry: { incoming: "link" } });
  await apart.call(MY_ACCOUNT, "a", { headers });
  const server = serverOf(spans());
  assert.equal(server.parentSpanContext, undefined);
  assert.notEqual(server.spanContext().traceId, traceId);
  assert.deepEqual(
    server.links.map(({ context: { traceId: trace, spanId: span } }) => [trace, span]),
    [[traceId, spanId]],
  );

  const trusting = watched(telemetry, { telemetry: { incoming: "trust" } });
  const state = async (tracestate) => {
    forget();
    await trusting.call(MY_ACCOUNT, "a", { headers: { ...headers, tracestate } });
    return trusting.upstream.at(-1).headers.tracestate;
  };
  assert.equal(await state(headers.tracestate), "rojo=00f067aa0ba902b7,congo@x=t61");
  for (const bad of ["", "a", "A=b", "a=b,a=c", "a=b=c", `a=${"x".repeat(600)}`, "a=b\tc", "=b"]) {
    assert.equal(await state(bad), undefined, bad);
  }
  assert.equal(
    await state(Array.from({ length: 32 }, (_, at) => `k${at}=v`).join()).then(
      (it) => it.split(",").length,
    ),
    32,
  );
  assert.equal(await state(Array.from({ length: 33 }, (_, at) => `k${at}=v`).join()), undefined);
});

test("whether_a_pages_trace_is_sampled_is_for_the_sampler_to_say", async (t) => {
  const never = new TraceIdRatioBasedSampler(0);
  const always = new TraceIdRatioBasedSampler(1);
  const sampler = new ParentBasedSampler({
    root: always,
    remoteParentSampled: never,
    remoteParentNotSampled: never,
  });
  const { telemetry, spans } = startTelemetry(t, { sampler });
  const { call, upstream } = watched(telemetry);
  await call(MY_ACCOUNT, "a", { headers: { traceparent: FROM } });
  assert.equal(spans().length, 0, "a page that says sampled is not believed by this one");
  const [, traceId] = FROM.split("-");
  assert.match(upstream[0].headers.traceparent, new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  await call(MY_ACCOUNT, "a");
  assert.ok(spans().length > 5);
});

test("a_host_with_a_span_under_way_is_the_parent_and_has_read_the_header_itself", async (t) => {
  const { telemetry, spans } = startTelemetry(t);
  const { call } = watched(telemetry);
  const host = trace.getTracer("host").startSpan("server", { kind: SpanKind.SERVER });
  await context.with(trace.setSpan(context.active(), host), () =>
    call(MY_ACCOUNT, "a", { headers: { traceparent: FROM } }),
  );
  host.end();
  assert.deepEqual(treeOf(spans()).slice(0, 2), [
    "server SERVER",
    "  getCurrentMemberAccount INTERNAL",
  ]);
});
