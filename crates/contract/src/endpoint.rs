//! The endpoint table: each method of the API once, for the client, the proxy, the sandbox, the docs and the tests.

use crate::schema::{Record, RecordType};
use alloc::{borrow::ToOwned, format, string::String};

/// An HTTP method. The loyalty methods need no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The payload is the query string.
    Get,
    /// The payload is the JSON body.
    Post,
}

impl Method {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What a call does to the ledger, and so whether it may be sent again when its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: sent again freely.
    Read,
    /// Changes something.
    Write(Retry),
}

/// How a write may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// With the `idempotencyKey` of its body.
    BodyKey,
    /// With the `Idempotency-Key` of its header, which the proxy honours.
    HeaderKey,
    /// Never by itself: bulk jobs and redemptions carry no key upstream.
    Never,
}

/// The group that JavaScript finds a function in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// `accounts`
    Accounts,
    /// `transactions`
    Transactions,
    /// `programs`
    Programs,
    /// `tiers`
    Tiers,
    /// `rewards`
    Rewards,
    /// `coupons`
    Coupons,
    /// `points`: the proxy's own
    Points,
}

impl Group {
    /// The namespace of the JavaScript module.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Transactions => "transactions",
            Self::Programs => "programs",
            Self::Tiers => "tiers",
            Self::Rewards => "rewards",
            Self::Coupons => "coupons",
            Self::Points => "points",
        }
    }
}

/// Who upstream lets call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The elevated credential only.
    App,
    /// A member's own token too.
    AppOrMember,
    /// Not upstream's: the proxy answers it.
    Proxy,
}

/// One argument of the JavaScript function, and where it goes in the payload.
#[derive(Debug, Clone, Copy)]
pub enum Arg {
    /// The argument is one field of the payload.
    Field {
        /// The argument's name in JavaScript.
        js: &'static str,
        /// The payload's field.
        wire: &'static str,
        /// Whether it may be left out.
        optional: bool,
    },
    /// The argument is an object whose fields are the payload's other fields.
    Spread {
        /// The argument's name in JavaScript.
        js: &'static str,
        /// Whether it may be left out.
        optional: bool,
    },
}

/// The fields that a query's filter and sort may name, by kind.
pub type FieldSet = &'static [crate::fields::FieldSpec];

/// One method of the API.
#[derive(Debug)]
pub struct Endpoint {
    /// Which one.
    pub operation: Operation,
    /// The name in JavaScript, in policies and in audits.
    pub name: &'static str,
    /// One paragraph for the docs: what it does, then what to know.
    pub doc: &'static str,
    /// The group of the JavaScript function.
    pub group: Group,
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{name}` where a field of the request stands.
    pub path: &'static str,
    /// The whole payload, path parameters included.
    pub request: &'static Record,
    /// The answer.
    pub response: &'static Record,
    /// The field that the JavaScript function returns instead of the whole answer.
    pub unwrap: Option<&'static str>,
    /// The arguments of the JavaScript function, in order.
    pub args: &'static [Arg],
    /// Who may call it upstream.
    pub identity: Identity,
    /// The permission that upstream asks for.
    pub permission: &'static str,
    /// What it does to the ledger.
    pub effect: Effect,
    /// What its filter and sort may name.
    pub fields: FieldSet,
    /// What its free-text search looks at.
    pub searchable: &'static [&'static str],
    /// Whether it is deprecated upstream.
    pub deprecated: bool,
    /// The official page.
    pub link: &'static str,
}

/// The typed face of a row of the table.
pub trait EndpointType {
    /// The payload.
    type Request: RecordType;
    /// The answer.
    type Response: RecordType;
    /// The row.
    const ENDPOINT: &'static Endpoint;
}

impl Endpoint {
    /// The names of the path's parameters, in order.
    pub fn path_params(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether a call of it changes something.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self.effect, Effect::Write(_))
    }

    /// The path to a field as the caller of the JavaScript function knows it: `amount` is `options.amount`.
    #[must_use]
    pub fn sdk_path(&self, wire: &str) -> String {
        let cut = wire.find(['.', '[']).unwrap_or(wire.len());
        let (head, tail) = wire.split_at(cut);
        for arg in self.args {
            match arg {
                Arg::Field { js, wire, .. } if *wire == head => return format!("{js}{tail}"),
                Arg::Spread { js, .. } if !head.is_empty() => return format!("{js}.{wire}"),
                _ => {}
            }
        }
        wire.to_owned()
    }
}

macro_rules! operations {
    ($($variant:ident => $endpoint:path),* $(,)?) => {
        /// Every method, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the rows of the table document each")]
        pub enum Operation { $($variant),* }

        /// The table, in the order of [`Operation`].
        pub const ENDPOINTS: &[&Endpoint] = &[$(<$endpoint as EndpointType>::ENDPOINT),*];
    };
}

use crate::ops::{accounts, coupons, points, programs, rewards, tiers, transactions};

operations! {
    CreateAccount => accounts::CreateAccount,
    EarnPoints => accounts::EarnPoints,
    AdjustPoints => accounts::AdjustPoints,
    GetAccount => accounts::GetAccount,
    GetProgramTotals => accounts::GetProgramTotals,
    GetCurrentMemberAccount => accounts::GetCurrentMemberAccount,
    GetAccountBySecondaryId => accounts::GetAccountBySecondaryId,
    ListAccounts => accounts::ListAccounts,
    QueryLoyaltyAccounts => accounts::QueryLoyaltyAccounts,
    SearchAccounts => accounts::SearchAccounts,
    CountAccounts => accounts::CountAccounts,
    BulkAdjustPoints => accounts::BulkAdjustPoints,
    GetLoyaltyTransaction => transactions::GetLoyaltyTransaction,
    QueryLoyaltyTransactions => transactions::QueryLoyaltyTransactions,
    GetLoyaltyProgram => programs::GetLoyaltyProgram,
    ListTiers => tiers::ListTiers,
    GetTier => tiers::GetTier,
    GetTiersProgram => tiers::GetTiersProgram,
    ListRewards => rewards::ListRewards,
    GetReward => rewards::GetReward,
    QueryRewards => rewards::QueryRewards,
    RedeemPointsForCoupon => coupons::RedeemPointsForCoupon,
    RedeemCurrentMemberPointsForCoupon => coupons::RedeemCurrentMemberPointsForCoupon,
    GetCurrentMemberCoupons => coupons::GetCurrentMemberCoupons,
    QueryLoyaltyCoupons => coupons::QueryLoyaltyCoupons,
    Earn => points::Earn,
}

impl Operation {
    /// Its row.
    #[must_use]
    pub fn endpoint(self) -> &'static Endpoint {
        // The table is made from the same list as the enum, in the same order.
        #[allow(clippy::indexing_slicing)]
        ENDPOINTS[self as usize]
    }

    /// The operation of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ENDPOINTS.iter().find(|endpoint| endpoint.name == name).map(|endpoint| endpoint.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_has_no_doubles() {
        let mut names = HashSet::new();
        let mut routes = HashSet::new();
        for (at, endpoint) in ENDPOINTS.iter().enumerate() {
            assert_eq!(endpoint.operation as usize, at, "{}", endpoint.name);
            assert_eq!(endpoint.operation.endpoint().name, endpoint.name);
            assert!(names.insert(endpoint.name), "{}", endpoint.name);
            assert!(routes.insert((endpoint.method.as_str(), endpoint.path)), "{}", endpoint.path);
        }
        assert_eq!(ENDPOINTS.len(), 26, "25 of the API and the proxy's own earn");
    }

    #[test]
    fn every_path_parameter_and_argument_is_a_field_of_the_request() {
        for endpoint in ENDPOINTS {
            for name in endpoint.path_params() {
                assert!(endpoint.request.field(name).is_some(), "{} {name}", endpoint.name);
            }
            for arg in endpoint.args {
                if let Arg::Field { wire, .. } = arg {
                    assert!(endpoint.request.field(wire).is_some(), "{} {wire}", endpoint.name);
                }
            }
            if let Some(field) = endpoint.unwrap {
                assert!(endpoint.response.field(field).is_some(), "{} {field}", endpoint.name);
            }
        }
    }

    #[test]
    fn sdk_paths() {
        let earn = Operation::EarnPoints.endpoint();
        assert_eq!(earn.sdk_path("amount"), "options.amount");
        assert_eq!(earn.sdk_path("accountId"), "accountId");
        assert_eq!(earn.sdk_path("followedSocialMedia.channel"), "options.followedSocialMedia.channel");
        assert_eq!(Operation::GetAccount.endpoint().sdk_path("id"), "_id");
        let query = Operation::QueryLoyaltyAccounts.endpoint();
        assert_eq!(query.sdk_path("query.cursorPaging.limit"), "query.cursorPaging.limit");
    }
}
