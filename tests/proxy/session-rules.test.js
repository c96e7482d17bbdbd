// The rules of sessions as tables: functions of their inputs, each limit at both sides.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerOf,
  cookieLine,
  cookieNames,
  cookieValue,
  isRenewed,
  remaining,
  stateOf,
} from "../../pkg/proxy/session/rules.js";
import { readKeys, sealer } from "../../pkg/proxy/session/seal.js";

const LIMITS = { idleSeconds: 60, absoluteSeconds: 600 };

test("p18_names_carry_the_host_prefix_and_the_mount", () => {
  for (const [basePath, name] of [
    ["/loyalty", "__Host-loyalty"],
    ["/api/loyalty", "__Host-api.loyalty"],
    ["", "__Host-loyalty"],
  ]) {
    assert.deepEqual(cookieNames(basePath), { session: name, login: `${name}~login` });
  }
});

test("p18_no_two_mounts_share_a_cookie", () => {
  const mounts = ["/a", "/a-login", "/a/login", "/a_login", "/a-login-login"];
  const names = mounts.flatMap((mount) => Object.values(cookieNames(mount)));
  assert.equal(new Set(names).size, names.length, names.join());
});

test("p18_a_cookie_that_a_browser_would_drop_is_not_written", () => {
  const line = (size) => cookieLine("__Host-x", "v".repeat(size), { seconds: 5, sameSite: "Lax" });
  const room = 4_096 - line(0).length;
  assert.equal(line(room).length, 4_096);
  assert.equal(line(room + 1), undefined);
  assert.match(line(1), /^__Host-x=v; Path=\/; Max-Age=5; Secure; HttpOnly; SameSite=Lax$/);
});

test("a_cookie_is_found_by_its_whole_name_and_only_once", () => {
  for (const [header, value] of [
    [null, null],
    ["", null],
    ["b=1", null],
    ["a=1", "1"],
    ["a=", ""],
    ["a=1=2", "1=2"],
    ["b=1; a=2;c=3", "2"],
    ["xa=1", null],
    ["a =1", null],
    ["A=1", null],
    ["b=a=1", null],
    ["a=1; a=1", undefined],
    ["a=1; a=", undefined],
  ]) {
    assert.equal(cookieValue(header, "a"), value, String(header));
  }
});

test("a_session_is_live_idle_or_over", () => {
  const at = 1_000_000;
  for (const [seen, now, state] of [
    [at, at, "live"],
    [at, at + 59_999, "live"],
    [at, at + 60_000, "idle"],
    [at + 590_000, at + 599_999, "live"],
    [at + 590_000, at + 600_000, "over"],
    [at, at + 600_000, "over"],
    [at + 1_000, at, "live"],
    [at + 61_000, at, "malformed"],
    [at - 1, at, "malformed"],
    [Number.NaN, at, "malformed"],
    [undefined, at, "malformed"],
    [String(at), at, "malformed"],
    [Infinity, at, "malformed"],
  ]) {
    assert.equal(stateOf({ at, seen }, now, LIMITS), state, `${seen} ${now}`);
  }
  for (const odd of [undefined, null, "1", Number.NaN, -Infinity]) {
    assert.equal(stateOf({ at: odd, seen: at }, at, LIMITS), "malformed", String(odd));
  }
});

test("the_cookie_is_renewed_after_a_tenth_of_the_idle_time_and_ends_with_the_session", () => {
  assert.equal(isRenewed(0, 5_999, 60), false);
  assert.equal(isRenewed(0, 6_000, 60), true);
  assert.equal(remaining(0, 0, LIMITS), 60);
  assert.equal(remaining(0, 560_000, LIMITS), 40);
});

test("p16_an_answer_of_a_sign_in_is_read_once_and_as_text", () => {
  const of = (query) => answerOf(new URLSearchParams(query));
  assert.deepEqual(of("state=s&code=c"), { state: "s", code: "c", iss: null, error: null });
  assert.deepEqual(of("state=s&code=c&iss=i").iss, "i");
  assert.deepEqual(of("state=s&error=access_denied").error, "access_denied");
  assert.deepEqual(of("state=s&error=%3Cb%3E").error, "an error");
  for (const query of [
    "",
    "code=c",
    "state=s",
    "state=&code=c",
    "state=s&code=",
    "state=s&code=c&code=d",
    "state=s&state=s&code=c",
    "state=s&code=c&iss=a&iss=b",
    "state=s&code=a%20b",
    "state=s%00&code=c",
    `state=s&code=${"c".repeat(4_097)}`,
  ]) {
    assert.equal(typeof of(query).fault, "string", query);
  }
});

test("p18_what_is_sealed_opens_for_its_purpose_until_its_end_and_no_other_way", async () => {
  const [one, two] = [1, 2].map(() => crypto.getRandomValues(new Uint8Array(32)));
  const seal = sealer(readKeys([one]));
  const now = 1_000_000;
  const text = await seal.close(["site", "session"], { sid: "x" }, now + 10_000);
  const opened = await seal.open(["site", "session"], text, now);
  assert.equal(opened?.sid, "x");
  assert.equal((await seal.open(["site", "session"], text, now + 9_999))?.sid, "x");
  assert.equal(await seal.open(["site", "session"], text, now + 10_000), undefined, "its end");
  assert.equal(await seal.open(["other", "session"], text, now), undefined, "another site");
  assert.equal(await seal.open(["site", "login"], text, now), undefined, "another purpose");
  assert.equal(await sealer(readKeys([two])).open(["site", "session"], text, now), undefined);
  const both = sealer(readKeys([two, one]));
  assert.equal((await both.open(["site", "session"], text, now))?.sid, "x");
});
