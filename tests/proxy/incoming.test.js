// A request taken in from a runtime's Request and from Node's own server: two ways that must see the same.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { serve } from "loyalty-edge/proxy/node";
import { ofRequest } from "../../pkg/proxy/incoming.js";
import { ofMessage } from "../../pkg/proxy/message.js";
import { raw } from "../security/stack.js";
import { A, MY_ACCOUNT, ORIGIN, makeProxy } from "./support.js";

/** What Node's server makes of bytes, and what both ways see of that. */
async function bothOf(t, path, lines) {
  const seen = {};
  const server = createServer((message, response) => {
    seen.direct = ofMessage(message);
    const headers = new Headers();
    const { rawHeaders: raws } = message;
    for (let at = 0; at < raws.length; at += 2) headers.append(raws[at], raws[at + 1]);
    seen.made = ofRequest(new Request(`http://${message.headers.host}${path}`, { headers }));
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const socket = connect(server.address().port, "127.0.0.1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x.example:81\r\nConnection: close\r\n${lines}\r\n`);
  await once(socket.resume(), "close");
  return seen;
}

const HEADERS = [
  "origin",
  "authorization",
  "content-type",
  "x-loyalty-client",
  "cookie",
  "nothing",
];
const factsOf = ({ method, url, target, headers, headerCount, headerBytes }) => [
  ...[method, url, target, headerCount, headerBytes],
  ...HEADERS.map((name) => headers.get(name)),
];

const LINES = {
  plain: "Origin: https://a.example\r\nAuthorization: Bearer a.b.c\r\n",
  "names in any case": "ORIGIN: a\r\nX-LOYALTY-client: t/1\r\n",
  "two of a name":
    "Origin: a\r\nOrigin: b\r\nAuthorization: a\r\nauthorization: b\r\nContent-Type: a\r\nContent-Type: b\r\n",
  "spaces around": "Origin:   a \t\r\nX-Loyalty-Client:\r\n",
  "letters of Latin-1": "Origin: gr\u00fc\u00df\r\n",
};

test("p08_p17_both_see_the_same_headers", async (t) => {
  for (const [name, lines] of Object.entries(LINES)) {
    const { direct, made } = await bothOf(t, "/loyalty/me", lines);
    assert.deepEqual(factsOf(direct), factsOf(made), name);
  }
});

test("p20_both_see_the_same_path", async (t) => {
  for (const path of [
    ...["/", "/loyalty/me?include=tiers,account", "/a/../b", "/a/%2e%2e/b", "//host/x", "/a\\b"],
    ...[
      "/a/./b?c=../d",
      "/%41",
      "/a?b#c",
      "/a%00b",
      "/a;b=c",
      "/ü",
      "/a?",
      "/?a=b",
      "/a b".replace(" ", "%20"),
    ],
  ]) {
    const { direct, made } = await bothOf(t, encodeURI(path).replaceAll("%25", "%"), "");
    assert.deepEqual(factsOf(direct), factsOf(made), path);
  }
});

/** Bodies as `read(1_000)` has them, of requests that come in pieces; `before` is what a server does first. */
async function bodyOf(t, pieces, before = async (_message) => {}) {
  let read;
  const server = createServer(async (message, response) => {
    await before(message);
    read = await Promise.race([
      ofMessage(message).read(1_000),
      new Promise((resolve) => setTimeout(resolve, 100, "nothing came")),
    ]).catch(({ name }) => name);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const socket = connect(server.address().port, "127.0.0.1");
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(piece, "latin1");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await once(socket.resume(), "close");
  return read;
}

const post = (...lines) =>
  ["POST / HTTP/1.1", "Host: x", "Connection: close", ...lines, "", ""].join("\r\n");
const withLength = (length) => post(`Content-Length: ${length}`);
const text = (of) => ({ text: of, tooLarge: false });
const BODIES = {
  "with the head": [[`${withLength(6)}gr\xc3\xbcn!`], text("gr\u00fcn!")],
  "after the head": [[withLength(2), "{}"], text("{}")],
  "in two": [[`${withLength(4)}{"`, '"}'], text('{""}')],
  "in chunks": [[`${post("Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\n\r\n`], text("{}")],
  none: [[withLength(0)], text("")],
  "a mark at the start": [[`${withLength(5)}\xef\xbb\xbf{}`], text("{}")],
  "as large as it may be": [[withLength(1_000) + "x".repeat(1_000)], text("x".repeat(1_000))],
  "too large": [[withLength(1_001) + "x".repeat(1_001)], { text: "", tooLarge: true }],
  "no UTF-8": [[`${withLength(2)}a\xff`], "NotText"],
};
for (const [name, [pieces, expected]] of Object.entries(BODIES)) {
  test(`p26_a_body_of_nodes_server_is_read_as_it_came: ${name}`, async (t) => {
    assert.deepEqual(await bodyOf(t, pieces), expected);
  });
}

test("p26_a_body_that_somebody_has_read_before_is_not_taken_for_an_empty_one", async (t) => {
  const before = async (message) => {
    for await (const _ of message);
  };
  assert.notDeepEqual(await bodyOf(t, [`${withLength(2)}{}`], before), text(""));
});

test("p17_two_hosts_are_none", async (t) => {
  const server = await serve(makeProxy().proxy);
  t.after(() => server.close());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write("GET /loyalty/healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n");
  const [said] = await once(socket, "data");
  assert.match(String(said), /^HTTP\/1\.1 400 /);
});

test("who wraps fetch is not passed by on Node", async (t) => {
  const { proxy } = makeProxy();
  const wrapped = { ...proxy, fetch: async () => new Response("mine", { status: 418 }) };
  const server = await serve(wrapped);
  t.after(() => server.close());
  assert.equal((await raw(server.url, "GET", "/loyalty/healthz", {})).status, 418);
});

test("p19_an_answer_is_the_same_by_fetch_and_by_the_server", async (t) => {
  const { proxy, call } = makeProxy();
  const server = await serve(proxy);
  t.after(() => server.close());
  const headers = { origin: ORIGIN, "x-loyalty-client": "test/1.0", authorization: "Bearer a" };
  const got = await raw(server.url, "GET", `/loyalty${MY_ACCOUNT[1]}`, headers);
  const made = await call(MY_ACCOUNT, "a");
  assert.deepEqual([got.status, got.text], [made.status, made.text]);
  assert.equal(got.json.account.memberId, A.memberId);
  const ITS_OWN = /^(date|connection|keep-alive|content-length|x-(wix-)?request-id)$/;
  const rest = (all) =>
    Object.entries(all)
      .filter(([name]) => !ITS_OWN.test(name))
      .sort();
  assert.deepEqual(rest(got.headers), rest(made.headers));
});
