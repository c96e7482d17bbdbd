// Sessions: what the cookie is, who may come with it and to the three routes, and what is told of it (P16-P18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { openId, session } from "loyalty-edge/proxy";
import { pathOf } from "./browser.js";
import { CLIENT, ISSUER } from "./openid-provider.js";
import { ME, NAME, newKey, shop, signIn } from "./session-shop.js";
import { A, ORIGIN, call, fresh, makeProxy } from "./support.js";

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
