import { isLoyaltyError } from "loyalty-edge";
import { h } from "./dom.js";

/**
 * A failed call, shown as what it is: with its code, its request id for whoever has to look it up,
 * and a way to try again. A failure never leaves an old or empty figure standing.
 *
 * @param {string} what What didn't work, as a sentence.
 * @param {unknown} error
 * @param {() => void} [retry]
 */
export function failure(what, error, retry) {
  const { code, detail, requestId } = explain(error);
  return h(
    "div.failure",
    { role: "alert" },
    h("p", {}, h("strong", {}, what), " ", detail),
    h(
      "p.small",
      {},
      h("code", {}, code),
      requestId !== undefined && h("span.muted", {}, ` request ${requestId}`),
    ),
    retry && h("button.quiet", { type: "button", onclick: retry }, "Try again"),
  );
}

/**
 * @param {unknown} error
 * @returns {{ code: string, detail: string, requestId?: string }}
 */
export function explain(error) {
  if (!isLoyaltyError(error)) {
    return { code: "UNEXPECTED", detail: error instanceof Error ? error.message : String(error) };
  }
  return { code: error.code, detail: sentence(error), requestId: error.requestId };
}

/** @param {import("loyalty-edge").LoyaltyError} error */
function sentence(error) {
  const [violation] = error.violations ?? [];
  const text = violation ? `${violation.field}: ${violation.description}` : error.message;
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
