// What the package offers beyond the API: points for named deeds, redeeming in one step, and the caller's history.
import {
  getCurrentMemberCoupons,
  redeemCurrentMemberPointsForCoupon,
} from "../generated/operations/coupons.js";
import { queryLoyaltyTransactions } from "../generated/operations/transactions.js";
import { LoyaltyError } from "./errors.js";
import { wait } from "./wait.js";

export { earn } from "../generated/operations/points.js";

/** How long to look after a coupon in the making, and how long to wait between looks at first. */
const MAKING_MS = 10_000;
const FIRST_LOOK_MS = 100;

/**
 * Redeems the caller's points and waits for the coupon. Once the redemption was taken it never rejects: an error
 * would say that it may be tried again.
 *
 * @type {typeof import("./index.js").points.redeem}
 * @this {unknown}
 */
export async function redeem(rewardId, options) {
  const { signal, timeoutMs = MAKING_MS } = options ?? {};
  const began = Date.now();
  const left = () => Math.min(timeoutMs, MAKING_MS) - (Date.now() - began);
  let { coupon } = await redeemCurrentMemberPointsForCoupon.call(this, rewardId, options);
  for (let pause = FIRST_LOOK_MS; coupon.status === "PENDING" && left() > pause; pause *= 2) {
    try {
      await wait(pause, signal);
      const { loyaltyCoupons } = await getCurrentMemberCoupons.call(this, {
        signal,
        timeoutMs: Math.max(left(), 1),
      });
      coupon = loyaltyCoupons.find(({ _id }) => _id === coupon._id) ?? coupon;
    } catch {
      break;
    }
  }
  return coupon;
}

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
