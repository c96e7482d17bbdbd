//! Reversals that come to nothing, and what they leave behind (P32, P35).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::store::StoreOp;
use loyalty_proxy::{Answer, Audit, Caller, Config, Effect, Event, Exchange, Order};
use serde_json::json;
use std::rc::Rc;
use world::{A, World, code_of, earn, member};

mod world;

/// Reverses what A has earned; where `fails` says so the world does what it is asked, and its answer is lost.
fn reverse(world: &mut World, fails: impl Fn(&Effect) -> bool) -> Answer {
    let order = json!({"order": "reverse", "transactionId": A.transaction, "reason": "refunded"});
    let order: Order = serde_json::from_value(order).unwrap();
    let mut exchange = Exchange::order(Rc::clone(&world.config), order, "r".to_owned());
    let mut effect = exchange.start(world.now);
    loop {
        if fails(&effect) {
            world.perform(effect, &Caller::visitor(), &json!({})).unwrap();
            effect = exchange.step(Event::Failed { reason: "away".to_owned() }, world.now);
            continue;
        }
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => return *answer,
        }
    }
}

#[test]
fn p32_a_reversal_that_was_never_sent_does_not_stand_for_one_that_was() {
    let intents = |effect: &Effect| matches!(effect, Effect::Audit { record } if record["phase"] == "intent");
    let notes = |effect: &Effect| matches!(effect, Effect::Store { op: StoreOp::Put { .. }, .. });
    for what in ["its record", "its note"] {
        let fails = |effect: &Effect| if what == "its note" { notes(effect) } else { intents(effect) };
        let mut world = World::new(world::policy());
        let options = loyalty_proxy::Options { audit: Audit::DenyWrites, ..world::options(world::policy()) };
        world.config = Rc::new(Config::new(&options).unwrap());
        assert_eq!(world.run(earn("visit", "k"), &member(&A), &json!({})).status, 200);
        let refused = reverse(&mut world, fails);
        assert_eq!((refused.status, code_of(&refused).as_str()), (503, "UNAVAILABLE"), "{what}");
        // The account goes on living; what was noted of it is old by now.
        world.upstream.changes += 1;
        let again = reverse(&mut world, |_| false);
        assert_eq!((again.status, world.upstream.balance(&A)), (200, 0), "{what} {}", again.body);
    }
}
