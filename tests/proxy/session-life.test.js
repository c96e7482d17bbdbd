// How long a session lives, how it ends, and what opens it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, pathOf } from "./browser.js";
import { HOUR, ME, MINUTE, NAME, newKey, shop, signIn } from "./session-shop.js";
import { A, id, makeProxy } from "./support.js";

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
