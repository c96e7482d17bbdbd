// Sessions of Wix members: the headless login, whose tokens never reach the page and go up where members may call (P7).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { apiKey, session, wixLogin } from "loyalty-edge/proxy";
import { browser, pathOf } from "./browser.js";
import { ORIGIN, makeProxy } from "./support.js";
import { CLIENT_ID, LOGIN_PAGE, wix } from "./wix.js";

const ME = "/loyalty-accounts/v1/accounts/my-account";
const COUPONS = "/loyalty-coupons/v1/coupons/my-coupons";
const TOKEN = "/oauth2/token";
const HOUR = 3_600_000;

async function shop(t) {
  const upstream = await wix();
  t.after(() => upstream.sandbox.close());
  const { apiKey: key, siteId, members } = upstream.sandbox;
  const made = makeProxy({
    credential: apiKey({ key, siteId }),
    identify: session({
      keys: [randomBytes(32).toString("base64")],
      login: wixLogin({ clientId: CLIENT_ID }),
      idleSeconds: 6 * 3_600,
    }),
    fetch: (request) => upstream.fetch(request),
  });
  const [a] = members;
  const user = browser(made.proxy);
  const both = (ms) => {
    made.clock.now += ms;
    upstream.sandbox.clock.advance(ms);
  };
  const refreshes = () =>
    upstream.seen.filter(({ body }) => body?.grantType === "refresh_token").length;
  return { ...made, wix: upstream, user, a, both, refreshes, key };
}

async function signIn({ user, wix, a }) {
  const begun = await user.go("/loyalty/login?returnTo=/points");
  assert.deepEqual([begun.status, begun.location], [303, `${LOGIN_PAGE}/login?session=1`]);
  return user.go(pathOf(wix.authorize(a)), { "sec-fetch-site": "cross-site" });
}

test("p07_a_member_signs_in_and_the_members_token_goes_up", async (t) => {
  const all = await shop(t);
  const done = await signIn(all);
  assert.deepEqual([done.status, done.location], [303, `${ORIGIN}/points`], done.text);
  const { codeChallenge, state, ...asked } = all.wix.asked;
  assert.deepEqual(asked, {
    clientId: CLIENT_ID,
    redirectUri: `${ORIGIN}/loyalty/callback`,
    codeChallengeMethod: "S256",
    responseMode: "query",
    responseType: "code",
    scope: "offline_access",
  });
  assert.match(codeChallenge, /^[\w-]{43}$/);
  assert.match(state, /^[\w-]{43}$/);
  all.wix.seen.length = 0;
  const me = await all.user.call("GET", ME);
  assert.equal(me.json.account?.id, all.a.accountId, me.text);
  assert.equal((await all.user.call("GET", COUPONS)).status, 200);
  const own = `/loyalty-accounts/v1/accounts/${all.a.accountId}`;
  assert.equal((await all.user.call("GET", own)).status, 200);
  const by = all.wix.seen.map(({ path, authorization }) => [
    path.split("/").at(-1),
    authorization === all.key ? "credential" : authorization.slice(0, 12),
  ]);
  assert.deepEqual(by, [
    ["my-account", "OauthNG.JWS."],
    ["my-coupons", "OauthNG.JWS."],
    ["fetch-by", "credential"],
  ]);
});

test("the_members_token_is_renewed_by_the_proxy_once_for_all_who_wait", async (t) => {
  const all = await shop(t);
  await signIn(all);
  const tokens = () =>
    new Set(
      all.wix.seen.flatMap(({ path, authorization }) => (path === ME ? [authorization] : [])),
    );
  await all.user.call("GET", ME);
  all.both(4 * HOUR - 30_000);
  const old = all.user.cookies.get("__Host-loyalty");
  const answers = await Promise.all(Array.from({ length: 10 }, () => all.user.call("GET", ME)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(all.refreshes(), 1);
  assert.notEqual(all.user.cookies.get("__Host-loyalty"), old);
  assert.equal(tokens().size, 2);
  // A request that was on its way with the old cookie is no reason to renew again.
  all.user.cookies.set("__Host-loyalty", old);
  assert.equal((await all.user.call("GET", ME)).status, 200);
  assert.equal(all.refreshes(), 1);
});

test("a_renewal_that_upstream_refuses_ends_the_session", async (t) => {
  const all = await shop(t);
  await signIn(all);
  all.both(4 * HOUR);
  all.wix.bend = { [TOKEN]: () => new Response("", { status: 401 }) };
  const got = await all.user.call("GET", ME);
  assert.deepEqual([got.status, got.json.code], [401, "UNAUTHENTICATED"]);
  assert.equal(all.user.cookies.size, 0);
});

test("a_renewal_that_fails_leaves_what_lives_and_no_longer", async (t) => {
  const all = await shop(t);
  await signIn(all);
  all.both(4 * HOUR - 30_000);
  all.wix.bend = { [TOKEN]: () => new Response("", { status: 503 }) };
  assert.equal((await all.user.call("GET", ME)).status, 200);
  all.both(31_000);
  assert.equal((await all.user.call("GET", ME)).status, 503);
  all.wix.bend = {};
  assert.equal((await all.user.call("GET", ME)).status, 200);
});

test("a_login_that_upstream_does_not_take", async (t) => {
  const page = "/_api/redirects-api/v1/redirect-session";
  const at = (path, answer) => ({ [path]: answer });
  for (const [bend, status] of [
    [at(page, () => new Response("", { status: 500 })), 503],
    [at(page, () => Response.json({})), 503],
    [at(page, () => Response.json({ redirectSession: { fullUrl: "javascript:alert(1)" } })), 503],
    [at(TOKEN, () => new Response("", { status: 500 })), 503],
    [at(TOKEN, () => Response.json({ access_token: "a b", expires_in: 5 })), 503],
  ]) {
    const { user, wix } = await shop(t);
    wix.bend = bend;
    assert.equal((await user.go("/loyalty/login")).status, status);
  }
  const all = await shop(t);
  await all.user.go("/loyalty/login");
  const back = all.wix.authorize(all.a);
  back.searchParams.set("code", "another");
  assert.equal((await all.user.go(pathOf(back))).status, 401);
  await all.user.go("/loyalty/login");
  all.wix.bend = {
    "/oauth2/token-info": () =>
      Response.json({ active: true, subjectType: "VISITOR", subjectId: "x" }),
  };
  assert.equal((await all.user.go(pathOf(all.wix.authorize(all.a)))).status, 401, "no member");
});

test("p22_the_members_tokens_reach_neither_page_nor_log", async (t) => {
  const all = await shop(t);
  const given = [];
  const { fetch } = all.wix;
  all.wix.fetch = async function (request) {
    const response = await fetch.call(this, request);
    const text = await response.clone().text();
    for (const [, token] of text.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g))
      given.push(token);
    return response;
  };
  const done = await signIn(all);
  const texts = [done.text, done.location];
  texts.push((await all.user.call("GET", ME)).text);
  all.both(4 * HOUR - 30_000);
  texts.push((await all.user.call("GET", ME)).text, (await all.user.call("POST", "/logout")).text);
  texts.push(...all.logs, ...all.user.lines);
  assert.ok(given.length >= 6, `${given.length} tokens`);
  const told = texts.join("\n");
  for (const token of given) {
    for (const part of token.split(".").slice(-2)) assert.ok(!told.includes(part), part);
  }
});

test("a_session_too_large_for_a_cookie_is_a_failed_sign_in", async (t) => {
  const all = await shop(t);
  await all.user.go("/loyalty/login");
  const { access_token: access } = await all.wix.tokensOf(all.a);
  const large = { access_token: access, refresh_token: "r".repeat(4_000), expires_in: 100 };
  all.wix.bend = { [TOKEN]: () => Response.json(large) };
  assert.equal((await all.user.go(pathOf(all.wix.authorize(all.a)))).status, 401);
  assert.match(all.logs.join("\n"), /too large/);
});

test("p18_a_session_whose_renewed_tokens_are_too_large_for_a_cookie_is_over", async (t) => {
  const all = await shop(t);
  await signIn(all);
  all.both(4 * HOUR - 30_000);
  const { access_token: access } = await all.wix.tokensOf(all.a);
  const large = { access_token: access, refresh_token: "r".repeat(4_000), expires_in: 100 };
  all.wix.bend = { [TOKEN]: () => Response.json(large) };
  const got = await all.user.call("GET", ME);
  assert.deepEqual([got.status, got.json.code], [401, "UNAUTHENTICATED"], "and not 503 for ever");
  assert.equal(all.user.cookies.size, 0);
  assert.match(all.logs.join("\n"), /too large/);
});
