/**
 * What must not work, as data. Each attempt is a call that would be fine but for the one thing its
 * title names, made with bare `fetch`: nobody who attacks a shop uses its client.
 *
 * @typedef {{ me: import("./session.js").Member, other: import("./session.js").Member, token: string }} Scene
 * @typedef {{ path: string, method?: string, body?: string, headers?: Record<string, string | undefined> }} Attempt
 * @typedef {{ id: string, title: string, about: string, attempt: (scene: Scene) => Attempt }} Attack
 */

const LOYALTY_APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const MY_ACCOUNT = "/loyalty-accounts/v1/accounts/my-account";
const TRANSACTIONS = "/loyalty-transactions/v1/loyalty-transactions/query";
const VISIT = "/actions/daily-visit";

/** @param {string} path @param {unknown} value @returns {Attempt} */
const post = (path, value) => ({ path, method: "POST", body: JSON.stringify(value) });

/** @type {{ title: string, attacks: Attack[] }[]} */
export const GROUPS = [
  {
    title: "Points out of thin air",
    attacks: [
      {
        id: "amount",
        title: "Name my own amount",
        about: "earnPoints with an amount that the page chose",
        attempt: ({ me }) =>
          post(`/loyalty-accounts/v1/accounts/${me.accountId}/earn-points`, {
            accountId: me.accountId,
            amount: 500,
            appId: LOYALTY_APP,
            idempotencyKey: crypto.randomUUID(),
          }),
      },
      {
        id: "action-amount",
        title: "Slip an amount into an action",
        about: "a daily visit that says it is worth 500",
        attempt: () => post(VISIT, { amount: 500 }),
      },
      {
        id: "adjust",
        title: "Adjust my own account",
        about: "adjustPoints with a member's token",
        attempt: ({ me }) =>
          post(`/loyalty-accounts/v1/accounts/${me.accountId}/adjust-points`, {
            accountId: me.accountId,
            balance: 999_999,
          }),
      },
      {
        id: "bulk",
        title: "Raise everybody at once",
        about: "bulkAdjustPoints with a member's token",
        attempt: () =>
          post("/loyalty-accounts/v1/accounts/bulk-adjust", {
            search: { filter: { "points.balance": { $gte: 0 } } },
            amount: 1000,
          }),
      },
    ],
  },
  {
    title: "Other people's data",
    attacks: [
      {
        id: "read-account",
        title: "Read another account by its id",
        about: "getAccount with a foreign account id",
        attempt: ({ other }) => ({ path: `/loyalty-accounts/v1/accounts/${other.accountId}` }),
      },
      {
        id: "read-member",
        title: "Read another account by member id",
        about: "getAccountBySecondaryId with a foreign member id",
        attempt: ({ other }) => ({
          path: `/loyalty-accounts/v1/accounts/fetch-by?memberId=${other.memberId}`,
        }),
      },
      {
        id: "filter",
        title: "Filter for another's transactions",
        about: "queryLoyaltyTransactions with a foreign account id",
        attempt: ({ other }) =>
          post(TRANSACTIONS, { query: { filter: { accountId: other.accountId } } }),
      },
      {
        id: "filter-or",
        title: "Hide that filter in an $or",
        about: "mine, or theirs",
        attempt: ({ me, other }) =>
          post(TRANSACTIONS, {
            query: {
              filter: { $or: [{ accountId: me.accountId }, { accountId: other.accountId }] },
            },
          }),
      },
      {
        id: "search",
        title: "Search all accounts",
        about: "what only staff may do",
        attempt: () => post("/loyalty-accounts/v1/accounts/search", { search: {} }),
      },
    ],
  },
  {
    title: "Being somebody else",
    attacks: [
      {
        id: "garbage",
        title: "A garbage token",
        about: "must be refused, not treated as a visitor",
        attempt: () => bearer("garbage"),
      },
      {
        id: "tampered",
        title: "A tampered token",
        about: "my token, with another's id written into it",
        attempt: ({ token, other }) => bearer(tampered(token, other)),
      },
      {
        id: "alg-none",
        title: "A token signed by nobody",
        about: "alg: none, and an empty signature",
        attempt: ({ token, other }) => bearer(unsigned(token, other)),
      },
    ],
  },
  {
    title: "Odd requests",
    attacks: [
      {
        id: "no-header",
        title: "Leave the client's header out",
        about: "the header no foreign page can send unasked",
        attempt: () => ({ path: MY_ACCOUNT, headers: { "x-loyalty-client": undefined } }),
      },
      {
        id: "form",
        title: "Post a form",
        about: "what any page can make a browser send",
        attempt: () => ({
          path: VISIT,
          method: "POST",
          body: "subject=form",
          headers: { "content-type": "application/x-www-form-urlencoded" },
        }),
      },
      {
        id: "traversal",
        title: "Climb out of the path",
        about: "an id that contains ..%2f",
        attempt: ({ me }) => ({
          path: `/loyalty-accounts/v1/accounts/..%2faccounts%2f${me.accountId}`,
        }),
      },
      {
        id: "unlisted",
        title: "Call what isn't offered",
        about: "pause the whole program",
        attempt: () => post("/loyalty-programs/v1/program/pause", {}),
      },
      {
        id: "oversized",
        title: "Send too much",
        about: "a good body, and 20 KB of blanks",
        attempt: () => ({ path: VISIT, method: "POST", body: `{}${" ".repeat(20 * 1024)}` }),
      },
    ],
  },
];

/** @param {string} token @returns {Attempt} */
const bearer = (token) => ({ path: MY_ACCOUNT, headers: { authorization: `Bearer ${token}` } });

/** @param {string} token @param {import("./session.js").Member} other */
function tampered(token, other) {
  const [header, payload, signature] = token.split(".");
  return [header, encode({ ...decode(payload), ...claims(other) }), signature].join(".");
}

/** @param {string} token @param {import("./session.js").Member} other */
function unsigned(token, other) {
  const [, payload] = token.split(".");
  const header = encode({ alg: "none", typ: "JWT" });
  return [header, encode({ ...decode(payload), ...claims(other) }), ""].join(".");
}

/** @param {import("./session.js").Member} other */
const claims = (other) => ({ sub: other.memberId, contact_id: other.contactId });

/** @param {string} part */
const decode = (part) => JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));

/** @param {unknown} value */
const encode = (value) =>
  btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
