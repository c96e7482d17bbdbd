//! A loyalty page in one round trip: parts side by side, each under its own grant, each with its own failure.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Effect, Event, NoReply};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use world::{A, World, json_of, member};

mod world;

fn policy() -> Value {
    json!({ "grants": { "member": [
        "getCurrentMemberAccount", "queryLoyaltyTransactions:own", "listRewards", "getCurrentMemberCoupons",
        "listTiers", "getLoyaltyProgram",
    ] } })
}

fn statuses(answer: &loyalty_proxy::Answer) -> BTreeMap<String, i64> {
    let body = json_of(answer);
    let parts = body.as_object().unwrap().iter();
    parts.map(|(name, part)| (name.clone(), part["status"].as_i64().unwrap())).collect()
}

#[test]
fn p29_all_parts_are_under_way_at_once() {
    let mut world = World::new(policy());
    let mut exchange = world.exchange(world::request("GET", "/me"));
    let mut effect = exchange.start(world.now);
    let caller = member(&A);
    loop {
        if let Effect::Several { start } = &effect {
            assert_eq!(start.len(), 6, "{start:?}");
            break;
        }
        let event = world.perform(effect, &caller, &json!({})).unwrap();
        effect = exchange.step(event, world.now);
    }
}

#[test]
fn a_part_that_no_grant_allows_or_that_fails_says_so_and_the_others_stand() {
    let mut world =
        World::new(json!({ "grants": { "member": ["getCurrentMemberAccount", "getLoyaltyProgram"] } }));
    let answer = world.run(world::request("GET", "/me"), &member(&A), &json!({}));
    assert_eq!(answer.status, 200);
    let of = statuses(&answer);
    for (part, status) in [
        ("account", 200),
        ("program", 200),
        ("transactions", 403),
        ("rewards", 403),
        ("coupons", 403),
        ("tiers", 403),
    ] {
        assert_eq!(of[part], status, "{part} {}", answer.body);
    }
    let body = json_of(&answer);
    assert_eq!(body["account"]["body"]["account"]["id"], A.account);
    assert_eq!(body["tiers"]["body"]["code"], "PERMISSION_DENIED");
    assert_eq!(body["tiers"]["body"]["requestId"], "r");
}

#[test]
fn a_lost_answer_of_one_part_is_that_parts_alone() {
    let mut world = World::new(policy());
    let caller = member(&A);
    let mut exchange = world.exchange(world::request("GET", "/me?include=account,program"));
    let mut effect = exchange.start(world.now);
    let answer = loop {
        // Everything of the program is lost, whenever it comes.
        let lost =
            |effect: &Effect| matches!(effect, Effect::Upstream { call } if call.path.contains("/program"));
        if let Effect::Several { start } = &mut effect
            && let Some(at) = start.iter().position(|started| lost(&started.effect))
        {
            let id = start.remove(at).id;
            let waiting = std::mem::take(start);
            let gone = Event::NoReply { why: NoReply::Network };
            effect = exchange.step(Event::Happened { id, event: Box::new(gone) }, world.now);
            if let Effect::Several { start } = &mut effect {
                start.extend(waiting);
            }
            continue;
        }
        match world.perform(effect, &caller, &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!(statuses(&answer), BTreeMap::from([("account".to_owned(), 200), ("program".to_owned(), 502)]));
}

#[test]
fn parts_are_the_callers_own_even_where_a_wider_grant_stands() {
    let mut world = World::new(json!({ "grants": { "admin": ["*"], "member": [] } }));
    let admin = loyalty_proxy::Caller { role: loyalty_proxy::Role::Admin, ..member(&A) };
    let answer = world.run(world::request("GET", "/me?include=transactions"), &admin, &json!({}));
    let body = json_of(&answer);
    let listed = body["transactions"]["body"]["loyaltyTransactions"].as_array().unwrap();
    assert!(listed.iter().all(|item| item["accountId"] == A.account), "{body}");
    let query = world.upstream.calls.iter().find(|call| call.path.ends_with("/query")).unwrap();
    assert!(query.body.as_ref().unwrap().contains(A.account));
}

#[test]
fn what_is_asked_for_has_to_be_known() {
    let mut world = World::new(policy());
    for query in ["?include=", "?include=balance", "?include=account,account", "?x=1"] {
        let answer = world.run(world::request("GET", &format!("/me{query}")), &member(&A), &json!({}));
        assert_eq!(answer.status, 400, "{query}");
    }
    assert_eq!(world.upstream.calls.len(), 0);
    let nothing = World::new(json!({})).run(world::request("GET", "/me"), &member(&A), &json!({}));
    assert!(statuses(&nothing).values().all(|status| *status == 403), "the default is no");
}

#[test]
fn p28_each_part_is_asked_about_once() {
    let mut policy = policy();
    policy["botCheck"] = json!(["getCurrentMemberAccount", "listRewards", "listTiers"]);
    let mut world = World::new(json!({}));
    let options = loyalty_proxy::Options { bot_check: true, ..world::options(policy) };
    world.config = std::rc::Rc::new(loyalty_proxy::Config::new(&options).unwrap());
    let caller = member(&A);
    let mut exchange = world.exchange(world::request("GET", "/me?include=account,rewards,program"));
    let mut effect = exchange.start(world.now);
    let mut asked = Vec::new();
    let mut note = |effect: &Effect| {
        if let Effect::BotCheck { operation, .. } = effect {
            asked.push(*operation);
        }
    };
    let answer = loop {
        match &effect {
            Effect::Several { start } => start.iter().for_each(|started| note(&started.effect)),
            alone => note(alone),
        }
        match world.perform(effect, &caller, &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!(answer.status, 200);
    asked.sort_unstable();
    assert_eq!(asked, ["getCurrentMemberAccount", "listRewards"]);
}

#[test]
fn p35_the_record_names_each_part_with_its_status_and_code() {
    let mut world = World::new(json!({}));
    let policy = json!({ "grants": { "member": ["getCurrentMemberAccount"] } });
    let options =
        loyalty_proxy::Options { audit: loyalty_proxy::Audit::DenyWrites, ..world::options(policy) };
    world.config = std::rc::Rc::new(loyalty_proxy::Config::new(&options).unwrap());
    let mut exchange = world.exchange(world::request("GET", "/me?include=account,tiers"));
    let mut effect = exchange.start(world.now);
    let mut records = Vec::new();
    loop {
        if let Effect::Audit { record } = &effect {
            records.push(record.clone());
        }
        match world.perform(effect, &member(&A), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(_) => break,
        }
    }
    assert_eq!(records.len(), 1);
    assert_eq!(
        records[0]["parts"],
        json!({"account": {"status": 200}, "tiers": {"status": 403, "code": "PERMISSION_DENIED"}})
    );
}
