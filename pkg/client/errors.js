// The one class of the client: an Error that says what failed, whose fault it was, and what to do.
import { meant, passing, statuses } from "../generated/statuses.js";
import { rules } from "../generated/rules.js";

/** @typedef {import("./index.js").LoyaltyError} Shape */

export class LoyaltyError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {object} [more] Everything else that is known; see index.d.ts.
   */
  constructor(code, message, more) {
    super(message);
    Object.assign(this, { code, retryable: false }, more);
  }
}
// On the prototype, as the names of the language's own errors are.
LoyaltyError.prototype.name = "LoyaltyError";

/** What a thrown value says. It may be anything: text can't be made of a symbol, nor of an object without a prototype. */
export const reason = (cause) => {
  try {
    return String(cause?.message ?? cause);
  } catch {
    return typeof cause;
  }
};

/** Whether something caught is a LoyaltyError, of whatever copy of this package. */
export const isLoyaltyError = (error) =>
  error?.name === "LoyaltyError" && typeof error.code === "string";

/** The violations in the shape that the official client gives them. */
const validationError = (violations) => ({
  fieldViolations: violations.map(({ field, rule, description, threshold }) => ({
    field,
    description,
    violatedRule: rule,
    ruleName: rule,
    data: { threshold },
  })),
});

const listed = (violations) =>
  violations.map(({ field, description }) => `${field || "It"} ${description}`).join("; ");

/** The violations that the core found: by paths among arguments of these names, or in an answer. */
const found = (wrong, args) =>
  wrong.map(([path, number, threshold]) => ({
    field: path.replace(/^\[(\d)]|^\./, (_, place) => args[place] ?? ""),
    rule: rules[number][0],
    description: rules[number][1].replace("#", threshold),
    threshold,
  }));

/** Arguments that were refused before anything was sent. */
export const refusal = (violations) =>
  new LoyaltyError(
    "INVALID_ARGUMENT",
    `${listed(violations) || "An argument nests too deeply"}.`,
    violations[0] && { violations, details: { validationError: validationError(violations) } },
  );

/** The same, by the names of a method's arguments. */
export const refused = (wrong, args) => refusal(found(wrong, args));

/** The path to a field as the caller of the function knows it: `amount` is `options.amount`. */
function argumentOf(field, args) {
  const [head] = field.split(/[.[]/);
  const own = args.find((name) => name === head || name === `_${head}`);
  const last = args.at(-1);
  if (own) return own + field.slice(head.length);
  return field && /^(options|request)$/.test(last) ? `${last}.${field}` : field;
}

/** The first of some values that says something. */
const said = (...values) => values.find((value) => value && typeof value === "string");

/** The code of an answer: its own where that belongs to the status, another service's that we know, else the status's. */
function classified(status, named) {
  const kind = Math.floor(status / 100);
  const codes =
    statuses[status] ??
    (kind === 4 ? "INVALID_ARGUMENT" : kind === 5 ? "UPSTREAM_ERROR" : "INVALID_RESPONSE");
  const all = codes.split(" ");
  return meant[named] ?? (all.includes(named) ? named : all[0]);
}

/**
 * The error of an answer: one that reports a failure, or one that is not what the contract promises. `details` and
 * `response` have the official client's shape, so that catch blocks written for it go on working.
 *
 * @param {import("./method.js").Method} method
 * @param {number} status
 * @param {string} text The body.
 * @param {(name: string) => string | undefined} header
 * @param {[string, number, number?][]} [wrong] What the core found wrong with an answer of status 200.
 */
export function failure({ args, effect }, status, text, header, wrong) {
  let data = null;
  try {
    data = JSON.parse(text);
  } catch {
    // An answer that is no JSON has no data.
  }
  const answer = (!wrong && data) || {};
  const { applicationError: application, validationError: validation } = answer.details ?? {};
  const isValidation = validation && typeof validation === "object" && !Array.isArray(validation);
  const code = wrong
    ? "INVALID_RESPONSE"
    : classified(
        status,
        isValidation
          ? "validationError"
          : said(answer.code, answer.upstreamCode, application?.code),
      );
  const violations = wrong
    ? found(wrong, args)
    : [validation?.fieldViolations ?? []].flat().map((one) => ({
        field: argumentOf(said(one?.field) ?? "", args),
        rule: said(one?.violatedRule, one?.ruleName) ?? "FORMAT",
        description: said(one?.description) ?? "is refused",
        threshold: one?.data?.threshold,
      }));
  const list = listed(violations);
  const message =
    said(answer.detail, application?.description, answer.message) ??
    (code === "INVALID_RESPONSE"
      ? `The answer is not what the contract promises: ${list || `status ${status}, and it is no whole JSON of ours`}.`
      : `The answer has status ${status}: ${code}${list && `; ${list}`}.`);
  const requestId = said(answer.requestId) ?? header("x-request-id") ?? header("x-wix-request-id");
  return new LoyaltyError(code, message, {
    // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
    retryable:
      answer.retryable === true ||
      (answer.retryable !== false &&
        passing.split(" ").includes(code) &&
        !(effect > 3 && (status === 408 || status === 502 || status > 503))),
    // A proxy's own code is not the loyalty service's.
    upstreamCode: said(...[answer.upstreamCode, application?.code].filter((one) => one !== code)),
    retryAt: said(answer.retryAt),
    violations: violations[0] && violations,
    status,
    requestId,
    response: { status, data },
    details: {
      ...(violations[0] && !wrong
        ? { validationError: validationError(violations) }
        : {
            applicationError: {
              description: message,
              data: {},
              ...application,
              code: application?.code ?? code,
            },
          }),
      requestId,
    },
  });
}
