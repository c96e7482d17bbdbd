// One process of a race: a proxy on a shared store, and the claims that it is told to make.
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { apiKey, createProxy, custom, memoryStore } from "loyalty-edge/proxy";
import { redisStore } from "loyalty-edge/proxy/redis";
import { sqliteStore } from "loyalty-edge/proxy/sqlite";
import { createClient } from "redis";
import { POLICY } from "./race.js";

const config = JSON.parse(process.argv[2]);
const STORES = { redis, ioredis, sqlite, memory: async () => memoryStore(), racy };
const store = await STORES[config.store.kind](config.store);
let later = 0;

async function redis({ socket }) {
  const client = createClient({ socket: { path: socket, reconnectStrategy: () => 20 } });
  client.on("error", () => {});
  await client.connect();
  return redisStore(client);
}

async function ioredis({ socket }) {
  const client = new Redis(socket, { retryStrategy: () => 20 });
  client.on("error", () => {});
  return redisStore(client);
}

async function sqlite({ file }) {
  return sqliteStore({ file });
}

/** What is easily written: read, wait for the answer, then write. The race must see through it. */
async function racy({ socket }) {
  const client = createClient({ socket: { path: socket } });
  client.on("error", () => {});
  await client.connect();
  return {
    ...redisStore(client),
    async reserve({ claims, now }) {
      for (const { counter, amount, max } of claims) {
        const held = Number((await client.get(`racy:${counter}`)) ?? 0);
        if (held + amount > max) return { kind: "limit", counter, expiresAt: null };
        await client.set(`racy:${counter}`, String(held + amount));
      }
      return { kind: "reserved", token: "t", since: now };
    },
    settle: async () => ({ kind: "ok" }),
    release: async () => ({ kind: "ok" }),
  };
}

const ORIGIN = "https://shop.example";
const proxy = createProxy({
  credential: apiKey(config.credential),
  identify: custom(({ token }) => ({ role: "member", memberId: token })),
  origins: [ORIGIN],
  upstream: config.upstream,
  policy: POLICY,
  store,
  now: () => Date.now() + later,
  log: () => {},
});

async function claim({ member, action, key }) {
  const response = await proxy.fetch(
    new Request(`${ORIGIN}/loyalty/actions/${action}`, {
      method: "POST",
      headers: {
        origin: ORIGIN,
        authorization: member,
        "content-type": "application/json",
        "x-loyalty-client": "race/1",
        "idempotency-key": key,
      },
      body: "{}",
    }),
  );
  const { code, retryable } = await response.json();
  return { member, action, key, status: response.status, code, retryable };
}

/** As a page does: the same key again while the proxy says that it may help. */
async function claimUntilTold(wanted, patience) {
  const start = performance.now();
  for (let refused = 0; ; refused += 1) {
    const result = await claim(wanted);
    if (result.retryable !== true) return { ...result, refused };
    if (refused === 0) process.send({ is: "putOff" });
    if (performance.now() - start > patience) return { ...result, refused: refused + 1 };
    await delay(250);
  }
}

let claims = [];
let patience = 0;
const orders = {
  async prepare(order) {
    ({ claims, later, patience } = order);
    process.send({ is: "ready" });
  },
  async go() {
    const results = await Promise.all(claims.map((each) => claimUntilTold(each, patience)));
    process.send({ is: "done", results });
  },
  async end() {
    process.disconnect();
    await delay(0);
    process.exit(0);
  },
};
process.on("message", (order) => void orders[order.do](order));
process.send({ is: "started" });
