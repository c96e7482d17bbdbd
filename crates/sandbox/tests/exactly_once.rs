//! L4, of the ledger alone: answers get lost before and after the call was carried out, the caller asks again with the
//! same key or the same revision, and points move once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_sandbox::{Request, Response};
use serde_json::{Value, json};
use support::{ACCOUNTS, APP, Service, code};

const RUNS: i64 = 10_000;
/// So many attempts never all fail by chance.
const PATIENCE: usize = 200;
const FAULTS: &str = r#"["dropBefore", "dropAfter", "status", "html", "truncated", "cut", "latency"]"#;

/// What a caller knows of an answer: nothing, if the connection broke, or if it is no whole JSON.
fn heard(answer: &Response) -> Option<(u16, Value)> {
    if answer.effects.drop || answer.effects.cut_at.is_some() {
        return None;
    }
    serde_json::from_str(&answer.body).ok().map(|body| (answer.status, body))
}

/// Sends until an answer comes that is no trouble of the way. Gives the answers that came, and how many were lost.
fn insist(service: &mut Service, path: &str, body: &Value) -> (u16, Value, usize) {
    for lost in 0..PATIENCE {
        let request = service.as_app(Request::new("POST", path).json(body));
        match heard(&service.send(&request)) {
            Some((status, answer)) if status < 500 && status != 429 => return (status, answer, lost),
            _ => {}
        }
    }
    panic!("no answer after {PATIENCE} attempts");
}

fn balance(service: &mut Service, account: &str) -> i64 {
    let request = service.as_app(Request::new("GET", &format!("{ACCOUNTS}/{account}")));
    loop {
        if let Some((200, answer)) = heard(&service.send(&request)) {
            return answer["account"]["points"]["balance"].as_i64().unwrap();
        }
    }
}

fn run(mode: &str, seed: u64) -> (usize, usize) {
    let options = json!({
        "accounts": 5,
        "duplicateEarn": mode,
        "faults": {"plan": seed, "rate": 0.5, "kinds": serde_json::from_str::<Value>(FAULTS).unwrap()},
    });
    let mut service = Service::new(&options.to_string());
    let account = service.member(0, "accountId");
    let earn = format!("{ACCOUNTS}/{account}/earn-points");
    let (mut expected, mut lost_answers, mut told_done) = (balance(&mut service, &account), 0, 0);
    for number in 0..RUNS / 2 {
        let amount = number % 20 + 1;
        let body = json!({"amount": amount, "appId": APP, "idempotencyKey": format!("run-{number}")});
        let (status, answer, lost) = insist(&mut service, &earn, &body);
        // That it was done before is heard only where an answer was lost.
        match (status, mode) {
            (200, _) => {}
            (409, "reject") => {
                assert_eq!((code(&answer), lost > 0), ("TRANSACTION_ALREADY_EXISTS", true));
                told_done += 1;
            }
            _ => panic!("{status} {answer}"),
        }
        expected += amount;
        lost_answers += lost;
        assert_eq!(balance(&mut service, &account), expected, "run {number} of {mode}");
    }
    (lost_answers, told_done)
}

#[test]
fn l04_earns_end_once_however_often_their_answers_are_lost() {
    let (lost, told_done) = run("reject", 11);
    assert!(lost > 2_000 && told_done > 1_000, "{lost} lost, {told_done} done before");
    let (lost, told_done) = run("replay", 12);
    assert!(lost > 2_000 && told_done == 0, "{lost} lost, {told_done} done before");
}

#[test]
fn l04_an_adjust_with_its_revision_ends_once_however_often_its_answer_is_lost() {
    let options = json!({
        "accounts": 5,
        "faults": {"plan": 3, "rate": 0.5, "kinds": ["dropBefore", "dropAfter", "truncated", "cut"]},
    });
    let mut service = Service::new(&options.to_string());
    let account = service.member(0, "accountId");
    let path = format!("{ACCOUNTS}/{account}/adjust-points");
    let mut expected = balance(&mut service, &account);
    let request = service.as_app(Request::new("GET", &format!("{ACCOUNTS}/{account}")));
    let mut stale = 0;
    for number in 0..1_000 {
        let revision = loop {
            if let Some((200, answer)) = heard(&service.send(&request)) {
                break answer["account"]["revision"].clone();
            }
        };
        let (status, answer, lost) = insist(&mut service, &path, &json!({"amount": 3, "revision": revision}));
        if status != 200 {
            assert_eq!((status, code(&answer), lost > 0), (409, "ABORTED", true), "{answer}");
            stale += 1;
        }
        expected += 3;
        assert_eq!(balance(&mut service, &account), expected, "run {number}");
    }
    assert!(stale > 100, "{stale}");
}
