// What the package offers beyond the API: points for named deeds, redeeming in one step, and the caller's history.
import {
  getCurrentMemberCoupons,
  redeemCurrentMemberPointsForCoupon,
} from "../generated/operations/coupons.js";
import { queryLoyaltyTransactions } from "../generated/operations/transactions.js";
import { parsed } from "./answer.js";
import { call } from "./call.js";
import { iterate } from "./iterate.js";
import { requestOf } from "./request.js";
import { loaded, wait } from "./wait.js";

export { earn } from "../generated/operations/points.js";

/**
 * What an action would pay now.
 *
 * @type {typeof import("./index.js").points.preview}
 * @this {unknown}
 */
export async function preview(action, request, options) {
  const { previewOf } = await loaded(import("./preview.js"));
  return previewOf({ call, parsed, requestOf }, this, action, request, options);
}

/**
 * Redeems the caller's points and waits for the coupon. Once the redemption was taken it never rejects: an error
 * would say that it may be tried again.
 *
 * @type {typeof import("./index.js").points.redeem}
 * @this {unknown}
 */
export async function redeem(rewardId, options) {
  const began = Date.now();
  const { coupon } = await redeemCurrentMemberPointsForCoupon.call(this, rewardId, options);
  try {
    const { made } = await import("./making.js");
    return await made(coupon, began, options, wait, getCurrentMemberCoupons.bind(this));
  } catch {
    // What waits did not load: the coupon is as the redemption left it.
    return coupon;
  }
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
