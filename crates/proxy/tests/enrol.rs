//! Accounts that are made with the first earn.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Effect, Event};
use serde_json::{Value, json};
use std::rc::Rc;
use world::shelf::Crowd;
use world::upstream::Fault;
use world::{C, World, code_of, earn, member};

mod world;

fn enrolling() -> Value {
    let mut policy = world::policy();
    policy["enrol"] = json!("on-first-earn");
    policy
}

#[test]
fn without_enrolment_no_account_is_an_answer_and_with_it_the_first_earn_makes_one() {
    let mut world = World::new(world::policy());
    let answer = world.run(earn("tap", "k"), &member(&C), &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (404, "ACCOUNT_NOT_FOUND"));
    assert_eq!(world.upstream.creations, 0);
    let mut world = World::new(enrolling());
    let answer = world.run(earn("tap", "k"), &member(&C), &json!({}));
    assert_eq!((answer.status, world.upstream.creations), (200, 1), "{}", answer.body);
    assert_eq!(world.upstream.balance(&C), 1);
    let again = world.run(earn("tap", "k2"), &member(&C), &json!({}));
    assert_eq!((again.status, world.upstream.creations), (200, 1));
}

#[test]
fn p05_no_account_is_made_for_what_is_not_confirmed_or_wrongly_ordered() {
    let mut policy = enrolling();
    policy["actions"]["tap"]["confirm"] = json!("hook");
    let options = loyalty_proxy::Options { hooks: vec!["hook".to_owned()], ..world::options(policy) };
    let mut world = World::new(enrolling());
    world.config = Rc::new(loyalty_proxy::Config::new(&options).unwrap());
    let mut exchange = world.exchange(earn("tap", "k"));
    let mut effect = exchange.start(world.now);
    let answer = loop {
        let asked = matches!(effect, Effect::Confirm { .. });
        match world.perform(effect, &member(&C), &json!({})) {
            Ok(_) if asked => effect = exchange.step(Event::Confirmed { yes: false }, world.now),
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!((code_of(&answer).as_str(), world.upstream.creations), ("PERMISSION_DENIED", 0));
    let who = json!({"contactId": C.contact});
    for (wrong, code) in [
        (json!({"order": "earn", "who": who, "action": "nothing", "subject": "o"}), "NOT_FOUND"),
        (json!({"order": "earn", "who": who, "action": "tap"}), "INVALID_ARGUMENT"),
        (json!({"order": "earn", "who": who, "action": "review", "idempotencyKey": "k"}), "INVALID_ARGUMENT"),
    ] {
        let answer = world.order(&wrong);
        assert_eq!((code_of(&answer).as_str(), world.upstream.creations), (code, 0), "{wrong}");
    }
}

#[test]
fn p27_fifty_first_earns_at_once_make_one_account() {
    let mut world = World::new(enrolling());
    let mut crowd = Crowd::default();
    for at in 0..50 {
        crowd.enter(&world, earn(if at % 2 == 0 { "visit" } else { "tap" }, &format!("k{at}")), member(&C));
    }
    let mut turn = 0_usize;
    let answers = crowd.finish(&mut world, |count| {
        turn += usize::from(count > 1);
        turn % count
    });
    assert_eq!(world.upstream.creations, 1, "one call for all of one process");
    assert_eq!(world.upstream.balance(&C), 5 + 10, "one visit, ten taps");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 403)));
}

#[test]
fn p27_two_processes_that_make_an_account_at_once_both_go_on() {
    for faults in [vec![], vec![Fault::After], vec![Fault::Before], vec![Fault::After, Fault::After]] {
        let mut world = World::new(enrolling());
        world.upstream.faults = faults.clone();
        let mut exchange = world.exchange(earn("tap", "k"));
        let mut effect = exchange.start(world.now);
        let is_creation = |effect: &Effect| matches!(effect, Effect::Upstream { call } if call.path.ends_with("/v1/accounts"));
        while !is_creation(&effect) {
            let event = world.perform(effect, &member(&C), &json!({})).unwrap();
            effect = exchange.step(event, world.now);
        }
        // The other process is faster.
        if faults.is_empty() {
            world.upstream.created = true;
        }
        let answer = loop {
            match world.perform(effect, &member(&C), &json!({})) {
                Ok(event) => effect = exchange.step(event, world.now),
                Err(answer) => break *answer,
            }
        };
        let lost = faults.len() == 2;
        assert_eq!(answer.status, if lost { 503 } else { 200 }, "{faults:?} {}", answer.body);
        let again = world.run(earn("tap", "k"), &member(&C), &json!({}));
        assert_eq!((again.status, world.upstream.balance(&C)), (200, 1));
    }
}

#[test]
fn where_no_account_can_be_made_the_answer_says_why() {
    let mut world = World::new(enrolling());
    let bare = Caller { contact_id: None, ..member(&C) };
    let answer = world.run(earn("tap", "k"), &bare, &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (404, "ACCOUNT_NOT_FOUND"));
    assert!(answer.body.contains("contactId"), "{}", answer.body);
    let strange = Caller { contact_id: Some(world::NOWHERE.to_owned()), ..member(&C) };
    let answer = world.run(earn("tap", "k"), &strange, &json!({}));
    assert!(answer.body.contains("no such contact"), "{}", answer.body);
    assert_eq!(world.upstream.credits(), 0);
}

#[test]
fn an_action_that_enrols_makes_the_account_and_no_other_action_does() {
    let mut policy = world::policy();
    policy["actions"]["visit"]["enrol"] = json!(true);
    let who = json!({"contactId": C.contact});
    let order = |action: &str| json!({"order": "earn", "who": who, "action": action, "idempotencyKey": "o"});
    for by_order in [false, true] {
        let mut world = World::new(policy.clone());
        let mut claim = |action: &str| {
            let answer = match by_order {
                true => world.order(&order(action)),
                false => world.run(earn(action, "k"), &member(&C), &json!({})),
            };
            let code = if answer.status == 200 { String::new() } else { code_of(&answer) };
            (code, world.upstream.creations, world.upstream.balance(&C))
        };
        assert_eq!(claim("tap"), ("ACCOUNT_NOT_FOUND".to_owned(), 0, 0));
        assert_eq!(claim("visit"), (String::new(), 1, 5));
        assert_eq!(claim("tap"), (String::new(), 1, 6));
    }
}
