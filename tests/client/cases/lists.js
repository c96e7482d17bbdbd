// C8, C9: lists item by item, and reads that are shared.
import { iterate } from "loyalty-edge";
import { ID, account, earned, json, rejection, stub } from "../stub.js";
import { check, same } from "./check.js";

const idOf = (number) => `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;
const page = (numbers, next) =>
  json({
    loyaltyAccounts: numbers.map((number) => ({ ...account, id: idOf(number) })),
    pagingMetadata: { cursors: { next } },
  });
async function numbers(items) {
  const found = [];
  for await (const { _id } of items) found.push(Number(_id.slice(0, 8)));
  return found;
}

const shared = (more) => ({ token: "ada", reads: { staleMs: 60_000 }, ...more });
const balance = (points) =>
  json({ account: { ...account, points: { ...account.points, balance: points } } });

export const lists = {
  async "c08 each item once, over pages that overlap and one that is empty"() {
    const { accounts, sent } = stub([page([1, 2], "a"), page([], "b"), page([2, 3])]);
    same(await numbers(iterate(accounts.queryLoyaltyAccounts, {})), [1, 2, 3], "items");
    same(sent.length, 3, "pages");
  },

  async "c08 it stops where the loop does, and at its limit"() {
    const { accounts, sent } = stub([page([1, 2, 3], "a"), page([4])]);
    const items = iterate(accounts.queryLoyaltyAccounts, {});
    for await (const { _id } of items) if (_id === idOf(2)) break;
    same(await numbers(items), [], "after the break");
    same(await numbers(iterate(accounts.queryLoyaltyAccounts(), { limit: 0 })), [], "limit 0");
    same(sent.length, 1, "pages");
  },

  async "c08 a cursor that comes again is an error"() {
    const { accounts } = stub([page([1], "a"), page([2], "a")]);
    const error = await rejection(numbers(iterate(accounts.queryLoyaltyAccounts, {})));
    same(error.code, "INVALID_RESPONSE", "code");
  },

  async "c08 an abort ends it, and a page that failed can be read again"() {
    const controller = new AbortController();
    const { accounts } = stub([page([1, 2], "a"), json({ code: "NOT_FOUND" }, 404), page([3])]);
    const items = iterate(accounts.queryLoyaltyAccounts, {}, { signal: controller.signal });
    same((await rejection(numbers(items))).code, "NOT_FOUND", "the page");
    same((await items.next()).value._id, idOf(3), "the page again");
    controller.abort("enough");
    const error = await rejection(items.next());
    same([error.code, error.cause], ["CANCELLED", "enough"], "the abort");
  },

  async "c09 the same reads at once are one request, each with its own value"() {
    const { accounts, sent } = stub([json({ account })], shared());
    const all = await Promise.all(Array.from({ length: 20 }, () => accounts.getAccount(ID)));
    same([sent.length, new Set(all).size], [1, 20], "requests and values");
  },

  async "c09 another token sees nothing of the former one's"() {
    let token = "ada";
    const answers = [1, 2, 3].map(balance);
    const { accounts, sent } = stub(answers, shared({ token: () => token }));
    const read = async () => (await accounts.getAccount(ID)).points.balance;
    same(await read(), 1, "ada's");
    token = "ben";
    same(await read(), 2, "ben's");
    token = "ada";
    same(await read(), 3, "ada's, signed in again");
    token = null;
    await read();
    same("Authorization" in sent.at(-1).headers, false, "a visitor's");
  },

  async "c09 a write drops what is kept, and failures are not kept"() {
    const { accounts, points, sent } = stub(
      [balance(1), json(earned), json({ code: "NOT_FOUND" }, 404), balance(2)],
      shared(),
    );
    await accounts.getAccount(ID);
    await points.earn("daily-visit");
    same((await rejection(accounts.getAccount(ID))).code, "NOT_FOUND", "after the write");
    same((await accounts.getAccount(ID)).points.balance, 2, "after the failure");
    same(sent.length, 4, "requests");
  },

  async "c09 a token that can't be had is never a visitor's call"() {
    for (const token of [
      () => Promise.reject(new Error("gone")),
      (hint) => (hint ? undefined : "old"),
    ]) {
      const { accounts, sent } = stub([json({}, 401)], { token });
      same((await rejection(accounts.getAccount(ID))).code, "UNAUTHENTICATED", "code");
      check(
        sent.every(({ headers }) => headers.Authorization === "Bearer old"),
        "no request without a token",
      );
    }
  },
};
