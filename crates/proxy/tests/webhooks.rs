//! Webhooks: each event once, of one entity never in the wrong order, and what it makes stale is forgotten (P36).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Config, Effect, Event, Options, Request, Webhooks};
use serde_json::{Value, json};
use std::rc::Rc;
use world::{A, NOON, World, code_of, json_of};

mod world;

const UPDATED: &str = "wix.loyalty.v1.account_points_updated";
const HOUR: i64 = 3_600_000;

fn world() -> World {
    let mut world = World::new(json!({}));
    let webhooks = Webhooks {
        instance_ids: vec!["instance-1".to_owned()],
        handled: vec![UPDATED.to_owned(), "wix.loyalty.v1.account_updated".to_owned()],
        window_ms: 24 * HOUR,
    };
    let options = Options { webhooks: Some(webhooks), ..world::options(json!({})) };
    world.config = Rc::new(Config::new(&options).unwrap());
    world
}

struct Told<'a> {
    id: &'a str,
    kind: &'a str,
    entity: &'a str,
    sequence: u32,
    at: i64,
    instance: &'a str,
}

const FIRST: Told<'static> =
    Told { id: "event-1", kind: UPDATED, entity: A.account, sequence: 5, at: NOON, instance: "instance-1" };

fn claims(told: &Told<'_>) -> String {
    let mut account = world::upstream::account(&A, 7);
    account["createdDate"] = json!("2030-01-01T00:00:00Z");
    let inner = json!({
        "id": told.id, "entityFqdn": "wix.loyalty.v1.account", "slug": "points_updated", "entityId": told.entity,
        "eventTime": loyalty_contract::Timestamp(told.at).to_iso(), "entityEventSequence": (told.sequence > 0).then(|| told.sequence.to_string()),
        "actionEvent": {"body": {"account": account}},
    });
    let outer = json!({"eventType": told.kind, "instanceId": told.instance, "data": inner.to_string()});
    json!({ "data": outer.to_string() }).to_string()
}

fn request() -> Request {
    Request {
        method: "POST".to_owned(),
        target: "/loyalty/webhooks".to_owned(),
        request_id: "r".to_owned(),
        content_type: Some("text/plain".to_owned()),
        ..Request::default()
    }
}

/// Sends an event; `fail` is what the handler does.
fn send(world: &mut World, told: &Told<'_>, fail: bool) -> (Answer, Vec<String>) {
    let mut exchange = world.exchange(request());
    let mut effect = exchange.start(world.now);
    let mut forgotten = Vec::new();
    loop {
        if let Effect::Forget { tags } = &effect {
            forgotten.extend(tags.clone());
        }
        let event = match effect {
            Effect::ReadBody { .. } => Event::Body { text: claims(told) },
            Effect::Handle { .. } if fail => Event::Failed { reason: "Error".to_owned() },
            effect => match world.perform(effect, &Caller::visitor(), &json!({})) {
                Ok(event) => event,
                Err(answer) => return (*answer, forgotten),
            },
        };
        effect = exchange.step(event, world.now);
    }
}

fn status(answer: &Answer) -> Value {
    json_of(answer)["status"].clone()
}

#[test]
fn p36_an_event_is_handled_once_and_what_was_known_of_its_account_is_forgotten() {
    let mut world = world();
    let (first, forgotten) = send(&mut world, &FIRST, false);
    assert_eq!((first.status, status(&first)), (200, json!("handled")), "{}", first.body);
    assert_eq!(forgotten, [A.account]);
    let event = world.handled[0].clone();
    assert_eq!(event["type"], UPDATED);
    assert_eq!(event["data"]["account"]["_id"], A.account);
    assert_eq!(event["data"]["account"]["_createdDate"], json!({"$date": 1_893_456_000_000_i64}));
    assert_eq!(event["metadata"]["eventTime"], json!({"$date": NOON}));
    for _ in 0..3 {
        world.now += 1_000;
        assert_eq!(send(&mut world, &FIRST, false).0.status, 200);
    }
    assert_eq!(world.handled.len(), 1);
    // Without a number only its id says that it was here before.
    for _ in 0..3 {
        assert_eq!(send(&mut world, &Told { id: "event-2", sequence: 0, ..FIRST }, false).0.status, 200);
    }
    assert_eq!(world.handled.len(), 2);
}

#[test]
fn p36_a_handler_that_fails_is_asked_again_when_the_event_comes_again() {
    let mut world = world();
    let (failed, _) = send(&mut world, &FIRST, true);
    assert_eq!((failed.status, code_of(&failed).as_str()), (503, "UNAVAILABLE"));
    assert_eq!(send(&mut world, &FIRST, false).0.status, 200);
    assert_eq!(world.handled.len(), 1);
}

#[test]
fn p36_of_one_entity_and_type_nothing_comes_behind_what_is_newer() {
    let mut world = world();
    let tell = |world: &mut World, id: &str, kind: &str, entity: &str, sequence| {
        let told = Told { id, kind, entity, sequence, ..FIRST };
        status(&send(world, &told, false).0)
    };
    let other = "wix.loyalty.v1.account_updated";
    assert_eq!(tell(&mut world, "e1", UPDATED, A.account, 9), "handled");
    assert_eq!(tell(&mut world, "e2", UPDATED, A.account, 8), "late");
    assert_eq!(tell(&mut world, "e3", UPDATED, A.account, 10), "handled", "numbers, not texts");
    assert_eq!(tell(&mut world, "e4", UPDATED, world::B.account, 1), "handled", "another entity");
    assert_eq!(
        tell(&mut world, "e5", other, A.account, 7),
        "handled",
        "another type: its handler had none yet"
    );
    assert_eq!(tell(&mut world, "e6", "wix.loyalty.v1.tier_created", A.account, 1), "ignored");
    assert_eq!(world.handled.len(), 4);
}

#[test]
fn p36_sites_and_times_that_are_not_taken() {
    let mut world = world();
    let (strange, _) = send(&mut world, &Told { instance: "instance-2", ..FIRST }, false);
    assert_eq!((strange.status, code_of(&strange).as_str()), (403, "PERMISSION_DENIED"));
    for (at, status) in
        [(NOON - 24 * HOUR, 200), (NOON - 24 * HOUR - 1, 400), (NOON + 300_000, 200), (NOON + 300_001, 400)]
    {
        let id = format!("at-{at}");
        let (answer, _) = send(&mut world, &Told { id: &id, at, ..FIRST }, false);
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[test]
fn p36_two_events_of_one_entity_at_once_take_turns() {
    let mut world = world();
    let mut exchange = world.exchange(request());
    let mut effect = exchange.start(world.now);
    while !matches!(effect, Effect::Handle { .. }) {
        let event = match effect {
            Effect::ReadBody { .. } => Event::Body { text: claims(&FIRST) },
            effect => world.perform(effect, &Caller::visitor(), &json!({})).unwrap(),
        };
        effect = exchange.step(event, world.now);
    }
    let next = Told { id: "event-2", sequence: 6, ..FIRST };
    let (waiting, _) = send(&mut world, &next, false);
    assert_eq!((waiting.status, code_of(&waiting).as_str()), (409, "IN_PROGRESS"));
    drop(exchange);
    world.now += 120_000;
    assert_eq!(
        status(&send(&mut world, &next, false).0),
        "handled",
        "whoever died holds nothing up for long"
    );
    assert_eq!(status(&send(&mut world, &FIRST, false).0), "handled", "who died had not handled it");
    assert_eq!(world.handled[1]["late"], true);
}

#[test]
fn p36_an_event_whose_handler_failed_is_handled_when_it_comes_again_behind_a_newer_one() {
    let mut world = world();
    let next = Told { id: "event-2", sequence: 6, ..FIRST };
    assert_eq!(send(&mut world, &FIRST, true).0.status, 503);
    assert_eq!(status(&send(&mut world, &next, false).0), "handled");
    assert_eq!(send(&mut world, &FIRST, true).0.status, 503, "and it may fail again");
    assert_eq!(status(&send(&mut world, &FIRST, false).0), "handled");
    let late: Vec<_> = world.handled.iter().map(|event| event.get("late").cloned()).collect();
    assert_eq!(late, [None, Some(json!(true))]);
    assert_eq!(send(&mut world, &FIRST, false).0.status, 200);
    assert_eq!(world.handled.len(), 2, "once it is handled it stays so");
    let between = Told { id: "event-3", sequence: 6, ..FIRST };
    assert_eq!(status(&send(&mut world, &between, false).0), "late", "what is newest is still the newer one");
}

#[test]
fn p36_without_webhooks_there_are_none() {
    let mut world = World::new(json!({}));
    let answer = world.run(request(), &Caller::visitor(), &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (501, "NOT_IMPLEMENTED"));
}
