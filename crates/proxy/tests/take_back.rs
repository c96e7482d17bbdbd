//! What the developer's own backend takes back: each earn once, and exactly as much.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Effect};
use serde_json::{Value, json};
use world::upstream::Fault;
use world::{A, World, code_of, earn, json_of, member};

mod world;

const MINUTES: i64 = 120_000;

fn reversal() -> Value {
    json!({"order": "reverse", "transactionId": A.transaction, "reason": "refunded"})
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
    let answer = world.order(&reversal());
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
        let again = world.order(&reversal());
        assert_eq!((again.status, code_of(&again).as_str()), (409, "TRANSACTION_ALREADY_EXISTS"));
        world.now += 3 * 86_400_000;
        let late = world.order(&reversal());
        assert_eq!((late.status, code_of(&late).as_str()), (409, "TRANSACTION_ALREADY_EXISTS"));
    }
    assert_eq!(world.upstream.adjusted.len(), 1);
}

#[test]
fn a_balance_that_is_spent_is_refused_or_taken_down_to_nothing() {
    let mut world = with_points(world::policy());
    world.upstream.adjusted.push((A.account.to_owned(), -3, "spent".to_owned()));
    let answer = world.order(&reversal());
    assert_eq!((answer.status, code_of(&answer).as_str()), (428, "INSUFFICIENT_POINTS"), "{}", answer.body);
    assert!(answer.body.contains("take-what-is-left"), "{}", answer.body);
    let mut partly = reversal();
    partly["takeWhatIsLeft"] = json!(true);
    let answer = world.order(&partly);
    let body = json_of(&answer);
    assert_eq!((answer.status, &body["reversed"], &body["missing"]), (200, &json!(2), &json!(3)));
    assert_eq!(world.upstream.balance(&A), 0);
}

#[test]
fn p33_a_reversal_that_others_overtake_looks_again() {
    let mut world = with_points(world::policy());
    let mut exchange = world.ordered(&reversal());
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
            Err(answer) => break *answer,
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
    let mut dead = world.ordered(&reversal());
    let mut late = dead.start(world.now);
    while !is_adjustment(&late) {
        let event = world.perform(late, &Caller::visitor(), &json!({})).unwrap();
        late = dead.step(event, world.now);
    }
    drop(dead);
    world.now += MINUTES;
    world.upstream.blind = true;
    let mut late = Some(late);
    let mut exchange = world.ordered(&reversal());
    let mut effect = exchange.start(world.now);
    let answer = loop {
        if is_adjustment(&effect)
            && let Some(late) = late.take()
        {
            assert!(world.perform(late, &Caller::visitor(), &json!({})).is_ok());
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!(code_of(&answer), "OUTCOME_UNKNOWN", "{}", answer.body);
    for _ in 0..3 {
        world.now += MINUTES;
        world.order(&reversal());
        assert_eq!(world.upstream.adjusted.len(), 1, "taken twice");
    }
    world.upstream.blind = false;
    world.now += MINUTES;
    assert_eq!((world.order(&reversal()).status, world.upstream.adjusted.len()), (200, 1));
}

#[test]
fn p33_a_conflict_with_a_second_runner_of_the_same_reversal_takes_once() {
    let mut world = with_points(world::policy());
    let more = world.run(earn("review", "more"), &member(&A), &json!({"subject": "p"}));
    assert_eq!(more.status, 200);
    let mut exchange = world.ordered(&reversal());
    let mut effect = exchange.start(world.now);
    let mut overtaken = false;
    let answer = loop {
        let adjusts = matches!(&effect, Effect::Upstream { call } if call.path.ends_with("/adjust-points"));
        if adjusts && !overtaken {
            overtaken = true;
            // The lease is over: another one takes it up, and is faster.
            world.now += MINUTES;
            assert_eq!(world.order(&reversal()).status, 200);
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!((answer.status, world.upstream.adjusted.len()), (200, 1), "{}", answer.body);
}

#[test]
fn p33_a_slow_reversal_begins_no_attempt_beyond_its_lease() {
    let mut world = with_points(world::policy());
    let mut exchange = world.ordered(&reversal());
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
            Err(answer) => break *answer,
        }
    };
    assert_eq!((attempts, code_of(&answer).as_str()), (2, "UNAVAILABLE"), "{}", answer.body);
    assert_eq!((world.order(&reversal()).status, world.upstream.balance(&A)), (200, 0));
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
                let mut exchange = world.ordered(&reversal());
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
                    world.order(&reversal());
                    assert!(
                        world.upstream.balance(&A) >= 0 && world.upstream.adjusted.len() <= 1,
                        "taken twice"
                    );
                }
                // What can't be seen yet is not taken for "not done": it stays unknown until it shows.
                world.upstream.blind = false;
                world.now += MINUTES;
                let answer = world.order(&reversal());
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
