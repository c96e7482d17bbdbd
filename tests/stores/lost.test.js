// The way to Redis breaks in every way that a wire can: writes are refused soon, reads go on, nothing fails open.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { redisStore } from "loyalty-edge/proxy/redis";
import { createClient } from "redis";
import { earn, fresh, makeProxy } from "../proxy/support.js";
import { startWire } from "./faulty-wire.js";
import { startRedis } from "./redis-server.js";

/** Twice the patience with a store, and some more for a busy machine. */
const SOON_MS = 9_000;
const READ = ["GET", "/loyalty-accounts/v1/accounts/my-account"];

let server;
before(async () => {
  server = await startRedis();
});
after(() => server.stop());

/** A client's way to the wire; both try again all the time. */
const CLIENTS = {
  async "npm redis"(port) {
    const client = createClient({ socket: { port, reconnectStrategy: () => 20 } });
    client.on("error", () => {});
    await client.connect();
    return { client, end: () => client.destroy() };
  },
  async ioredis(port) {
    const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20 });
    client.on("error", () => {});
    return { client, end: () => client.disconnect() };
  },
};

let prefixes = 0;
async function started(t, name) {
  const wire = await startWire(server.socket);
  const { client, end } = await CLIENTS[name](wire.port);
  t.after(async () => {
    end();
    await wire.stop();
  });
  const made = makeProxy({ store: redisStore(client, { prefix: `lost-${(prefixes += 1)}:` }) });
  const timed = async (run) => {
    const start = performance.now();
    const result = await run();
    assert.ok(performance.now() - start < SOON_MS, `${performance.now() - start} ms`);
    return result;
  };
  return {
    ...made,
    wire,
    earn: (...args) => timed(() => earn(made.call, ...args)),
    read: (who) => timed(() => made.call(READ, who)),
    paid: () => made.upstream.filter(({ path }) => path.endsWith("/earn-points")).length,
  };
}

/** Asks until it is told something other than "try again": a client needs a moment to find its way back. */
async function untilTold(ask) {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await ask();
    if (![409, 503].includes(answer.status) || attempt === 60) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

for (const name of Object.keys(CLIENTS)) {
  for (const [fault, ...more] of [["cut"], ["silent"], ["slow", 30_000]]) {
    test(`p24_p27_${name}: a wire that is ${fault} refuses writes and lets reads go on`, async (t) => {
      const { wire, earn: tap, read, paid, logs } = await started(t, name);
      assert.equal((await untilTold(() => tap("tap", "a"))).status, 200);
      assert.equal(paid(), 1);
      wire.be(fault, ...more);
      for (const action of ["tap", "daily-visit"]) {
        const refused = await tap(action, "a");
        assert.deepEqual([refused.status, refused.json.code], [503, "UNAVAILABLE"]);
        assert.ok(Number(refused.headers["retry-after"]) >= 1);
      }
      assert.equal((await read("a")).status, 200);
      assert.equal(paid(), 1, "nothing was paid without the store");
      assert.match(logs.join(), /store failed: /);
      wire.be("cut");
      wire.be("fine");
      assert.equal((await untilTold(() => tap("daily-visit", "a"))).status, 200);
      assert.equal(paid(), 2);
    });
  }

  test(`p32_${name}: a hold whose answer was lost is nobody's, and pays once when its lease ended`, async (t) => {
    const { wire, earn: tap, paid, clock } = await started(t, name);
    const key = fresh();
    assert.equal((await untilTold(() => tap("tap", "b"))).status, 200);
    wire.be("deaf");
    assert.equal((await tap("tap", "b", { key })).status, 503);
    assert.equal(paid(), 1);
    wire.be("cut");
    wire.be("fine");
    clock.now += 61_000;
    const answer = await untilTold(() => tap("tap", "b", { key }));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual((await tap("tap", "b", { key })).text, answer.text);
    assert.equal(paid(), 2);
  });
}
