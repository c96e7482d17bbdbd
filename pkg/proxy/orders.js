// What the developer's own backend orders: no page takes part, and there is no route to it.

/** What an order that came to nothing rejects with: the same name and codes as the client's errors. */
export class LoyaltyError extends Error {
  /** @param {any} problem As the decisions word it. */
  constructor({ code, detail, status, retryable, requestId, upstreamCode, violations, retryAt }) {
    super(detail);
    Object.assign(this, { code, status, retryable, requestId });
    const more = { upstreamCode, violations, retryAt };
    for (const [name, value] of Object.entries(more)) {
      if (value !== undefined) this[name] = value;
    }
  }
}
LoyaltyError.prototype.name = "LoyaltyError";

const REVERSE_OPTIONS = ["spent", "env", "site"];
const EARN_OPTIONS = ["subject", "parameters", "idempotencyKey", "env", "site"];

/**
 * @param {(order: object, where: { env?: unknown, site?: string }) => Promise<{ status: number, body: string }>} carryOut
 */
export function ordersOf(carryOut) {
  const send = async (order, where) => {
    const { status, body } = await carryOut(order, where);
    const said = JSON.parse(body);
    if (status !== 200) throw new LoyaltyError(said);
    return said;
  };
  return {
    async earn(who, action, options = {}) {
      known("earn", options, EARN_OPTIONS);
      const { subject, parameters, idempotencyKey, env, site } = options;
      if (typeof who !== "object" || who === null)
        throw new TypeError("earn: say who: { memberId }");
      if (typeof action !== "string") throw new TypeError("earn: name an action of the policy");
      const { memberId, contactId, accountId, ...odd } = who;
      known("earn: who", odd, []);
      const ids = { memberId, contactId, accountId };
      const order = { order: "earn", who: ids, action, subject, parameters, idempotencyKey };
      return send(order, { env, site });
    },

    async reverse(transactionId, reason, options = {}) {
      known("reverse", options, REVERSE_OPTIONS);
      const { spent = "refuse", env, site } = options;
      if (!["refuse", "take-what-is-left"].includes(spent)) {
        throw new TypeError('reverse: spent takes "refuse" or "take-what-is-left"');
      }
      const takeWhatIsLeft = spent === "take-what-is-left";
      return send({ order: "reverse", transactionId, reason, takeWhatIsLeft }, { env, site });
    },
  };
}

function known(where, given, names) {
  const odd = Object.keys(given).find((name) => !names.includes(name));
  if (odd !== undefined) throw new TypeError(`${where}: there is no ${odd}`);
}
