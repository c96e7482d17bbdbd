import { BEGINS, ENDS, INTERNAL, SERVER, templateOf } from "./told.js";
import { parentHeaders, readParent } from "./trace-context.js";

// One request or order, watched: a span of its own, one for each effect beneath, and the figures at its end.

const ERROR = 2;
/**
 * Under this key SDKs look whether a piece of work is to be left alone. Ours has its span and its `traceparent`; an
 * instrumented `fetch` would add a second of each, and two headers are none.
 */
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
/** What a span repeats of a method; any other word of a request may be anything. */
const METHODS = new Set(["GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE"]);
const methodOf = ({ method }) => (METHODS.has(method) ? method : "_OTHER");

/**
 * Telemetry breaks nothing: what its own code throws ends here.
 *
 * @template T
 * @param {() => T} run
 */
export function quietly(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** The span of a request. A host that has one under way is told apart from a page, whose headers it has read itself. */
export function watchRequest(telemetry, request) {
  const method = methodOf(request);
  const scheme = quietly(() => new URL(request.url).protocol.slice(0, -1)) ?? "https";
  const labels = { "http.request.method": method, "url.scheme": scheme };
  const around = telemetry.context?.active();
  const isHosted = telemetry.trace?.getSpan(around) !== undefined;
  const options = { kind: isHosted ? INTERNAL : SERVER, attributes: labels };
  const page = isHosted ? undefined : readParent(request.headers, telemetry.incoming === "trust");
  return new Watch(telemetry, { name: method, options, around, page, request, labels });
}

/** The span of an order of the developer's own backend, beneath the one that it is given in. */
export function watchOrder(telemetry, name) {
  const around = telemetry.context?.active();
  return new Watch(telemetry, { name, options: { kind: INTERNAL }, around });
}

class Watch {
  #telemetry;
  #request;
  #labels;
  #span;
  #context;
  #began = performance.now();
  /** The calls that were sent so far, to tell a repeat by. */
  #sent = [];
  #isIdentified = false;

  constructor(telemetry, { name, options, around, page, request, labels }) {
    this.#telemetry = telemetry;
    this.#request = request;
    this.#labels = labels;
    const { tracer, trace, incoming } = telemetry;
    if (tracer === undefined) return;
    const isChild = page !== undefined && incoming !== "link";
    const isLinked = page !== undefined && incoming === "link";
    const parent = isChild ? trace.setSpanContext(around, page) : around;
    const linked = isLinked ? { links: [{ context: page }] } : {};
    this.#span = tracer().startSpan(name, { ...options, ...linked }, parent);
    this.#context = trace.setSpan(around, this.#span);
  }

  /** For the log: by it a line and a trace are put together. */
  get facts() {
    const { traceId } = quietly(() => this.#span?.spanContext()) ?? {};
    return traceId === undefined ? {} : { traceId };
  }

  /** What the decisions do between effects: all before the first, and what follows from knowing the caller. */
  way(way) {
    if (this.#span === undefined) return way;
    return {
      start: (now) => this.#within("boundary", () => way.start(now)),
      step: (event, now) => {
        if (!this.#isIdentified) return way.step(event, now);
        this.#isIdentified = false;
        return this.#within("decide", () => way.step(event, now));
      },
      summary: () => way.summary(),
    };
  }

  /** The effects, each beneath the request's span. Those that run at once are siblings. */
  world(world) {
    const watched = Object.create(world);
    for (const name of Object.keys(BEGINS)) {
      watched[name] = (effect) => this.#carryOut(name, effect, (told) => world[name](told));
    }
    return watched;
  }

  async #carryOut(name, effect, run) {
    const began = performance.now();
    const { span, told } = quietly(() => this.#begin(name, effect)) ?? {};
    /** @type {any} */
    let event = { is: "failed" };
    try {
      event = await this.#inside(name, span, () => run(told ?? effect));
    } finally {
      quietly(() => this.#end(name, effect, event, span, (performance.now() - began) / 1000));
    }
    if (name === "identify") this.#isIdentified = true;
    return event;
  }

  /** Begins an effect's span. `told` is the effect with what goes up by the trace. */
  #begin(name, effect) {
    if (this.#span === undefined) return {};
    const [title, kind, attributes] = BEGINS[name](effect, this.#telemetry.host);
    const options = { kind, attributes: { ...attributes, ...this.#repeats(name, effect) } };
    const span = this.#telemetry.tracer().startSpan(title, options, this.#context);
    if (name !== "upstream") return { span };
    const { call } = effect;
    const parents = parentHeaders(quietly(() => span.spanContext()));
    const headers = { ...call.headers, ...Object.fromEntries(parents) };
    return { span, told: { ...effect, call: { ...call, headers } } };
  }

  /** How often the very same call went up before. */
  #repeats(name, { call }) {
    if (name !== "upstream") return {};
    const same = [call.method, call.path, call.body].join("\n");
    const count = this.#sent.filter((each) => each === same).length;
    this.#sent.push(same);
    return count === 0 ? {} : { "http.request.resend_count": count };
  }

  /** Runs with the span as the active one, so that what hooks and stores tell of themselves lies beneath it. */
  #inside(name, span, run) {
    if (span === undefined) return run();
    const { context, trace } = this.#telemetry;
    let running;
    quietly(() => {
      const beneath = trace.setSpan(this.#context, span);
      const active = name === "upstream" ? beneath.setValue(SUPPRESSED, true) : beneath;
      context.with(active, () => (running = run()));
    });
    return running ?? run();
  }

  #end(name, effect, event, span, seconds) {
    const { attributes = {}, error } = ENDS[event.is]?.(event) ?? {};
    const all = error === undefined ? attributes : { ...attributes, "error.type": error };
    const { measures, host } = this.#telemetry;
    // Where the metrics fail the span ends all the same.
    if (name === "recall") quietly(() => measures?.recalled(event.text !== null));
    if (name === "upstream") {
      const [, , begun] = BEGINS.upstream(effect, host);
      const { "loyalty.upstream.auth": _, ...labels } = begun;
      quietly(() => measures?.called(seconds, { ...labels, ...all }));
    }
    if (span === undefined) return;
    span.setAttributes(all);
    if (error !== undefined) span.setStatus({ code: ERROR });
    span.end();
  }

  #within(name, run) {
    const options = { kind: INTERNAL };
    const span = quietly(() => this.#telemetry.tracer().startSpan(name, options, this.#context));
    try {
      return run();
    } finally {
      quietly(() => span?.end());
    }
  }

  /**
   * It is over.
   *
   * @param {number} status
   * @param {{ operation?: string, action?: string, role?: string, code?: string, points?: number }} summary What the
   *   log tells of it.
   */
  end(status, summary) {
    quietly(() => this.#tell(status, summary));
    quietly(() => this.#span?.end());
  }

  #tell(status, { operation, action, role, code, points }) {
    const { actions, measures, basePath, siteName } = this.#telemetry;
    const isHttp = this.#request !== undefined;
    const known = actions.has(action) ? action : undefined;
    const failed = status >= 500 ? { "error.type": code ?? String(status) } : {};
    const verdict = code === undefined ? "allowed" : status >= 500 ? "failed" : "refused";
    const route = isHttp ? routeOf(this.#request, operation, basePath) : undefined;
    const http = isHttp
      ? { "http.response.status_code": status, ...(route && { "http.route": route }) }
      : {};
    const loyalty = defined({
      "loyalty.site": siteName,
      "loyalty.operation": operation,
      "loyalty.role": role,
      "loyalty.verdict": verdict,
      "loyalty.code": code,
    });
    quietly(() => {
      if (isHttp) {
        const seconds = (performance.now() - this.#began) / 1000;
        measures?.answered(seconds, { ...this.#labels, ...http, ...failed });
      }
      measures?.decided(loyalty);
      if (points !== undefined) measures?.paid(points, known);
    });
    if (this.#span === undefined) return;
    this.#span.setAttributes({
      ...http,
      ...failed,
      ...loyalty,
      ...defined({ "loyalty.action": known }),
    });
    if (operation !== undefined) this.#span.updateName(operation);
    if (status >= 500) this.#span.setStatus({ code: ERROR });
  }
}

/**
 * The route behind a path that was found in the table: each id in it is a GUID by then. Of any other path nothing is
 * told, nor of a preflight's, which is answered before anybody looks where it leads.
 */
function routeOf({ url }, operation, basePath) {
  if (operation === undefined || operation === "preflight") return undefined;
  const path = new URL(url).pathname.slice(basePath.length);
  const route = path.startsWith("/actions/") ? "/actions/{action}" : templateOf(path);
  return basePath + route;
}

const defined = (all) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
