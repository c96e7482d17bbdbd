// One call, from arguments to result: the loop around the synchronous core. All waiting of the client is here.
import { begin, finish, init, isReady, retry } from "./core.js";
import { clientOf } from "./client.js";
import { LoyaltyError, toError } from "./errors.js";
import { shapes } from "../generated/shapes.js";
import { toText } from "./arguments.js";
import { revive } from "./values.js";

/** Effects of methods, as the generated functions name them. */
export const BODY_KEY = 1;
export const HEADER_KEY = 2;

const KEY = /^[\w-]{1,128}$/;

/** How often an attempt may be cut short within the call's time, so that a lost one leaves room for another. */
const ATTEMPTS = 3;
const SHORTEST_SHARE_MS = 10_000;

/** Timers hold 31 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const invalid = (field, rule, description) =>
  toError({
    code: "INVALID_ARGUMENT",
    message: `${field} ${description}.`,
    violations: [{ field, rule, description }],
  });

const fail = (code, message, cause, retryable = true) =>
  new LoyaltyError(code, message, { retryable, cause });

/**
 * Carries out a call.
 *
 * @param {unknown} self The client that the function is bound to; anything else means the default client.
 * @param {number} operation The method's place in the endpoint table.
 * @param {unknown[]} args
 * @param {import("./index.js").CallOptions} [options]
 * @param {number} [effect]
 */
export async function call(self, operation, args, options, effect) {
  const client = clientOf(self);
  const { signal, timeoutMs = client.timeoutMs, idempotencyKey } = options ?? {};
  if (signal && !signal.addEventListener) throw invalid("signal", "TYPE", "must be an AbortSignal");
  if (!(timeoutMs > 0))
    throw invalid("timeoutMs", "MIN", "must be a number of milliseconds above 0");
  const key = effect && keyOf(effect, args, idempotencyKey);
  const watch = new Watch(signal, timeoutMs);
  try {
    if (!isReady()) await watch.race(init());
    watch.check();
    const request = begin(operation, toText(args), effect === BODY_KEY ? key : "");
    if (request.problem) throw toError(request.problem);
    if (KEY.test(key)) request.key = key;
    return await send(client, operation, request, watch);
  } catch (error) {
    if (key) error.idempotencyKey = key;
    throw error;
  } finally {
    watch.end();
  }
}

/** The key of a write: the caller's, or a new one. Made here, where no trap can lose it. */
function keyOf(effect, args, given) {
  if (given !== undefined && (typeof given !== "string" || !KEY.test(given))) {
    throw invalid("idempotencyKey", "FORMAT", "must be 1 to 128 letters, digits, `_` and `-`");
  }
  const own = effect === BODY_KEY ? args.at(-1)?.idempotencyKey : undefined;
  if (typeof own === "string" && own) {
    if (given !== undefined && given !== own) {
      throw invalid("idempotencyKey", "ONE_OF", "differs from that of the points: give one");
    }
    return own;
  }
  return given ?? crypto.randomUUID();
}

/** Sends a request, again where the core says so. */
async function send(client, operation, request, watch) {
  for (let attempt = 1; ; attempt += 1) {
    const failure = { status: 0, retryAfterMs: 0 };
    try {
      return await attemptOnce(client, operation, request, watch, failure);
    } catch (error) {
      const wait = retry(
        operation,
        attempt,
        failure.status,
        error.retryable === true ? 1 : 0,
        failure.retryAfterMs,
        watch.elapsed(),
        watch.timeoutMs,
        client.budget,
        Math.random(),
      );
      if (wait === -2) {
        throw fail(
          "OUTCOME_UNKNOWN",
          "Nobody knows whether this was carried out. Look at the account's transactions before trying again.",
          error,
          false,
        );
      }
      if (wait < 0 || error.code === "CANCELLED") throw error;
      client.budget -= 1;
      await watch.sleep(wait);
    }
  }
}

async function attemptOnce(client, operation, { path, body, key }, watch, failure) {
  const cut = new AbortController();
  const share = Math.max(watch.timeoutMs / ATTEMPTS, SHORTEST_SHARE_MS);
  const exchange = async () => {
    const headers = await client.headers(body, key);
    const response = await client.fetch(client.proxy + path, {
      method: body ? "POST" : "GET",
      headers,
      body,
      redirect: "manual",
      signal: cut.signal,
    });
    return [response, await response.text()];
  };
  let response, text;
  try {
    [response, text] = await watch.race(exchange(), share);
  } catch (cause) {
    // Without a reason: a reason of the caller's may be anything, and some runtimes choke on it.
    cut.abort();
    if (cause instanceof LoyaltyError) throw cause;
    throw fail(
      "NETWORK_ERROR",
      `The request did not reach the proxy, or its answer did not come back: ${cause?.message ?? cause}`,
      cause,
    );
  }
  const { said, problem } = finish(operation, (failure.status = response.status), String(text));
  if (!problem) {
    client.budget = Math.min(client.budget + 0.1, client.retryBudget);
    return result(operation, said);
  }
  const header = (name) => response.headers?.get?.(name) ?? undefined;
  failure.retryAfterMs = retryAfter(header("retry-after"));
  const id = problem.requestId ?? header("x-request-id") ?? header("x-wix-request-id");
  const wait = failure.retryAfterMs ? { retryAfterMs: failure.retryAfterMs } : {};
  throw toError({ ...problem, ...wait, status: response.status, requestId: id }, text);
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function retryAfter(text) {
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}

function result(operation, said) {
  try {
    const value = JSON.parse(said);
    if (shapes[operation]) revive(value, shapes[operation]);
    return value;
  } catch (cause) {
    throw fail("INVALID_RESPONSE", "The answer is not what the contract promises.", cause, false);
  }
}

/** The caller's signal and the call's time, as one thing to race against. */
class Watch {
  constructor(signal, timeoutMs) {
    this.signal = signal;
    this.timeoutMs = timeoutMs;
    this.started = performance.now();
    this.stop = undefined;
    this.onAbort = () => this.stop?.(this.cancelled());
    this.check();
    signal?.addEventListener("abort", this.onAbort);
  }

  cancelled() {
    return fail("CANCELLED", "The call was cancelled by its signal.", this.signal.reason, false);
  }

  check() {
    if (this.signal?.aborted) throw this.cancelled();
  }

  elapsed() {
    return performance.now() - this.started;
  }

  /** Waits for something, at most for so long, never past the call's end, and never past an abort. */
  async race(promise, atMost = Infinity) {
    this.check();
    const ms = Math.min(atMost, this.timeoutMs - this.elapsed());
    let timer;
    const stopped = new Promise((_, reject) => {
      this.stop = reject;
      timer = setTimeout(
        () => reject(fail("TIMEOUT", `The call took longer than its ${this.timeoutMs} ms.`)),
        Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
      );
    });
    try {
      return await Promise.race([promise, stopped]);
    } finally {
      this.stop = undefined;
      clearTimeout(timer);
    }
  }

  async sleep(ms) {
    let timer;
    try {
      await this.race(new Promise((resolve) => (timer = setTimeout(resolve, ms))));
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.signal?.removeEventListener("abort", this.onAbort);
  }
}
