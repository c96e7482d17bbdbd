// Any sequence of operations, by seeds: all stores say the same of it. What one does in Lua, another does in SQL.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { redisStore } from "loyalty-edge/proxy/redis";
import { sqliteStore } from "loyalty-edge/proxy/sqlite";
import { createClient } from "redis";
import { startRedis } from "./redis-server.js";

const SEEDS = 20;
const STEPS = 200;

let server;
let client;
before(async () => {
  server = await startRedis({ args: ["--appendonly", "no"] });
  client = createClient({ socket: { path: server.socket } });
  client.on("error", () => {});
  await client.connect();
});
after(async () => {
  client.destroy();
  await server.stop();
});

/** Numbers from 0 to 1, the same for a seed. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const KINDS = [
  ...["reserve", "reserve", "reserve", "settle", "release", "release"],
  ...["hit", "put", "get", "remove"],
];

/** An operation without its token. */
function operation(kind, key, step, now, { pick, chance }) {
  switch (kind) {
    case "reserve": {
      const claims = ["x", "y", "z"].slice(0, pick(0, 1, 2, 3)).map((counter) => ({
        counter,
        id: pick("1", "2", "3"),
        amount: pick(1, 5, 7),
        max: pick(1, 7, 12),
        expiresAt: pick(null, now + 40_000, now + 90_000),
      }));
      const leaseUntil = now + pick(1_000, 60_000);
      const keepUntil = now + pick(30_000, 120_000, 600_000);
      const fingerprint = chance(0.75) ? "f" : "g";
      const times = { leaseUntil, keepUntil, now };
      const asks = { resume: chance(0.8), look: chance(0.1) };
      return { shard: "s", key, fingerprint, claims, ...asks, ...times };
    }
    case "settle":
      return { shard: "s", key, status: 200, body: `${step}`, keepUntil: now + pick(1, 1e5), now };
    case "release":
      return { shard: "s", key, undo: chance(0.5), now };
    case "hit": {
      const window = (counter) => ({ shard: "s", counter, max: 3, expiresAt: now + 5_000 });
      return { windows: ["p", "q"].slice(0, pick(1, 2)).map(window), now };
    }
    case "put":
      return { key, value: `${step}`, onlyNew: chance(0.5), expiresAt: now + pick(1, 6e4), now };
    default:
      return { key, now };
  }
}

test("p27_all_stores_say_the_same_of_any_sequence_of_operations", async () => {
  const seen = new Set();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const next = random(seed);
    const pick = (...all) => all[Math.floor(next() * all.length)];
    const chance = (share) => next() < share;
    const sqlite = sqliteStore({ file: ":memory:" });
    const redis = redisStore(client, { prefix: `agree-${seed}:` });
    const stores = Object.entries({ memory: memoryStore(), sqlite, redis });
    /** What each hold is proved by, by key and store. */
    const tokens = new Map();
    let now = 1_893_492_000_000;
    for (let step = 0; step < STEPS; step += 1) {
      now += pick(0, 0, 1, 50, 1_000, 30_000, 60_000);
      const kind = pick(...KINDS);
      const key = pick("a", "b", "c", "d");
      const op = operation(kind, key, step, now, { pick, chance });
      const held = tokens.get(key) ?? [];
      const proof = chance(0.8) ? held.at(-1) : pick(...held);
      const needsProof = kind === "settle" || kind === "release";
      const got = {};
      const said = {};
      for (const [name, store] of stores) {
        const token = needsProof ? { token: proof?.[name] ?? "none" } : {};
        const { token: own, ...reply } = await store[kind]({ ...op, ...token });
        if (own !== undefined) got[name] = own;
        said[name] = reply;
      }
      const where = `seed ${seed}, step ${step}: ${kind} ${JSON.stringify(op)}`;
      assert.deepEqual(said.sqlite, said.memory, where);
      assert.deepEqual(said.redis, said.memory, where);
      if (said.memory.kind === "reserved") tokens.set(key, [...held, got]);
      seen.add(`${kind} ${said.memory.kind}`);
    }
    sqlite.close();
  }
  const all = ["reserved", "ok", "done", "held", "unknown", "conflict", "limit"];
  for (const kind of all) assert.ok(seen.has(`reserve ${kind}`), kind);
  for (const kind of ["settle ok", "settle lost", "release ok", "hit limit", "put exists"]) {
    assert.ok(seen.has(kind), kind);
  }
});
