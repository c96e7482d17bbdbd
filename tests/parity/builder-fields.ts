// The fields that each method of the builders takes, by the official types and by ours: the same, but for two names.
// Ours also know `tier._id`, as results have it; the official `contact.id` is no field of the service's own list of
// what `queryLoyaltyAccounts` filters by, and is refused before the network.
import type { accounts, coupons, transactions } from "@wix/loyalty";
import type {
  accounts as ownAccounts,
  coupons as ownCoupons,
  transactions as ownTransactions,
} from "loyalty-edge";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => {};

type Methods =
  | "eq"
  | "ne"
  | "ge"
  | "gt"
  | "le"
  | "lt"
  | "startsWith"
  | "hasSome"
  | "in"
  | "exists"
  | "ascending"
  | "descending";
/** What a builder's method takes as a field. */
type Fields<
  Builder extends Record<Methods, (...args: any[]) => any>,
  Method extends Methods,
> = Parameters<Builder[Method]>[0];
type Compared<Official extends Record<Methods, any>, Ours extends Record<Methods, any>> = {
  [Method in Methods]: Equal<
    Exclude<Fields<Official, Method>, "contact.id">,
    Exclude<Fields<Ours, Method>, "tier._id">
  >;
};
type All = Record<Methods, true>;

same<
  Equal<
    Compared<accounts.LoyaltyAccountsQueryBuilder, ownAccounts.LoyaltyAccountsQueryBuilder>,
    All
  >
>();
same<
  Equal<
    Compared<
      transactions.LoyaltyTransactionsQueryBuilder,
      ownTransactions.LoyaltyTransactionsQueryBuilder
    >,
    All
  >
>();
same<
  Equal<Compared<coupons.LoyaltyCouponsQueryBuilder, ownCoupons.LoyaltyCouponsQueryBuilder>, All>
>();

declare const own: ownAccounts.LoyaltyAccountsQueryBuilder;
own.eq("tier._id", "a").eq("tier.id", "a");
// @ts-expect-error: a date is no text
own.startsWith("_createdDate", "2024");
declare const coupon: ownCoupons.LoyaltyCouponsQueryBuilder;
// @ts-expect-error: a status has no order
coupon.gt("status", "ACTIVE");
// @ts-expect-error: no field of accounts
own.ascending("name");
