// What goes up, what comes back, and what is made of a bad answer.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxyWith } from "../../pkg/proxy/index.js";
import { Engine, renew } from "../../pkg/wasm/proxy/proxy.js";
import { KEY, ORIGIN, SITE, earn, makeProxy, stub, MY_ACCOUNT, PROGRAM } from "./support.js";

test("p20_redirects_are_not_followed", async () => {
  const answer = () =>
    new Response(null, { status: 302, headers: { location: "http://evil.example/" } });
  const { call, upstream } = makeProxy({ answer });
  const { status, json } = await call(PROGRAM);
  assert.deepEqual([status, json.code], [502, "UPSTREAM_INVALID"]);
  assert.deepEqual([upstream.length, upstream[0].redirect], [1, "manual"]);
});

test("p20_calls_that_go_up_at_once_have_the_headers_of_any", async () => {
  const { call, upstream } = makeProxy();
  assert.equal((await call(["GET", "/me"], "a")).status, 200);
  assert.equal((await earn(call, "tap", "a")).status, 200);
  assert.ok(upstream.length > 3);
  const shared = ["accept", "authorization", "wix-site-id", "x-request-id"];
  for (const { method, headers } of upstream) {
    assert.equal(headers.accept, "application/json");
    const names = method === "GET" ? shared : [...shared, "content-type"];
    assert.deepEqual(Object.keys(headers).sort(), names.sort());
  }
});

test("p21_only_allow_listed_headers_go_up_and_come_back", async () => {
  const answer = async (seen) =>
    new Response(await stub(seen).text(), {
      headers: {
        "set-cookie": "a=b",
        server: "x",
        "x-powered-by": "x",
        "access-control-allow-origin": "*",
        "x-wix-consistent": "token-2",
      },
    });
  const { call, upstream } = makeProxy({ answer });
  const headers = {
    cookie: "session=1",
    "x-wix-bi-gateway": "x",
    "wix-site-id": "another",
    "wix-account-id": "another",
    "x-forwarded-for": "1.1.1.1",
    "x-wix-consistent": "token-1",
    referer: ORIGIN,
    "user-agent": "x",
  };
  const got = await call(MY_ACCOUNT, "a", { headers });
  assert.deepEqual(upstream[0].headers, {
    accept: "application/json",
    authorization: KEY,
    "wix-site-id": SITE,
    "x-request-id": got.headers["x-request-id"],
    "x-wix-consistent": "token-1",
  });
  for (const name of ["set-cookie", "server", "x-powered-by"]) {
    assert.equal(got.headers[name], undefined, name);
  }
  assert.equal(got.headers["access-control-allow-origin"], ORIGIN);
  const program = await call(PROGRAM);
  assert.equal(program.headers["x-wix-consistent"], "token-2");
});

describe("p23 upstream answers", () => {
  /** An end there is all the same, or a proxy that reads on would be waited for and not seen to fail. */
  const ENOUGH = 20_000_000;
  const endless = () => {
    let sent = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(100_000).fill(32));
          if ((sent += 100_000) > ENOUGH) controller.close();
        },
      }),
    );
  };
  for (const [name, answer, code, status = 502] of [
    ["an_html_502", () => new Response("<html>", { status: 502 }), "UPSTREAM_ERROR"],
    ["an_html_200", () => new Response("<html>"), "UPSTREAM_INVALID"],
    ["truncated_json", () => new Response('{"loyaltyProgram":{"na'), "UPSTREAM_INVALID"],
    ["null", () => new Response("null"), "UPSTREAM_INVALID"],
    ["wrong_types", () => Response.json({ loyaltyProgram: { name: 5 } }), "UPSTREAM_INVALID"],
    ["a_204", () => new Response(null, { status: 204 }), "UPSTREAM_INVALID"],
    ["no_utf8", () => new Response(new Uint8Array([0x7b, 0xff])), "UPSTREAM_INVALID"],
    ["an_endless_body", endless, "UPSTREAM_INVALID"],
    ["deep_json", () => new Response("[".repeat(100_000)), "UPSTREAM_INVALID"],
    ["a_401", () => new Response("{}", { status: 401 }), "UPSTREAM_AUTH"],
    ["a_403", () => new Response("{}", { status: 403 }), "UPSTREAM_AUTH"],
    ["a_thrown_error", () => Promise.reject(new TypeError("x")), "UPSTREAM_ERROR"],
    ["a_thrown_text", () => Promise.reject("x"), "UPSTREAM_ERROR"],
    ["no_response", () => undefined, "UPSTREAM_ERROR"],
    ["a_500", () => new Response("stack", { status: 500 }), "UPSTREAM_ERROR"],
    ["a_501", () => new Response("", { status: 501 }), "NOT_IMPLEMENTED", 501],
    ["a_429", () => new Response("", { status: 429 }), "RATE_LIMITED", 429],
    ["a_503", () => new Response("", { status: 503 }), "UNAVAILABLE", 503],
  ]) {
    test(`p23_${name}_is_${code}`, async () => {
      const { call } = makeProxy({ answer });
      const got = await call(PROGRAM);
      assert.deepEqual([got.status, got.json.code], [status, code], got.text);
      if (status === 429 || status === 503) assert.match(got.headers["retry-after"], /^\d+$/);
      assert.doesNotMatch(got.text, /stack|<html>/);
    });
  }

  test("p23_an_endless_answer_is_read_no_further_than_the_cap", async () => {
    let sent = 0;
    let cancelled = false;
    const body = () =>
      new ReadableStream({
        pull(controller) {
          sent += 100_000;
          controller.enqueue(new Uint8Array(100_000));
          if (sent > ENOUGH) controller.close();
        },
        cancel() {
          cancelled = true;
        },
      });
    const { call } = makeProxy({ answer: () => new Response(body()) });
    assert.equal((await call(PROGRAM)).json.code, "UPSTREAM_INVALID");
    assert.ok(sent < 3_000_000, `${sent} bytes were taken`);
    assert.ok(cancelled);
  });

  test("p23_an_answer_that_never_comes_is_timed", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    // With a clock of each call's own: the one of many may have been set before, and then by the real one.
    const createProxy = createProxyWith({ Engine, renew, load: () => undefined });
    const { call } = makeProxy({ createProxy, answer: () => new Promise(() => {}) });
    const pending = call(PROGRAM);
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(8_001);
    const got = await pending;
    assert.deepEqual([got.status, got.json.code], [504, "UPSTREAM_TIMEOUT"]);
  });
});
