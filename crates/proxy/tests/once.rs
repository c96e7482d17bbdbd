//! Points move once: under concurrency, lost answers, killed processes and lost stores (P27, P30-P32).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Effect, Exchange};
use proptest::prelude::*;
use serde_json::{Value, json};
use world::upstream::Fault;
use world::{A, World, code_of, earn, json_of, member};

mod world;

const DAY: i64 = 86_400_000;
const MINUTES: i64 = 120_000;

/// Lets many requests take turns, one effect each, in the order that `pick` says.
fn interleave(
    world: &mut World,
    requests: Vec<(loyalty_proxy::Request, Value)>,
    mut pick: impl FnMut(usize) -> usize,
) -> Vec<Answer> {
    let caller = member(&A);
    let mut running: Vec<(usize, Exchange, Effect, Value)> = Vec::new();
    for (at, (request, body)) in requests.into_iter().enumerate() {
        let mut exchange = world.exchange(request);
        let effect = exchange.start(world.now);
        running.push((at, exchange, effect, body));
    }
    let mut answers: Vec<(usize, Answer)> = Vec::new();
    while !running.is_empty() {
        let (at, mut exchange, effect, body) = running.swap_remove(pick(running.len()));
        match world.perform(effect, &caller, &body) {
            Ok(event) => {
                let effect = exchange.step(event, world.now);
                running.push((at, exchange, effect, body));
            }
            Err(answer) => answers.push((at, *answer)),
        }
    }
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[test]
fn p27_fifty_concurrent_claims_pay_once_with_one_key_and_with_fifty() {
    for one_key in [true, false] {
        let mut world = World::new(world::policy());
        let requests = (0..50)
            .map(|at| {
                (earn("visit", &if one_key { "same".to_owned() } else { format!("key-{at}") }), json!({}))
            })
            .collect();
        let mut turn = 7;
        let answers = interleave(&mut world, requests, |count| {
            turn = (turn * 31 + 11) % 1_009;
            turn % count
        });
        assert_eq!(world.upstream.credits(), 1);
        let paid = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(paid >= 1 && (one_key || paid == 1), "{paid}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let expected = if one_key { "IN_PROGRESS" } else { "LIMIT_REACHED" };
            assert_eq!(code_of(answer), expected);
        }
    }
}

#[test]
fn p27_caps_per_day_per_subject_and_of_points() {
    let mut policy = world::policy();
    policy["limits"] = json!({"memberPointsPerDay": 105});
    let mut world = World::new(policy);
    let caller = member(&A);
    let claim = |world: &mut World, action: &str, key: &str, body: Value| {
        let answer = world.run(earn(action, key), &caller, &body);
        (
            answer.status,
            if answer.status == 200 { String::new() } else { code_of(&answer) },
            json_of(&answer)["retryAt"].clone(),
        )
    };
    let ok = (200, String::new(), Value::Null);
    let reached = |at: Value| (403, "LIMIT_REACHED".to_owned(), at);
    let midnight = json!("2030-01-02T00:00:00.000Z");
    assert_eq!(claim(&mut world, "visit", "v1", json!({})), ok);
    assert_eq!(claim(&mut world, "visit", "v2", json!({})), reached(midnight.clone()));
    assert_eq!(claim(&mut world, "review", "r1", json!({"subject": "p1"})), ok);
    assert_eq!(
        claim(&mut world, "review", "r2", json!({"subject": "p1"})),
        reached(Value::Null),
        "once for all time"
    );
    assert_eq!(claim(&mut world, "review", "r3", json!({"subject": "p2"})), ok);
    assert_eq!(claim(&mut world, "tap", "t1", json!({})), reached(midnight), "105 points are reached");
    world.now += DAY;
    assert_eq!(claim(&mut world, "visit", "v3", json!({})), ok, "a new day");
    assert_eq!(
        claim(&mut world, "review", "r4", json!({"subject": "p1"})),
        reached(Value::Null),
        "still the same subject"
    );
    assert_eq!(world.upstream.credits(), 4);
}

#[test]
fn p27_a_refused_claim_gives_its_cap_back() {
    let mut world = World::new(world::policy());
    let nobody =
        loyalty_proxy::Caller { member_id: None, contact_id: Some(world::NOWHERE.to_owned()), ..member(&A) };
    let first = world.run(earn("visit", "k1"), &nobody, &json!({}));
    assert_eq!((first.status, code_of(&first).as_str()), (404, "ACCOUNT_NOT_FOUND"));
    let again = world.run(earn("visit", "k2"), &nobody, &json!({}));
    assert_eq!(code_of(&again), "ACCOUNT_NOT_FOUND", "not LIMIT_REACHED: nothing was paid");
}

#[test]
fn p30_replay_conflict_and_form() {
    let mut world = World::new(world::policy());
    let caller = member(&A);
    let first = world.run(earn("tap", "k"), &caller, &json!({"subject": "s"}));
    assert_eq!(first.status, 200, "{}", first.body);
    let quoted = world.run(earn("tap", "\"k\""), &caller, &json!({"subject": "s"}));
    assert_eq!((quoted.status, quoted.body), (200, first.body.clone()));
    let other = world.run(earn("tap", "k"), &caller, &json!({"subject": "t"}));
    assert_eq!((other.status, code_of(&other).as_str()), (422, "IDEMPOTENCY_CONFLICT"));
    let someone = world.run(earn("tap", "k"), &member(&world::B), &json!({"subject": "t"}));
    assert_eq!(someone.status, 200, "the key of A is not the key of B");
    let elsewhere = world.run(earn("visit", "k"), &caller, &json!({}));
    assert_eq!(elsewhere.status, 200, "nor that of another action");
    for bad in ["", "a b", "é"] {
        let answer = world.run(earn("tap", bad), &caller, &json!({}));
        assert_eq!((answer.status, code_of(&answer).as_str()), (400, "INVALID_ARGUMENT"), "{bad}");
    }
    let missing = loyalty_proxy::Request { idempotency_key: None, ..earn("tap", "") };
    assert_eq!(world.run(missing, &caller, &json!({})).status, 400);
    assert_eq!(world.upstream.credits(), 3);
    world.now += DAY;
    let late = world.run(earn("tap", "k"), &caller, &json!({"subject": "s"}));
    assert_eq!((late.status, world.upstream.credits()), (200, 3), "forgotten here, known upstream");
}

#[test]
fn p31_the_key_that_staff_put_in_goes_up_unchanged() {
    let mut world = World::new(world::policy());
    let body = json!({"accountId": A.account, "amount": 7, "appId": "x", "idempotencyKey": "their-own"});
    let request = world::request("POST", &format!("/loyalty-accounts/v1/accounts/{}/earn-points", A.account));
    let answer = world.run(request.clone(), &world::with_role(loyalty_proxy::Role::Admin), &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(world.upstream.paid.contains_key(&(A.account.to_owned(), "their-own".to_owned())));
    let again = world.run(request, &world::with_role(loyalty_proxy::Role::Admin), &body);
    assert_eq!((again.status, code_of(&again).as_str()), (409, "TRANSACTION_ALREADY_EXISTS"));
}

#[test]
fn p32_lost_answers_end_in_one_credit() {
    use Fault::{After, Before};
    for replays in [false, true] {
        for faults in [
            vec![After],
            vec![Before],
            vec![After, After],
            vec![Before, After],
            vec![After, Before],
            vec![After, After, After],
            vec![Before, Before, After],
            vec![After, Before, Before],
        ] {
            let mut world = World::new(world::policy());
            world.upstream.replays = replays;
            world.upstream.faults = faults.clone();
            let answer = world.run(earn("tap", "k"), &member(&A), &json!({}));
            assert_eq!((answer.status, world.upstream.credits()), (200, 1), "{faults:?} {}", answer.body);
            let account = &json_of(&answer)["account"];
            assert_eq!(
                (account["id"].as_str(), account["points"]["balance"].as_i64()),
                (Some(A.account), Some(1))
            );
        }
    }
}

#[test]
fn p32_not_found_is_never_taken_as_not_applied() {
    let mut world = World::new(world::policy());
    world.upstream.faults = vec![Fault::Before; 3];
    let answer = world.run(earn("tap", "k"), &member(&A), &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (502, "OUTCOME_UNKNOWN"));
    assert_eq!(json_of(&answer)["retryable"], true, "the same key goes on where this left off");
    let again = world.run(earn("tap", "k"), &member(&A), &json!({}));
    assert_eq!((again.status, world.upstream.credits()), (200, 1));
}

#[test]
fn p32_a_transaction_of_another_amount_is_a_conflict() {
    let mut world = World::new(world::policy());
    assert_eq!(world.run(earn("visit", "k"), &member(&A), &json!({})).status, 200);
    let mut policy = world::policy();
    policy["actions"]["visit"]["amount"] = json!(6);
    world.config = world::config(policy);
    world.store = world::store::Store::default();
    let answer = world.run(earn("visit", "k"), &member(&A), &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (422, "IDEMPOTENCY_CONFLICT"), "{}", answer.body);
    assert_eq!(world.upstream.credits(), 1);
}

/// A process that dies after each of its effects in turn; then the same call again, with the store or without it.
#[test]
fn p32_killed_at_every_point_then_replayed_pays_once() {
    let caller = member(&A);
    for (action, body) in [("tap", json!({})), ("visit", json!({})), ("review", json!({"subject": "p"}))] {
        for store_survives in [true, false] {
            let mut points = 0;
            for kill_after in 0..50 {
                let mut world = World::new(world::policy());
                let mut exchange = world.exchange(earn(action, "k"));
                let mut effect = exchange.start(world.now);
                let mut ended = false;
                for _ in 0..kill_after {
                    match world.perform(effect.clone(), &caller, &body) {
                        Ok(event) => effect = exchange.step(event, world.now),
                        Err(_) => ended = true,
                    }
                    if ended {
                        break;
                    }
                }
                drop(exchange);
                if !store_survives {
                    world.store = world::store::Store::default();
                }
                world.now += MINUTES;
                let answer = world.run(earn(action, "k"), &caller, &body);
                assert_eq!(
                    (answer.status, world.upstream.credits()),
                    (200, 1),
                    "{action} {kill_after} {}",
                    answer.body
                );
                points += 1;
                if ended {
                    break;
                }
            }
            assert!((6..50).contains(&points), "{points} points of death");
        }
    }
}

/// The day may end between a payment whose answer was lost and its repeat: the key stays that of the first day.
#[test]
fn p32_a_repeat_after_midnight_is_still_the_same_payment() {
    let mut world = World::new(world::policy());
    world.now += 14 * 3_600_000 - 1_000;
    world.upstream.faults = vec![Fault::Before; 3];
    assert_eq!(code_of(&world.run(earn("visit", "k"), &member(&A), &json!({}))), "OUTCOME_UNKNOWN");
    let first = world
        .upstream
        .calls
        .iter()
        .rev()
        .find_map(|call| call.body.clone().filter(|_| call.path.ends_with("earn-points")));
    world.now += MINUTES;
    let answer = world.run(earn("visit", "k"), &member(&A), &json!({}));
    assert_eq!((answer.status, world.upstream.credits()), (200, 1));
    let last = world
        .upstream
        .calls
        .iter()
        .rev()
        .find_map(|call| call.body.clone().filter(|_| call.path.ends_with("earn-points")));
    assert_eq!(first, last);
}

/// A redemption carries no key upstream: where its outcome is unknown it is never done again under the same key.
#[test]
fn p33_a_redemption_of_unknown_outcome_is_not_repeated() {
    let mut world = World::new(world::policy());
    let request = loyalty_proxy::Request {
        idempotency_key: Some("k".to_owned()),
        ..world::request("POST", "/loyalty-coupons/v1/coupons/redeem-my-coupon")
    };
    let body = json!({"rewardId": world::NOWHERE});
    let mut exchange = world.exchange(request.clone());
    let mut effect = exchange.start(world.now);
    while !matches!(&effect, Effect::Upstream { call } if call.path.ends_with("/v1/coupons")) {
        let event = world.perform(effect, &member(&A), &body).unwrap();
        effect = exchange.step(event, world.now);
    }
    drop(exchange);
    world.now += MINUTES;
    let answer = world.run(request.clone(), &member(&A), &body);
    assert_eq!((answer.status, code_of(&answer).as_str()), (502, "OUTCOME_UNKNOWN"));
    assert!(!world.upstream.calls.iter().any(|call| call.path.ends_with("/v1/coupons")));
    let fresh = loyalty_proxy::Request { idempotency_key: Some("k2".to_owned()), ..request };
    assert_eq!(world.run(fresh, &member(&A), &body).status, 200);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
    #[test]
    fn p32_any_faults_and_any_order_pay_once_for_each_key(
        faults in prop::collection::vec(prop::sample::select(vec![Fault::After, Fault::Before]), 0..12),
        picks in prop::collection::vec(any::<usize>(), 400),
        replays in any::<bool>(),
        clients in 1_usize..6,
    ) {
        let mut world = World::new(world::policy());
        world.upstream.faults = faults;
        world.upstream.replays = replays;
        let requests = |count: usize| (0..count).map(|at| (earn("tap", &format!("k{at}")), json!({}))).collect::<Vec<_>>();
        let mut at = 0;
        interleave(&mut world, requests(clients).into_iter().chain(requests(clients)).collect(), |count| {
            at = (at + 1) % picks.len();
            picks[at] % count
        });
        world.upstream.faults.clear();
        for (request, body) in requests(clients) {
            world.now += 1_000;
            let answer = world.run(request, &member(&A), &body);
            prop_assert_eq!(answer.status, 200, "{}", answer.body);
        }
        prop_assert_eq!(world.upstream.credits(), clients);
    }
}
