// The types of the stores, with the real clients' own.
import { createServer } from "node:http";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { createProxy, durableObject, apiKey, custom, type Store } from "loyalty-edge/proxy";
import { listener, serve } from "loyalty-edge/proxy/node";
import { redisStore } from "loyalty-edge/proxy/redis";
import { sqliteStore } from "loyalty-edge/proxy/sqlite";
import { LoyaltyStore } from "loyalty-edge/proxy/durable-object";

const all: Store[] = [
  redisStore(createClient()),
  redisStore(createCluster({ rootNodes: [] })),
  redisStore(new Redis(), { prefix: "x:" }),
  redisStore(new Cluster([])),
  sqliteStore({ file: "x" }),
];
sqliteStore({ file: "x" }).close();
// @ts-expect-error -- no client
redisStore({});
// @ts-expect-error -- no file
sqliteStore({});
declare const namespace: {
  idFromName(name: string): { toString(): string };
  get(id: { toString(): string }): { fetch(): void };
};
all.push(durableObject(namespace));
// @ts-expect-error -- no binding
durableObject(undefined);
void LoyaltyStore;
const proxy = createProxy({
  credential: apiKey({ key: "a", siteId: "b" }),
  identify: custom(() => null),
  policy: {},
  origins: [],
  store: all[0]!,
});
createServer(listener(proxy));
void serve(proxy);
