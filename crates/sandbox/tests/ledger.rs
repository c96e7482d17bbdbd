//! The rules of earning and adjusting: L3, L5, L6, L7, and the choices of what nobody documents.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::{ACCOUNTS, APP, Service, TRANSACTIONS, code, violation, violations};

#[test]
fn l03_one_key_many_times_is_one_earn() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    let answers: Vec<u16> = (0..50).map(|_| service.earn(&account, 7, "one-key").0).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 49);
    let row = service.account(&account);
    assert_eq!((&row["points"]["balance"], &row["revision"]), (&json!(7), &json!("2")));
    let query = json!({"query": {"filter": {"accountId": account, "idempotencyKey": "one-key"}}});
    let (_, found) = service.post(&format!("{TRANSACTIONS}/query"), &query);
    assert_eq!(found["loyaltyTransactions"].as_array().unwrap().len(), 1, "this is how an outcome is found");
    // The key counts within its account.
    let other = service.fresh_account();
    assert_eq!(service.earn(&other, 7, "one-key").0, 200);
}

#[test]
fn l03_a_repeated_earn_is_refused_or_replayed_as_chosen() {
    for (mode, repeated) in [("reject", 409), ("replay", 200)] {
        let mut service = Service::new(&json!({ "duplicateEarn": mode }).to_string());
        let account = service.fresh_account();
        let (_, first) = service.earn(&account, 7, "k");
        let before = service.ledger();
        let (status, again) = service.earn(&account, 7, "k");
        assert_eq!(status, repeated);
        if status == 200 {
            assert_eq!(again["transactionId"], first["transactionId"]);
            assert_eq!(again["account"]["points"]["balance"], 7);
        } else {
            assert_eq!(code(&again), "TRANSACTION_ALREADY_EXISTS");
        }
        for changed in [json!({"amount": 8}), json!({"description": "x"}), json!({"orderId": "x"})] {
            let mut body = json!({"amount": 7, "appId": APP, "idempotencyKey": "k"});
            body.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
            let (status, other) = service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
            assert_eq!((status, code(&other)), (409, "TRANSACTION_ALREADY_EXISTS"), "{mode} {changed}");
        }
        assert_eq!(service.ledger(), before, "{mode}: nothing changed");
    }
}

#[test]
fn l05_of_adjusts_with_one_revision_one_wins() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    let body = |amount: i64| json!({"amount": amount, "revision": "1"});
    let statuses: Vec<_> = (1..=10).map(|amount| service.adjust(&account, &body(amount))).collect();
    assert_eq!(statuses[0].0, 200);
    for (status, answer) in &statuses[1..] {
        assert_eq!((*status, code(answer)), (409, "ABORTED"));
    }
    assert_eq!(service.account(&account)["points"]["balance"], 1);
    // Without a revision an adjust is taken as it comes.
    assert_eq!(service.adjust(&account, &json!({"amount": 1})).0, 200);
    assert_eq!(service.adjust(&account, &json!({"amount": 1, "revision": "3"})).0, 200);
    assert_eq!(service.account(&account)["revision"], "4");
}

#[test]
fn adjusting_sets_or_changes_and_the_balance_wins() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    service.earn(&account, 100, "k");
    let (_, set) = service.adjust(&account, &json!({"balance": 30, "amount": 5, "description": "Set"}));
    let points = &set["account"]["points"];
    assert_eq!(
        (&points["balance"], &points["adjusted"], &points["earned"]),
        (&json!(30), &json!(-70), &json!(100))
    );
    let (_, changed) = service.adjust(&account, &json!({"amount": -10}));
    assert_eq!(changed["account"]["points"]["balance"], 20);
    let id = changed["transactionId"].as_str().unwrap();
    let (_, shown) = service.get(&format!("{TRANSACTIONS}/{id}?loyaltyTransactionId={id}"));
    let shown = &shown["loyaltyTransaction"];
    assert_eq!((&shown["transactionType"], &shown["amount"]), (&json!("ADJUST"), &json!(-10)));
    assert_eq!(shown["adjustInfo"]["amountBefore"], 30);
    assert_eq!(shown["adjustInfo"]["amountAfter"], 20);
    // Setting the balance that is there is an adjustment of 0: taken, recorded, a revision on.
    let (status, same) = service.adjust(&account, &json!({"balance": 20}));
    assert_eq!((status, &same["account"]["revision"]), (200, &json!("5")));
}

/// A request with one field at a limit; which rule it breaks, if any.
type Case = (&'static str, Value, Option<&'static str>);

fn at_limits(name: &'static str, at: &[(i64, Option<&'static str>)], of: impl Fn(i64) -> Value) -> Vec<Case> {
    at.iter().map(|(value, rule)| (name, of(*value), *rule)).collect()
}

fn text(length: i64) -> Value {
    json!("ä".repeat(usize::try_from(length).unwrap()))
}

const MIN: Option<&str> = Some("MIN");
const MAX: Option<&str> = Some("MAX");
const SHORT: Option<&str> = Some("MIN_LENGTH");
const LONG: Option<&str> = Some("MAX_LENGTH");

#[test]
fn l06_every_limit_of_earn_points() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    let mut cases = Vec::new();
    cases.extend(at_limits("amount", &[(0, MIN), (1, None), (9_999_999, None), (10_000_000, MAX)], |n| {
        json!(n)
    }));
    cases.extend(at_limits("description", &[(0, SHORT), (1, None), (100, None), (101, LONG)], text));
    cases.extend(at_limits("appId", &[(0, SHORT), (1, None), (100, None), (101, LONG)], text));
    cases.extend(at_limits("idempotencyKey", &[(0, SHORT), (1, None), (128, None), (129, LONG)], text));
    cases.extend(at_limits("activityType", &[(0, None), (100, None), (101, LONG)], text));
    cases.extend(at_limits("orderId", &[(0, None), (512, None), (513, LONG)], text));
    for (at, (field, value, rule)) in cases.into_iter().enumerate() {
        let mut body = json!({"amount": 1, "appId": APP, "idempotencyKey": at.to_string()});
        body[field] = value;
        let before = service.ledger();
        let (status, answer) = service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
        match rule {
            None => assert_eq!(status, 200, "{body}: {answer}"),
            Some(rule) => {
                assert_eq!((status, violations(&answer)), (400, violation(field, rule)), "{body}");
                assert_eq!(service.ledger(), before);
            }
        }
    }
    for (channel, status) in [(32, 200), (33, 400)] {
        let key = format!("channel-{channel}");
        let body = json!({"amount": 1, "appId": APP, "idempotencyKey": key,
            "followedSocialMedia": {"channel": text(channel)}});
        let (got, answer) = service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
        assert_eq!(got, status, "{answer}");
    }
    for missing in ["amount", "appId", "idempotencyKey"] {
        let mut body = json!({"amount": 1, "appId": APP, "idempotencyKey": "m"});
        body.as_object_mut().unwrap().remove(missing);
        let (status, answer) = service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
        assert_eq!((status, violations(&answer)), (400, violation(missing, "REQUIRED")));
    }
}

#[test]
fn l06_every_limit_of_adjust_points() {
    let mut service = Service::new("{}");
    for (body, refused) in [
        (json!({"balance": -1}), Some(("balance", "MIN"))),
        (json!({"balance": 0}), None),
        (json!({"balance": 999_999_999}), None),
        (json!({"balance": 1_000_000_000}), Some(("balance", "MAX"))),
        (json!({"amount": -10_000_000}), Some(("amount", "MIN"))),
        (json!({"amount": -9_999_999}), None),
        (json!({"amount": 0}), Some(("amount", "NON_ZERO"))),
        (json!({"amount": 9_999_999}), None),
        (json!({"amount": 10_000_000}), Some(("amount", "MAX"))),
        (json!({"amount": 1.5}), Some(("amount", "TYPE"))),
        (json!({"amount": "5"}), Some(("amount", "TYPE"))),
        (json!({"amount": 1, "revision": "0"}), Some(("revision", "MIN"))),
        (json!({"amount": 1, "revision": 1}), Some(("revision", "TYPE"))),
        (json!({"amount": 1, "description": ""}), Some(("description", "MIN_LENGTH"))),
        (json!({"amount": 1, "description": text(101)}), Some(("description", "MAX_LENGTH"))),
        (json!({}), Some(("balance", "ONE_OF"))),
        (json!({"amount": 5.0}), None),
    ] {
        let account = service.fresh_account();
        service.adjust(&account, &json!({"balance": 20_000_000}));
        let before = service.ledger();
        let (status, answer) = service.adjust(&account, &body);
        match refused {
            None => assert_eq!(status, 200, "{body}: {answer}"),
            Some((field, rule)) => {
                assert_eq!((status, violations(&answer)), (400, violation(field, rule)), "{body}");
                assert_eq!(service.ledger(), before);
            }
        }
    }
}

#[test]
fn l06_the_balance_stays_within_its_range() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    service.adjust(&account, &json!({"balance": 999_999_990}));
    let (status, _) = service.earn(&account, 9, "fits");
    assert_eq!(status, 200);
    let before = service.ledger();
    let (status, answer) = service.earn(&account, 1, "above");
    assert_eq!((status, violations(&answer)), (400, violation("amount", "MAX")));
    let (status, answer) = service.adjust(&account, &json!({"amount": 1}));
    assert_eq!((status, violations(&answer)), (400, violation("amount", "MAX")));
    assert_eq!(service.ledger(), before);
    service.adjust(&account, &json!({"balance": 5}));
    let before = service.ledger();
    let (status, answer) = service.adjust(&account, &json!({"amount": -6}));
    assert_eq!((status, code(&answer)), (428, "INSUFFICIENT_POINTS"));
    assert_eq!(service.ledger(), before);
    assert_eq!(service.adjust(&account, &json!({"amount": -5})).0, 200);
    // The key of the refused earn was not used up.
    assert_eq!(service.earn(&account, 1, "above").0, 200);
}

#[test]
fn l07_a_paused_or_drafted_program_moves_nothing() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    assert_eq!(service.earn(&account, 5, "before").0, 200);
    for status in ["PAUSED", "DRAFT"] {
        service.control("POST", "program", &json!({ "status": status }));
        let (_, program) = service.get("/loyalty-programs/v1/program");
        assert_eq!(program["loyaltyProgram"]["status"], status);
        let before = service.ledger();
        let contact = service.spare_contact(0);
        for (got, answer) in [
            service.earn(&account, 5, "new"),
            service.adjust(&account, &json!({"amount": 1})),
            service.post(ACCOUNTS, &json!({ "contactId": contact })),
        ] {
            assert_eq!((got, code(&answer)), (428, "PROGRAM_NOT_ACTIVE"));
        }
        // What was done before the pause is still said to be done.
        assert_eq!(code(&service.earn(&account, 5, "before").1), "TRANSACTION_ALREADY_EXISTS");
        assert_eq!(service.ledger(), before);
    }
    service.control("POST", "program", &json!({"status": "ACTIVE"}));
    assert_eq!(service.earn(&account, 5, "new").0, 200);
}

#[test]
fn l07_contacts_accounts_and_what_is_missing() {
    let mut service = Service::new("{}");
    let nobody = "00000000-0000-4000-8000-000000000000";
    let contact = service.spare_contact(0);
    let (status, made) = service.post(ACCOUNTS, &json!({ "contactId": contact }));
    assert_eq!(status, 200);
    let account = &made["account"];
    assert_eq!((&account["contactId"], &account["revision"]), (&json!(contact), &json!("1")));
    assert_eq!(account["points"], json!({"balance":0,"earned":0,"adjusted":0,"redeemed":0,"expired":0}));
    let before = service.ledger();
    for (got, status, expected) in [
        (service.post(ACCOUNTS, &json!({ "contactId": contact })), 409, "ALREADY_EXISTS"),
        (service.post(ACCOUNTS, &json!({ "contactId": nobody })), 404, "NOT_FOUND"),
        (service.get(&format!("{ACCOUNTS}/{nobody}")), 404, "NOT_FOUND"),
        (service.get(&format!("{TRANSACTIONS}/{nobody}")), 404, "NOT_FOUND"),
        (service.earn(nobody, 5, "k"), 404, "NOT_FOUND"),
        (service.adjust(nobody, &json!({"amount": 5})), 404, "NOT_FOUND"),
        (service.get(&format!("{ACCOUNTS}/fetch-by?contactId={nobody}")), 404, "NOT_FOUND"),
        (service.get(&format!("{ACCOUNTS}/fetch-by?memberId=not-a-guid")), 404, "NOT_FOUND"),
    ] {
        assert_eq!((got.0, code(&got.1)), (status, expected), "{}", got.1);
    }
    for (query, field) in [("", "contactId"), ("?contactId=a&memberId=b", "memberId")] {
        let (status, answer) = service.get(&format!("{ACCOUNTS}/fetch-by{query}"));
        assert_eq!((status, violations(&answer)), (400, violation(field, "ONE_OF")), "{query}");
    }
    for (length, status) in [(50, 404), (51, 400)] {
        let id = "x".repeat(length);
        assert_eq!(service.get(&format!("{ACCOUNTS}/fetch-by?memberId={id}")).0, status);
    }
    assert_eq!(service.ledger(), before);
    let (member, its) = (service.member(0, "memberId"), service.member(0, "accountId"));
    let (_, found) = service.get(&format!("{ACCOUNTS}/fetch-by?memberId={member}"));
    assert_eq!(found["account"]["id"], json!(its));
}
