// Node's way upstream: what a connection that is kept, cut or given up makes of a call.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { sendOnNode } from "../../pkg/proxy/send-node.js";
import { at } from "../../scripts/lib/paths.js";
import { callTo, head, raw } from "./raw-upstream.js";

const OK = `${head("200 OK", "Content-Length: 2")}ok`;

/** A connection is free again a turn after its answer. */
async function sendAnd(call) {
  const reply = await sendOnNode(call);
  await turn();
  return reply;
}

/** Each connection is given up in one of two ways, after so many answers. */
const givingUp = (t, how, answers) =>
  raw(t, (socket) => {
    socket.asked = (socket.asked ?? 0) + 1;
    if (socket.asked <= answers) socket.write(OK);
    else if (how === "reset") socket.resetAndDestroy();
    else socket.end();
  });

for (const how of ["reset", "end"]) {
  test(`a read whose kept connection was given up goes again on a new one (${how})`, async (t) => {
    const { upstream, seen } = await givingUp(t, how, 1);
    assert.equal((await sendAnd(callTo(upstream))).text, "ok");
    assert.equal((await sendAnd(callTo(upstream))).text, "ok");
    assert.equal(seen.length, 3);
  });

  test(`a read that is lost on a new connection is not repeated (${how})`, async (t) => {
    const { upstream, seen } = await givingUp(t, how, 0);
    await assert.rejects(sendOnNode(callTo(upstream)));
    assert.equal(seen.length, 1);
  });

  test(`p32 a write that was lost so is not sent again: what came of it is unknown (${how})`, async (t) => {
    const { upstream, seen } = await givingUp(t, how, 1);
    const write = () => sendAnd(callTo(upstream, { method: "POST", body: "{}" }));
    await write();
    await assert.rejects(write(), { code: how === "reset" ? "ECONNRESET" : "UND_ERR_SOCKET" });
    assert.equal(seen.filter((text) => text.startsWith("POST")).length, 2);
  });
}

test("a read that is lost a second time is not repeated again", async (t) => {
  const { upstream, seen } = await givingUp(t, "reset", 1);
  await Promise.all([sendAnd(callTo(upstream)), sendAnd(callTo(upstream))]);
  // There are two kept connections now, and a third would answer.
  await assert.rejects(sendOnNode(callTo(upstream)));
  assert.equal(seen.length, 4);
});

test("a read whose answer had begun is not repeated", async (t) => {
  const { upstream, seen } = await raw(t, (socket, number) => {
    if (number === 1) return socket.write(OK);
    return socket.end(head("200 OK", "Content-Length: 9").slice(0, -10));
  });
  await sendAnd(callTo(upstream));
  await assert.rejects(sendOnNode(callTo(upstream)));
  assert.equal(seen.length, 2);
});

const chunked = (...more) => head("200 OK", "Transfer-Encoding: chunked", ...more);
const CUT = {
  "of a length": `${head("200 OK", "Content-Length: 9")}half`,
  "of a length, on a connection that was to be closed": `${head("200 OK", "Content-Length: 9", "Connection: close")}half`,
  "in pieces": `${chunked()}4\r\nhalf\r\n`,
  "in pieces, on a connection that was to be closed": `${chunked("Connection: close")}4\r\nhalf\r\n`,
  "before its headers' end": "HTTP/1.1 200 OK\r\nContent-Le",
  "after one that says to wait": head("103 Early Hints"),
};
for (const [name, bytes] of Object.entries(CUT)) {
  test(`p23 an answer that is cut short is none: ${name}`, async (t) => {
    for (const how of ["end", "resetAndDestroy"]) {
      const { upstream, seen } = await raw(t, (socket) => socket.write(bytes, () => socket[how]()));
      await assert.rejects(sendOnNode(callTo(upstream)), how);
      assert.equal(seen.length, 1);
    }
  });
}

test("p23 an answer that nothing but its connection ends is whole at the end, and none after a reset", async (t) => {
  const bytes = `${head("200 OK")}{"a":1}`;
  const { upstream } = await raw(t, (socket) => socket.end(bytes));
  assert.equal((await sendOnNode(callTo(upstream))).text, '{"a":1}');
  const broken = await raw(t, (socket) =>
    socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 20)),
  );
  await assert.rejects(sendOnNode(callTo(broken.upstream)));
});

/** Bytes, what they are as status and text. */
const ANSWERS = {
  "in pieces, cut within a letter": [
    `${chunked()}3\r\ngr\xc3\r\n3\r\n\xbc\xc3\x9f\r\n0\r\n\r\n`,
    200,
    "gr\u00fc\u00df",
  ],
  "no content": [head("204 No Content"), 204, ""],
  "not modified": [head("304 Not Modified", "ETag: x"), 304, ""],
  empty: [head("200 OK", "Content-Length: 0"), 200, ""],
  "after others": [head("102 Processing") + head("103 Early Hints", "Link: x") + OK, 200, "ok"],
  "a mark at the start": [`${head("200 OK", "Content-Length: 5")}\xef\xbb\xbfok`, 200, "ok"],
  "two marks": [`${head("200 OK", "Content-Length: 6")}${"\xef\xbb\xbf".repeat(2)}`, 200, "\ufeff"],
};
for (const [name, [bytes, status, text]] of Object.entries(ANSWERS)) {
  test(`an answer is read to its end, and its connection kept: ${name}`, async (t) => {
    const { upstream, sockets } = await raw(t, (socket) => socket.write(bytes, "latin1"));
    for (let round = 0; round < 2; round += 1) {
      const reply = await sendAnd(callTo(upstream));
      assert.deepEqual([reply.status, reply.text, reply.tooLarge], [status, text, false]);
    }
    assert.equal(sockets.size, 1);
  });
}

test("p23 what is no UTF-8 is no text, as a TextDecoder has it", async (t) => {
  for (const bytes of ["\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "a\x80"]) {
    const answer = `${head("200 OK", `Content-Length: ${bytes.length}`)}${bytes}`;
    const { upstream } = await raw(t, (socket) => socket.write(answer, "latin1"));
    await assert.rejects(sendOnNode(callTo(upstream)), { name: "NotText" });
  }
});

test("two headers of a name are one with a comma", async (t) => {
  const { upstream } = await raw(t, (socket) =>
    socket.write(head("200 OK", "Retry-After: 1", "RETRY-AFTER: 2", "Content-Length: 0")),
  );
  const { header } = await sendOnNode(callTo(upstream));
  assert.equal(header("retry-after"), "1, 2");
});

test("p23 a call that is given up before it has a connection goes to nobody", async (t) => {
  const { upstream, seen } = await raw(t, (socket) => socket.write(OK));
  const call = callTo(upstream);
  const sent = sendOnNode(call);
  call.stop.stop();
  await assert.rejects(sent);
  assert.equal((await sendOnNode(callTo(upstream))).text, "ok");
  assert.equal(seen.length, 1);
});

test("calls at once have a connection each", async (t) => {
  const waiting = [];
  const { upstream } = await raw(t, (socket) => {
    if (waiting.push(socket) === 100) for (const each of waiting) each.write(OK);
  });
  const replies = await Promise.all(
    Array.from({ length: 100 }, () => sendOnNode(callTo(upstream))),
  );
  assert.ok(replies.every(({ text }) => text === "ok"));
});

test("a connection that is kept keeps no process", async (t) => {
  const { upstream } = await raw(t, (socket) => socket.write(OK));
  const script = `
    import { sendOnNode } from ${JSON.stringify(pathToFileURL(at("pkg", "proxy", "send-node.js")))};
    const { text } = await sendOnNode({ upstream: "${upstream}", path: "/", method: "GET", headers: {}, maxBytes: 9, stop: {} });
    setTimeout(() => console.log(text), 20);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (piece) => (said += piece));
  const late = setTimeout(() => child.kill(), 3_000);
  const [code] = await once(child, "exit");
  clearTimeout(late);
  assert.deepEqual([code, said], [0, "ok\n"]);
});
