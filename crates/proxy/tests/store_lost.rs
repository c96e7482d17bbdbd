//! A store that does not answer: what changes points waits for it, what only reads goes on, nothing fails open.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

mod world;

use loyalty_contract::{ENDPOINTS, Operation};
use loyalty_proxy::{Answer, Caller, Effect, Event, Role};
use serde_json::{Value, json};
use std::fs;
use world::{World, code_of, earn, member, request, with_role};

/// What went on while the store was lost.
#[derive(Default)]
struct Seen {
    upstream: usize,
    here: usize,
}

/// Runs a request without a store; upstream says `reply` to everything.
fn run(
    world: &mut World,
    request: loyalty_proxy::Request,
    caller: &Caller,
    body: &Value,
    reply: &Value,
) -> (Answer, Seen) {
    let mut seen = Seen::default();
    let mut exchange = world.exchange(request);
    let mut effect = exchange.start(world.now);
    for _ in 0..100 {
        let event = match effect {
            Effect::Store { op, or_here: true } => {
                seen.here += 1;
                Event::Stored { reply: world.store.apply(op) }
            }
            Effect::Store { .. } => Event::Failed { reason: "away".to_owned() },
            Effect::Upstream { .. } => {
                seen.upstream += 1;
                Event::Replied { status: 200, headers: Vec::new(), text: reply.to_string() }
            }
            other => match world.perform(other, caller, body) {
                Ok(event) => event,
                Err(answer) => return (*answer, seen),
            },
        };
        effect = exchange.step(event, world.now);
    }
    panic!("the exchange does not end");
}

fn policy() -> Value {
    let mut policy = world::policy();
    policy["limits"] = json!({"callerPerMinute": 60, "upstreamPerMinute": 180, "bulkAccounts": 1000});
    policy
}

/// The first case of an operation that goes over the wire and succeeds.
fn case(operation: &str) -> Value {
    let file = format!("{}/../../tests/conformance/{operation}.json", env!("CARGO_MANIFEST_DIR"));
    let cases: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let good = |case: &&Value| case["wire"]["body"] != json!(null) || case["wire"]["method"] == "GET";
    cases["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["reply"]["status"] == 200)
        .find(good)
        .unwrap()
        .clone()
}

#[test]
fn p24_without_a_store_every_read_goes_on_and_every_write_waits() {
    let admin = with_role(Role::Admin);
    let (mut reads, mut writes) = (0, 0);
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.operation != Operation::Earn) {
        if matches!(endpoint.name, "getCurrentMemberAccount" | "getCurrentMemberCoupons") {
            continue; // a member's: below
        }
        if endpoint.name == "redeemCurrentMemberPointsForCoupon" {
            continue;
        }
        let case = case(endpoint.name);
        let mut world = World::new(policy());
        let path = case["wire"]["path"].as_str().unwrap();
        let request = request(endpoint.method.as_str(), path);
        let (answer, seen) = run(&mut world, request, &admin, &case["wire"]["body"], &case["reply"]["body"]);
        if endpoint.is_write() {
            writes += 1;
            assert_eq!(answer.status, 503, "{}: {}", endpoint.name, answer.body);
            assert_eq!(code_of(&answer), "UNAVAILABLE", "{}", endpoint.name);
            assert!(answer.headers().any(|(name, _)| name == "retry-after"), "{}", endpoint.name);
            assert_eq!((seen.upstream, seen.here), (0, 0), "{}: nothing was sent or counted", endpoint.name);
        } else {
            reads += 1;
            assert_eq!(answer.status, 200, "{}: {}", endpoint.name, answer.body);
            assert_eq!(seen.here, 2, "{}: it counts here, as a caller's and as upstream's", endpoint.name);
        }
    }
    assert!(reads > 10 && writes >= 5, "{reads} reads, {writes} writes");
}

#[test]
fn p27_without_a_store_a_member_reads_and_earns_nothing() {
    let mut world = World::new(policy());
    let own = json!({"account": world::upstream::account(&world::A, 5)});
    let path = "/loyalty-accounts/v1/accounts/my-account";
    let (answer, seen) = run(&mut world, request("GET", path), &member(&world::A), &json!({}), &own);
    assert_eq!((answer.status, seen.upstream), (200, 1), "{}", answer.body);
    for action in ["visit", "tap"] {
        let (answer, seen) = run(&mut world, earn(action, "k"), &member(&world::A), &json!({}), &own);
        assert_eq!((answer.status, seen.upstream), (503, 0), "{action}");
        assert!(answer.headers().any(|(name, _)| name == "retry-after"), "{action}");
    }
}

#[test]
fn p24_without_a_store_a_reader_still_has_a_limit() {
    let mut world = World::new(policy());
    let own = json!({"account": world::upstream::account(&world::A, 5)});
    let path = "/loyalty-accounts/v1/accounts/my-account";
    let mut read = || run(&mut world, request("GET", path), &member(&world::A), &json!({}), &own).0.status;
    let statuses: Vec<u16> = (0..61).map(|_| read()).collect();
    assert!(statuses[..60].iter().all(|status| *status == 200));
    assert_eq!(statuses[60], 429);
}
