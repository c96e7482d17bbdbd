// The ways upstream: Node's own client beside fetch, against servers that behave badly.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { sendOnNode } from "../../pkg/proxy/send-node.js";
import { Stop, sendBy, sendByOwnFetch } from "../../pkg/proxy/send.js";

const head = (status, ...more) => [`HTTP/1.1 ${status}`, ...more, "", ""].join("\r\n");

/** A server of raw bytes: `answer(socket, number of the request, its text)`. */
async function raw(t, answer) {
  const seen = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => answer(socket, seen.push(String(chunk)), String(chunk)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { upstream: `http://127.0.0.1:${server.address().port}`, seen, sockets };
}

const callTo = (upstream, more = {}) => ({
  ...{ upstream, path: "/a?b=c", method: "GET", maxBytes: 1_000, stop: new Stop() },
  headers: { authorization: "key" },
  ...more,
});

const WAYS = { "Node's client": sendOnNode, "own fetch": sendByOwnFetch, "a fetch": sendBy(fetch) };

for (const [name, send] of Object.entries(WAYS)) {
  test(`${name}: an answer with its status, headers and text, and a body that went up`, async (t) => {
    const { upstream, seen } = await raw(t, (socket) =>
      socket.write(`${head("201 Created", "X-Wix-Request-Id: 7", "Content-Length: 6")}grüß`),
    );
    const body = '{"ü":1}';
    const reply = await send(callTo(upstream, { method: "POST", body }));
    assert.deepEqual([reply.status, reply.text, reply.tooLarge], [201, "grüß", false]);
    assert.equal(reply.header("x-wix-request-id"), "7");
    assert.equal(reply.header("retry-after"), null);
    assert.match(seen.join(""), /^POST \/a\?b=c HTTP\/1\.1\r\n/);
    assert.match(seen.join(""), /\r\nauthorization: key\r\n/i);
    assert.match(seen.join(""), /\r\ncontent-length: 8\r\n/i);
  });

  test(`p20 ${name}: a redirect is an answer and not followed`, async (t) => {
    const { upstream, seen } = await raw(t, (socket) =>
      socket.write(head("302 Found", "Location: /other", "Content-Length: 0")),
    );
    assert.equal((await send(callTo(upstream))).status, 302);
    assert.equal(seen.length, 1);
  });

  test(`p23 ${name}: what is too large is left, announced or not`, async (t) => {
    const { upstream } = await raw(t, (socket, number) => {
      const length = number === 1 ? "Content-Length: 5000" : "Transfer-Encoding: chunked";
      socket.write(head("200 OK", length));
      const piece = "x".repeat(2_000);
      socket.write(number === 1 ? piece : `7d0\r\n${piece}\r\n`);
    });
    for (let turn = 0; turn < 2; turn += 1) {
      const { tooLarge, text } = await send(callTo(upstream));
      assert.deepEqual([tooLarge, text], [true, ""]);
    }
  });

  test(`p23 ${name}: what is cut short, or no text, is no answer`, async (t) => {
    const { upstream } = await raw(t, (socket, number) => {
      socket.write(head("200 OK", "Content-Length: 9"));
      if (number === 1) socket.end("half");
      else socket.write(Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7]));
    });
    await assert.rejects(send(callTo(upstream)));
    await assert.rejects(send(callTo(upstream)), { name: "NotText" });
  });

  test(`p23 ${name}: whom nobody waits for any more is hung up on`, async (t) => {
    const call = callTo("");
    const { upstream, sockets } = await raw(t, () => call.stop.stop());
    const sent = send({ ...call, upstream });
    await assert.rejects(sent);
    const [socket] = sockets;
    if (socket !== undefined && !socket.destroyed) await once(socket, "close");
  });
}

test("p23 what is compressed is read piece by piece: its length says nothing of what it becomes", async () => {
  const response = {
    status: 200,
    headers: new Headers({ "content-encoding": "gzip", "content-length": "100" }),
    body: new Response("x".repeat(5_000)).body,
    arrayBuffer: () => assert.fail("all at once"),
  };
  const { tooLarge } = await sendBy(async () => /** @type {any} */ (response))(callTo("http://x"));
  assert.equal(tooLarge, true);
});

/** The first request of each connection is answered; the second finds it closed by a reset. */
const resetting = (t) =>
  raw(t, (socket) => {
    if (socket.wasAsked) return socket.resetAndDestroy();
    socket.wasAsked = true;
    return socket.write(`${head("200 OK", "Content-Length: 2")}ok`);
  });

test("a read whose kept connection was given up goes again on a new one", async (t) => {
  const { upstream, seen } = await resetting(t);
  assert.equal((await sendOnNode(callTo(upstream))).text, "ok");
  assert.equal((await sendOnNode(callTo(upstream))).text, "ok");
  assert.equal(seen.length, 3);
});

test("p32 a write that was lost so is not sent again from here: what came of it is unknown", async (t) => {
  const { upstream, seen } = await resetting(t);
  const write = () => sendOnNode(callTo(upstream, { method: "POST", body: "{}" }));
  await write();
  await assert.rejects(write(), { code: "ECONNRESET" });
  assert.equal(seen.filter((text) => text.startsWith("POST")).length, 2);
});

test("a global fetch that somebody has put there is asked, on Node too", async (t) => {
  const own = globalThis.fetch;
  t.after(() => (globalThis.fetch = own));
  globalThis.fetch = async (url) => new Response(`by ${url}`);
  assert.equal(
    (await sendOnNode(callTo("http://127.0.0.1:9"))).text,
    "by http://127.0.0.1:9/a?b=c",
  );
});
