//! What the developer's own backend orders: earns.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Effect};
use serde_json::{Value, json};
use std::rc::Rc;
use world::{A, World, code_of, earn, member};

mod world;

fn paid_order(who: Value, subject: &str) -> Value {
    json!({"order": "earn", "who": who, "action": "review", "subject": subject})
}

#[test]
fn p30_an_order_pays_once_by_its_subject_under_any_id_and_with_a_lost_store() {
    let mut world = World::new(world::policy());
    let first = world.order(&paid_order(json!({"memberId": A.member}), "order-1"));
    assert_eq!(first.status, 200, "{}", first.body);
    for who in
        [json!({"memberId": A.member}), json!({"contactId": A.contact}), json!({"accountId": A.account})]
    {
        let again = world.order(&paid_order(who.clone(), "order-1"));
        assert_eq!((again.status, again.body), (200, first.body.clone()), "{who}");
    }
    world.store = world::store::Store::default();
    let after = world.order(&paid_order(json!({"accountId": A.account}), "order-1"));
    assert_eq!(
        (after.status, world.upstream.credits()),
        (200, 1),
        "the key upstream is derived from the order"
    );
    let other = world.order(&paid_order(json!({"memberId": A.member}), "order-2"));
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
            assert_eq!(world.order(&buy("o-1")).status, 200);
            for _ in 0..2 {
                world.now += 25 * 3_600_000;
                if !store_survives {
                    world.store = world::store::Store::default();
                }
                let again = world.order(&buy("o-1"));
                assert!(again.status == 200 || code_of(&again) == "LIMIT_REACHED", "{}", again.body);
                assert_eq!(world.upstream.credits(), 1, "{store_survives} {policy}");
            }
        }
    }
    // A lost store forgets the cap of a day: what is paid then is the other order, not the first one's answer.
    let mut world = World::new(once_a_day);
    assert_eq!(world.order(&buy("o-1")).status, 200);
    world.store = world::store::Store::default();
    assert_eq!((world.order(&buy("o-2")).status, world.upstream.credits()), (200, 2));
}

#[test]
fn p30_a_page_that_guesses_an_orders_key_takes_nothing_from_it() {
    let mut world = World::new(world::policy());
    assert_eq!(world.run(earn("tap", "o-1"), &member(&A), &json!({})).status, 200);
    let who = json!({"memberId": A.member});
    let keyed = json!({"order": "earn", "who": who, "action": "tap", "idempotencyKey": "o-1"});
    assert_eq!((world.order(&keyed).status, world.upstream.credits()), (200, 2));
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
    let same = world.order(&paid_order(json!({"contactId": A.contact}), "p1"));
    assert_eq!(code_of(&same), "LIMIT_REACHED", "once for each subject, whoever claims");
    for subject in ["p2", "p3"] {
        assert_eq!(world.order(&paid_order(json!({"accountId": A.account}), subject)).status, 200);
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
    world.config = Rc::new(loyalty_proxy::Config::new(&options).unwrap());
    let mut exchange = world.ordered(&paid_order(json!({"memberId": A.member}), "o"));
    let mut effect = exchange.start(world.now);
    let answer = loop {
        assert!(!matches!(effect, Effect::Confirm { .. } | Effect::Identify), "{effect:?}");
        match world.perform(effect, &Caller::visitor(), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
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
        let answer = world.order(&order_);
        assert_eq!(code_of(&answer), code, "{order_} {}", answer.body);
    }
    assert_eq!(world.upstream.credits(), 0);
    let keyed = json!({"order": "earn", "who": who, "action": "tap", "idempotencyKey": "o-1"});
    assert_eq!(world.order(&keyed).status, 200);
    assert_eq!((world.order(&keyed).status, world.upstream.credits()), (200, 1));
}
