//! Reads that are shared: once for all who ask at the same time, never for somebody else, never for too long (P29).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Config, Options, Request, Role};
use proptest::prelude::*;
use std::collections::HashMap;
use std::rc::Rc;
use world::shelf::Crowd;
use world::upstream::Fault;
use world::{A, B, Person, World, json_of, member};

mod world;

const MY_ACCOUNT: &str = "/loyalty-accounts/v1/accounts/my-account";

fn world(account_ms: u32) -> World {
    let mut world = World::new(world::policy());
    let options = Options {
        cache: loyalty_proxy::Keep { account_ms, catalog_ms: 60_000 },
        ..world::options(world::policy())
    };
    world.config = Rc::new(Config::new(&options).unwrap());
    world
}

fn my_account() -> Request {
    world::request("GET", MY_ACCOUNT)
}

/// Everybody in turn: all have asked before the first call is made.
fn in_turn() -> impl FnMut(usize) -> usize {
    let mut turn = 0_usize;
    move |count| {
        turn += usize::from(count > 1);
        turn % count
    }
}

#[test]
fn p29_fifty_reads_at_once_are_one_call_for_each_member() {
    for account_ms in [0, 5_000] {
        let mut world = world(account_ms);
        let mut crowd = Crowd::default();
        for at in 0..50 {
            let path = if at % 3 == 0 { "/me?include=account" } else { MY_ACCOUNT };
            crowd.enter(&world, world::request("GET", path), member(if at % 2 == 0 { &A } else { &B }));
        }
        let answers = crowd.finish(&mut world, in_turn());
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let reads = world.upstream.calls.iter().filter(|call| call.path.contains("/fetch-by")).count();
        assert_eq!(reads, 2);
    }
}

#[test]
fn p29_what_is_kept_ends_with_its_time_and_with_the_token() {
    let mut world = world(5_000);
    let mut crowd = Crowd::default();
    let mut read = |world: &mut World, expires_at: i64| {
        crowd.enter(world, my_account(), Caller { expires_at: Some(expires_at), ..member(&A) });
        assert_eq!(crowd.finish(world, |_| 0)[0].status, 200);
        world.upstream.calls.len()
    };
    let start = world.now;
    assert_eq!(read(&mut world, start + 900_000), 1);
    world.now += 4_999;
    assert_eq!(read(&mut world, start + 900_000), 1);
    world.now += 1;
    assert_eq!(read(&mut world, start + 6_000), 2, "its time is over");
    world.now = start + 5_999;
    assert_eq!(read(&mut world, start + 900_000), 2);
    world.now = start + 6_000;
    assert_eq!(read(&mut world, start + 900_000), 3, "the token it was read for is over");
}

#[test]
fn p29_who_brings_a_token_of_consistency_is_not_served_from_what_is_kept() {
    let mut world = world(5_000);
    let mut crowd = Crowd::default();
    for (consistent, calls) in [(None, 1), (None, 1), (Some("t"), 2), (None, 2)] {
        let request = Request { consistent: consistent.map(str::to_owned), ..my_account() };
        crowd.enter(&world, request, member(&A));
        crowd.finish(&mut world, |_| 0);
        assert_eq!(world.upstream.calls.len(), calls);
    }
}

#[test]
fn p29_a_failure_reaches_those_who_wait_and_is_not_kept() {
    let mut world = world(5_000);
    let mut crowd = Crowd::default();
    let nobody = Caller { member_id: Some(world::NOWHERE.to_owned()), contact_id: None, ..member(&A) };
    for _ in 0..10 {
        crowd.enter(&world, my_account(), nobody.clone());
    }
    let answers = crowd.finish(&mut world, in_turn());
    assert!(answers.iter().all(|answer| answer.status == 404), "{}", answers[0].body);
    assert_eq!(world.upstream.calls.len(), 1);
    crowd.enter(&world, my_account(), nobody);
    crowd.finish(&mut world, |_| 0);
    assert_eq!(world.upstream.calls.len(), 2);
}

#[test]
fn p29_the_program_is_one_call_for_all_and_stays_for_its_time() {
    let mut world = world(0);
    let mut crowd = Crowd::default();
    let program = || world::request("GET", "/loyalty-programs/v1/program");
    for caller in [Caller::visitor(), Caller::visitor(), world::with_role(Role::Admin)] {
        crowd.enter(&world, program(), caller);
        assert_eq!(crowd.finish(&mut world, |_| 0)[0].status, 200);
    }
    assert_eq!(world.upstream.calls.len(), 1);
    world.now += 60_000;
    crowd.enter(&world, program(), Caller::visitor());
    crowd.finish(&mut world, |_| 0);
    assert_eq!(world.upstream.calls.len(), 2);
}

/// The account that an answer shows, and its balance.
fn shown(answer: &loyalty_proxy::Answer) -> (String, i64) {
    let body = json_of(answer);
    let account = if body["account"]["status"].is_null() {
        body["account"].clone()
    } else {
        body["account"]["body"]["account"].clone()
    };
    (account["id"].as_str().unwrap().to_owned(), account["points"]["balance"].as_i64().unwrap())
}

/// Plays what two members do at once; what each step is, whose, and how far it turns the order of things.
fn play(steps: &[(u8, bool, u16)], faults: &[Fault]) -> Result<(), String> {
    let mut world = world(5_000);
    world.upstream.faults = faults.to_vec();
    let mut crowd = Crowd::default();
    let mut asked: HashMap<usize, (&'static Person, i64)> = HashMap::new();
    let mut answered: HashMap<&str, i64> = HashMap::new();
    let mut keys = 0;
    let mut seed = 1_usize;
    let mut steps = steps.iter().copied();
    loop {
        let step = steps.next();
        if step.is_none() && crowd.is_empty() {
            return Ok(());
        }
        let (kind, a, jump) = step.unwrap_or((7, true, 0));
        // Never 0: the picker below stays there for good, and one who waits for another would be picked forever.
        seed = (seed.wrapping_mul(31).wrapping_add(usize::from(jump) + 11) % 1_000_003).max(1);
        let person = if a { &A } else { &B };
        let request = match kind {
            0 | 1 => Some(my_account()),
            2 => Some(world::request("GET", "/me?include=account")),
            3 => {
                keys += 1;
                Some(world::earn("tap", &format!("k{keys}")))
            }
            4 => {
                world.now += i64::from(jump % 3_000);
                None
            }
            _ => None,
        };
        if let Some(request) = request {
            let floor = answered.get(person.account).copied().unwrap_or_default();
            asked.insert(crowd.enter(&world, request, member(person)), (person, floor));
        }
        if crowd.is_empty() {
            continue;
        }
        let done = crowd.turn(&mut world, |count| {
            seed = seed.wrapping_mul(16_807) % 2_147_483_647;
            seed % count
        });
        if let Some((number, answer)) = done
            && answer.status == 200
        {
            let (person, floor) = asked[&number];
            let (account, balance) = shown(&answer);
            if account != person.account {
                return Err(format!("{} was answered with {account}", person.account));
            }
            if balance < floor {
                return Err(format!("{account}: {balance} after {floor}"));
            }
            if json_of(&answer)["transactionId"].is_string() {
                let known = answered.entry(person.account).or_default();
                *known = balance.max(*known);
            }
        }
    }
}

#[test]
fn p29_members_who_wait_for_each_other_are_all_answered() {
    let steps =
        [(0, true, 17_611), (0, true, 8_271), (7, true, 15_455), (7, true, 64_937), (7, true, 25_248)];
    assert_eq!(play(&steps, &[]), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever A and B do at the same time, and whatever upstream loses: an answer is its caller's, and no balance is
    /// older than the last write of that member that was answered before it was asked for.
    #[test]
    fn p29_a_never_gets_bs_and_nobody_an_old_balance(
        steps in prop::collection::vec((0_u8..8, any::<bool>(), any::<u16>()), 1..120),
        faults in prop::collection::vec(prop::sample::select(vec![Fault::After, Fault::Before]), 0..6),
    ) {
        let played = play(&steps, &faults);
        prop_assert!(played.is_ok(), "{played:?}: steps = {steps:?}, faults = {faults:?}");
    }
}
