// Several sites behind one proxy: what is one site's never serves another (P10).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiKey,
  app,
  createProxy,
  custom,
  memoryStore,
  session,
  wixLogin,
} from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { ORIGIN, POLICY, call, earn, fresh } from "./support.js";

const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
const ME = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const known = (members) =>
  custom(({ token }) => (token === null ? { role: "visitor" } : (members[token] ?? null)));

/**
 * Two sandboxes at two hosts, and a proxy of both over one store. The sandboxes have the same seed, so accounts and
 * members have the same ids: whatever is mixed up shows.
 */
async function twoSites(t, { site, ...more } = {}) {
  const boxes = await Promise.all([1, 1].map((seed) => createSandbox({ seed })));
  t.after(() => boxes.forEach((box) => box.close()));
  const [one, two] = boxes;
  const sent = [];
  const store = memoryStore();
  const logs = [];
  const keys = { one: one.apiKey, two: "SANDBOX.another-key-of-this-test" };
  const siteIds = { one: one.siteId, two: "22222222-0000-4000-8000-000000000002" };
  const [member] = one.members;
  const person = { role: "member", memberId: member.memberId };
  const proxy = createProxy({
    cache: { accountMs: 0, catalogMs: 0 },
    sites: {
      one: {
        credential: apiKey({ key: keys.one, siteId: siteIds.one }),
        identify: known({ "member-of-one": person }),
      },
      two: {
        credential: apiKey({ key: keys.two, siteId: siteIds.two }),
        identify: known({ "member-of-two": person }),
      },
    },
    site,
    origins: [ORIGIN],
    policy: POLICY,
    confirm: { "review-exists": () => true },
    upstream: "http://127.0.0.1:9",
    store,
    log: (line) => logs.push(line),
    async fetch(request) {
      const key = request.headers.get("authorization");
      sent.push({ key, siteId: request.headers.get("wix-site-id"), url: request.url });
      // The second sandbox stands in for the second site: its key is exchanged for the one it knows.
      const isTwo = key === keys.two;
      const headers = new Headers(request.headers);
      if (isTwo) {
        headers.set("authorization", two.apiKey);
        headers.set("wix-site-id", two.siteId);
      }
      return (isTwo ? two : one).fetch(new Request(request, { headers }));
    },
    ...more,
  });
  const at = (name) => (line, who, options) =>
    call(proxy, [line[0], `/${name}${line[1]}`], who, options);
  return { proxy, sent, logs, keys, siteIds, member, one: at("one"), two: at("two") };
}

test("p10_each_site_sends_its_own_credential_and_site", async (t) => {
  const { one, two, sent, keys, siteIds } = await twoSites(t);
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : two)(PROGRAM)),
  ).then((answers) => answers.forEach(({ status, text }) => assert.equal(status, 200, text)));
  const pairs = new Set(sent.map(({ key, siteId }) => `${key} ${siteId}`));
  assert.deepEqual(pairs, new Set([`${keys.one} ${siteIds.one}`, `${keys.two} ${siteIds.two}`]));
  assert.equal(sent.length, 20);
});

test("p10_a_caller_of_one_site_is_nobody_at_another", async (t) => {
  const { one, two } = await twoSites(t);
  assert.equal((await one(ME, "member-of-one")).status, 200);
  assert.equal((await two(ME, "member-of-one")).status, 401);
  assert.equal((await two(ME, "member-of-two")).status, 200);
  assert.equal((await one(ME, "member-of-two")).status, 401);
});

test("p10_counters_and_keys_of_one_site_are_not_anothers", async (t) => {
  const { one, two } = await twoSites(t);
  const key = fresh();
  const visit = (at, who, more) => earn(at, "daily-visit", who, more);
  assert.equal((await visit(one, "member-of-one", { key })).status, 200);
  const again = await visit(one, "member-of-one");
  assert.deepEqual([again.status, again.json.code], [403, "LIMIT_REACHED"]);
  const other = await visit(two, "member-of-two", { key });
  assert.equal(other.status, 200, "same member, same key, same day, another site");
  assert.equal((await visit(two, "member-of-two")).json.code, "LIMIT_REACHED");
});

test("p10_rates_are_counted_by_site", async (t) => {
  const policy = { ...POLICY, limits: { upstreamPerMinute: 3 } };
  const { one, two } = await twoSites(t, { policy });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await one(PROGRAM)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  assert.equal((await two(PROGRAM)).status, 200);
});

test("a_site_is_chosen_by_the_developers_function_and_an_unknown_one_is_404", async (t) => {
  const seen = [];
  const site = (request) => {
    seen.push(Object.fromEntries(request.headers));
    return { "shop.example": "one", "other.example": "two" }[new URL(request.url).hostname];
  };
  const { proxy, sent, keys } = await twoSites(t, { site });
  const ask = async (host) => {
    const headers = { "x-loyalty-client": "test/1", authorization: "secret", cookie: "a=b" };
    const url = `https://${host}/loyalty/loyalty-programs/v1/program`;
    const response = await proxy.fetch(new Request(url, { headers }));
    return { status: response.status, json: await response.json(), headers: response.headers };
  };
  assert.equal((await ask("shop.example")).status, 401);
  const health = (host) => proxy.fetch(new Request(`https://${host}/loyalty/healthz`));
  assert.equal((await health("other.example")).status, 200);
  const nowhere = await ask("evil.example");
  assert.deepEqual([nowhere.status, nowhere.json.code], [404, "NOT_FOUND"]);
  assert.equal(nowhere.headers.get("cache-control"), "no-store");
  assert.equal(seen.length, 3);
  assert.ok(seen.every((headers) => !("authorization" in headers) && !("cookie" in headers)));
  assert.ok(sent.every(({ key }) => key === keys.one));
  for (const name of ["constructor", "__proto__", "toString", "", undefined, null, 5, {}]) {
    const odd = await twoSites(t, { site: () => name });
    const got = await odd.proxy.fetch(new Request("https://shop.example/loyalty/healthz"));
    assert.equal(got.status, 404, String(name));
  }
});

test("a_site_function_that_throws_is_500_and_tells_nothing", async (t) => {
  const errors = console.error;
  const told = [];
  console.error = (line) => told.push(line);
  t.after(() => (console.error = errors));
  const site = () => {
    throw new Error("secret words");
  };
  const { proxy } = await twoSites(t, { site });
  const got = await proxy.fetch(new Request("https://shop.example/loyalty/healthz"));
  assert.equal(got.status, 500);
  assert.doesNotMatch((await got.text()) + told.join(), /secret words/);
});

test("by_path_each_site_has_its_own_mount_and_the_rest_is_404", async (t) => {
  const { proxy } = await twoSites(t);
  const status = async (path) =>
    (await proxy.fetch(new Request(`https://shop.example${path}`))).status;
  assert.equal(await status("/loyalty/one/healthz"), 200);
  assert.equal(await status("/loyalty/two/healthz"), 200);
  for (const path of ["/loyalty/healthz", "/loyalty/three/healthz", "/loyalty/onex/healthz", "/"]) {
    assert.equal(await status(path), 404, path);
  }
  assert.deepEqual(await proxy.prepare(), { basePath: "/loyalty" });
});

test("p10_options_that_would_mix_sites_are_refused", () => {
  const credential = (siteId) => apiKey({ key: "key-of-this-test", siteId });
  const identify = () => custom(() => ({ role: "visitor" }));
  const one = { credential: credential("site-1"), identify: identify() };
  const two = { credential: credential("site-2"), identify: identify() };
  const shared = { origins: [ORIGIN], policy: {}, upstream: "http://127.0.0.1:9", log() {} };
  const make = (sites, more = {}) => createProxy({ sites, ...shared, ...more });
  assert.ok(make({ one, two }));
  for (const [sites, pattern, more] of [
    [{}, /sites: give at least one/],
    [5, /sites: give at least one/],
    [{ One: one }, /sites\.One: a name/],
    [{ "../x": one }, /a name is/],
    [{ one: null }, /sites\.one: give options/],
    [{ one: { ...one, store: memoryStore() } }, /sites\.one: has no store/],
    [{ one, two: { ...two, credential: one.credential } }, /\.credential: is that of/],
    [{ one, two: { ...two, identify: one.identify } }, /\.identify: is that of/],
    [{ one, two: { ...two, credential: credential("site-1") } }, /of the same site as that of one/],
    [{ one, two: { ...two, credential: credential("SITE-1") } }, /of the same site as that of one/],
    [{ one, two: { ...two, basePath: "/loyalty/one/two" } }, /lies at or within/],
    [{ one: { identify: identify() } }, /credential is missing/],
    [{ one: { credential: one.credential } }, /identify is missing/],
    [{ one, two }, /credential: with sites it stands/, { credential: one.credential }],
    [{ one, two }, /identify: with sites it stands/, { identify: one.identify }],
    [{ one, two }, /resolve: with sites it stands/, { resolve: () => null }],
    [{ one, two }, /site must be a function/, { site: "one" }],
    [{ one, two }, /unknown option polcy/, { polcy: {} }],
  ]) {
    assert.throws(
      () => make(sites, more),
      (error) => error.code === "INVALID_CONFIGURATION" && pattern.test(error.message),
      String(pattern),
    );
  }
});

test("p10_apps_of_two_sites_hold_two_tokens", async () => {
  const token = (name) => `OauthNG.JWS.token-of-${name}`;
  const sent = [];
  const proxy = createProxy({
    cache: { accountMs: 0, catalogMs: 0 },
    sites: Object.fromEntries(
      ["one", "two"].map((name) => [
        name,
        {
          credential: app({ appId: "app", appSecret: "secret-of-the-app", instanceId: name }),
          identify: custom(() => ({ role: "visitor" })),
        },
      ]),
    ),
    origins: [ORIGIN],
    policy: POLICY,
    confirm: { "review-exists": () => true },
    upstream: "http://127.0.0.1:9",
    log() {},
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/oauth2/token") {
        const { instance_id: name } = await request.json();
        return Response.json({ access_token: token(name), expires_in: 3_600 });
      }
      sent.push(request.headers.get("authorization"));
      const loyaltyProgram = { name: "Points", pointDefinition: {}, status: "ACTIVE" };
      return Response.json({ loyaltyProgram });
    },
  });
  for (const name of ["one", "two", "one", "two"]) {
    assert.equal((await call(proxy, ["GET", `/${name}${PROGRAM[1]}`])).status, 200);
  }
  assert.deepEqual(sent, [token("one"), token("two"), token("one"), token("two")]);
});

test("revoke_names_the_site_where_there_are_several", async () => {
  const site = (siteId) => ({
    credential: apiKey({ key: "key-of-this-test", siteId }),
    identify: session({
      keys: [crypto.getRandomValues(new Uint8Array(32))],
      login: wixLogin({ clientId: "client" }),
    }),
  });
  const proxy = createProxy({
    cache: { accountMs: 0, catalogMs: 0 },
    sites: { one: site("site-1"), two: site("site-2") },
    origins: [ORIGIN],
    policy: {},
    upstream: "http://127.0.0.1:9",
    log() {},
  });
  await assert.rejects(proxy.revoke("member"), /name one/);
  await assert.rejects(proxy.revoke("member", { site: "three" }), /no site three/);
  await proxy.revoke("member", { site: "two" });
});
