//! The validator: every kind of rule, and how a violation is named.

#![allow(clippy::unwrap_used)] // a helper's failure is the test's

use loyalty_contract::Operation;
use loyalty_contract::validate::{Strictness, request, response};
use serde_json::{Map, Value, json};

const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

fn earn(change: impl FnOnce(&mut Map<String, Value>)) -> Vec<(String, &'static str)> {
    let mut payload = json!({"accountId": ID, "amount": 5, "appId": "app", "idempotencyKey": "key"});
    change(payload.as_object_mut().unwrap());
    violations(Operation::EarnPoints, &payload)
}

fn violations(operation: Operation, payload: &Value) -> Vec<(String, &'static str)> {
    request(operation.endpoint(), payload, Strictness::Strict)
        .into_iter()
        .map(|violation| (violation.field, violation.rule.as_str()))
        .collect()
}

#[test]
fn a_good_request_has_no_violation() {
    assert_eq!(earn(|_| {}), []);
    assert_eq!(earn(|payload| drop(payload.insert("description".into(), Value::Null))), []);
    assert_eq!(earn(|payload| drop(payload.insert("amount".into(), json!(836.0)))), []);
}

#[test]
fn all_violations_at_once() {
    let found =
        violations(Operation::EarnPoints, &json!({"accountId": "x", "amount": 0, "appId": "", "extra": 1}));
    assert_eq!(
        found,
        [
            ("accountId", "FORMAT"),
            ("amount", "MIN"),
            ("appId", "MIN_LENGTH"),
            ("idempotencyKey", "REQUIRED"),
            ("extra", "NOT_ALLOWED")
        ]
        .map(|(field, rule)| (field.to_owned(), rule))
    );
}

#[test]
fn limits_of_amount() {
    for (amount, rule) in [
        (json!(0), Some("MIN")),
        (json!(1), None),
        (json!(9_999_999), None),
        (json!(10_000_000), Some("MAX")),
        (json!(1.5), Some("TYPE")),
        (json!("5"), Some("TYPE")),
        (json!(1e300), Some("MAX")),
        (json!(true), Some("TYPE")),
    ] {
        let found = earn(|payload| drop(payload.insert("amount".into(), amount.clone())));
        assert_eq!(found.first().map(|(_, rule)| *rule), rule, "{amount}");
    }
}

#[test]
fn rules_over_several_fields() {
    let by = |payload: Value| violations(Operation::GetAccountBySecondaryId, &payload);
    assert_eq!(by(json!({})), [("contactId".to_owned(), "ONE_OF")]);
    assert_eq!(by(json!({"contactId": ID})), []);
    assert_eq!(by(json!({"contactId": ID, "memberId": ID})), [("memberId".to_owned(), "ONE_OF")]);
    let adjust = |payload: Value| violations(Operation::AdjustPoints, &payload);
    assert_eq!(adjust(json!({"accountId": ID, "balance": 5, "amount": 7, "revision": "1"})), []);
    assert_eq!(adjust(json!({"accountId": ID, "amount": 0})), [("amount".to_owned(), "NON_ZERO")]);
    assert_eq!(
        adjust(json!({"accountId": ID, "amount": 1, "revision": "0"})),
        [("revision".to_owned(), "MIN")]
    );
    assert_eq!(
        adjust(json!({"accountId": ID, "amount": 1, "revision": 3})),
        [("revision".to_owned(), "TYPE")]
    );
}

#[test]
fn filters_and_sorts_by_name() {
    let query = |query: Value| violations(Operation::QueryLoyaltyAccounts, &json!({ "query": query }));
    assert_eq!(
        query(json!({"filter": {"points.balance": {"$gt": 5}}, "sort": [{"fieldName": "createdDate"}]})),
        []
    );
    assert_eq!(
        query(json!({"filter": {"updatedDate": "2024-01-01"}})),
        [("query.filter.updatedDate".to_owned(), "UNSUPPORTED")]
    );
    assert_eq!(
        query(json!({"sort": [{"fieldName": "nope"}]})),
        [("query.sort[0].fieldName".to_owned(), "UNSUPPORTED")]
    );
    assert_eq!(
        query(json!({"cursorPaging": {"limit": 101}})),
        [("query.cursorPaging.limit".to_owned(), "MAX")]
    );
    let six = vec![json!({"fieldName": "id"}); 6];
    assert_eq!(query(json!({ "sort": six })), [("query.sort".to_owned(), "MAX_LENGTH")]);
    let search =
        violations(Operation::SearchAccounts, &json!({"search": {"search": {"fields": ["contact.phone"]}}}));
    assert_eq!(search, [("search.search.fields[0]".to_owned(), "UNSUPPORTED")]);
}

#[test]
fn answers_are_checked_for_types_only() {
    let record = Operation::CountAccounts.endpoint().response;
    assert!(response(record, &json!({"count": 5, "new": {}})).is_empty());
    for bad in [
        json!({}),
        json!({"count": "5"}),
        json!({"count": null}),
        json!([]),
        json!(null),
        json!({"count": 1e18}),
    ] {
        assert_eq!(response(record, &bad).len(), 1, "{bad}");
    }
}
