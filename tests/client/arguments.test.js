// C7: limits before the network, by the path among the arguments; nothing of the caller's is changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ID, account, earned, json, rejection, stub } from "./stub.js";

const points = { amount: 5, appId: "app", idempotencyKey: "key" };
const circle = {};
circle.self = circle;

const refused = async (run) => {
  const { sent, ...client } = stub([json(earned)]);
  const error = await rejection(run(client));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(sent.length, 0);
  return (error.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);
};

test("c07 numbers that are none, by their path", async () => {
  for (const [amount, rule] of [
    [NaN, "TYPE"],
    [Infinity, "TYPE"],
    [-Infinity, "TYPE"],
    [5n, "TYPE"],
    [1.5, "TYPE"],
    ["5", "TYPE"],
    [true, "TYPE"],
    [circle, "TYPE"],
    [new Date(NaN), "TYPE"],
    [2 ** 53, "MAX"],
    [1e300, "MAX"],
    [0, "MIN"],
    [-1, "MIN"],
    [9_999_999 + 1, "MAX"],
  ]) {
    const found = await refused(({ accounts }) => accounts.earnPoints(ID, { ...points, amount }));
    assert.deepEqual(found, [`options.amount ${rule}`], String(typeof amount));
  }
});

test("c07 the same wherever a value stands", async () => {
  const query = (filter) => refused(({ accounts }) => accounts.queryLoyaltyAccounts({ filter }));
  assert.deepEqual(await query({ "points.balance": { $gt: NaN } }), [
    "query.filter.points.balance.$gt TYPE",
  ]);
  assert.deepEqual(await query({ _id: { $in: ["a", 5n] } }), ["query.filter._id.$in[1] TYPE"]);
  assert.deepEqual(await query({ $or: [circle] }), ["query.filter.$or[0].self UNSUPPORTED"]);
  for (const id of [NaN, 5n, circle, null, undefined, "../x", ID + "/", 5, [], {}, Symbol("x")]) {
    const [found] = await refused(({ accounts }) => accounts.getAccount(id));
    assert.match(found, /^_id /);
  }
  const parameters = await refused(({ points: own }) =>
    own.earn("review", { parameters: { deep: [1, { stars: NaN }, circle] } }),
  );
  assert.ok(
    parameters.length >= 2 && parameters.every((text) => /^request\.parameters.* TYPE$/.test(text)),
  );
});

test("c07 what stands twice is no circle", async () => {
  const { points: own, sent } = stub([json(earned)]);
  const shared = { a: null };
  await own.earn("review", { parameters: { one: shared, two: [shared, shared] } });
  assert.deepEqual(sent[0].body.parameters, { one: shared, two: [shared, shared] });
});

test("c07 decimals that are none go out as the official client sends them", async () => {
  const { accounts, sent } = stub([json({ accounts: [] })]);
  const buckets = [
    { from: -Infinity, to: 5 },
    { from: 5, to: Infinity },
  ];
  await accounts.searchAccounts({ aggregations: [{ type: "RANGE", range: { buckets } }] });
  assert.deepEqual(sent[0].body.search.aggregations[0].range.buckets, [
    { from: "-Infinity", to: 5 },
    { from: 5, to: "Infinity" },
  ]);
});

test("c07 all violations at once", async () => {
  const found = await refused(({ accounts }) =>
    accounts.earnPoints("x", { amount: 0, description: "", extra: 1 }),
  );
  assert.deepEqual(found.sort(), [
    "accountId FORMAT",
    "options.amount MIN",
    "options.appId REQUIRED",
    "options.description MIN_LENGTH",
    "options.extra NOT_ALLOWED",
  ]);
});

test("c07 a filter that names one field twice is refused: one of its conditions would be lost", async () => {
  const date = { $lt: new Date(0) };
  for (const [filter, field] of [
    [{ _id: ID, id: ID }, "query.filter.id"],
    [{ id: ID, "points.balance": 1, _id: ID }, "query.filter._id"],
    [{ $and: [{ createdDate: date, _createdDate: date }] }, "query.filter.$and[0]._createdDate"],
  ]) {
    const found = await refused(({ accounts }) => accounts.queryLoyaltyAccounts({ filter }));
    assert.deepEqual(found, [`${field} NOT_ALLOWED`]);
  }
  const { accounts, sent } = stub([json({ loyaltyAccounts: [account] })]);
  await accounts.queryLoyaltyAccounts({ filter: { _id: ID, $not: { id: ID } } });
  assert.deepEqual(sent[0].body.query.filter, { id: ID, $not: { id: ID } });
});

const freeze = (value) => {
  for (const inner of Object.values(value)) if (inner && typeof inner === "object") freeze(inner);
  return Object.freeze(value);
};

test("c07 frozen arguments work, and no argument is changed", async () => {
  const { accounts, sent } = stub([json({ loyaltyAccounts: [account] })]);
  const make = () => ({
    filter: { _id: ID, $and: [{ _createdDate: { $lt: new Date(0) } }] },
    sort: [{ fieldName: "_createdDate", order: "ASC" }],
  });
  const query = make();
  await accounts.queryLoyaltyAccounts(freeze(query));
  assert.deepEqual(query, make());
  assert.deepEqual(sent[0].body.query, {
    filter: { id: ID, $and: [{ createdDate: { $lt: "1970-01-01T00:00:00.000Z" } }] },
    sort: [{ fieldName: "createdDate", order: "ASC" }],
  });
});

test("c07 frozen points, requests, options and lists work, and none is changed", async () => {
  const { accounts, points: own, sent } = stub([json({ ...earned, accounts: [account] })]);
  const given = [
    { ...points, followedSocialMedia: undefined },
    { subject: "product-1", parameters: { deep: [1, { a: null }], id: 1, _id: 2 } },
    { contactIds: [ID], cursorPaging: { limit: 5 } },
    { search: { expression: "ada", fields: ["contact.name"] } },
  ].map(freeze);
  const before = structuredClone(given);
  const options = freeze({ idempotencyKey: "key", timeoutMs: 5_000 });
  await accounts.earnPoints(ID, given[0], options);
  await own.earn("review", given[1], options);
  await accounts.listAccounts(given[2]);
  await accounts.searchAccounts(given[3], freeze({ timeoutMs: 5_000 }));
  assert.deepEqual(given, before);
  assert.deepEqual(
    sent[1].body.parameters,
    before[1].parameters,
    "what is a page's own keeps its names",
  );
  assert.equal(sent.length, 4);
});

test("c07 arguments that throw when they are read reject", async () => {
  const hostile = [
    {
      get amount() {
        throw new Error("no");
      },
    },
    {
      toJSON() {
        throw "no";
      },
    },
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("no");
        },
      },
    ),
  ];
  for (const options of hostile) {
    const { accounts, sent } = stub([json(earned)]);
    const error = await rejection(accounts.adjustPoints(ID, options));
    assert.equal(error.code, "INVALID_ARGUMENT");
    assert.equal(sent.length, 0);
  }
});

test("c07 no call throws synchronously", async () => {
  const { accounts, points: own, coupons } = stub([json(earned)]);
  for (const run of [
    () => accounts.getAccount(),
    () => accounts.earnPoints(circle, circle, circle),
    () => own.earn(Symbol("x"), 5, 5),
    () => coupons.redeemPointsForCoupon(),
    () => accounts.queryLoyaltyAccounts(null),
    () => accounts.queryLoyaltyAccounts().eq().find("options"),
  ]) {
    const call = run();
    assert.equal(typeof call.then, "function");
    assert.equal((await rejection(call)).name, "LoyaltyError");
  }
});

test("what the wire says and JSON can't hold arrives", async () => {
  const { rewards, programs } = stub([
    json({
      rewards: [
        {
          id: ID,
          name: "x",
          createdDate: "2024-02-29T08:15:30.123Z",
          couponReward: { minimumSubtotal: "Infinity" },
        },
      ],
    }),
    json({
      loyaltyProgram: {
        status: "ACTIVE",
        pointDefinition: {
          icon: { id: "a.png", url: "u", width: 5, height: 6, filename: "é.png" },
        },
      },
    }),
  ]);
  const {
    rewards: [reward],
  } = await rewards.listRewards();
  assert.equal(reward.couponReward.minimumSubtotal, Infinity);
  assert.equal(reward._createdDate.getTime(), Date.parse("2024-02-29T08:15:30.123Z"));
  const { loyaltyProgram } = await programs.getLoyaltyProgram();
  assert.equal(
    loyaltyProgram.pointDefinition.icon,
    "wix:image://v1/a.png/%C3%A9.png#originWidth=5&originHeight=6",
  );
});
