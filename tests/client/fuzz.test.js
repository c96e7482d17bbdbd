// C6, C7: random values for every argument of every function. No call traps, hangs, throws at once or changes what it
// was given; each is answered, or refused with INVALID_ARGUMENT before anything is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, isLoyaltyError } from "loyalty-edge";
import { createSandbox } from "loyalty-edge/sandbox";
import { ID, json, stub } from "./stub.js";

const CALLS = 6_000;

/** mulberry32: the same seed, the same run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const circle = () => {
  const one = { name: "circle" };
  one.self = [one];
  return one;
};

const PLAIN = [
  undefined,
  null,
  true,
  0,
  -0,
  1.5,
  5,
  -3,
  2 ** 53,
  1e300,
  NaN,
  Infinity,
  -Infinity,
  10n,
  "",
  "5",
  ID,
  "../x",
  "daily-visit",
  "\u0000bigint",
  "\ud800 half",
  'é😀"\\\n',
  "2024-02-29T08:15:30.123Z",
  Symbol("s"),
  () => 1,
  new Date(0),
  new Date(NaN),
  new Map([["a", 1]]),
  new Uint8Array(3),
  /x/,
  Object.create(null),
];

const KEYS =
  "_id id amount description appId idempotencyKey balance revision filter sort cursorPaging limit fieldName order $and $not $in points.balance contactId memberId search parameters subject toJSON __proto__ rewardId".split(
    " ",
  );

function makeAny(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const make = (depth) => {
    const kind = next();
    if (depth > 4 || kind < 0.5) return pick(PLAIN);
    if (kind < 0.53) return circle();
    if (kind < 0.55) {
      return {
        get amount() {
          throw new Error("a getter that throws");
        },
      };
    }
    if (kind < 0.7) return Array.from({ length: Math.floor(next() * 4) }, () => make(depth + 1));
    const made = {};
    for (let left = Math.floor(next() * 5); left > 0; left -= 1) {
      Object.defineProperty(made, pick(KEYS), {
        value: make(depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return next() < 0.3 ? Object.freeze(made) : made;
  };
  return make;
}

/** What can be seen of a value, as text: to find out whether a call changed it. */
function seen(value, above = []) {
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (value === null || typeof value !== "object") return `${typeof value} ${value}`;
  if (above.includes(value)) return "circle";
  const parts = Object.entries(Object.getOwnPropertyDescriptors(value)).map(
    ([key, own]) => `${key}:${"value" in own ? seen(own.value, [...above, value]) : "getter"}`,
  );
  return `{${parts.join()}}`;
}

/** The functions of a client that send what they are given, by name. */
const functionsOf = (client) =>
  Object.entries(client)
    .filter(([group]) => group !== "sent")
    .flatMap(([group, all]) => Object.entries(all).map(([name, run]) => [`${group}.${name}`, run]))
    .filter(([name]) => name !== "points.history");

test("c06 c07 no argument of any function breaks a call", async () => {
  await init();
  const next = random(20_261_126);
  const make = makeAny(next);
  const client = stub([json({ code: "NOT_FOUND" }, 404)], { retryBudget: 0 });
  const functions = functionsOf(client);
  assert.ok(functions.length >= 27, `${functions.length} functions`);
  const outcomes = new Map();
  for (let left = CALLS; left > 0; left -= 1) {
    const [name, run] = functions[left % functions.length];
    // The last parameter is the call's options, which have tests of their own.
    const args = Array.from({ length: Math.max(run.length - 1, 0) }, () => make(0));
    if (args.length > 0 && next() < 0.4) args[0] = ID;
    // Called without a query, a query's function gives its builder.
    if (args[0] === undefined && name.includes(".queryLoyalty")) args[0] = null;
    const before = seen(args);
    const given = args.slice();
    const sent = client.sent.length;
    const outcome = run(...given);
    assert.ok(outcome instanceof Promise, `${name} gave no promise`);
    const error = await outcome.then(
      () => undefined,
      (rejected) => rejected,
    );
    const what = `${name} ${before.slice(0, 300)}`;
    assert.ok(isLoyaltyError(error), `${what}: ${error?.stack}`);
    assert.ok(["INVALID_ARGUMENT", "NOT_FOUND"].includes(error.code), `${what}: ${error.stack}`);
    assert.equal(client.sent.length - sent, error.code === "NOT_FOUND" ? 1 : 0, what);
    assert.equal(seen(args), before, `${name} changed its arguments`);
    outcomes.set(error.code, (outcomes.get(error.code) ?? 0) + 1);
  }
  assert.ok(outcomes.get("INVALID_ARGUMENT") > CALLS / 4, JSON.stringify([...outcomes]));
  assert.ok(outcomes.get("NOT_FOUND") > CALLS / 50, JSON.stringify([...outcomes]));
});

/** Values that the service may take, beside those that it may not: what gets past the client is not all the same. */
function makeLikely(next, make, ids) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const likely = {
    id: () => pick(ids),
    amount: () => pick([1, 50, -3, 0, 9_999_999, 1e7]),
    balance: () => pick([0, 5, 999_999_999, 1e9]),
    revision: () => pick(["1", "2", "0", "x", "99999999999999999999"]),
    text: () => pick(["a", "é😀", "x".repeat(100), "x".repeat(101), ""]),
    limit: () => pick([1, 100, 0, 101, 2.5]),
    date: () => pick([new Date(0), "2024-02-29T08:15:30.123Z", "2024-02-29", "then"]),
    field: () =>
      pick(["_id", "id", "points.balance", "contactId", "_createdDate", "amount", "name"]),
    order: () => pick(["ASC", "DESC", "asc"]),
  };
  const object = (parts) => {
    const made = {};
    for (const [name, value] of Object.entries(parts)) {
      if (next() < 0.4) made[name] = next() < 0.1 ? make(2) : value();
    }
    return made;
  };
  const { id, amount, balance, revision, text, limit, date, field, order } = likely;
  const test = () =>
    object({ $gt: amount, $in: () => [id(), amount()], $lt: date, $ne: id, $exists: () => true });
  const filter = () =>
    Object.fromEntries(
      Array.from({ length: Math.floor(next() * 3) }, () => [field(), next() < 0.5 ? test() : id()]),
    );
  const paging = () => object({ limit, cursor: text });
  const query = () =>
    object({
      filter,
      sort: () => [object({ fieldName: field, order })],
      cursorPaging: paging,
      search: () => object({ expression: text, fields: () => [pick(["contact.name", "name"])] }),
    });
  return (at) => {
    if (next() < 0.1) return make(0);
    if (at === 0 && next() < 0.6) return id();
    return next() < 0.5
      ? query()
      : object({
          amount,
          balance,
          revision,
          description: text,
          appId: text,
          idempotencyKey: text,
          contactId: id,
          memberId: id,
          contactIds: () => [id(), id()],
          loyaltyAccountId: id,
          cursorPaging: paging,
          filter,
          search: query,
        });
  };
}

/** Whether a cursor is all that is refused: which ones it gave out, only the service knows. */
const isCursor = ({ message }) => /cursor" is not a cursor/.test(message);

test("c07 what the client lets through is what the service takes", async (t) => {
  const sandbox = await createSandbox({ seed: 9, accounts: 20 });
  t.after(() => sandbox.close());
  const headers = {
    authorization: sandbox.apiKey,
    "wix-site-id": sandbox.siteId,
    "content-type": "application/json",
  };
  let last;
  const client = stub([], {
    retryBudget: 0,
    fetch: (url, init) => {
      last = `${url} ${init.body}`;
      const own =
        url.includes("-my-") || url.includes("/my-") ? sandbox.members[0].token : undefined;
      return sandbox.fetch(url.replace("https://proxy.example/loyalty", "http://sandbox"), {
        ...init,
        headers: { ...headers, ...(own && { authorization: own }) },
      });
    },
  });
  const next = random(7);
  const [{ accountId, contactId, memberId }] = sandbox.members;
  const ids = [accountId, contactId, memberId, sandbox.rewards[0], sandbox.tiers[0], ID];
  const likely = makeLikely(next, makeAny(next), ids);
  const functions = functionsOf(client).filter(([name]) => !/^(points|me)\b/.test(name));
  assert.equal(functions.length, 25);
  const outcomes = new Map();
  for (let left = CALLS; left > 0; left -= 1) {
    const [name, run] = functions[left % functions.length];
    const args = Array.from({ length: run.length - 1 }, (_, at) => likely(at));
    if (args[0] === undefined && name.includes(".queryLoyalty")) args[0] = null;
    last = undefined;
    const error = await run(...args).then(
      () => undefined,
      (rejected) => rejected,
    );
    const outcome = error ? error.code : "taken";
    assert.ok(!error || isLoyaltyError(error), `${name}: ${error?.stack}`);
    assert.notEqual(outcome, "INTERNAL");
    if (outcome !== "INVALID_ARGUMENT") assert.ok(last, `${name} sent nothing`);
    else if (!isCursor(error))
      assert.equal(error.status, undefined, `${name} sent ${last}: ${error.message}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.ok(outcomes.get("taken") > CALLS / 10, JSON.stringify([...outcomes]));
  assert.ok(outcomes.get("INVALID_ARGUMENT") > CALLS / 10, JSON.stringify([...outcomes]));
});
