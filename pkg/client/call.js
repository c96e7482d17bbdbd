// One call, from arguments to result: the loop around the synchronous core.
import { init, isReady, retry } from "./core.js";
import { checked, valueOf } from "./answer.js";
import { clientOf } from "./clients.js";
import { LoyaltyError, reason } from "./errors.js";
import { BODY_KEY, KEY, invalid, keyOf } from "./key.js";
import { requestOf } from "./request.js";
import { fail, wait } from "./wait.js";

/** How often an attempt may be cut short within the call's time, so that a lost one leaves room for another. */
const ATTEMPTS = 3;
const SHORTEST_SHARE_MS = 10_000;

/**
 * Controllers that nobody has aborted: to make one is a tenth of a call's time. Runtimes keep what they tied to a
 * signal until they collect garbage, so each serves some calls and is given up.
 */
const idle = [];
const MOST_IDLE = 8;
const MOST_CALLS = 64;

/**
 * Carries out a call.
 *
 * @param {unknown} self The client that the function is bound to; anything else means the default client.
 * @param {import("./method.js").Method} method
 * @param {unknown[]} args
 * @param {import("./index.js").CallOptions} [options]
 * @param {() => { path: string, body?: string, read: (text: string) => any }} [prepared] Makes a request that is no
 *   method's own, and says how its answer is read.
 */
export async function call(self, method, args, options, prepared) {
  const client = clientOf(self);
  const { signal, timeoutMs = client.timeoutMs, idempotencyKey } = options ?? {};
  if (signal && !signal.addEventListener) throw invalid("signal", "TYPE", "must be an AbortSignal");
  if (!(timeoutMs > 0))
    throw invalid("timeoutMs", "MIN", "must be a number of milliseconds above 0");
  const { number, effect } = method;
  const key = effect > 1 ? keyOf(effect, args, idempotencyKey) : undefined;
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
    watch = extras?.watch(client, method);
    if (!isReady()) await within(init);
    // A key that no header can carry is the caller's own, and stands in the arguments already.
    const fits = KEY.test(key);
    const request = prepared?.() ?? requestOf(method, args, fits && effect === BODY_KEY ? key : "");
    request.effect = effect;
    if (fits) request.key = key;
    const send = async (by) => {
      for (request.attempt = 1; ; request.attempt += 1) {
        try {
          const limit = (work) =>
            within(work, Math.max(timeoutMs / ATTEMPTS, SHORTEST_SHARE_MS), by);
          return await attemptOnce(client, method, request, limit, watch);
        } catch (error) {
          const ms = retry(
            number,
            request.attempt,
            error.status ?? 0,
            error.retryable,
            error.retryAfterMs ?? 0,
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
    return request.read ? request.read(said) : valueOf(method, said);
  } catch (error) {
    if (key) error.idempotencyKey = key;
    watch?.failed(error);
    throw error;
  }
}

/** Sends a request and checks the answer: gives its text. */
async function attemptOnce(client, method, request, within, watch) {
  const { path, body, read } = request;
  const cut = idle.pop() ?? { controller: new AbortController(), calls: 0 };
  let response;
  const send = () =>
    (watch ?? client).fetch(client.proxy + path, {
      method: body ? "POST" : "GET",
      headers: client.headers(request),
      body,
      redirect: "manual",
      signal: cut.controller.signal,
    });
  const exchange = async () => {
    request.used = request.bearer ?? client.fixed ?? (await client.bearer());
    response = await send();
    if (response.status === 401) {
      const { renew } = await import("./renew.js");
      if (await renew(client, request, response, watch)) {
        request.used = request.bearer;
        response = await send();
      }
    }
    return response.text();
  };
  let text;
  try {
    text = await within(exchange);
  } catch (cause) {
    // Without a reason: a reason of the caller's may be anything, and some runtimes choke on it.
    cut.controller.abort();
    if (cause instanceof LoyaltyError) throw cause;
    throw fail(
      "NETWORK_ERROR",
      `The request did not reach the proxy, or its answer did not come back: ${reason(cause)}`,
      cause,
    );
  }
  cut.calls += 1;
  if (cut.calls < MOST_CALLS && idle.length < MOST_IDLE) idle.push(cut);
  const { status } = response;
  const header = (name) => response.headers?.get?.(name) ?? undefined;
  try {
    const said = read && status === 200 ? text : checked(method, status, String(text), header);
    client.budget = Math.min(client.budget + 0.1, client.retryBudget);
    return said;
  } catch (error) {
    const ms = retryAfter(header("retry-after"));
    if (ms) error.retryAfterMs = ms;
    throw error;
  }
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function retryAfter(text) {
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}
