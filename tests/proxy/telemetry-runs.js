// Runs on Node, workerd, Deno and Bun: what a proxy tells a tracer and a meter of the API's shape, with no SDK behind.

const KINDS = ["INTERNAL", "SERVER", "CLIENT"];

/** Enough of the OpenTelemetry API to write down what it is told. */
function recorder() {
  const spans = [];
  const counted = {};
  const hex = (length, of) => of.toString(16).padStart(length, "0");
  const contextOf = (span) => ({ span, setValue: () => contextOf(span) });
  const root = contextOf(undefined);
  const startSpan = (name, { kind, attributes = {} } = {}, parent = root) => {
    const id = hex(16, spans.length + 1);
    const traceId = parent.span?.spanContext().traceId ?? hex(32, 1);
    const told = { name, kind: KINDS[kind], under: parent.span?.name ?? null, attributes, id };
    spans.push(told);
    return {
      name,
      spanContext: () => ({ traceId, spanId: id, traceFlags: 1 }),
      setAttributes: (more) => Object.assign(attributes, more),
      setStatus: ({ code }) => (told.failed = code === 2),
      updateName: (better) => (told.name = better),
      end: () => (told.ended = true),
    };
  };
  const instrument = (name) => {
    const note = () => (counted[name] = (counted[name] ?? 0) + 1);
    return { add: note, record: note };
  };
  const remote = (given) => ({ name: "page", spanContext: () => given });
  return {
    spans,
    counted,
    telemetry: {
      trace: {
        getTracer: () => ({ startSpan }),
        getSpan: ({ span }) => span,
        setSpan: (_, span) => contextOf(span),
        setSpanContext: (_, given) => contextOf(remote(given)),
      },
      context: { active: () => root, with: (_, run) => run() },
      metrics: { getMeter: () => ({ createCounter: instrument, createHistogram: instrument }) },
    },
  };
}

/**
 * @param {typeof import("loyalty-edge/proxy")} proxy
 * @param {{ memberId: string, account: object, traceparent: string, policy: object }} data
 */
export async function run(
  { apiKey, createProxy, custom },
  { memberId, account, traceparent, policy },
) {
  const { spans, counted, telemetry } = recorder();
  const sent = [];
  const edge = createProxy({
    credential: apiKey({ key: "test-credential", siteId: "site" }),
    identify: custom(() => ({ role: "member", memberId })),
    origins: ["https://shop.example"],
    upstream: "http://127.0.0.1:9",
    policy,
    telemetry,
    log() {},
    async fetch(request) {
      sent.push(request.headers.get("traceparent"));
      return Response.json({ account, transactionId: memberId });
    },
  });
  const ask = async (method, path) => {
    const headers = {
      "x-loyalty-client": "test/1.0",
      authorization: "Bearer x",
      "content-type": "application/json",
      "idempotency-key": "once",
      traceparent,
    };
    const body = method === "POST" ? "{}" : undefined;
    const url = `https://shop.example/loyalty${path}`;
    return (await edge.fetch(new Request(url, { method, headers, body }))).status;
  };
  const statuses = [
    await ask("GET", "/loyalty-accounts/v1/accounts/my-account"),
    await ask("POST", "/actions/tap"),
    await ask("POST", "/actions/nothing"),
  ];
  return { statuses, spans, counted, sent };
}
