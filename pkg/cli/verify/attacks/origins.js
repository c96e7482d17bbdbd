import { header, refusal, refused, refusedForm, skipped, through, unreadable } from "../judge.js";
import { ACCOUNTS, PROGRAM } from "../paths.js";
import { freshSubject } from "../request.js";
import { attacksOf } from "./attack.js";

/** Class `origins`: what a page of another site can send with a visitor's browser, and read. */

const MEND =
  "Compare Origin with an exact list, and refuse what is not on it with 403 and without CORS headers.";
const FORMS =
  "Take state changes only by POST with application/json and the header X-Loyalty-Client: a page of another site can't send those unasked.";

const own = `${ACCOUNTS}/my-account`;
const EVIL = "https://evil.example";
const MAX_AGE = 86_400;

/** Origins that look like the listed one. @type {[name: string, about: string, make: (origin: URL) => string | undefined][]} */
const LOOKALIKES = [
  ["suffix", "ends in a host of the attacker's", ({ origin }) => `${origin}.evil.example`],
  ["prefix", "has letters before the host", ({ protocol, host }) => `${protocol}//evil${host}`],
  [
    "subdomain",
    "is a subdomain",
    ({ protocol, host, hostname }) =>
      /[a-z]/.test(hostname) ? `${protocol}//evil.${host}` : `${protocol}//evil.example.${host}`,
  ],
  [
    "longer",
    "has letters behind the host",
    ({ protocol, hostname, port }) => `${protocol}//${hostname}x${port && `:${port}`}`,
  ],
  [
    "scheme",
    "has another scheme",
    ({ protocol, host }) => `${protocol === "https:" ? "http:" : "https:"}//${host}`,
  ],
  [
    "port",
    "has another port",
    ({ protocol, hostname, port }) =>
      `${protocol}//${hostname}:${port === "8443" ? "8444" : "8443"}`,
  ],
  [
    "trailing-dot",
    "has a dot behind the host",
    ({ protocol, hostname, port }) => `${protocol}//${hostname}.${port && `:${port}`}`,
  ],
  [
    "user-info",
    "has the listed host as a user name",
    ({ protocol, host }) => `${protocol}//${host}@evil.example`,
  ],
  [
    "dot-is-any",
    "has another letter where a pattern's dot would match",
    ({ protocol, host }) => `${protocol}//${host.replace(".", "x")}`,
  ],
  ["path", "has the listed origin in a path", ({ origin }) => `${EVIL}/${origin}`],
  ["two", "is the listed one and another", ({ origin }) => `${origin} ${EVIL}`],
];

/** @type {(s: any, headers: Record<string, string | undefined>, body?: unknown) => import("./attack.js").Asked} */
const claim = (s, headers, body = { subject: freshSubject() }) => ({
  path: `/actions/${s.action}`,
  as: "member",
  body,
  headers,
});

export const origins = [
  ...attacksOf(
    {
      class: "origins",
      rule: "P15",
      mend: MEND,
      needs: ["member", "origin"],
      judge: unreadable({ refuse: true }),
    },
    LOOKALIKES.map(([name, about, make]) => ({
      name: `origin-${name}`,
      about: `an origin that ${about}`,
      send: (s) => ({ path: own, as: "member", headers: { origin: make(new URL(s.origin)) } }),
    })),
  ),
  ...attacksOf({ class: "origins", rule: "P15", mend: MEND, judge: unreadable({ refuse: true }) }, [
    {
      name: "origin-foreign",
      about: "a page of another site reads the own account",
      needs: ["member"],
      send: () => ({ path: own, as: "member", headers: { origin: EVIL } }),
    },
    {
      name: "origin-null",
      about: "a page of no origin (a sandboxed frame, a file) reads it",
      needs: ["member"],
      send: () => ({ path: own, as: "member", headers: { origin: "null" } }),
    },
    {
      name: "origin-foreign-public",
      about: "a page of another site reads what visitors may",
      send: () => ({ path: PROGRAM, headers: { origin: EVIL } }),
    },
    {
      name: "origin-foreign-error",
      about: "a page of another site reads an error",
      send: () => ({ path: `${ACCOUNTS}/none`, headers: { origin: EVIL } }),
    },
    {
      name: "origin-foreign-write",
      about: "a page of another site earns for the member",
      needs: ["member"],
      writes: true,
      send: (s) => claim(s, { origin: EVIL }),
    },
  ]),
  ...attacksOf(
    { class: "origins", rule: "P15", mend: MEND, judge: unreadable({ refuse: false }) },
    [
      {
        name: "preflight-foreign",
        about: "asks for leave by a preflight from another site, and from no origin",
        send: () => [EVIL, "null"].map((origin) => preflight(origin)),
      },
    ],
  ),
  ...attacksOf(
    {
      class: "origins",
      rule: "P15",
      mend: "Answer a listed origin's preflight with that origin, Vary: Origin and a bounded max-age.",
      needs: ["origin"],
    },
    [
      {
        name: "preflight-listed",
        about: "what a listed origin's preflight is answered",
        judge: narrowPreflight,
        send: (s) => preflight(s.origin),
      },
      {
        name: "vary",
        about: "an answer that a shared cache could give to another origin",
        needs: ["member"],
        judge: varies,
        send: (s) => ({ path: own, as: "member", headers: { origin: s.origin } }),
      },
    ],
  ),
  ...attacksOf(
    {
      class: "origins",
      rule: "P16",
      mend: FORMS,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    [
      {
        name: "text-plain",
        about: "a POST that a form can send: text/plain",
        send: (s) => claim(s, { "content-type": "text/plain" }),
      },
      {
        name: "form-post",
        about: "a POST of a form, urlencoded",
        send: (s) =>
          claim(
            s,
            { "content-type": "application/x-www-form-urlencoded" },
            `subject=${freshSubject()}`,
          ),
      },
      {
        name: "multipart-post",
        about: "a POST of a form, multipart",
        send: (s) =>
          claim(
            s,
            { "content-type": "multipart/form-data; boundary=b" },
            '--b\r\nContent-Disposition: form-data; name="subject"\r\n\r\nverify\r\n--b--\r\n',
          ),
      },
      {
        name: "type-with-json-in-it",
        about: "text/plain with application/json among its parameters",
        send: (s) => claim(s, { "content-type": "text/plain; application/json" }),
      },
      {
        name: "no-content-type",
        about: "JSON without a content type",
        send: (s) => claim(s, { "content-type": undefined }),
      },
      {
        name: "no-client-header-write",
        about: "an earn without X-Loyalty-Client",
        send: (s) => claim(s, { "x-loyalty-client": undefined }),
      },
      {
        name: "cross-site-write",
        about: "an earn that says Sec-Fetch-Site: cross-site, without a listed origin",
        rule: "P17",
        send: (s) => claim(s, { "sec-fetch-site": "cross-site" }),
      },
    ],
  ),
  ...attacksOf(
    { class: "origins", rule: "P16", mend: FORMS, needs: ["member"], judge: refused() },
    [
      {
        name: "no-client-header-read",
        about: "a read without X-Loyalty-Client",
        send: () => ({ path: own, as: "member", headers: { "x-loyalty-client": undefined } }),
      },
      {
        name: "cross-site-read",
        about: "a read that says Sec-Fetch-Site: cross-site, without a listed origin",
        rule: "P17",
        send: () => ({
          path: own,
          as: "member",
          headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
        }),
      },
    ],
  ),
  ...attacksOf({ class: "origins", rule: "P17", mend: FORMS }, [
    {
      name: "cross-site-visitor",
      about: "a cross-site read without a token",
      send: () => ({ path: PROGRAM, headers: { "sec-fetch-site": "cross-site" } }),
    },
  ]),
];

/** @param {string} origin @returns {import("./attack.js").Asked} */
function preflight(origin) {
  return {
    method: "OPTIONS",
    path: own,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-loyalty-client",
      "x-loyalty-client": undefined,
    },
  };
}

/** @type {import("../judge.js").Judge} */
function narrowPreflight([{ reply, sent }]) {
  if (reply === undefined) return skipped("no evidence: no answer");
  const origin = /^origin: (.*)$/im.exec(sent)?.[1].trim();
  const allowed = header(reply, "access-control-allow-origin");
  if (allowed === undefined)
    return skipped("the proxy does not know --origin: give one from which pages may call");
  if (allowed !== origin) return through(`allows ${allowed}, where ${origin} asked`);
  const wide = ["access-control-allow-headers", "access-control-allow-methods"].find((name) =>
    header(reply, name)?.includes("*"),
  );
  if (wide !== undefined) return through(`${wide} is *`);
  if (!/\borigin\b/i.test(header(reply, "vary") ?? "")) return through("has no Vary: Origin");
  const age = Number(header(reply, "access-control-max-age") ?? 0);
  if (!(age <= MAX_AGE)) return through(`may be remembered for ${age} seconds`);
  return refusal("exactly this origin, for a bounded time");
}

/** @type {import("../judge.js").Judge} */
function varies([{ reply }]) {
  if (reply === undefined) return skipped("no evidence: no answer");
  if (header(reply, "access-control-allow-origin") === undefined) {
    return skipped("the proxy does not know --origin: give one from which pages may call");
  }
  return /\borigin\b/i.test(header(reply, "vary") ?? "")
    ? refusal("varies by Origin")
    : through("has no Vary: Origin");
}
