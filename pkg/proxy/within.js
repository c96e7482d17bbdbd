// Waiting, but not for ever.

/** What was waited for did not come in time. */
export class TimedOut extends Error {
  name = "TimedOut";
}

/** So many turns a promise gets to settle by itself. A token that is known takes eight. */
const TURNS = 12;

/**
 * Whether a promise settles by itself, without anything from outside. Most of what the proxy waits for does: a clock for
 * it would cost more than the work.
 *
 * @param {unknown} promise A value that is no promise has settled.
 */
export async function settles(promise) {
  const state = { isSettled: false };
  const note = () => (state.isSettled = true);
  Promise.resolve(promise).then(note, note);
  for (let turn = 0; turn < TURNS && !state.isSettled; turn += 1) await undefined;
  return state.isSettled;
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>} Rejects with `TimedOut` when the time is up.
 */
export const soon = async (ms, promise) =>
  (await settles(promise)) ? promise : within(ms, promise);

/**
 * The same for what is known to take its time: with a clock from the start.
 *
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export async function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
