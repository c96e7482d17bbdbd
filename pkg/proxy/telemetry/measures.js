// The metrics: each name, unit and label of them. A label has few values, all of them known beforehand: no id, no
// path as it was sent, no word of a request's own.
import { VERSION } from "../../generated/version.js";

/** As the conventions have it for durations of HTTP, in seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const POINTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/**
 * @param {import("../telemetry.js").TelemetryMetrics} metrics
 */
export function createMeasures(metrics) {
  /** @type {ReturnType<typeof instrumentsOf> | undefined} */
  let made;
  // With the first request: an SDK that starts after the proxy was made gets its figures too.
  const instruments = () => (made ??= instrumentsOf(metrics.getMeter("loyalty-edge", VERSION)));

  return {
    /** A request was answered. */
    answered(seconds, labels) {
      instruments().server.record(seconds, labels);
    },
    /** A call upstream came back, or did not. */
    called(seconds, labels) {
      instruments().client.record(seconds, labels);
    },
    /** It was decided what becomes of a request or an order. */
    decided(labels) {
      instruments().verdicts.add(1, labels);
    },
    /** Points were paid for an action. */
    paid(points, action) {
      instruments().points.record(points, action === undefined ? {} : { "loyalty.action": action });
    },
    /** Somebody looked for a kept answer, or for a call under way. */
    recalled(isHit) {
      instruments().cache.add(1, { "loyalty.cache.result": isHit ? "hit" : "miss" });
    },
    /** The store did not do what it was asked for. */
    storeFailed(operation) {
      instruments().storeFailures.add(1, { "loyalty.store.operation": operation });
    },
  };
}

function instrumentsOf(meter) {
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: SECONDS } };
  return {
    server: meter.createHistogram("http.server.request.duration", {
      description: "Duration of requests to the proxy",
      ...seconds,
    }),
    client: meter.createHistogram("http.client.request.duration", {
      description: "Duration of calls to the loyalty service",
      ...seconds,
    }),
    verdicts: meter.createCounter("loyalty.verdicts", {
      description: "What became of requests and orders, by code",
      unit: "{request}",
    }),
    points: meter.createHistogram("loyalty.points.paid", {
      description: "Points paid for actions; the count is that of the payments",
      unit: "{point}",
      advice: { explicitBucketBoundaries: POINTS },
    }),
    cache: meter.createCounter("loyalty.cache.lookups", {
      description: "Looks for answers that are kept or on their way",
      unit: "{lookup}",
    }),
    storeFailures: meter.createCounter("loyalty.store.failures", {
      description: "Operations that the store failed, or did not answer in time",
      unit: "{operation}",
    }),
  };
}
