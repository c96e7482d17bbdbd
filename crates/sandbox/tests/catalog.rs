//! Tiers, rewards and the program: what the neighbours make and the 25 read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::{ACCOUNTS, MAKING_MS, PROGRAM, REWARDS, Service, TIERS, code, violation, violations};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn tier_of(service: &mut Service, account: &str) -> Value {
    service.account(account)["tier"]["id"].clone()
}

fn totals(service: &mut Service) -> Vec<(Value, i64)> {
    let told = service.done("GET", &format!("{ACCOUNTS}/program-totals"), &Value::Null);
    let all = told["tierTotals"].as_array().unwrap();
    all.iter().map(|row| (row["id"].clone(), row["numberOfAccounts"].as_i64().unwrap())).collect()
}

#[test]
fn tiers_are_reached_by_points_earned_and_adjusted_and_not_lost_by_redeeming() {
    let mut service = Service::new("{}");
    let account = service.account_with(299);
    assert_eq!(tier_of(&mut service, &account), Value::Null, "the base tier has no id");
    let before = totals(&mut service);
    assert_eq!(before[0].0, Value::Null);
    service.adjust(&account, &json!({"amount": 1}));
    let silver = json!(service.ready_id("tiers", 0));
    let tier = service.account(&account)["tier"].clone();
    assert_eq!((&tier["id"], &tier["points"]), (&silver, &json!(300)));
    let after = totals(&mut service);
    assert_eq!((after[0].1, after[1].1), (before[0].1 - 1, before[1].1 + 1));
    let reward = service.ready_id("rewards", 1);
    let (_, made) = service.redeem(&account, &reward);
    service.now += MAKING_MS;
    assert_eq!(service.coupon(made["coupon"]["id"].as_str().unwrap())["status"], "ACTIVE");
    assert_eq!(service.account(&account)["points"]["balance"], 120, "200 less a tenth");
    assert_eq!(tier_of(&mut service, &account), silver);
    service.earn(&account, 2_200, "big");
    assert_eq!(tier_of(&mut service, &account), json!(service.ready_id("tiers", 2)));
    service.adjust(&account, &json!({"balance": 0}));
    let tier = service.account(&account)["tier"].clone();
    assert_eq!((&tier["points"], &tier["id"]), (&json!(180), &Value::Null));
    let query = json!({"query": {"filter": {"tier.id": silver}, "cursorPaging": {"limit": 100}}});
    let found = service.done("POST", &format!("{ACCOUNTS}/query"), &query);
    let expected = usize::try_from(totals(&mut service)[1].1).unwrap();
    assert_eq!(found["loyaltyAccounts"].as_array().unwrap().len(), expected);
}

#[test]
fn the_window_rolls_on_and_back_with_the_clock() {
    let mut service = Service::new("{}");
    service.set_clock("2027-02-28T12:00:00.000Z");
    let account = service.account_with(400);
    service.set_clock("2027-08-10T00:00:00.000Z");
    service.earn(&account, 700, "summer");
    let (silver, gold) = (json!(service.ready_id("tiers", 0)), json!(service.ready_id("tiers", 1)));
    assert_eq!(tier_of(&mut service, &account), gold);
    for (now, points, tier) in [
        ("2028-02-28T11:59:59.999Z", 1_100, &gold),
        ("2028-02-28T12:00:00.000Z", 700, &silver),
        ("2028-08-09T23:59:59.999Z", 700, &silver),
        ("2028-08-10T00:00:00.000Z", 0, &Value::Null),
        ("2028-02-28T12:00:00.000Z", 700, &silver),
        ("2027-09-01T00:00:00.000Z", 1_100, &gold),
    ] {
        service.set_clock(now);
        let row = service.account(&account);
        assert_eq!((&row["tier"]["points"], &row["tier"]["id"]), (&json!(points), tier), "{now}");
        assert_eq!((&row["points"]["balance"], &row["revision"]), (&json!(1_100), &json!("3")));
    }
    // A shorter window counts less, a longer one more again.
    service.set_clock("2027-09-01T00:00:00.000Z");
    for (months, revision, points) in [(1, "1", 700), (6, "2", 700), (7, "3", 1_100)] {
        let settings =
            json!({"rollingWindow": {"durationInMonths": months}, "status": "ACTIVE", "revision": revision});
        let path = format!("{TIERS}/program-settings");
        service.done("PATCH", &path, &json!({"programSettings": settings}));
        assert_eq!(service.account(&account)["tier"]["points"], points, "{months} months");
    }
}

#[test]
fn the_settings_of_the_tiers() {
    let mut service = Service::new("{}");
    let path = format!("{TIERS}/program-settings");
    let account = service.account_with(300);
    let read = service.done("GET", &path, &Value::Null);
    let program = service.done("GET", &format!("{TIERS}/program"), &Value::Null);
    assert_eq!(program["programSettings"], read["programSettings"]);
    assert_eq!(program["tiers"].as_array().unwrap().len(), 3);
    let set = |status: &str, revision: &str| {
        json!({"programSettings": {
            "rollingWindow": {"durationInMonths": 12}, "status": status, "revision": revision,
            "baseTierDefinition": {"name": "Friends"},
        }})
    };
    let paused = service.done("PATCH", &path, &set("PAUSED", "1"));
    assert_eq!(paused["programSettings"]["revision"], "2");
    assert_eq!(paused["programSettings"]["baseTierDefinition"]["name"], "Friends");
    assert_eq!(tier_of(&mut service, &account), Value::Null, "there are tiers only while they are ACTIVE");
    let (status, stale) = service.call("PATCH", &path, &set("ACTIVE", "1"));
    assert_eq!((status, code(&stale)), (409, "ABORTED"));
    service.done("PATCH", &path, &set("ACTIVE", "2"));
    assert_eq!(tier_of(&mut service, &account), json!(service.ready_id("tiers", 0)));
    assert_eq!(service.call("POST", &path, &set("ACTIVE", "1")).0, 409, "there are settings");
    let mut without = set("ACTIVE", "3");
    without["programSettings"].as_object_mut().unwrap().remove("revision");
    let (_, answer) = service.call("PATCH", &path, &without);
    assert_eq!(violations(&answer), violation("programSettings.revision", "REQUIRED"));
    let (status, answer) = service.call("DELETE", &path, &Value::Null);
    assert_eq!((status, code(&answer)), (405, "METHOD_NOT_ALLOWED"), "{answer}");
}

#[test]
fn tiers_are_created_changed_and_deleted() {
    let mut service = Service::new("{}");
    let account = service.account_with(600);
    let new = json!({"tier": {"tierDefinition": {"name": "Bronze"}, "requiredPoints": 500}});
    let made = service.done("POST", TIERS, &new)["tier"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["revision"], "1");
    assert_eq!(tier_of(&mut service, &account), made["id"]);
    for clash in [
        json!({"tierDefinition": {"name": "Bronze"}, "requiredPoints": 501}),
        json!({"tierDefinition": {"name": "Other"}, "requiredPoints": 500}),
    ] {
        let (status, answer) = service.call("POST", TIERS, &json!({ "tier": clash }));
        assert_eq!((status, code(&answer)), (409, "ALREADY_EXISTS"), "{clash}");
    }
    let (_, answer) = service.call("POST", TIERS, &json!({"tier": {"requiredPoints": 5}}));
    assert_eq!(violations(&answer), violation("tier.tierDefinition.name", "REQUIRED"));
    let path = format!("{TIERS}/{id}");
    // A caller sends back what it has read, changed.
    let mut change = made.clone();
    change["requiredPoints"] = json!(601);
    let changed = service.done("PATCH", &path, &json!({ "tier": change }))["tier"].clone();
    assert_eq!((&changed["revision"], &changed["tierDefinition"]["name"]), (&json!("2"), &json!("Bronze")));
    assert_eq!(tier_of(&mut service, &account), json!(service.ready_id("tiers", 0)));
    let (status, answer) = service.call("PATCH", &path, &json!({ "tier": change }));
    assert_eq!((status, code(&answer)), (409, "ABORTED"));
    let other = json!({"tier": {"id": NOBODY, "revision": "2"}});
    let (_, answer) = service.call("PATCH", &path, &other);
    assert_eq!(violations(&answer), violation("tier.id", "FORMAT"), "path and body must agree");
    let part = json!({"tier": {"requiredPoints": 600, "revision": "2"}});
    service.done("PATCH", &path, &part);
    assert_eq!(tier_of(&mut service, &account), json!(id));
    let accounts: i64 = totals(&mut service).iter().map(|(_, count)| count).sum();
    assert_eq!(service.call("DELETE", &format!("{path}?revision=2"), &Value::Null).0, 409);
    assert_eq!(service.done("DELETE", &format!("{path}?tierId={id}&revision=3"), &Value::Null), json!({}));
    assert_eq!(tier_of(&mut service, &account), json!(service.ready_id("tiers", 0)));
    assert_eq!(totals(&mut service).iter().map(|(_, count)| count).sum::<i64>(), accounts);
    assert_eq!(service.call("GET", &path, &Value::Null).0, 404);
}

#[test]
fn many_tiers_at_once_each_for_itself_and_twenty_at_most() {
    let mut service = Service::new("{}");
    let path = "/loyalty-tiers/v1/bulk/tiers/create";
    let tier = |n: i64| json!({"tierDefinition": {"name": format!("T{n}")}, "requiredPoints": n});
    let tiers: Vec<_> = (1..=20).map(tier).collect();
    let made = service.done("POST", path, &json!({ "tiers": tiers }));
    assert_eq!(
        made["bulkActionMetadata"],
        json!({"totalSuccesses": 17, "totalFailures": 3, "undetailedFailures": 0})
    );
    let last = &made["results"][19]["itemMetadata"];
    assert_eq!((&last["success"], &last["originalIndex"]), (&json!(false), &json!(19)));
    assert_eq!(last["error"]["code"], "FAILED_PRECONDITION");
    assert_eq!(service.done("GET", TIERS, &Value::Null)["tiers"].as_array().unwrap().len(), 20);
    for (count, rule) in [(0, "MIN_LENGTH"), (21, "MAX_LENGTH")] {
        let tiers: Vec<_> = (100..100 + count).map(tier).collect();
        let (_, answer) = service.call("POST", path, &json!({ "tiers": tiers }));
        assert_eq!(violations(&answer), violation("tiers", rule));
    }
}

#[test]
fn rewards_are_created_replaced_and_deleted() {
    let mut service = Service::new("{}");
    let silver = service.ready_id("tiers", 0);
    let new = json!({"name": "Mug", "discountAmount": {"configsByTier": [
        {"amount": "1.5", "costInPoints": 30}, {"amount": "2", "costInPoints": 20, "tierId": silver},
    ]}});
    let made = service.done("POST", REWARDS, &json!({ "reward": new }))["reward"].clone();
    assert_eq!((&made["active"], &made["type"]), (&json!(false), &json!("DISCOUNT_AMOUNT")));
    let path = format!("{REWARDS}/{}", made["id"].as_str().unwrap());
    let account = service.account_with(30);
    assert_eq!(service.account(&account)["rewardAvailable"], false);
    let mut active = made.clone();
    active["active"] = json!(true);
    let replaced = service.done("PUT", &path, &json!({ "reward": active }))["reward"].clone();
    assert_eq!((&replaced["active"], &replaced["revision"]), (&json!(true), &json!("2")));
    assert_eq!(service.done("GET", &path, &Value::Null)["reward"], replaced);
    assert_eq!(service.account(&account)["rewardAvailable"], true);
    let poor = service.account_with(29);
    assert_eq!(service.account(&poor)["rewardAvailable"], false);
    assert_eq!(service.call("PUT", &path, &json!({ "reward": active })).0, 409, "a stale revision");
    let coupon = json!({"name": "Mug", "revision": "2", "couponReward": {"freeShipping": {"configsByTier": [{"costInPoints": 1}]}}});
    let (status, answer) = service.call("PUT", &path, &json!({ "reward": coupon }));
    assert_eq!((status, code(&answer)), (428, "FAILED_PRECONDITION"), "the type stays");
    let configs = "reward.discountAmount.configsByTier";
    for (prices, field) in [
        (json!([{"amount": "1", "costInPoints": 1, "tierId": NOBODY}]), format!("{configs}[0].tierId")),
        (
            json!([{"amount": "1", "costInPoints": 1}, {"amount": "1", "costInPoints": 2}]),
            format!("{configs}[1].tierId"),
        ),
    ] {
        let reward = json!({"name": "Mug", "discountAmount": {"configsByTier": prices}});
        let (_, answer) = service.call("POST", REWARDS, &json!({ "reward": reward }));
        assert_eq!(violations(&answer), violation(&field, "UNSUPPORTED"));
    }
    for (reward, field, rule) in [
        (json!({"name": "x"}), "reward.discountAmount", "ONE_OF"),
        (json!({"name": "x", "couponReward": {}}), "reward.couponReward.fixedAmount", "ONE_OF"),
        (json!({"discountAmount": {"configsByTier": []}}), "reward.name", "REQUIRED"),
    ] {
        let (_, answer) = service.call("POST", REWARDS, &json!({ "reward": reward }));
        assert_eq!(violations(&answer), violation(field, rule));
    }
    service.done("DELETE", &format!("{path}?revision=2"), &Value::Null);
    assert_eq!(service.account(&account)["rewardAvailable"], false);
    assert_eq!(service.call("GET", &path, &Value::Null).0, 404);
}

#[test]
fn l06_money_off_is_a_hundredth_at_least_however_it_is_written() {
    let mut service = Service::new("{}");
    for (amount, wrong) in [
        (json!(0.01), false),
        (json!(0.009), true),
        (json!(0), true),
        (json!(-1), true),
        (json!("NaN"), true),
        (json!("-Infinity"), true),
        (json!("Infinity"), false),
    ] {
        let fixed = json!({"configsByTier": [{"costInPoints": 1, "amount": amount}]});
        let reward = json!({"name": "x", "couponReward": {"fixedAmount": fixed}});
        let (status, answer) = service.call("POST", REWARDS, &json!({ "reward": reward }));
        let field = "reward.couponReward.fixedAmount.configsByTier[0].amount";
        let expected = if wrong { violation(field, "MIN") } else { vec![] };
        assert_eq!((status, violations(&answer)), (if wrong { 400 } else { 200 }, expected), "{amount}");
    }
}

#[test]
fn every_fixture_reward_has_a_price_in_every_tier() {
    let mut service = Service::new("{}");
    let all = service.done("GET", &format!("{REWARDS}?cursorPaging.limit=100"), &Value::Null);
    let mut kinds = Vec::new();
    for reward in all["rewards"].as_array().unwrap().iter().filter(|reward| reward["active"] == true) {
        let coupon = reward["couponReward"].as_object();
        let kind = ["fixedAmount", "percentage", "freeShipping"]
            .into_iter()
            .find(|kind| coupon.is_some_and(|coupon| coupon.contains_key(*kind)));
        let offer = kind.map_or(&reward["discountAmount"], |kind| &reward["couponReward"][kind]);
        let tiers: Vec<_> =
            offer["configsByTier"].as_array().unwrap().iter().map(|config| &config["tierId"]).collect();
        let expected = [
            Value::Null,
            json!(service.ready_id("tiers", 0)),
            json!(service.ready_id("tiers", 1)),
            json!(service.ready_id("tiers", 2)),
        ];
        assert_eq!(tiers, expected.iter().collect::<Vec<_>>(), "{reward}");
        kinds.push(kind.unwrap_or("discountAmount"));
    }
    kinds.sort_unstable();
    assert_eq!(kinds, ["discountAmount", "fixedAmount", "freeShipping", "percentage"]);
}

#[test]
fn lists_and_queries_of_rewards_page() {
    let mut service = Service::new("{}");
    let first = service.done("GET", &format!("{REWARDS}?cursorPaging.limit=3"), &Value::Null);
    assert_eq!(first["pagingMetadata"]["count"], 3);
    let cursor = first["pagingMetadata"]["cursors"]["next"].as_str().unwrap();
    let path = format!("{REWARDS}?cursorPaging.limit=3&cursorPaging.cursor={cursor}");
    let second = service.done("GET", &path, &Value::Null);
    assert_eq!(second["rewards"].as_array().unwrap().len(), 2);
    let query = json!({"query": {"filter": {"type": "COUPON_REWARD"}, "sort": [{"fieldName": "name", "order": "ASC"}]}});
    let found = service.done("POST", &format!("{REWARDS}/query"), &query);
    let names: Vec<_> =
        found["rewards"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["10% off any product", "5 off a purchase", "Free shipping"]);
    assert_eq!(found["pagingMetadata"]["hasNext"], false);
}

#[test]
fn l07_the_program_is_activated_paused_and_changed() {
    let mut service = Service::new("{}");
    let account = service.account_with(10);
    let paused = service.done("POST", &format!("{PROGRAM}/pause"), &json!({}));
    assert_eq!(paused["loyaltyProgram"]["status"], "PAUSED");
    for path in ["pause", "activate", "activate"] {
        service.done("POST", &format!("{PROGRAM}/{path}"), &Value::Null);
    }
    assert_eq!(service.earn(&account, 1, "k").0, 200);
    service.control("POST", "program", &json!({"status": "DRAFT"}));
    let (status, answer) = service.call("POST", &format!("{PROGRAM}/pause"), &json!({}));
    assert_eq!((status, code(&answer)), (428, "PROGRAM_NOT_ACTIVE"));
    let icon = json!({"id": "a.png", "url": "https://media.example/a.png", "height": 10, "width": 20});
    let change = json!({"loyaltyProgram": {"name": "Beans", "pointDefinition": {"customName": "Beans", "icon": icon}}});
    let changed = service.done("PATCH", PROGRAM, &change)["loyaltyProgram"].clone();
    assert_eq!((&changed["name"], &changed["status"]), (&json!("Beans"), &json!("DRAFT")));
    assert_eq!(changed["pointDefinition"], json!({"customName": "Beans", "icon": icon}));
    let (_, answer) = service.call("PATCH", PROGRAM, &json!({"loyaltyProgram": {"name": "B"}}));
    assert_eq!(violations(&answer), violation("loyaltyProgram.name", "MIN_LENGTH"));
    let features = service.done("GET", &format!("{PROGRAM}/premium-features"), &Value::Null);
    assert_eq!(features, json!({"loyaltyProgram": true, "tiers": true, "pointsExpiration": true}));
}
