// `npm run bench -- proxy`, in small: that it measures what it says, on all four runtimes. No figure is held to anything.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { run } from "../../bench/proxy/index.js";
import { makeJob } from "../../bench/proxy/job.js";
import { CONTENDERS, KINDS, must200, startLoad } from "../../bench/proxy/measure.js";
import { table } from "../../bench/proxy/table.js";
import { RUNTIMES } from "./proxy/servers.js";

const SMALL = {
  ...{ rounds: 1, connections: 4, counts: { read: 40, write: 20 }, turns: 3, gapMs: 0 },
  ...{ coldStarts: 1, decisions: 20 },
};

const isFigure = (value) => Number.isFinite(value) && value > 0;

test("the bench of the proxy has every figure of every server, and every answer was 200", async () => {
  const results = await run(SMALL);
  assert.deepEqual(Object.keys(results.runtimes).sort(), Object.keys(RUNTIMES).sort());
  for (const [runtime, all] of Object.entries(results.runtimes)) {
    assert.deepEqual(Object.keys(all), CONTENDERS);
    for (const who of CONTENDERS) {
      for (const kind of KINDS) {
        assert.ok(isFigure(all[who][kind].rate), `${runtime} ${who} ${kind}`);
        assert.ok(Number.isFinite(all[who][kind].cpu));
        assert.ok(Number.isFinite(all[who].added[kind].p99));
      }
      assert.ok(isFigure(all[who].memory));
    }
  }
  for (const who of CONTENDERS) {
    assert.ok(isFigure(results.cold.ms[who]) && isFigure(results.cold.gzip[who]), who);
  }
  const { verdict, read, write } = results.decision;
  for (const { us } of [verdict, read, write]) assert.ok(isFigure(us));
  assert.ok(read.crossings >= 2 && write.crossings >= read.crossings);
  const lines = table(results).split("\n");
  const rows = lines.filter((line) => /^(Node|workerd|Deno|Bun) +(read|write) /.test(line));
  assert.equal(rows.length, 4 * KINDS.length * CONTENDERS.length);
});

test("a server that answers quickly and wrongly has no figure", async (t) => {
  const wrong = { status: 200 };
  const server = createServer((_, response) =>
    response.writeHead(wrong.status).end('{"account":{}}'),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const load = await startLoad(await makeJob("http://127.0.0.1:9"));
  t.after(async () => {
    await load.stop();
    server.closeAllConnections();
    server.close();
  });
  const how = { port: server.address().port, which: "read", count: 8, connections: 2 };
  for (const [status, counted] of [
    [200, { wrong: 8 }],
    [503, { 503: 8 }],
  ]) {
    wrong.status = status;
    const { statuses } = await load.ask("batch", how);
    assert.deepEqual(statuses, counted);
    assert.throws(() => must200(statuses, 8, "it"), /not 200 each/);
  }
  assert.throws(() => must200({ 200: 7 }, 8, "it"), /not 200 each/);
});
