// Checked by the compiler alone: what must compile does, and what must not doesn't.
import {
  accounts,
  configure,
  coupons,
  createClient,
  isLoyaltyError,
  iterate,
  me,
  points,
  programs,
  rewards,
  tiers,
  transactions,
  type AccountId,
  type ContactId,
  type ErrorCode,
  type MemberId,
} from "loyalty-edge";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => {};

const id: string = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const client = createClient({ proxy: "/loyalty", token: async () => "token" });
configure({ proxy: "/loyalty" });

// Results.
const account = await accounts.getAccount(id);
same<Equal<typeof account, accounts.LoyaltyAccount>>();
same<Equal<typeof account._id, AccountId>>();
same<Equal<typeof account.points.balance, number>>();
same<Equal<typeof account._createdDate, Date | null | undefined>>();
same<Equal<typeof account.revision, string>>();
const earned = await accounts.earnPoints(id, { amount: 5, appId: "app", idempotencyKey: "key" });
same<Equal<typeof earned.transactionId, string>>();
const { account: own } = await client.accounts.getCurrentMemberAccount({ timeoutMs: 5_000 });
same<Equal<typeof own, accounts.LoyaltyAccount>>();
const transaction = await transactions.getLoyaltyTransaction(id);
same<Equal<typeof transaction.amount, number>>();
const { loyaltyProgram } = await programs.getLoyaltyProgram();
same<Equal<NonNullable<NonNullable<typeof loyaltyProgram.pointDefinition>["icon"]>, string>>();
const shown = await me({ include: ["account", "tiers"] });
same<Equal<keyof typeof shown, "account" | "tiers">>();
if (shown.account.error) {
  same<Equal<typeof shown.account.value, undefined>>();
} else {
  same<Equal<typeof shown.account.value.account, accounts.LoyaltyAccount>>();
}
// @ts-expect-error -- not asked for
void shown.rewards;
// @ts-expect-error -- may have failed: look at the error first
void shown.account.value.account;
// @ts-expect-error -- no such part
void me({ include: ["balance"] });
const { tiers: all } = await tiers.listTiers();
same<Equal<typeof all, tiers.Tier[]>>();
const reward = await rewards.getReward(id);
same<Equal<typeof reward.name, string>>();
const { coupon } = await coupons.redeemPointsForCoupon(id, { loyaltyAccountId: id });
same<Equal<typeof coupon.accountId, AccountId>>();

// Arguments.
await accounts.earnPoints(id, { amount: 5, appId: "app" }, { idempotencyKey: "key" });
await accounts.queryLoyaltyAccounts({
  filter: {
    "points.balance": { $gt: 100 },
    $or: [{ _createdDate: { $lt: new Date() } }, { memberId: null }],
  },
  sort: [{ fieldName: "points.balance", order: "DESC" }],
  cursorPaging: { limit: 10 },
});
await accounts.searchAccounts({ search: { expression: "ada", mode: accounts.Mode.AND } });
await accounts.listAccounts();
await accounts.countAccounts({ filter: { "points.balance": { $gt: 1 } } });
await points.earn("write-review", { subject: "product" }, { signal: new AbortController().signal });
await points.earn("daily-visit");
same<Equal<Awaited<ReturnType<typeof points.redeem>>, coupons.LoyaltyCoupon>>();
await points.redeem("reward", { idempotencyKey: "key", timeoutMs: 1_000 });
// @ts-expect-error the reward is required
await points.redeem();
const fluent = accounts
  .queryLoyaltyAccounts()
  .eq("_id", id)
  .ge("points.balance", 5)
  .descending("_createdDate");
const page = await fluent.limit(10).find({ timeoutMs: 1_000 });
same<Equal<typeof page.items, accounts.LoyaltyAccount[]>>();
const next: accounts.LoyaltyAccountsQueryResult = await page.next();
const assembled: accounts.LoyaltyAccountQuery = accounts
  .QueryBuilder()
  .withFilter(
    accounts.Filter.and(
      accounts.Filter("points.balance").gt(5),
      accounts.Filter("memberId").ne(null),
    ),
  )
  .withSorting(accounts.Sort("_createdDate").desc())
  .withPaging({ limit: 5 })
  .build();
await transactions.queryLoyaltyTransactions({ filter: { transactionType: "EARN" } });
for await (const one of points.history({ limit: 5 }))
  same<Equal<typeof one, transactions.LoyaltyTransaction>>();

// IDs: strings, of which one kind is not taken for another.
const plain: string = account._id;
const byKey: Record<string, number> = { [account._id]: account.points.balance };
await accounts.getAccount(plain);
await accounts.getAccount(account._id);
await accounts.getAccount(transaction.accountId);
await accounts.createAccount(account.contactId);
await accounts.listAccounts({ contactIds: [account.contactId, id] });
await accounts.getAccountBySecondaryId({ contactId: account.contactId });
await accounts.queryLoyaltyAccounts({ filter: { _id: { $in: [account._id, id] } } });
await coupons.redeemPointsForCoupon(reward._id ?? id, { loyaltyAccountId: account._id });
same<Equal<typeof account.contactId, ContactId>>();
same<Equal<NonNullable<typeof account.memberId>, MemberId>>();
// @ts-expect-error: an account's ID is no contact's
await accounts.createAccount(account._id);
// @ts-expect-error: a contact's ID is no account's
await accounts.getAccount(account.contactId);
// @ts-expect-error: a contact's ID is no account's
await accounts.earnPoints(account.contactId, { amount: 5, appId: "app" });
// @ts-expect-error: an account's ID is no contact's
await accounts.listAccounts({ contactIds: [account._id] });
// @ts-expect-error: a member's ID is no contact's
await accounts.getAccountBySecondaryId({ contactId: account.memberId as MemberId });
// @ts-expect-error: a contact's ID is no account's
await accounts.queryLoyaltyAccounts({ filter: { _id: { $in: [account.contactId] } } });
// @ts-expect-error: a contact's ID is no account's
await transactions.queryLoyaltyTransactions({ filter: { accountId: account.contactId } });
void [byKey];

// Lists, item by item.
const options = { limit: 5, pageSize: 10, signal: new AbortController().signal, timeoutMs: 1_000 };
for await (const one of iterate(
  accounts.queryLoyaltyAccounts,
  { filter: { "points.balance": { $gt: 5 } } },
  options,
))
  same<Equal<typeof one, accounts.LoyaltyAccount>>();
for await (const one of iterate(client.accounts.searchAccounts, {}))
  same<Equal<typeof one, accounts.LoyaltyAccount>>();
for await (const one of iterate(accounts.listAccounts, { contactIds: [id] }))
  same<Equal<typeof one, accounts.LoyaltyAccount>>();
for await (const one of iterate(accounts.queryLoyaltyAccounts().eq("_id", id), options))
  same<Equal<typeof one, accounts.LoyaltyAccount>>();
for await (const one of iterate(transactions.queryLoyaltyTransactions, {
  filter: { transactionType: "EARN" },
}))
  same<Equal<typeof one, transactions.LoyaltyTransaction>>();
for await (const one of iterate(coupons.queryLoyaltyCoupons))
  same<Equal<typeof one, coupons.LoyaltyCoupon>>();
for await (const one of iterate(coupons.getCurrentMemberCoupons, null, { limit: 1 }))
  same<Equal<typeof one, coupons.LoyaltyCoupon>>();
for await (const one of iterate(client.rewards.listRewards))
  same<Equal<typeof one, rewards.Reward>>();
for await (const one of iterate(rewards.queryRewards, {}))
  same<Equal<typeof one, rewards.Reward>>();
for await (const one of iterate(tiers.listTiers)) same<Equal<typeof one, tiers.Tier>>();
// @ts-expect-error no such field to filter by
iterate(accounts.queryLoyaltyAccounts, { filter: { balance: 5 } });
// @ts-expect-error no such option
iterate(accounts.queryLoyaltyAccounts, {}, { size: 5 });
// @ts-expect-error gives no list
iterate(accounts.getAccount, id);

// What a client can be told.
createClient({
  proxy: "/loyalty",
  token: (hint) => (hint?.refresh ? Promise.resolve("new") : "old"),
  reads: { staleMs: 5_000 },
  onRequest: ({ operation, attempt, path }) => void [operation, attempt, path],
  onResponse: ({ status, ms }) => same<Equal<typeof status | typeof ms, number>>(),
  onRetry: ({ waitMs, code }) => void [waitMs, code satisfies ErrorCode],
  onError: ({ code, retryable }) => void [code, retryable],
});
// @ts-expect-error a listener is told of no body
createClient({ proxy: "/loyalty", onRequest: ({ body }) => body });
await accounts.getAccount(id, { fresh: true });

// Names of a list are open: a newer one is no error.
const type: transactions.TransactionType = "SOMETHING_NEW";
same<Equal<typeof transactions.TransactionType.EARN, "EARN">>();

// Errors.
try {
  await accounts.getAccount(id);
} catch (error) {
  if (isLoyaltyError(error) && error.code === "NOT_FOUND") error.details?.applicationError?.code;
  // @ts-expect-error: no such code
  if (isLoyaltyError(error) && error.code === "NOT_A_CODE") throw error;
}
const code: ErrorCode = "TIMEOUT";

// What must not compile.
// @ts-expect-error: no option holds an elevated credential
createClient({ proxy: "/loyalty", apiKey: "…" });
// @ts-expect-error: the proxy is required
createClient({});
// @ts-expect-error: an amount is a number
await accounts.earnPoints(id, { amount: "5", appId: "app" });
// @ts-expect-error: the app is required
await accounts.earnPoints(id, { amount: 5 });
// @ts-expect-error: a page never names an amount
await points.earn("write-review", { amount: 5 });
// @ts-expect-error: no such field to filter by
await accounts.queryLoyaltyAccounts({ filter: { balance: 5 } });
// @ts-expect-error: a number is compared with a number
await accounts.queryLoyaltyAccounts({ filter: { "points.balance": { $gt: "5" } } });
// @ts-expect-error: no such field to sort by
accounts.queryLoyaltyAccounts().ascending("name");
// @ts-expect-error: the ID is required
await accounts.getAccount();
// @ts-expect-error: an option of a call, misspelt
await accounts.getAccount(id, { timeout: 5 });

export { assembled, code, next, type };
