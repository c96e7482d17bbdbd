//! Accounts that are made with the first earn, and what the developer's own backend orders: earns and reversals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Effect, Event, Exchange, Order};
use serde_json::{Value, json};
use std::sync::Arc;
use world::shelf::Crowd;
use world::upstream::Fault;
use world::{A, C, World, code_of, earn, json_of, member};

mod world;

const MINUTES: i64 = 120_000;

fn enrolling() -> Value {
    let mut policy = world::policy();
    policy["enrol"] = json!("on-first-earn");
    policy
}

fn start(world: &World, order: &Value) -> Exchange {
    let order: Order = serde_json::from_value(order.clone()).unwrap();
    Exchange::order(Arc::clone(&world.config), order, "r".to_owned())
}

fn order(world: &mut World, order: &Value) -> Answer {
    let mut exchange = start(world, order);
    let mut effect = exchange.start(world.now);
    loop {
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => return answer,
        }
    }
}

fn paid_order(who: Value, subject: &str) -> Value {
    json!({"order": "earn", "who": who, "action": "review", "subject": subject})
}

fn reversal() -> Value {
    json!({"order": "reverse", "transactionId": A.transaction, "reason": "refunded"})
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
    world.config = Arc::new(loyalty_proxy::Config::new(&options).unwrap());
    let mut exchange = world.exchange(earn("tap", "k"));
    let mut effect = exchange.start(world.now);
    let answer = loop {
        let asked = matches!(effect, Effect::Confirm { .. });
        match world.perform(effect, &member(&C), &json!({})) {
            Ok(_) if asked => effect = exchange.step(Event::Confirmed { yes: false }, world.now),
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!((code_of(&answer).as_str(), world.upstream.creations), ("PERMISSION_DENIED", 0));
    let who = json!({"contactId": C.contact});
    for (wrong, code) in [
        (json!({"order": "earn", "who": who, "action": "nothing", "subject": "o"}), "NOT_FOUND"),
        (json!({"order": "earn", "who": who, "action": "tap"}), "INVALID_ARGUMENT"),
        (json!({"order": "earn", "who": who, "action": "review", "idempotencyKey": "k"}), "INVALID_ARGUMENT"),
    ] {
        let answer = order(&mut world, &wrong);
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
                Err(answer) => break answer,
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
fn p30_an_order_pays_once_by_its_subject_under_any_id_and_with_a_lost_store() {
    let mut world = World::new(world::policy());
    let first = order(&mut world, &paid_order(json!({"memberId": A.member}), "order-1"));
    assert_eq!(first.status, 200, "{}", first.body);
    for who in
        [json!({"memberId": A.member}), json!({"contactId": A.contact}), json!({"accountId": A.account})]
    {
        let again = order(&mut world, &paid_order(who.clone(), "order-1"));
        assert_eq!((again.status, again.body), (200, first.body.clone()), "{who}");
    }
    world.store = world::store::Store::default();
    let after = order(&mut world, &paid_order(json!({"accountId": A.account}), "order-1"));
    assert_eq!(
        (after.status, world.upstream.credits()),
        (200, 1),
        "the key upstream is derived from the order"
    );
    let other = order(&mut world, &paid_order(json!({"memberId": A.member}), "order-2"));
    assert_eq!((other.status, world.upstream.credits()), (200, 2));
}

#[test]
fn p30_an_order_pays_once_for_all_time_and_two_of_a_day_are_two() {
    let daily = |limit: Value, key: Value| {
        let mut policy = world::policy();
        policy["actions"]["visit"]["limit"] = limit;
        if !key.is_null() {
            policy["actions"]["visit"]["key"] = key;
        }
        policy
    };
    let buy = |what: &str| {
        let who = json!({"memberId": A.member});
        json!({"order": "earn", "who": who, "action": "visit", "subject": what})
    };
    let once_a_day = daily(json!({"perMemberPerDay": 1}), Value::Null);
    for policy in [
        once_a_day.clone(),
        daily(json!({"perMemberPerDay": 5}), json!(["subject", "day"])),
        daily(json!({"perMemberPerDay": 5}), Value::Null),
    ] {
        for store_survives in [true, false] {
            let mut world = World::new(policy.clone());
            assert_eq!(order(&mut world, &buy("o-1")).status, 200);
            for _ in 0..2 {
                world.now += 25 * 3_600_000;
                if !store_survives {
                    world.store = world::store::Store::default();
                }
                let again = order(&mut world, &buy("o-1"));
                assert!(again.status == 200 || code_of(&again) == "LIMIT_REACHED", "{}", again.body);
                assert_eq!(world.upstream.credits(), 1, "{store_survives} {policy}");
            }
        }
    }
    // A lost store forgets the cap of a day: what is paid then is the other order, not the first one's answer.
    let mut world = World::new(once_a_day);
    assert_eq!(order(&mut world, &buy("o-1")).status, 200);
    world.store = world::store::Store::default();
    assert_eq!((order(&mut world, &buy("o-2")).status, world.upstream.credits()), (200, 2));
}

#[test]
fn p30_a_page_that_guesses_an_orders_key_takes_nothing_from_it() {
    let mut world = World::new(world::policy());
    assert_eq!(world.run(earn("tap", "o-1"), &member(&A), &json!({})).status, 200);
    let who = json!({"memberId": A.member});
    let keyed = json!({"order": "earn", "who": who, "action": "tap", "idempotencyKey": "o-1"});
    assert_eq!((order(&mut world, &keyed).status, world.upstream.credits()), (200, 2));
}

#[test]
fn p31_a_capped_deed_has_one_key_upstream_whatever_key_the_page_makes() {
    let mut world = World::new(world::policy());
    for key in ["k1", "k2", "k3"] {
        world.store = world::store::Store::default();
        assert_eq!(world.run(earn("visit", key), &member(&A), &json!({})).status, 200);
        assert_eq!(world.run(earn("review", key), &member(&A), &json!({"subject": "p"})).status, 200);
    }
    assert_eq!(world.upstream.credits(), 2, "the store was lost each time");
}

#[test]
fn p27_orders_and_pages_share_their_caps() {
    let mut world = World::new(world::policy());
    let body = json!({"subject": "p1"});
    assert_eq!(world.run(earn("review", "k"), &member(&A), &body).status, 200);
    let same = order(&mut world, &paid_order(json!({"contactId": A.contact}), "p1"));
    assert_eq!(code_of(&same), "LIMIT_REACHED", "once for each subject, whoever claims");
    for subject in ["p2", "p3"] {
        assert_eq!(order(&mut world, &paid_order(json!({"accountId": A.account}), subject)).status, 200);
    }
    let fourth = world.run(earn("review", "k4"), &member(&A), &json!({"subject": "p4"}));
    assert_eq!(code_of(&fourth), "LIMIT_REACHED", "three a day");
    assert_eq!(world.upstream.credits(), 3);
}

#[test]
fn p05_an_order_names_an_action_and_never_an_amount_and_asks_no_hook() {
    let mut policy = world::policy();
    policy["actions"]["review"]["confirm"] = json!("hook");
    let mut world = World::new(world::policy());
    let options = loyalty_proxy::Options { hooks: vec!["hook".to_owned()], ..world::options(policy) };
    world.config = Arc::new(loyalty_proxy::Config::new(&options).unwrap());
    let mut exchange = start(&world, &paid_order(json!({"memberId": A.member}), "o"));
    let mut effect = exchange.start(world.now);
    let answer = loop {
        assert!(!matches!(effect, Effect::Confirm { .. } | Effect::Identify), "{effect:?}");
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!((answer.status, world.upstream.balance(&A)), (200, 50), "{}", answer.body);
}

#[test]
fn what_an_order_must_say() {
    let mut world = World::new(world::policy());
    let who = json!({"memberId": A.member});
    for (order_, code) in [
        (json!({"order": "earn", "who": {}, "action": "review", "subject": "o"}), "INVALID_ARGUMENT"),
        (paid_order(json!({"memberId": A.member, "accountId": A.account}), "o"), "INVALID_ARGUMENT"),
        (paid_order(json!({"memberId": "../x"}), "o"), "INVALID_ARGUMENT"),
        (paid_order(json!({"accountId": 5}), "o"), "INVALID_ARGUMENT"),
        (paid_order(json!({"accountId": world::NOWHERE}), "o"), "NOT_FOUND"),
        (paid_order(json!({"memberId": world::NOWHERE}), "o"), "ACCOUNT_NOT_FOUND"),
        (json!({"order": "earn", "who": who, "action": "nothing", "subject": "o"}), "NOT_FOUND"),
        (json!({"order": "earn", "who": who, "action": "tap"}), "INVALID_ARGUMENT"),
        (json!({"order": "earn", "who": who, "action": "tap", "idempotencyKey": "a b"}), "INVALID_ARGUMENT"),
        (json!({"order": "earn", "who": who, "action": "tap", "subject": {"amount": 5}}), "INVALID_ARGUMENT"),
        (json!({"order": "reverse", "transactionId": "x", "reason": "r"}), "INVALID_ARGUMENT"),
        (json!({"order": "reverse", "transactionId": A.transaction, "reason": ""}), "INVALID_ARGUMENT"),
        (
            json!({"order": "reverse", "transactionId": A.transaction, "reason": "r".repeat(51)}),
            "INVALID_ARGUMENT",
        ),
        (json!({"order": "reverse", "transactionId": world::NOWHERE, "reason": "r"}), "NOT_FOUND"),
    ] {
        let answer = order(&mut world, &order_);
        assert_eq!(code_of(&answer), code, "{order_} {}", answer.body);
    }
    assert_eq!(world.upstream.credits(), 0);
    let keyed = json!({"order": "earn", "who": who, "action": "tap", "idempotencyKey": "o-1"});
    assert_eq!(order(&mut world, &keyed).status, 200);
    assert_eq!((order(&mut world, &keyed).status, world.upstream.credits()), (200, 1));
}

/// A has the five points of its transaction.
fn with_points(policy: Value) -> World {
    let mut world = World::new(policy);
    assert_eq!(world.run(earn("visit", "k"), &member(&A), &json!({})).status, 200);
    assert_eq!(world.upstream.balance(&A), 5);
    world.upstream.calls.clear();
    world
}

#[test]
fn p30_a_reversal_takes_exactly_what_was_earned_names_it_and_happens_once() {
    let mut world = with_points(world::policy());
    let answer = order(&mut world, &reversal());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = json_of(&answer);
    assert_eq!((&body["reversed"], &body["missing"]), (&json!(5), &json!(0)));
    assert_eq!(world.upstream.balance(&A), 0);
    let (_, amount, words) = &world.upstream.adjusted[0];
    assert_eq!((*amount, words.as_str()), (-5, format!("Reversal of {}: refunded", A.transaction).as_str()));
    for store_survives in [true, false] {
        if !store_survives {
            world.store = world::store::Store::default();
        }
        let again = order(&mut world, &reversal());
        assert_eq!((again.status, code_of(&again).as_str()), (409, "TRANSACTION_ALREADY_EXISTS"));
        world.now += 3 * 86_400_000;
        let late = order(&mut world, &reversal());
        assert_eq!((late.status, code_of(&late).as_str()), (409, "TRANSACTION_ALREADY_EXISTS"));
    }
    assert_eq!(world.upstream.adjusted.len(), 1);
}

#[test]
fn a_balance_that_is_spent_is_refused_or_taken_down_to_nothing() {
    let mut world = with_points(world::policy());
    world.upstream.adjusted.push((A.account.to_owned(), -3, "spent".to_owned()));
    let answer = order(&mut world, &reversal());
    assert_eq!((answer.status, code_of(&answer).as_str()), (428, "INSUFFICIENT_POINTS"), "{}", answer.body);
    assert!(answer.body.contains("take-what-is-left"), "{}", answer.body);
    let mut partly = reversal();
    partly["takeWhatIsLeft"] = json!(true);
    let answer = order(&mut world, &partly);
    let body = json_of(&answer);
    assert_eq!((answer.status, &body["reversed"], &body["missing"]), (200, &json!(2), &json!(3)));
    assert_eq!(world.upstream.balance(&A), 0);
}

#[test]
fn p33_a_reversal_that_others_overtake_looks_again() {
    let mut world = with_points(world::policy());
    let mut exchange = start(&world, &reversal());
    let mut effect = exchange.start(world.now);
    let mut overtaken = 0;
    let answer = loop {
        if matches!(&effect, Effect::Upstream { call } if call.path.ends_with("/adjust-points"))
            && overtaken < 2
        {
            overtaken += 1;
            world.upstream.changes += 1;
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!((answer.status, overtaken, world.upstream.balance(&A)), (200, 2, 0), "{}", answer.body);
}

#[test]
fn p32_a_dead_attempt_that_lands_late_is_not_forgotten() {
    let mut world = with_points(world::policy());
    let more = world.run(earn("review", "more"), &member(&A), &json!({"subject": "p"}));
    assert_eq!(more.status, 200);
    let is_adjustment = |effect: &Effect| matches!(effect, Effect::Upstream { call } if call.path.ends_with("/adjust-points"));
    let mut dead = start(&world, &reversal());
    let mut late = dead.start(world.now);
    while !is_adjustment(&late) {
        let event = world.perform(late, &Caller::visitor(), &json!({})).unwrap();
        late = dead.step(event, world.now);
    }
    drop(dead);
    world.now += MINUTES;
    world.upstream.blind = true;
    let mut late = Some(late);
    let mut exchange = start(&world, &reversal());
    let mut effect = exchange.start(world.now);
    let answer = loop {
        if is_adjustment(&effect)
            && let Some(late) = late.take()
        {
            assert!(world.perform(late, &Caller::visitor(), &json!({})).is_ok());
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!(code_of(&answer), "OUTCOME_UNKNOWN", "{}", answer.body);
    for _ in 0..3 {
        world.now += MINUTES;
        order(&mut world, &reversal());
        assert_eq!(world.upstream.adjusted.len(), 1, "taken twice");
    }
    world.upstream.blind = false;
    world.now += MINUTES;
    assert_eq!((order(&mut world, &reversal()).status, world.upstream.adjusted.len()), (200, 1));
}

#[test]
fn p33_a_conflict_with_a_second_runner_of_the_same_reversal_takes_once() {
    let mut world = with_points(world::policy());
    let more = world.run(earn("review", "more"), &member(&A), &json!({"subject": "p"}));
    assert_eq!(more.status, 200);
    let mut exchange = start(&world, &reversal());
    let mut effect = exchange.start(world.now);
    let mut overtaken = false;
    let answer = loop {
        let adjusts = matches!(&effect, Effect::Upstream { call } if call.path.ends_with("/adjust-points"));
        if adjusts && !overtaken {
            overtaken = true;
            // The lease is over: another one takes it up, and is faster.
            world.now += MINUTES;
            assert_eq!(order(&mut world, &reversal()).status, 200);
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!((answer.status, world.upstream.adjusted.len()), (200, 1), "{}", answer.body);
}

#[test]
fn p33_a_slow_reversal_begins_no_attempt_beyond_its_lease() {
    let mut world = with_points(world::policy());
    let mut exchange = start(&world, &reversal());
    let mut effect = exchange.start(world.now);
    let mut attempts = 0;
    let answer = loop {
        if matches!(&effect, Effect::Upstream { call } if call.path.ends_with("/adjust-points")) {
            attempts += 1;
            world.upstream.changes += 1;
            world.now += 8_000;
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break answer,
        }
    };
    assert_eq!((attempts, code_of(&answer).as_str()), (2, "UNAVAILABLE"), "{}", answer.body);
    assert_eq!((order(&mut world, &reversal()).status, world.upstream.balance(&A)), (200, 0));
}

#[test]
fn p32_a_reversal_killed_at_every_point_or_losing_its_answers_takes_once() {
    for faults in [
        vec![],
        vec![Fault::After],
        vec![Fault::Before],
        vec![Fault::After, Fault::Before],
        vec![Fault::Before; 3],
        vec![Fault::After; 3],
    ] {
        for blind in [false, true] {
            let mut points = 0;
            for kill_after in 0..60 {
                let mut world = with_points(world::policy());
                // Enough for a second reversal, were one to be made.
                let more = world.run(earn("review", "more"), &member(&A), &json!({"subject": "p"}));
                assert_eq!(more.status, 200);
                world.upstream.faults = faults.clone();
                world.upstream.blind = blind;
                let mut exchange = start(&world, &reversal());
                let mut effect = exchange.start(world.now);
                let mut ended = false;
                for _ in 0..kill_after {
                    match world.perform(effect.clone(), &Caller::visitor(), &json!({})) {
                        Ok(event) => effect = exchange.step(event, world.now),
                        Err(_) => ended = true,
                    }
                    if ended {
                        break;
                    }
                }
                drop(exchange);
                world.upstream.faults.clear();
                for _ in 0..3 {
                    world.now += MINUTES;
                    order(&mut world, &reversal());
                    assert!(
                        world.upstream.balance(&A) >= 0 && world.upstream.adjusted.len() <= 1,
                        "taken twice"
                    );
                }
                // What can't be seen yet is not taken for "not done": it stays unknown until it shows.
                world.upstream.blind = false;
                world.now += MINUTES;
                let answer = order(&mut world, &reversal());
                assert!(
                    matches!(answer.status, 200 | 409),
                    "{kill_after} {faults:?} {blind} {}",
                    answer.body
                );
                assert_eq!((world.upstream.balance(&A), world.upstream.adjusted.len()), (50, 1));
                points += 1;
                if ended {
                    break;
                }
            }
            assert!((8..60).contains(&points), "{points} points of death");
        }
    }
}
