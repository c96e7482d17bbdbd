import { refusedForm } from "../judge.js";
import { COUPONS } from "../paths.js";
import { freshKey, freshSubject } from "../request.js";
import { attacksOf } from "./attack.js";

/** Class `amounts`: a page that says how much, for whom, or in whose name. */

const MEND =
  "Take amount, description, type and app from the policy; refuse the same fields in a request by name, and every field that is not known.";

/** Fields beside the subject of an action. @type {[name: string, about: string, fields: (scene: any) => object | string][]} */
const FIELDS = [
  ["amount", "an amount", () => ({ amount: 1000 })],
  ["negative-amount", "a negative amount", () => ({ amount: -1000 })],
  ["amount-text", "an amount as text", () => ({ amount: "1000" })],
  ["balance", "a balance", () => ({ balance: 1000 })],
  ["points", "points", () => ({ points: { balance: 1000, earned: 1000 } })],
  ["app-id", "an app", () => ({ appId: "verify" })],
  ["account-id", "another's account", (s) => ({ accountId: s.other?.accountId ?? s.nobody })],
  ["member-id", "another member", (s) => ({ memberId: s.other?.memberId ?? s.nobody })],
  ["idempotency-key", "the upstream's key", () => ({ idempotencyKey: freshKey() })],
  ["description", "a description", () => ({ description: "loyalty-edge verify" })],
  ["activity-type", "an activity type", () => ({ activityType: "verify" })],
  ["revision", "a revision", () => ({ revision: "1" })],
  ["unknown-field", "a field that nobody knows", () => ({ verifyUnknown: true })],
  ["upper-case", "an amount in capitals", () => ({ AMOUNT: 1000, Amount: 1000 })],
  ["proto", "an amount in __proto__", () => '"__proto__":{"amount":1000}'],
  [
    "constructor",
    "an amount in constructor.prototype",
    () => '"constructor":{"prototype":{"amount":1000}}',
  ],
  ["dotted", "an amount by a dotted name", () => ({ "points.amount": 1000 })],
];

export const amounts = [
  ...attacksOf(
    {
      class: "amounts",
      rule: "P5",
      mend: MEND,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    FIELDS.map(([name, about, fields]) => ({
      name: `action-${name}`,
      about: `a member earns by an action, and says ${about}`,
      rule: ["unknown-field", "revision"].includes(name) ? "P6" : "P5",
      send: (s) => {
        const more = fields(s);
        const body =
          typeof more === "string"
            ? `{"subject":"${freshSubject()}",${more}}`
            : { subject: freshSubject(), ...more };
        return { path: `/actions/${s.action}`, as: "member", body };
      },
    })),
  ),
  ...attacksOf(
    {
      class: "amounts",
      rule: "P5",
      mend: MEND,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    [
      {
        name: "amount-in-query",
        about: "an amount in the query of an action",
        send: (s) => ({
          path: `/actions/${s.action}?amount=1000`,
          as: "member",
          body: { subject: freshSubject() },
        }),
      },
      {
        name: "unknown-action",
        about: "an action that the policy does not have",
        send: () => ({
          path: "/actions/verify-no-such-action",
          as: "member",
          body: { subject: "x" },
        }),
      },
      {
        name: "action-of-an-object",
        about: "an action called constructor, and one called __proto__",
        send: () =>
          ["constructor", "__proto__", "toString"].map((name) => ({
            path: `/actions/${name}`,
            as: /** @type {const} */ ("member"),
            body: { subject: "x" },
          })),
      },
      {
        name: "subject-of-another-type",
        about: "a subject that is a list, an object, a number",
        send: (s) =>
          [["a", "b"], { $ne: null }, 5].map((value) => ({
            path: `/actions/${s.action}`,
            as: /** @type {const} */ ("member"),
            body: { subject: value },
          })),
      },
      {
        name: "parameters-of-another-type",
        about: "parameters that are no object, or nested",
        rule: "P6",
        send: (s) =>
          [[1], "x", { a: { amount: 5 } }].map((parameters) => ({
            path: `/actions/${s.action}`,
            as: /** @type {const} */ ("member"),
            body: { subject: freshSubject(), parameters },
          })),
      },
      {
        name: "redeem-for-less",
        about: "a member redeems, and names the price",
        needs: ["rewardId"],
        send: (s) =>
          ["costInPoints", "amount", "points"].map((field) => ({
            path: `${COUPONS}/redeem-my-coupon`,
            as: /** @type {const} */ ("member"),
            body: { rewardId: s.rewardId, [field]: 1 },
          })),
      },
      {
        name: "redeem-for-another",
        about: "a member redeems the own points, and names another's account",
        rule: "P3",
        needs: ["rewardId", "other.accountId"],
        send: (s) => ({
          path: `${COUPONS}/redeem-my-coupon`,
          as: "member",
          body: { rewardId: s.rewardId, loyaltyAccountId: s.other.accountId },
        }),
      },
    ],
  ),
];
