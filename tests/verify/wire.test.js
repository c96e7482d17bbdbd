// Requests and answers, byte by byte.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { evidenceOf, mask } from "../../pkg/cli/verify/evidence.js";
import { write } from "../../pkg/cli/verify/request.js";
import { exchange, readReply } from "../../pkg/cli/verify/wire.js";

const run = {
  base: new URL("http://127.0.0.1:4180/loyalty/"),
  tokens: { member: "of-ada" },
  version: "1.2.3",
};
const text = (asked) => write(asked, run).bytes.toString("latin1");
const read = (raw, { head = false, last = false } = {}) => readReply(Buffer.from(raw), head, last);

describe("a request", () => {
  test("is written as it was asked for", () => {
    assert.match(
      text({ path: "/a/../%2e%2e//b" }),
      /^GET \/loyalty\/a\/\.\.\/%2e%2e\/\/b HTTP\/1\.1\r\nhost: 127\.0\.0\.1:4180\r\n/,
    );
    assert.match(text({ target: "@evil.example" }), /^GET @evil\.example HTTP\/1\.1\r\n/);
    assert.match(text({ as: "member" }), /\r\nauthorization: Bearer of-ada\r\n/);
    assert.match(text({ token: "" }), /\r\nauthorization: \r\n/);
    assert.doesNotMatch(text({}), /authorization|idempotency-key|content-type/);
    assert.match(text({ headers: { "x-a": ["1", "2"] } }), /\r\nx-a: 1\r\nx-a: 2\r\n/);
    assert.doesNotMatch(text({ headers: { "x-loyalty-client": undefined } }), /x-loyalty-client/);
  });

  test("has a body, a key and a length", () => {
    const post = text({ body: { a: "é" } });
    assert.match(post, /^POST /);
    assert.match(post, /\r\ncontent-length: 10\r\n/);
    assert.match(post, /\r\nidempotency-key: [A-Za-z0-9_-]{8,128}\r\n/);
    assert.ok(write({ body: Buffer.from([0xff]) }, run).bytes.at(-1) === 0xff);
    assert.notEqual(text({ body: {} }), text({ body: {} }), "each its own key");
  });
});

describe("an answer", () => {
  test("is read by its length, its chunks, or its end", () => {
    assert.equal(read("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhix").text, "hi");
    assert.equal(
      read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n3\r\n yo\r\n0\r\n\r\n")
        .text,
      "hi yo",
    );
    assert.equal(read("HTTP/1.1 200 OK\r\n\r\nhi", { last: true }).text, "hi");
    assert.equal(read("HTTP/1.1 204 No\r\n\r\n").status, 204);
    assert.equal(read("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", { head: true }).text, "");
    assert.equal(
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n").status,
      413,
    );
    assert.deepEqual(
      read("HTTP/1.1 200 OK\r\nVary:  Origin \r\ncontent-length: 0\r\n\r\n").headers[0],
      ["vary", "Origin"],
    );
  });

  test("is waited for while it isn't whole", () => {
    for (const raw of [
      "",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nh",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhi",
    ]) {
      assert.equal(read(raw), undefined, raw);
    }
    assert.equal(read("garbage\r\n\r\n", { last: true }), undefined);
  });

  test("that never comes is told as what it is", async () => {
    const sockets = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("data", (data) => String(data).startsWith("BYE") && socket.destroy());
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    const place = { host: "127.0.0.1", port, tls: false };
    try {
      assert.deepEqual(await exchange(place, Buffer.from("HANG\r\n\r\n"), { timeoutMs: 50 }), {
        none: "timeout",
      });
      assert.deepEqual(await exchange(place, Buffer.from("BYE\r\n\r\n"), { timeoutMs: 5000 }), {
        none: "closed",
      });
    } finally {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    }
    assert.deepEqual(await exchange(place, Buffer.from("x"), { timeoutMs: 5000 }), {
      none: "unreachable",
    });
  });
});

describe("evidence", () => {
  const answer = (line, body, replied) => ({
    line,
    body,
    sent: "",
    as: "member",
    reply: { status: 200, headers: [], text: replied },
  });

  test("p22_repeats_no_token_and_no_credential", () => {
    const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    const key = "SANDBOX.8R3ccpHCeaDALQL0ngL9xAbP";
    const { request, answer: said } = evidenceOf(
      answer(`GET /x?token=${token}`, "", `{"key":"${key}","t":"${token}"}`),
    );
    assert.equal(request, "GET /x?token=(token) as member");
    assert.equal(said, '200 {"key":"SANDBOX.(masked)","t":"(token)"}');
    assert.equal(
      mask("IST.abcdefghijkl and OauthNG.JWS.eyJabcdefg"),
      "IST.(masked) and OauthNG.(masked)",
    );
    assert.equal(mask("to ada.b@shop.example"), "to (e-mail)");
  });

  test("is short, and moves no cursor", () => {
    const { answer: said } = evidenceOf(answer("GET /x", "", `\u001b[2J${"x".repeat(500)}`));
    const started = Date.now();
    evidenceOf(answer("GET /x", "x".repeat(2_000_000), "x"));
    assert.ok(Date.now() - started < 1000, "however long it is");
    assert.ok(said.length < 180 && !said.includes("\u001b"));
    assert.equal(
      evidenceOf({ line: "GET /x", body: "", sent: "", none: "timeout" }).answer,
      "no answer (timeout)",
    );
  });
});
