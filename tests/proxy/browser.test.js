// What a page meets: preflights, exposed headers, content types.
import assert from "node:assert/strict";
import { test } from "node:test";
import { custom } from "loyalty-edge/proxy";
import { ORIGIN, makeProxy, MY_ACCOUNT, PROGRAM } from "./support.js";

test("p15_preflights_are_answered_before_identity", async () => {
  let asked = 0;
  const { call, proxy } = makeProxy({ identify: custom(() => void (asked += 1)) });
  const preflight = { "access-control-request-method": "POST", "x-loyalty-client": undefined };
  const good = await call(["OPTIONS", "/actions/tap"], undefined, { headers: preflight });
  assert.equal(good.status, 204);
  assert.equal(good.headers["access-control-allow-origin"], ORIGIN);
  assert.equal(good.headers["access-control-allow-methods"], "GET, POST");
  assert.equal(
    good.headers["access-control-allow-headers"],
    "authorization, content-type, x-loyalty-client, idempotency-key, traceparent, x-wix-bi-gateway, " +
      "x-wix-consistent, wix-site-id, wix-account-id",
  );
  assert.equal(good.headers.vary, "Origin, Sec-Fetch-Site");
  assert.ok(Number(good.headers["access-control-max-age"]) <= 7200);
  assert.equal(good.headers["access-control-allow-credentials"], undefined);
  for (const origin of ["https://evil.example", "null"]) {
    const bad = await call(["OPTIONS", "/actions/tap"], undefined, {
      headers: { ...preflight, origin },
    });
    assert.equal(bad.status, 403);
    assert.equal(bad.headers["access-control-allow-origin"], undefined);
  }
  const bare = new Request(`${ORIGIN}/loyalty/actions/tap`, { method: "OPTIONS" });
  assert.ok((await proxy.fetch(bare)).status >= 400);
  assert.equal(asked, 0);
});

test("p15_exposed_headers_are_those_of_the_protocol", async () => {
  const { headers } = await makeProxy().call(PROGRAM);
  assert.equal(
    headers["access-control-expose-headers"],
    "x-request-id, x-wix-request-id, x-wix-consistent, retry-after, ratelimit, ratelimit-policy",
  );
});

test("p19_types_and_no_stack_traces", async () => {
  const { call } = makeProxy();
  const good = await call(PROGRAM);
  assert.equal(good.headers["content-type"], "application/json; charset=utf-8");
  const bad = await call(MY_ACCOUNT);
  assert.equal(bad.headers["content-type"], "application/problem+json; charset=utf-8");
  const identify = () => {
    throw new Error("secret detail");
  };
  const answer = () => {
    throw new Error("secret detail");
  };
  for (const proxy of [
    makeProxy({ identify }),
    makeProxy({ answer }),
    makeProxy({ now: identify }),
  ]) {
    const { status, text } = await proxy.call(MY_ACCOUNT, "a");
    assert.ok(status >= 500);
    assert.doesNotMatch(text + proxy.logs.join(), /secret detail|at .*\.js:\d/);
  }
});
