//! One member under many names: a token may name the contact, the member or both, staff may be a member too, and an
//! order may name any of three ids. Whoever it is has each cap once (P27), and each capped deed one key (P31).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Effect, Exchange, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::shelf::Crowd;
use world::store::Store;
use world::upstream::Fault;
use world::{A, C, Person, World, code_of, earn, json_of, member};

mod world;

const MINUTE: i64 = 60_000;

/// How somebody comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Contact,
    Member,
    Both,
    Staff,
    Order(&'static str),
}

const NAMES: [Name; 7] = [
    Name::Contact,
    Name::Member,
    Name::Both,
    Name::Staff,
    Name::Order("contactId"),
    Name::Order("memberId"),
    Name::Order("accountId"),
];

fn caller(name: Name, person: &Person) -> Caller {
    match name {
        Name::Contact => Caller { member_id: None, ..member(person) },
        Name::Member => Caller { contact_id: None, ..member(person) },
        Name::Both => member(person),
        Name::Staff => Caller { role: Role::Staff, contact_id: None, ..member(person) },
        Name::Order(_) => Caller::visitor(),
    }
}

fn order_of(id: &str, person: &Person, action: &str, subject: &str, key: &str) -> Value {
    let ids = json!({"contactId": person.contact, "memberId": person.member, "accountId": person.account});
    json!({"order": "earn", "who": {id: ids[id]}, "action": action, "subject": subject, "idempotencyKey": key})
}

fn start(world: &World, name: Name, person: &Person, subject: &str, key: &str) -> Exchange {
    match name {
        Name::Order(id) => world.ordered(&order_of(id, person, "deed", subject, key)),
        _ => world.exchange(earn("deed", key)),
    }
}

fn claim(world: &mut World, name: Name, person: &Person, subject: &str, key: &str) -> Answer {
    match name {
        Name::Order(id) => world.order(&order_of(id, person, "deed", subject, key)),
        _ => world.run(earn("deed", key), &caller(name, person), &json!({"subject": subject})),
    }
}

fn policy(limit: Value) -> Value {
    json!({
        "grants": {"member": ["earn:deed"], "staff": ["earn:deed"]},
        "actions": {"deed": {"amount": 5, "description": "Deed", "limit": limit}},
    })
}

#[test]
fn p27_a_member_has_one_cap_under_any_name() {
    for (limit, points) in [
        (json!({"perMemberPerDay": 1}), None),
        (json!({"perMemberPerDay": 9, "perSubject": 1}), None),
        (json!({"perMemberPerDay": 9, "cooldownSeconds": 60}), None),
        (json!({"perMemberPerDay": 9}), Some(9)),
    ] {
        for first in NAMES {
            for second in NAMES {
                let mut policy = policy(limit.clone());
                policy["limits"] = points.map_or(json!({}), |points| json!({"memberPointsPerDay": points}));
                let mut world = World::new(policy);
                assert_eq!(claim(&mut world, first, &A, "s", "k1").status, 200, "{first:?} {limit}");
                let again = claim(&mut world, second, &A, "s", "k2");
                assert_eq!(
                    (code_of(&again).as_str(), world.upstream.credits()),
                    ("LIMIT_REACHED", 1),
                    "{first:?} then {second:?} {limit}: {}",
                    again.body
                );
            }
        }
    }
}

#[test]
fn p27_all_names_together_come_to_one_cap_and_no_more() {
    let mut world = World::new(policy(json!({"perMemberPerDay": 3})));
    let statuses: Vec<u16> = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| claim(&mut world, *name, &A, &format!("s{at}"), &format!("k{at}")).status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 403, 403, 403, 403]);
    assert_eq!(world.upstream.credits(), 3);
    let other = claim(&mut world, Name::Contact, &world::B, "s", "k");
    assert_eq!(other.status, 200, "somebody else has a cap of his own");
}

#[test]
fn p27_fifty_claims_at_once_under_three_names_pay_once() {
    let mut world = World::new(policy(json!({"perMemberPerDay": 1})));
    let mut crowd = Crowd::default();
    for at in 0..50 {
        let name = NAMES[at % 4];
        crowd.enter(&world, earn("deed", &format!("k{at}")), caller(name, &A));
    }
    let mut turn = 7_usize;
    let answers = crowd.finish(&mut world, |count| {
        turn = (turn * 31 + 11) % 1_009;
        turn % count
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(world.upstream.credits(), 1);
}

#[test]
fn p31_a_capped_deed_has_one_key_upstream_under_any_name() {
    for limit in [json!({"perMemberPerDay": 1}), json!({"perMemberPerDay": 9, "perSubject": 1})] {
        let mut world = World::new(policy(limit.clone()));
        // An order has a key of its own, unless the subject is one for all time.
        let pages = &NAMES[..4];
        let names = if limit["perSubject"] == 1 { &NAMES[..] } else { pages };
        for name in names {
            world.store = Store::default();
            let answer =
                claim(&mut world, *name, &A, "s", &format!("{name:?}").replace(['(', ')', '"'], "-"));
            assert_eq!((answer.status, world.upstream.credits()), (200, 1), "{name:?} {}", answer.body);
        }
    }
}

#[test]
fn p30_the_same_key_is_the_same_claim_under_both_names_of_a_token() {
    let mut world = World::new(policy(json!({"perMemberPerDay": 9})));
    let first = claim(&mut world, Name::Contact, &A, "s", "k");
    let again = claim(&mut world, Name::Member, &A, "s", "k");
    assert_eq!((again.status, &again.body, world.upstream.credits()), (200, &first.body, 1));
    let staff = claim(&mut world, Name::Staff, &A, "s", "k");
    assert_eq!(code_of(&staff), "LIMIT_REACHED", "another role may see less of an answer");
}

#[test]
fn p27_who_has_had_it_is_told_so_without_a_call_upstream() {
    let mut world = World::new(policy(json!({"perMemberPerDay": 1})));
    let mut crowd = Crowd::default();
    for at in 0..6 {
        crowd.enter(&world, earn("deed", &format!("k{at}")), caller(Name::Member, &A));
        let answers = crowd.finish(&mut world, |_| 0);
        assert_eq!(answers[0].status, if at == 0 { 200 } else { 403 });
        assert_eq!(world.upstream.calls.len(), 2, "the account, and the payment");
    }
    world.now += 10 * MINUTE;
    crowd.enter(&world, earn("deed", "late"), caller(Name::Member, &A));
    assert_eq!(crowd.finish(&mut world, |_| 0)[0].status, 403);
    assert_eq!(world.upstream.calls.len(), 3, "it is not believed for ever");
}

#[test]
fn p27_an_earn_takes_five_operations_of_the_store_under_any_name() {
    let mut places = BTreeSet::new();
    for name in NAMES {
        let mut policy = policy(json!({"perMemberPerDay": 1}));
        policy["limits"] = json!({"callerPerMinute": 60});
        let mut world = World::new(policy);
        let mut exchange = start(&world, name, &A, "s", "k");
        let mut effect = exchange.start(world.now);
        let mut operations = Vec::new();
        let answer = loop {
            if let Effect::Store { op, .. } = &effect {
                let op = serde_json::to_value(op).unwrap();
                operations.push(op["op"].as_str().unwrap().to_owned());
                places.extend(op["shard"].as_str().map(str::to_owned));
            }
            match world.perform(effect, &caller(name, &A), &json!({})) {
                Ok(event) => effect = exchange.step(event, world.now),
                Err(answer) => break *answer,
            }
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let expected: &[&str] = match name {
            // No caller is counted.
            Name::Order(_) => &["hit", "reserve", "hit", "settle"],
            _ => &["hit", "hit", "reserve", "hit", "settle"],
        };
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        let expected = expected.iter().map(|op| (*op).to_owned()).collect();
        assert_eq!(sorted(operations), sorted(expected), "{name:?}");
    }
    assert_eq!(places.len(), 1, "records and claims lie in one place, whoever asks");
}

fn codes() -> Value {
    let mut policy = policy(json!({"perMemberPerDay": 9, "uniqueSubject": true}));
    policy["enrol"] = json!("on-first-earn");
    policy
}

#[test]
fn p27_a_claim_that_another_was_first_with_makes_no_account() {
    for name in [Name::Both, Name::Contact, Name::Order("contactId")] {
        let mut world = World::new(codes());
        assert_eq!(claim(&mut world, Name::Member, &A, "code", "k1").status, 200);
        let late = claim(&mut world, name, &C, "code", "k2");
        assert_eq!((code_of(&late).as_str(), world.upstream.creations), ("LIMIT_REACHED", 0), "{name:?}");
        let other = claim(&mut world, name, &C, "another code", "k3");
        assert_eq!((other.status, world.upstream.creations), (200, 1), "{}", other.body);
    }
}

/// Whoever is overtaken, wherever: one of the two is paid, and an account is made only for who is.
#[test]
fn p27_of_two_who_claim_one_subject_at_once_the_refused_one_gets_no_account() {
    for name in [Name::Contact, Name::Order("contactId")] {
        let mut points = 0;
        for overtaken_after in 0..40 {
            let mut world = World::new(codes());
            let mut exchange = start(&world, name, &C, "code", "k1");
            let mut effect = exchange.start(world.now);
            let mut answer = None;
            for at in 0..40 {
                if at == overtaken_after {
                    answer = Some(claim(&mut world, Name::Member, &A, "code", "k2"));
                    points += 1;
                }
                match world.perform(effect.clone(), &caller(name, &C), &json!({"subject": "code"})) {
                    Ok(event) => effect = exchange.step(event, world.now),
                    Err(last) => {
                        let paid = last.status == 200;
                        let other = answer.take().map(|answer| answer.status);
                        assert_eq!(world.upstream.creations, usize::from(paid), "{name:?} {overtaken_after}");
                        assert_eq!(world.upstream.credits(), 1);
                        assert!(other.is_none_or(|other| (other == 200) != paid), "{}", last.body);
                        break;
                    }
                }
            }
        }
        assert!((5..35).contains(&points), "{points} points of being overtaken");
    }
}

#[test]
fn p27_a_subject_is_free_again_where_no_account_could_be_made() {
    let mut world = World::new(codes());
    let strange = Caller { member_id: None, contact_id: Some(world::NOWHERE.to_owned()), ..member(&A) };
    let answer = world.run(earn("deed", "k1"), &strange, &json!({"subject": "code"}));
    assert_eq!(code_of(&answer), "ACCOUNT_NOT_FOUND", "{}", json_of(&answer));
    assert_eq!(claim(&mut world, Name::Both, &A, "code", "k2").status, 200);
}

#[test]
fn p32_what_nobody_saw_the_end_of_is_taken_up_under_another_name() {
    for first in NAMES {
        for second in NAMES {
            let mut world = World::new(codes());
            world.upstream.faults = vec![Fault::After, Fault::Before, Fault::Before];
            let limits = json!({"upstreamPerMinute": 4});
            let mut policy = codes();
            policy["limits"] = limits;
            world.config = world::config(policy);
            let lost = claim(&mut world, first, &A, "code", "k1");
            assert_eq!(code_of(&lost), "OUTCOME_UNKNOWN", "{first:?} {}", lost.body);
            world.now += 2 * MINUTE;
            let again = claim(&mut world, second, &A, "code", "k2");
            assert_eq!((again.status, world.upstream.credits()), (200, 1), "{second:?} {}", again.body);
        }
    }
}
