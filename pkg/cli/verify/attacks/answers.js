import { always, header, jsonOf, refusal, refused, skipped, through } from "../judge.js";
import { ACCOUNTS } from "../paths.js";
import { attacksOf } from "./attack.js";

/**
 * Class `answers`: what answers give away. The first few provoke an answer; the others look through
 * every answer of the whole run, so they come last.
 */

const LEAKS =
  "Build answers and errors from nothing: known fields and headers only, and never a text of the upstream or of an exception.";

/** Texts that have the form of a credential. Masked wherever they are printed. */
export const CREDENTIALS =
  /\b(?:IST|SANDBOX)\.[A-Za-z0-9_.-]{8,}|OauthNG\.JWS\.[A-Za-z0-9_.-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/g;

const STACKS =
  /(?:\n|\\n)\s+at .+:\d+:\d+|Traceback \(most recent call last\)|panicked at|node_modules\/|goroutine \d+ \[|Exception in thread|\.java:\d+\)|File ".+", line \d+|RuntimeError: unreachable|<title>Werkzeug|ECONNREFUSED|getaddrinfo/;
const UPSTREAM = /www\.wixapis\.com|edge\.wixapis\.com|127\.0\.0\.1:\d+|wix-site-id/i;
const JSON_TYPE = /^application\/(?:json|problem\+json)\b/i;

const SECRET_FILES = [
  "/.env",
  "/.git/config",
  "/.dev.vars",
  "/wrangler.toml",
  "/loyalty.policy.json",
  "/package.json",
  "/worker.js",
  "/worker.js.map",
  "/debug",
  "/metrics",
  "/config",
  "/env",
];
const SECRETS = /WIX_API_KEY|WIX_SITE_ID|"grants"\s*:|\[core\]|sourcesContent|PRIVATE KEY/;

/** Answers of the proxy itself: a server in front of it may refuse what is no HTTP in its own words. @param {any} answer */
const own = (answer) => answer.reply.status === 200 || jsonOf(answer.reply) !== undefined;

/** Answers under the proxy's own path with a body, preflights apart. @param {any} answer */
const spoken = (answer) =>
  own(answer) && answer.reply.text !== "" && !/^OPTIONS|jwks/.test(answer.line);

export const answers = [
  ...attacksOf({ class: "answers", rule: "P34", mend: LEAKS }, [
    {
      name: "upstream-error",
      about: "an error of the upstream, passed on in its own words",
      needs: ["member"],
      judge: isProblem,
      send: (s) => {
        const asked = [
          { path: `${ACCOUNTS}/${s.nobody}`, as: /** @type {"member" | "staff"} */ ("member") },
        ];
        return s.staff
          ? [...asked, { path: `${ACCOUNTS}/${s.nobody}`, as: /** @type {const} */ ("staff") }]
          : asked;
      },
    },
    {
      name: "script-in-error",
      about: "a script in the path, which an error page would run",
      judge: ([answer]) => {
        if (answer.reply === undefined) return skipped("no evidence: no answer");
        const type = header(answer.reply, "content-type") ?? "text/html";
        const runs = /html|svg|xml/i.test(type) && answer.reply.text.includes("<script>");
        return runs ? through("the path stands in a page of HTML") : refused()([answer], {});
      },
      send: () => ({ path: "/<script>alert(1)</script>" }),
    },
    {
      name: "files",
      about: "files that lie around a proxy: environment, policy, sources",
      rule: "P22",
      mend: "Serve nothing but the proxy's own routes.",
      judge: always(
        ({ reply }) =>
          reply.status === 200 && SECRETS.test(reply.text)
            ? "serves a file that is nobody's business"
            : undefined,
        "nothing of the kind is served",
      ),
      send: () => SECRET_FILES.map((path) => ({ path })),
    },
  ]),
  ...attacksOf({ class: "answers", rule: "P22", mend: LEAKS }, [
    {
      name: "credential-shape",
      about: "something in the form of a credential, in any answer",
      passive: true,
      judge: always(({ reply, line, sent }) => {
        if (/jwks/.test(line)) return undefined;
        const text = `${reply.text} ${reply.headers.flat().join(" ")}`;
        // What the attacker sent himself and gets back is an echo: another attack looks for those.
        const found = [...text.matchAll(CREDENTIALS)].some(([shape]) => !sent.includes(shape));
        return found ? "has the form of a credential" : undefined;
      }, "none in any answer"),
    },
    {
      name: "token-echo",
      about: "the caller's own token, in any answer",
      passive: true,
      judge: always(({ reply }, { tokens }) => {
        const told = Object.values(tokens).some(
          (token) => token && token.length > 16 && reply.text.includes(token),
        );
        return told ? "repeats the caller's token" : undefined;
      }, "none in any answer"),
    },
    {
      name: "stack-trace",
      about: "a stack trace or the message of an exception, in any answer",
      rule: "P19",
      passive: true,
      judge: always(
        ({ reply }) => (STACKS.test(reply.text) ? "tells where the code failed" : undefined),
        "none in any answer",
      ),
    },
    {
      name: "upstream-address",
      about: "the upstream's address, in any answer",
      rule: "P34",
      passive: true,
      judge: always(
        (answer) =>
          spoken(answer) && UPSTREAM.test(ownWords(answer))
            ? "tells where the upstream is"
            : undefined,
        "none in any answer",
      ),
    },
    {
      name: "set-cookie",
      about: "a cookie of the upstream's, in any answer",
      rule: "P21",
      passive: true,
      judge: always(
        ({ reply }) => (header(reply, "set-cookie") === undefined ? undefined : "sets a cookie"),
        "none in any answer",
      ),
    },
    {
      name: "upstream-headers",
      about: "headers of the upstream's, in any answer",
      rule: "P21",
      passive: true,
      judge: always(({ reply }) => {
        const odd = reply.headers.find(([name]) =>
          /^(?:x-wix-(?!request-id$|consistent$)|x-seen-by$|wix-|x-powered-by$|x-sandbox)/.test(
            name,
          ),
        );
        return odd && `has the header ${odd[0]}`;
      }, "none in any answer"),
    },
  ]),
  ...attacksOf(
    {
      class: "answers",
      rule: "P19",
      mend: "Send Content-Type, X-Content-Type-Options: nosniff and Cache-Control: no-store with every answer.",
    },
    [
      {
        name: "sniffing",
        about: "an answer without nosniff",
        passive: true,
        judge: always(
          (answer) =>
            !spoken(answer) || /nosniff/i.test(header(answer.reply, "x-content-type-options") ?? "")
              ? undefined
              : "has no X-Content-Type-Options: nosniff",
          "all have it",
        ),
      },
      {
        name: "caching",
        about: "an answer that a cache may keep",
        passive: true,
        judge: always(
          (answer) =>
            !spoken(answer) || /no-store/i.test(header(answer.reply, "cache-control") ?? "")
              ? undefined
              : "has no Cache-Control: no-store",
          "none may be kept",
        ),
      },
      {
        name: "content-type",
        about: "JSON that does not say so",
        passive: true,
        judge: always(
          (answer) =>
            !spoken(answer) || JSON_TYPE.test(header(answer.reply, "content-type") ?? "")
              ? undefined
              : "has another content type than JSON",
          "all say so",
        ),
      },
      {
        name: "cors-star",
        about: "an answer that every page may read",
        rule: "P15",
        passive: true,
        judge: always(
          ({ reply }) =>
            header(reply, "access-control-allow-origin") === "*"
              ? "Access-Control-Allow-Origin: *"
              : undefined,
          "none",
        ),
      },
      {
        name: "cors-credentials",
        about: "an answer that a page may read with cookies",
        rule: "P18",
        passive: true,
        judge: always(
          ({ reply }) =>
            /true/i.test(header(reply, "access-control-allow-credentials") ?? "")
              ? "Access-Control-Allow-Credentials: true"
              : undefined,
          "none",
        ),
      },
      {
        name: "success-status",
        about: "a success that is not 200",
        rule: "P34",
        mend: "Answer 200 to what was done, and a problem of RFC 9457 to all else.",
        passive: true,
        judge: always(
          (answer) =>
            answer.reply.status > 200 &&
            answer.reply.status < 300 &&
            !answer.line.startsWith("OPTIONS")
              ? `answers ${answer.reply.status}`
              : undefined,
          "all are 200",
        ),
      },
    ],
  ),
];

/** What the answer says that the request did not. @param {{ reply: { text: string }, sent: string }} answer */
function ownWords({ reply, sent }) {
  const host = /^host: (.*)$/im.exec(sent)?.[1].trim() ?? "";
  return host === "" ? reply.text : reply.text.replaceAll(host, "");
}

/** @type {import("../judge.js").Judge} */
function isProblem(all, facts) {
  const verdict = refused()(all, facts);
  if (verdict.result !== "refused") return verdict;
  const at = all.findIndex(
    ({ reply }) => !/^application\/problem\+json/i.test(header(reply, "content-type") ?? ""),
  );
  if (at >= 0) return through("an error that is no application/problem+json", at);
  const body = jsonOf(/** @type {any} */ (all[0].reply));
  if (typeof body?.code !== "string") return through("an error without a code");
  return refusal("a problem of the proxy's own");
}
