// C6, C7: random values for every argument of every function. No call traps, hangs, throws at once or changes what it
// was given; each is answered, or refused with INVALID_ARGUMENT before anything is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, isLoyaltyError } from "loyalty-edge";
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

test("c06 c07 no argument of any function breaks a call", async () => {
  await init();
  const next = random(20_261_126);
  const make = makeAny(next);
  const client = stub([json({ code: "NOT_FOUND" }, 404)], { retryBudget: 0 });
  const functions = Object.entries(client)
    .filter(([group]) => group !== "sent")
    .flatMap(([group, all]) => Object.entries(all).map(([name, run]) => [`${group}.${name}`, run]))
    .filter(([name]) => name !== "points.history");
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
