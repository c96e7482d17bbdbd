//! What an action would pay: the policy's amount, the caps as they stand, and no trace of having looked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Effect, Role};
use serde_json::{Value, json};
use world::{A, B, World, code_of, earn, json_of, member, request, with_role};

mod world;

fn policy(limit: &Value, more: &Value) -> Value {
    let mut deed = json!({"amount": 5, "description": "Deed", "limit": limit});
    for (key, value) in more.as_object().unwrap() {
        deed[key] = value.clone();
    }
    json!({
        "grants": {"member": ["earn:deed"], "admin": ["*"], "visitor": ["getLoyaltyProgram"]},
        "actions": {"deed": deed},
        "limits": {"memberPointsPerDay": 12},
    })
}

fn look(world: &mut World, who: &Caller, body: &Value) -> Answer {
    world.run(request("POST", "/actions/deed/preview"), who, body)
}

fn free(needs_proof: bool) -> Value {
    json!({"amount": 5, "payable": true, "needsProof": needs_proof})
}

#[test]
fn p05_p27_a_look_tells_the_amount_and_when_the_caps_end_and_counts_nowhere() {
    let mut world = World::new(policy(&json!({"perMemberPerDay": 2, "cooldownSeconds": 60}), &json!({})));
    let ada = member(&A);
    for _ in 0..5 {
        assert_eq!(json_of(&look(&mut world, &ada, &json!({}))), free(false));
    }
    assert_eq!(world.upstream.credits(), 0);
    assert_eq!(world.run(earn("deed", "k1"), &ada, &json!({})).status, 200);
    let cooling = json_of(&look(&mut world, &ada, &json!({})));
    assert_eq!(cooling["payable"], false);
    assert_eq!(cooling["retryAt"], "2030-01-01T10:01:00.000Z");
    assert_eq!(json_of(&look(&mut world, &member(&B), &json!({}))), free(false), "it is the member's own");
    world.now += 60_000;
    assert_eq!(json_of(&look(&mut world, &ada, &json!({}))), free(false), "and over to the millisecond");
    assert_eq!(world.run(earn("deed", "k2"), &ada, &json!({})).status, 200);
    let told = json_of(&look(&mut world, &ada, &json!({})));
    let refused = json_of(&world.run(earn("deed", "k3"), &ada, &json!({})));
    assert_eq!(refused["code"], "LIMIT_REACHED");
    assert_eq!(told["retryAt"], refused["retryAt"], "the same as a claim would be told");
    assert_eq!(world.upstream.credits(), 2);
}

#[test]
fn p27_points_of_the_day_subjects_and_their_first_are_looked_at_too() {
    let mut world = World::new(policy(&json!({"perMemberPerDay": 9}), &json!({})));
    let ada = member(&A);
    for key in ["k1", "k2"] {
        assert_eq!(world.run(earn("deed", key), &ada, &json!({})).status, 200);
    }
    assert_eq!(json_of(&look(&mut world, &ada, &json!({})))["retryAt"], "2030-01-02T00:00:00.000Z");

    let limit = json!({"perMemberPerDay": 9, "perSubject": 1, "uniqueSubject": true});
    let mut world = World::new(policy(&limit, &json!({})));
    let body = json!({"subject": "sofa"});
    assert_eq!(json_of(&look(&mut world, &ada, &body)), free(false));
    assert_eq!(world.run(earn("deed", "k1"), &ada, &body).status, 200);
    for who in [&A, &B] {
        let never = json!({"amount": 5, "payable": false, "needsProof": false});
        assert_eq!(json_of(&look(&mut world, &member(who), &body)), never);
    }
    assert_eq!(json_of(&look(&mut world, &ada, &json!({"subject": "chair"}))), free(false));
}

#[test]
fn p05_who_may_not_earn_may_not_look_and_a_browser_names_no_amount() {
    let mut world = World::new(policy(&json!({"perMemberPerDay": 1}), &json!({})));
    for who in [with_role(Role::Visitor), with_role(Role::Staff)] {
        let answer = look(&mut world, &who, &json!({}));
        assert_eq!((answer.status, code_of(&answer).as_str()), (403, "PERMISSION_DENIED"));
    }
    let unknown = world.run(request("POST", "/actions/other/preview"), &member(&A), &json!({}));
    assert_eq!(unknown.status, 403, "whether there is such an action is not told");
    let amount = look(&mut world, &member(&A), &json!({"amount": 500}));
    assert_eq!((amount.status, json_of(&amount)["violations"][0]["field"].clone()), (400, json!("amount")));
    assert_eq!(world.run(request("GET", "/actions/deed/preview"), &member(&A), &json!({})).status, 405);
    let eligible = json!({"eligible": {"plan": ["gold"]}});
    let mut world = World::new(policy(&json!({"perMemberPerDay": 1}), &eligible));
    assert_eq!(look(&mut world, &member(&A), &json!({})).status, 403);
    assert!(world.upstream.calls.is_empty());
}

#[test]
fn p05_no_hook_is_asked_for_a_deed_that_was_not_done_yet() {
    let more = json!({"confirm": "done", "botCheck": true});
    let mut options = world::options(policy(&json!({"perMemberPerDay": 1}), &more));
    options.hooks = vec!["done".to_owned()];
    options.bot_check = true;
    let mut world = World::new(json!({}));
    world.config = std::rc::Rc::new(loyalty_proxy::Config::new(&options).unwrap());
    let ada = member(&A);
    let mut exchange = world.exchange(request("POST", "/actions/deed/preview"));
    let mut effect = exchange.start(world.now);
    loop {
        assert!(!matches!(effect, Effect::Confirm { .. } | Effect::BotCheck { .. }));
        match world.perform(effect, &ada, &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => {
                assert_eq!(json_of(&answer), free(true));
                return;
            }
        }
    }
}

#[test]
fn p24_looks_leave_the_rate_of_the_action_to_those_who_claim() {
    let mut world = World::new(policy(&json!({"perMemberPerDay": 2, "perMinute": 1}), &json!({})));
    for _ in 0..3 {
        assert_eq!(look(&mut world, &member(&A), &json!({})).status, 200);
    }
    assert_eq!(world.run(earn("deed", "k1"), &member(&A), &json!({})).status, 200);
    assert_eq!(world.run(earn("deed", "k2"), &member(&B), &json!({})).status, 429, "the control");
}
