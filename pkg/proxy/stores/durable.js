import { uuid } from "../uuid.js";
import { hitShards } from "./shards.js";

// The proxy's side of a store of Durable Objects: which object decides an operation, and the call to it.

/**
 * Values stand alone, so any spread will do: many objects, for speed, and few enough that each is awake when it is
 * asked. It never changes, or values would be looked for where they are not.
 */
const VALUE_SHARDS = 64;

/**
 * A store of SQLite-backed Durable Objects of the class `LoyaltyStore`: one for each member, one for the budget of all.
 *
 * @param {any} namespace
 * @returns {import("../index.js").Store}
 */
export function durableObject(namespace) {
  if (typeof namespace?.idFromName !== "function" || typeof namespace.get !== "function") {
    throw new TypeError(
      "durableObject: give the binding of the class LoyaltyStore, such as env.LOYALTY_STORE; is it in durable_objects of the worker's configuration?",
    );
  }
  // Async, so that what the binding throws is a rejection, and the other shards of an operation are heard.
  const ask = async (shard, name, op) => {
    const carryOut = () => namespace.get(namespace.idFromName(shard)).carryOut(name, op);
    try {
      return await carryOut();
    } catch (error) {
      // An object that was moved, or started anew with a new version of the worker, may have done it or not. Asked again
      // it does it once, but for a value that must be new: it could be our own that is there.
      if (error?.retryable !== true || error.overloaded === true || op.onlyNew === true)
        throw error;
      return carryOut();
    }
  };
  const member = (name) => async (op) => ask(op.shard, name, op);
  const value = (name) => async (op) => ask(shardOfValue(op.key), name, op);
  return {
    // By a token of ours the object knows a hold that it is asked for again.
    reserve: async (op) => ask(op.shard, "reserve", { ...op, token: uuid() }),
    settle: member("settle"),
    release: member("release"),
    hit: hitShards(ask),
    get: value("get"),
    put: value("put"),
    remove: value("remove"),
  };
}

function shardOfValue(key) {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return `values-${(hash >>> 0) % VALUE_SHARDS}`;
}
