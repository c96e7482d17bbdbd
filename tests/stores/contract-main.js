// The contract suite in whatever runtime starts this file, on Redis by both clients and on SQLite; prints the result.
import { Redis } from "ioredis";
import { redisStore } from "loyalty-edge/proxy/redis";
import { sqliteStore } from "loyalty-edge/proxy/sqlite";
import { createClient } from "redis";
import { storeContract } from "../proxy/store-contract.js";

const [socket, folder] = process.argv.slice(2);
const node = createClient({ socket: { path: socket } });
node.on("error", () => {});
await node.connect();
const io = new Redis(socket);
io.on("error", () => {});
const files = [];

let made = 0;
const next = () => `${process.pid}-${(made += 1)}`;
const checks = [];
const declare = (title, run) => checks.push({ title, run });
storeContract("npm redis", () => redisStore(node, { prefix: `${next()}:` }), declare);
storeContract("ioredis", () => redisStore(io, { prefix: `${next()}:` }), declare);
storeContract(
  "SQLite",
  () => {
    const store = sqliteStore({ file: `${folder}/${next()}.db` });
    files.push(store);
    return store;
  },
  declare,
);

const failed = [];
for (const { title, run } of checks) {
  try {
    await run();
  } catch (error) {
    failed.push(`${title}: ${error?.stack ?? error}`);
  }
}
for (const store of files) store.close();
node.destroy();
io.disconnect();
console.log(JSON.stringify({ checks: checks.length, failed }));
