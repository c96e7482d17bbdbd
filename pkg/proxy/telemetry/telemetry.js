import { VERSION } from "../../generated/version.js";
import { createMeasures } from "./measures.js";
import { quietly, watchOrder, watchRequest } from "./watch.js";

// OpenTelemetry by its API, which the developer hands in: this package depends on no copy of it, and a proxy that is
// told of none does nothing here.

const KNOWN = ["trace", "context", "metrics", "incoming"];
const INCOMING = ["continue", "trust", "link"];
/** The functions of the API that are called; what has them is the API, or enough like it. */
const NEEDED = {
  trace: ["getTracer", "getSpan", "setSpan", "setSpanContext"],
  context: ["active", "with"],
  metrics: ["getMeter"],
};

/**
 * @param {import("../index.js").TelemetryOptions} given
 * @param {{ upstream: string, basePath: string, actions: string[], siteName?: string }} about `siteName` where there are several.
 * Throws what is wrong, as text.
 */
export function createTelemetry(given, { upstream, basePath, actions, siteName }) {
  check(given);
  const { trace, context, metrics, incoming = "continue" } = given;
  const measures = metrics && createMeasures(metrics);
  let tracer;
  const telemetry = {
    trace,
    context,
    incoming,
    measures,
    basePath,
    host: hostOf(upstream),
    siteName,
    // Only these are told: any other name is a page's own word.
    actions: new Set(actions),
    tracer: trace && (() => (tracer ??= trace.getTracer("loyalty-edge", VERSION))),
  };
  return {
    /** @param {Request} request */
    request: (request) => quietly(() => watchRequest(telemetry, request)),
    /** @param {"earn" | "reverse"} name */
    order: (name) => quietly(() => watchOrder(telemetry, name)),
    /** A store whose failures are counted, whoever asked it. */
    counting(store) {
      if (measures === undefined) return store;
      return async (name, op) => {
        try {
          return await store(name, op);
        } catch (error) {
          quietly(() => measures.storeFailed(name));
          throw error;
        }
      };
    },
  };
}

function check(given) {
  if (typeof given !== "object" || given === null) {
    throw "telemetry: give { trace, context, metrics } of @opentelemetry/api";
  }
  const odd = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (odd !== undefined) throw `telemetry.${odd} is unknown; there are ${KNOWN.join(", ")}`;
  const { trace, context, metrics, incoming = "continue" } = given;
  if (trace === undefined && metrics === undefined) {
    throw "telemetry: give trace with context, or metrics, or all three";
  }
  if (trace !== undefined && context === undefined) {
    throw "telemetry.context is missing: trace needs the context of the same API";
  }
  for (const [part, names] of Object.entries(NEEDED)) {
    const missing = names.find((name) => given[part] && typeof given[part][name] !== "function");
    if (missing !== undefined) {
      throw `telemetry.${part} has no ${missing}(): give the ${part} of @opentelemetry/api`;
    }
  }
  if (!INCOMING.includes(incoming)) {
    throw `telemetry.incoming takes ${INCOMING.map((each) => `"${each}"`).join(", ")}`;
  }
}

function hostOf(upstream) {
  // A bad URL is told by the decisions, with what is wrong about it.
  const url = quietly(() => new URL(upstream)) ?? new URL("https://invalid.invalid");
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { address: url.hostname, port, scheme };
}
