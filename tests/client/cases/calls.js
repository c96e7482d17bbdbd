// C1, C2, C3, C7: what leaves, how often, and how it ends.
import { ID, account, earned, json, never, rejection, stub } from "../stub.js";
import { check, same } from "./check.js";

const REWARD = "a4c3e2d1-8f7b-4d6c-9e5a-1b2c3d4e5f60";
// Made when it is asked for: workerd makes no answers while it loads.
const busy = () => json({ code: "UNAVAILABLE" }, 503);
const points = { amount: 5, appId: "app" };
const keysOf = (sent) => sent.map(({ headers }) => headers["Idempotency-Key"]);

const REASONS = [undefined, "a string", 5, null, new Error("why"), Symbol("s"), { code: 1 }];
const MOMENTS = {
  "while the token is fetched": () => stub([json({ account })], { token: never }),
  "while a refused token is renewed": () =>
    stub([json({}, 401)], { token: (hint) => (hint ? never() : "old") }),
  "while the request is on its way": () => stub([never]),
  "while the body is read": () => stub([{ status: 200, text: never }]),
  "in backoff": () => stub([json({ code: "RATE_LIMITED" }, 429, { "Retry-After": "20" })]),
};

const circle = {};
circle.self = circle;

export const calls = {
  async "c01 a filled-in key is in body and header, and the same on every attempt"() {
    const { accounts, sent } = stub([busy, new TypeError("lost"), json(earned)]);
    await accounts.earnPoints(ID, points);
    const keys = new Set([...keysOf(sent), ...sent.map(({ body }) => body.idempotencyKey)]);
    same([sent.length, keys.size], [3, 1], "requests and keys");
    check(/^[0-9a-f-]{36}$/.test([...keys][0]), [...keys]);
  },

  async "c01 a key of the caller's is sent, repeated with a new token, and on the error"() {
    const token = (hint) => (hint ? "new" : "old");
    const answers = [json({}, 401), json({ code: "PERMISSION_DENIED" }, 403)];
    const { points: own, sent } = stub(answers, { token });
    const error = await rejection(own.earn("daily-visit", {}, { idempotencyKey: "click-1" }));
    same(keysOf(sent), ["click-1", "click-1"], "keys");
    same(error.idempotencyKey, "click-1", "the error's key");
  },

  async "c02 what may be repeated is repeated, at most three times in all"() {
    for (const answer of [
      new TypeError("lost"),
      json({}, 429),
      new Response("<html>", { status: 502 }),
      busy,
      json({ code: "IN_PROGRESS", retryable: true }, 409),
    ]) {
      const { accounts, sent } = stub([answer]);
      await rejection(accounts.getAccount(ID));
      same(sent.length, 3, "requests");
    }
  },

  async "c02 what may not be repeated is sent once"() {
    for (const answer of [
      json({}, 400),
      json({}, 500),
      json({ code: "UNAVAILABLE", retryable: false }, 503),
      new Response("{", { status: 200 }),
    ]) {
      const { points: own, sent } = stub([answer]);
      await rejection(own.earn("daily-visit"));
      same(sent.length, 1, "requests");
    }
  },

  async "c02 bulk and redeem are never repeated, and a lost one is unknown"() {
    for (const run of [
      ({ accounts }) => accounts.bulkAdjustPoints({ amount: 1 }),
      ({ coupons }) => coupons.redeemCurrentMemberPointsForCoupon(REWARD),
    ]) {
      const lost = stub([new TypeError("lost")]);
      same((await rejection(run(lost))).code, "OUTCOME_UNKNOWN", "lost");
      const refused = stub([json({}, 401)], { token: (hint) => (hint ? "new" : "old") });
      same((await rejection(run(refused))).code, "UNAUTHENTICATED", "refused");
      same([lost.sent.length, refused.sent.length], [1, 1], "requests");
    }
  },

  async "c02 Retry-After is heeded as seconds and as a date"() {
    const wait = async (value) => {
      const { accounts, sent } = stub([json({}, 429, { "Retry-After": value }), json({ account })]);
      const began = Date.now();
      await accounts.getAccount(ID);
      same(sent.length, 2, "requests");
      return Date.now() - began;
    };
    const waits = [wait("1"), wait(new Date(Date.now() + 2_000).toUTCString())];
    for (const ms of await Promise.all(waits)) check(ms > 800 && ms < 6_000, `${ms} ms`);
    const { accounts, sent } = stub([json({}, 429, { "Retry-After": "86400" })]);
    const error = await rejection(accounts.getAccount(ID));
    same([error.code, sent.length], ["RATE_LIMITED", 1], "a wait that no call outlasts");
  },

  async "c03 an abort at every moment cancels, with every kind of reason"() {
    for (const [moment, make] of Object.entries(MOMENTS)) {
      for (const reason of REASONS) {
        const { accounts } = make();
        const controller = new AbortController();
        const call = rejection(accounts.getAccount(ID, { signal: controller.signal }));
        setTimeout(() => controller.abort(reason), 5);
        const error = await call;
        same([error.code, error.retryable], ["CANCELLED", false], moment);
        check(error.cause === controller.signal.reason, `${moment}: the reason`);
      }
    }
    const { accounts, sent } = stub([json({ account })]);
    const error = await rejection(accounts.getAccount(ID, { signal: AbortSignal.abort("early") }));
    same([error.code, error.cause, sent.length], ["CANCELLED", "early", 0], "aborted before");
  },

  async "c03 the time covers token, request and body"() {
    for (const [moment, make] of Object.entries(MOMENTS)) {
      if (moment === "in backoff") continue;
      const error = await rejection(make().accounts.getAccount(ID, { timeoutMs: 30 }));
      same([error.code, error.retryable], ["TIMEOUT", true], moment);
    }
  },

  async "c07 numbers that are none are refused by their path, and nothing is sent"() {
    const { accounts, sent } = stub([json(earned)]);
    for (const amount of [NaN, Infinity, 1.5, "5", 2 ** 53, 10n, circle, 0, -1, new Date(NaN)]) {
      const error = await rejection(accounts.earnPoints(ID, { ...points, amount }));
      same(error.code, "INVALID_ARGUMENT", typeof amount);
      same(
        error.violations.map(({ field }) => field),
        ["options.amount"],
        typeof amount,
      );
    }
    same(sent.length, 0, "requests");
  },

  async "c07 all violations at once"() {
    const { accounts } = stub([json(earned)]);
    const call = accounts.earnPoints("x", { amount: 0, description: "", extra: 1 });
    const fields = (await rejection(call)).violations.map(({ field }) => field).sort();
    const expected = ["amount", "appId", "description", "extra"].map((name) => `options.${name}`);
    same(fields, ["accountId", ...expected], "fields");
  },

  async "c07 frozen arguments work, and none is changed"() {
    const make = () => ({
      filter: Object.freeze({ _id: ID, _createdDate: Object.freeze({ $lt: new Date(0) }) }),
      sort: Object.freeze([Object.freeze({ fieldName: "_createdDate", order: "ASC" })]),
    });
    const { accounts, sent } = stub([json({ loyaltyAccounts: [account] })]);
    const query = Object.freeze(make());
    await accounts.queryLoyaltyAccounts(query);
    same(query, make(), "the caller's query");
    same(
      sent[0].body.query.filter,
      { id: ID, createdDate: { $lt: "1970-01-01T00:00:00.000Z" } },
      "the filter that was sent",
    );
  },

  async "c07 no call throws at once"() {
    const { accounts, points: own, coupons, me } = stub([json(earned)]);
    for (const run of [
      () => accounts.getAccount(),
      () => accounts.earnPoints(circle, circle, circle),
      () => own.earn(Symbol("x"), 5, 5),
      () => coupons.redeemPointsForCoupon(),
      () => accounts.queryLoyaltyAccounts(null),
      () => me({ include: "everything" }),
    ]) {
      same((await rejection(run())).name, "LoyaltyError", run);
    }
  },
};
