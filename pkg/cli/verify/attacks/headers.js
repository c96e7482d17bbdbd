import { byStatus, jsonOf, ownOnly, refusal, refused, through } from "../judge.js";
import { ACCOUNTS } from "../paths.js";
import { attacksOf } from "./attack.js";

/** Class `headers`: headers that claim something, from a caller who can write any header. */

const MEND =
  "Take the identity from the verified token alone; read no header that a client can set.";

/** Claims to be another, each by names that some proxy or framework believes. */
const CLAIMS = [
  ["member-id", "X-Member-Id", ["x-member-id", "x-wix-member-id", "member-id"], "memberId"],
  [
    "user-id",
    "X-User-Id",
    ["x-user-id", "x-authenticated-userid", "remote-user", "x-remote-user", "x-forwarded-user"],
    "memberId",
  ],
  ["contact-id", "X-Contact-Id", ["x-contact-id"], "contactId"],
  ["account-id", "X-Account-Id", ["x-account-id", "x-loyalty-account-id"], "accountId"],
];

const own = `${ACCOUNTS}/my-account`;

export const headers = [
  ...attacksOf(
    { class: "headers", rule: "P8", mend: MEND, needs: ["other.accountId"] },
    CLAIMS.flatMap(([name, shown, names, id]) => {
      const claim = (/** @type {any} */ s) =>
        Object.fromEntries(
          /** @type {string[]} */ (names).map((header) => [
            header,
            s.other[/** @type {string} */ (id)],
          ]),
        );
      const needs = [`other.${id}`];
      return [
        {
          name: `visitor-with-${name}`,
          about: `a visitor says by ${shown} and the like to be a member`,
          needs,
          send: (/** @type {any} */ s) => ({ path: own, headers: claim(s) }),
        },
        {
          name: `member-with-${name}`,
          about: `a member says by ${shown} and the like to be another`,
          needs: ["member", ...needs],
          judge: ownOnly,
          send: (/** @type {any} */ s) => ({
            path: own,
            as: /** @type {const} */ ("member"),
            headers: claim(s),
          }),
        },
      ];
    }),
  ),
  ...attacksOf({ class: "headers", rule: "P8", mend: MEND }, [
    {
      name: "role",
      about: "a member says by a header to be staff",
      needs: ["member"],
      send: () => ({
        path: `${ACCOUNTS}/search`,
        as: "member",
        body: { search: { cursorPaging: { limit: 1 } } },
        headers: {
          "x-role": "admin",
          "x-roles": "admin,staff",
          "x-user-role": "admin",
          "x-admin": "true",
          "x-is-staff": "1",
        },
      }),
    },
    {
      name: "visitor-from-loopback",
      about: "a visitor says to come from the proxy's own machine",
      send: (s) => ({
        path: `${ACCOUNTS}/${s.member?.accountId ?? s.nobody}`,
        headers: {
          "x-forwarded-for": "127.0.0.1",
          "x-real-ip": "127.0.0.1",
          forwarded: "for=127.0.0.1",
          "cf-connecting-ip": "127.0.0.1",
          "x-internal": "1",
        },
      }),
    },
    {
      name: "forwarded-host",
      about: "a foreign page's request, with a forwarded host to match its origin",
      rule: "P17",
      needs: ["member"],
      send: () => ({
        path: own,
        as: "member",
        headers: {
          origin: "https://evil.example",
          "x-forwarded-host": "evil.example",
          "x-forwarded-proto": "https",
          forwarded: "host=evil.example;proto=https",
        },
      }),
    },
    {
      name: "original-url",
      about: "another path in X-Original-URL and X-Rewrite-URL",
      send: (s) => ({
        path: "/loyalty-programs/v1/none",
        headers: {
          "x-original-url": `${ACCOUNTS}/${s.member?.accountId ?? s.nobody}`,
          "x-rewrite-url": `${ACCOUNTS}/search`,
        },
      }),
    },
    {
      name: "made-up-api-key",
      about: "a made-up API key as the caller's own token",
      rule: "P7",
      mend: "Send no token of a caller upstream, and take none that is not of your identity provider.",
      judge: refused({ only: [401] }),
      send: () => ({
        path: `${ACCOUNTS}/program-totals`,
        token: "IST.bG95YWx0eS1lZGdlIHZlcmlmeQ.made-up",
      }),
    },
    {
      name: "cookie-identity",
      about: "a visitor with cookies that name a member",
      needs: ["other.accountId"],
      send: (s) => ({
        path: own,
        headers: {
          cookie: ["memberId", "userId", "session", "user"]
            .map((name) => `${name}=${s.other.memberId ?? s.other.accountId}`)
            .join("; "),
        },
      }),
    },
    {
      name: "site-id",
      about: "another site in wix-site-id, as if the caller could choose",
      rule: "P21",
      mend: "Build the upstream request from nothing: site and credential are the proxy's own.",
      needs: ["member"],
      judge: unchanged,
      send: (s) => [
        { path: own, as: "member" },
        {
          path: own,
          as: "member",
          headers: { "wix-site-id": s.nobody, "wix-account-id": s.nobody },
        },
      ],
    },
    {
      name: "sandbox-fault",
      about: "a header that is meant for the upstream, and changes what it does",
      rule: "P21",
      mend: "Build the upstream request from nothing: only headers of an allow-list go up.",
      needs: ["member"],
      judge: unchanged,
      send: () => [
        { path: own, as: "member" },
        {
          path: own,
          as: "member",
          headers: { "x-sandbox-fault": '{"kind":"status","status":418,"code":"FROM_UPSTREAM"}' },
        },
      ],
    },
  ]),
];

/**
 * The header changed nothing: the same status and account as without it.
 *
 * @type {import("../judge.js").Judge}
 */
function unchanged([plain, claimed]) {
  if (plain.reply?.status !== 200 || claimed.reply === undefined) {
    return byStatus(plain.reply?.status === 200 ? claimed : plain, {}, 0);
  }
  const [first, second] = [plain, claimed].map(({ reply }) => reply && jsonOf(reply)?.account?.id);
  const same = claimed.reply.status === plain.reply.status && first === second;
  return same
    ? refusal("it changed nothing", 1)
    : through("the header reached the upstream and changed the answer", 1);
}
