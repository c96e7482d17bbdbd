// Waiting, with an end: the one place of the client that knows timers and the caller's signal.
import { LoyaltyError } from "./errors.js";

/** Timers hold 31 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const fail = (code, message, cause, retryable = true) =>
  new LoyaltyError(code, message, { retryable, cause });

/**
 * Waits for some work, or only for the time; never longer than so many milliseconds and never past an abort. Leaves
 * no timer and no listener.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @param {() => Promise<any>} [work] Not begun if the signal is aborted already.
 * @param {number} [timeoutMs] What the caller knows as the call's time.
 * @returns {Promise<any>}
 */
export const wait = (ms, signal, work, timeoutMs) =>
  new Promise((resolve, reject) => {
    const end = (settle) => (value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const no = end(reject);
    const abort = () =>
      no(fail("CANCELLED", "The call was cancelled by its signal.", signal.reason, false));
    const timer = setTimeout(
      work
        ? () => no(fail("TIMEOUT", `The call took longer than its ${timeoutMs} ms.`))
        : end(resolve),
      Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
    );
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    work?.().then(end(resolve), no);
  });

/** A module that is only loaded now. One that did not come is a request that did not come through. */
export const loaded = (module) =>
  module.catch((cause) => {
    throw fail("NETWORK_ERROR", cause.message, cause);
  });
