// Bad options throw where they are written, and say what to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiKey,
  app,
  createProxy,
  custom,
  elevate,
  jwt,
  openId,
  session,
  wixLogin,
  wixMember,
} from "loyalty-edge/proxy";
import { POLICY, SITE, earn, makeProxy } from "./support.js";

const good = () => ({
  credential: apiKey({ key: "test", siteId: SITE }),
  identify: custom(() => ({ role: "visitor" })),
  origins: ["https://shop.example"],
  upstream: "http://127.0.0.1:9",
  policy: { grants: {} },
  log: () => {},
});

const throwsAt = (options, pattern) =>
  assert.throws(
    () => createProxy({ ...good(), ...options }),
    (error) => {
      assert.equal(error.code, "INVALID_CONFIGURATION");
      assert.match(error.message, pattern);
      return true;
    },
  );

test("good_options_make_a_proxy", () => {
  assert.equal(typeof createProxy(good()).fetch, "function");
});

test("each_mistake_is_named", () => {
  for (const [options, pattern] of [
    [{ credential: undefined }, /credential is missing/],
    [{ credential: "IST.x" }, /credential is missing/],
    [{ credential: { toString: () => "x" } }, /credential is missing/],
    [{ identify: undefined }, /identify is missing/],
    [{ policy: undefined }, /policy is missing/],
    [{ polcy: {} }, /unknown option polcy/],
    [{ origins: undefined }, /origins: must be a list/],
    [{ origins: ["*"] }, /origins\[0\]/],
    [{ origins: ["https://shop.example", "https://*.shop.example"] }, /origins\[1\]/],
    [{ upstream: "http://shop.example" }, /upstream: plain http/],
    [{ upstream: "https://www.wixapis.com/x" }, /upstream: .* is not an origin/],
    [{ basePath: "loyalty/" }, /basePath/],
    [{ confirm: { x: 5 } }, /confirm\.x must be a function/],
    [{ audit: 5 }, /audit must be a function/],
    [{ store: {} }, /store has no reserve/],
    [{ now: () => new Date() }, /now must give milliseconds/],
    [{ now: () => NaN }, /now must give milliseconds/],
    [{ policy: { ...POLICY, grants: { member: ["*"] } } }, /\$\.grants\.member\[0\]/],
    [{ policy: POLICY }, /confirm: .*write-review.*review-exists/],
    [
      { policy: JSON.parse('{"__proto__":{"grants":{"visitor":["getLoyaltyProgram"]}}}') },
      /\$\.__proto__/,
    ],
  ]) {
    throwsAt(options, pattern);
  }
});

test("p37_a_key_goes_only_to_its_own_kind_of_host", () => {
  const sandbox = { credential: apiKey({ key: "SANDBOX.x", siteId: SITE }) };
  const wix = { credential: apiKey({ key: "IST.x", siteId: SITE }) };
  throwsAt({ ...sandbox, upstream: undefined }, /SANDBOX\. key opens no Wix host/);
  throwsAt({ ...sandbox, upstream: "https://edge.wixapis.com" }, /SANDBOX\. key/);
  throwsAt({ ...wix, upstream: "http://127.0.0.1:9" }, /IST\. key/);
  throwsAt({ ...wix, upstream: "https://wixapis.com.evil.example" }, /IST\. key/);
  assert.ok(createProxy({ ...good(), ...wix, upstream: "https://www.wixapis.com" }));
  assert.ok(createProxy({ ...good(), ...sandbox }));
});

const JWT = { issuer: "https://login.example", audience: "shop", jwks: { keys: [] } };

test("jwt_options_that_would_open_the_door_throw", () => {
  for (const bad of [
    { issuer: "" },
    { audience: undefined },
    { audience: [] },
    { jwks: undefined },
    { jwksUri: "https://login.example/jwks" },
    { jwks: undefined, jwksUri: "http://login.example/jwks" },
    { algorithms: ["none"] },
    { algorithms: ["HS256"] },
    { algorithms: [] },
  ]) {
    assert.throws(() => jwt({ ...JWT, ...bad }), TypeError, JSON.stringify(bad));
  }
  assert.equal(typeof jwt(JWT), "function");
});

test("p11_an_option_that_is_misspelt_is_no_default_in_silence", () => {
  const login = { issuer: "https://login.example", clientId: "shop" };
  for (const [make, name] of [
    [() => jwt({ ...JWT, algorithm: ["ES256"] }), "algorithm"],
    [() => jwt([JWT, { ...JWT, issuer: "https://b.example", type: "at+jwt" }]), "type"],
    [() => jwt({ ...JWT, claims: { role: "groups" } }), "role"],
    [() => openId({ ...login, secret: "s" }), "secret"],
    [() => openId({ ...login, claims: { members: "sub" } }), "members"],
    [
      () => openId({ ...login, endpoints: { authorisation: "https://a.example" } }),
      "authorisation",
    ],
    [() => session({ keys: [], idleSecond: 60 }), "idleSecond"],
    [() => wixLogin({ clientId: "c", clientSecret: "s" }), "clientSecret"],
    [() => wixMember({ cacheSecond: 0 }), "cacheSecond"],
    [() => custom(() => null, { cookie: true }), "cookie"],
    [() => apiKey({ key: "k", siteId: SITE, account: "a" }), "account"],
    [() => app({ appId: "a", appSecret: "b", instanceId: "c", site: SITE }), "site"],
    [() => elevate(() => {}, { site: SITE }), "site"],
  ]) {
    assert.throws(make, new RegExp(`there is no option ${name};`), name);
  }
});

test("options_by_environment_are_made_once_for_each", async () => {
  const made = [];
  const proxy = createProxy((env) => {
    made.push(env.name);
    return good();
  });
  const one = { name: "one" };
  const ask = (env) => proxy.fetch(new Request("https://shop.example/loyalty/healthz"), env);
  assert.deepEqual(
    (await Promise.all([ask(one), ask(one)])).map(({ status }) => status),
    [200, 200],
  );
  assert.equal((await ask({ name: "two" })).status, 200);
  assert.deepEqual(made, ["one", "two"]);
});

test("p27_what_comes_anew_with_each_request_is_no_environment", async () => {
  let made = 0;
  const proxy = createProxy(() => {
    made += 1;
    return good();
  });
  const ask = (env) => proxy.fetch(new Request("https://shop.example/loyalty/healthz"), env);
  const deno = () => ({ remoteAddr: { hostname: "127.0.0.1" }, completed: Promise.resolve() });
  const next = () => ({ params: Promise.resolve({ path: ["healthz"] }) });
  for (const env of [deno(), deno(), next(), next(), undefined]) {
    assert.equal((await ask(env)).status, 200);
  }
  assert.equal(made, 1, "one proxy, and one store, for all of them");
});

test("p34_options_by_environment_that_are_wrong_fail_closed_and_say_why_in_the_log", async () => {
  const lines = [];
  const before = console.error;
  console.error = (line) => lines.push(line);
  try {
    const proxy = createProxy(() => ({ ...good(), origins: ["*"] }));
    const answer = await proxy.fetch(new Request("https://shop.example/loyalty/healthz"), {});
    assert.equal(answer.status, 500);
    assert.equal((await answer.json()).code, "PROXY_INTERNAL");
    assert.match(lines.join(), /origins\[0\]/);
  } finally {
    console.error = before;
  }
});

test("p23_prototype_keys_in_a_policy_or_in_upstream_json_do_nothing", async () => {
  const answer = () =>
    new Response(
      '{"loyaltyProgram":{"name":"P","pointDefinition":{},"status":"ACTIVE","__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}}',
    );
  const { call } = makeProxy({ answer });
  for (const who of [undefined, "admin"]) {
    const { status, text } = await call(["GET", "/loyalty-programs/v1/program"], who);
    assert.equal(status, 200, text);
    assert.doesNotMatch(text, /__proto__|constructor/);
  }
  const planted = (text, where) =>
    JSON.parse(JSON.stringify(POLICY).replace(where, `${where}"__proto__":${text},`));
  for (const policy of [
    planted('{"grants":{"visitor":["listTiers"]}}', "{"),
    planted('["listTiers"]', '"grants":{'),
    planted(JSON.stringify(POLICY.actions.tap), '"actions":{'),
    planted("1", '"limits":{'),
  ]) {
    throwsAt({ policy }, /__proto__/);
  }
  const parameters = JSON.parse('{"__proto__":{"amount":5},"constructor":"x"}');
  const claimed = await earn(call, "tap", "a", { body: { parameters } });
  assert.deepEqual(
    [claimed.status, claimed.json.violations[0].field],
    [400, "parameters.__proto__"],
  );
  assert.deepEqual(
    [{}.x, {}.y, {}.grants, {}.amount],
    [undefined, undefined, undefined, undefined],
  );
});
