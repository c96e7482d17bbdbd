// The real OpenTelemetry SDK with exporters in memory: what a proxy tells it, for tests to look at.
import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

const KINDS = ["INTERNAL", "SERVER", "CLIENT"];

/**
 * Starts the SDK for one test.
 *
 * @param {{ sampler?: any, contexts?: boolean }} [options] `contexts: false` is a host without a context manager.
 */
export function startTelemetry(t, { sampler, contexts = true } = {}) {
  const exporter = new InMemorySpanExporter();
  const tracing = new BasicTracerProvider({
    sampler,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: figures });
  const metering = new MeterProvider({ readers: [reader] });
  trace.setGlobalTracerProvider(tracing);
  metrics.setGlobalMeterProvider(metering);
  if (contexts) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  t.after(async () => {
    for (const api of [trace, metrics, context]) api.disable();
    await tracing.shutdown();
    await metering.shutdown();
  });
  return {
    telemetry: { trace, context, metrics },
    spans: () => exporter.getFinishedSpans(),
    forget: () => exporter.reset(),
    /** The points of each metric: its labels, and what was counted under them. */
    async figures() {
      await reader.forceFlush();
      const [latest] = figures.getMetrics().slice(-1);
      const all = latest.scopeMetrics.flatMap(({ metrics: each }) => each);
      return new Map(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({ attributes, value })),
        ]),
      );
    },
  };
}

/** Spans as a tree: a line each, in the order in which they began, deeper ones to the right. */
export function treeOf(spans) {
  const begun = (span) => span.startTime[0] * 1e9 + span.startTime[1];
  const inOrder = [...spans].sort((a, b) => begun(a) - begun(b));
  const known = new Set(spans.map((span) => span.spanContext().spanId));
  const isTop = ({ parentSpanContext }) => !known.has(parentSpanContext?.spanId);
  const below = (span) =>
    inOrder.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId,
    );
  const lines = (span, depth) => [
    `${"  ".repeat(depth)}${span.name} ${KINDS[span.kind]}${span.status.code === 2 ? " ERROR" : ""}`,
    ...below(span).flatMap((each) => lines(each, depth + 1)),
  ];
  return inOrder.filter(isTop).flatMap((span) => lines(span, 0));
}

/** The attributes of the spans of a name. */
export const attributesOf = (spans, name) =>
  spans.filter((span) => span.name === name).map(({ attributes }) => attributes);
