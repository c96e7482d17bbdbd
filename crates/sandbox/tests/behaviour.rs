//! The answers to what nobody documents, as they can be chosen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use support::{ACCOUNTS, APP, Service};

const MAX: i64 = 999_999_999;

fn service(behaviour: &Value) -> Service {
    Service::new(&json!({ "behaviour": behaviour }).to_string())
}

fn account(service: &mut Service) -> (String, Value) {
    let id = service.member(0, "accountId");
    let (status, answer) = service.get(&format!("{ACCOUNTS}/{id}"));
    assert_eq!(status, 200);
    (id, answer["account"].clone())
}

fn earn(service: &mut Service, key: &str, amount: i64) -> (u16, Value) {
    let id = service.member(0, "accountId");
    let body = json!({ "amount": amount, "appId": APP, "idempotencyKey": key });
    service.post(&format!("{ACCOUNTS}/{id}/earn-points"), &body)
}

fn adjust(service: &mut Service, body: &Value) -> (u16, Value) {
    let id = service.member(0, "accountId");
    service.post(&format!("{ACCOUNTS}/{id}/adjust-points"), body)
}

fn code(answer: &Value) -> &str {
    answer["details"]["applicationError"]["code"].as_str().unwrap_or("validationError")
}

#[test]
fn l03_a_repeated_key_is_refused_or_answered_again() {
    for (behaviour, same, other) in [
        (json!({}), 409, 409),
        (json!({ "duplicateEarn": "replay" }), 200, 409),
        (json!({ "otherPayload": "replay" }), 409, 200),
        (json!({ "duplicateEarn": "replay", "otherPayload": "replay" }), 200, 200),
    ] {
        let mut service = service(&behaviour);
        let (status, first) = earn(&mut service, "k", 5);
        assert_eq!(status, 200);
        for (amount, wanted) in [(5, same), (6, other)] {
            let (status, answer) = earn(&mut service, "k", amount);
            assert_eq!(status, wanted, "{behaviour} {amount}");
            if status == 200 {
                assert_eq!(answer["transactionId"], first["transactionId"]);
            }
        }
        let (_, now) = account(&mut service);
        assert_eq!(now["points"], first["account"]["points"], "{behaviour}: paid once");
    }
}

#[test]
fn l01_the_revision_rises_as_told() {
    let mut service = service(&json!({ "revisionBump": { "earn": 2, "adjust": 0 } }));
    let number = |account: &Value| account["revision"].as_str().unwrap().parse::<i64>().unwrap();
    let (_, before) = account(&mut service);
    let (_, earned) = earn(&mut service, "k", 5);
    assert_eq!(number(&earned["account"]), number(&before) + 2);
    let (_, adjusted) = adjust(&mut service, &json!({ "amount": 5 }));
    assert_eq!(number(&adjusted["account"]), number(&before) + 2);
}

#[test]
fn l05_revisions_are_heeded_or_passed_over() {
    for (behaviour, stale, missing) in [
        (json!({}), 409, 200),
        (json!({ "staleRevision": "ignore" }), 200, 200),
        (json!({ "missingRevision": "reject" }), 409, 400),
    ] {
        let mut service = service(&behaviour);
        let (status, _) = adjust(&mut service, &json!({ "amount": 1, "revision": "99999" }));
        assert_eq!(status, stale, "{behaviour}");
        let (status, answer) = adjust(&mut service, &json!({ "amount": 1 }));
        assert_eq!(status, missing, "{behaviour}");
        if status == 400 {
            assert_eq!(answer["details"]["validationError"]["fieldViolations"][0]["field"], "revision");
        }
    }
}

#[test]
fn l01_a_balance_out_of_range_is_refused_or_stops_at_the_edge() {
    let mut strict = service(&json!({}));
    let mut clamped = service(&json!({ "belowZero": "clamp", "aboveMaximum": "clamp" }));
    let (_, before) = account(&mut strict);
    let balance = before["points"]["balance"].as_i64().unwrap();
    let (status, answer) = adjust(&mut strict, &json!({ "amount": -balance - 1 }));
    assert_eq!((status, code(&answer)), (428, "INSUFFICIENT_POINTS"));
    let (status, answer) = adjust(&mut clamped, &json!({ "amount": -balance - 1 }));
    assert_eq!((status, &answer["account"]["points"]["balance"]), (200, &json!(0)));
    for (service, wanted) in [(&mut strict, 400), (&mut clamped, 200)] {
        assert_eq!(adjust(service, &json!({ "balance": MAX })).0, 200);
        assert_eq!(adjust(service, &json!({ "amount": 1 })).0, wanted);
        assert_eq!(account(service).1["points"]["balance"], json!(MAX));
    }
}

#[test]
fn l15_unknown_fields_and_both_ids() {
    let body = json!({ "query": {}, "surprise": 1 });
    let path = format!("{ACCOUNTS}/query");
    assert_eq!(service(&json!({})).post(&path, &body).0, 400);
    assert_eq!(service(&json!({ "unknownField": "ignore" })).post(&path, &body).0, 200);
    // The options of their own win.
    let mut strict = Service::new(r#"{"lenient": false, "behaviour": {"unknownField": "ignore"}}"#);
    assert_eq!(strict.post(&path, &body).0, 400);

    for (which, status, whose) in [("reject", 400, None), ("contact", 200, Some(0)), ("member", 200, Some(1))]
    {
        let mut service = service(&json!({ "bothIds": which }));
        let (contact, member) = (service.member(0, "contactId"), service.member(1, "memberId"));
        let (got, answer) =
            service.get(&format!("{ACCOUNTS}/fetch-by?contactId={contact}&memberId={member}"));
        assert_eq!(got, status, "{which}");
        if let Some(at) = whose {
            assert_eq!(answer["account"]["id"], json!(service.member(at, "accountId")));
        }
    }
}

#[test]
fn l06_a_key_may_be_as_long_as_told() {
    for most in [1_usize, 36, 128, 200, 256] {
        let mut service = service(&json!({ "keyLength": most }));
        let (status, answer) = earn(&mut service, &"k".repeat(most + 1), 5);
        let violation = &answer["details"]["validationError"]["fieldViolations"][0];
        assert_eq!((status, &violation["field"]), (400, &json!("idempotencyKey")), "{most}");
        assert_eq!(violation["data"]["threshold"], json!(most));
        assert_eq!(earn(&mut service, &"k".repeat(most), 5).0, 200, "{most}");
        assert_eq!(earn(&mut service, "", 5).0, 400);
    }
}

#[test]
fn refusals_are_worded_as_told() {
    let said = |status: u16, code: &str| json!({ "status": status, "code": code });
    let mut service = service(&json!({ "missingRevision": "reject", "answers": {
        "duplicateEarn": said(412, "DUPLICATE"), "otherPayload": said(422, "OTHER"),
        "staleRevision": said(428, "STALE"), "missingRevision": said(428, "MISSING"),
        "belowZero": said(400, "validationError"), "aboveMaximum": said(409, "TOO_MUCH"),
        "unknownField": said(404, "WHAT"), "bothIds": said(422, "ONE_PLEASE"), "keyLength": said(413, "LONG"),
        "accountExists": said(428, "HAS_ONE"), "unknownContact": said(428, "NOBODY"),
    } }));
    let (_, before) = account(&mut service);
    let current = before["revision"].clone();
    let (contact, member) = (service.member(0, "contactId"), service.member(0, "memberId"));
    let told = |(status, answer): (u16, Value)| (status, code(&answer).to_owned());
    let wanted = |status: u16, code: &str| (status, code.to_owned());

    let body = json!({ "amount": -9_999_999, "revision": current });
    assert_eq!(told(adjust(&mut service, &body)), wanted(400, "validationError"));
    assert_eq!(told(adjust(&mut service, &json!({ "amount": 1 }))), wanted(428, "MISSING"));
    assert_eq!(
        told(adjust(&mut service, &json!({ "amount": 1, "revision": "99999" }))),
        wanted(428, "STALE")
    );
    assert_eq!(earn(&mut service, "k", 5).0, 200);
    assert_eq!(told(earn(&mut service, "k", 5)), wanted(412, "DUPLICATE"));
    assert_eq!(told(earn(&mut service, "k", 6)), wanted(422, "OTHER"));
    assert_eq!(told(earn(&mut service, &"k".repeat(129), 5)), wanted(413, "LONG"));
    let revision = account(&mut service).1["revision"].clone();
    assert_eq!(adjust(&mut service, &json!({ "balance": MAX, "revision": revision })).0, 200);
    assert_eq!(told(earn(&mut service, "l", 5)), wanted(409, "TOO_MUCH"));
    let unknown = json!({ "query": {}, "surprise": 1 });
    assert_eq!(told(service.post(&format!("{ACCOUNTS}/query"), &unknown)), wanted(404, "WHAT"));
    let both = format!("{ACCOUNTS}/fetch-by?contactId={contact}&memberId={member}");
    assert_eq!(told(service.get(&both)), wanted(422, "ONE_PLEASE"));
    assert_eq!(told(service.post(ACCOUNTS, &json!({ "contactId": contact }))), wanted(428, "HAS_ONE"));
    assert_eq!(told(service.post(ACCOUNTS, &json!({ "contactId": APP }))), wanted(428, "NOBODY"));
    // What was not asked for is as ever.
    assert_eq!(told(service.get(&format!("{ACCOUNTS}/{APP}"))), wanted(404, "NOT_FOUND"));
}
