// Idempotency keys. Made here, where no trap of the core can lose them.
import { refusal } from "./errors.js";

/** The effect of a method that has its key in its body. */
export const BODY_KEY = 2;

/** What can be a key in a header. */
export const KEY = /^[\w-]{1,128}$/;

export const invalid = (field, rule, description) => refusal([{ field, rule, description }]);

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
