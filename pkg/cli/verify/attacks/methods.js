import { refused, refusedForm } from "../judge.js";
import { ACCOUNTS, COUPONS } from "../paths.js";
import { freshKey, freshSubject } from "../request.js";
import { attacksOf } from "./attack.js";

/** Class `methods`: the right path with another verb. */

const MEND =
  "Route by method and path together; change something only on POST; read no override of the method.";

const member = /** @type {const} */ ("member");
const keyed = () => ({ "idempotency-key": freshKey() });
const OVERRIDES = ["x-http-method-override", "x-http-method", "x-method-override"];

export const methods = [
  ...attacksOf(
    {
      class: "methods",
      rule: "P16",
      mend: MEND,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    [
      {
        name: "get-action",
        about: "GET of an action, which would earn by a link",
        send: (s) => ({
          path: `/actions/${s.action}?subject=${freshSubject()}`,
          as: member,
          headers: keyed(),
        }),
      },
      {
        name: "get-earn-points",
        about: "GET of earnPoints, with its arguments in the query",
        needs: ["member.accountId"],
        send: (s) => ({
          path: `${ACCOUNTS}/${s.member.accountId}/earn-points?amount=1&appId=verify&idempotencyKey=${freshKey()}`,
          as: member,
        }),
      },
      {
        name: "get-redeem",
        about: "GET of a redemption",
        needs: ["rewardId"],
        send: (s) => ({
          path: `${COUPONS}/redeem-my-coupon?rewardId=${s.rewardId}`,
          as: member,
          headers: keyed(),
        }),
      },
      {
        name: "head-action",
        about: "HEAD of an action",
        send: (s) => ({
          method: "HEAD",
          path: `/actions/${s.action}?subject=${freshSubject()}`,
          as: member,
          headers: keyed(),
        }),
      },
      {
        name: "get-with-body",
        about: "GET of an action with a body",
        judge: refused({ hangUp: true }),
        send: (s) => ({
          method: "GET",
          path: `/actions/${s.action}`,
          as: member,
          body: { subject: freshSubject() },
        }),
      },
      ...["PUT", "PATCH", "DELETE"].map((method) => ({
        name: `${method.toLowerCase()}-action`,
        about: `${method} of an action`,
        send: (/** @type {any} */ s) => ({
          method,
          path: `/actions/${s.action}`,
          as: member,
          body: { subject: freshSubject() },
        }),
      })),
      {
        name: "override-get",
        about: "GET of an action that says by a header to be a POST",
        send: (s) => ({
          path: `/actions/${s.action}?subject=${freshSubject()}`,
          as: member,
          headers: {
            ...keyed(),
            "content-type": "application/json",
            ...Object.fromEntries(OVERRIDES.map((name) => [name, "POST"])),
          },
        }),
      },
      {
        name: "override-query",
        about: "GET of an action that says by _method to be a POST",
        send: (s) => ({
          path: `/actions/${s.action}?_method=POST&subject=${freshSubject()}`,
          as: member,
          headers: keyed(),
        }),
      },
    ],
  ),
  ...attacksOf({ class: "methods", rule: "P20", mend: MEND }, [
    {
      name: "delete-account",
      about: "DELETE and PATCH of an account",
      needs: ["member.accountId"],
      writes: true,
      send: (s) =>
        ["DELETE", "PATCH"].map((method) => ({
          method,
          path: `${ACCOUNTS}/${s.member.accountId}`,
          as: member,
          body: {},
        })),
    },
    {
      name: "trace",
      about: "TRACE, which would tell a page its own hidden headers",
      judge: refused({ hangUp: true }),
      send: () => ({ method: "TRACE", path: `${ACCOUNTS}/my-account` }),
    },
    {
      name: "connect",
      about: "CONNECT to another host",
      judge: refused({ hangUp: true }),
      send: () => ({ method: "CONNECT", target: "evil.example:443" }),
    },
    {
      name: "unknown-method",
      about: "a method that nobody knows",
      judge: refused({ hangUp: true }),
      send: () => ({ method: "VERIFY", path: `${ACCOUNTS}/my-account` }),
    },
    {
      name: "lower-case-method",
      about: "a method in small letters",
      judge: refused({ hangUp: true }),
      needs: ["member"],
      writes: true,
      send: (s) => ({
        method: "post",
        path: `/actions/${s.action}`,
        as: member,
        body: { subject: freshSubject() },
      }),
    },
    {
      name: "post-a-read",
      about: "POST of a read that says by a header to be a GET",
      needs: ["member"],
      send: (s) => ({
        method: "POST",
        path: `${ACCOUNTS}/${s.other?.accountId ?? s.nobody}`,
        as: member,
        body: {},
        headers: Object.fromEntries(OVERRIDES.map((name) => [name, "GET"])),
      }),
    },
  ]),
];
