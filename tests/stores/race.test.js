// Fifty claims of twenty members each, over four processes at once: each is paid once, whatever becomes of the store.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  CLAIMS,
  MEMBERS,
  PAIR,
  claimsOf,
  outcomes,
  repeatsOf,
  startRacers,
  startUpstream,
} from "./race.js";
import { startRedis } from "./redis-server.js";

const PROCESSES = 4;
const times = (count) => Array(MEMBERS).fill(count);
const sum = (counts) => counts.reduce((total, count) => total + count, 0);

/** The parts of a race, ended in the right order. */
async function started(t, store, options) {
  const upstream = await startUpstream(options);
  t.after(() => upstream.stop());
  const racers = await startRacers({ count: PROCESSES, store, upstream });
  t.after(() => racers.stop());
  return { upstream, racers };
}

async function eachOnce(t, store, claims) {
  const { upstream, racers } = await started(t, store);
  const once = outcomes(await racers.race(claimsOf(upstream.members, "once", claims)));
  assert.equal(once["200"] + once["403 LIMIT_REACHED"], MEMBERS * claims, JSON.stringify(once));
  assert.deepEqual(await upstream.paid("once"), times(1));
  // On a machine so busy that an answer came too late, the same key was sent twice: so not simply MEMBERS.
  assert.ok(upstream.asked("once") < 2 * MEMBERS, "the store decides, not the upstream key");
  const same = await racers.race(repeatsOf(upstream.members, "pair", 8));
  assert.deepEqual(outcomes(same), { 200: MEMBERS * 8 }, "all are told the same");
  assert.deepEqual(await upstream.paid("pair"), times(1));
  assert.ok(upstream.asked("pair") < 2 * MEMBERS, "the record decides, not the upstream key");
  await racers.race(claimsOf(upstream.members, "pair", 6));
  assert.deepEqual(await upstream.paid("pair"), times(PAIR));
}

test("p27_p30_four_processes_and_one_redis_pay_once", async (t) => {
  const server = await startRedis();
  t.after(() => server.stop());
  await eachOnce(t, { kind: "redis", socket: server.socket }, CLAIMS);
});

test("p27_p30_four_processes_and_one_sqlite_file_pay_once", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-race-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await eachOnce(t, { kind: "sqlite", file: join(folder, "loyalty.db") }, 12);
});

test("p27_a_store_that_reads_waits_and_writes_pays_more_so_the_race_has_teeth", async (t) => {
  const server = await startRedis();
  t.after(() => server.stop());
  const { upstream, racers } = await started(t, { kind: "racy", socket: server.socket });
  await racers.race(claimsOf(upstream.members, "pair", 12));
  assert.ok(sum(await upstream.paid("pair")) > MEMBERS * PAIR, "members were paid too often");
  await racers.race(claimsOf(upstream.members, "once", 12));
  assert.ok(upstream.asked("once") > 2 * MEMBERS, "and upstream was asked again and again");
  assert.deepEqual(await upstream.paid("once"), times(1), "where a limit is one, its key saved it");
});

test("p27_a_store_that_is_not_shared_pays_more_too", async (t) => {
  const { upstream, racers } = await started(t, { kind: "memory" });
  await racers.race(claimsOf(upstream.members, "pair", 8));
  assert.ok(sum(await upstream.paid("pair")) > MEMBERS * PAIR, "members were paid too often");
});

test("p27_p32_redis_killed_and_started_again_in_the_middle_pays_no_more", async (t) => {
  const server = await startRedis();
  t.after(() => server.stop());
  let restarted;
  const onEarn = (count) => {
    // It stays away until somebody has noticed.
    if (count === 7)
      restarted = Promise.all([server.kill(), racers.putOff]).then(() => server.start());
  };
  const store = { kind: "ioredis", socket: server.socket };
  const { upstream, racers } = await started(t, store, { onEarn });
  const { members } = upstream;
  const claims = [...claimsOf(members, "once"), ...claimsOf(members, "pair", 4)];
  const first = await racers.race(claims, { patience: 5_000 });
  assert.ok(restarted !== undefined, "it was killed");
  await restarted;
  assert.ok(
    first.some(({ refused }) => refused > 0),
    "some were refused for it",
  );
  // The pages come again with the same keys, when every lease has ended.
  const again = await racers.race(claims, { later: 61_000 });
  assert.deepEqual(Object.keys(outcomes(again)).sort(), ["200", "403 LIMIT_REACHED"]);
  assert.deepEqual(await upstream.paid("once"), times(1));
  const pair = await upstream.paid("pair");
  assert.ok(Math.max(...pair) <= PAIR, `${pair}`);
});
