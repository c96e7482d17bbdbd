import { onlyKnown } from "../known.js";
import { uuid } from "../uuid.js";
import { SCRIPTS } from "./redis-scripts.js";
import { hitShards } from "./shards.js";

// A store in Redis or Valkey, through a client that the developer made: npm `redis` or `ioredis`, one server or a
// cluster. Each operation is one Lua script, which Redis runs with nothing in between.

/**
 * @param {any} client
 * @param {{ prefix?: string }} [options]
 * @returns {import("../index.js").Store}
 */
export function redisStore(client, options = {}) {
  onlyKnown("redisStore", options, ["prefix"]);
  const { prefix = "loyalty:" } = options;
  const evaluate = evaluatorOf(client);
  if (typeof prefix !== "string" || /[{}]/.test(prefix)) {
    throw new TypeError('redisStore: prefix must be text without braces, such as "loyalty:"');
  }
  // The braces are a hash tag: a cluster keeps all that one shard needs on one server.
  const shard = (name) => `${prefix}{${name}}`;
  const value = (name) => `${prefix}value:{${name}}`;

  return {
    async reserve(op) {
      const { key, fingerprint, resume, leaseUntil, keepUntil, claims, look, now } = op;
      const [kind, one, two] = await evaluate(SCRIPTS.reserve, shard(op.shard), [
        ...[now, key, fingerprint, resume ? 1 : 0, leaseUntil, keepUntil],
        ...[uuid(), JSON.stringify(claims), look ? 1 : 0],
      ]);
      switch (kind) {
        case "reserved":
          return { kind, token: one, since: Number(two) };
        case "done":
          return { kind, status: Number(one), body: two };
        case "held":
          return { kind, leaseUntil: Number(one) };
        case "limit":
          return { kind, counter: one, expiresAt: two === "" ? null : Number(two) };
        default:
          return { kind };
      }
    },

    async settle({ key, token, status, body, keepUntil, now, ...op }) {
      const args = [now, key, token, status, body, keepUntil];
      const [kind] = await evaluate(SCRIPTS.settle, shard(op.shard), args);
      return { kind };
    },

    async release({ key, token, undo, now, ...op }) {
      const args = [now, key, token, undo ? 1 : 0];
      const [kind] = await evaluate(SCRIPTS.release, shard(op.shard), args);
      return { kind };
    },

    hit: hitShards(async (name, operation, { windows, now }) => {
      const args = [now, JSON.stringify(windows)];
      const [kind, ...rest] = await evaluate(SCRIPTS[operation], shard(name), args);
      if (kind === "ok") return { kind, left: rest.map(Number) };
      return { kind, counter: rest[0], expiresAt: Number(rest[1]) };
    }),

    async get({ key, now }) {
      const [found] = await evaluate(SCRIPTS.get, value(key), [now]);
      return { kind: "value", value: found ?? null };
    },

    async put({ key, value: text, onlyNew, expiresAt, now }) {
      const args = [now, text, onlyNew ? 1 : 0, expiresAt];
      const [kind] = await evaluate(SCRIPTS.put, value(key), args);
      return { kind };
    },

    async remove({ key }) {
      await evaluate(SCRIPTS.remove, value(key), []);
      return { kind: "ok" };
    },
  };
}

/** Runs a script by its hash, and with its text where the server doesn't know it: new, restarted or flushed. */
function evaluatorOf(client) {
  const send = senderOf(client);
  return async (script, key, args) => {
    const texts = args.map(String);
    try {
      return await send.hash(await hashOf(script), key, texts);
    } catch (error) {
      if (!/^NOSCRIPT/.test(error?.message ?? "")) throw named(error);
    }
    return send.text(script, key, texts).catch((error) => Promise.reject(named(error)));
  };
}

/** What the server refused, by its own word: `READONLY`, `OOM`. Logs tell the code of an error and not its text. */
function named(error) {
  const word = /^[A-Z]{2,20}(?= )/.exec(error?.message ?? "")?.[0];
  if (word !== undefined && error.code === undefined) error.code = word;
  return error;
}

/** The two clients' ways to say the same. Both route a script in a cluster by its key. */
function senderOf(client) {
  if (typeof client?.evalSha === "function") {
    const ready = () => client.isReady !== false;
    const options = (key, args) => ({ keys: [key], arguments: args });
    return guarded(ready, {
      hash: (sha, key, args) => client.evalSha(sha, options(key, args)),
      text: (script, key, args) => client.eval(script, options(key, args)),
    });
  }
  if (typeof client?.evalsha === "function") {
    // "wait" is a client that connects with its first command.
    const ready = () => ["ready", "wait"].includes(client.status ?? "ready");
    return guarded(ready, {
      hash: (sha, key, args) => client.evalsha(sha, 1, key, ...args),
      text: (script, key, args) => client.eval(script, 1, key, ...args),
    });
  }
  throw new TypeError(
    "redisStore: give a client of npm redis, await createClient({ url }).connect(), or of ioredis, new Redis(url)",
  );
}

/**
 * A client without a connection would keep commands and send them when it has one again: minutes later, for callers
 * that were told 503 long ago. So nothing is handed to it.
 */
function guarded(ready, { hash, text }) {
  const checked =
    (run) =>
    async (...args) => {
      if (!ready()) throw new NotConnected();
      return run(...args);
    };
  return { hash: checked(hash), text: checked(text) };
}

class NotConnected extends Error {
  name = "RedisError";
  code = "NOT_CONNECTED";
  message = "redisStore: the client is not connected";
}

/** @type {Map<string, Promise<string>>} */
const hashes = new Map();

function hashOf(script) {
  let hash = hashes.get(script);
  if (hash === undefined) hashes.set(script, (hash = sha1(script)));
  return hash;
}

async function sha1(text) {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
