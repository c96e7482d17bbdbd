// What the proxy knows without waiting: a token that was verified, a count in its own memory, an answer that is kept.
// Each is passed by only where waiting would bring the same.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { jwt, memoryStore } from "loyalty-edge/proxy";
import { createCache } from "../../pkg/proxy/cache.js";
import { glances } from "../../pkg/proxy/identify/glances.js";
import { operationsOf } from "../../pkg/proxy/stores/memory.js";
import { A, B, MY_ACCOUNT, makeProxy } from "./support.js";
import { CLAIMS, ISSUER, NOW, SECONDS, ask, jwkOf, newEc, sign } from "./tokens.js";

const MINUTE = 60_000;
const URI = "https://login.example/jwks";
let [one, two] = [];
before(async () => {
  [one, two] = await Promise.all([newEc(), newEc()]);
});

const jwks = async () => ({ keys: [await jwkOf(one, { kid: "one" })] });
const byOne = (claims = {}) => sign({ ...CLAIMS, ...claims }, { alg: "ES256", kid: "one" }, one);
const identifyBy = async (more = {}) =>
  jwt({ issuer: ISSUER, audience: "shop", jwks: await jwks(), ...more });

test("p12_a_token_is_known_at_a_glance_once_it_was_verified_and_while_its_dates_hold", async () => {
  const identify = await identifyBy();
  const look = glances.get(identify);
  const token = await byOne({ nbf: SECONDS - 60 });
  assert.equal(look(token, NOW), undefined, "nobody has verified it");
  await ask(identify, token);
  const seen = look(token, NOW);
  assert.equal(seen.role, "member");
  assert.equal(look(token, NOW + MINUTE), seen, "the same object");
  const end = (CLAIMS.exp + 60) * 1000;
  assert.equal(look(token, end - 1), seen);
  assert.equal(look(token, end), undefined, "it has ended");
  assert.equal(look(token, NOW - 3 * MINUTE), undefined, "it has not begun");
  for (const other of [null, "", `${token.slice(0, -6)}AAAAAA`, `${token} `, "x".repeat(100_000)]) {
    assert.equal(look(other, NOW), undefined);
  }
});

test("p13_a_glance_ends_with_the_keys", async () => {
  const server = {
    keys: (await jwks()).keys,
    fetch: async () => Response.json({ keys: server.keys }),
  };
  const identify = await identifyBy({ jwks: undefined, jwksUri: URI, fetch: () => server.fetch() });
  const look = glances.get(identify);
  const token = await byOne({ exp: SECONDS + 600_000 });
  await ask(identify, token);
  assert.notEqual(look(token, NOW), undefined);
  assert.equal(look(token, NOW + 10 * MINUTE), undefined, "the keys have to be asked for again");
  server.keys = [await jwkOf(two, { kid: "one" })];
  await assert.rejects(ask(identify, token, NOW + 10 * MINUTE), { name: "InvalidToken" });
  assert.equal(look(token, NOW + 10 * MINUTE), undefined, "its key is none any more");
});

test("p12_through_the_proxy_a_token_that_is_known_ends_all_the_same", async () => {
  const identify = await identifyBy();
  const { call, clock } = makeProxy({ identify });
  const token = await byOne();
  const read = async () => (await call(MY_ACCOUNT, token)).status;
  for (let turn = 0; turn < 4; turn += 1) assert.equal(await read(), 200);
  clock.now += 11 * MINUTE;
  assert.equal(await read(), 401);
  clock.now -= 11 * MINUTE;
  assert.equal(await read(), 200);
});

test("p12_whoever_puts_a_function_of_his_own_around_is_asked_each_time", async () => {
  const identify = await identifyBy();
  const token = await byOne();
  let asked = 0;
  const around = (asking) => {
    asked += 1;
    return identify(asking);
  };
  const { call } = makeProxy({ identify: around });
  for (let turn = 1; turn <= 4; turn += 1) {
    assert.equal((await call(MY_ACCOUNT, token)).status, 200);
    assert.equal(asked, turn);
  }
});

test("p12_no_glance_is_believed_where_members_are_resolved", async () => {
  const asked = [];
  const resolve = ({ subject }) => {
    asked.push(subject);
    return { memberId: asked.length === 1 ? A.memberId : B.memberId };
  };
  const { call, clock } = makeProxy({ identify: await identifyBy(), resolve });
  const token = await byOne();
  const whose = async () => (await call(MY_ACCOUNT, token)).json.account.id;
  for (let turn = 0; turn < 4; turn += 1) assert.equal(await whose(), A.accountId);
  clock.now += 6 * MINUTE;
  assert.equal(await whose(), B.accountId, "what was resolved is old by then");
  assert.equal(asked.length, 2);
});

test("p24_a_store_with_another_function_in_it_or_around_it_is_asked", async () => {
  const plain = memoryStore();
  assert.notEqual(operationsOf(plain), undefined);
  const replaced = memoryStore();
  let hits = 0;
  const { hit } = replaced;
  replaced.hit = (op) => {
    hits += 1;
    return hit(op);
  };
  assert.equal(operationsOf(replaced), undefined);
  assert.equal(operationsOf({ ...plain }), undefined);
  const { call } = makeProxy({ store: replaced });
  assert.equal((await call(MY_ACCOUNT, "a")).status, 200);
  assert.equal(hits, 1, "the minute of all callers together");
});

test("p29_a_way_ends_alone_only_where_nobody_waits_for_it", async () => {
  const cache = createCache(10);
  const [first, second] = [cache.enter(), cache.enter()];
  assert.equal(first.recallNow("key", 0), null);
  assert.equal(first.endsAlone("other"), false, "it is on no way there");
  assert.equal(second.recallNow("key", 0), undefined, "somebody is on the way");
  const waiting = second.recall("key", 0);
  assert.equal(first.endsAlone("key"), false);
  first.share({ key: "key", text: "said", until: 0, tags: [] }, 0);
  assert.equal(await waiting, "said");
  const third = cache.enter();
  assert.equal(third.recallNow("key", 0), null);
  assert.equal(third.endsAlone("key"), true);
  assert.equal(third.endsAlone("key"), false, "it has ended");
  assert.deepEqual(cache.size(), { kept: 0, flights: 0, characters: 0 });
});

test("p29_a_way_that_a_write_overtook_is_not_ended_for_the_next_one", () => {
  const cache = createCache(10);
  const [overtaken, later] = [cache.enter(), cache.enter()];
  assert.equal(overtaken.recallNow("key", 0), null);
  cache.forget(["tag"]);
  assert.equal(later.recallNow("key", 0), null, "it goes by itself");
  assert.equal(overtaken.endsAlone("key"), true);
  assert.equal(cache.size().flights, 1, "the later one is still there for others");
});
