// What the proxy offers beyond the API: points for named deeds, and the caller's own history.
import { queryLoyaltyTransactions } from "../generated/operations/transactions.js";
import { LoyaltyError } from "./errors.js";

export { earn } from "../generated/operations/points.js";

/**
 * The caller's transactions, the newest first.
 *
 * @type {typeof import("./index.js").points.history}
 * @this {unknown}
 */
export async function* history({ limit = Infinity, pageSize = 50, ...options } = {}) {
  const seen = new Set();
  const cursors = new Set();
  let query = {
    sort: [{ fieldName: "_createdDate", order: "DESC" }],
    cursorPaging: { limit: pageSize },
  };
  for (;;) {
    const { loyaltyTransactions, pagingMetadata } = await queryLoyaltyTransactions.call(
      this,
      query,
      options,
    );
    for (const transaction of loyaltyTransactions) {
      // A transaction that is added while we read shifts the pages behind it.
      if (seen.has(transaction._id)) continue;
      if (seen.size >= limit) return;
      seen.add(transaction._id);
      yield transaction;
    }
    const cursor = pagingMetadata?.cursors?.next;
    if (!cursor || seen.size >= limit) return;
    if (cursors.has(cursor)) {
      throw new LoyaltyError("INVALID_RESPONSE", "The proxy gave the same cursor twice.");
    }
    cursors.add(cursor);
    query = { cursorPaging: { limit: pageSize, cursor } };
  }
}
