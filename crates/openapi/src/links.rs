//! Where an answer leads: what a test that walks from call to call follows.

use serde_json::{Map, Value, json};

/// Name of the link, the call that it leads to, and its parameters: from where in the answer.
type Link = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

macro_rules! account {
    ($from:literal) => {
        &[
            ("account", "getAccount", &[("id", $from)]),
            ("earn", "earnPoints", &[("accountId", $from)]),
            ("adjust", "adjustPoints", &[("accountId", $from)]),
        ]
    };
}

const TRANSACTION: Link =
    ("transaction", "getLoyaltyTransaction", &[("loyaltyTransactionId", "/transactionId")]);

fn to(name: &str) -> Vec<Link> {
    let account: &[Link] = match name {
        "createAccount"
        | "getAccount"
        | "getCurrentMemberAccount"
        | "getAccountBySecondaryId"
        | "earnPoints"
        | "adjustPoints" => account!("/account/id"),
        "listAccounts" | "searchAccounts" => account!("/accounts/0/id"),
        "queryLoyaltyAccounts" => account!("/loyaltyAccounts/0/id"),
        _ => &[],
    };
    let own: &[Link] = match name {
        "earnPoints" | "adjustPoints" => &[TRANSACTION],
        "queryLoyaltyTransactions" => &[(
            "transaction",
            "getLoyaltyTransaction",
            &[("loyaltyTransactionId", "/loyaltyTransactions/0/id")],
        )],
        "listAccounts" => {
            &[("next", "listAccounts", &[("cursorPaging.cursor", "/pagingMetadata/cursors/next")])]
        }
        "listTiers" => &[("tier", "getTier", &[("tierId", "/tiers/0/id")])],
        "createTier" | "updateTier" => &[
            ("tier", "getTier", &[("tierId", "/tier/id")]),
            ("update", "updateTier", &[("tierId", "/tier/id")]),
            ("delete", "deleteTier", &[("tierId", "/tier/id"), ("revision", "/tier/revision")]),
        ],
        "listRewards" | "queryRewards" => &[("reward", "getReward", &[("id", "/rewards/0/id")])],
        "createReward" | "updateReward" => &[
            ("reward", "getReward", &[("id", "/reward/id")]),
            ("update", "updateReward", &[("id", "/reward/id")]),
            ("delete", "deleteReward", &[("id", "/reward/id"), ("revision", "/reward/revision")]),
        ],
        "redeemPointsForCoupon" | "redeemCurrentMemberPointsForCoupon" => &[
            ("coupon", "getLoyaltyCoupon", &[("loyaltyCouponId", "/coupon/id")]),
            (
                "delete",
                "deleteLoyaltyCoupon",
                &[("loyaltyCouponId", "/coupon/id"), ("revision", "/coupon/revision")],
            ),
        ],
        "queryLoyaltyCoupons" => {
            &[("coupon", "getLoyaltyCoupon", &[("loyaltyCouponId", "/loyaltyCoupons/0/id")])]
        }
        "bulkAdjustPoints" => &[
            ("job", "getAsyncJob", &[("jobId", "/asyncJobId")]),
            ("items", "listAsyncJobItems", &[("jobId", "/asyncJobId")]),
        ],
        "listAsyncJobItems" => {
            &[("next", "listAsyncJobItems", &[("paging.cursor", "/pagingMetadata/cursors/next")])]
        }
        _ => &[],
    };
    account.iter().chain(own).copied().collect()
}

/// The links of a call's good answer.
pub(crate) fn of(name: &'static str) -> Map<String, Value> {
    let mut links = Map::new();
    for (link, operation, parameters) in to(name) {
        let parameters: Map<String, Value> = parameters
            .iter()
            .map(|(parameter, from)| ((*parameter).to_owned(), json!(format!("$response.body#{from}"))))
            .collect();
        links.insert(link.to_owned(), json!({ "operationId": operation, "parameters": parameters }));
    }
    let next = |part: &str, metadata: &str| {
        let cursor = format!("$response.body#/{metadata}/cursors/next");
        let mut body = Map::new();
        body.insert(part.to_owned(), json!({ "cursorPaging": { "cursor": cursor } }));
        json!({ "operationId": name, "requestBody": body })
    };
    let page = match name {
        "queryLoyaltyAccounts" | "queryLoyaltyTransactions" | "queryRewards" => {
            Some(next("query", "pagingMetadata"))
        }
        // Only this one calls it otherwise.
        "queryLoyaltyCoupons" => Some(next("query", "metadata")),
        "searchAccounts" => Some(next("search", "pagingMetadata")),
        _ => None,
    };
    if let Some(page) = page {
        links.insert("next".to_owned(), page);
    }
    links
}
