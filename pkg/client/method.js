// The functions of the API: all are alike, only what is known of each differs.
import { call } from "./call.js";

/**
 * @typedef {object} Method
 * @property {number} number The method's place in the endpoint table.
 * @property {string[]} args The names of its arguments; the call's options stand behind them.
 * @property {string} path With `{}` for the first argument.
 * @property {number} effect What it does: 0 reads; what travels as a body: 1 asks, 2 writes with a key in its body, 3 with
 *   one in its header, 4 is never repeated.
 * @property {string} [called] What a listener knows it as, where it is none of the API's.
 * @property {string} [unwrap] The field of the answer that it gives instead of all.
 */

/**
 * @param {number} number
 * @param {string} names
 * @param {string} path
 * @param {number} effect
 * @param {string} [unwrap]
 */
export const method = (number, names, path, effect, unwrap) => {
  const args = names ? names.split(",") : [];
  const what = { number, args, path, effect, unwrap };
  return withLength(args.length + 1, function (...given) {
    const options = given[args.length];
    given.length = args.length;
    return call(this, what, given, options);
  });
};

/** A function that says how many parameters it has, as the official ones do. */
export const withLength = (value, run) => Object.defineProperty(run, "length", { value });
