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
 * How a promise is waited for that is known to take its time. Rejects with `TimedOut` when it is up.
 *
 * @typedef {<T>(ms: number, promise: Promise<T>) => Promise<T>} InTime
 */

/**
 * With a clock of its own, from the start. Where a timer belongs to the request that started it, as in Workers, this is
 * the only way.
 *
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export async function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(timedOut(ms)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const timedOut = (ms) => new TimedOut(`nothing within ${ms} ms`);

/**
 * The same with a clock that all who wait as long have together: each call upstream would start and stop one for
 * nothing.
 *
 * @type {InTime}
 */
export function withinShared(ms, promise) {
  let queue = queues.get(ms);
  if (queue === undefined) queues.set(ms, (queue = new Queue(ms)));
  return queue.wait(promise);
}

/** @type {Map<number, Queue>} Few: so many different times nobody waits. */
const queues = new Map();

/** Those who wait as long as each other: whoever came first is late first. */
class Queue {
  /** @type {Set<{ until: number, reject: (error: Error) => void }>} */
  #waiting = new Set();
  /** @type {any} What is set; Node's can let the process end. */
  #timer;

  constructor(ms) {
    this.ms = ms;
  }

  wait(promise) {
    return new Promise((resolve, reject) => {
      const waiting = { until: performance.now() + this.ms, reject };
      this.#enter(waiting);
      promise.then(
        (value) => {
          this.#leave(waiting);
          resolve(value);
        },
        (error) => {
          this.#leave(waiting);
          reject(error);
        },
      );
    });
  }

  #enter(waiting) {
    this.#waiting.add(waiting);
    if (this.#timer === undefined) this.#set(this.ms);
    else if (this.#waiting.size === 1) this.#timer.ref?.();
  }

  #leave(waiting) {
    this.#waiting.delete(waiting);
    // It goes on for who comes next, and keeps no process alive for that.
    if (this.#waiting.size === 0) this.#timer?.unref?.();
  }

  #set(ms) {
    this.#timer = setTimeout(() => this.#ring(), ms);
  }

  #ring() {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (waiting.until > now) return this.#set(waiting.until - now);
      this.#waiting.delete(waiting);
      waiting.reject(timedOut(this.ms));
    }
  }
}
