// The store of Durable Objects, in workerd.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { durableObject } from "loyalty-edge/proxy";
import { storeContract } from "../proxy/store-contract.js";
import { LOYALTY_STORE, startWorker } from "./worker.js";

// The test's hand into the worker: an operation of the store, or a look into one object.
const WORKER = `
  import { durableObject } from "loyalty-edge/proxy";
  import { LoyaltyStore as Real } from "loyalty-edge/proxy/durable-object";
  export class LoyaltyStore extends Real {
    ring() {
      return this.alarm();
    }
    sweep() {
      return this.carryOut("sweep", 0).catch((error) => error.message);
    }
    async look() {
      const tables = this.ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\\\_cf%' ESCAPE '\\\\'").toArray();
      const rows = {};
      for (const { name } of tables) rows[name] = this.ctx.storage.sql.exec("SELECT count(*) AS n FROM " + name).one().n;
      return { rows, alarm: await this.ctx.storage.getAlarm() };
    }
  }
  export default {
    async fetch(request, env) {
      const { test, name, op, shard } = await request.json();
      if (["look", "ring", "sweep"].includes(name)) {
        const object = env.LOYALTY_STORE.get(env.LOYALTY_STORE.idFromName(shard));
        return Response.json((await object[name]()) ?? null);
      }
      const own = { idFromName: (id) => env.LOYALTY_STORE.idFromName(test + id), get: (id) => env.LOYALTY_STORE.get(id) };
      try {
        return Response.json(await durableObject(own)[name](op));
      } catch (error) {
        return Response.json({ error: String(error) });
      }
    },
  };
`;

let folder;
let running;
const start = async () =>
  startWorker(WORKER, (code) => ({ ...code, ...LOYALTY_STORE, durableObjectsPersist: folder }));
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "loyalty-edge-objects-"));
  running = await start();
});
after(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(message) {
  const response = await running.worker.dispatchFetch("http://worker/", {
    method: "POST",
    body: JSON.stringify(message),
  });
  return response.json();
}

/** A store whose objects have names of their own, so that each test finds them empty. */
function storeOf(test) {
  const names = ["reserve", "settle", "release", "hit", "get", "put", "remove"];
  return Object.fromEntries(names.map((name) => [name, (op) => ask({ test, name, op })]));
}

let tests = 0;
storeContract("Durable Objects", () => storeOf(`contract-${(tests += 1)}-`));

const record = (more) => ({
  shard: "a",
  key: "k",
  fingerprint: "f",
  resume: true,
  leaseUntil: Date.now() + 60_000,
  keepUntil: Date.now() + 120_000,
  claims: [],
  now: Date.now(),
  ...more,
});

test("p32_what_was_acknowledged_survives_the_end_of_the_process", async () => {
  const store = storeOf("kept-");
  const { token } = await store.reserve(record());
  const settled = { shard: "a", key: "k", token, status: 200, body: "b", now: Date.now() };
  await store.settle({ ...settled, keepUntil: Date.now() + 120_000 });
  await running.stop();
  running = await start();
  assert.deepEqual(await store.reserve(record()), { kind: "done", status: 200, body: "b" });
});

test("an_object_forgets_what_has_ended_and_then_takes_no_space", async () => {
  const store = storeOf("swept-");
  const now = Date.now();
  const old = now - 200_000;
  const windows = [{ shard: "a", counter: "w", max: 9, expiresAt: old + 60_000 }];
  await store.hit({ windows, now: old });
  const later = [{ shard: "a", counter: "x", max: 9, expiresAt: now + 60_000 }];
  await store.hit({ windows: later, now });
  const look = () => ask({ name: "look", shard: "swept-a" });
  const before = await look();
  assert.equal(before.rows.hits, 2);
  assert.ok(before.alarm > now && before.alarm <= now + 3_700_000, "an alarm is set");
  await ask({ name: "ring", shard: "swept-a" });
  assert.equal((await look()).rows.hits, 1, "what still counts is kept");

  const inB = (all) => all.map((window) => ({ ...window, shard: "b" }));
  await store.hit({ windows: inB(windows), now: old });
  await ask({ name: "ring", shard: "swept-b" });
  assert.deepEqual((await ask({ name: "look", shard: "swept-b" })).rows, {});
  const again = await store.hit({ windows: inB(later), now });
  assert.deepEqual(again, { kind: "ok", left: [8] }, "and begins anew");
});

test("members_have_objects_of_their_own_and_a_member_has_one", async () => {
  const store = storeOf("spread-");
  await store.reserve(record({ shard: "a" }));
  const windows = [{ shard: "a", counter: "w", max: 1, expiresAt: Date.now() + 1000 }];
  await store.hit({ windows, now: Date.now() });
  await store.reserve(record({ shard: "b", key: "other" }));
  const rows = async (shard) => (await ask({ name: "look", shard: `spread-${shard}` })).rows;
  assert.deepEqual([(await rows("a")).records, (await rows("b")).records], [1, 1]);
});

test("what_is_no_operation_is_refused", async () => {
  assert.match(await ask({ name: "sweep", shard: "none-a" }), /no operation sweep/);
  for (const wrong of [undefined, {}, "LOYALTY_STORE"]) {
    assert.throws(() => durableObject(wrong), /env\.LOYALTY_STORE/);
  }
});
