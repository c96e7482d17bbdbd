//! The 12 methods of accounts.

use super::{EmptyRequest, endpoint};
use crate::fields::{ACCOUNTS_QUERY, ACCOUNTS_SEARCH, ACCOUNTS_SEARCHABLE};
use crate::record::record;
use crate::types::{
    AggregationData, CursorPaging, CursorPagingMetadata, CursorQuery, CursorSearch, FollowedSocialMedia,
    LoyaltyAccount, PagingMetadataV2, Points, SearchDetails, TierTotal,
};
use crate::{Guid, values::Int64, values::RawFilter};
use alloc::{string::String, vec::Vec};

record! {
    /// Which contact gets an account.
    pub struct CreateAccountRequest {
        /// ID of the contact.
        contact_id as "contactId": Guid,
    }
}
record! {
    /// One account.
    pub struct AccountResponse {
        /// The account.
        account as "account": LoyaltyAccount,
    }
}
endpoint! {
    /// Creates a loyalty account for a contact of the site.
    /// The contact must exist and the program must be active.
    CreateAccount(CreateAccountRequest) -> AccountResponse {
        Post "/loyalty-accounts/v1/accounts", "createAccount" in Accounts,
        args: &[Field { js: "contactId", wire: "contactId", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.MANAGE_ACCOUNTS",
        effect: Write(Retry::HeaderKey),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/create-account",
    }
}

record! {
    /// Points that an account earns, and for what.
    pub struct EarnPointsRequest {
        /// Account ID.
        account_id as "accountId": Guid,
        /// Points to add, 1 to 9,999,999.
        amount as "amount": i64 [Range(1, 9_999_999)],
        /// Text for people, 1 to 100 characters.
        description as "description": Option<String> [Len(1, 100)],
        /// ID of the app that gives them, 1 to 100 characters.
        app_id as "appId": String [Len(1, 100)],
        /// The key that keeps it from happening twice: 1 to 128 characters, a GUID by preference.
        idempotency_key as "idempotencyKey": String [Len(1, 128)],
        /// The activity, in the app's words, up to 100 characters.
        activity_type as "activityType": Option<String> [Len(0, 100)],
        /// The order that earns them, up to 512 characters.
        order_id as "orderId": Option<String> [Len(0, 512)],
        /// The social channel that was followed.
        followed_social_media as "followedSocialMedia": Option<FollowedSocialMedia>,
    }
}
record! {
    /// The account after its points moved, and the transaction that moved them.
    pub struct PointsResponse {
        /// The account, with its new balance and revision.
        account as "account": LoyaltyAccount,
        /// ID of the transaction.
        transaction_id as "transactionId": Guid,
    }
}
endpoint! {
    /// Adds points to an account.
    /// The same `idempotencyKey` never pays the same account twice.
    EarnPoints(EarnPointsRequest) -> PointsResponse {
        Post "/loyalty-accounts/v1/accounts/{accountId}/earn-points", "earnPoints" in Accounts,
        args: &[
            Field { js: "accountId", wire: "accountId", optional: false },
            Spread { js: "options", optional: true },
        ],
        unwrap: None,
        identity: App "LOYALTY.MANAGE_ACCOUNTS",
        effect: Write(Retry::BodyKey),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/earn-points",
    }
}

record! {
    /// A new balance, or a change of it.
    pub struct AdjustPointsRequest {
        /// Account ID.
        account_id as "accountId": Guid,
        /// Text for people, 1 to 100 characters.
        description as "description": Option<String> [Len(1, 100)],
        /// The balance to set, 0 to 999,999,999 points. Wins over `amount`.
        balance as "balance": Option<i64> [Range(0, 999_999_999)],
        /// The change, -9,999,999 to 9,999,999 points and not 0.
        amount as "amount": Option<i64> [Range(-9_999_999, 9_999_999), NonZero],
        /// The revision that you have read. A stale one is refused with `REVISION_CONFLICT`.
        revision as "revision": Option<Int64> [Range(1, i64::MAX)],
    }
    rules [AtLeastOne(&["balance", "amount"])]
}
endpoint! {
    /// Sets or changes an account's balance.
    /// The balance never goes below 0, and the change counts in `points.adjusted`.
    AdjustPoints(AdjustPointsRequest) -> PointsResponse {
        Post "/loyalty-accounts/v1/accounts/{accountId}/adjust-points", "adjustPoints" in Accounts,
        args: &[
            Field { js: "accountId", wire: "accountId", optional: false },
            Spread { js: "options", optional: true },
        ],
        unwrap: None,
        identity: App "LOYALTY.MANAGE_ACCOUNTS",
        effect: Write(Retry::HeaderKey),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/adjust-points",
    }
}

record! {
    /// Which account.
    pub struct GetAccountRequest {
        /// Account ID.
        id as "id": Guid,
    }
}
endpoint! {
    /// Reads an account by its ID.
    GetAccount(GetAccountRequest) -> AccountResponse {
        Get "/loyalty-accounts/v1/accounts/{id}", "getAccount" in Accounts,
        args: &[Field { js: "_id", wire: "id", optional: false }],
        unwrap: Some("account"),
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-account",
    }
}

record! {
    /// The points of the whole program.
    pub struct GetProgramTotalsResponse {
        /// The sums over all accounts.
        points as "points": Points,
        /// The number of accounts in each tier.
        tier_totals as "tierTotals": Vec<TierTotal>,
    }
}
endpoint! {
    /// Reads the sums over all accounts of the program.
    GetProgramTotals(EmptyRequest) -> GetProgramTotalsResponse {
        Get "/loyalty-accounts/v1/accounts/program-totals", "getProgramTotals" in Accounts,
        args: &[],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-program-totals",
    }
}

endpoint! {
    /// Reads the signed-in member's account.
    /// A member who has none gets `ACCOUNT_NOT_FOUND`, never a balance of 0.
    GetCurrentMemberAccount(EmptyRequest) -> AccountResponse {
        Get "/loyalty-accounts/v1/accounts/my-account", "getCurrentMemberAccount" in Accounts,
        args: &[],
        unwrap: None,
        identity: AppOrMember "LOYALTY.READ_OWN_ACCOUNT",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-current-member-account",
    }
}

record! {
    /// Whose account: a contact's or a member's.
    pub struct GetAccountBySecondaryIdRequest {
        /// Contact ID, up to 50 characters.
        contact_id as "contactId": Option<String> [Len(1, 50)],
        /// Member ID, up to 50 characters.
        member_id as "memberId": Option<String> [Len(1, 50)],
    }
    rules [ExactlyOne(&["contactId", "memberId"])]
}
endpoint! {
    /// Reads the account of a contact or of a member.
    GetAccountBySecondaryId(GetAccountBySecondaryIdRequest) -> AccountResponse {
        Get "/loyalty-accounts/v1/accounts/fetch-by", "getAccountBySecondaryId" in Accounts,
        args: &[Spread { js: "options", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-account-by-secondary-id",
    }
}

record! {
    /// Which accounts, how many, from where.
    pub struct ListAccountsRequest {
        /// Only the accounts of these contacts, up to 50.
        contact_ids as "contactIds": Option<Vec<Guid>> [Len(0, 50)],
        /// How many, from where.
        cursor_paging as "cursorPaging": Option<CursorPaging>,
    }
}
record! {
    /// A page of accounts.
    pub struct ListAccountsResponse {
        /// The accounts.
        accounts as "accounts": Vec<LoyaltyAccount>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<PagingMetadataV2>,
    }
}
endpoint! {
    /// Lists accounts.
    /// Deprecated upstream: use `queryLoyaltyAccounts` or `searchAccounts`.
    ListAccounts(ListAccountsRequest) -> ListAccountsResponse {
        Get "/loyalty-accounts/v1/accounts", "listAccounts" in Accounts,
        args: &[Spread { js: "options", optional: true }],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        deprecated: true,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/list-accounts",
    }
}

record! {
    /// A query over accounts.
    pub struct QueryLoyaltyAccountsRequest {
        /// Filter, order and page.
        query as "query": CursorQuery,
    }
}
record! {
    /// A page of accounts.
    pub struct QueryLoyaltyAccountsResponse {
        /// The accounts.
        loyalty_accounts as "loyaltyAccounts": Vec<LoyaltyAccount>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<CursorPagingMetadata>,
    }
}
endpoint! {
    /// Finds accounts by their ids, points and dates.
    /// Pages hold 50 accounts unless told otherwise, the newest first.
    QueryLoyaltyAccounts(QueryLoyaltyAccountsRequest) -> QueryLoyaltyAccountsResponse {
        Post "/loyalty-accounts/v1/accounts/query", "queryLoyaltyAccounts" in Accounts,
        args: &[Field { js: "query", wire: "query", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        fields: ACCOUNTS_QUERY,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/query-loyalty-accounts",
    }
}

record! {
    /// A search over accounts.
    pub struct SearchAccountsRequest {
        /// Filter, words, order, page and aggregations.
        search as "search": CursorSearch,
    }
}
record! {
    /// A page of accounts and what was computed over all that match.
    pub struct SearchAccountsResponse {
        /// The accounts.
        accounts as "accounts": Vec<LoyaltyAccount>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<CursorPagingMetadata>,
        /// The results of the aggregations.
        aggregation_data as "aggregationData": Option<AggregationData>,
    }
}
endpoint! {
    /// Finds accounts by words of the contact's name and e-mail address, and computes over them.
    SearchAccounts(SearchAccountsRequest) -> SearchAccountsResponse {
        Post "/loyalty-accounts/v1/accounts/search", "searchAccounts" in Accounts,
        args: &[Field { js: "search", wire: "search", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        fields: ACCOUNTS_SEARCH,
        searchable: ACCOUNTS_SEARCHABLE,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/search-accounts",
    }
}

record! {
    /// Which accounts to count.
    pub struct CountAccountsRequest {
        /// Only these.
        filter as "filter": Option<RawFilter>,
        /// Only those that the words are found in.
        search as "search": Option<SearchDetails>,
    }
}
record! {
    /// A number of accounts.
    pub struct CountAccountsResponse {
        /// How many accounts match.
        count as "count": i64,
    }
}
endpoint! {
    /// Counts the accounts that a filter and words match.
    CountAccounts(CountAccountsRequest) -> CountAccountsResponse {
        Post "/loyalty-accounts/v1/accounts/count", "countAccounts" in Accounts,
        args: &[Spread { js: "options", optional: true }],
        unwrap: None,
        identity: App "LOYALTY.READ_ACCOUNTS",
        effect: Read,
        fields: ACCOUNTS_SEARCH,
        searchable: ACCOUNTS_SEARCHABLE,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/count-accounts",
    }
}

record! {
    /// Which accounts to adjust, and how.
    pub struct BulkAdjustPointsRequest {
        /// Only these; all accounts when absent.
        search as "search": Option<CursorSearch>,
        /// The balance to set, up to 999,999,999 points. Wins over `amount`.
        balance as "balance": Option<i64> [Range(0, 999_999_999)],
        /// The change, -9,999,999 to 9,999,999 points and not 0.
        amount as "amount": Option<i64> [Range(-9_999_999, 9_999_999), NonZero],
    }
    rules [AtLeastOne(&["balance", "amount"])]
}
record! {
    /// A job that works on.
    pub struct BulkAdjustPointsResponse {
        /// ID of the job.
        async_job_id as "asyncJobId": String,
    }
}
endpoint! {
    /// Adjusts many accounts in a job of the service.
    /// Never sent again by itself: a job carries no key.
    BulkAdjustPoints(BulkAdjustPointsRequest) -> BulkAdjustPointsResponse {
        Post "/loyalty-accounts/v1/accounts/bulk-adjust", "bulkAdjustPoints" in Accounts,
        args: &[Spread { js: "options", optional: true }],
        unwrap: None,
        identity: App "LOYALTY.MANAGE_ACCOUNTS",
        effect: Write(Retry::Never),
        fields: ACCOUNTS_SEARCH,
        searchable: ACCOUNTS_SEARCHABLE,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/bulk-adjust-points",
    }
}
