// P22 for everything else that is secret: an app's secret and tokens, each key of a rotation, a member's token, a
// session's cookies, codes and keys, a client's secret. All of them are canaries, the upstream quotes whatever it gets,
// and everything that leaves the proxy is searched in every spelling.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { test } from "node:test";
import {
  apiKey,
  app,
  createProxy,
  custom,
  memoryStore,
  openId,
  rotate,
  session,
  wixMember,
} from "loyalty-edge/proxy";
import { browser, pathOf } from "../proxy/browser.js";
import { CLIENT, ISSUER, openIdProvider } from "../proxy/openid-provider.js";
import { A, ORIGIN, POLICY, SITE, call, fresh } from "../proxy/support.js";
import { UPSTREAMS, spellings } from "./canary.js";

// With "member" its length is a multiple of 4: base64url as an encoder writes it.
const canary = (name) => `canary-${name}-${randomBytes(21).toString("hex")}`;
const hits = (secrets, text) =>
  secrets.flatMap(spellings).filter((spelling) => text.includes(spelling));

/** Everything that leaves a proxy, as text. */
function outlet() {
  const out = [];
  const keep = (value) => void out.push(inspect(value, { depth: 9, showHidden: true }));
  return { keep, text: () => out.join("\n") };
}

const CALLS = [
  ["GET", "/loyalty-accounts/v1/accounts/my-account"],
  ["GET", "/loyalty-coupons/v1/coupons/my-coupons"],
  ["GET", "/loyalty-programs/v1/program"],
  ["GET", "/nothing"],
  ["POST", "/loyalty-accounts/v1/accounts/query", { query: {} }],
  ["POST", "/actions/tap", {}],
];

const options = ({ credential, identify, fetch, keep }) => ({
  credential,
  identify,
  fetch,
  origins: [ORIGIN],
  upstream: "http://127.0.0.1:9",
  policy: POLICY,
  confirm: { "review-exists": () => true },
  store: memoryStore(),
  audit: keep,
  log: keep,
});

const seenOf = async (request) => {
  const { pathname: path, searchParams: query } = new URL(request.url);
  const text = await request.text();
  const body = text === "" ? undefined : JSON.parse(text);
  return {
    method: request.method,
    path,
    query,
    body,
    headers: Object.fromEntries(request.headers),
  };
};

for (const [name, answer] of Object.entries(UPSTREAMS)) {
  test(`p22_no_credential_comes_out_when_the_upstream_${name.replaceAll(" ", "_")}`, async () => {
    const secrets = ["secret", "token", "key", "old"].map(canary);
    const [appSecret, token, key, old] = secrets;
    const { keep, text } = outlet();
    const used = new Set();
    const credential = rotate([
      app({ appId: "app", appSecret, instanceId: "instance", siteId: SITE }),
      apiKey({ key, siteId: SITE }),
      apiKey({ key: old, siteId: SITE }),
    ]);
    const proxy = createProxy(
      options({
        credential,
        keep,
        identify: custom(() => ({ role: "admin", memberId: A.memberId })),
        async fetch(request) {
          const seen = await seenOf(request);
          if (seen.path === "/oauth2/token") {
            used.add(seen.body.client_secret);
            return Response.json({ access_token: token, expires_in: 14_400 });
          }
          used.add(seen.headers.authorization);
          // The first two are refused with 401, quoting them, so that the last one's turn comes too.
          const isLast = seen.headers.authorization === old;
          return isLast ? answer(seen) : new Response(seen.headers.authorization, { status: 401 });
        },
      }),
    );
    keep(credential);
    keep(proxy);
    for (const [method, path, body] of CALLS) {
      keep(
        await call(proxy, [method, path], "x", { body, headers: { "idempotency-key": fresh() } }),
      );
    }
    assert.deepEqual(used, new Set(secrets), "each was used");
    assert.deepEqual(hits(secrets, text()), []);
  });

  test(`p22_no_members_token_comes_out_when_the_upstream_${name.replaceAll(" ", "_")}`, async () => {
    const [mark] = [canary("member")];
    const token = `OauthNG.JWS.${btoa("head").replaceAll("=", "")}.${mark}.${mark}`;
    const { keep, text } = outlet();
    let used = 0;
    const proxy = createProxy(
      options({
        credential: apiKey({ key: "key-of-this-test", siteId: SITE }),
        keep,
        identify: wixMember(),
        async fetch(request) {
          const seen = await seenOf(request);
          if (seen.path === "/oauth2/token-info") {
            return Response.json({ active: true, subjectType: "MEMBER", subjectId: A.memberId });
          }
          if (seen.headers.authorization === token) used += 1;
          return answer(seen);
        },
      }),
    );
    for (const [method, path, body] of CALLS) {
      const headers = { "idempotency-key": fresh() };
      keep(await call(proxy, [method, path], token, { body, headers }));
    }
    assert.ok(used > 0, "it was used");
    assert.deepEqual(hits([mark], text()), []);
  });
}

test("p22_nothing_of_a_sign_in_comes_out_but_by_its_cookie", async () => {
  const key = randomBytes(32).toString("base64");
  const clientSecret = canary("client");
  const { keep, text } = outlet();
  const provider = await openIdProvider({ now: Date.now, secret: clientSecret });
  provider.user = { sub: A.memberId };
  const identify = session({
    keys: [key],
    login: openId({
      issuer: ISSUER,
      clientId: CLIENT.clientId,
      clientSecret,
      fetch: (request) => provider.fetch(request),
    }),
  });
  const proxy = createProxy(
    options({
      credential: apiKey({ key: "key-of-this-test", siteId: SITE }),
      keep,
      identify,
      fetch: async (request) => Response.json(Object.fromEntries(request.headers)),
    }),
  );
  keep(identify);
  keep(proxy);
  const user = browser(proxy);
  const tell = ({ cookies: _, headers: { "set-cookie": __, ...headers }, ...answer }) =>
    keep({ headers, ...answer });
  const begun = await user.go("/loyalty/login");
  tell(begun);
  const back = provider.authorize(begun.location);
  const quoting = {
    "/token": async (request) => new Response(await request.text(), { status: 500 }),
  };
  provider.bend = quoting;
  tell(await user.go(pathOf(back)));
  provider.bend = {};
  const again = provider.authorize((await user.go("/loyalty/login")).location);
  tell(await user.go(pathOf(again)));
  for (const [method, path, body] of CALLS) {
    tell(await user.call(method, path, { body, headers: { "idempotency-key": fresh() } }));
  }
  tell(await user.call("POST", "/logout"));
  const values = user.lines.map((line) => /=([^;]*)/.exec(line)[1]).filter((value) => value !== "");
  assert.ok(values.length >= 3, `${values.length} cookies`);
  const codes = [back, again].map((url) => url.searchParams.get("code"));
  const secrets = [
    key,
    clientSecret,
    ...values,
    ...values.flatMap((value) => value.split(".").slice(3)),
  ];
  assert.deepEqual(hits(secrets, text()), []);
  for (const code of codes)
    assert.ok(!text().includes(`${code}"`) && !text().includes(`=${code}`), code);
});
