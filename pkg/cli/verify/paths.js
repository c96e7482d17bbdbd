/** The upstream's paths, as they lie under a proxy's URL. */
export const ACCOUNTS = "/loyalty-accounts/v1/accounts";
export const TRANSACTIONS = "/loyalty-transactions/v1/loyalty-transactions";
export const COUPONS = "/loyalty-coupons/v1/coupons";
export const REWARDS = "/loyalty-rewards/v1/rewards";
export const PROGRAM = "/loyalty-programs/v1/program";
