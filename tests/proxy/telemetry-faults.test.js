// What is wrong with telemetry, or with what is told of: neither takes a request with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, context, trace } from "@opentelemetry/api";
import { startTelemetry } from "./otel.js";
import { B, MY_ACCOUNT, earn, makeProxy } from "./support.js";

test("telemetry_that_fails_breaks_nothing", async () => {
  const fail = () => {
    throw new Error("telemetry");
  };
  const span = {
    spanContext: fail,
    setAttributes: fail,
    setStatus: fail,
    updateName: fail,
    end: fail,
  };
  const instrument = { add: fail, record: fail };
  const meter = { createCounter: () => instrument, createHistogram: () => instrument };
  const whole = {
    trace: {
      getTracer: () => ({ startSpan: () => span }),
      getSpan() {},
      setSpan: (ctx) => ctx,
      setSpanContext: fail,
    },
    context: { active: () => ({ setValue: fail }), with: (_, run) => run() },
    metrics: { getMeter: () => meter },
  };
  const { trace: traces, context: contexts, metrics } = whole;
  const headers = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  for (const telemetry of [
    whole,
    { ...whole, context: { ...contexts, active: fail } },
    { ...whole, context: { ...contexts, with: fail } },
    { ...whole, trace: { ...traces, getTracer: fail } },
    { ...whole, trace: { ...traces, getTracer: () => ({ startSpan: fail }) } },
    { ...whole, trace: { ...traces, setSpan: fail } },
    { ...whole, trace: { ...traces, getSpan: fail } },
    { ...whole, metrics: { getMeter: fail } },
    { ...whole, metrics: { getMeter: () => ({ ...meter, createHistogram: fail }) } },
    { metrics },
  ]) {
    const { call, proxy, upstream } = makeProxy({ telemetry });
    assert.equal((await earn(call, "write-review", "a", { body: { subject: "r" } })).status, 200);
    assert.equal((await call(MY_ACCOUNT, "a", { headers })).status, 200);
    const order = { subject: "order" };
    await proxy.earn({ memberId: B.memberId }, "write-review", order);
    assert.ok(upstream.every((seen) => seen.headers.traceparent === undefined));
  }
});

test("what_breaks_in_the_middle_ends_the_span_with_500", async (t) => {
  const { telemetry, spans, figures } = startTelemetry(t);
  const { call } = makeProxy({ telemetry, now: counted(4) });
  assert.equal((await call(MY_ACCOUNT, "a")).status, 500);
  const [server] = spans().filter(({ kind }) => kind === SpanKind.SERVER);
  assert.deepEqual([server.status.code, server.attributes["error.type"]], [2, "PROXY_INTERNAL"]);
  assert.equal((await figures()).get("loyalty.verdicts")[0].value, 1);
});

/** A clock that breaks once, in the middle of a request. */
function counted(breaksAt) {
  let count = 0;
  return () => {
    if ((count += 1) === breaksAt) throw new TypeError("no time");
    return Date.parse("2030-01-01T10:00:00Z");
  };
}

test("what_is_not_the_api_is_refused_by_name", () => {
  const { telemetry } = { telemetry: { trace, context } };
  for (const [given, message] of [
    [null, /telemetry: give/],
    [{}, /telemetry: give trace with context/],
    [{ trace }, /telemetry\.context is missing/],
    [{ trace: {}, context }, /telemetry\.trace has no getTracer\(\)/],
    [{ trace: trace.getTracer("x"), context }, /telemetry\.trace has no getTracer\(\)/],
    [{ ...telemetry, metrics: {} }, /telemetry\.metrics has no getMeter\(\)/],
    [{ ...telemetry, incoming: "believe" }, /incoming takes "continue", "trust", "link"/],
    [{ ...telemetry, tracer: 1 }, /telemetry\.tracer is unknown/],
  ]) {
    assert.throws(() => makeProxy({ telemetry: given }), message);
  }
});
