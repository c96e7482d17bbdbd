// The functions of the API: all are alike, only their numbers differ.
import { call } from "./call.js";

/**
 * @param {number} operation The method's place in the endpoint table.
 * @param {number} count How many arguments it has; the call's options stand behind them.
 * @param {number} [effect]
 */
export const method = (operation, count, effect) =>
  withLength(count + 1, function (...args) {
    const options = args[count];
    args.length = count;
    return call(this, operation, args, options, effect);
  });

/** A function that says how many parameters it has, as the official ones do. */
export const withLength = (value, run) => Object.defineProperty(run, "length", { value });
