// Code as it is written for the official client's `accounts`, every function of it. The test compiles it as it stands,
// and once more with nothing changed but the module that it imports.
import { accounts } from "@wix/loyalty";

declare const accountId: string;
declare const contactId: string;
declare const memberId: string;

export async function reads(): Promise<number> {
  const account = await accounts.getAccount(accountId);
  const id: string = account._id!;
  const balance: number = account.points?.balance ?? 0;
  const created: Date | null | undefined = account._createdDate;
  const revision: string = account.revision ?? "1";
  const { account: mine } = await accounts.getCurrentMemberAccount();
  const { account: byContact } = await accounts.getAccountBySecondaryId({ contactId });
  const { account: byMember } = await accounts.getAccountBySecondaryId({ memberId });
  const totals = await accounts.getProgramTotals();
  const inTiers: number = (totals.tierTotals ?? []).reduce(
    (sum, { numberOfAccounts }) => sum + (numberOfAccounts ?? 0),
    0,
  );
  void [id, created, revision, byContact?.contact?.name, byMember?.tier?._id];
  return balance + (mine?.points?.balance ?? 0) + inTiers + (totals.points?.earned ?? 0);
}

export async function writes(options: accounts.EarnPointsOptions): Promise<string | undefined> {
  const { account } = await accounts.createAccount(contactId);
  if (account?._id === undefined) throw new Error("no account");
  await accounts.earnPoints(account._id, { ...options, appId: "app", idempotencyKey: "key" });
  await accounts.earnPoints(account._id, {
    amount: 50,
    appId: "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
    idempotencyKey: crypto.randomUUID(),
    description: "A review",
    activityType: "review",
  });
  const set: accounts.AdjustPointsOptions = {
    balance: 10,
    description: "Set",
    ...(account.revision ? { revision: account.revision } : {}),
  };
  const adjusted = await accounts.adjustPoints(account._id, set);
  await accounts.adjustPoints(account._id, { amount: -5 });
  const job: accounts.BulkAdjustPointsResponse = await accounts.bulkAdjustPoints({
    amount: 5,
    search: { filter: { "points.balance": { $gt: 100 } } },
  });
  return adjusted.transactionId ?? job.asyncJobId ?? undefined;
}

export async function lists(): Promise<accounts.LoyaltyAccount[]> {
  const page = await accounts.listAccounts({
    contactIds: [contactId],
    cursorPaging: { limit: 10 },
  });
  const cursor = page.pagingMetadata?.cursors?.next;
  const second = await accounts.listAccounts(
    typeof cursor === "string" ? { cursorPaging: { cursor, limit: 10 } } : {},
  );
  const { count } = await accounts.countAccounts({
    filter: { "points.balance": { $gte: 1 } },
    search: { expression: "ada", mode: accounts.Mode.AND, fields: ["contact.name"] },
  });
  const found: accounts.SearchAccountsResponse = await accounts.searchAccounts({
    filter: { lastActivityDate: { $lt: new Date() } },
    search: { expression: "ada", fuzzy: true },
    sort: [{ fieldName: "points.balance", order: accounts.SortOrder.DESC }],
    cursorPaging: { limit: 5 },
    aggregations: [
      {
        type: accounts.AggregationType.SCALAR,
        fieldPath: "points.balance",
        scalar: { type: accounts.ScalarType.MAX },
      },
    ],
  });
  const sum = found.aggregationData?.results?.[0]?.scalar?.value;
  void [count, sum];
  return [...(page.accounts ?? []), ...(second.accounts ?? []), ...(found.accounts ?? [])];
}

export async function queries(): Promise<accounts.LoyaltyAccount[]> {
  const builder: accounts.LoyaltyAccountsQueryBuilder = accounts.queryLoyaltyAccounts();
  const result: accounts.LoyaltyAccountsQueryResult = await builder
    .eq("_id", accountId)
    .ne("memberId", memberId)
    .ge("points.balance", 1)
    .gt("points.earned", 1)
    .le("points.adjusted", 1)
    .lt("points.redeemed", 1)
    .startsWith("contactId", "ab")
    .hasSome("tier.id", ["a", "b"])
    .in("points.expired", [1, 2])
    .exists("pointsExpiration.expirationDate", true)
    .ascending("_createdDate", "lastActivityDate")
    .descending("pointsExpiration.expiringPointsAmount")
    .limit(20)
    .skipTo("cursor")
    .find();
  const all = [...result.items];
  const size: number = result.length + result.pageSize;
  const next: string | null | undefined = result.cursors.next;
  if (result.hasNext()) all.push(...(await result.next()).items);
  if (result.hasPrev()) all.push(...(await result.prev()).items);
  void [size, next, result.query.limit(5)];
  return all;
}

export async function typed(): Promise<accounts.LoyaltyAccount[]> {
  const query: accounts.LoyaltyAccountQuery = accounts
    .QueryBuilder()
    .withFilter(
      accounts.Filter.and(
        accounts.Filter("points.balance").gt(5),
        accounts.Filter("contactId").ne(contactId),
      ),
    )
    .withSorting(accounts.Sort("points.balance").desc())
    .build();
  const { loyaltyAccounts } = await accounts.queryLoyaltyAccounts(query);
  const plain = await accounts.queryLoyaltyAccounts({
    filter: {
      "points.balance": { $gt: 5 },
      $or: [{ _id: accountId }, { contactId: { $in: [contactId] } }],
    },
    sort: [{ fieldName: "points.balance", order: "DESC" }],
    cursorPaging: { limit: 10 },
  });
  return [...(loyaltyAccounts ?? []), ...(plain.loyaltyAccounts ?? [])];
}

export async function failures(): Promise<string | undefined> {
  try {
    await accounts.getAccount(accountId);
    return undefined;
  } catch (error: any) {
    return (
      error.details?.applicationError?.code ??
      error.details?.validationError?.fieldViolations?.[0]?.field
    );
  }
}
