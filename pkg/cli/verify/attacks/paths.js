import { refused } from "../judge.js";
import { ACCOUNTS } from "../paths.js";
import { attacksOf } from "./attack.js";

/**
 * Class `paths`: ids that are no ids and paths that lead elsewhere. Where a proxy puts what stands
 * in the path into the upstream's path, these reach methods that nobody granted.
 */

const MEND =
  "Take a parameter into a path only after it was checked to be a GUID, and forward only paths of a fixed table.";

/** What is no HTTP may be answered by hanging up. */
const refusedOrHungUp = refused({ hangUp: true });

/** Instead of an id, with the credential behind it. @type {[name: string, about: string, id: string][]} */
const IDS = [
  ["encoded-slashes", "climbs out with %2f", "..%2f..%2f..%2floyalty-programs%2fv1%2fprogram"],
  [
    "encoded-dots",
    "climbs out with %2e%2e%2f",
    "%2e%2e%2f%2e%2e%2f%2e%2e%2floyalty-programs%2fv1%2fprogram",
  ],
  ["backslashes", "climbs out with backslashes", "..%5c..%5c..%5cloyalty-programs%5cv1%5cprogram"],
  [
    "twice-encoded",
    "climbs out with %252f",
    "..%252f..%252f..%252floyalty-programs%252fv1%252fprogram",
  ],
  [
    "overlong-utf8",
    "climbs out with overlong UTF-8",
    "..%c0%af..%c0%af..%c0%afloyalty-programs%c0%afv1%c0%afprogram",
  ],
  ["totals", "is program-totals with a dot segment before it", ".%2fprogram-totals"],
  ["query-mark", "brings a query of its own", "program-totals%3f"],
  ["fragment", "brings a fragment", "program-totals%23"],
  ["parameters", "has path parameters", "program-totals;x=.."],
  ["line-break", "brings a header by CR LF", "x%0d%0aX-Injected:%20yes"],
  ["nul", "ends early with a NUL", "program-totals%00"],
  ["space", "ends the request line early", "program-totals%20HTTP/1.1"],
  ["other-host", "is another host", "%2f%2fevil.example%2f"],
  ["user-info", "makes the upstream a user name", "%40evil.example"],
  ["bad-escape", "has an escape that is none", "%zz%"],
];

/** @type {(path: string, as?: "member" | "staff") => import("./attack.js").Asked} */
const get = (path, as = "member") => ({ path, as });

export const paths = [
  ...attacksOf(
    { class: "paths", rule: "P20", mend: MEND, needs: ["member"] },
    IDS.map(([name, about, id]) => ({
      name: `id-${name}`,
      about: `an id in the path that ${about}`,
      send: (s) =>
        s.staff
          ? [get(`${ACCOUNTS}/${id}`), get(`${ACCOUNTS}/${id}`, "staff")]
          : get(`${ACCOUNTS}/${id}`),
    })),
  ),
  ...attacksOf({ class: "paths", rule: "P20", mend: MEND, needs: ["member"] }, [
    {
      name: "own-id-then-foreign",
      about: "the own id, then back and on to another's",
      needs: ["member.accountId", "other.accountId"],
      send: (s) => get(`${ACCOUNTS}/${s.member.accountId}%2f..%2f${s.other.accountId}`),
    },
    {
      name: "dot-segments",
      about: "dot segments, as they stand, to a path that is not in the table",
      send: () => get(`${ACCOUNTS}/../../../loyalty-programs/v1/program/premium-features`),
    },
    {
      name: "neighbour",
      about: "a method of the upstream that is not in the table",
      send: (s) =>
        get("/loyalty-programs/v1/program/premium-features", s.staff ? "staff" : "member"),
    },
    {
      name: "token-endpoint",
      about: "the upstream's token endpoint",
      send: () => ({ path: "/oauth2/token", body: { grantType: "anonymous" } }),
    },
    {
      name: "other-service",
      about: "another service of the upstream",
      send: () => get("/contacts/v4/contacts"),
    },
    {
      name: "sandbox-control",
      about: "the control plane of a sandbox behind the proxy",
      send: () => ({ path: "/_sandbox/export", headers: { "x-sandbox-control": "1" } }),
    },
    { name: "two-slashes", about: "a host behind two slashes", send: () => get("//evil.example/") },
    { name: "at-sign", about: "a host behind an @", send: () => get("/@evil.example/") },
    {
      name: "glued-host",
      about: "a path without its slash, which a careless join glues to the upstream's host",
      judge: refusedOrHungUp,
      send: () => ({ target: "@evil.example/", as: "member" }),
    },
    {
      name: "absolute-target",
      about: "a request line with another host's URL",
      judge: refusedOrHungUp,
      send: () => ({
        target: "http://evil.example/loyalty-programs/v1/program/premium-features",
        as: "member",
      }),
    },
    {
      name: "raw-line-break",
      about: "a bare line feed in the request line",
      judge: refusedOrHungUp,
      send: () => get(`${ACCOUNTS}/x\nX-Injected: yes`),
    },
  ]),
];
