// What every store must do, as crates/proxy/src/store.rs words it. A store's test file calls this with a way to make
// an empty one.
import assert from "node:assert/strict";
import { test } from "node:test";

/** 2030-01-01: as many digits as a real time has. */
const NOW = 1_893_492_000_000;
const MINUTE = 60_000;

const claim = (counter, id, more = {}) => ({
  counter,
  id,
  amount: 1,
  max: 1,
  expiresAt: null,
  ...more,
});

const SHARD = "member-a";

const reserve = (key, more = {}) => ({
  shard: SHARD,
  key,
  fingerprint: "f",
  resume: true,
  leaseUntil: NOW + MINUTE,
  keepUntil: NOW + 10 * MINUTE,
  claims: [],
  now: NOW,
  ...more,
});

/**
 * @param {string} name
 * @param {() => Promise<import("loyalty-edge/proxy").Store> | import("loyalty-edge/proxy").Store} make
 * @param {(title: string, run: () => Promise<void>) => void} [declare] Takes each check; by default a test of Node's.
 */
export function storeContract(name, make, declare = test) {
  const check = (title, run) => declare(`${name}: ${title}`, async () => run(await make()));
  const settled = (store, key, token, more = {}) =>
    store.settle({
      shard: SHARD,
      key,
      token,
      status: 200,
      body: "b",
      keepUntil: NOW + 10 * MINUTE,
      now: NOW,
      ...more,
    });

  check("a key is held by one until it is settled, then says the same for ever", async (store) => {
    const first = await store.reserve(reserve("k"));
    assert.equal(first.kind, "reserved");
    assert.equal(first.since, NOW);
    assert.deepEqual(await store.reserve(reserve("k", { now: NOW + 1 })), {
      kind: "held",
      leaseUntil: NOW + MINUTE,
    });
    assert.equal((await settled(store, "k", first.token)).kind, "ok");
    const done = { kind: "done", status: 200, body: "b" };
    assert.deepEqual(await store.reserve(reserve("k")), done);
    assert.deepEqual(await store.reserve(reserve("k", { now: NOW + 9 * MINUTE })), done);
  });

  check("p30_a key of another call is a conflict, whatever its state", async (store) => {
    const other = reserve("k", { fingerprint: "other" });
    const { token } = await store.reserve(reserve("k"));
    assert.deepEqual(await store.reserve(other), { kind: "conflict" });
    await settled(store, "k", token);
    assert.deepEqual(await store.reserve(other), { kind: "conflict" });
  });

  check("what has outlived its time counts as never having been", async (store) => {
    const { token } = await store.reserve(reserve("k"));
    await settled(store, "k", token);
    const late = NOW + 10 * MINUTE;
    const again = reserve("k", { now: late, fingerprint: "other", leaseUntil: late + MINUTE });
    assert.equal((await store.reserve({ ...again, keepUntil: late + MINUTE })).kind, "reserved");
  });

  check("p32_a lease that ended is resumed, and the old holder has lost it", async (store) => {
    const first = await store.reserve(reserve("k"));
    const later = { now: NOW + MINUTE, leaseUntil: NOW + 2 * MINUTE };
    assert.deepEqual(await store.reserve(reserve("k", { ...later, resume: false })), {
      kind: "unknown",
    });
    const second = await store.reserve(reserve("k", later));
    assert.equal(second.kind, "reserved");
    assert.equal(second.since, NOW, "the time of the first");
    assert.notEqual(second.token, first.token);
    assert.deepEqual(await settled(store, "k", first.token), { kind: "lost" });
    const undo = { shard: SHARD, key: "k", token: first.token, undo: true, now: NOW + MINUTE };
    assert.deepEqual(await store.release(undo), { kind: "lost" });
    assert.equal((await settled(store, "k", second.token)).kind, "ok");
    assert.equal((await settled(store, "k", second.token)).kind, "lost", "done is done");
  });

  check("p27_a counter never holds more than its max", async (store) => {
    const many = Array.from({ length: 50 }, (_, at) =>
      store.reserve(reserve(`k${at}`, { claims: [claim("c", `i${at}`, { max: 3 })] })),
    );
    const kinds = (await Promise.all(many)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "reserved").length, 3);
    assert.equal(kinds.filter((kind) => kind === "limit").length, 47);
  });

  check("p27_all claims hold or none does", async (store) => {
    const taken = claim("full", "x", { expiresAt: NOW + MINUTE });
    await store.reserve(reserve("a", { claims: [taken] }));
    const both = [claim("free", "y"), claim("full", "y", { expiresAt: NOW + MINUTE })];
    assert.deepEqual(await store.reserve(reserve("b", { claims: both })), {
      kind: "limit",
      counter: "full",
      expiresAt: NOW + MINUTE,
    });
    const free = await store.reserve(reserve("c", { claims: [claim("free", "z")] }));
    assert.equal(free.kind, "reserved", "the first claim was not kept");
    assert.equal((await store.reserve(reserve("b"))).kind, "reserved", "nor was the record");
  });

  check("amounts count, and claims end with their time", async (store) => {
    const points = (id, amount, now) =>
      store.reserve(
        reserve(id, {
          now,
          claims: [claim("p", id, { amount, max: 100, expiresAt: NOW + MINUTE })],
        }),
      );
    assert.equal((await points("a", 60, NOW)).kind, "reserved");
    assert.equal((await points("b", 41, NOW)).kind, "limit");
    assert.equal((await points("c", 40, NOW)).kind, "reserved");
    assert.equal((await points("d", 1, NOW)).kind, "limit");
    assert.equal((await points("e", 100, NOW + MINUTE)).kind, "reserved");
  });

  check("undo gives record and claims back; without it both stand", async (store) => {
    const claims = [claim("c", "x")];
    const first = await store.reserve(reserve("a", { claims }));
    await store.release({ shard: SHARD, key: "a", token: first.token, undo: true, now: NOW });
    const second = await store.reserve(reserve("b", { claims: [claim("c", "y")] }));
    assert.equal(second.kind, "reserved");
    await store.release({ shard: SHARD, key: "b", token: second.token, undo: false, now: NOW });
    assert.equal((await store.reserve(reserve("c", { claims: [claim("c", "z")] }))).kind, "limit");
    assert.equal((await store.reserve(reserve("b"))).kind, "reserved", "open: it goes on");
  });

  check("p32_a claim of unknown outcome is taken over by the same deed", async (store) => {
    const claims = [claim("c", "deed")];
    const first = await store.reserve(reserve("a", { claims }));
    assert.equal((await store.reserve(reserve("b", { claims }))).kind, "limit", "still held");
    await store.release({ shard: SHARD, key: "a", token: first.token, undo: false, now: NOW });
    const second = await store.reserve(reserve("b", { claims }));
    assert.equal(second.kind, "reserved");
    await settled(store, "b", second.token);
    assert.equal((await store.reserve(reserve("c", { claims }))).kind, "limit", "settled");
    const other = [claim("c", "another deed")];
    assert.equal((await store.reserve(reserve("d", { claims: other }))).kind, "limit");
  });

  check("a settled claim outlives its record", async (store) => {
    const claims = [claim("c", "deed")];
    const { token } = await store.reserve(reserve("a", { claims }));
    await settled(store, "a", token);
    const late = NOW + 20 * MINUTE;
    const again = reserve("b", { claims, now: late, keepUntil: late + MINUTE });
    assert.equal((await store.reserve(again)).kind, "limit");
  });

  check("p27_a limit tells when the last claim of its counter ends", async (store) => {
    const sooner = claim("c", "x", { max: 2, expiresAt: NOW + MINUTE });
    const later = claim("c", "y", { max: 2, expiresAt: NOW + 2 * MINUTE });
    await store.reserve(reserve("a", { claims: [sooner] }));
    await store.reserve(reserve("b", { claims: [later] }));
    const third = claim("c", "z", { max: 2, expiresAt: NOW + 9 * MINUTE });
    assert.deepEqual(await store.reserve(reserve("d", { claims: [third] })), {
      kind: "limit",
      counter: "c",
      expiresAt: NOW + 2 * MINUTE,
    });
    const tooMuch = claim("empty", "z", { amount: 3, max: 2, expiresAt: NOW + MINUTE });
    assert.equal((await store.reserve(reserve("e", { claims: [tooMuch] }))).expiresAt, null);
  });

  check("p27_of several that are full a limit tells of the one that ends last", async (store) => {
    const ends = { soon: NOW + MINUTE, late: NOW + 2 * MINUTE, never: null };
    const of = (id, ...counters) =>
      counters.map((counter) => claim(counter, id, { expiresAt: ends[counter] }));
    await store.reserve(reserve("a", { claims: of("x", "soon", "late", "never") }));
    // What a new claim would have for an end says nothing of those that are there.
    const longer = (counters) =>
      of("y", ...counters).map((each) => ({ ...each, expiresAt: NOW + 9 * MINUTE }));
    const told = async (key, ...counters) => {
      const { kind, counter, expiresAt } = await store.reserve(
        reserve(key, { claims: longer(["free", ...counters]) }),
      );
      return [kind, counter, expiresAt];
    };
    const [soon, late, never] = Object.entries(ends).map(([name, end]) => ["limit", name, end]);
    assert.deepEqual(await told("b", "soon", "late"), late);
    assert.deepEqual(await told("c", "late", "soon"), late);
    assert.deepEqual(await told("d", "soon"), soon);
    assert.deepEqual(await told("e", "late", "never", "soon"), never);
    assert.deepEqual(await told("f", "never", "late"), never);
    assert.equal((await told("g"))[0], "reserved", "none of them was kept");
  });

  check(
    "p32_a hold that is resumed keeps its claims, and is remembered no shorter",
    async (store) => {
      const first = await store.reserve(reserve("a", { claims: [claim("c", "x", { max: 2 })] }));
      await store.release({ shard: SHARD, key: "a", token: first.token, undo: false, now: NOW });
      const more = { claims: [claim("other", "x")], keepUntil: NOW + 2 * MINUTE };
      const second = await store.reserve(reserve("a", more));
      assert.equal(second.kind, "reserved");
      const free = await store.reserve(reserve("b", { claims: [claim("other", "y")] }));
      assert.equal(free.kind, "reserved", "the new claim was not made");
      const late = { now: NOW + 5 * MINUTE, leaseUntil: NOW + 6 * MINUTE };
      const third = await store.reserve(reserve("a", late));
      assert.deepEqual(
        [third.kind, third.since],
        ["reserved", NOW],
        "remembered as long as at first",
      );
      await settled(store, "a", third.token, { now: NOW + 5 * MINUTE });
      const again = await store.reserve(reserve("d", { claims: [claim("c", "x", { max: 2 })] }));
      assert.equal(again.kind, "limit", "the first claim is settled");
    },
  );

  check("p27_what is taken over counts once, and belongs to its new holder", async (store) => {
    const deed = (amount) => [claim("p", "deed", { amount, max: 100 })];
    const first = await store.reserve(reserve("a", { claims: deed(60) }));
    await store.release({ shard: SHARD, key: "a", token: first.token, undo: false, now: NOW });
    const second = await store.reserve(reserve("b", { claims: deed(60) }));
    assert.equal(second.kind, "reserved", "60, and not 120");
    const resumed = await store.reserve(reserve("a"));
    await store.release({ shard: SHARD, key: "a", token: resumed.token, undo: true, now: NOW });
    const rest = (id, amount) =>
      store.reserve(reserve(id, { claims: [claim("p", id, { amount, max: 100 })] }));
    assert.equal((await rest("c", 41)).kind, "limit", "the old holder gave nothing back");
    assert.equal((await rest("d", 40)).kind, "reserved");
  });

  check("p27_an undo gives back what was taken over to whom it was taken from", async (store) => {
    const of = (deed, more) => [claim("p", deed, { amount: 60, max: 100, ...more })];
    const first = await store.reserve(reserve("a", { claims: of("deed") }));
    await store.release({ shard: SHARD, key: "a", token: first.token, undo: false, now: NOW });
    const second = await store.reserve(reserve("b", { claims: of("deed", { amount: 70 }) }));
    await store.release({ shard: SHARD, key: "b", token: second.token, undo: true, now: NOW });
    const other = await store.reserve(reserve("c", { claims: of("another", { amount: 41 }) }));
    assert.equal(other.kind, "limit", "what a may have been paid still counts");
    const rest = await store.reserve(reserve("d", { claims: of("another", { amount: 40 }) }));
    assert.equal(rest.kind, "reserved", "as much as it was");
    const resumed = await store.reserve(reserve("a"));
    await settled(store, "a", resumed.token);
    const again = await store.reserve(reserve("e", { claims: of("deed") }));
    assert.equal(again.kind, "limit", "and is a's to settle");
  });

  check(
    "p32_a claim whose record was forgotten unsettled is free for the same deed",
    async (store) => {
      const claims = [claim("c", "deed")];
      await store.reserve(reserve("a", { claims }));
      const late = NOW + 10 * MINUTE;
      const more = { now: late, leaseUntil: late + MINUTE, keepUntil: late + 10 * MINUTE };
      const other = reserve("b", { ...more, claims: [claim("c", "another")] });
      assert.equal((await store.reserve(other)).kind, "limit");
      assert.equal((await store.reserve(reserve("c", { ...more, claims }))).kind, "reserved");
    },
  );

  check("nobody settles or releases what is forgotten, or was never there", async (store) => {
    const { token } = await store.reserve(reserve("k"));
    const late = { now: NOW + 10 * MINUTE };
    assert.deepEqual(await settled(store, "k", token, late), { kind: "lost" });
    const release = { shard: SHARD, key: "k", token, undo: true, ...late };
    assert.deepEqual(await store.release(release), { kind: "lost" });
    assert.deepEqual(await settled(store, "never", token), { kind: "lost" });
  });

  check("p30_an answer comes back as it was, large and in any script", async (store) => {
    const body = JSON.stringify({ text: `\u0000 "\\" | {} é \u{1f4a1}`.repeat(10_000) });
    const { token } = await store.reserve(reserve("k"));
    assert.deepEqual(await settled(store, "k", token, { status: 502, body }), { kind: "ok" });
    assert.deepEqual(await store.reserve(reserve("k")), { kind: "done", status: 502, body });
  });

  check("large amounts are summed exactly", async (store) => {
    const max = 999_999_999_999;
    const add = (id, amount) =>
      store.reserve(reserve(id, { claims: [claim("p", id, { amount, max })] }));
    assert.equal((await add("a", max - 1)).kind, "reserved");
    assert.equal((await add("b", 2)).kind, "limit");
    assert.equal((await add("c", 1)).kind, "reserved");
  });

  const window = (counter, max, more = {}) => ({
    shard: SHARD,
    counter,
    max,
    expiresAt: NOW + MINUTE,
    ...more,
  });

  check("p27_a look says what a claim would meet and leaves no trace", async (store) => {
    const claims = [claim("c", "x", { max: 2, expiresAt: NOW + MINUTE })];
    const look = (id, now = NOW) => {
      const asked = [{ ...claims[0], id }];
      return store.reserve(reserve(`look ${id}`, { claims: asked, look: true, now }));
    };
    for (let times = 0; times < 3; times += 1)
      assert.deepEqual(await look("x"), { kind: "ok" }, "however often");
    const { token } = await store.reserve(reserve("a", { claims }));
    assert.deepEqual(await look("y"), { kind: "ok" });
    assert.equal((await look("x")).kind, "limit", "this very claim is held");
    await settled(store, "a", token);
    const second = await store.reserve(reserve("b", { claims: [{ ...claims[0], id: "y" }] }));
    assert.equal(second.kind, "reserved", "a look before it holds nothing");
    const limit = { kind: "limit", counter: "c", expiresAt: NOW + MINUTE };
    assert.deepEqual(await look("z"), limit);
    assert.deepEqual(await look("z", NOW + MINUTE), { kind: "ok" }, "and its end is over");
  });

  check("p24_a window lets max through, however many come at once", async (store) => {
    const hit = (now) => store.hit({ windows: [window("h", 3)], now });
    const replies = await Promise.all(Array.from({ length: 20 }, () => hit(NOW)));
    const left = replies.filter(({ kind }) => kind === "ok").map((reply) => reply.left);
    assert.deepEqual(left.toSorted(), [[0], [1], [2]]);
    assert.deepEqual(await hit(NOW), { kind: "limit", counter: "h", expiresAt: NOW + MINUTE });
    assert.equal((await hit(NOW + MINUTE)).kind, "ok", "a new window");
  });

  check("p24_a call counts in all its windows or in none", async (store) => {
    const hit = (...windows) => store.hit({ windows, now: NOW });
    const [wide, narrow] = [window("wide", 10), window("narrow", 1)];
    assert.deepEqual(await hit(wide, narrow), { kind: "ok", left: [9, 0] });
    assert.equal((await hit(wide, narrow)).counter, "narrow");
    assert.deepEqual(await hit(wide), { kind: "ok", left: [8] }, "the refusal counted nowhere");
    assert.deepEqual(await hit(), { kind: "ok", left: [] });
  });

  check("p24_windows of several shards count together, or not at all", async (store) => {
    const mine = window("mine", 10);
    const all = window("all", 3, { shard: "all" });
    const hit = (...windows) => store.hit({ windows, now: NOW });
    const replies = await Promise.all(Array.from({ length: 8 }, () => hit(mine, all)));
    assert.equal(replies.filter(({ kind }) => kind === "ok").length, 3);
    assert.equal(replies.filter(({ counter }) => counter === "all").length, 5);
    assert.deepEqual(
      await hit(mine),
      { kind: "ok", left: [6] },
      "what was refused counted nowhere",
    );
    const other = window("other", 1, { shard: "b" });
    assert.deepEqual(await hit(other, mine), { kind: "ok", left: [0, 5] }, "in the order asked");
    assert.deepEqual(await hit(mine, other, all), {
      kind: "limit",
      counter: "other",
      expiresAt: NOW + MINUTE,
    });
  });

  check("p24_each window ends by itself", async (store) => {
    const [short, long] = [window("s", 1), window("l", 2, { expiresAt: NOW + 2 * MINUTE })];
    const hit = (now) => store.hit({ windows: [short, long], now });
    assert.deepEqual(await hit(NOW), { kind: "ok", left: [0, 1] });
    const next = { ...short, expiresAt: NOW + 2 * MINUTE };
    const both = { windows: [next, long], now: NOW + MINUTE };
    assert.deepEqual(await store.hit(both), { kind: "ok", left: [0, 0] });
    const full = { ...both, windows: [long] };
    assert.deepEqual(await store.hit(full), {
      kind: "limit",
      counter: "l",
      expiresAt: NOW + 2 * MINUTE,
    });
  });

  const put = (store, value, more = {}) =>
    store.put({ key: "v", value, onlyNew: false, expiresAt: NOW + MINUTE, now: NOW, ...more });

  check("a value stands until its end, and can be replaced and removed", async (store) => {
    const get = async (now = NOW) => (await store.get({ key: "v", now })).value;
    assert.equal(await get(), null);
    assert.equal((await put(store, "one \u{1f4a1} \u0000")).kind, "ok");
    assert.equal(await get(), "one \u{1f4a1} \u0000");
    await put(store, "two", { expiresAt: NOW + 2 * MINUTE });
    assert.equal(await get(NOW + MINUTE), "two");
    assert.equal(await get(NOW + 2 * MINUTE), null, "its end");
    await put(store, "three");
    assert.equal((await store.remove({ key: "v", now: NOW })).kind, "ok");
    assert.equal(await get(), null);
    assert.equal((await store.remove({ key: "v", now: NOW })).kind, "ok", "twice is no fault");
  });

  check("p36_of many that put a new value at once, one succeeds", async (store) => {
    const puts = Array.from({ length: 20 }, (_, at) => put(store, `${at}`, { onlyNew: true }));
    const kinds = (await Promise.all(puts)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "ok").length, 1);
    assert.equal(kinds.filter((kind) => kind === "exists").length, 19);
    const late = { onlyNew: true, now: NOW + MINUTE, expiresAt: NOW + 2 * MINUTE };
    assert.equal((await put(store, "again", late)).kind, "ok", "the first has ended");
  });
}
