const MINUTE_MS = 60_000;

/** There were too many look-ups in this minute: a matter of the moment, not of the token. */
export class TooMany extends Error {
  name = "TooMany";
  code = "BUDGET_USED_UP";
}

/**
 * So many in a minute: what anybody can cause must not use up what upstream, or a sign-in's server, lets us ask.
 *
 * @param {number} max
 * @param {string} option Its name, for messages.
 */
export function perMinute(max, option) {
  if (!(Number.isInteger(max) && max > 0)) {
    throw new TypeError(`${option} must be a whole number above 0`);
  }
  let minute = -1;
  let count = 0;
  return (/** @type {number} */ now) => {
    const current = Math.floor(now / MINUTE_MS);
    if (current !== minute) [minute, count] = [current, 0];
    if ((count += 1) > max) throw new TooMany(`${option} is used up`);
  };
}
