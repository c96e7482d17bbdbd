// A store is in a bundle only where it was asked for: no database in a Worker, no Durable Object on Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

async function bundle(contents, conditions) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "esm",
    platform: conditions.includes("node") ? "node" : "neutral",
    conditions,
    external: ["cloudflare:workers", "node:*"],
    loader: { ".wasm": "copy" },
    outdir: "out",
    logLevel: "error",
  });
  return outputFiles.find(({ path }) => path.endsWith(".js")).text;
}

const TRACES = { redis: /HGETALL/, sql: /CREATE TABLE/, object: /cloudflare:workers/ };
const traces = (text) => Object.keys(TRACES).filter((name) => TRACES[name].test(text));
const PROXY = `export { createProxy, memoryStore } from "loyalty-edge/proxy";`;

test("the proxy alone brings no store but the reference", async () => {
  for (const condition of ["workerd", "node", "default"]) {
    assert.deepEqual(traces(await bundle(PROXY, [condition])), [], condition);
  }
});

test("each store brings itself and no other", async () => {
  const redis = `export { redisStore } from "loyalty-edge/proxy/redis";`;
  assert.deepEqual(traces(await bundle(redis, ["node"])), ["redis"]);
  const sqlite = `export { sqliteStore } from "loyalty-edge/proxy/sqlite";`;
  assert.deepEqual(traces(await bundle(sqlite, ["node"])), ["sql"]);
  const object = `export { LoyaltyStore } from "loyalty-edge/proxy/durable-object";`;
  assert.deepEqual(traces(await bundle(object, ["workerd"])), ["sql", "object"]);
});

test("the Durable Object's class is for workerd only", async () => {
  await assert.rejects(import("loyalty-edge/proxy/durable-object"), {
    code: "ERR_PACKAGE_PATH_NOT_EXPORTED",
  });
});
