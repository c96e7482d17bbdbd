import type { Store } from "../index.js";

/** What is used of a client of npm `redis`, version 4 and later: `createClient` or `createCluster`. */
export interface NodeRedisClient {
  readonly isReady?: boolean;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What is used of a client of npm `ioredis`, version 5 and later: `Redis` or `Cluster`. */
export interface IoRedisClient {
  readonly status?: string;
  evalsha(sha: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/**
 * A store in Redis 6 or later, or Valkey, shared by any number of proxies on Node, Deno or Bun. You make the client,
 * connect it and listen to its errors; this package depends on none.
 *
 * An operation is one Lua script. Keys begin with `prefix`, 1 or more proxies of different sites may share one; each
 * key carries a hash tag, so that a cluster works too. All keys but those of `perSubject` limits, which count for all
 * time, end by themselves.
 *
 * While the client has no connection, operations reject at once with the code `NOT_CONNECTED`, and the proxy answers
 * writes with 503.
 *
 * @param options `prefix` is `loyalty:` by default. It may hold no braces.
 * @throws {TypeError} if the client is of neither kind.
 *
 * @example
 * ```js
 * import { createClient } from "redis";
 * import { redisStore } from "loyalty-edge/proxy/redis";
 *
 * const client = createClient({ url: process.env.REDIS_URL });
 * client.on("error", (error) => console.error(error.message));
 * await client.connect();
 * const store = redisStore(client);
 * ```
 */
export function redisStore(
  client: NodeRedisClient | IoRedisClient,
  options?: { prefix?: string },
): Store;
