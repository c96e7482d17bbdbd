// Reads that are shared, through the whole proxy (P29), and the shelf that holds them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCache } from "../../pkg/proxy/cache.js";
import { A, B, accountOf, earn, makeProxy, stub } from "./support.js";

const MY_ACCOUNT = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
const KEEP = { accountMs: 5_000, catalogMs: 60_000 };

/** An upstream that answers when it is told to. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, answer: async (seen) => (await opened, stub(seen)) };
}

test("p29_fifty_reads_of_two_members_at_once_are_two_calls_and_each_gets_the_own", async () => {
  for (const cache of [KEEP, { accountMs: 0, catalogMs: 0 }]) {
    const { open, answer } = gate();
    const { call, upstream } = makeProxy({ answer, cache });
    const reads = Array.from({ length: 50 }, (_, at) => call(MY_ACCOUNT, at % 2 ? "a" : "b"));
    while (upstream.length < 2) await new Promise(setImmediate);
    open();
    for (const [at, { status, json }] of (await Promise.all(reads)).entries()) {
      assert.deepEqual([status, json.account.id], [200, (at % 2 ? A : B).accountId]);
    }
    assert.equal(upstream.length, 2);
  }
});

test("p29_a_write_through_the_proxy_drops_what_was_kept", async () => {
  let balance = 100;
  const answer = (seen) => {
    if (!seen.path.endsWith("/fetch-by")) return stub(seen);
    return Response.json({ account: accountOf(A, balance) });
  };
  const { call, upstream } = makeProxy({ answer, cache: KEEP });
  const read = async () => (await call(MY_ACCOUNT, "a")).json.account.points.balance;
  assert.equal(await read(), 100);
  balance = 101;
  assert.equal(await read(), 100, "kept");
  assert.equal((await earn(call, "tap", "a")).status, 200);
  assert.equal(await read(), 101);
  balance = 106;
  const adjust = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`];
  assert.equal((await call(adjust, "staff", { body: { amount: 5 } })).status, 200);
  assert.equal(await read(), 106, "staff changed it");
  assert.equal(upstream.filter(({ path }) => path.endsWith("/fetch-by")).length, 3);
});

test("p29_a_read_that_was_overtaken_by_a_write_is_not_kept", async () => {
  const { open, answer } = gate();
  let slow = true;
  const { call, upstream } = makeProxy({
    cache: KEEP,
    answer: (seen) => (slow && seen.path.endsWith("/fetch-by") ? answer(seen) : stub(seen)),
  });
  const early = call(MY_ACCOUNT, "a");
  while (upstream.length < 1) await new Promise(setImmediate);
  slow = false;
  const adjust = ["POST", `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`];
  assert.equal((await call(adjust, "staff", { body: { amount: 5 } })).status, 200);
  open();
  assert.equal((await early).status, 200);
  await call(MY_ACCOUNT, "a");
  assert.equal(upstream.filter(({ path }) => path.endsWith("/fetch-by")).length, 2);
});

test("p29_the_program_is_kept_for_everybody_and_failures_for_nobody", async () => {
  let fail = true;
  const { call, upstream, clock } = makeProxy({
    cache: KEEP,
    answer: (seen) => (fail ? new Response("<html>", { status: 502 }) : stub(seen)),
  });
  assert.equal((await call(PROGRAM)).status, 502);
  fail = false;
  assert.deepEqual(
    [(await call(PROGRAM)).status, (await call(PROGRAM, "admin")).status, upstream.length],
    [200, 200, 2],
  );
  clock.now += 60_000;
  assert.equal((await call(PROGRAM)).status, 200);
  assert.equal(upstream.length, 3);
});

test("p29_the_shelf_is_bounded_by_number_and_by_size", async () => {
  const shelf = createCache(3);
  const put = async (key, text) => {
    const held = shelf.enter();
    assert.equal(await held.recall(key, 0), null);
    held.share({ key, text, until: 10, tags: [] }, 0);
    held.end();
  };
  for (const key of ["a", "b", "c"]) await put(key, key);
  assert.equal(await shelf.enter().recall("a", 0), "a", "asked for again, so not the oldest");
  await put("d", "d");
  assert.deepEqual(shelf.size(), { kept: 3, flights: 0, characters: 3 });
  assert.equal(await shelf.enter().recall("a", 0), "a");
  const wide = createCache(1_000);
  const large = "x".repeat(1024 * 1024);
  for (let at = 0; at < 40; at += 1) {
    const held = wide.enter();
    await held.recall(`k${at}`, 0);
    held.share({ key: `k${at}`, text: large, until: 10, tags: [] }, 0);
  }
  assert.equal(wide.size().characters, 16 * 1024 * 1024);
  const held = wide.enter();
  await held.recall("huge", 0);
  held.share({ key: "huge", text: `${large}x`, until: 10, tags: [] }, 0);
  assert.equal(await wide.enter().recall("huge", 0), null, "too large to keep");
});

test("p29_one_that_ends_without_an_answer_lets_the_next_go", async () => {
  const shelf = createCache(3);
  const first = shelf.enter();
  assert.equal(await first.recall("k", 0), null);
  const second = shelf.enter();
  const third = shelf.enter();
  const waiting = [second.recall("k", 0), third.recall("k", 0)];
  first.end();
  assert.equal(await waiting[0], null, "now the second is on the way");
  second.share({ key: "k", text: "t", until: 1, tags: [] }, 0);
  assert.equal(await waiting[1], "t");
  assert.equal(shelf.size().flights, 0);
});
