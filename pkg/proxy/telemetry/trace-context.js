// W3C trace context: what a request brings is taken where it has exactly that shape, and what goes up is ours, built
// from checked parts. Anything else would be a way for a page to write into traces, or into calls upstream.

const PARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const SAMPLED = 1;

const KEY = /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;
const MOST_CHARACTERS = 512;

/**
 * The span that a request says it comes from.
 *
 * @param {Headers} headers
 * @param {boolean} withState Whether `tracestate`, free text of whoever sends it, is taken too.
 * @returns {{ traceId: string, spanId: string, traceFlags: number, isRemote: true, traceState?: TraceState } | undefined}
 */
export function readParent(headers, withState) {
  const [, version, traceId, spanId, flags, more] =
    PARENT.exec(headers.get("traceparent") ?? "") ?? [];
  if (traceId === undefined || (version === "00" && more !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & SAMPLED;
  const traceState = withState ? TraceState.read(headers.get("tracestate")) : undefined;
  return {
    traceId,
    spanId,
    traceFlags,
    isRemote: true,
    ...(traceState === undefined ? {} : { traceState }),
  };
}

/**
 * The headers that tell upstream which of our spans a call belongs to; none where there is no such span.
 *
 * @param {import("../telemetry.js").TelemetrySpanContext | undefined} span
 * @returns {[string, string][]}
 */
export function parentHeaders(span) {
  const { traceId, spanId, traceFlags, traceState } = span ?? {};
  if (!TRACE_ID.test(traceId ?? "") || !SPAN_ID.test(spanId ?? "")) return [];
  const flags = (traceFlags ?? 0) & SAMPLED ? "01" : "00";
  const state = TraceState.read(traceState?.serialize())?.serialize();
  const parent = /** @type {[string, string]} */ ([
    "traceparent",
    `00-${traceId}-${spanId}-${flags}`,
  ]);
  return state === undefined ? [parent] : [parent, ["tracestate", state]];
}

/** What vendors carry along: as `TraceState` of the OpenTelemetry API, and as immutable. */
export class TraceState {
  #members;

  /** @param {[key: string, value: string][]} members */
  constructor(members) {
    this.#members = members;
  }

  /**
   * @param {string | null | undefined} text
   * @returns {TraceState | undefined} Nothing where any of it is malformed.
   */
  static read(text) {
    if (typeof text !== "string" || text.length > MOST_CHARACTERS) return undefined;
    const members = text
      .split(",")
      .map((member) => member.trim())
      .filter((member) => member !== "")
      .map((member) => {
        const at = member.indexOf("=");
        return /** @type {[string, string]} */ ([member.slice(0, at), member.slice(at + 1)]);
      });
    const keys = new Set(members.map(([key]) => key));
    const isSound = members.every(([key, value]) => KEY.test(key) && VALUE.test(value));
    if (members.length === 0 || members.length > MOST_MEMBERS) return undefined;
    return isSound && keys.size === members.length ? new TraceState(members) : undefined;
  }

  /** @param {string} key */
  get(key) {
    return this.#members.find(([each]) => each === key)?.[1];
  }

  /** @param {string} key @param {string} value What was changed last stands first. */
  set(key, value) {
    return new TraceState([[key, value], ...this.#without(key)]);
  }

  /** @param {string} key */
  unset(key) {
    return new TraceState(this.#without(key));
  }

  serialize() {
    return this.#members.map(([key, value]) => `${key}=${value}`).join(",");
  }

  #without(key) {
    return this.#members.filter(([each]) => each !== key);
  }
}
