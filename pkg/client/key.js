// Idempotency keys. Made here, where no trap of the core can lose them.
import { toError } from "./errors.js";

/** Effects of methods, as the generated functions name them. */
export const BODY_KEY = 1;

/** What can be a key in a header. */
export const KEY = /^[\w-]{1,128}$/;

export const invalid = (field, rule, description) =>
  toError({
    code: "INVALID_ARGUMENT",
    message: `${field} ${description}.`,
    violations: [{ field, rule, description }],
  });

/** The key of a write: the caller's, or a new one. */
export function keyOf(effect, args, given) {
  if (given !== undefined && (typeof given !== "string" || !KEY.test(given)))
    throw invalid("idempotencyKey", "FORMAT", "must be 1 to 128 letters, digits, `_` and `-`");
  const own = effect === BODY_KEY && args.at(-1)?.idempotencyKey;
  if (!own || typeof own !== "string") return given ?? crypto.randomUUID();
  if (given !== undefined && given !== own)
    throw invalid("idempotencyKey", "ONE_OF", "differs from that of the points: give one");
  return own;
}
