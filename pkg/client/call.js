// One call, from arguments to result: the loop around the synchronous core.
import { begin, finish, init, isReady, retry } from "./core.js";
import { clientOf } from "./clients.js";
import { LoyaltyError, toError, reason } from "./errors.js";
import { BODY_KEY, KEY, invalid, keyOf } from "./key.js";
import { shapes } from "../generated/shapes.js";
import { toText } from "./arguments.js";
import { fail, wait } from "./wait.js";
import { revive } from "./values.js";

/** How often an attempt may be cut short within the call's time, so that a lost one leaves room for another. */
const ATTEMPTS = 3;
const SHORTEST_SHARE_MS = 10_000;

/**
 * Carries out a call.
 *
 * @param {unknown} self The client that the function is bound to; anything else means the default client.
 * @param {number} operation The method's place in the endpoint table.
 * @param {unknown[]} args
 * @param {import("./index.js").CallOptions} [options]
 * @param {number} [effect]
 * @param {{ path: string, read: (said: any) => any }} [prepared] A request that the core has no part in, and how its
 *   answer is read.
 */
export async function call(self, operation, args, options, effect, prepared) {
  const client = clientOf(self);
  const { signal, timeoutMs = client.timeoutMs, idempotencyKey } = options ?? {};
  if (signal && !signal.addEventListener) throw invalid("signal", "TYPE", "must be an AbortSignal");
  if (!(timeoutMs > 0))
    throw invalid("timeoutMs", "MIN", "must be a number of milliseconds above 0");
  const key = effect && keyOf(effect, args, idempotencyKey);
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const within = (work, atMost = timeoutMs, by = signal) =>
    wait(Math.min(atMost, timeoutMs - elapsed()), by, work, timeoutMs);
  let watch;
  try {
    // Calls that begin together go on together. A page that can't load what it asked for beyond calls does without.
    const load = () => (client.loading ??= import("./extras.js"));
    const extras =
      client.extras &&
      (await within(load).catch(() => {
        client.loading = undefined;
      }));
    watch = extras?.watch(client, operation, prepared);
    if (!isReady()) await within(init);
    // A key that no header can carry is the caller's own, and stands in the arguments already.
    const fits = KEY.test(key);
    const request =
      prepared ?? begin(operation, toText(args), fits && effect === BODY_KEY ? key : "");
    request.effect = effect;
    if (fits) request.key = key;
    const send = async (by) => {
      for (request.attempt = 1; ; request.attempt += 1) {
        const failure = { status: 0, retryAfterMs: 0 };
        try {
          const limit = (work) =>
            within(work, Math.max(timeoutMs / ATTEMPTS, SHORTEST_SHARE_MS), by);
          return await attemptOnce(client, operation, request, limit, watch, failure);
        } catch (error) {
          const ms = retry(
            operation,
            request.attempt,
            failure.status,
            error.retryable,
            failure.retryAfterMs,
            elapsed(),
            timeoutMs,
            client.budget,
            Math.random(),
          );
          if (ms === -2) {
            throw fail(
              "OUTCOME_UNKNOWN",
              "Nobody knows whether this was carried out. Look at the account's transactions before trying again.",
              error,
              false,
            );
          }
          if (ms < 0 || error.code === "CANCELLED") throw error;
          client.budget -= 1;
          watch?.again(error, ms);
          await wait(ms, by);
        }
      }
    };
    const said = await (extras ? extras.run(client, request, within, options, send) : send(signal));
    return result(operation, said, request.read);
  } catch (error) {
    if (key) error.idempotencyKey = key;
    watch?.failed(error);
    throw error;
  }
}

/** Sends a request and reads the answer. `failure` takes what the retry decision wants to know. */
async function attemptOnce(client, operation, request, within, watch, failure) {
  const { path, body, read } = request;
  const cut = new AbortController();
  let response;
  const fetch = async () =>
    (watch ?? client).fetch(client.proxy + path, {
      method: body ? "POST" : "GET",
      headers: await client.headers(request),
      body,
      redirect: "manual",
      signal: cut.signal,
    });
  const exchange = async () => {
    response = await fetch();
    if (response.status === 401) {
      const { renew } = await import("./renew.js");
      if (await renew(client, request, response, watch)) response = await fetch();
    }
    return response.text();
  };
  let text;
  try {
    text = await within(exchange);
  } catch (cause) {
    // Without a reason: a reason of the caller's may be anything, and some runtimes choke on it.
    cut.abort();
    if (cause instanceof LoyaltyError) throw cause;
    throw fail(
      "NETWORK_ERROR",
      `The request did not reach the proxy, or its answer did not come back: ${reason(cause)}`,
      cause,
    );
  }
  const { status } = response;
  failure.status = status;
  const { said, problem } =
    read && status === 200 ? { said: text } : finish(operation, status, String(text));
  if (!problem) {
    client.budget = Math.min(client.budget + 0.1, client.retryBudget);
    return said;
  }
  const header = (name) => response.headers?.get?.(name) ?? undefined;
  const retryAfterMs = (failure.retryAfterMs = retryAfter(header("retry-after")));
  throw toError(
    {
      ...problem,
      ...(retryAfterMs && { retryAfterMs }),
      status,
      requestId: problem.requestId ?? header("x-request-id") ?? header("x-wix-request-id"),
    },
    text,
  );
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function retryAfter(text) {
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}

export function result(operation, said, read) {
  try {
    const value = JSON.parse(said);
    if (read) return read(value);
    if (shapes[operation]) revive(value, shapes[operation]);
    return value;
  } catch (cause) {
    throw fail("INVALID_RESPONSE", "The answer is not what the contract promises.", cause, false);
  }
}
