//! L12, without a disk: what is kept is what is there, after every call.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use loyalty_sandbox::{Everything, Opening, Request, Sandbox};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ACCOUNTS, COUPONS, NOW, PROGRAM, REWARDS, Service, TIERS};

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

    fn open(&self, options: &str, now: i64) -> Result<Sandbox, String> {
        let mut opening = Opening::new(options, now)?;
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

fn reopened(kept: &Kept, options: &str, now: i64) -> Service {
    let sandbox = kept.open(options, now).unwrap();
    let ready = sandbox.ready();
    Service { sandbox, now, ready }
}

/// A call may be refused, but must mean something: a wrong path would test nothing.
fn fine((status, answer): (u16, Value)) {
    let is_misspelt = status == 400 && answer.to_string().contains("not a field");
    assert!(!matches!(status, 404 | 405 | 501) && !is_misspelt, "{status}: {answer}");
}

/// One call of any kind; most move points. Refused ones count too.
fn step(service: &mut Service, (kind, pick, amount): (u8, usize, i64)) {
    let account = service.member(pick % 5, "accountId");
    let null = Value::Null;
    match kind % 28 {
        0..3 => drop(service.earn(&account, amount.abs() + 1, &format!("k-{}", pick % 40))),
        3..5 => drop(service.adjust(&account, &json!({"amount": amount, "description": "Grüße"}))),
        5..8 => {
            let rewards = service.get(REWARDS).1["rewards"].clone();
            let rewards = rewards.as_array().unwrap();
            if let Some(reward) = rewards.get(pick % rewards.len().max(1)) {
                drop(service.redeem(&account, reward["id"].as_str().unwrap()));
            }
        }
        8 => service.now += amount.abs(),
        9 => drop(service.control(
            "POST",
            "contacts",
            &json!({"name": format!("N {pick}"), "member": pick % 2 == 0}),
        )),
        10 => {
            let contact = service.control("POST", "contacts", &json!({}));
            // Refused while the program is paused.
            fine(service.post(ACCOUNTS, &json!({"contactId": contact["contact"]["contactId"]})));
        }
        11 => {
            let by = amount * 86_400_000 / [1, 3, 86_400][pick % 3];
            drop(service.control("POST", "clock", &json!({"advanceMs": by, "still": pick % 2 == 0})));
        }
        12 => {
            let status = ["ACTIVE", "ACTIVE", "PAUSED"][pick % 3];
            drop(service.control("POST", "program", &json!({ "status": status })));
        }
        13 => {
            let info = json!({
                "amount": amount.abs() + 1, "appId": "other", "idempotencyKey": format!("o-{pick}"),
                "activityType": "a", "orderId": "o", "followedSocialMedia": {"channel": "c"}, "description": "",
            });
            fine(service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &info));
        }
        14..16 => {
            let all = service.control("GET", "coupons", &null);
            let all = all["coupons"].as_array().unwrap();
            if let Some(coupon) = all.get(pick % all.len().max(1)) {
                let (id, revision) = (coupon["id"].as_str().unwrap(), coupon["revision"].as_str().unwrap());
                let order = ["settle", "fail", "apply", "refund", "delete"][pick / 7 % 5];
                if order == "delete" {
                    fine(service.call("DELETE", &format!("{COUPONS}/{id}?revision={revision}"), &null));
                } else {
                    drop(service.try_control("POST", &format!("coupons/{id}/{order}"), &null));
                }
            }
        }
        16 => {
            let outcome = ["ACTIVE", "FAILED", "PENDING"][pick % 3];
            drop(service.control("POST", "coupons", &json!({ "outcome": outcome })));
        }
        17 => {
            let terms =
                json!({"monthsOfInactivity": 1 + pick % 20, "expiringPointsPercentage": 10 + pick % 90});
            let program =
                json!({"loyaltyProgram": {"name": format!("Program {pick}"), "pointsExpiration": terms}});
            fine(service.call("PATCH", PROGRAM, &program));
        }
        18 => {
            let order = if pick % 4 == 0 { "disable" } else { "enable" };
            fine(service.post(&format!("{PROGRAM}/points-expiration/{order}"), &json!({})));
        }
        19 => {
            let tier =
                json!({"tierDefinition": {"name": format!("T {pick}")}, "requiredPoints": amount.abs() + 1});
            fine(service.post(TIERS, &json!({ "tier": tier })));
        }
        20 => {
            let tiers = service.get(TIERS).1["tiers"].clone();
            let tiers = tiers.as_array().unwrap();
            if let Some(tier) = tiers.get(pick % tiers.len().max(1)) {
                let place = format!("{TIERS}/{}", tier["id"].as_str().unwrap());
                if pick % 2 == 0 {
                    let revision = tier["revision"].as_str().unwrap();
                    fine(service.call("DELETE", &format!("{place}?revision={revision}"), &null));
                } else {
                    let change =
                        json!({"tier": {"revision": tier["revision"], "requiredPoints": amount.abs() + 1}});
                    fine(service.call("PATCH", &place, &change));
                }
            }
        }
        21 => {
            let offer = json!({"configsByTier": [{"costInPoints": amount.abs() + 1, "amount": "3"}]});
            let reward = json!({"name": format!("R {pick}"), "type": "DISCOUNT_AMOUNT", "active": true, "discountAmount": offer});
            fine(service.post(REWARDS, &json!({ "reward": reward })));
        }
        22 => {
            let all = service.get(REWARDS).1["rewards"].clone();
            let all = all.as_array().unwrap();
            if let Some(reward) = all.get(pick % all.len().max(1)) {
                let place = format!("{REWARDS}/{}", reward["id"].as_str().unwrap());
                if pick % 3 == 0 {
                    let revision = reward["revision"].as_str().unwrap();
                    fine(service.call("DELETE", &format!("{place}?revision={revision}"), &null));
                } else {
                    let mut reward = reward.clone();
                    reward["name"] = json!(format!("renamed {pick}"));
                    fine(service.call("PUT", &place, &json!({ "reward": reward })));
                }
            }
        }
        23 => {
            let filter = json!({"points.balance": {"$gte": amount.abs()}});
            fine(service.post(
                &format!("{ACCOUNTS}/bulk-adjust"),
                &json!({"search": {"filter": filter}, "amount": amount}),
            ));
        }
        24 => {
            let fault = json!({"kind": "latency", "count": 1 + pick % 3, "operation": "getAccount"});
            match pick % 4 {
                0 => drop(service.control("DELETE", "faults", &null)),
                1 => drop(service.control(
                    "POST",
                    "faults",
                    &json!({"plan": pick % 100, "rate": 0.05, "kinds": ["latency"]}),
                )),
                _ => drop(service.try_control("POST", "faults", &fault)),
            }
            drop(service.get(&format!("{ACCOUNTS}/{account}")));
        }
        25 => {
            let hook = json!({"url": "http://127.0.0.1:9/", "duplicate": 0.5});
            drop(service.control(
                ["POST", "DELETE"][pick % 2],
                "webhooks",
                if pick % 2 == 0 { &hook } else { &null },
            ));
        }
        26 => drop(service.control("DELETE", "events", &null)),
        _ => {
            let body = json!({"clientId": "c", "grantType": "anonymous"});
            drop(service.send(&Request::new("POST", "/oauth2/token").json(&body)));
        }
    }
}

/// Everything that can be asked.
fn whole(service: &mut Service) -> Value {
    let mut all = serde_json::Map::new();
    for place in ["export", "clock", "faults", "events", "webhooks", "coupons", "ready", "contacts"] {
        let mut told = service.control("GET", place, &Value::Null);
        // The same once more, as text.
        let events = told.get_mut("events").and_then(Value::as_array_mut);
        events.into_iter().flatten().for_each(|event| drop(event.as_object_mut().unwrap().remove("claim")));
        all.insert(place.to_owned(), told);
    }
    Value::Object(all)
}

/// Where two values differ first; an export is too long to compare by eye.
fn difference(one: &Value, two: &Value, at: &str) -> Option<String> {
    match (one, two) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, value)| difference(value, &b[name], &format!("{at}.{name}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(n, (a, b))| difference(a, b, &format!("{at}[{n}]")))
        }
        _ => (one != two).then(|| format!("{at}: {one} and {two}")),
    }
}

/// The jobs, with all that became of their accounts.
fn jobs(service: &mut Service, ids: &[String]) -> Vec<Value> {
    let mut ask = |path: String| service.get(&format!("/async-jobs/v1/async-jobs/{path}")).1;
    ids.iter().flat_map(|id| [ask(id.clone()), ask(format!("{id}/items"))]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn l12_after_calls_of_every_kind_the_kept_rows_are_the_whole_state(
        steps in prop::collection::vec((any::<u8>(), any::<usize>(), -400_i64..400), 1..60),
        resets in prop::option::of(0_usize..60),
        snapshot in prop::option::of((0_usize..40, 0_usize..60)),
    ) {
        let (mut service, mut kept) = kept(r#"{"seed":5,"accounts":8,"lenient":true}"#);
        let mut before = None;
        for (number, drawn) in steps.into_iter().enumerate() {
            step(&mut service, drawn);
            if resets == Some(number) {
                service.control("POST", "reset", &Value::Null);
            }
            match snapshot {
                Some((from, _)) if from == number => before = Some(service.sandbox.clone()),
                Some((_, to)) if to == number => {
                    if let Some(before) = before.clone() {
                        service.sandbox.become_another(before);
                    }
                }
                _ => {}
            }
            kept.apply(&service.sandbox.take_changes());
        }
        // Jobs don't go on while nobody is there; so all that is due has to be done before.
        service.control("GET", "clock", &Value::Null);
        kept.apply(&service.sandbox.take_changes());
        let mut again = reopened(&kept, "{}", service.now);
        prop_assert_eq!(difference(&whole(&mut again), &whole(&mut service), ""), None);
        // It also goes on as the other does: same answers, same new ids, and again all is kept.
        let next = [(0, 1, 50), (10, 0, 0), (12, 0, 0), (3, 2, 7), (5, 3, 0), (8, 0, 300), (11, 1, 90), (19, 5, 33), (0, 4, 9)];
        for drawn in next {
            step(&mut service, drawn);
            step(&mut again, drawn);
            kept.apply(&again.sandbox.take_changes());
        }
        prop_assert_eq!(difference(&whole(&mut again), &whole(&mut service), ""), None);
        kept.apply(&again.sandbox.take_changes());
        let mut third = reopened(&kept, r#"{"seed":5,"accounts":8}"#, service.now);
        prop_assert_eq!(difference(&whole(&mut third), &whole(&mut service), ""), None);
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

/// Found by the random calls above: the order of transactions of one moment is not kept.
#[test]
fn l12_what_the_window_passes_at_once_moves_a_tier_at_most_once() {
    let (mut service, mut kept) = kept(r#"{"seed":5,"accounts":8,"lenient":true}"#);
    // The clock stands while one account earns 42 and all lose a point; a tier asks for 49. With 7 more that account has
    // 48, and 49 for a moment where the point is counted back before the 42 are.
    for drawn in [(11, 0, 0), (0, 2, 41), (23, 0, -1), (19, 0, -48), (11, 0, 335)] {
        step(&mut service, drawn);
        kept.apply(&service.sandbox.take_changes());
    }
    service.control("GET", "clock", &Value::Null);
    kept.apply(&service.sandbox.take_changes());
    let mut again = reopened(&kept, "{}", service.now);
    for drawn in [(3, 2, 7), (11, 3, 30)] {
        step(&mut service, drawn);
        step(&mut again, drawn);
    }
    assert_eq!(difference(&whole(&mut again), &whole(&mut service), ""), None);
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
    assert!(changes.len() < 6_000, "an account, a transaction and its events: {}", changes.len());
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
    // A call that writes nothing else has an id of its own, too.
    let reads = |service: &mut Service| {
        let answer = service.send(&Request::new("GET", "/nowhere"));
        answer.get("x-wix-request-id").unwrap().to_owned()
    };
    let first = reads(&mut service);
    kept.apply(&service.sandbox.take_changes());
    assert_ne!(reads(&mut reopened(&kept, "{}", NOW)), first);
    let one = token(&mut service);
    kept.apply(&service.sandbox.take_changes());
    let mut again = reopened(&kept, "{}", NOW);
    let two = token(&mut again);
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
}

#[test]
fn options_go_on_as_they_were_unless_they_made_the_file() {
    let (mut service, mut kept) =
        kept(r#"{"seed":5,"accounts":8,"duplicateEarn":"replay","apiKey":"SANDBOX.of-this-test"}"#);
    kept.apply(&service.sandbox.take_changes());
    assert_eq!(reopened(&kept, "{}", NOW).ready["apiKey"], "SANDBOX.of-this-test");
    for (options, named) in
        [(r#"{"seed":6}"#, "seed 5"), (r#"{"accounts":9}"#, "accounts 8"), (r#"{"sead":5}"#, "sead")]
    {
        let error = kept.open(options, NOW).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
    let mut changed =
        reopened(&kept, r#"{"seed":5,"duplicateEarn":"reject","now":"2030-01-01T00:00:00.000Z"}"#, NOW);
    kept.apply(&changed.sandbox.take_changes());
    let mut again = reopened(&kept, "{}", NOW);
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
        less.open("{}", NOW).unwrap_err()
    };
    assert_eq!(without((1, 0)), "The row of the site is missing.");
    assert_eq!(without((5, 2)), "Row 3 of table 5 can't be read.");
    let last = kept.0.keys().rfind(|(table, _)| *table == 6).copied().unwrap();
    assert!(without(last).contains("don't add up") || without(last).contains("Row"), "{}", without(last));
    assert_eq!(Kept::default().open("{}", NOW).unwrap_err(), "The row of the site is missing.");
}

#[test]
fn l12_a_bulk_job_goes_on_where_it_was() {
    let (mut service, mut kept) = kept(r#"{"seed":5,"accounts":5000,"now":"2026-01-01T00:00:00Z"}"#);
    let body = json!({"search": {}, "amount": -200});
    let id = service.done("POST", &format!("{ACCOUNTS}/bulk-adjust"), &body)["asyncJobId"].clone();
    let ids = [id.as_str().unwrap().to_owned()];
    jobs(&mut service, &ids);
    kept.apply(&service.sandbox.take_changes());
    let mut again = reopened(&kept, "{}", service.now);
    let first = jobs(&mut service, &ids);
    assert_eq!(jobs(&mut again, &ids), first);
    assert_eq!(first[0]["job"]["status"], "PROCESSING");
    let mut ended = Vec::new();
    for _ in 0..20 {
        ended = jobs(&mut service, &ids);
        assert_eq!(jobs(&mut again, &ids), ended);
    }
    assert_eq!(ended[0]["job"]["status"], "FINISHED");
    let counters = &ended[0]["job"]["counters"];
    assert!(
        counters["itemsFailed"].as_i64().unwrap() > 0 && counters["itemsSucceeded"].as_i64().unwrap() > 0
    );
    kept.apply(&again.sandbox.take_changes());
    let mut third = reopened(&kept, "{}", NOW);
    assert_eq!(jobs(&mut third, &ids), ended);
}

#[test]
fn l12_the_signing_key_is_kept() {
    let (mut service, mut kept) = kept(r#"{"seed":5}"#);
    assert_eq!(service.sandbox.signing_key(), None);
    service.sandbox.keep_signing_key("a key".to_owned());
    kept.apply(&service.sandbox.take_changes());
    let mut again = reopened(&kept, "{}", NOW);
    again.control("POST", "reset", &Value::Null);
    assert_eq!(again.sandbox.signing_key(), Some("a key"));
}
