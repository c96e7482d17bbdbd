//! What filters, sorts and searches of each method may name.

/// The kind of a field's values, which decides its operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A GUID.
    Id,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A timestamp.
    Date,
    /// A name of a list.
    Enum,
    /// An object: only whether it is there.
    Object,
}

/// One field that a filter or a sort may name.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// The dotted path on the wire.
    pub path: &'static str,
    /// The kind of its values.
    pub kind: Kind,
}

const fn field(path: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec { path, kind }
}

/// `queryLoyaltyAccounts`. The official query spec has no `updatedDate`.
pub const ACCOUNTS_QUERY: &[FieldSpec] = &[
    field("id", Kind::Id),
    field("contactId", Kind::Id),
    field("memberId", Kind::Id),
    field("tier.id", Kind::Id),
    field("points.balance", Kind::Number),
    field("points.earned", Kind::Number),
    field("points.adjusted", Kind::Number),
    field("points.redeemed", Kind::Number),
    field("points.expired", Kind::Number),
    field("pointsExpiration.expiringPointsAmount", Kind::Number),
    field("createdDate", Kind::Date),
    field("lastActivityDate", Kind::Date),
    field("pointsExpiration.expirationDate", Kind::Date),
];

/// `searchAccounts`, `countAccounts`, `bulkAdjustPoints`.
pub const ACCOUNTS_SEARCH: &[FieldSpec] = &[
    field("updatedDate", Kind::Date),
    field("contact.id", Kind::Id),
    field("contact.displayName", Kind::Text),
    field("contact.email", Kind::Text),
    field("contact.name", Kind::Text),
    field("lastActivityDate", Kind::Date),
    field("points.balance", Kind::Number),
    field("points.redeemed", Kind::Number),
    field("pointsExpiration.expirationDate", Kind::Date),
];

/// What the words of a search are looked for in.
pub const ACCOUNTS_SEARCHABLE: &[&str] = &["contact.email", "contact.name"];

/// What aggregations of `searchAccounts` may name.
pub const ACCOUNTS_AGGREGATABLE: &[&str] = &[
    "updatedDate",
    "contact.id",
    "lastActivityDate",
    "points.balance",
    "points.redeemed",
    "pointsExpiration.expirationDate",
];

/// `queryLoyaltyTransactions`.
pub const TRANSACTIONS_QUERY: &[FieldSpec] = &[
    field("id", Kind::Id),
    field("accountId", Kind::Id),
    field("createdDate", Kind::Date),
    field("amount", Kind::Number),
    field("description", Kind::Text),
    field("idempotencyKey", Kind::Text),
    field("transactionType", Kind::Enum),
];

/// `queryLoyaltyCoupons`.
pub const COUPONS_QUERY: &[FieldSpec] = &[
    field("createdDate", Kind::Date),
    field("updatedDate", Kind::Date),
    field("accountId", Kind::Id),
    field("couponReference", Kind::Object),
    field("memberId", Kind::Id),
    field("rewardName", Kind::Text),
    field("status", Kind::Enum),
    field("transactionId", Kind::Id),
];

/// `queryRewards`. No page documents the fields; these are our choice.
pub const REWARDS_QUERY: &[FieldSpec] = &[
    field("id", Kind::Id),
    field("name", Kind::Text),
    field("type", Kind::Enum),
    field("createdDate", Kind::Date),
    field("updatedDate", Kind::Date),
];
