// The sandbox on a port: raw request lines, broken connections, a clean end.
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { after, describe, it } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";

const sandbox = await createSandbox({ seed: 9 });
const server = await serve(sandbox);
after(async () => {
  await server.close();
  sandbox.close();
});

const TOTALS = "/loyalty-accounts/v1/accounts/program-totals";
const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };

/** Sends a request line that `fetch` would tidy up. */
function raw(path, options = {}) {
  return new Promise((resolve, reject) => {
    const { port } = server;
    const request = httpRequest(
      { host: "127.0.0.1", port, path, headers, ...options },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

const fault = (value) => sandbox.control("POST", "faults", value);

describe("requests", () => {
  it("answers on 127.0.0.1, on a free port", async () => {
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(server.url + TOTALS, { headers });
    assert.equal(response.status, 200);
    assert.ok((await response.json()).points);
  });

  it("sees paths as they were sent", async () => {
    const { accountId } = sandbox.members[0];
    for (const [path, status] of [
      [`/loyalty-accounts/v1/accounts/${accountId}`, 200],
      [`/loyalty-accounts/v1/../v1/accounts/${accountId}`, 404],
      [`//loyalty-accounts/v1/accounts/${accountId}`, 404],
      [`/loyalty-accounts/v1/accounts/..%2f${accountId}`, 400],
    ]) {
      assert.equal(await raw(path), status, path);
    }
  });

  it("records headers as they came", async () => {
    await raw(TOTALS, { headers: { ...headers, cookie: "a=b", "X-Custom": "1" } });
    const { requests } = await sandbox.control("GET", "requests");
    const last = requests.at(-1);
    assert.equal(last.headers.cookie, "a=b");
    assert.equal(last.headers["x-custom"], "1");
  });

  it("refuses a body over 1 MiB", async () => {
    const body = Buffer.alloc(1024 * 1024 + 1, " ");
    const status = await raw(TOTALS, { method: "POST", body }).catch((error) => error.code);
    // The server may close before all of it was sent.
    assert.ok([413, "EPIPE", "ECONNRESET"].includes(status), String(status));
    assert.equal(await raw(TOTALS), 200);
  });

  it("p37 gives the control plane to this machine's own names only", async () => {
    const control = { "x-sandbox-control": "1" };
    const ask = (host) => raw("/_sandbox/export", { headers: { ...control, host } });
    assert.equal(await ask("evil.example"), 403);
    assert.equal(await ask(`localhost:${server.port}`), 200);
    const page = await fetch(`${server.url}/_sandbox/export`, {
      headers: { ...control, origin: "http://evil.example" },
    });
    assert.equal(page.headers.get("access-control-allow-origin"), null);
  });

  it("says so when the port is taken", async () => {
    await assert.rejects(serve(sandbox, { port: server.port }), { code: "EADDRINUSE" });
  });
});

describe("l11 faults on the wire", () => {
  for (const kind of ["dropBefore", "dropAfter"]) {
    it(`l11 ${kind} destroys the socket`, async () => {
      await fault({ kind });
      await assert.rejects(raw(TOTALS), { code: "ECONNRESET" });
    });
  }

  it("l11 a cut body is shorter than promised", async () => {
    await fault({ kind: "cut" });
    const response = await fetch(server.url + TOTALS, { headers });
    assert.ok(Number(response.headers.get("content-length")) > 0);
    await assert.rejects(response.text(), TypeError);
  });

  it("l11 a truncated body is whole for HTTP, and no JSON", async () => {
    await fault({ kind: "truncated" });
    const text = await (await fetch(server.url + TOTALS, { headers })).text();
    assert.ok(text.length > 0);
    assert.throws(() => JSON.parse(text), SyntaxError);
  });

  it("l11 HTML with its status", async () => {
    await fault({ kind: "html", status: 504 });
    const response = await fetch(server.url + TOTALS, { headers });
    assert.equal(response.status, 504);
    assert.match(response.headers.get("content-type"), /text\/html/);
  });

  it("l11 an answer that comes late", async () => {
    await fault({ kind: "latency", delayMs: 60 });
    const before = performance.now();
    await raw(TOTALS);
    assert.ok(performance.now() - before >= 55);
  });
});

describe("closing", () => {
  it(
    "ends idle and waiting connections, and the port is free again",
    { timeout: 10_000 },
    async () => {
      const own = await createSandbox();
      const first = await serve(own);
      const idle = connect(first.port, "127.0.0.1");
      await new Promise((resolve) => idle.once("connect", resolve));
      const ended = new Promise((resolve) => idle.once("close", resolve));
      await own.control("POST", "faults", { kind: "latency", delayMs: 60_000 });
      const waiting = fetch(first.url).catch((error) => error);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await first.close();
      await ended;
      assert.ok((await waiting) instanceof TypeError);
      const second = await serve(own, { port: first.port });
      assert.equal(second.url, first.url);
      await second.close();
      own.close();
    },
  );
});
