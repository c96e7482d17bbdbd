//! L12, without a disk: what is kept is what is there, after every call.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use loyalty_sandbox::{Everything, Opening, Request, Sandbox};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ACCOUNTS, NOW, Service};

/// A store that is a map.
#[derive(Debug, Clone, Default)]
struct Kept(BTreeMap<(u8, u32), Vec<u8>>);

impl Kept {
    fn apply(&mut self, mut changes: &[u8]) {
        while let [order, table, k0, k1, k2, k3, l0, l1, l2, l3, rest @ ..] = changes {
            let (row, behind) = rest.split_at(u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize);
            let key = (*table, u32::from_le_bytes([*k0, *k1, *k2, *k3]));
            match order {
                0 => self.0.clear(),
                1 => drop(self.0.insert(key, row.to_vec())),
                _ => drop(self.0.remove(&key)),
            }
            changes = behind;
        }
        assert!(changes.is_empty());
    }

    fn bytes(&self) -> Vec<u8> {
        let row = |(&(table, key), row): (&(u8, u32), &Vec<u8>)| {
            let length = u32::try_from(row.len()).unwrap();
            [&[1, table][..], &key.to_le_bytes(), &length.to_le_bytes(), row].concat()
        };
        self.0.iter().flat_map(row).collect()
    }

    fn open(&self, options: &str) -> Result<Sandbox, String> {
        let mut opening = Opening::new(options, NOW)?;
        opening.rows(&self.bytes())?;
        opening.finish()
    }
}

fn kept(options: &str) -> (Service, Kept) {
    let mut service = Service::new(options);
    let mut kept = Kept::default();
    let mut everything = Everything::default();
    loop {
        let piece = everything.piece(&service.sandbox);
        if piece.is_empty() {
            break;
        }
        kept.apply(&piece);
    }
    service.sandbox.keep_changes();
    (service, kept)
}

fn reopened(kept: &Kept, options: &str) -> Service {
    let sandbox = kept.open(options).unwrap();
    let ready = sandbox.ready();
    Service { sandbox, now: NOW, ready }
}

/// One call of any kind; most move points.
fn step(service: &mut Service, (kind, pick, amount): (u8, usize, i64)) {
    let account = service.member(pick % 5, "accountId");
    match kind % 12 {
        0..4 => drop(service.earn(&account, amount, &format!("k-{}", pick % 40))),
        4..7 => drop(service.adjust(&account, &json!({"amount": amount, "description": "Grüße"}))),
        7 => drop(service.control(
            "POST",
            "contacts",
            &json!({"name": format!("N {pick}"), "member": pick % 2 == 0}),
        )),
        8 => {
            let contact = service.control("POST", "contacts", &json!({}));
            // Refused while the program is paused.
            drop(service.post(ACCOUNTS, &json!({"contactId": contact["contact"]["contactId"]})));
        }
        9 => drop(service.control(
            "POST",
            "clock",
            &json!({"advanceMs": amount.abs() * 1_000, "still": pick % 2 == 0}),
        )),
        10 => {
            let status = ["ACTIVE", "ACTIVE", "PAUSED"][pick % 3];
            drop(service.control("POST", "program", &json!({ "status": status })));
        }
        _ => {
            let info = json!({
                "amount": amount.abs(), "appId": "other", "idempotencyKey": format!("o-{pick}"), "activityType": "a",
                "orderId": "o", "followedSocialMedia": {"channel": "c"}, "description": "",
            });
            drop(service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &info));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn l12_after_every_call_the_kept_rows_are_the_whole_state(
        steps in prop::collection::vec((any::<u8>(), any::<usize>(), -400_i64..400), 1..40),
        resets in prop::option::of(0_usize..40),
    ) {
        let (mut service, mut kept) = kept(r#"{"seed":5,"accounts":8,"lenient":true}"#);
        for (number, drawn) in steps.into_iter().enumerate() {
            step(&mut service, drawn);
            if resets == Some(number) {
                service.control("POST", "reset", &Value::Null);
            }
            kept.apply(&service.sandbox.take_changes());
        }
        let mut again = reopened(&kept, "{}");
        let clock = |service: &mut Service| service.control("GET", "clock", &Value::Null);
        prop_assert_eq!(clock(&mut again), clock(&mut service));
        prop_assert_eq!(again.ledger(), service.ledger());
        prop_assert_eq!(&again.ready, &service.sandbox.ready());
        // It also goes on as the other does: same answers, same new ids, and again all is kept.
        for drawn in [(0, 1, 50), (8, 0, 0), (4, 2, 7), (7, 3, 0)] {
            step(&mut service, drawn);
            step(&mut again, drawn);
            kept.apply(&again.sandbox.take_changes());
        }
        prop_assert_eq!(again.ledger(), service.ledger());
        prop_assert_eq!(reopened(&kept, r#"{"seed":5,"accounts":8}"#).ledger(), service.ledger());
    }

    #[test]
    fn l12_broken_rows_are_refused_and_nothing_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let (_, kept) = kept(r#"{"seed":5,"accounts":5}"#);
        let mut bytes = kept.bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte };
        let mut opening = Opening::new("{}", NOW).unwrap();
        if opening.rows(&bytes).is_ok() && let Ok(mut sandbox) = opening.finish() {
            // What can still be read adds up.
            let export = Request::new("GET", "/_sandbox/export").header("host", "localhost").header("x-sandbox-control", "1");
            prop_assert_eq!(sandbox.handle(&export, NOW).status, 200);
        }
    }
}

#[test]
fn l12_reads_change_nothing_and_writes_change_little() {
    let (mut service, _) = kept(r#"{"seed":5}"#);
    service.get("/loyalty-programs/v1/program");
    service.sandbox.take_changes();
    let id = service.member(0, "accountId");
    service.account(&id);
    assert_eq!(service.sandbox.take_changes(), Vec::<u8>::new());
    let (status, _) = service.earn(&id, 5, "little");
    assert_eq!(status, 200);
    let changes = service.sandbox.take_changes();
    assert!(changes.len() < 200, "{}", changes.len());
    let (status, _) = service.earn(&id, 5, "little");
    assert_eq!(status, 409);
    assert_eq!(service.sandbox.take_changes(), Vec::<u8>::new(), "a refused call writes nothing");
}

#[test]
fn l12_ids_of_requests_and_visitors_are_not_given_twice() {
    let (mut service, mut kept) = kept(r#"{"seed":5}"#);
    let token = |service: &mut Service| {
        let body = json!({"clientId": "c", "grantType": "anonymous"});
        let answer = service.send(&Request::new("POST", "/oauth2/token").json(&body));
        (
            answer.get("x-wix-request-id").unwrap().to_owned(),
            support::read(&answer).1["refresh_token"].clone(),
        )
    };
    let one = token(&mut service);
    kept.apply(&service.sandbox.take_changes());
    let mut again = reopened(&kept, "{}");
    let two = token(&mut again);
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
}

#[test]
fn options_go_on_as_they_were_unless_they_made_the_file() {
    let (mut service, mut kept) =
        kept(r#"{"seed":5,"accounts":8,"duplicateEarn":"replay","apiKey":"SANDBOX.of-this-test"}"#);
    kept.apply(&service.sandbox.take_changes());
    assert_eq!(reopened(&kept, "{}").ready["apiKey"], "SANDBOX.of-this-test");
    for (options, named) in
        [(r#"{"seed":6}"#, "seed 5"), (r#"{"accounts":9}"#, "accounts 8"), (r#"{"sead":5}"#, "sead")]
    {
        let error = kept.open(options).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
    let mut changed =
        reopened(&kept, r#"{"seed":5,"duplicateEarn":"reject","now":"2030-01-01T00:00:00.000Z"}"#);
    kept.apply(&changed.sandbox.take_changes());
    let mut again = reopened(&kept, "{}");
    assert_eq!(again.control("GET", "clock", &Value::Null)["now"], "2030-01-01T00:00:00.000Z");
    let id = again.member(0, "accountId");
    assert_eq!([again.earn(&id, 1, "x").0, again.earn(&id, 1, "x").0], [200, 409]);
}

#[test]
fn what_is_missing_or_does_not_add_up_is_said() {
    let (_, kept) = kept(r#"{"seed":5,"accounts":8}"#);
    let without = |gone: (u8, u32)| {
        let mut less = kept.clone();
        less.0.remove(&gone).unwrap();
        less.open("{}").unwrap_err()
    };
    assert_eq!(without((1, 0)), "The row of the site is missing.");
    assert_eq!(without((3, 2)), "Row 3 of table 3 can't be read.");
    let last = kept.0.keys().next_back().copied().unwrap();
    assert!(without(last).contains("don't add up"), "{}", without(last));
    assert_eq!(Kept::default().open("{}").unwrap_err(), "The row of the site is missing.");
}
