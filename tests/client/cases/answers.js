// C4, C5, C6: what comes back, and what is made of it.
import { LoyaltyError, isLoyaltyError } from "loyalty-edge";
import { ID, account, json, never, rejection, stub } from "../stub.js";
import { check, same } from "./check.js";

const read = (answer) => {
  const { accounts } = stub([answer], { retryBudget: 0 });
  return rejection(accounts.getAccount(ID));
};
const withPoints = (points) => JSON.stringify({ account: { ...account, points } });

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

export const answers = {
  async "c04 an error says who failed, in our shape and in the official one"() {
    const body = { code: "LIMIT_REACHED", detail: "enough for today", requestId: "r-1" };
    const error = await read(json(body, 403));
    check(
      error instanceof LoyaltyError && error instanceof Error && isLoyaltyError(error),
      "class",
    );
    same(
      [error.name, error.code, error.status, error.retryable, error.requestId, error.message],
      ["LoyaltyError", "LIMIT_REACHED", 403, false, "r-1", "enough for today"],
      "what it says",
    );
    same(error.details.applicationError.code, "LIMIT_REACHED", "the official shape");
    same(error.response, { status: 403, data: body }, "the answer");
  },

  async "c04 HTML, redirects and opaque answers are no values"() {
    const bad = [
      [new Response("<html>502</html>", { status: 502 }), "UNAVAILABLE"],
      [new Response("<html>200</html>", { status: 200 }), "INVALID_RESPONSE"],
      [{ status: 0, type: "opaqueredirect", text: async () => "" }, "INVALID_RESPONSE"],
      [{ status: 0, type: "opaque", text: async () => "" }, "INVALID_RESPONSE"],
      [{ text: async () => "{}" }, "INVALID_RESPONSE"],
    ];
    for (const status of [201, 204, 301, 302, 304, 307])
      bad.push([{ status, text: async () => JSON.stringify({ account }) }, undefined]);
    for (const [answer, code] of bad) {
      const error = await read(answer);
      check(isLoyaltyError(error), error?.stack);
      if (code)
        check(error.code === code || error.status === 502, `${answer.status}: ${error.code}`);
    }
  },

  async "c04 a fetch that throws anything, or gives nothing, is a network error"() {
    for (const thrown of [
      new TypeError("lost"),
      "a string",
      5,
      null,
      undefined,
      Symbol("s"),
      Object.create(null),
    ]) {
      const { accounts } = stub([() => Promise.reject(thrown)], { retryBudget: 0 });
      const error = await rejection(accounts.getAccount(ID));
      same(error.code, "NETWORK_ERROR", typeof thrown);
      check(error.cause === thrown, "its cause");
    }
    for (const given of [undefined, null, {}, "text", 5]) {
      const { accounts } = stub([], { retryBudget: 0, fetch: async () => given });
      check(isLoyaltyError(await rejection(accounts.getAccount(ID))), typeof given);
    }
    const throwing = stub([], {
      retryBudget: 0,
      fetch: () => {
        throw "at once";
      },
    });
    same((await rejection(throwing.accounts.getAccount(ID))).code, "NETWORK_ERROR", "at once");
  },

  async "c04 a fetch that never settles ends in time"() {
    const { accounts } = stub([never]);
    same((await rejection(accounts.getAccount(ID, { timeoutMs: 30 }))).code, "TIMEOUT", "code");
  },

  async "c05 a failed read never looks like 0 points"() {
    for (const body of [
      "",
      "null",
      "[]",
      "{}",
      '{"account":null}',
      withPoints(undefined),
      withPoints({}),
      withPoints({ ...account.points, balance: null }),
      withPoints({ ...account.points, balance: "0" }),
      withPoints({ ...account.points, balance: 0.5 }),
      withPoints({ ...account.points, balance: 2 ** 60 }),
      "<html>0</html>",
      JSON.stringify({ account }).slice(0, -3),
      `${JSON.stringify({ account })}{}`,
    ]) {
      same((await read(new Response(body))).code, "INVALID_RESPONSE", body.slice(0, 40));
    }
  },

  async "c06 newer names and fields are kept, dates are Dates"() {
    const newer = { ...account, createdDate: "2024-02-29T08:15:30.123Z", mood: [{ id: 1 }] };
    const { accounts } = stub([
      json({ account: { ...newer, tier: { points: 1, kind: "GOLDEN" } } }),
    ]);
    const found = await accounts.getAccount(ID);
    same([found.tier.kind, found.mood], ["GOLDEN", [{ _id: 1 }]], "what is newer");
    check(found._createdDate instanceof Date, "a Date");
    same(found._createdDate.getTime(), 1_709_194_530_123, "the time");
  },

  async "c06 hostile and mutated answers give a value or an error, and never a trap"() {
    const deep = "[".repeat(100_000);
    for (const text of [deep, `{"account":${deep}`, '"'.padEnd(99_999, "\\"), "\0", "\ufeff{}"])
      check((await read(new Response(text))).code !== "INTERNAL", text.slice(0, 10));
    const next = random(20_261_126);
    const whole = JSON.stringify({ account });
    for (let left = 400; left > 0; left -= 1) {
      const at = Math.floor(next() * whole.length);
      const put = String.fromCharCode(Math.floor(next() * 128));
      const text = whole.slice(0, at) + put + whole.slice(at + Math.floor(next() * 3));
      const { accounts } = stub([{ status: 200, text: async () => text }], { retryBudget: 0 });
      const outcome = await accounts.getAccount(ID).catch((error) => error);
      const fine = outcome instanceof Error ? outcome.code === "INVALID_RESPONSE" : outcome._id;
      check(fine, `${text}: ${outcome}`);
    }
  },
};
