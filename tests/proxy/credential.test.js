// The elevated credential in its kinds: what goes up, as the upstream recorded it (P7, P21), what never comes out
// (P22), and that one site's never serves another (P10).
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { apiKey, app, elevate, rotate } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { A, SITE, makeProxy, stub } from "./support.js";

const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
const APP = { appId: "app-id", appSecret: "app-secret-of-this-test", instanceId: "instance-1" };
const MINUTE = 60_000;

/** An upstream that hands out `token-1`, `token-2`… and accepts those that `accepts` names. */
function tokenUpstream({ accepts = () => true, answer, seconds = 14_400 } = {}) {
  const calls = { token: 0 };
  return {
    calls,
    async answer(seen) {
      if (seen.path !== "/oauth2/token") {
        return accepts(seen.headers.authorization) ? stub(seen) : new Response("", { status: 401 });
      }
      calls.token += 1;
      calls.body = seen.body;
      if (answer !== undefined) return answer(calls.token);
      return Response.json({
        access_token: `OauthNG.JWS.token-number-${calls.token}`,
        expires_in: seconds,
      });
    },
  };
}

const token = (number) => `OauthNG.JWS.token-number-${number}`;
const sentWith = (upstream) =>
  upstream
    .filter(({ path }) => path !== "/oauth2/token")
    .map(({ headers }) => headers.authorization);

test("p21_an_api_key_goes_up_with_its_site_and_nothing_of_the_callers", async () => {
  const credential = apiKey({ key: "key-of-this-test", siteId: SITE, accountId: "account-1" });
  const { call, upstream } = makeProxy({ credential });
  const headers = { cookie: "a=b", "x-user-id": "admin", "wix-site-id": "another" };
  assert.equal((await call(PROGRAM, undefined, { headers })).status, 200);
  assert.deepEqual(upstream[0].headers, {
    accept: "application/json",
    authorization: "key-of-this-test",
    "wix-site-id": SITE,
    "wix-account-id": "account-1",
    "x-request-id": upstream[0].headers["x-request-id"],
  });
});

test("an_apps_token_is_fetched_once_however_many_wait_for_it", async () => {
  const { answer, calls } = tokenUpstream();
  const { call, upstream } = makeProxy({ credential: app(APP), answer });
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(PROGRAM)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(calls.token, 1);
  assert.deepEqual(calls.body, {
    grant_type: "client_credentials",
    client_id: APP.appId,
    client_secret: APP.appSecret,
    instance_id: APP.instanceId,
  });
  assert.deepEqual(new Set(sentWith(upstream)), new Set([token(1)]));
  assert.ok(upstream.every(({ headers }) => !("wix-site-id" in headers)));
});

test("an_apps_token_is_renewed_before_it_ends", async () => {
  const { answer, calls } = tokenUpstream({ seconds: 3_600 });
  const { call, upstream, clock } = makeProxy({ credential: app(APP), answer });
  const steps = [0, 54 * MINUTE, 2 * MINUTE];
  for (const ms of steps) {
    clock.now += ms;
    assert.equal((await call(PROGRAM)).status, 200);
  }
  assert.deepEqual(sentWith(upstream), [token(1), token(1), token(2)], "4 minutes before its end");
  assert.equal(calls.token, 2);
});

test("a_renewal_that_fails_early_leaves_the_token_that_lives_and_no_longer", async () => {
  const good = { access_token: token(1), expires_in: 3_600 };
  const failing = (count) =>
    count === 1 ? Response.json(good) : new Response("down", { status: 503 });
  const { answer } = tokenUpstream({ answer: failing });
  const { call, clock } = makeProxy({ credential: app(APP), answer });
  const statuses = [];
  for (const ms of [0, 56 * MINUTE, 3 * MINUTE, 2 * MINUTE]) {
    clock.now += ms;
    statuses.push((await call(PROGRAM)).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 502]);
});

test("p23_a_renewal_that_hangs_keeps_nobody_waiting_while_the_token_lives", async () => {
  const good = { access_token: token(1), expires_in: 3_600 };
  const hanging = (count) => (count === 1 ? Response.json(good) : new Promise(() => {}));
  const { answer } = tokenUpstream({ answer: hanging });
  const { call, clock } = makeProxy({ credential: app(APP), answer });
  assert.equal((await call(PROGRAM)).status, 200);
  clock.now += 56 * MINUTE;
  const began = performance.now();
  assert.equal((await call(PROGRAM)).status, 200);
  assert.ok(performance.now() - began < 4_000, "and not for the whole time of a call");
});

test("a_token_that_upstream_refuses_is_renewed_once_and_the_call_is_sent_again", async () => {
  const { answer, calls } = tokenUpstream({ accepts: (sent) => sent !== token(1) });
  const { call, upstream } = makeProxy({ credential: app(APP), answer });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(PROGRAM)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(calls.token, 2, "twenty refusals, one renewal");
  assert.equal(sentWith(upstream).filter((sent) => sent === token(2)).length, 20);
});

test("a_write_whose_token_was_refused_is_done_once", async () => {
  const { answer } = tokenUpstream({ accepts: (sent) => sent !== token(1) });
  const { call, upstream } = makeProxy({ credential: app(APP), answer });
  const body = { amount: 5, description: "Thanks", revision: "1" };
  const path = `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`;
  assert.equal((await call(["POST", path], "staff", { body })).status, 200);
  const sent = upstream.filter((seen) => seen.path.endsWith("/adjust-points"));
  assert.deepEqual(
    sent.map(({ headers }) => headers.authorization),
    [token(1), token(2)],
  );
  assert.deepEqual(sent[0].body, sent[1].body);
});

test("an_app_that_upstream_never_accepts_is_502_and_does_not_hammer_the_token_call", async () => {
  const { answer, calls } = tokenUpstream({ accepts: () => false });
  const { call } = makeProxy({ credential: app(APP), answer });
  for (let count = 0; count < 10; count += 1) {
    const { status, json } = await call(PROGRAM);
    assert.deepEqual([status, json.code], [502, "UPSTREAM_AUTH"]);
  }
  assert.equal(calls.token, 2, "one, and one renewal in ten seconds");
});

const FAILURES = {
  "refuses the secret": () =>
    Response.json({ error: "bad secret", client_secret: APP.appSecret }, { status: 401 }),
  "is down": () => new Response("<html>", { status: 503 }),
  "answers HTML": () => new Response("<html>"),
  "answers null": () => Response.json(null),
  "gives no token": () => Response.json({ expires_in: 10 }),
  "gives a token that no header can hold": () =>
    Response.json({ access_token: "a\r\nx-evil: 1", expires_in: 10 }),
  "gives a token without an end": () => Response.json({ access_token: token(1) }),
  "gives an end in the past": () => Response.json({ access_token: token(1), expires_in: -5 }),
  redirects: () =>
    new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
  "never ends": () =>
    new Response(
      new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(64 * 1024)) }),
    ),
  throws: () => {
    throw new TypeError(`no route for ${APP.appSecret}`);
  },
};

for (const [name, failure] of Object.entries(FAILURES)) {
  test(`p22_a_token_call_that_${name.replaceAll(" ", "_")}_is_502_and_tells_nothing`, async () => {
    const { answer, calls } = tokenUpstream({ answer: failure });
    const { call, upstream, logs } = makeProxy({ credential: app(APP), answer });
    const got = await call(["POST", "/actions/tap"], "a", {
      body: {},
      headers: { "idempotency-key": "k" },
    });
    assert.deepEqual([got.status, got.json.code], [502, "UPSTREAM_AUTH"]);
    assert.deepEqual(sentWith(upstream), [], "nothing was sent without a credential");
    await call(PROGRAM);
    assert.equal(calls.token, 1, "a failure is remembered for a moment");
    const told = [got.text, JSON.stringify(got.headers), ...logs].join("\n");
    assert.ok(!told.includes(APP.appSecret) && !told.includes("evil"), told);
    assert.match(logs.join("\n"), /the app's token call failed/);
  });
}

test("p22_no_answer_may_repeat_the_apps_secret_or_its_tokens", async () => {
  for (const leak of [token(1), APP.appSecret]) {
    const { answer } = tokenUpstream();
    const leaking = (seen) =>
      seen.path === "/oauth2/token"
        ? answer(seen)
        : Response.json({ loyaltyProgram: { name: leak, pointDefinition: {}, status: "ACTIVE" } });
    const { call } = makeProxy({ credential: app(APP), answer: leaking });
    const got = await call(PROGRAM);
    assert.equal(got.status, 502);
    assert.ok(!got.text.includes(leak));
  }
});

test("rotate_uses_the_first_key_that_upstream_accepts_and_remembers_it", async () => {
  const key = (name) => apiKey({ key: `${name}-key-of-this-test`, siteId: SITE });
  let accepted = "old-key-of-this-test";
  const answer = (seen) =>
    seen.headers.authorization === accepted ? stub(seen) : new Response("", { status: 401 });
  for (const credential of [rotate([key("new"), key("old")]), [key("new"), key("old")]]) {
    const { call, upstream, logs } = makeProxy({ credential, answer });
    const sent = () => sentWith(upstream.splice(0)).map((name) => name.split("-")[0]);
    accepted = "old-key-of-this-test";
    assert.equal((await call(PROGRAM)).status, 200);
    assert.deepEqual(sent(), ["new", "old"], "the new one is not known upstream yet");
    assert.equal((await call(PROGRAM)).status, 200);
    assert.deepEqual(sent(), ["old"], "remembered");
    accepted = "new-key-of-this-test";
    assert.equal((await call(PROGRAM)).status, 200);
    assert.deepEqual(sent(), ["old", "new"], "the old one was taken out of service");
    assert.equal((await call(PROGRAM)).status, 200);
    assert.deepEqual(sent(), ["new"]);
    accepted = "none";
    const refused = await call(PROGRAM);
    assert.deepEqual([refused.status, refused.json.code], [502, "UPSTREAM_AUTH"]);
    assert.deepEqual(sent(), ["new", "old"]);
    assert.ok(!logs.join("\n").includes("key-of-this-test"), logs.join("\n"));
  }
});

test("a_403_is_no_reason_to_try_another_key", async () => {
  const key = (name) => apiKey({ key: `${name}-key-of-this-test`, siteId: SITE });
  const answer = () => new Response("", { status: 403 });
  const { call, upstream } = makeProxy({ credential: [key("new"), key("old")], answer });
  assert.equal((await call(PROGRAM)).json.code, "UPSTREAM_AUTH");
  assert.equal(upstream.length, 1);
});

test("rotate_goes_on_where_an_apps_token_call_fails", async () => {
  const { answer } = tokenUpstream({ answer: () => new Response("", { status: 500 }) });
  const credential = rotate([
    app({ ...APP, siteId: SITE }),
    apiKey({ key: "old-key-of-this-test", siteId: SITE }),
  ]);
  const { call, upstream } = makeProxy({ credential, answer });
  assert.equal((await call(PROGRAM)).status, 200);
  assert.deepEqual(sentWith(upstream), ["old-key-of-this-test"]);
});

test("p10_rotate_never_mixes_sites_or_kinds", () => {
  const key = (name, siteId = SITE) => apiKey({ key: name, siteId });
  assert.throws(() => rotate([key("one"), key("two", "site-2")]), /\[1\] is of another site/);
  assert.throws(() => rotate([key("IST.x"), key("SANDBOX.x")]), /don't mix/);
  assert.throws(() => rotate([]), /give a list/);
  assert.throws(() => rotate([key("one"), "IST.two"]), /\[1\] is not a credential/);
  assert.throws(
    () => makeProxy({ credential: [key("one"), key("two", "site-2")] }),
    (error) => error.code === "INVALID_CONFIGURATION" && /credential: .*another site/.test(error),
  );
  const sandbox = rotate([app({ ...APP, siteId: SITE }), key("SANDBOX.x")]);
  assert.throws(() => makeProxy({ credential: sandbox, upstream: undefined }), /SANDBOX\./);
});

test("elevate_sends_with_the_backends_own_identity_and_no_key_of_ours", async () => {
  // As auth.elevate(httpClient.fetchWithAuth) of Wix's backend: the identity is added behind our back.
  const sent = [];
  const elevated = async (url, init) => {
    sent.push({ url, ...init });
    const { pathname: path, searchParams: query } = new URL(url);
    const body = init.body === undefined ? undefined : JSON.parse(init.body);
    return stub({ method: init.method, path, query, body });
  };
  const { call, upstream } = makeProxy({ credential: elevate(elevated, { siteId: SITE }) });
  assert.equal((await call(PROGRAM)).status, 200);
  const earned = await call(["POST", "/actions/tap"], "a", {
    body: {},
    headers: { "idempotency-key": "k" },
  });
  assert.equal(earned.status, 200);
  assert.equal(upstream.length, 0, "nothing goes by the proxy's own fetch");
  assert.deepEqual(Object.keys(sent[0].headers), ["accept", "x-request-id"]);
  const earn = sent.find(({ url }) => url.endsWith("/earn-points"));
  assert.deepEqual(
    [earn.method, earn.headers["content-type"], earn.redirect, "authorization" in earn.headers],
    ["POST", "application/json", "manual", false],
  );
  assert.throws(() => elevate(), /elevate: give a function/);
});

test("a_backend_that_refuses_or_throws_is_a_code_and_no_crash", async () => {
  const by = (send) => makeProxy({ credential: elevate(send, { siteId: SITE }) }).call(PROGRAM);
  const refused = await by(async () => new Response("", { status: 403 }));
  assert.deepEqual([refused.status, refused.json.code], [502, "UPSTREAM_AUTH"]);
  const thrown = await by(async () => {
    throw new Error("secret words");
  });
  assert.deepEqual([thrown.status, thrown.json.code], [502, "UPSTREAM_ERROR"]);
  assert.ok(!thrown.text.includes("secret words"));
});

test("p22_no_credential_shows_what_is_inside", () => {
  const secret = "secret-of-this-test";
  const all = [
    apiKey({ key: secret, siteId: SITE }),
    app({ ...APP, appSecret: secret }),
    elevate(() => secret),
    rotate([apiKey({ key: secret, siteId: SITE })]),
  ];
  for (const credential of all) {
    const shown = [
      String(credential),
      `${JSON.stringify(credential)}`,
      inspect(credential, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.getOwnPropertyDescriptors(credential)),
      inspect(structuredClone({ credential }), { showHidden: true, depth: 9 }),
    ].join("\n");
    assert.ok(!shown.includes(secret), shown);
  }
});

test("each_kind_names_what_is_wrong_with_it", () => {
  for (const [make, pattern] of [
    [() => apiKey({ key: "", siteId: SITE }), /apiKey: key/],
    [() => apiKey({ key: "k", siteId: undefined }), /apiKey: siteId/],
    [() => apiKey({ key: "k\n", siteId: SITE }), /apiKey: key/],
    [() => app({ ...APP, appSecret: undefined }), /app: appSecret/],
    [() => app({ ...APP, instanceId: "" }), /app: instanceId/],
    [() => elevate(() => {}, { siteId: " " }), /elevate: siteId/],
  ]) {
    assert.throws(make, pattern);
  }
});

test("the_sandbox_takes_the_apps_token_and_its_clock_ends_it", async () => {
  const sandbox = await createSandbox({ seed: 3, now: "2030-01-01T10:00:00Z" });
  const { appId, appSecret, instanceId } = sandbox;
  const upstream = [];
  const { call, clock } = makeProxy({
    credential: app({ appId, appSecret, instanceId }),
    fetch: (request) => {
      upstream.push([new URL(request.url).pathname, request.headers.get("authorization")]);
      return sandbox.fetch(request);
    },
  });
  const both = (ms) => {
    sandbox.clock.advance(ms);
    clock.now += ms;
  };
  assert.equal((await call(PROGRAM)).status, 200);
  both(4 * 60 * MINUTE + 1);
  assert.equal((await call(PROGRAM)).status, 200);
  // The token ends by the sandbox's clock before it does by ours: refused, renewed, sent again.
  sandbox.clock.advance(4 * 60 * MINUTE);
  assert.equal((await call(PROGRAM)).status, 200);
  const paths = upstream.map(([path]) => path.split("/")[1]);
  assert.deepEqual(paths, [
    ...["oauth2", "loyalty-programs"],
    ...["oauth2", "loyalty-programs"],
    ...["loyalty-programs", "oauth2", "loyalty-programs"],
  ]);
  for (const [path, authorization] of upstream.filter(([path]) => !path.startsWith("/oauth2"))) {
    assert.match(authorization, /^OauthNG\.JWS\./, path);
  }
  sandbox.close();
});

test("tokens_never_come_from_the_edges_host", async () => {
  const { answer } = tokenUpstream();
  const edge = "https://edge.wixapis.com";
  const { call, upstream } = makeProxy({ credential: app(APP), answer, upstream: edge });
  assert.equal((await call(PROGRAM)).status, 200);
  assert.deepEqual(
    upstream.map(({ url }) => url.split("/").slice(2, 4).join("/")),
    ["www.wixapis.com/oauth2", "edge.wixapis.com/loyalty-programs"],
  );
});
