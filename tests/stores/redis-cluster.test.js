// The store in a Redis Cluster of three servers: every script finds its server, and nothing crosses slots.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { Cluster } from "ioredis";
import { redisStore } from "loyalty-edge/proxy/redis";
import { createClient, createCluster } from "redis";
import { storeContract } from "../proxy/store-contract.js";
import { startRedis } from "./redis-server.js";

const SLOTS = 16_384;
const SERVERS = 3;
const host = "127.0.0.1";

/** Ports that were free a moment ago, all at once so that none is given twice. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => (server.close(), once(server, "close"))));
  return ports;
}

let servers = [];
let ports;
let node;
let io;
before(async () => {
  const all = await freePorts(2 * SERVERS);
  ports = all.slice(0, SERVERS);
  servers = await Promise.all(
    ports.map((port, at) => {
      const cluster = ["--cluster-enabled", "yes", "--cluster-port", `${all[SERVERS + at]}`];
      return startRedis({ args: ["--bind", host, "--port", `${port}`, ...cluster] });
    }),
  );
  const admins = servers.map(({ socket }) => createClient({ socket: { path: socket } }));
  await Promise.all(admins.map((admin) => admin.connect()));
  const share = Math.ceil(SLOTS / SERVERS);
  for (const [at, admin] of admins.entries()) {
    const range = [at * share, Math.min((at + 1) * share, SLOTS) - 1].map(String);
    await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", ...range]);
    const meet = ["CLUSTER", "MEET", host, `${ports[0]}`, `${all[SERVERS]}`];
    if (at > 0) await admin.sendCommand(meet);
  }
  for (const admin of admins) {
    while (!/cluster_state:ok[^]*cluster_known_nodes:3/.test(await info(admin))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    admin.destroy();
  }
  node = createCluster({ rootNodes: [{ url: `redis://${host}:${ports[0]}` }] });
  node.on("error", () => {});
  await node.connect();
  io = new Cluster([{ host, port: ports[0] }]);
  io.on("error", () => {});
  await once(io, "ready");
});
after(async () => {
  node?.destroy();
  io?.disconnect();
  for (const server of servers) await server.stop();
});

const info = (admin) => admin.sendCommand(["CLUSTER", "INFO"]);

let stores = 0;
const prefix = () => `cluster-${(stores += 1)}:`;
storeContract("npm redis, cluster", () => redisStore(node, { prefix: prefix() }));
storeContract("ioredis, cluster", () => redisStore(io, { prefix: prefix() }));

test("members are spread over all servers", async () => {
  const now = 1_893_492_000_000;
  const own = prefix();
  const store = redisStore(io, { prefix: own });
  const member = (at) => {
    const times = { leaseUntil: now + 60_000, keepUntil: now + 120_000, now };
    const claims = [{ counter: `c${at}`, id: "i", amount: 1, max: 1, expiresAt: now + 60_000 }];
    return { shard: `m${at}`, key: `k${at}`, fingerprint: "f", resume: true, claims, ...times };
  };
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, at) => store.reserve(member(at))),
  );
  assert.ok(replies.every(({ kind }) => kind === "reserved"));
  const counts = await Promise.all(
    io.nodes("master").map(async (each) => (await each.keys(`${own}*`)).length),
  );
  assert.equal(counts.length, SERVERS);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    120,
  );
  assert.ok(
    counts.every((count) => count > 0),
    `${counts}`,
  );
});
