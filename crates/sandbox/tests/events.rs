//! L14: what is told of tiers, rewards, coupons and the program, of rewards that come into reach, and whose deed it was.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_sandbox::Request;
use serde_json::{Value, json};
use support::{ACCOUNTS, COUPONS, MAKING_MS, PROGRAM, REWARDS, Service, TIERS, read};

/// What was told since the last time, without the words that all types begin with.
fn told(service: &mut Service) -> Vec<(String, Value)> {
    let kept = service.control("GET", "events", &Value::Null);
    service.control("DELETE", "events", &Value::Null);
    let all = kept["events"].as_array().unwrap().iter();
    all.map(|one| {
        let kind = one["eventType"].as_str().unwrap().strip_prefix("wix.loyalty.v1.").unwrap();
        (kind.to_owned(), one.clone())
    })
    .collect()
}

fn kinds(all: &[(String, Value)]) -> Vec<&str> {
    all.iter().map(|(kind, _)| kind.as_str()).collect()
}

/// Entity, number and the body of an event.
fn parts(event: &Value, body: &str) -> (Value, Value, Value) {
    let event = &event["event"];
    (event["entityId"].clone(), event["entityEventSequence"].clone(), event[body].clone())
}

fn price(cost: i64) -> Value {
    json!({"configsByTier": [{"amount": "1", "costInPoints": cost}]})
}

/// The only availability event among these: whose, and what it says.
fn availability(all: &[(String, Value)]) -> Vec<(String, bool, String)> {
    let only = all.iter().filter(|(kind, _)| kind == "account_reward_availability_updated");
    only.map(|(_, one)| {
        let body = &one["event"]["actionEvent"]["body"];
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        let (id, trigger) = (one["event"]["entityId"].as_str(), body["updateTrigger"].as_str());
        (id.unwrap().to_owned(), body["rewardAvailable"].as_bool().unwrap(), trigger.unwrap().to_owned())
    })
    .collect()
}

#[test]
fn l14_a_tier_is_created_updated_and_deleted() {
    let mut service = Service::new("{}");
    let new = json!({"tier": {"tierDefinition": {"name": "Iron"}, "requiredPoints": 9_000_000}});
    let made = service.done("POST", TIERS, &new)["tier"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    let change = json!({"tier": {"requiredPoints": 8_000_000, "revision": "1"}});
    let changed = service.done("PATCH", &format!("{TIERS}/{id}"), &change)["tier"].clone();
    assert_eq!(service.call("PATCH", &format!("{TIERS}/{id}"), &change).0, 409);
    service.done("DELETE", &format!("{TIERS}/{id}?revision=2"), &Value::Null);
    let all = told(&mut service);
    assert_eq!(kinds(&all), ["tier_created", "tier_updated", "tier_deleted"]);
    assert_eq!(parts(&all[0].1, "createdEvent"), (json!(id), json!("1"), json!({"entity": made})));
    assert_eq!(parts(&all[1].1, "updatedEvent"), (json!(id), json!("2"), json!({"currentEntity": changed})));
    assert_eq!(parts(&all[2].1, "deletedEvent"), (json!(id), json!("3"), json!({})));
    assert!(all.iter().all(|(_, one)| one["event"]["entityFqdn"] == "wix.loyalty.v1.tier"));
    let many = json!({"tiers": [new["tier"], new["tier"]]});
    service.done("POST", "/loyalty-tiers/v1/bulk/tiers/create", &many);
    assert_eq!(kinds(&told(&mut service)), ["tier_created"], "the second has the name of the first");
}

#[test]
fn l14_a_reward_is_created_updated_and_deleted() {
    let mut service = Service::new("{}");
    let new = json!({"reward": {"name": "A mug", "discountAmount": price(1)}});
    let made = service.done("POST", REWARDS, &new)["reward"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    let change = json!({"reward": {"name": "A cup", "revision": "1", "discountAmount": price(2)}});
    let changed = service.done("PUT", &format!("{REWARDS}/{id}"), &change)["reward"].clone();
    service.done("DELETE", &format!("{REWARDS}/{id}?revision=2"), &Value::Null);
    let all = told(&mut service);
    assert_eq!(
        kinds(&all),
        ["reward_created", "reward_updated", "reward_deleted"],
        "and it was never active"
    );
    assert_eq!(parts(&all[0].1, "createdEvent"), (json!(id), json!("1"), json!({"entity": made})));
    assert_eq!(parts(&all[1].1, "updatedEvent"), (json!(id), json!("2"), json!({"currentEntity": changed})));
    assert_eq!(parts(&all[2].1, "deletedEvent"), (json!(id), json!("3"), json!({})));
    assert!(all.iter().all(|(_, one)| one["identity"]["identityType"] == "APP"));
}

#[test]
fn l14_a_coupon_is_created_and_deleted_and_nothing_tells_what_becomes_of_it() {
    let mut service = Service::new("{}");
    let (member, token) = (service.member(0, "memberId"), service.member(0, "token"));
    let account = service.member(0, "accountId");
    service.adjust(&account, &json!({"balance": 500}));
    told(&mut service);
    let request = Request::new("POST", &format!("{COUPONS}/redeem-my-coupon"));
    let request = request.json(&json!({"rewardId": service.ready_id("rewards", 0)}));
    let (_, made) = read(&service.send(&request.header("authorization", &token)));
    let id = made["coupon"]["id"].as_str().unwrap().to_owned();
    let begun = told(&mut service);
    assert_eq!(kinds(&begun), ["coupon_created"]);
    let body = json!({"entity": made["coupon"]});
    assert_eq!(parts(&begun[0].1, "createdEvent"), (json!(id), json!("1"), body));
    assert_eq!(begun[0].1["identity"], json!({"identityType": "MEMBER", "memberId": member}));

    service.now += MAKING_MS;
    let settled = told(&mut service);
    assert_eq!(kinds(&settled), ["account_updated", "account_points_updated"]);
    assert_eq!(settled[0].1["identity"], json!({"identityType": "UNKNOWN"}), "the shop made it");
    service.done("DELETE", &format!("{COUPONS}/{id}?revision=2"), &Value::Null);
    let deleted = told(&mut service);
    assert_eq!(kinds(&deleted), ["coupon_deleted"]);
    assert_eq!(parts(&deleted[0].1, "deletedEvent"), (json!(id), json!("2"), json!({})));
    assert_eq!(deleted[0].1["identity"]["identityType"], "APP");
}

#[test]
fn l14_the_program_is_updated_when_it_changes_and_not_when_it_is_asked_to() {
    let mut service = Service::new("{}");
    let statuses = |service: &mut Service| -> Vec<Value> {
        let all = told(service);
        assert!(kinds(&all).iter().all(|kind| *kind == "program_updated"), "{all:?}");
        all.iter().map(|(_, one)| one["event"]["updatedEvent"]["currentEntity"].clone()).collect()
    };
    for _ in 0..2 {
        service.done("POST", &format!("{PROGRAM}/pause"), &json!({}));
    }
    let paused = statuses(&mut service);
    assert_eq!((paused.len(), &paused[0]["status"]), (1, &json!("PAUSED")));
    for _ in 0..2 {
        service.done("POST", &format!("{PROGRAM}/activate"), &json!({}));
        service.done("POST", &format!("{PROGRAM}/points-expiration/enable"), &json!({}));
    }
    let active = statuses(&mut service);
    assert_eq!((active.len(), &active[1]["pointsExpiration"]["status"]), (2, &json!("ENABLED")));
    service.done("POST", &format!("{PROGRAM}/points-expiration/disable"), &json!({}));
    let terms = json!({"loyaltyProgram": {"name": "Beans", "pointsExpiration": {"monthsOfInactivity": 3}}});
    let shown = service.done("PATCH", PROGRAM, &terms)["loyaltyProgram"].clone();
    let changed = statuses(&mut service);
    assert_eq!((changed.len(), &changed[1]), (2, &shown));
    for _ in 0..2 {
        service.control("POST", "program", &json!({"status": "DRAFT"}));
    }
    assert_eq!(statuses(&mut service).len(), 1);
}

#[test]
fn l14_a_reward_comes_into_reach_by_balance_by_reward_and_by_tier() {
    // Nobody but the one account.
    let mut service = Service::new(r#"{"accounts": 0}"#);
    let account = service.account_with(95);
    let one = |available: bool, trigger: &str| vec![(account.clone(), available, trigger.to_owned())];
    told(&mut service);

    service.earn(&account, 5, "five");
    assert_eq!(availability(&told(&mut service)), one(true, "BALANCE_UPDATED"), "the cheapest costs 100");
    service.adjust(&account, &json!({"amount": 1}));
    assert_eq!(availability(&told(&mut service)), [], "it was in reach");
    service.adjust(&account, &json!({"balance": 95}));
    assert_eq!(availability(&told(&mut service)), one(false, "BALANCE_UPDATED"));

    let new = json!({"reward": {"name": "A mug", "active": true, "discountAmount": price(95)}});
    let id = service.done("POST", REWARDS, &new)["reward"]["id"].as_str().unwrap().to_owned();
    let made = told(&mut service);
    assert_eq!(kinds(&made), ["reward_created", "account_reward_availability_updated"]);
    assert_eq!(availability(&made), one(true, "REWARD_UPDATED"));
    assert_eq!(service.account(&account)["rewardAvailable"], true);
    let path = format!("{REWARDS}/{id}");
    let dear =
        json!({"reward": {"name": "A mug", "active": true, "revision": "1", "discountAmount": price(96)}});
    service.done("PUT", &path, &dear);
    assert_eq!(availability(&told(&mut service)), one(false, "REWARD_UPDATED"));
    let cheap =
        json!({"reward": {"name": "A mug", "active": true, "revision": "2", "discountAmount": price(9)}});
    service.done("PUT", &path, &cheap);
    assert_eq!(availability(&told(&mut service)), one(true, "REWARD_UPDATED"));
    service.done("DELETE", &format!("{path}?revision=3"), &Value::Null);
    assert_eq!(availability(&told(&mut service)), one(false, "REWARD_UPDATED"));

    // In Silver the cheapest costs 90.
    let silver = format!("{TIERS}/{}", service.ready_id("tiers", 0));
    service.done("PATCH", &silver, &json!({"tier": {"requiredPoints": 95, "revision": "1"}}));
    let moved = told(&mut service);
    assert_eq!(kinds(&moved), ["tier_updated", "account_reward_availability_updated"]);
    assert_eq!(availability(&moved), one(true, "TIERS_RECALCULATED"));
    service.done("DELETE", &format!("{silver}?revision=2"), &Value::Null);
    assert_eq!(availability(&told(&mut service)), one(false, "TIERS_RECALCULATED"));
}

#[test]
fn l14_a_reward_goes_out_of_reach_when_the_window_rolls_on() {
    let mut service = Service::new(r#"{"accounts": 0, "now": "2027-01-31T00:00:00.000Z"}"#);
    let account = service.account_with(300);
    service.adjust(&account, &json!({"balance": 300}));
    service.redeem(&account, &service.ready_id("rewards", 3)); // 240 less a tenth
    service.now += MAKING_MS;
    assert_eq!(service.account(&account)["points"]["balance"], 84);
    let new = json!({"reward": {"name": "A pin", "active": true, "discountAmount": {"configsByTier": [
        {"amount": "1", "costInPoints": 80, "tierId": service.ready_id("tiers", 0)},
    ]}}});
    service.done("POST", REWARDS, &new);
    told(&mut service);
    service.set_clock("2028-01-30T23:59:59.999Z");
    assert_eq!(told(&mut service), []);
    service.set_clock("2028-01-31T00:00:00.000Z");
    let rolled = told(&mut service);
    assert_eq!(availability(&rolled), [(account, false, "TIERS_RECALCULATED".to_owned())]);
    assert_eq!(kinds(&rolled).len(), 1, "revision and points stay, so there is no update");
    assert_eq!(rolled[0].1["identity"], json!({"identityType": "UNKNOWN"}), "time is nobody");
}

#[test]
fn l14_a_job_is_the_apps_deed_whoever_calls_while_it_runs() {
    let mut service = Service::new(r#"{"accounts": 3, "now": "2027-01-31T00:00:00.000Z"}"#);
    service.post("/loyalty-accounts/v1/accounts/bulk-adjust", &json!({"amount": 5, "search": {}}));
    let token = service.member(0, "token");
    for _ in 0..3 {
        service.get_with_token(&format!("{ACCOUNTS}/my-account"), &token);
    }
    let all = told(&mut service);
    assert_eq!(kinds(&all).iter().filter(|kind| **kind == "account_points_updated").count(), 3);
    assert!(all.iter().all(|(_, one)| one["identity"]["identityType"] == "APP"), "{all:?}");
}
