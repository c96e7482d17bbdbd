// What identity providers send upstream is counted where the decisions count; without a store, by this process alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKey, memoryStore, wixMember } from "loyalty-edge/proxy";
import { TooMany } from "../../pkg/proxy/identify/budget.js";
import { spending } from "../../pkg/proxy/identify/spend.js";
import { MY_ACCOUNT, makeProxy } from "./support.js";
import { wix } from "./wix.js";

const MINUTE = 60_000;

function counted({ store, max = 3 }) {
  const clock = { now: MINUTE };
  const [sent, logs] = [[], []];
  const fetch = spending(async (request) => void sent.push(request.url), {
    budget: (now) => ({ shard: "s", counter: `c${Math.floor(now / MINUTE)}`, max, now }),
    store,
    now: () => clock.now,
    log: (line) => logs.push(line),
  });
  const ask = () => fetch(new Request("https://www.wixapis.com/oauth2/token-info"));
  return { ask, sent, logs, clock };
}

test("p24_without_a_store_a_process_counts_its_look_ups_alone_and_up_to_the_same_limit", async () => {
  const store = () => Promise.reject(new Error("away"));
  const { ask, sent, logs, clock } = counted({ store });
  for (let count = 0; count < 3; count += 1) await ask();
  await assert.rejects(ask(), TooMany);
  await assert.rejects(ask(), TooMany);
  assert.equal(sent.length, 3);
  assert.equal(logs.length, 5);
  assert.match(logs[0], /counts its look-ups alone/);
  clock.now += MINUTE;
  await ask();
  assert.equal(sent.length, 4, "a new minute");
});

test("p24_a_look_up_is_one_hit_in_the_window_of_all_and_a_full_one_stops_it", async () => {
  const asked = [];
  let kind = "ok";
  const store = async (name, op) => (asked.push([name, op]), { kind });
  const { ask, sent, clock } = counted({ store });
  await ask();
  const window = { shard: "s", counter: "c1", max: 3, now: clock.now };
  assert.deepEqual(asked, [["hit", { windows: [window], now: clock.now }]]);
  kind = "limit";
  await assert.rejects(ask(), TooMany);
  assert.equal(sent.length, 1);
});

test("p24_look_ups_and_calls_count_in_one_window_of_the_store", async (t) => {
  const upstream = await wix();
  t.after(() => upstream.sandbox.close());
  const { apiKey: key, siteId, members } = upstream.sandbox;
  const windows = [];
  const inner = memoryStore();
  const store = { ...inner, hit: (op) => (windows.push(...op.windows), inner.hit(op)) };
  const { call } = makeProxy({
    credential: apiKey({ key, siteId }),
    identify: wixMember(),
    fetch: (request) => upstream.fetch(request),
    store,
  });
  assert.equal((await call(MY_ACCOUNT, members[0].token)).status, 200);
  const paths = upstream.seen.map(({ path }) => path);
  assert.ok(paths.includes("/oauth2/token-info") && paths.length >= 2, paths.join());
  const names = new Set(windows.map(({ counter, shard, max }) => `${shard} ${counter} ${max}`));
  assert.deepEqual([windows.length, names.size], [paths.length, 1]);
  assert.match([...names][0], / 180$/);
});
