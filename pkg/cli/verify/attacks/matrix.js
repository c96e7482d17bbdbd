import { ACCOUNTS, COUPONS, TRANSACTIONS } from "../paths.js";
import { freshKey } from "../request.js";
import { attacksOf } from "./attack.js";

/**
 * Class `matrix`: calls that no policy should let these callers make. Each request is one that the
 * service would carry out; what moves points moves one, and the bulk job matches nobody.
 */

const account = (/** @type {any} */ scene) => scene.member?.accountId ?? scene.nobody;
const contact = (/** @type {any} */ scene) => scene.member?.contactId ?? scene.nobody;

/** @type {[operation: string, about: string, writes: boolean, request: (scene: any) => import("./attack.js").Asked][]} */
const CALLS = [
  [
    "getAccount",
    "reads an account by its id",
    false,
    (s) => ({ path: `${ACCOUNTS}/${account(s)}` }),
  ],
  [
    "getCurrentMemberAccount",
    "reads the current member's account",
    false,
    () => ({ path: `${ACCOUNTS}/my-account` }),
  ],
  [
    "getAccountBySecondaryId",
    "looks an account up by contact id",
    false,
    (s) => ({ path: `${ACCOUNTS}/fetch-by?contactId=${contact(s)}` }),
  ],
  ["listAccounts", "lists accounts", false, () => ({ path: `${ACCOUNTS}?cursorPaging.limit=1` })],
  [
    "queryLoyaltyAccounts",
    "queries accounts",
    false,
    () => ({ path: `${ACCOUNTS}/query`, body: { query: { cursorPaging: { limit: 1 } } } }),
  ],
  [
    "searchAccounts",
    "searches accounts",
    false,
    () => ({ path: `${ACCOUNTS}/search`, body: { search: { cursorPaging: { limit: 1 } } } }),
  ],
  ["countAccounts", "counts accounts", false, () => ({ path: `${ACCOUNTS}/count`, body: {} })],
  [
    "queryLoyaltyTransactions",
    "lists transactions",
    false,
    () => ({ path: `${TRANSACTIONS}/query`, body: { query: { cursorPaging: { limit: 1 } } } }),
  ],
  [
    "getCurrentMemberCoupons",
    "lists the current member's coupons",
    false,
    () => ({ path: `${COUPONS}/my-coupons` }),
  ],
  [
    "queryLoyaltyCoupons",
    "lists coupons",
    false,
    () => ({ path: `${COUPONS}/query`, body: { query: {} } }),
  ],
  [
    "createAccount",
    "opens an account",
    true,
    (s) => ({ path: ACCOUNTS, body: { contactId: contact(s) } }),
  ],
  [
    "earnPoints",
    "gives points by earnPoints, naming the amount",
    true,
    (s) => ({
      path: `${ACCOUNTS}/${account(s)}/earn-points`,
      body: { accountId: account(s), amount: 1, appId: "verify", idempotencyKey: freshKey() },
    }),
  ],
  [
    "adjustPoints",
    "gives points by adjustPoints",
    true,
    (s) => ({
      path: `${ACCOUNTS}/${account(s)}/adjust-points`,
      body: { accountId: account(s), amount: 1, description: "loyalty-edge verify" },
    }),
  ],
  [
    "bulkAdjustPoints",
    "starts a bulk job",
    true,
    (s) => ({
      path: `${ACCOUNTS}/bulk-adjust`,
      body: { amount: 1, search: { filter: { "contact.id": s.nobody } } },
    }),
  ],
  [
    "redeemPointsForCoupon",
    "redeems an account's points",
    true,
    (s) => ({
      path: COUPONS,
      body: { rewardId: s.rewardId ?? s.nobody, loyaltyAccountId: account(s) },
    }),
  ],
  [
    "redeemCurrentMemberPointsForCoupon",
    "redeems the current member's points",
    true,
    (s) => ({
      path: `${COUPONS}/redeem-my-coupon`,
      body: { rewardId: s.rewardId ?? s.nobody },
    }),
  ],
  [
    "earn",
    "earns by a named action",
    true,
    (s) => ({ path: `/actions/${s.action}`, body: { subject: "verify-visitor" } }),
  ],
];

const MEMBERS_NEVER = new Set([
  "listAccounts",
  "queryLoyaltyAccounts",
  "searchAccounts",
  "countAccounts",
  "createAccount",
  "earnPoints",
  "adjustPoints",
  "bulkAdjustPoints",
]);

const MEND =
  "Refuse by default: let a call through only where the policy grants this operation to this kind of caller.";

export const matrix = [
  ...attacksOf(
    { class: "matrix", rule: "P2", mend: MEND },
    CALLS.map(([operation, about, writes, send]) => ({
      name: `visitor-${kebab(operation)}`,
      about: `a visitor ${about}`,
      writes,
      send,
    })),
  ),
  ...attacksOf(
    { class: "matrix", rule: "P2", mend: MEND, needs: ["member"] },
    CALLS.filter(([operation]) => MEMBERS_NEVER.has(operation)).map(
      ([operation, about, writes, send]) => ({
        name: `member-${kebab(operation)}`,
        about: `a member ${about}`,
        rule: writes && operation !== "createAccount" ? "P5" : "P2",
        needs: writes ? ["member.accountId"] : [],
        writes,
        send: (scene) => ({ ...send(scene), as: "member" }),
      }),
    ),
  ),
  ...attacksOf({ class: "matrix", rule: "P5", mend: MEND, needs: ["member.accountId"] }, [
    {
      name: "member-sets-own-balance",
      about: "a member sets the own balance by adjustPoints",
      writes: true,
      send: (s) => ({
        path: `${ACCOUNTS}/${s.member.accountId}/adjust-points`,
        as: "member",
        body: { accountId: s.member.accountId, balance: 1 },
      }),
    },
  ]),
  ...attacksOf(
    { class: "matrix", rule: "P9", mend: "Keep bulk adjustments to admins.", needs: ["staff"] },
    [
      {
        name: "staff-bulk-adjust",
        about: "staff start a bulk job, which is the admin's alone",
        writes: true,
        send: (s) => ({
          path: `${ACCOUNTS}/bulk-adjust`,
          as: "staff",
          body: { amount: 1, search: { filter: { "contact.id": s.nobody } } },
        }),
      },
    ],
  ),
];

/** @param {string} name */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
