import { gzipSync } from "node:zlib";
import { refused, refusedForm } from "../judge.js";
import { ACCOUNTS, REWARDS, TRANSACTIONS } from "../paths.js";
import { freshSubject } from "../request.js";
import { attacksOf } from "./attack.js";

/** Class `bodies`: what is too large, too deep, or not what it says. Each wants a 4xx of its own, and no crash. */

const MEND =
  "Limit size, depth, page and headers before you parse, read strict UTF-8 JSON, and answer each with its own 4xx.";

const KB = 1024;
const hangUp = refused({ hangUp: true });

/** Bodies of an action that must not be carried out. @type {[name: string, about: string, body: (subject: string) => string | Buffer, headers?: Record<string, string>][]} */
const BODIES = [
  [
    "over-16-kb",
    "of 17 KB",
    (subject) => `{"subject":"${subject}","parameters":{"a":"${"x".repeat(17 * KB)}"}}`,
  ],
  [
    "many-fields",
    "of 5,000 fields",
    (subject) =>
      `{"subject":"${subject}",${Array.from({ length: 5000 }, (_, at) => `"f${at}":${at}`).join(",")}}`,
  ],
  [
    "deep",
    "nested 5,000 deep",
    (subject) => `{"subject":"${subject}","parameters":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  ],
  [
    "deep-objects",
    "with objects in objects, 2,000 deep",
    () => `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`,
  ],
  ["truncated", "that ends in the middle", (subject) => `{"subject":"${subject}`],
  [
    "trailing",
    "with more behind it",
    (subject) => `{"subject":"${subject}"}{"subject":"${subject}"}`,
  ],
  ["comments", "with a comment", (subject) => `{"subject":"${subject}"/* */}`],
  ["not-a-number", "with NaN", (subject) => `{"subject":"${subject}","parameters":{"a":NaN}}`],
  ["array", "that is a list", (subject) => `[{"subject":"${subject}"}]`],
  ["null", "that is null", () => "null"],
  ["text", "that is a text", () => '"verify"'],
  ["empty", "with nothing in it", () => ""],
  [
    "not-utf8",
    "that is not UTF-8",
    () =>
      Buffer.from([
        0x7b, 0x22, 0x73, 0x75, 0x62, 0x6a, 0x65, 0x63, 0x74, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22,
        0x7d,
      ]),
  ],
  [
    "utf16",
    "in UTF-16",
    (subject) => Buffer.from(`{"subject":"${subject}"}`, "utf16le"),
    { "content-type": "application/json; charset=utf-16" },
  ],
  [
    "gzip",
    "compressed",
    (subject) => gzipSync(`{"subject":"${subject}"}`),
    { "content-encoding": "gzip" },
  ],
  [
    "gzip-bomb",
    "that unpacks to 8 MB",
    () => gzipSync(`{"subject":"${"x".repeat(8 * KB * KB)}"}`),
    { "content-encoding": "gzip" },
  ],
  [
    "gzip-in-name-only",
    "that says to be compressed, and is not",
    (subject) => `{"subject":"${subject}"}`,
    { "content-encoding": "gzip" },
  ],
];

/** Pages that are none. */
const LIMITS = [101, 1000, 1_000_000, 0, -1, 1.5, "100", 1e30];

export const bodies = [
  ...attacksOf(
    {
      class: "bodies",
      rule: "P26",
      mend: MEND,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    BODIES.map(([name, about, body, headers]) => ({
      name: `body-${name}`,
      about: `a body ${about}`,
      send: (s) => ({
        path: `/actions/${s.action}`,
        as: "member",
        body: body(freshSubject()),
        headers,
      }),
    })),
  ),
  ...attacksOf({ class: "bodies", rule: "P26", mend: MEND, needs: ["member"], writes: true }, [
    {
      name: "body-2-mb",
      about: "a body of 2 MB",
      judge: hangUp,
      send: (s) => ({
        path: `/actions/${s.action}`,
        as: "member",
        body: `{"subject":"${"x".repeat(2 * KB * KB)}"}`,
      }),
    },
    {
      name: "length-and-chunks",
      about: "a length and chunks at once, which two servers read as two requests",
      judge: hangUp,
      send: (s) => ({
        path: `/actions/${s.action}`,
        as: "member",
        body: "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        headers: { "transfer-encoding": "chunked" },
      }),
    },
    {
      name: "two-lengths",
      about: "two lengths that differ",
      judge: hangUp,
      send: (s) => ({
        path: `/actions/${s.action}`,
        as: "member",
        body: { subject: freshSubject() },
        headers: { "Content-Length": "3" },
      }),
    },
  ]),
  ...attacksOf({ class: "bodies", rule: "P26", mend: MEND, needs: ["member"] }, [
    {
      name: "page-size",
      about: "pages of more than 100, of none, of less, of half a row",
      send: () =>
        LIMITS.map((limit) => ({
          path: `${TRANSACTIONS}/query`,
          as: /** @type {const} */ ("member"),
          body: { query: { cursorPaging: { limit } } },
        })),
    },
    {
      name: "page-size-in-query",
      about: "a page of 1,000 in the query string",
      send: () => ({ path: `${REWARDS}?cursorPaging.limit=1000`, as: "member" }),
    },
    {
      name: "long-cursor",
      about: "a cursor of 17,000 letters",
      send: () => ({
        path: `${TRANSACTIONS}/query`,
        as: "member",
        body: { query: { cursorPaging: { cursor: "x".repeat(17_000) } } },
      }),
    },
    {
      name: "made-up-cursor",
      about: "a cursor that somebody made up",
      send: () => ({
        path: `${TRANSACTIONS}/query`,
        as: "member",
        body: { query: { cursorPaging: { cursor: "eyJhIjoxfQ" } } },
      }),
    },
    {
      name: "unknown-query-field",
      about: "a query with a field that nobody knows",
      rule: "P6",
      send: () => ({
        path: `${TRANSACTIONS}/query`,
        as: "member",
        body: { query: { verifyUnknown: true } },
      }),
    },
    {
      name: "many-headers",
      about: "300 headers",
      judge: hangUp,
      send: () => ({
        path: `${ACCOUNTS}/my-account`,
        as: "member",
        headers: Object.fromEntries(
          Array.from({ length: 300 }, (_, at) => [`x-verify-${at}`, "1"]),
        ),
      }),
    },
    {
      name: "long-header",
      about: "a header of 64 KB",
      judge: hangUp,
      send: () => ({
        path: `${ACCOUNTS}/my-account`,
        as: "member",
        headers: { "x-verify": "x".repeat(64 * KB) },
      }),
    },
    {
      name: "long-path",
      about: "a path of 64 KB",
      judge: hangUp,
      send: () => ({ path: `${ACCOUNTS}/${"x".repeat(64 * KB)}`, as: "member" }),
    },
    {
      name: "long-query",
      about: "an id list of 300",
      send: (s) => ({
        path: `${ACCOUNTS}?${Array.from({ length: 300 }, () => `contactIds=${s.nobody}`).join("&")}`,
        as: "member",
      }),
    },
  ]),
];
