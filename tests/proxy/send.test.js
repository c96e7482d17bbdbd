// The ways upstream: Node's own client beside fetch, against servers that behave badly.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { sendOnNode } from "../../pkg/proxy/send-node.js";
import { sendBy, sendByOwnFetch } from "../../pkg/proxy/send.js";
import { callTo, head, raw } from "./raw-upstream.js";

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

test("a global fetch that somebody has put there is asked, on Node too", async (t) => {
  const own = globalThis.fetch;
  t.after(() => (globalThis.fetch = own));
  globalThis.fetch = async (url) => new Response(`by ${url}`);
  assert.equal(
    (await sendOnNode(callTo("http://127.0.0.1:9"))).text,
    "by http://127.0.0.1:9/a?b=c",
  );
});
