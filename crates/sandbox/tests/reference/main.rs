//! L2: the sandbox against the reference model. The same steps, the same answers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod happened;
mod model;
mod offers;
mod run;
mod step;
#[path = "../support/mod.rs"]
mod support;
mod time;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use model::{Model, What};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use run::Run;
use serde_json::json;
use step::step;

/// How many steps all runs take together, at least.
const STEPS: usize = 200_000;
/// How often each thing happens at least: a part of the model that nothing meets compares nothing.
const OFTEN: usize = 200;

#[test]
fn l02_the_reference_model_gives_the_same_answers() {
    let (taken, counts) = (Cell::new(0), RefCell::new(BTreeMap::new()));
    let mut runner = TestRunner::new(ProptestConfig { cases: 4_400, ..ProptestConfig::default() });
    let runs = (0..1_000_u64, prop::collection::vec(step(), 30..80));
    let outcome = runner.run(&runs, |(seed, steps)| {
        let mut run = Run::new(seed);
        for step in &steps {
            run.take(step);
        }
        taken.set(taken.get() + steps.len());
        run.same_in_the_end();
        run.count(&mut counts.borrow_mut());
        Ok(())
    });
    outcome.unwrap();
    assert!(taken.get() >= STEPS, "{} steps", taken.get());
    let counts = counts.into_inner();
    assert!(counts.len() == 12 && counts.values().all(|count| *count >= OFTEN), "{counts:?}");
}

#[test]
fn l02_the_model_itself_adds_up() {
    let mut model = Model { now: "2026-01-31T00:00:00.000Z".into(), ..Model::default() };
    let contact = json!({"contactId": "c", "name": "N", "email": "e", "memberId": null});
    assert_eq!(model.may_create(&contact), Ok(()));
    model.happen("a", What::Created { contact: contact.clone() });
    assert_eq!(model.may_create(&contact), Err((409, "ALREADY_EXISTS")));
    let key = || "k".to_owned();
    model.happen(
        "a",
        What::Earned { transaction: "t".into(), amount: 5, key: key(), description: None, app: key() },
    );
    assert_eq!(model.may_earn("a", 5, "k"), Err((409, "TRANSACTION_ALREADY_EXISTS")));
    assert_eq!(model.may_adjust("a", None, Some(-6), None), Err((428, "INSUFFICIENT_POINTS")));
    assert_eq!(model.may_adjust("a", Some(2), Some(9), Some(2)), Ok(-3));
    assert_eq!(model.account("a").unwrap()["points"]["balance"], 5);
    assert_eq!(model.transactions().len(), 1);
    let reward =
        json!({"id": "r", "active": true, "discountAmount": {"configsByTier": [{"costInPoints": 3}]}});
    assert_eq!(model.may_redeem("a", Some(&reward)), Ok(3));
    let begun = What::Begun { coupon: "p".into(), reward: reward.clone(), cost: 3, fate: "ACTIVE".into() };
    model.happen("a", begun);
    assert_eq!(model.may_redeem("a", Some(&reward)), Err((428, "INSUFFICIENT_POINTS")), "3 are set aside");
    assert_eq!(model.account("a").unwrap()["revision"], "2", "and have not moved");
    model.wait();
    assert_eq!(
        model.account("a").unwrap()["points"],
        json!({"balance": 2, "earned": 5, "adjusted": 0, "redeemed": 3, "expired": 0})
    );
    model.begin_terms(time::Terms { on: true, months: 1, percent: 50 });
    model.go_on("2026-03-30T23:59:59.999Z");
    assert_eq!(model.account("a").unwrap()["points"]["expired"], 1, "on the last day of February");
    assert_eq!(time::plus_months("2028-03-31T01:00:00.000Z", -1), "2028-02-29T01:00:00.000Z");
}
