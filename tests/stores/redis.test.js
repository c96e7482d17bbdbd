// The store in Redis, by both clients, against a real server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { redisStore } from "loyalty-edge/proxy/redis";
import { createClient } from "redis";
import { storeContract } from "../proxy/store-contract.js";
import { startRedis } from "./redis-server.js";

let server;
let node;
let io;
before(async () => {
  server = await startRedis();
  node = createClient({ socket: { path: server.socket } });
  node.on("error", () => {});
  await node.connect();
  io = new Redis(server.socket);
  io.on("error", () => {});
});
after(async () => {
  node.destroy();
  io.disconnect();
  await server.stop();
});

let stores = 0;
const prefix = () => `test-${(stores += 1)}:`;
storeContract("npm redis", () => redisStore(node, { prefix: prefix() }));
storeContract("ioredis", () => redisStore(io, { prefix: prefix() }));

const NOW = 1_893_492_000_000;
const record = (more) => ({
  shard: "a",
  key: "k",
  fingerprint: "f",
  resume: true,
  leaseUntil: NOW + 60_000,
  keepUntil: NOW + 120_000,
  claims: [],
  now: NOW,
  ...more,
});

test("p24_every_key_but_that_of_a_claim_for_all_time_ends_by_itself", async () => {
  const own = prefix();
  const store = redisStore(node, { prefix: own });
  const claim = { id: "i", amount: 1, max: 1 };
  const claims = [
    { ...claim, counter: "day", expiresAt: NOW + 30_000 },
    { ...claim, counter: "ever", expiresAt: null },
  ];
  const { token } = await store.reserve(record({ claims }));
  const settled = { shard: "a", key: "k", token, status: 200, body: "b", now: NOW };
  await store.settle({ ...settled, keepUntil: NOW + 240_000 });
  const windows = [{ shard: "a", counter: "w", max: 5, expiresAt: NOW + 10_000 }];
  await store.hit({ windows, now: NOW });
  await store.put({ key: "v", value: "x", onlyNew: false, expiresAt: NOW + 20_000, now: NOW });
  const ends = {};
  for (const key of await node.keys(`${own}*`)) ends[key.slice(own.length)] = await node.pTTL(key);
  const about = (ms) => (left) => left > ms + 50_000 && left <= ms + 60_000;
  const expected = {
    "{a}:r:k": about(240_000),
    "{a}:c:day": about(30_000),
    "{a}:c:ever": (left) => left === -1,
    "{a}:h:w": about(10_000),
    "value:{v}": about(20_000),
  };
  assert.deepEqual(Object.keys(ends).sort(), Object.keys(expected).sort());
  for (const [key, holds] of Object.entries(expected))
    assert.ok(holds(ends[key]), `${key} ${ends[key]}`);
});

test("a_server_that_forgot_the_scripts_is_told_them_again", async () => {
  for (const client of [node, io]) {
    const store = redisStore(client, { prefix: prefix() });
    await store.put({ key: "v", value: "x", onlyNew: false, expiresAt: NOW + 1000, now: NOW });
    await (client === node ? node.sendCommand(["SCRIPT", "FLUSH"]) : io.call("SCRIPT", "FLUSH"));
    assert.equal((await store.get({ key: "v", now: NOW })).value, "x");
  }
});

test("p32_a_hold_that_the_client_sends_again_is_still_its_own", async () => {
  const twice =
    (send) =>
    async (...args) => (await send(...args), send(...args));
  const client = { evalSha: twice(node.evalSha.bind(node)), eval: twice(node.eval.bind(node)) };
  const store = redisStore(client, { prefix: prefix() });
  const first = await store.reserve(record());
  assert.deepEqual([first.kind, first.since], ["reserved", NOW], "and nobody waits for its lease");
  await store.release({ shard: "a", key: "k", token: first.token, undo: false, now: NOW + 1 });
  const resumed = await store.reserve(record({ now: NOW + 2 }));
  assert.deepEqual([resumed.kind, resumed.since], ["reserved", NOW]);
  assert.equal((await store.reserve(record({ now: NOW + 3 }))).kind, "held", "another's is not");
});

test("p27_a_server_without_room_writes_nothing_by_halves_and_says_why", async () => {
  const claims = [{ counter: "c", id: "i", amount: 1, max: 1, expiresAt: null }];
  for (const client of [node, io]) {
    const own = prefix();
    const store = redisStore(client, { prefix: own });
    const full = record({ claims });
    const room = (bytes) => node.sendCommand(["CONFIG", "SET", "maxmemory", bytes]);
    await room("1");
    try {
      await assert.rejects(store.reserve(full), { code: "OOM" });
    } finally {
      await room("0");
    }
    assert.deepEqual(await node.keys(`${own}*`), []);
    const { kind, token } = await store.reserve(full);
    assert.equal(kind, "reserved");
    const settle = { shard: "a", key: "k", token, status: 200, body: "b", now: NOW };
    await room("1");
    try {
      await assert.rejects(store.settle({ ...settle, keepUntil: NOW + 9 }), { code: "OOM" });
    } finally {
      await room("0");
    }
    assert.equal((await store.reserve(full)).kind, "held", "it ends by its lease");
  }
});

test("p24_a_copy_that_takes_no_writes_is_named", async () => {
  const copy = await startRedis({ args: ["--replicaof", "127.0.0.1", "1"] });
  const client = createClient({ socket: { path: copy.socket } });
  client.on("error", () => {});
  await client.connect();
  try {
    const store = redisStore(client, { prefix: prefix() });
    await assert.rejects(store.reserve(record()), (error) =>
      /^(READONLY|MASTERDOWN)$/.test(error.code),
    );
  } finally {
    client.destroy();
    await copy.stop();
  }
});

test("two_prefixes_know_nothing_of_each_other", async () => {
  const [one, two] = [prefix(), prefix()].map((own) => redisStore(node, { prefix: own }));
  assert.equal((await one.reserve(record())).kind, "reserved");
  assert.equal((await two.reserve(record())).kind, "reserved");
});

test("all_keys_of_a_shard_are_in_one_slot_of_a_cluster", async () => {
  const own = prefix();
  const store = redisStore(node, { prefix: own });
  const claims = [{ counter: "c", id: "i", amount: 1, max: 1, expiresAt: null }];
  await store.reserve(record({ claims }));
  const windows = [{ shard: "a", counter: "w", max: 5, expiresAt: NOW + 10_000 }];
  await store.hit({ windows, now: NOW });
  const keys = await node.keys(`${own}*`);
  assert.equal(keys.length, 3);
  const slots = await Promise.all(
    keys.map((key) => node.sendCommand(["CLUSTER", "KEYSLOT", key]).catch(() => hashTag(key))),
  );
  assert.equal(new Set(slots).size, 1, `${slots}`);
});

const hashTag = (key) => key.match(/\{(.+?)\}/)[1];

test("a_client_without_a_connection_is_handed_nothing", async () => {
  const idle = createClient({ socket: { path: server.socket } });
  const store = redisStore(idle, { prefix: prefix() });
  await assert.rejects(store.get({ key: "v", now: NOW }), { code: "NOT_CONNECTED" });
  const ended = new Redis(server.socket, { lazyConnect: true });
  assert.equal((await redisStore(ended).get({ key: "v", now: NOW })).value, null, "it connects");
  const end = once(ended, "end");
  ended.disconnect();
  await end;
  await assert.rejects(redisStore(ended).get({ key: "v", now: NOW }), { code: "NOT_CONNECTED" });
});

test("what_is_no_client_or_no_prefix_throws_at_once", () => {
  assert.throws(() => redisStore(undefined), /give a client of npm redis/);
  assert.throws(() => redisStore({}), /give a client of npm redis/);
  assert.throws(() => redisStore(node, { prefix: "{x}" }), /without braces/);
  assert.throws(() => redisStore(node, { prefx: "x" }), /redisStore: there is no option prefx/);
});
