// What an action would pay now. Loaded by the first preview; like parts.js it imports nothing that a page has already.
import { earn, parts } from "../generated/parts.js";

/**
 * @param {{ call: Function, parsed: Function, requestOf: Function }} tools
 * @param {unknown} self
 * @param {string} action
 * @param {object} [claim]
 * @param {import("./index.js").CallOptions} [options]
 */
export function previewOf({ call, parsed, requestOf }, self, action, claim, options) {
  const args = ["action", "request"];
  // It is checked like the claim that it asks about, and repeated like a read.
  const path = "/actions/{}/preview";
  const asks = { number: parts.program, args, path, effect: 0, called: "preview" };
  const request = () => ({
    ...requestOf({ ...asks, number: earn, effect: 1 }, [action, claim], ""),
    read: (text) => parsed(text, read),
  });
  return call(self, asks, [], options, request);
}

/** The answer, each type checked: what throws is no answer. */
function read({ amount, payable, needsProof, retryAt }) {
  const end = retryAt === undefined ? undefined : new Date(retryAt);
  const isFine =
    Number.isSafeInteger(amount) &&
    typeof payable === "boolean" &&
    typeof needsProof === "boolean" &&
    (end === undefined || (typeof retryAt === "string" && !Number.isNaN(end.getTime())));
  if (!isFine) throw new TypeError("amount, payable, needsProof or retryAt is of a wrong type");
  return { amount, payable, needsProof, ...(end && { retryAt: end }) };
}
