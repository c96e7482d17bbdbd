// The Node server: what a browser or an attacker sends over a socket.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { serve } from "loyalty-edge/proxy/node";
import { raw } from "../security/stack.js";
import { makeProxy } from "./support.js";

async function started(t, app) {
  const server = await serve(app, { port: 0 });
  t.after(() => server.close());
  return server;
}

const ECHO = {
  fetch: async (request) =>
    Response.json({ url: request.url, method: request.method, text: await request.text() }),
};

test("requests_and_answers_go_through", async (t) => {
  const { url } = await started(t, ECHO);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const answer = await fetch(`${url}/a?b=c`, { method: "POST", body: "x".repeat(200_000) });
  const { text, method, url: seen } = await answer.json();
  assert.deepEqual([seen, method, text.length], [`${url}/a?b=c`, "POST", 200_000]);
});

test("p18_two_cookies_are_two_headers", async (t) => {
  const lines = ["__Host-a=1; Path=/; Secure", "__Host-b=; Path=/; Max-Age=0; Secure"];
  const app = {
    fetch: async () => new Response("", { headers: lines.map((line) => ["set-cookie", line]) }),
  };
  const { url } = await started(t, app);
  assert.deepEqual((await raw(url, "GET", "/", {})).headers["set-cookie"], lines);
});

test("a_length_that_an_app_gives_is_sent_once_and_that_of_get_to_head", async (t) => {
  const headers = { "content-length": "5", "content-type": "text/plain" };
  const app = {
    fetch: async ({ method }) => new Response(method === "HEAD" ? null : "12345", { headers }),
  };
  const { url } = await started(t, app);
  const got = await fetch(url);
  assert.deepEqual([got.headers.get("content-length"), await got.text()], ["5", "12345"]);
  const head = await fetch(url, { method: "HEAD" });
  assert.deepEqual([head.headers.get("content-length"), await head.text()], ["5", ""]);
});

test("p26_a_body_over_the_limit_gets_its_answer_and_not_a_broken_socket", async (t) => {
  const { url } = await started(t, makeProxy().proxy);
  const headers = {
    origin: "https://shop.example",
    "x-loyalty-client": "t/1",
    authorization: "a",
    "content-type": "application/json",
    "idempotency-key": "k",
  };
  for (let round = 0; round < 3; round += 1) {
    const got = await raw(url, "POST", "/loyalty/actions/tap", headers, "x".repeat(3_000_000));
    assert.deepEqual([got.status, got.json.code], [413, "PAYLOAD_TOO_LARGE"]);
  }
});

test("a_target_that_is_no_path_and_a_strange_host_are_400", async (t) => {
  const { url } = await started(t, ECHO);
  assert.equal((await raw(url, "GET", "http://evil.example/x", {})).status, 400);
  assert.equal((await raw(url, "GET", "/", { host: "a/b?c" })).status, 400);
  assert.equal((await raw(url, "GET", "/", { host: "user@evil.example" })).status, 400);
  assert.equal((await raw(url, "GET", "/", {})).status, 200);
});

test("p17_two_origins_in_one_request_are_none", async (t) => {
  const { url } = await started(t, makeProxy().proxy);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    "GET /loyalty/healthz HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n" +
      "Origin: https://evil.example\r\nConnection: close\r\n\r\n",
  );
  const chunks = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "close");
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 403 /);
});

test("closing_lets_what_is_under_way_finish", async () => {
  let entered;
  const inside = new Promise((resolve) => (entered = resolve));
  const server = await serve({
    async fetch() {
      entered();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return new Response("done");
    },
  });
  const pending = fetch(server.url);
  await inside;
  await server.close();
  assert.equal(await (await pending).text(), "done");
  await assert.rejects(fetch(server.url));
});

test("a_port_that_is_taken_rejects", async (t) => {
  const { url } = await started(t, ECHO);
  await assert.rejects(serve(ECHO, { port: Number(new URL(url).port) }), { code: "EADDRINUSE" });
});
