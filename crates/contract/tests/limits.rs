//! Every documented limit at its ends: one below, the least, the greatest, one above. The figures stand here by
//! hand, from the official documentation, so that a slip in the records is seen.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

use loyalty_contract::Operation::{self, *};
use loyalty_contract::validate::{self, Strictness};
use serde_json::{Value, json};

const ID: &str = "0c4f1a52-7b1e-4d3a-9c55-2f6f6f1d9a01";

/// A payload with no violation, for the limit to be tried in.
fn payload(operation: Operation) -> Value {
    match operation {
        CreateAccount => json!({ "contactId": ID }),
        EarnPoints => json!({ "accountId": ID, "amount": 5, "appId": "app", "idempotencyKey": "key" }),
        AdjustPoints => json!({ "accountId": ID, "balance": 5 }),
        BulkAdjustPoints => json!({ "balance": 5 }),
        SearchAccounts => json!({ "search": {} }),
        QueryLoyaltyAccounts | QueryLoyaltyTransactions | QueryLoyaltyCoupons | QueryRewards => {
            json!({ "query": {} })
        }
        RedeemPointsForCoupon => json!({ "rewardId": ID, "loyaltyAccountId": ID }),
        Earn => json!({ "action": "daily-visit" }),
        _ => json!({}),
    }
}

/// Puts a value at a dotted path; a step that is a number is the place in an array of one.
fn put(target: &mut Value, path: &str, value: Value) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let slot = match step {
        "0" => {
            if !target.is_array() {
                *target = json!([null]);
            }
            &mut target[0]
        }
        _ => &mut target[step],
    };
    if rest.is_empty() { *slot = value } else { put(slot, rest, value) }
}

fn rules(operation: Operation, path: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut payload = payload(operation);
    put(&mut payload, path, value);
    let found = validate::request(operation.endpoint(), &payload, Strictness::Strict);
    found.into_iter().map(|one| (one.field, one.rule.as_str())).collect()
}

fn wire(path: &str) -> String {
    path.replace(".0", "[0]")
}

#[track_caller]
fn check(operation: Operation, path: &str, value: Value, rule: Option<&'static str>) {
    let shown = value.to_string().chars().take(60).collect::<String>();
    let expected: Vec<_> = rule.map(|rule| (wire(path), rule)).into_iter().collect();
    assert_eq!(rules(operation, path, value), expected, "{operation:?} {path} = {shown}");
}

/// Where pages are asked for.
const PAGED: [(Operation, &str); 8] = [
    (QueryLoyaltyAccounts, "query.cursorPaging"),
    (QueryLoyaltyTransactions, "query.cursorPaging"),
    (QueryLoyaltyCoupons, "query.cursorPaging"),
    (QueryRewards, "query.cursorPaging"),
    (SearchAccounts, "search.cursorPaging"),
    (BulkAdjustPoints, "search.cursorPaging"),
    (ListAccounts, "cursorPaging"),
    (ListRewards, "cursorPaging"),
];

#[test]
fn l06_integers_at_their_limits() {
    let mut table = vec![
        (EarnPoints, "amount".to_owned(), 1, 9_999_999),
        (AdjustPoints, "balance".into(), 0, 999_999_999),
        (AdjustPoints, "amount".into(), -9_999_999, 9_999_999),
        (BulkAdjustPoints, "balance".into(), 0, 999_999_999),
        (BulkAdjustPoints, "amount".into(), -9_999_999, 9_999_999),
        (SearchAccounts, "search.aggregations.0.value.limit".into(), 1, 250),
        (SearchAccounts, "search.aggregations.0.nested.nestedAggregations.0.value.limit".into(), 1, 250),
    ];
    table.extend(PAGED.map(|(operation, path)| (operation, format!("{path}.limit"), 1, 100)));
    for (operation, path, least, most) in table {
        let path = path.as_str();
        if path.contains("nested") {
            // A list of one level is too short, which is a violation of its own.
            let found = |value: i64| rules(operation, path, json!(value)).len();
            assert_eq!([least - 1, least, most, most + 1].map(found), [2, 1, 1, 2], "{path}");
            continue;
        }
        check(operation, path, json!(least - 1), Some("MIN"));
        check(operation, path, json!(least), None);
        check(operation, path, json!(most), None);
        check(operation, path, json!(most + 1), Some("MAX"));
        for wrong in [json!("5"), json!(1.5), json!(true), json!([5]), json!({}), json!(-0.5)] {
            check(operation, path, wrong, Some("TYPE"));
        }
        check(operation, path, json!(1e300), Some("MAX"));
        check(operation, path, json!(9_007_199_254_740_993_i64), Some("MAX"));
        check(operation, path, json!(-1e300), Some("MIN"));
    }
    for operation in [AdjustPoints, BulkAdjustPoints] {
        check(operation, "amount", json!(0), Some("NON_ZERO"));
        check(operation, "amount", json!(-1), None);
        check(operation, "amount", json!(1), None);
    }
}

#[test]
fn l06_lengths_of_text_at_their_limits() {
    let mut table = vec![
        (EarnPoints, "description".to_owned(), 1, 100),
        (EarnPoints, "appId".into(), 1, 100),
        (EarnPoints, "idempotencyKey".into(), 1, 128),
        (EarnPoints, "activityType".into(), 0, 100),
        (EarnPoints, "orderId".into(), 0, 512),
        (EarnPoints, "followedSocialMedia.channel".into(), 0, 32),
        (AdjustPoints, "description".into(), 1, 100),
        (GetAccountBySecondaryId, "contactId".into(), 1, 50),
        (GetAccountBySecondaryId, "memberId".into(), 1, 50),
        (SearchAccounts, "search.search.expression".into(), 0, 100),
        (SearchAccounts, "search.timeZone".into(), 0, 50),
        (SearchAccounts, "search.aggregations.0.name".into(), 0, 100),
        (SearchAccounts, "search.aggregations.0.value.includeOptions.addToBucket".into(), 0, 20),
        (CountAccounts, "search.expression".into(), 0, 100),
        (BulkAdjustPoints, "search.search.expression".into(), 0, 100),
        (Earn, "action".into(), 1, 64),
        (Earn, "subject".into(), 1, 128),
    ];
    table.extend(PAGED.map(|(operation, path)| (operation, format!("{path}.cursor"), 1, 16_000)));
    for (operation, path, least, most) in table {
        let path = path.as_str();
        let text = |length: usize| json!("x".repeat(length));
        check(operation, path, text(0), (least > 0).then_some("MIN_LENGTH"));
        check(operation, path, text(1), None);
        check(operation, path, text(most), None);
        check(operation, path, text(most + 1), Some("MAX_LENGTH"));
        if operation != Earn || path != "action" {
            // Characters are what people see as such, not UTF-16 units or bytes.
            check(operation, path, json!("🎁".repeat(most)), None);
            check(operation, path, json!("🎁".repeat(most + 1)), Some("MAX_LENGTH"));
        }
        for wrong in [json!(5), json!(true), json!(["x"]), json!({})] {
            check(operation, path, wrong, Some("TYPE"));
        }
    }
}

#[test]
fn l06_lengths_of_lists_at_their_limits() {
    let sort = |name: &str| json!({ "fieldName": name });
    let level = json!({ "type": "SCALAR", "scalar": { "type": "MIN" } });
    for (operation, path, item, least, most) in [
        (ListAccounts, "contactIds", json!(ID), 0, 50),
        (QueryLoyaltyAccounts, "query.sort", sort("createdDate"), 0, 5),
        (QueryLoyaltyTransactions, "query.sort", sort("amount"), 0, 5),
        (QueryLoyaltyCoupons, "query.sort", sort("status"), 0, 5),
        (QueryRewards, "query.sort", sort("name"), 0, 5),
        (SearchAccounts, "search.sort", sort("updatedDate"), 0, 10),
        (BulkAdjustPoints, "search.sort", sort("updatedDate"), 0, 10),
        (SearchAccounts, "search.aggregations", level.clone(), 0, 10),
        (SearchAccounts, "search.search.fields", json!("contact.name"), 0, 20),
        (CountAccounts, "search.fields", json!("contact.email"), 0, 20),
        (SearchAccounts, "search.aggregations.0.range.buckets", json!({ "from": 1 }), 0, 50),
        (SearchAccounts, "search.aggregations.0.nested.nestedAggregations", level, 2, 3),
    ] {
        let items = |length: usize| Value::Array(vec![item.clone(); length]);
        if least > 0 {
            check(operation, path, items(least - 1), Some("MIN_LENGTH"));
        }
        check(operation, path, items(least), None);
        check(operation, path, items(most), None);
        check(operation, path, items(most + 1), Some("MAX_LENGTH"));
        for wrong in [json!("x"), json!(1), json!({})] {
            check(operation, path, wrong, Some("TYPE"));
        }
    }
    // A name this long is no field either.
    let name = "search.aggregations.0.fieldPath";
    assert!(rules(SearchAccounts, name, json!("p".repeat(201))).contains(&(wire(name), "MAX_LENGTH")));
    let name = "query.sort.0.fieldName";
    for (length, too_long) in [(512, false), (513, true)] {
        let found = rules(QueryRewards, name, json!("f".repeat(length)));
        assert_eq!(found.contains(&(wire(name), "MAX_LENGTH")), too_long, "{length}");
    }
}

#[test]
fn revisions_are_strings_of_at_least_1() {
    for (revision, rule) in [
        (json!("0"), Some("MIN")),
        (json!("-9223372036854775808"), Some("MIN")),
        (json!("1"), None),
        (json!("9223372036854775807"), None),
        (json!("9223372036854775808"), Some("FORMAT")),
        (json!(""), Some("FORMAT")),
        (json!("1.0"), Some("FORMAT")),
        (json!(" 1"), Some("FORMAT")),
        (json!("+1"), Some("FORMAT")),
        (json!(1), Some("TYPE")),
    ] {
        check(AdjustPoints, "revision", revision, rule);
    }
}

#[test]
fn p20_ids_are_guids_and_nothing_else() {
    for (operation, path) in [
        (CreateAccount, "contactId"),
        (EarnPoints, "accountId"),
        (AdjustPoints, "accountId"),
        (GetAccount, "id"),
        (ListAccounts, "contactIds.0"),
        (GetLoyaltyTransaction, "loyaltyTransactionId"),
        (GetTier, "tierId"),
        (GetReward, "id"),
        (RedeemPointsForCoupon, "rewardId"),
        (RedeemPointsForCoupon, "loyaltyAccountId"),
        (RedeemCurrentMemberPointsForCoupon, "rewardId"),
    ] {
        check(operation, path, json!(ID), None);
        check(operation, path, json!(ID.to_uppercase()), None);
        for bad in [
            "",
            "x",
            "../",
            "%2e%2e%2f",
            "..%2f..",
            "//host",
            "\r\n",
            &ID[1..],
            &format!("{ID}0"),
            &format!("{ID}\n"),
            &format!("{}g", &ID[..35]),
            &format!("{}%", &ID[..35]),
            &ID.replace('-', "_"),
        ] {
            check(operation, path, json!(bad), Some("FORMAT"));
        }
        for wrong in [json!(5), json!({}), json!([ID]), json!(false)] {
            check(operation, path, wrong, Some("TYPE"));
        }
        if !path.contains('.') {
            check(operation, path, Value::Null, Some("REQUIRED"));
        }
    }
}

#[test]
fn fields_that_exclude_or_need_each_other() {
    for (operation, payload, field) in [
        (GetAccountBySecondaryId, json!({}), Some("contactId")),
        (GetAccountBySecondaryId, json!({ "contactId": null }), Some("contactId")),
        (GetAccountBySecondaryId, json!({ "contactId": ID, "memberId": ID }), Some("memberId")),
        (GetAccountBySecondaryId, json!({ "contactId": null, "memberId": ID }), None),
        (AdjustPoints, json!({ "accountId": ID }), Some("balance")),
        (AdjustPoints, json!({ "accountId": ID, "balance": 1, "amount": 1 }), None),
        (BulkAdjustPoints, json!({}), Some("balance")),
        (BulkAdjustPoints, json!({ "amount": 1 }), None),
        (
            SearchAccounts,
            json!({ "search": { "aggregations": [{ "scalar": {}, "value": {} }] } }),
            Some("search.aggregations[0].scalar"),
        ),
        (
            SearchAccounts,
            json!({ "search": { "aggregations": [{ "range": { "buckets": [{}] } }] } }),
            Some("search.aggregations[0].range.buckets[0].from"),
        ),
    ] {
        let found = validate::request(operation.endpoint(), &payload, Strictness::Strict);
        let found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.rule.as_str())).collect();
        assert_eq!(found, field.map(|field| (field, "ONE_OF")).into_iter().collect::<Vec<_>>(), "{payload}");
    }
}

#[test]
fn l15_unknown_fields_are_named_at_every_depth_unless_lenient() {
    for (operation, path) in [
        (EarnPoints, "balance"),
        (EarnPoints, "followedSocialMedia.url"),
        (AdjustPoints, "appId"),
        (GetAccountBySecondaryId, "email"),
        (CountAccounts, "search.exact"),
        (QueryLoyaltyAccounts, "query.paging"),
        (QueryLoyaltyAccounts, "query.cursorPaging.offset"),
        (SearchAccounts, "search.aggregations.0.value.order"),
        (Earn, "amount"),
    ] {
        let mut payload = payload(operation);
        if operation == GetAccountBySecondaryId {
            payload["memberId"] = json!(ID);
        }
        put(&mut payload, path, json!(5));
        let found = validate::request(operation.endpoint(), &payload, Strictness::Strict);
        let found: Vec<_> = found.into_iter().map(|one| (one.field, one.rule.as_str())).collect();
        assert_eq!(found, [(wire(path), "NOT_ALLOWED")]);
        assert_eq!(validate::request(operation.endpoint(), &payload, Strictness::Lenient), [], "{path}");
    }
}
