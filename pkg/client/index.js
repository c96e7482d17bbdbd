// loyalty-edge: the Wix loyalty functions for any page, without a credential in it.
export * as accounts from "../generated/accounts.js";
export * as coupons from "../generated/coupons.js";
export * as points from "./points.js";
export * as programs from "../generated/programs.js";
export * as rewards from "../generated/rewards.js";
export * as tiers from "../generated/tiers.js";
export * as transactions from "../generated/transactions.js";
export { configure, createClient } from "./client.js";
export { init } from "./core.js";
export { iterate } from "./iterate.js";
export { me } from "./me.js";
export { LoyaltyError, isLoyaltyError } from "./errors.js";
