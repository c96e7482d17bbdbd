// P22: a random credential, and a search for it in everything that leaves the proxy, in every spelling, while
// everything that can go wrong goes wrong.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { test } from "node:test";
import { apiKey, createProxy, custom, memoryStore } from "loyalty-edge/proxy";
import { A, POLICY, call, fresh } from "../proxy/support.js";
import { UPSTREAMS, spellings } from "./canary.js";

const SECRET = `canary-${randomBytes(24).toString("hex")}`;

const hits = (text) => spellings(SECRET).filter((spelling) => text.includes(spelling));

for (const [name, answer] of Object.entries(UPSTREAMS)) {
  test(`p22_the_credential_stays_in_when_the_upstream_${name.replaceAll(" ", "_")}`, async () => {
    const out = [];
    const seen = [];
    const keep = (value) => void out.push(inspect(value, { depth: 9, showHidden: true }));
    const errors = console.error;
    console.error = keep;
    try {
      const options = {
        credential: apiKey({ key: SECRET, siteId: "site" }),
        identify: custom(({ token }) => ({ role: "admin", memberId: A.memberId, token })),
        origins: ["https://shop.example"],
        upstream: "http://127.0.0.1:9",
        policy: POLICY,
        confirm: { "review-exists": () => true },
        store: memoryStore(),
        audit: keep,
        log: keep,
        async fetch(request) {
          const headers = Object.fromEntries(request.headers);
          seen.push(headers.authorization);
          const { pathname: path, searchParams: query } = new URL(request.url);
          const text = await request.text();
          const body = text === "" ? undefined : JSON.parse(text);
          return answer({ method: request.method, path, query, headers, body });
        },
      };
      const proxy = createProxy(options);
      keep(options.credential);
      keep(proxy);
      for (const [method, path, body] of [
        ["GET", "/loyalty-accounts/v1/accounts/my-account"],
        ["GET", `/loyalty-accounts/v1/accounts/${A.accountId}`],
        ["GET", "/loyalty-programs/v1/program"],
        ["GET", "/healthz"],
        ["GET", "/nothing"],
        ["POST", "/loyalty-accounts/v1/accounts/query", { query: {} }],
        ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`, { amount: 5 }],
        ["POST", "/actions/tap", {}],
      ]) {
        const headers = { "idempotency-key": fresh() };
        keep(await call(proxy, [method, path], "x", { body, headers }));
      }
    } finally {
      console.error = errors;
    }
    assert.ok(seen.length > 3 && seen.every((value) => value === SECRET), "it was used");
    assert.deepEqual(hits(out.join("\n")), []);
  });
}

test("p22_a_credential_is_neither_printed_nor_serialized_nor_cloned", () => {
  const credential = apiKey({ key: SECRET, siteId: "site" });
  const printed = [
    String(credential),
    `${credential}`,
    JSON.stringify({ credential }),
    inspect(credential, { depth: 9, showHidden: true, getters: true }),
    Object.prototype.toString.call(credential),
    JSON.stringify(Object.getOwnPropertyDescriptors(credential)),
    JSON.stringify(Reflect.ownKeys(credential)),
    inspect(structuredClone(credential), { showHidden: true }),
  ];
  assert.deepEqual(hits(printed.join("\n")), []);
  assert.equal(String(credential), "[credential]");
  assert.equal(JSON.stringify({ credential }), '{"credential":"[credential]"}');
  assert.ok(hits(`prefix ${SECRET}`).length > 0, "the search finds what is there");
  assert.ok(hits(Buffer.from(`x${SECRET}`).toString("base64")).length > 0);
});

test("p22_a_key_that_no_header_can_hold_is_refused_without_being_named", () => {
  for (const key of [`${SECRET}\n`, `${SECRET} x`, `${SECRET}é`, "", undefined, 5]) {
    assert.throws(
      () => apiKey({ key, siteId: "site" }),
      (error) => error instanceof TypeError && hits(inspect(error)).length === 0,
    );
  }
});
