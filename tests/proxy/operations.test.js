// What whoever runs a proxy needs: audit files, health, and a server that stops without losing anything.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs, { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { fileAudit, serve } from "loyalty-edge/proxy/node";
import { A, KEY, earn, makeProxy } from "./support.js";

const MY_ACCOUNT = ["GET", "/loyalty-accounts/v1/accounts/my-account"];

async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "loyalty-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

test("p35_behind_half_a_line_a_record_has_one_of_its_own", async (t) => {
  const path = join(await folder(t), "audit.jsonl");
  await writeFile(path, '{"whole":1}\n{"a process that di');
  const { open } = fs;
  let isFull = false;
  fs.open = async (...args) => {
    const handle = await open(...args);
    const append = handle.appendFile.bind(handle);
    handle.appendFile = async (text) => {
      if (!isFull) return append(text);
      await append(text.slice(0, 5));
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    };
    return handle;
  };
  syncBuiltinESMExports();
  try {
    const sink = fileAudit(path);
    await sink.write({ at: 1 });
    isFull = true;
    await assert.rejects(sink.write({ at: 2 }), { code: "ENOSPC" });
    isFull = false;
    await sink.write({ at: 3 });
    await sink.write({ at: 4 });
    await sink.close();
  } finally {
    fs.open = open;
    syncBuiltinESMExports();
  }
  const lines = (await readFile(path, "utf8")).split("\n");
  const whole = [
    '{"whole":1}',
    '{"a process that di',
    '{"at":1}',
    '{"at"',
    '{"at":3}',
    '{"at":4}',
    "",
  ];
  assert.deepEqual(lines, whole);
});

test("p35_the_file_sink_has_each_record_on_a_line_of_its_own_before_the_write_goes_up", async (t) => {
  const path = join(await folder(t), "audit.jsonl");
  const sink = fileAudit(path);
  const atWrite = [];
  const { call } = makeProxy({
    audit: sink,
    answer: async (seen) => {
      if (seen.path.endsWith("/earn-points")) atWrite.push(await readFile(path, "utf8"));
      const { stub } = await import("./support.js");
      return stub(seen);
    },
  });
  const nasty = 'x"}\n{"phase":"outcome","forged":true}\u2028';
  await Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      earn(call, "tap", "a", { key: `k${at}`, body: { subject: nasty } }),
    ),
  );
  assert.equal((await call(MY_ACCOUNT, "forged")).status, 401);
  await sink.close();
  const text = await readFile(path, "utf8");
  const records = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(records.length, 11, text);
  assert.ok(records.every(({ forged }) => forged === undefined));
  assert.ok(atWrite.length === 5 && atWrite.every((before) => before.includes('"phase":"intent"')));
  const refused = records.at(-1);
  assert.deepEqual([refused.caller.role, refused.code], ["unknown", "UNAUTHENTICATED"]);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.ok(!text.includes(KEY));
  await assert.rejects(sink.write(records[0]), /closed/);
});

test("p35_a_disk_that_is_away_denies_writes_unless_it_is_told_not_to", async (t) => {
  const path = join(await folder(t), "missing", "audit.jsonl");
  for (const [onAuditFailure, status, ups] of [
    [undefined, 503, 0],
    ["deny-writes", 503, 0],
    ["allow", 200, 1],
  ]) {
    const sink = fileAudit(path);
    const { call, upstream, logs } = makeProxy({ audit: sink, onAuditFailure });
    const got = await earn(call, "tap", "a");
    assert.equal(got.status, status, String(onAuditFailure));
    assert.equal(upstream.filter(({ path }) => path.endsWith("/earn-points")).length, ups);
    assert.equal((await call(MY_ACCOUNT, "a")).status, 200, "reads go on");
    assert.match(logs.join(), /audit failed/);
  }
  assert.throws(() => makeProxy({ onAuditFailure: "ignore" }), /onAuditFailure/);
  assert.throws(() => makeProxy({ audit: {} }), /audit must be/);
});

test("health_says_alive_always_and_ready_where_the_store_answers_and_nothing_else", async () => {
  let away = false;
  let looks = 0;
  const store = memoryStore();
  const get = async (op) => {
    looks += 1;
    if (away) throw new Error("redis://user:secret@host");
    return store.get(op);
  };
  const { proxy, call, upstream, clock } = makeProxy({ store: { ...store, get } });
  const health = async (query = "") => {
    const response = await proxy.fetch(new Request(`https://shop.example/loyalty/healthz${query}`));
    return [response.status, await response.text()];
  };
  assert.deepEqual(await health(), [200, '{"status":"ok"}']);
  assert.equal(looks, 0);
  const all = await Promise.all(Array.from({ length: 50 }, () => health("?ready")));
  assert.ok(all.every(([status, text]) => status === 200 && text.includes('"store":"ok"')));
  assert.equal(looks, 1, "fifty probes are one look");
  away = true;
  clock.now += 1_000;
  const [status, text] = await health("?ready");
  assert.equal(status, 503);
  assert.doesNotMatch(text, /secret|redis/);
  assert.equal((await health())[0], 200, "alive all the same");
  assert.equal(upstream.length, 0);
  assert.equal((await call(["POST", "/healthz"])).status, 405);
});

test("p27_fifty_claims_of_a_capped_action_through_one_process_pay_once", async () => {
  for (const one of [true, false]) {
    const { call, upstream } = makeProxy();
    const claims = Array.from({ length: 50 }, (_, at) =>
      earn(call, "daily-visit", "a", { key: one ? "same" : `k${at}` }),
    );
    const codes = (await Promise.all(claims)).map(({ status, json }) => json.code ?? status);
    assert.equal(upstream.filter(({ path }) => path.endsWith("/earn-points")).length, 1);
    const expected = one ? ["IN_PROGRESS", 200] : ["LIMIT_REACHED", 200];
    assert.ok(codes.includes(200) && codes.every((code) => expected.includes(code)), codes.join());
  }
});

test("a_server_that_stops_finishes_what_is_under_way_and_takes_nothing_new", async () => {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let entered;
  const inside = new Promise((resolve) => (entered = resolve));
  const server = await serve({
    async fetch() {
      entered();
      await gate;
      return new Response("done");
    },
  });
  const pending = fetch(server.url);
  await inside;
  const began = performance.now();
  const closing = server.close();
  await assert.rejects(fetch(server.url));
  open();
  const answered = await pending;
  assert.deepEqual([answered.headers.get("connection"), await answered.text()], ["close", "done"]);
  await closing;
  assert.ok(performance.now() - began < 3_000, "it does not wait for a kept connection");
});

test("a_server_that_stops_does_not_wait_for_ever", async () => {
  let entered;
  const inside = new Promise((resolve) => (entered = resolve));
  const app = { fetch: () => (entered(), new Promise(() => {})) };
  const server = await serve(app, { drainMs: 20 });
  const pending = fetch(server.url);
  await inside;
  const failed = assert.rejects(pending);
  await server.close();
  await failed;
});

test("sigterm_lets_a_write_finish_and_then_ends_the_command", async (t) => {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let entered;
  const inside = new Promise((resolve) => (entered = resolve));
  const upstream = createServer(async (request, response) => {
    request.resume();
    entered();
    await gate;
    response.setHeader("content-type", "application/json");
    response.end('{"loyaltyProgram":{"name":"Points","pointDefinition":{},"status":"ACTIVE"}}');
  });
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => upstream.close());
  const config = join(await folder(t), "proxy.config.js");
  const proxy = new URL("../../pkg/proxy/load/node.js", import.meta.url);
  await writeFile(
    config,
    `import { apiKey, createProxy, custom } from ${JSON.stringify(proxy.href)};
     export default createProxy({
       credential: apiKey({ key: "SANDBOX.x", siteId: "s" }), identify: custom(() => ({ role: "visitor" })),
       origins: [], upstream: "http://127.0.0.1:${upstream.address().port}",
       policy: { grants: { visitor: ["getLoyaltyProgram"] } },
     });`,
  );
  const main = new URL("../../pkg/cli/main.js", import.meta.url);
  const command = spawn(
    process.execPath,
    [main.pathname, "proxy", "--config", config, "--port", "0", "--json"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  t.after(() => command.kill("SIGKILL"));
  const ended = once(command, "exit");
  const [line] = await once(command.stdout, "data");
  const { url } = JSON.parse(String(line));
  const pending = fetch(`${url}/loyalty-programs/v1/program`, {
    headers: { "x-loyalty-client": "t/1", authorization: "a" },
  });
  await inside;
  command.kill("SIGTERM");
  await assert.rejects(async () => {
    for (;;) await fetch(`${url}/healthz`); // until the socket is closed
  });
  open();
  assert.equal((await pending).status, 200);
  assert.deepEqual((await ended)[0], 0);
  assert.ok(A.memberId);
});
