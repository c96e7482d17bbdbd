// What comes back: the text that the core has checked and rewritten, as a value.
import { finish, shapeOf } from "./core.js";
import { failure } from "./errors.js";
import { fail } from "./wait.js";
import { revive } from "./values.js";

const shapes = [];

/**
 * Checks an answer: gives its text, with the names and dates of JavaScript.
 *
 * @param {import("./method.js").Method} method
 * @param {number} status
 * @param {string} text
 * @param {(name: string) => string | undefined} header
 */
export function checked(method, status, text, header) {
  if (status !== 200) throw failure(method, status, text, header);
  let plain = text;
  // The core compares names as they stand.
  if (text.includes("\\u")) {
    try {
      plain = JSON.stringify(JSON.parse(text));
    } catch {
      // It is no JSON: the core will say so.
    }
  }
  const { said, wrong } = finish(method.number, plain);
  if (wrong) throw failure(method, status, text, header, wrong);
  return said;
}

/** What the function returns, of such a text. */
export const valueOf = ({ number, unwrap }, said) =>
  parsed(said, (value) => {
    revive(value, (shapes[number] ??= shapeOf(number)));
    return unwrap ? value[unwrap] : value;
  });

/** Reads JSON. */
export function parsed(text, read) {
  try {
    return read(JSON.parse(text));
  } catch (cause) {
    throw fail("INVALID_RESPONSE", "The answer is not what the contract promises.", cause, false);
  }
}
