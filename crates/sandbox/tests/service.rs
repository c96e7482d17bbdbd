//! What stands around the methods: how requests are read, faults, the clock, the control plane.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_sandbox::Request;
use serde_json::{Value, json};
use support::{ACCOUNTS, APP, COUPONS, NOW, Service, TRANSACTIONS, code, read, violation, violations};

const MINE: &str = "/loyalty-accounts/v1/accounts/my-account";

#[test]
fn l15_unknown_fields_are_refused_unless_lenient() {
    let mut strict = Service::new("{}");
    let mut lenient = Service::new(r#"{"lenient": true}"#);
    let account = strict.member(0, "accountId");
    assert_eq!(account, lenient.member(0, "accountId"));
    let earn = json!({"amount": 1, "appId": APP, "idempotencyKey": "k", "bonus": true});
    for (path, body, field) in [
        (format!("{ACCOUNTS}/{account}/earn-points"), earn, "bonus"),
        (format!("{ACCOUNTS}/{account}/adjust-points"), json!({"amount": 1, "type": "GIVE"}), "type"),
        (format!("{ACCOUNTS}/query"), json!({"query": {"paging": {"limit": 1}}}), "query.paging"),
        (
            format!("{ACCOUNTS}/query"),
            json!({"query": {"sort": [{"fieldName": "id", "x": 1}]}}),
            "query.sort[0].x",
        ),
        (format!("{TRANSACTIONS}/query"), json!({"query": {}, "fields": []}), "fields"),
        (format!("{ACCOUNTS}/count"), json!({"aggregations": []}), "aggregations"),
    ] {
        let (status, answer) = strict.post(&path, &body);
        assert_eq!((status, violations(&answer)), (400, violation(field, "NOT_ALLOWED")), "{path}");
        let (status, answer) = lenient.post(&path, &body);
        assert_eq!(status, 200, "{path}: {answer}");
    }
    let target = format!("{ACCOUNTS}/{account}?id={account}&fields=x");
    assert_eq!(violations(&strict.get(&target).1), violation("fields", "NOT_ALLOWED"));
    assert_eq!(lenient.get(&target).0, 200);
}

#[test]
fn what_the_path_and_the_payload_repeat_must_agree() {
    let mut service = Service::new("{}");
    let (mine, other) = (service.member(0, "accountId"), service.member(1, "accountId"));
    assert_eq!(service.get(&format!("{ACCOUNTS}/{mine}?id={}", mine.to_uppercase())).0, 200);
    let (status, answer) = service.get(&format!("{ACCOUNTS}/{mine}?id={other}"));
    assert_eq!((status, violations(&answer)), (400, violation("id", "FORMAT")));
    let before = service.ledger();
    let mut body = json!({"accountId": other, "amount": 1, "appId": APP, "idempotencyKey": "k"});
    let (status, answer) = service.post(&format!("{ACCOUNTS}/{mine}/earn-points"), &body);
    assert_eq!((status, violations(&answer)), (400, violation("accountId", "FORMAT")));
    body["accountId"] = json!([mine]);
    assert_eq!(service.post(&format!("{ACCOUNTS}/{mine}/earn-points"), &body).0, 400);
    assert_eq!(service.ledger(), before);
    body["accountId"] = json!(mine);
    assert_eq!(service.post(&format!("{ACCOUNTS}/{mine}/earn-points"), &body).0, 200);
}

#[test]
fn paths() {
    let mut service = Service::new("{}");
    let id = service.member(0, "accountId");
    for (path, status) in [
        (format!("/_api{ACCOUNTS}/{id}"), 200),
        (format!("{ACCOUNTS}/{id}"), 200),
        (format!("/_api/_api{ACCOUNTS}/{id}"), 404),
        (format!("/_apix{ACCOUNTS}/{id}"), 404),
        (format!("{ACCOUNTS}/{id}/"), 404),
        (format!("/{ACCOUNTS}/{id}"), 404),
        (format!("{ACCOUNTS}/..%2f{id}"), 400),
        (format!("{ACCOUNTS}/not-a-guid"), 400),
        (format!("{ACCOUNTS}/{id}/earn-points"), 405),
        ("/actions/daily-visit".to_owned(), 404),
        ("/".to_owned(), 404),
    ] {
        assert_eq!(service.get(&path).0, status, "{path}");
    }
    assert_eq!(service.post("/actions/daily-visit", &json!({})).0, 404, "an action is the proxy's");
}

#[test]
fn l07_of_several_reasons_to_refuse_the_first_in_line_is_told() {
    let mut service = Service::new("{}");
    let nobody = "00000000-0000-4000-8000-000000000000";
    let (account, contact) = (service.member(0, "accountId"), service.member(0, "contactId"));
    assert_eq!(service.earn(&account, 5, "used").0, 200);
    service.control("POST", "program", &json!({"status": "PAUSED"}));
    let (earn, adjust) =
        (format!("{ACCOUNTS}/{account}/earn-points"), format!("{ACCOUNTS}/{account}/adjust-points"));
    let used = json!({"amount": 5, "appId": "a", "idempotencyKey": "used"});
    let new = json!({"amount": 5, "appId": "a", "idempotencyKey": "new"});
    for (path, body, status, told) in [
        (format!("{ACCOUNTS}/{nobody}/earn-points"), &json!({}), 400, "none"),
        (format!("{ACCOUNTS}/{nobody}/earn-points"), &used, 404, "NOT_FOUND"),
        (earn.clone(), &used, 409, "TRANSACTION_ALREADY_EXISTS"),
        (earn, &new, 428, "PROGRAM_NOT_ACTIVE"),
        (adjust.clone(), &json!({"amount": -9_999_999, "revision": "999"}), 409, "ABORTED"),
        (adjust, &json!({"amount": -9_999_999}), 428, "PROGRAM_NOT_ACTIVE"),
        (ACCOUNTS.to_owned(), &json!({"contactId": nobody}), 404, "NOT_FOUND"),
        (ACCOUNTS.to_owned(), &json!({"contactId": contact}), 409, "ALREADY_EXISTS"),
        (COUPONS.to_owned(), &json!({"rewardId": nobody, "loyaltyAccountId": nobody}), 404, "NOT_FOUND"),
        (
            COUPONS.to_owned(),
            &json!({"rewardId": nobody, "loyaltyAccountId": account}),
            428,
            "PROGRAM_NOT_ACTIVE",
        ),
    ] {
        let (found, answer) = service.post(&path, body);
        assert_eq!((found, code(&answer)), (status, told), "{path} {body}");
    }
    // Before all that come the path, the credential and the permission.
    let token = service.member(0, "token");
    for (path, credential, status) in [
        ("/nowhere", "", 404),
        ("/loyalty-accounts/v1/accounts/x", "", 400),
        ("/loyalty-programs/v1/program?x=1", "", 401),
        ("/loyalty-programs/v1/program?x=1", token.as_str(), 403),
    ] {
        assert_eq!(service.get_with_token(path, credential).0, status, "{path} {credential}");
    }
}

#[test]
fn bodies_that_are_no_objects_are_refused() {
    let mut service = Service::new("{}");
    for body in ["{", "[]", "null", "5", "\"x\"", &"[".repeat(10_000)] {
        let mut request = service.as_app(Request::new("POST", &format!("{ACCOUNTS}/count")));
        request.body = body.to_owned();
        let (status, answer) = read(&service.send(&request));
        assert_eq!((status, code(&answer)), (400, "INVALID_ARGUMENT"), "{body:.20}");
    }
    let empty = service.as_app(Request::new("POST", &format!("{ACCOUNTS}/count")));
    assert_eq!(service.send(&empty).status, 200);
}

#[test]
fn l11_faults_before_and_after_a_call_is_carried_out() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    for (at, (fault, applied)) in [
        (json!({"kind": "dropBefore"}), false),
        (json!({"kind": "status", "status": 503}), false),
        (json!({"kind": "status", "status": 500, "apply": true}), true),
        (json!({"kind": "html"}), false),
        (json!({"kind": "dropAfter"}), true),
        (json!({"kind": "truncated"}), true),
        (json!({"kind": "cut"}), true),
        (json!({"kind": "latency", "delayMs": 10}), true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut rule = fault.clone();
        rule["operation"] = json!("earnPoints");
        service.control("POST", "faults", &rule);
        let before = service.account(&account)["points"]["balance"].as_i64().unwrap();
        service.earn(&account, 3, &at.to_string());
        let after = service.account(&account)["points"]["balance"].as_i64().unwrap();
        assert_eq!(after - before, if applied { 3 } else { 0 }, "{fault}");
        // The rule is spent: the same call again is carried out, unless it was.
        let (status, _) = service.earn(&account, 3, &at.to_string());
        assert_eq!(status, if applied { 409 } else { 200 }, "{fault}");
    }
    let rules = service.control("GET", "faults", &Value::Null);
    assert!(rules["rules"].as_array().unwrap().iter().all(|rule| rule["hits"] == 1));
    assert_eq!(service.control("DELETE", "faults", &Value::Null)["rules"], json!([]));
}

#[test]
fn l11_one_request_can_bring_its_own_fault() {
    let mut service = Service::new("{}");
    let path = format!("{ACCOUNTS}/program-totals");
    let fault = r#"{"kind":"status","status":429,"retryAfter":"7"}"#;
    let request = service.as_app(Request::new("GET", &path)).header("X-Sandbox-Fault", fault);
    let answer = service.send(&request);
    assert_eq!((answer.status, answer.get("retry-after")), (429, Some("7")));
    assert_eq!(code(&read(&answer).1), "RESOURCE_EXHAUSTED");
    assert_eq!(service.get(&path).0, 200);
    let wrong = service.as_app(Request::new("GET", &path)).header("X-Sandbox-Fault", "boom");
    assert_eq!(service.send(&wrong).status, 400);
}

#[test]
fn l11_same_seed_and_same_calls_give_the_same_bytes() {
    let run = |seed: u64| {
        let mut service = Service::new(&json!({"seed": seed, "now": "2026-03-01T00:00:00Z"}).to_string());
        service.control("POST", "faults", &json!({"kind": "status", "count": 0, "probability": 0.3}));
        let account = service.member(0, "accountId");
        let mut all: Vec<String> = Vec::new();
        for at in 0..40 {
            // The real clock goes on; the sandbox's stands still.
            service.now += 1_000;
            let body = json!({"amount": 1, "appId": APP, "idempotencyKey": at.to_string()});
            let request = Request::new("POST", &format!("{ACCOUNTS}/{account}/earn-points")).json(&body);
            let request = service.as_app(request);
            all.push(format!("{:?}", service.send(&request)));
        }
        all.push(service.ledger().to_string());
        all
    };
    assert_eq!(run(4), run(4));
    assert_ne!(run(4), run(5));
}

#[test]
fn the_clock_is_settable() {
    let mut service = Service::new("{}");
    let account = service.fresh_account();
    service.control("POST", "clock", &json!({"now": "2030-02-28T23:59:59.000Z", "still": true}));
    service.now += 5_000;
    service.earn(&account, 1, "a");
    assert_eq!(service.account(&account)["lastActivityDate"], "2030-02-28T23:59:59.000Z");
    service.control("POST", "clock", &json!({"advanceMs": 1_000}));
    service.earn(&account, 1, "b");
    assert_eq!(service.account(&account)["updatedDate"], "2030-03-01T00:00:00.000Z");
    let told = service.control("POST", "clock", &json!({"still": false}));
    assert_eq!(told, json!({"now": "2030-03-01T00:00:00.000Z", "still": false}));
    service.now += 250;
    assert_eq!(service.control("GET", "clock", &Value::Null)["now"], "2030-03-01T00:00:00.250Z");
}

#[test]
fn requests_are_recorded_with_their_headers_and_can_be_forgotten() {
    let mut service = Service::new("{}");
    let member = service.member(0, "token");
    service.get_with_token(MINE, &member);
    service.send(&Request::new("GET", "/nowhere?x=1"));
    let kept = service.control("GET", "requests", &Value::Null)["requests"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 2, "control calls are not recorded");
    assert_eq!(kept[0]["headers"]["authorization"], json!(member));
    assert_eq!((&kept[0]["operation"], &kept[0]["status"]), (&json!("getCurrentMemberAccount"), &json!(200)));
    assert_eq!((&kept[1]["path"], &kept[1]["status"]), (&json!("/nowhere?x=1"), &json!(404)));
    service.control("DELETE", "requests", &Value::Null);
    assert_eq!(service.control("GET", "requests", &Value::Null)["requests"], json!([]));
}

#[test]
fn a_reset_brings_the_fixtures_back() {
    let mut service = Service::new(r#"{"now": "2026-01-01T00:00:00Z"}"#);
    let before = service.ledger();
    let account = service.fresh_account();
    service.earn(&account, 5, "k");
    service.control("POST", "clock", &json!({"advanceMs": 1}));
    assert_ne!(service.ledger(), before);
    let ready = service.control("POST", "reset", &Value::Null);
    assert_eq!(ready, service.ready);
    assert_eq!(service.ledger(), before);
    assert_eq!(service.now, NOW);
}

#[test]
fn wrong_orders_are_refused_with_a_sentence() {
    let mut service = Service::new("{}");
    for (place, body) in [
        ("clock", json!({"now": "tomorrow"})),
        ("clock", json!({"plus": 5})),
        ("program", json!({"status": "OFF"})),
        ("contacts", json!({"mail": "x"})),
        ("faults", json!({"kind": "explode"})),
        ("faults", json!({"rules": [{"kind": "html"}, {"kind": "status", "status": 200}]})),
        ("faults", json!([])),
    ] {
        let request = Request::new("POST", &format!("/_sandbox/{place}"))
            .header("host", "localhost")
            .header("x-sandbox-control", "1")
            .json(&body);
        let (status, answer) = read(&service.send(&request));
        assert_eq!((status, code(&answer)), (400, "INVALID_ARGUMENT"), "{place} {body}");
    }
    assert_eq!(service.control("GET", "faults", &Value::Null)["rules"], json!([]), "all rules or none");
}

#[test]
fn the_ready_line_has_five_members_with_distinct_first_names_and_contacts_without_accounts() {
    for seed in 0..10 {
        let mut service = Service::new(&json!({ "seed": seed, "accounts": 40 }).to_string());
        let members = service.ready["members"].as_array().unwrap().clone();
        let firsts: std::collections::HashSet<_> = members
            .iter()
            .map(|member| member["name"].as_str().unwrap().split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!((members.len(), firsts.len()), (5, 5));
        let contacts = service.ready["contacts"].as_array().unwrap().clone();
        assert!(contacts.len() >= 5);
        for contact in contacts {
            let id = contact["contactId"].as_str().unwrap();
            assert_eq!(service.get(&format!("{ACCOUNTS}/fetch-by?contactId={id}")).0, 404);
        }
    }
}

#[test]
fn every_answer_is_what_the_contract_promises() {
    let mut service = Service::new("{}");
    let account = service.member(0, "accountId");
    let contact = service.spare_contact(0);
    let export = service.ledger();
    let transaction = export["transactions"][0]["id"].as_str().unwrap().to_owned();
    let answers = [
        ("createAccount", service.post(ACCOUNTS, &json!({ "contactId": contact }))),
        ("earnPoints", service.earn(&account, 5, "k")),
        ("adjustPoints", service.adjust(&account, &json!({"amount": 5}))),
        ("getAccount", service.get(&format!("{ACCOUNTS}/{account}"))),
        ("getProgramTotals", service.get(&format!("{ACCOUNTS}/program-totals"))),
        ("listAccounts", service.get(ACCOUNTS)),
        ("queryLoyaltyAccounts", service.post(&format!("{ACCOUNTS}/query"), &json!({"query": {}}))),
        ("searchAccounts", service.post(&format!("{ACCOUNTS}/search"), &json!({"search": {}}))),
        ("countAccounts", service.post(&format!("{ACCOUNTS}/count"), &json!({}))),
        ("getLoyaltyTransaction", service.get(&format!("{TRANSACTIONS}/{transaction}"))),
        ("queryLoyaltyTransactions", service.post(&format!("{TRANSACTIONS}/query"), &json!({"query": {}}))),
        ("getLoyaltyProgram", service.get("/loyalty-programs/v1/program")),
    ];
    for (name, (status, answer)) in answers {
        assert_eq!(status, 200, "{name}: {answer}");
        let endpoint = loyalty_contract::Operation::from_name(name).unwrap().endpoint();
        assert_eq!(loyalty_contract::validate::response(endpoint.response, &answer), vec![], "{name}");
    }
}
