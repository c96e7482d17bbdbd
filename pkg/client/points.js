// What the package offers beyond the API: points for named deeds, redeeming in one step, and the caller's history.
import {
  getCurrentMemberCoupons,
  redeemCurrentMemberPointsForCoupon,
} from "../generated/operations/coupons.js";
import { queryLoyaltyTransactions } from "../generated/operations/transactions.js";
import { iterate } from "./iterate.js";
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
        fresh: true,
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
export function history(options) {
  const sort = [{ fieldName: "_createdDate", order: "DESC" }];
  return iterate(queryLoyaltyTransactions.bind(this), { sort }, options);
}
