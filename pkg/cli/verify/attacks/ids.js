import { alike, ownOnly } from "../judge.js";
import { ACCOUNTS, COUPONS, TRANSACTIONS } from "../paths.js";
import { attacksOf } from "./attack.js";

/** Class `ids`: a member and the ids of another, everywhere an id can stand. */

const MEND =
  "Resolve account, contact and member from the verified token, and compare with what the request says; never look the request's id up first.";
const FILTERS =
  "Build the filter anew: the caller's own account, and only flat conditions on allow-listed fields; no $or, $not or nesting.";

/** @type {(path: string) => import("./attack.js").Asked} */
const get = (path) => ({ path, as: "member" });
/** @type {(path: string, body: any) => import("./attack.js").Asked} Text goes out as it is. */
const post = (path, body) => ({ path, as: "member", body });
/** A member's query for transactions. @param {unknown} filter @param {object} [more] */
const query = (filter, more) => post(`${TRANSACTIONS}/query`, { query: { filter, ...more } });
/** A point less, for the account of the path or that of the body. @param {string} inPath @param {string} inBody */
const adjust = (inPath, inBody) =>
  post(`${ACCOUNTS}/${inPath}/adjust-points`, { accountId: inBody, amount: -1 });
/** A query as text, for what no object can say. @param {string} body */
const queryText = (body) => post(`${TRANSACTIONS}/query`, body);

/** Filters over another's account: whatever comes back has to be the caller's own, if anything does. */
const HOSTILE =
  /** @type {[name: string, about: string, filter: (own: string, other: string) => unknown][]} */ ([
    ["equals", "names the other's account", (_, other) => ({ accountId: other })],
    ["eq", "names it with $eq", (_, other) => ({ accountId: { $eq: other } })],
    ["in", "lists both accounts", (own, other) => ({ accountId: { $in: [own, other] } })],
    [
      "has-some",
      "lists both with $hasSome",
      (own, other) => ({ accountId: { $hasSome: [own, other] } }),
    ],
    ["ne", "asks for all but the own", (own) => ({ accountId: { $ne: own } })],
    ["nin", "asks for none of a list", (own) => ({ accountId: { $nin: [own] } })],
    ["exists", "asks for any account", () => ({ accountId: { $exists: true } })],
    [
      "starts-with",
      "asks by the first letters",
      (_, other) => ({ accountId: { $startsWith: other.slice(0, 8) } }),
    ],
    ["range", "asks for a range of accounts", () => ({ accountId: { $gte: "0" } })],
    [
      "or",
      "asks for one or the other by $or",
      (own, other) => ({ $or: [{ accountId: own }, { accountId: other }] }),
    ],
    [
      "or-beside",
      "puts an $or that is always true beside the own",
      (own) => ({ accountId: own, $or: [{ amount: { $gte: 0 } }, { amount: { $lt: 0 } }] }),
    ],
    ["not", "asks for all that is not the own by $not", (own) => ({ $not: { accountId: own } })],
    [
      "not-nobody",
      "asks for all that is not nobody's by $not",
      () => ({ $not: { accountId: "00000000-0000-0000-0000-000000000000" } }),
    ],
    [
      "and-or",
      "hides an $or in an $and",
      (_, other) => ({ $and: [{ amount: { $exists: true } }, { $or: [{ accountId: other }] }] }),
    ],
    [
      "and-and",
      "hides an $and in an $and",
      (_, other) => ({ $and: [{ $and: [{ accountId: other }] }] }),
    ],
    [
      "unknown-operator",
      "uses an operator that nobody knows",
      () => ({ accountId: { $where: "1" } }),
    ],
    [
      "prototype",
      "stands in __proto__",
      (_, other) => JSON.parse(`{"__proto__":{"accountId":"${other}"}}`),
    ],
  ]);

export const ids = [
  ...attacksOf({ class: "ids", rule: "P3", mend: MEND, needs: ["member", "other.accountId"] }, [
    {
      name: "foreign-account",
      about: "reads another's account by its id",
      send: (s) => get(`${ACCOUNTS}/${s.other.accountId}`),
    },
    {
      name: "foreign-account-upper-case",
      about: "reads it with the id in capitals",
      send: (s) => get(`${ACCOUNTS}/${s.other.accountId.toUpperCase()}`),
    },
    {
      name: "foreign-account-by-contact-id-in-path",
      about: "reads it with the contact id in the path",
      needs: ["other.contactId"],
      send: (s) => get(`${ACCOUNTS}/${s.other.contactId}`),
    },
    {
      name: "foreign-account-by-member-id-in-path",
      about: "reads it with the member id in the path",
      needs: ["other.memberId"],
      send: (s) => get(`${ACCOUNTS}/${s.other.memberId}`),
    },
    {
      name: "own-path-foreign-query",
      about: "the own id in the path, another's in the query",
      needs: ["member.accountId"],
      send: (s) => get(`${ACCOUNTS}/${s.member.accountId}?id=${s.other.accountId}`),
    },
    {
      name: "foreign-path-own-query",
      about: "another's id in the path, the own in the query",
      needs: ["member.accountId"],
      send: (s) => get(`${ACCOUNTS}/${s.other.accountId}?id=${s.member.accountId}`),
    },
    {
      name: "fetch-by-member-id",
      about: "looks the other up by member id",
      needs: ["other.memberId"],
      send: (s) => get(`${ACCOUNTS}/fetch-by?memberId=${s.other.memberId}`),
    },
    {
      name: "fetch-by-contact-id",
      about: "looks the other up by contact id",
      needs: ["other.contactId"],
      send: (s) => get(`${ACCOUNTS}/fetch-by?contactId=${s.other.contactId}`),
    },
    {
      name: "list-by-contact-ids",
      about: "lists both by their contact ids",
      needs: ["member.contactId", "other.contactId"],
      send: (s) =>
        get(`${ACCOUNTS}?contactIds=${s.member.contactId}&contactIds=${s.other.contactId}`),
    },
    {
      name: "my-account-of-another",
      about: "the own account, with another's ids in the query",
      judge: ownOnly,
      send: (s) =>
        get(
          `${ACCOUNTS}/my-account?memberId=${s.other.memberId}&contactId=${s.other.contactId}&id=${s.other.accountId}`,
        ),
    },
    {
      name: "me-of-another",
      about: "/me, with another's ids in the query",
      judge: ownOnly,
      send: (s) =>
        get(`/me?include=account&memberId=${s.other.memberId}&accountId=${s.other.accountId}`),
    },
    {
      name: "my-coupons-of-another",
      about: "the own coupons, with another's account in the query",
      judge: ownOnly,
      send: (s) =>
        get(`${COUPONS}/my-coupons?accountId=${s.other.accountId}&memberId=${s.other.memberId}`),
    },
    {
      name: "foreign-transaction",
      about: "reads another's transaction by its id",
      needs: ["other.transactionId"],
      send: (s) => get(`${TRANSACTIONS}/${s.other.transactionId}`),
    },
    {
      name: "foreign-cursor",
      about: "goes on with another's cursor",
      rule: "P4",
      needs: ["other.cursor"],
      judge: ownOnly,
      send: (s) =>
        post(`${TRANSACTIONS}/query`, { query: { cursorPaging: { cursor: s.other.cursor } } }),
    },
    {
      name: "no-filter",
      about: "lists transactions with no filter at all",
      rule: "P4",
      judge: ownOnly,
      send: () => [query(undefined), query({}), query(null)],
    },
    {
      name: "sort-by-account",
      about: "sorts by account, to bring another's to the front",
      rule: "P4",
      judge: ownOnly,
      send: () => query({}, { sort: [{ fieldName: "accountId", order: "ASC" }] }),
    },
    {
      name: "coupons-filter",
      about: "lists another's coupons by a filter",
      rule: "P4",
      judge: ownOnly,
      send: (s) =>
        post(`${COUPONS}/query`, { query: { filter: { accountId: s.other.accountId } } }),
    },
    {
      name: "redeem-from-another",
      about: "redeems another's points",
      writes: true,
      needs: ["rewardId"],
      send: (s) => post(COUPONS, { rewardId: s.rewardId, loyaltyAccountId: s.other.accountId }),
    },
    {
      name: "adjust-another",
      about: "takes a point from another's account",
      writes: true,
      send: (s) => adjust(s.other.accountId, s.other.accountId),
    },
    {
      name: "adjust-path-and-body-differ",
      about: "the own account in the path, another's in the body",
      writes: true,
      needs: ["member.accountId"],
      send: (s) => adjust(s.member.accountId, s.other.accountId),
    },
    {
      name: "foreign-and-unknown-account-alike",
      about: "tells a foreign account id from an unknown one",
      judge: alike,
      send: (s) => [get(`${ACCOUNTS}/${s.other.accountId}`), get(`${ACCOUNTS}/${s.nobody}`)],
    },
    {
      name: "foreign-and-unknown-transaction-alike",
      about: "tells a foreign transaction id from an unknown one",
      judge: alike,
      needs: ["other.transactionId"],
      send: (s) => [
        get(`${TRANSACTIONS}/${s.other.transactionId}`),
        get(`${TRANSACTIONS}/${s.nobody}`),
      ],
    },
    {
      name: "foreign-and-unknown-filter-alike",
      about: "tells a foreign account id from an unknown one by a filter",
      judge: (answers, facts) => {
        const served = answers.every(({ reply }) => reply?.status === 200);
        const verdict = served ? ownOnly(answers, facts) : alike(answers, facts);
        return verdict;
      },
      send: (s) => [query({ accountId: s.other.accountId }), query({ accountId: s.nobody })],
    },
  ]),
  ...attacksOf(
    {
      class: "ids",
      rule: "P4",
      mend: FILTERS,
      needs: ["member.accountId", "other.accountId"],
      judge: ownOnly,
    },
    [
      ...HOSTILE.map(([name, about, filter]) => ({
        name: `filter-${name}`,
        about: `a filter that ${about}`,
        send: (/** @type {any} */ s) => query(filter(s.member.accountId, s.other.accountId)),
      })),
      {
        name: "filter-twice",
        about: "the account twice in one filter, in both orders",
        send: ({ member, other }) =>
          [
            [member.accountId, other.accountId],
            [other.accountId, member.accountId],
          ].map(([first, second]) =>
            queryText(`{"query":{"filter":{"accountId":"${first}","accountId":"${second}"}}}`),
          ),
      },
      {
        name: "query-twice",
        about:
          "two queries in one body, of which one reader takes the first and another the second",
        send: ({ member, other }) => {
          const of = (/** @type {string} */ id) => `"query":{"filter":{"accountId":"${id}"}}`;
          return queryText(`{${of(member.accountId)},${of(other.accountId)}}`);
        },
      },
    ],
  ),
];
