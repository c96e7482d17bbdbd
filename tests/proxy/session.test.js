// Sessions: the sign-in with an OpenID provider, what the cookie is, how long it lives and how it ends (P16-P18).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { memoryStore, openId, session } from "loyalty-edge/proxy";
import { browser, pathOf } from "./browser.js";
import { CLIENT, DOCUMENT, ISSUER, openIdProvider } from "./openid-provider.js";
import { A, ORIGIN, call, fresh, id, makeProxy } from "./support.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ME = "/loyalty-accounts/v1/accounts/my-account";
const NAME = "__Host-loyalty";
const newKey = () => randomBytes(32).toString("base64");

/** A proxy with sessions, its provider and a browser. */
async function shop({ keys = [newKey()], login = {}, session: more = {}, ...options } = {}) {
  const store = memoryStore();
  const at = { now: () => made.clock.now };
  const provider = await openIdProvider({ now: () => at.now() });
  provider.user = { sub: A.memberId, contact_id: A.contactId };
  const identify = session({
    keys,
    login: openId({
      issuer: ISSUER,
      ...CLIENT,
      fetch: (request) => provider.fetch(request),
      ...login,
    }),
    ...more,
  });
  const made = makeProxy({ identify, store, ...options });
  return { ...made, provider, store, identify, user: browser(made.proxy) };
}

/** Signs a browser's user in. */
async function signIn({ user, provider }, returnTo = "/points") {
  const begun = await user.go(`/loyalty/login?returnTo=${encodeURIComponent(returnTo)}`);
  assert.equal(begun.status, 303, begun.text);
  const back = provider.authorize(begun.location);
  return user.go(pathOf(back), { "sec-fetch-site": "cross-site" });
}

test("a_user_signs_in_reads_earns_and_signs_out", async () => {
  const all = await shop();
  const { user, provider } = all;
  const before = await user.call("GET", ME);
  assert.deepEqual([before.status, before.json.code], [403, "PERMISSION_DENIED"], "a visitor");
  const done = await signIn(all);
  assert.deepEqual([done.status, done.location], [303, `${ORIGIN}/points`]);
  assert.equal(provider.asked.response_type, "code");
  assert.equal(provider.asked.redirect_uri, `${ORIGIN}/loyalty/callback`);
  assert.equal(provider.asked.code_challenge_method, "S256");
  const me = await user.call("GET", ME);
  assert.deepEqual([me.status, me.json.account?.id], [200, A.accountId], me.text);
  const headers = { "idempotency-key": fresh() };
  assert.equal((await user.call("POST", "/actions/tap", { headers })).status, 200);
  const out = await user.call("POST", "/logout");
  assert.deepEqual([out.status, out.json], [200, {}]);
  assert.equal(user.cookies.size, 0);
  assert.equal((await user.call("GET", ME)).json.code, "PERMISSION_DENIED");
});

test("p18_the_cookies_are_host_only_secure_unreadable_and_strict_the_logins_alone_lax", async () => {
  const all = await shop();
  await signIn(all);
  const [begin, forget, held] = all.user.lines;
  const rules = (line) => line.replace(/=[^;]*;/, "=…;");
  const host = "Path=/; Max-Age=";
  assert.equal(rules(begin), `${NAME}~login=…; ${host}600; Secure; HttpOnly; SameSite=Lax`);
  assert.equal(rules(forget), `${NAME}~login=…; ${host}0; Secure; HttpOnly; SameSite=Lax`);
  assert.equal(rules(held), `${NAME}=…; ${host}1800; Secure; HttpOnly; SameSite=Strict`);
  assert.equal(all.user.lines.length, 3);
  for (const line of all.user.lines) assert.doesNotMatch(line, /domain/i);
});

test("p18_cookies_never_go_together_with_cors", async () => {
  for (const [origins, pattern] of [
    [[ORIGIN, "https://other.example"], /origins: with cookies there is exactly one/],
    [[], /origins: with cookies there is exactly one/],
    [["http://shop.example"], /needs https/],
  ]) {
    await assert.rejects(shop({ origins }), pattern);
  }
  const all = await shop();
  await signIn(all);
  const answer = await all.user.call("POST", "/logout");
  assert.ok(!("access-control-allow-credentials" in answer.headers));
});

test("p17_with_a_cookie_only_a_page_of_the_same_origin_may_call", async () => {
  const all = await shop();
  await signIn(all);
  const none = { "sec-fetch-site": undefined, "sec-fetch-mode": undefined, origin: undefined };
  for (const [name, headers, status] of [
    ["a page of the origin", {}, 200],
    ["an old browser that says Origin", { ...none, origin: ORIGIN }, 200],
    ["no browser at all", none, 403],
    ["a sibling host", { "sec-fetch-site": "same-site" }, 403],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another site with our Origin", { "sec-fetch-site": "cross-site", origin: ORIGIN }, 403],
    ["another site with a token", { "sec-fetch-site": "cross-site", authorization: "x" }, 403],
    ["an address bar", { "sec-fetch-site": "none" }, 403],
    ["another origin", { origin: "https://evil.example" }, 403],
    ["an origin that is hidden", { origin: "null" }, 403],
    ["a page without our header", { "x-loyalty-client": undefined }, 403],
  ]) {
    const got = await all.user.call("GET", ME, { headers });
    assert.equal(got.status, status, `${name}: ${got.text}`);
    if (status === 403) assert.equal(got.json.code, "ORIGIN_DENIED", name);
  }
});

test("p16_login_and_callback_are_pages_to_go_to_and_nothing_else", async () => {
  const { user } = await shop();
  for (const path of ["/loyalty/login", "/loyalty/callback"]) {
    for (const headers of [
      {},
      { "sec-fetch-mode": "cors" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "x-loyalty-client": "test/1.0", "sec-fetch-site": "same-origin" },
      { "sec-fetch-mode": "navigate", origin: "https://evil.example" },
    ]) {
      const got = await user.send(path, { headers });
      const what = `${path} ${JSON.stringify(headers)}`;
      assert.deepEqual([got.status, got.json?.code], [403, "ORIGIN_DENIED"], what);
      assert.deepEqual(got.cookies, [], what);
    }
    const headers = { "sec-fetch-mode": "navigate", "content-type": "application/json" };
    const posted = await user.send(path, { method: "POST", headers, body: "{}" });
    assert.deepEqual([posted.status, posted.headers.allow], [405, "GET"], path);
    const head = await user.send(path, { method: "HEAD", headers });
    assert.equal(head.status, 405);
  }
  // From the provider's site, from a bookmark, from a link in a letter: a navigation is a navigation.
  for (const site of ["cross-site", "same-site", "none", "same-origin", undefined]) {
    assert.equal((await user.go("/loyalty/login", { "sec-fetch-site": site })).status, 303, site);
  }
});

test("p16_logout_needs_what_every_change_needs", async () => {
  const all = await shop();
  await signIn(all);
  for (const [method, headers, status] of [
    ["GET", {}, 405],
    ["POST", { "x-loyalty-client": undefined }, 403],
    ["POST", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["POST", { "sec-fetch-site": "cross-site" }, 403],
    ["POST", { origin: "https://evil.example" }, 403],
  ]) {
    const got = await all.user.call(method, "/logout", { headers });
    assert.equal(got.status, status, `${method} ${JSON.stringify(headers)}`);
  }
  assert.equal((await all.user.call("GET", ME)).status, 200, "still signed in");
});

test("the_three_routes_are_not_there_without_sessions", async () => {
  const { proxy } = makeProxy();
  for (const [method, path] of [
    ["GET", "/login"],
    ["GET", "/callback"],
    ["POST", "/logout"],
  ]) {
    assert.equal((await call(proxy, [method, path], "a")).status, 404, path);
  }
});

test("p16_a_sign_in_leads_back_to_the_shop_and_nowhere_else", async () => {
  const all = await shop();
  for (const returnTo of ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/x"]) {
    const got = await all.user.go(`/loyalty/login?returnTo=${returnTo}`);
    assert.deepEqual([got.status, got.json.violations[0].field], [400, "returnTo"], returnTo);
    assert.deepEqual(got.cookies, []);
  }
  const done = await signIn(all, "/points?tab=rewards#top");
  assert.equal(done.location, `${ORIGIN}/points?tab=rewards#top`);
  assert.equal(done.headers["referrer-policy"], "no-referrer");
  assert.equal(done.headers["cache-control"], "no-store");
});

test("p16_state_is_bound_to_the_browser_that_began", async () => {
  const all = await shop();
  const { user, provider, proxy } = all;
  // An attacker begins, and gives his answer to a victim to go to.
  const attacker = browser(proxy);
  const begun = await attacker.go("/loyalty/login");
  const path = pathOf(provider.authorize(begun.location));
  const stolen = await user.go(path);
  assert.deepEqual([stolen.status, stolen.json.code], [401, "UNAUTHENTICATED"]);
  // The victim has begun a sign-in of its own; the answer still is not that one's.
  await user.go("/loyalty/login");
  const mixed = await user.go(path);
  assert.equal(mixed.status, 401);
  assert.ok(!user.cookies.has(NAME), "nobody is signed in");
  assert.match(all.logs.join("\n"), /the state is another's/);
  assert.ok(!provider.seen.includes("/token"), "no code was sent");
});

test("p16_the_login_cookie_is_good_for_one_answer", async () => {
  const all = await shop();
  const { user, provider } = all;
  const begun = await user.go("/loyalty/login");
  const cookie = user.cookies.get(`${NAME}~login`);
  const back = pathOf(provider.authorize(begun.location));
  assert.equal((await user.go(back)).status, 303);
  assert.ok(!user.cookies.has(`${NAME}~login`), "the browser forgot it");
  user.cookies.set(`${NAME}~login`, cookie);
  const again = await user.go(back);
  assert.equal(again.status, 401, "and the proxy remembers");
  assert.match(all.logs.join("\n"), /used before/);
  assert.equal(provider.seen.filter((path) => path === "/token").length, 1);
});

test("a_sign_in_that_takes_longer_than_ten_minutes_begins_again", async () => {
  const all = await shop();
  const begun = await all.user.go("/loyalty/login");
  all.clock.now += 601_000;
  assert.equal((await all.user.go(pathOf(all.provider.authorize(begun.location)))).status, 401);
});

test("answers_of_a_sign_in_that_are_not_what_was_asked_for", async () => {
  const bends = {
    "no code": (back) => back.searchParams.delete("code"),
    "no state": (back) => back.searchParams.delete("state"),
    "two states": (back) => back.searchParams.append("state", back.searchParams.get("state")),
    "another state": (back) => back.searchParams.set("state", "x"),
    "another provider": (back) => back.searchParams.set("iss", "https://evil.example"),
    "no provider": (back) => back.searchParams.delete("iss"),
    "an error": (back) => back.searchParams.set("error", "access_denied"),
    "an error that is a text": (back) => back.searchParams.set("error", "<script>"),
    "a code of another": (back) => back.searchParams.set("code", "code-999"),
    "a code that no header can hold": (back) => back.searchParams.set("code", "a\nb"),
  };
  for (const [name, bend] of Object.entries(bends)) {
    const all = await shop();
    const begun = await all.user.go("/loyalty/login");
    const back = all.provider.authorize(begun.location);
    bend(back);
    const got = await all.user.go(pathOf(back));
    assert.deepEqual([got.status, got.json?.code], [401, "UNAUTHENTICATED"], name);
    assert.ok(!all.user.cookies.has(NAME), name);
    assert.doesNotMatch(all.logs.join("\n"), /<script>/);
  }
});

test("id_tokens_that_are_not_for_this_sign_in", async () => {
  const claims = {
    "another nonce": { nonce: "x" },
    "no nonce": { nonce: undefined },
    "another issuer": { iss: "https://evil.example" },
    "another client": { aud: "other" },
    "several clients and no azp": { aud: ["shop", "other"] },
    "another azp": { azp: "other" },
    expired: { exp: 5 },
    nobody: { sub: undefined, contact_id: undefined },
  };
  for (const [name, bent] of Object.entries(claims)) {
    const all = await shop();
    all.provider.bend = { claims: bent };
    const got = await signIn(all);
    assert.equal(got.status, 401, name);
    assert.ok(!all.user.cookies.has(NAME), name);
  }
  const all = await shop();
  all.provider.bend = { header: { typ: "at+jwt" } };
  assert.equal((await signIn(all)).status, 401, "an access token is no id token");
  all.provider.bend = { claims: { aud: ["shop", "other"], azp: "shop" } };
  assert.equal((await signIn(all)).status, 303);
});

test("a_provider_that_fails_is_503_and_tells_nothing", async () => {
  const failures = [
    () => new Response("secret words", { status: 500 }),
    () => new Response("<html>"),
    () => Response.json(null),
    () => {
      throw new Error("secret words");
    },
  ];
  for (const [at, failure] of failures.entries()) {
    for (const path of ["/.well-known/openid-configuration", "/token", "/jwks"]) {
      const all = await shop();
      all.provider.bend = { [path]: failure };
      const begun = await all.user.go("/loyalty/login");
      const got =
        begun.status === 303
          ? await all.user.go(pathOf(all.provider.authorize(begun.location)))
          : begun;
      assert.deepEqual([got.status, got.json?.code], [503, "UNAVAILABLE"], `${path} ${at}`);
      assert.doesNotMatch(got.text + all.logs.join(), /secret words/);
    }
  }
});

test("discovery_must_be_the_issuers_own_and_its_doors_https", async () => {
  for (const bent of [
    { issuer: "https://evil.example" },
    { issuer: undefined },
    { token_endpoint: "http://login.example/token" },
    { authorization_endpoint: "javascript:alert(1)" },
    { jwks_uri: undefined },
  ]) {
    const all = await shop();
    const path = "/.well-known/openid-configuration";
    all.provider.bend = { [path]: () => Response.json({ ...DOCUMENT, ...bent }) };
    assert.equal((await all.user.go("/loyalty/login")).status, 503, JSON.stringify(bent));
  }
});

test("endpoints_by_configuration_need_no_discovery_and_a_public_client_no_secret", async () => {
  const endpoints = {
    authorization: `${ISSUER}/authorize`,
    token: `${ISSUER}/token`,
    jwks: `${ISSUER}/jwks`,
  };
  const all = await shop({ login: { endpoints } });
  assert.equal((await signIn(all)).status, 303);
  assert.ok(!all.provider.seen.includes("/.well-known/openid-configuration"));
  const open = await openIdProvider({ now: () => all.clock.now, secret: null });
  open.user = { sub: A.memberId };
  const fetch = (request) => open.fetch(request);
  const other = await shop({ login: { endpoints, clientSecret: undefined, fetch } });
  assert.equal((await signIn({ ...other, provider: open })).status, 303);
});

test("a_failure_page_is_shown_instead_of_json", async () => {
  const all = await shop({ session: { failure: "/sign-in-failed" } });
  const got = await all.user.go("/loyalty/callback?state=a&code=b");
  assert.deepEqual([got.status, got.location], [303, `${ORIGIN}/sign-in-failed`]);
  assert.match(all.logs.join("\n"), /sign-in failed: it began in another browser/);
});

test("a_session_ends_when_nobody_uses_it_and_at_last_in_any_case", async () => {
  const all = await shop();
  const { user, clock } = all;
  await signIn(all);
  clock.now += 29 * MINUTE;
  assert.equal((await user.call("GET", ME)).status, 200, "used, and so renewed");
  clock.now += 29 * MINUTE;
  assert.equal((await user.call("GET", ME)).status, 200);
  clock.now += 30 * MINUTE;
  const idle = await user.call("GET", ME);
  assert.deepEqual([idle.status, idle.json.code], [401, "UNAUTHENTICATED"]);
  assert.ok(!user.cookies.has(NAME), "the cookie is taken away");
  assert.equal((await user.call("GET", ME)).status, 403, "and the page is a visitor's again");

  const other = await shop();
  await signIn(other);
  for (let used = 0; used < 12 * HOUR; used += 20 * MINUTE) {
    assert.equal((await other.user.call("GET", ME)).status, 200, String(used));
    other.clock.now += 20 * MINUTE;
  }
  const over = await other.user.call("GET", ME);
  assert.equal(over.status, 401, "twelve hours, however busy");
  assert.match(other.logs.join("\n"), /the session is over|not one of ours/);
});

test("the_cookie_is_written_anew_now_and_then_and_not_with_each_call", async () => {
  const all = await shop();
  await signIn(all);
  const { length } = all.user.lines;
  for (let count = 0; count < 10; count += 1) await all.user.call("GET", ME);
  assert.equal(all.user.lines.length, length);
  all.clock.now += 3 * MINUTE;
  await all.user.call("GET", ME);
  assert.equal(all.user.lines.length, length + 1);
  assert.match(all.user.lines.at(-1), /Max-Age=1800;/);
});

test("a_cookie_that_was_kept_opens_nothing_after_logout", async () => {
  const all = await shop();
  await signIn(all);
  const kept = all.user.cookies.get(NAME);
  await all.user.call("POST", "/logout");
  all.user.cookies.set(NAME, kept);
  const got = await all.user.call("GET", ME);
  assert.equal(got.status, 401);
  assert.match(all.logs.join("\n"), /the session was ended/);
});

test("revoke_ends_all_sessions_of_a_member_and_nobody_elses", async () => {
  const all = await shop();
  const phone = browser(all.proxy);
  const other = browser(all.proxy);
  await signIn(all);
  await signIn({ ...all, user: phone });
  all.provider.user = { sub: id(4) };
  await signIn({ ...all, user: other });
  all.clock.now += 1_000;
  await all.proxy.revoke(A.memberId.toUpperCase());
  assert.equal((await all.user.call("GET", ME)).status, 401);
  assert.equal((await phone.call("GET", ME)).status, 401);
  assert.equal((await other.call("GET", ME)).status, 200);
  all.provider.user = { sub: A.memberId };
  all.clock.now += 1_000;
  await signIn(all);
  assert.equal((await all.user.call("GET", ME)).status, 200, "a new session is a new session");
  await assert.rejects(all.proxy.revoke(""), /name whose sessions/);
  await assert.rejects(makeProxy().proxy.revoke("x"), /identify is no session/);
});

test("a_store_that_is_away_lets_nobody_in", async () => {
  const all = await shop();
  await signIn(all);
  all.store.get = () => Promise.reject(new Error("away"));
  const got = await all.user.call("GET", ME);
  assert.deepEqual([got.status, got.json.code], [503, "UNAVAILABLE"]);
  assert.ok(all.user.cookies.has(NAME), "the session may be good: it is kept");
  assert.equal((await all.user.call("POST", "/logout")).status, 503, "not signed out: say so");
  all.store.put = () => Promise.reject(new Error("away"));
  const begun = await all.user.go("/loyalty/login");
  assert.equal((await all.user.go(pathOf(all.provider.authorize(begun.location)))).status, 503);
});

test("keys_are_changed_without_signing_anybody_out", async () => {
  const [old, next] = [newKey(), newKey()];
  const before = await shop({ keys: [old] });
  await signIn(before);
  const cookie = before.user.cookies.get(NAME);
  const visit = async (keys) => {
    const { proxy } = await shop({ keys });
    const user = browser(proxy);
    user.cookies.set(NAME, cookie);
    return { status: (await user.call("GET", ME)).status, user };
  };
  assert.equal((await visit([next, old])).status, 200);
  assert.equal((await visit([next])).status, 401, "taken out of service");
  const rotated = await shop({ keys: [next, old] });
  await signIn(rotated);
  const header = rotated.user.cookies.get(NAME).split(".")[0];
  assert.notEqual(header, cookie.split(".")[0], "the first key encrypts");
});

test("p10_a_cookie_of_one_site_is_nothing_to_another_with_the_same_key", async () => {
  const { apiKey } = await import("loyalty-edge/proxy");
  const keys = [newKey()];
  const one = await shop({ keys });
  await signIn(one);
  const other = await shop({
    keys,
    credential: apiKey({ key: "other-key-of-this", siteId: id(9) }),
  });
  other.user.cookies.set(NAME, one.user.cookies.get(NAME));
  assert.equal((await other.user.call("GET", ME)).status, 401);
});

test("a_cookie_is_taken_as_it_was_written_or_not_at_all", async () => {
  const all = await shop();
  await signIn(all);
  const good = all.user.cookies.get(NAME);
  const login = await all.user.go("/loyalty/login");
  assert.equal(login.status, 303);
  const parts = good.split(".");
  const flipped = (at) => {
    const part = parts[at];
    const letter = part[5] === "A" ? "B" : "A";
    return parts.with(at, part.slice(0, 5) + letter + part.slice(6)).join(".");
  };
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const last = good.at(-1);
  const stray = String.fromCharCode(last.charCodeAt(0) + 1);
  for (const [name, value] of Object.entries({
    "stray bits behind the tag": good.slice(0, -1) + stray,
    "the sign-in's": all.user.cookies.get(`${NAME}~login`),
    "header changed": flipped(0),
    "iv changed": flipped(2),
    "text changed": flipped(3),
    "tag changed": flipped(4),
    "cut short": good.slice(0, -4),
    padded: `${good}=`,
    "with a key between": parts.with(1, "AAAA").join("."),
    "without encryption": `${none}.${Buffer.from('{"sid":"x"}').toString("base64url")}.`,
    empty: "",
    "no token": "hello",
  })) {
    all.user.cookies.set(NAME, value);
    const got = await all.user.call("GET", ME);
    assert.equal(got.status, 401, name);
    assert.match(got.cookies.join(), /Max-Age=0/, name);
  }
  const twice = { cookie: `${NAME}=${good}; ${NAME}=${good}` };
  assert.equal((await all.user.call("GET", ME, { headers: twice })).status, 401, "planted");
  const other = { cookie: `x${NAME}=${good}` };
  assert.equal((await all.user.call("GET", ME, { headers: other })).status, 403, "not ours");
  const fine = { cookie: `a=b; ${NAME}=${good};c=d` };
  assert.equal((await all.user.call("GET", ME, { headers: fine })).status, 200);
});

test("a_token_beside_the_cookie_is_refused", async () => {
  const all = await shop();
  await signIn(all);
  const headers = { authorization: "Bearer x" };
  assert.equal((await all.user.call("GET", ME, { headers })).status, 401);
});

test("staff_sign_in_by_their_claim", async () => {
  const all = await shop();
  all.provider.user = { sub: "works-here", roles: ["staff"] };
  await signIn(all);
  const path = `/loyalty-accounts/v1/accounts/${A.accountId}`;
  assert.equal((await all.user.call("GET", path)).status, 200);
});

test("sign_ins_in_a_minute_are_counted", async () => {
  const all = await shop({ session: { signInsPerMinute: 3 } });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await all.user.go("/loyalty/login")).status);
  }
  assert.deepEqual(statuses, [303, 303, 303, 503]);
  all.clock.now += MINUTE;
  assert.equal((await all.user.go("/loyalty/login")).status, 303);
});

test("p22_nothing_of_a_session_is_told", async () => {
  const key = newKey();
  const all = await shop({ keys: [key] });
  const texts = [];
  const begun = await all.user.go("/loyalty/login");
  const back = all.provider.authorize(begun.location);
  const done = await all.user.go(pathOf(back));
  texts.push(begun.text, begun.location, done.text, done.location);
  texts.push((await all.user.call("GET", ME)).text);
  all.user.cookies.set(NAME, `${all.user.cookies.get(NAME)}x`);
  texts.push((await all.user.call("GET", ME)).text);
  texts.push((await all.user.go(pathOf(back))).text);
  texts.push(...all.logs, String(all.identify), JSON.stringify({ ...all.identify }));
  const told = texts.join("\n");
  const cookies = all.user.lines.map((line) => line.split(/[=;]/)[1]).filter((text) => text);
  const secrets = [
    key,
    CLIENT.clientSecret,
    "an-access-token-of-the-provider",
    back.searchParams.get("code"),
    ...cookies,
    ...cookies.map((cookie) => cookie.split(".")[3]),
  ];
  assert.ok(secrets.length > 6);
  for (const secret of secrets) assert.ok(!told.includes(secret), `${secret} in ${told}`);
});

test("bad_session_options_are_named", () => {
  const login = openId({ issuer: ISSUER, ...CLIENT });
  const good = { keys: [newKey()], login };
  for (const [bad, pattern] of [
    [{ keys: undefined }, /keys must be a list/],
    [{ keys: [] }, /keys must be a list/],
    [{ keys: ["short"] }, /keys\[0\] must be 32 random bytes/],
    [{ keys: [newKey(), "x".repeat(43)] }, /keys\[1\]/],
    [{ keys: [Buffer.alloc(32).toString("base64")] }, /random/],
    [{ login: undefined }, /login is missing/],
    [{ idleSeconds: 5 }, /idleSeconds/],
    [{ idleSeconds: 7200, absoluteSeconds: 3600 }, /idleSeconds/],
    [{ absoluteSeconds: 31 * 86_400 }, /30 days/],
    [{ failure: "//evil.example" }, /failure must be the path/],
    [{ failure: "/\\evil.example" }, /failure must be the path/],
    [{ signInsPerMinute: 0 }, /signInsPerMinute/],
  ]) {
    assert.throws(() => session({ ...good, ...bad }), pattern);
  }
  for (const [bad, pattern] of [
    [{ issuer: undefined }, /issuer is missing/],
    [{ issuer: "http://login.example" }, /must be https/],
    [{ clientId: "" }, /clientId is missing/],
    [{ scope: "profile" }, /scope must have openid/],
    [
      { endpoints: { authorization: `${ISSUER}/a`, token: "http://x", jwks: ISSUER } },
      /token endpoint/,
    ],
  ]) {
    assert.throws(() => openId({ issuer: ISSUER, ...CLIENT, ...bad }), pattern);
  }
});
