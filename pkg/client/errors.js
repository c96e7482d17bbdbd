// The one class of the client: an Error that says what failed, whose fault it was, and what to do.

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
const fieldViolations = (violations) =>
  violations.map(({ field, rule, description, threshold }) => ({
    field,
    description,
    violatedRule: rule,
    ruleName: rule,
    data: threshold === undefined ? {} : { threshold },
  }));

/** What to tell the developer where the answer says nothing. */
function explain({ code, status, violations }) {
  const said = (violations ?? []).map(
    ({ field, description }) => `${field || "It"} ${description}`,
  );
  if (code === "INVALID_ARGUMENT" && !status)
    return `${said.join("; ") || "An argument nests too deeply"}.`;
  if (code !== "INVALID_RESPONSE")
    return `The answer has status ${status}: ${[code, ...said].join("; ")}.`;
  return `The answer is not what the contract promises: ${said.join("; ") || `status ${status}, and it is no whole JSON of ours`}.`;
}

/**
 * Makes the error of a problem that the core reports. `details` and `response` have the official client's shape,
 * so that catch blocks written for it go on working.
 *
 * @param {object} problem What the core says, and what the shell adds: status, requestId and so on.
 * @param {string} [text] The answer's body, if there was an answer.
 */
export function toError({ code, message, ...problem }, text) {
  const { status, violations, requestId } = problem;
  message ??= explain({ code, ...problem });
  if (violations && status !== 200) {
    problem.details = { validationError: { fieldViolations: fieldViolations(violations) } };
  }
  if (status !== undefined) {
    let data = null;
    try {
      data = JSON.parse(text);
    } catch {
      // An answer that is no JSON has no data.
    }
    problem.response = { status, data };
    problem.details ??= {
      applicationError: {
        description: message,
        data: {},
        ...data?.details?.applicationError,
        code: data?.details?.applicationError?.code ?? code,
      },
    };
    problem.details.requestId = requestId;
  }
  return new LoyaltyError(code, message, problem);
}
