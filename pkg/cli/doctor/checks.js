import { codeOf } from "./call.js";

/**
 * What can be looked at without changing anything: one line each, and what to mend.
 *
 * @typedef {{ check: string, result: "ok" | "warn" | "fail", says: string, mend?: string }} Line
 * @typedef {import("./call.js").Call} Call
 */

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WHERE = "take it from the address of the site's dashboard, behind /dashboard/";
const SLOW_MS = 1_000;
const SKEW_WARN_MS = 5_000;
/** A proxy takes tokens whose dates are off by no more. */
const SKEW_FAIL_MS = 60_000;

/** @type {(check: string, result: Line["result"], says: string, mend?: string) => Line} */
export const line = (check, result, says, mend) => ({ check, result, says, ...(mend && { mend }) });

/** @param {string | undefined} siteId @returns {Line} */
export function checkSite(siteId) {
  if (siteId === undefined || siteId === "") {
    return line(
      "site",
      "fail",
      "there is no site id",
      `${WHERE}; then set WIX_SITE_ID, or give --site ID`,
    );
  }
  if (!GUID.test(siteId)) {
    return line("site", "fail", "the site id is no GUID", WHERE);
  }
  return line("site", "ok", `site ${siteId}`);
}

/** What a page or a proxy says to a path that it does not know. The service says these in JSON. */
const STRANGE = new Set([200, 404, 405]);

const LIMIT_1 = { query: { cursorPaging: { limit: 1 } } };

/** The cheapest read for each permission. @type {[permission: string, method: "GET" | "POST", path: string, body: unknown, without: string][]} */
const READS = [
  ["READ_PROGRAM", "GET", "/loyalty-programs/v1/program", undefined, "nobody can see the program"],
  [
    "READ_ACCOUNTS",
    "POST",
    "/loyalty-accounts/v1/accounts/query",
    LIMIT_1,
    "no member can see points",
  ],
  [
    "READ_TRANSACTIONS",
    "POST",
    "/loyalty-transactions/v1/loyalty-transactions/query",
    LIMIT_1,
    "no history, and a payment of unknown outcome can't be found again",
  ],
  ["READ_TIERS", "GET", "/loyalty-tiers/v1/tiers", undefined, "no tiers can be shown"],
  [
    "READ_REWARDS",
    "GET",
    "/loyalty-rewards/v1/rewards?cursorPaging.limit=1",
    undefined,
    "no rewards can be shown",
  ],
  [
    "READ_COUPONS",
    "POST",
    "/loyalty-coupons/v1/coupons/query",
    LIMIT_1,
    "members can't see their coupons",
  ],
];

/**
 * Key, site, permissions, program, clock and latency, by six reads.
 *
 * @param {Call} call
 * @param {() => number} [now]
 * @returns {Promise<Line[]>}
 */
export async function checkService(call, now = Date.now) {
  const [, ...others] = READS;
  const [permission, method, path, body, without] = READS[0];
  const program = await call(method, path, body);
  if ("failed" in program) {
    return [
      line("reachable", "fail", program.failed, "look at --upstream, your network and its proxies"),
    ];
  }
  const at = now();
  if (program.json === undefined && STRANGE.has(program.status)) {
    const says = `what answers is not the loyalty service: ${program.status}, and no JSON`;
    const mend =
      "--upstream takes the API's own address, such as https://www.wixapis.com; not your proxy's";
    return [line("reachable", "fail", says, mend)];
  }
  const reachable = line("reachable", "ok", "the service answers");
  if (program.status === 401) {
    return [
      reachable,
      line(
        "key",
        "fail",
        `the service does not accept the key for this site (401${said(program)})`,
        "is it revoked, or of another account? Does WIX_SITE_ID name a site of the same account?",
      ),
    ];
  }
  if (program.status >= 300 && program.status < 400) {
    return [
      reachable,
      line(
        "key",
        "fail",
        `the service sends us elsewhere (${program.status})`,
        "--upstream takes the API's own address, such as https://www.wixapis.com",
      ),
    ];
  }
  const lines = [
    reachable,
    line("key", "ok", "the service accepts the key for this site"),
    permitted(permission, program, without),
  ];
  const times = [program.ms];
  for (const [name, verb, place, payload, loss] of others) {
    const answer = await call(verb, place, payload);
    times.push(answer.ms);
    lines.push(permitted(name, answer, loss));
  }
  return [...lines, checkProgram(program), checkClock(program.date, at), checkLatency(times)];
}

/** @param {string} permission @param {Awaited<ReturnType<Call>>} answer @param {string} without @returns {Line} */
function permitted(permission, answer, without) {
  if ("failed" in answer)
    return line(
      permission,
      "fail",
      answer.failed,
      "try again; if it stays so, ask the service's status page",
    );
  const { status } = answer;
  if (status === 200) return line(permission, "ok", "may be read");
  if (status === 403 || status === 401) {
    return line(
      permission,
      "fail",
      `the key may not (${status}${said(answer)}): ${without}`,
      "give the key the permissions of Wix Loyalty Program, in the API keys manager",
    );
  }
  if (status === 404 || status === 428) {
    return line(
      permission,
      "fail",
      `is not there (${status}${said(answer)})`,
      "install the Wix Loyalty Program app on the site",
    );
  }
  if (status === 429)
    return line(
      permission,
      "warn",
      "too many calls (429)",
      "wait a minute and run the doctor again",
    );
  return line(
    permission,
    "fail",
    `the service answers ${status}${said(answer)}`,
    "try again; if it stays so, ask the service's status page",
  );
}

/** @param {{ status: number, json: any }} program @returns {Line} */
function checkProgram({ status, json }) {
  const state = json?.loyaltyProgram?.status;
  if (status !== 200 || typeof state !== "string") {
    return line("program", "fail", "the program could not be read", "mend the lines above first");
  }
  if (state === "ACTIVE") return line("program", "ok", "the loyalty program is ACTIVE");
  return line(
    "program",
    "warn",
    `the loyalty program is ${state}: no points can be earned or redeemed`,
    "activate it in the site's dashboard, under Loyalty Program",
  );
}

/** @param {string | undefined} date @param {number} at @returns {Line} */
export function checkClock(date, at) {
  const theirs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(theirs))
    return line(
      "clock",
      "warn",
      "the service tells no time",
      "compare this machine's clock with another by hand",
    );
  const skew = at - theirs;
  // The header counts whole seconds.
  const seconds = Math.round(Math.abs(skew) / 1000);
  const direction = skew > 0 ? "ahead of" : "behind";
  if (Math.abs(skew) > SKEW_FAIL_MS) {
    return line(
      "clock",
      "fail",
      `this machine's clock is ${seconds} s ${direction} the service's: valid tokens will be refused`,
      "let it be set by NTP",
    );
  }
  if (Math.abs(skew) > SKEW_WARN_MS) {
    return line(
      "clock",
      "warn",
      `this machine's clock is ${seconds} s ${direction} the service's`,
      "let it be set by NTP",
    );
  }
  return line("clock", "ok", "this machine's clock agrees with the service's");
}

/** @param {number[]} times @returns {Line} */
export function checkLatency(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const median = Math.round(sorted[Math.floor(sorted.length / 2)]);
  const worst = Math.round(sorted[sorted.length - 1]);
  const says = `a read takes ${median} ms, the slowest took ${worst} ms`;
  return median > SLOW_MS
    ? line(
        "latency",
        "warn",
        says,
        "run the proxy nearer to the service, or let it cache what is the same for all",
      )
    : line("latency", "ok", says);
}

/** @param {{ json: any }} answer */
function said({ json }) {
  const code = codeOf(json);
  return code !== undefined && /^\w{1,60}$/.test(code) ? ` ${code}` : "";
}
