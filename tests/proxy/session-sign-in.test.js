// The sign-in with an OpenID provider: whose answer it is, and what is made of a wrong one (P16).
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, pathOf } from "./browser.js";
import { DOCUMENT, ISSUER, openIdProvider } from "./openid-provider.js";
import { NAME, shop, signIn } from "./session-shop.js";
import { A, ORIGIN } from "./support.js";

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
