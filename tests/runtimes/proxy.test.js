// The security suite of the proxy on every runtime: the same cases over HTTP, the same results, in one table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { at } from "../../scripts/lib/paths.js";
import { A, KEY, ORIGIN, POLICY, SITE } from "../proxy/support.js";
import { CASES, runCases, wrongs } from "./proxy/cases.js";
import { RUNTIMES } from "./proxy/servers.js";
import { AUDIENCE, INSTANCE, ISSUER, WITH_TOKEN, makeTokens } from "./proxy/tokens.js";
import { startUpstream } from "./proxy/upstream.js";

/**
 * What shows over HTTP. Of the others P12 and P18 run on every runtime in suites of their own (`vectors.test.js`,
 * `session-everywhere.test.js`), P10 is one proxy a site, P13, P31, P32 and P35 look behind the answers, P14 reads the
 * sources, and P37 and P38 are no proxy's.
 */
const RULES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 34,
  36,
];

let upstream;
let made;
/** Results by runtime, then by case. */
const seen = new Map();
before(async () => {
  upstream = await startUpstream();
  made = await makeTokens();
});
after(() => upstream.stop());

const settings = () => ({
  key: KEY,
  siteId: SITE,
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: made.jwks,
  publicKey: made.publicKey,
  instanceId: INSTANCE,
  origin: ORIGIN,
  upstream: upstream.url,
  policy: {
    ...POLICY,
    botCheck: ["redeemCurrentMemberPointsForCoupon"],
    limits: { ...POLICY.limits, callerPerMinute: 120, upstreamPerMinute: 100_000 },
  },
  // It stands, so that no minute ends between two calls that are counted in it.
  now: made.now * 1000,
  given: {
    to: WITH_TOKEN,
    caller: { memberId: A.memberId, contactId: A.contactId, upstreamToken: "OauthNG.JWS.of-a" },
  },
});

for (const [runtime, start] of Object.entries(RUNTIMES)) {
  test(`${runtime} keeps every rule`, async () => {
    const results = new Map();
    seen.set(runtime, results);
    // Those that trap have a server of their own: its WebAssembly can be made to.
    for (const traps of [false, true]) {
      const cases = CASES.filter((each) => (each.traps === true) === traps);
      const server = await start({ ...settings(), traps });
      try {
        const stage = { url: server.url, upstream, tokens: made.tokens };
        for (const entry of await runCases(stage, cases)) results.set(...entry);
      } finally {
        await server.stop();
      }
    }
    const found = CASES.map((each) => [each, wrongs(each, results.get(each.name), results)])
      .filter(([, what]) => what.length > 0)
      .map(([{ rule, name }, what]) => `${rule} ${name}: ${what.join("; ")}`);
    assert.deepEqual(found, []);
  });
}

test("the results are the same on all of them, to the byte", (t) => {
  const [[, first], ...others] = seen;
  assert.equal(seen.size, Object.keys(RUNTIMES).length);
  const differing = [];
  for (const each of CASES) {
    const { name, rule } = each;
    for (const [runtime, results] of others) {
      if (facts(first.get(name), each) !== facts(results.get(name), each)) {
        differing.push(`${rule} ${name}: ${runtime}`);
      }
    }
  }
  for (const line of table()) t.diagnostic(line);
  assert.deepEqual(differing, []);
});

test("no case is there twice, and every rule that shows over HTTP has one", () => {
  const readme = readFileSync(at("README.md"), "utf8");
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
  const rules = new Set(CASES.map(({ rule }) => Number(rule.slice(1))));
  assert.deepEqual(
    [...rules].sort((a, b) => a - b),
    RULES,
  );
  assert.ok(readme.includes(`the same ${CASES.length} security cases`), "the read-me counts them");
});

/** What must not differ. Of many at once it does who came first, and of the parts of /me which. */
function facts({ statuses, text, headers, upstream: above }, { atOnce, send }) {
  const sent = above.map(({ method, path, body }) => [method, path, body].join(" "));
  if (send.startsWith("GET /me")) sent.sort();
  const answer = atOnce === undefined ? [statuses, text, headers, sent] : statuses.toSorted();
  return JSON.stringify(answer);
}

/** One row a rule: how many of its cases each runtime keeps. */
function table() {
  const runtimes = [...seen.keys()];
  const rows = RULES.map((number) => {
    const cases = CASES.filter(({ rule }) => rule === `P${number}`);
    const kept = runtimes.map((runtime) => {
      const results = seen.get(runtime);
      const good = cases.filter(
        (each) => wrongs(each, results.get(each.name), results).length === 0,
      );
      return `${good.length}/${cases.length}`;
    });
    return [`P${number}`, ...kept];
  });
  return [["rule", ...runtimes], ...rows].map((row) => row.map((cell) => cell.padEnd(9)).join(""));
}
