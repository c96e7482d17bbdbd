// The parts of the OpenTelemetry API that the proxy calls. `@opentelemetry/api` 1.x fits; so does anything of this shape.

export interface TelemetrySpanContext {
  traceId: string;
  spanId: string;
  traceFlags: number;
  isRemote?: boolean;
  traceState?: { serialize(): string };
}

export interface TelemetrySpan {
  spanContext(): TelemetrySpanContext;
  setAttributes(attributes: { [name: string]: unknown }): unknown;
  setStatus(status: { code: number }): unknown;
  updateName(name: string): unknown;
  end(): void;
}

export interface TelemetryTracer {
  startSpan(
    name: string,
    options?: {
      kind?: number;
      attributes?: { [name: string]: unknown };
      links?: { context: TelemetrySpanContext }[];
    },
    context?: TelemetryContext,
  ): TelemetrySpan;
}

/** A context, as the API's `Context`. */
export interface TelemetryContext {
  setValue(key: symbol, value: unknown): TelemetryContext;
}

/** `trace` of the API. */
export interface TelemetryTrace {
  getTracer(name: string, version?: string): TelemetryTracer;
  getSpan(context: TelemetryContext): TelemetrySpan | undefined;
  setSpan(context: TelemetryContext, span: TelemetrySpan): TelemetryContext;
  setSpanContext(context: TelemetryContext, span: TelemetrySpanContext): TelemetryContext;
}

/** `context` of the API. */
export interface TelemetryContexts {
  active(): TelemetryContext;
  with(context: TelemetryContext, run: () => unknown): unknown;
}

export interface TelemetryInstrumentOptions {
  description?: string;
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

/** `metrics` of the API. */
export interface TelemetryMetrics {
  getMeter(
    name: string,
    version?: string,
  ): {
    createCounter(
      name: string,
      options?: TelemetryInstrumentOptions,
    ): { add(value: number, attributes?: { [name: string]: unknown }): void };
    createHistogram(
      name: string,
      options?: TelemetryInstrumentOptions,
    ): { record(value: number, attributes?: { [name: string]: unknown }): void };
  };
}

/**
 * Traces and metrics by OpenTelemetry: `import { context, metrics, trace } from "@opentelemetry/api"`, and hand those
 * in. The package has no dependency on the API; without this option nothing of it runs.
 *
 * Spans and metrics tell operations, roles, codes, durations: no id, address, subject, token, key or body.
 */
export type TelemetryOptions = {
  /**
   * What becomes of the `traceparent` that a request brings. Malformed ones are ignored in any case.
   *
   * - `"continue"` (the default): the request's span is a child of it, and whether it is sampled is for your sampler to
   *   say (`remoteParentSampled` of `ParentBasedSampler`). `tracestate`, free text, is not taken.
   * - `"trust"`: `tracestate` is taken too, if it has the standard's shape. For a proxy that only your own gateway reaches.
   * - `"link"`: a trace of its own, sampled as any other, with a link to the page's.
   *
   * Where the host has a span under way (an instrumented server), that is the parent, and the header is its affair.
   */
  incoming?: "continue" | "trust" | "link";
} & (
  | { trace: TelemetryTrace; context: TelemetryContexts; metrics?: TelemetryMetrics }
  | { trace?: undefined; context?: TelemetryContexts; metrics: TelemetryMetrics }
);
