// Arguments as JSON text. JSON has no word for NaN, BigInt, an invalid Date or a circle: those become strings that
// begin with U+0000, which the core refuses by the path where they stand.
import { LoyaltyError, reason } from "./errors.js";

function marking() {
  const above = [];
  /** @this {any} The object that holds the value. */
  return function mark(key, value) {
    const given = this[key];
    if (typeof given === "bigint") return "\0bigint";
    if (typeof value === "number" && !Number.isFinite(value)) return `\0${value}`;
    if (value === null && given instanceof Date) return "\0date";
    if (typeof value !== "object" || value === null) return value;
    // What stands above the holder is above the value, too; what lies beside it is not.
    while (above.length && above.at(-1) !== this) above.pop();
    if (above.includes(value)) return "\0circle";
    above.push(value);
    return value;
  };
}

/**
 * The arguments as text, without a change to any of them.
 *
 * @param {unknown[]} args
 */
export function toText(args) {
  try {
    const text = JSON.stringify(args);
    // NaN and invalid dates come out as null: only then is a closer look worth its time.
    if (!text.includes("null")) return text;
  } catch {
    // BigInt and circles throw: the closer look finds where they stand.
  }
  try {
    return JSON.stringify(args, marking());
  } catch (cause) {
    throw new LoyaltyError("INVALID_ARGUMENT", `The arguments can't be read: ${reason(cause)}`, {
      cause,
    });
  }
}
