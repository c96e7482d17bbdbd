//! Calls of nobody that is known: counted by where they come from, before anything is done for them (P24).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Config, Effect, Event, Options, Request};
use serde_json::{Value, json};
use std::rc::Rc;
use world::{A, World, member, request};

mod world;

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A proxy with sessions and webhooks, which lets two calls from one address in.
fn narrow() -> World {
    limited(&json!({"addressPerMinute": 2}))
}

fn limited(limits: &Value) -> World {
    let options: Options = serde_json::from_value(json!({
        "policy": json!({"limits": limits}), "origins": [world::ORIGIN],
        "upstream": "http://127.0.0.1:9", "siteId": world::SITE, "keyKind": "other", "cookies": true, "session": true,
        "webhooks": {"instanceIds": ["i"], "handled": [], "windowMs": 1000},
    }))
    .unwrap();
    let mut world = World::new(world::policy());
    world.config = Rc::new(Config::new(&options).unwrap());
    world
}

/// Sends a request whose token, code or signature somebody made up; whether it was looked at, and the answer. The store
/// is there, or it counts here what may be counted here.
fn made_up(world: &mut World, request: Request, store: bool) -> (bool, Answer) {
    let mut exchange = world.exchange(request);
    let mut effect = exchange.start(world.now);
    let mut checked = false;
    for _ in 0..20 {
        let event = match effect {
            Effect::Identify | Effect::Verify { .. } => {
                checked = true;
                Event::NotAuthenticated { reason: "made up".to_owned() }
            }
            Effect::Session { .. } => {
                checked = true;
                Event::SignInFailed { reason: "made up".to_owned() }
            }
            Effect::Store { or_here: false, .. } if !store => Event::Failed { reason: "away".to_owned() },
            effect => match world.perform(effect, &member(&A), &json!({})) {
                Ok(event) => event,
                Err(answer) => return (checked, *answer),
            },
        };
        effect = exchange.step(event, world.now);
    }
    panic!("the exchange does not end");
}

/// What can be sent without being known, each from an address of its own.
fn strangers() -> Vec<Request> {
    let page = |path| Request {
        origin: None,
        client: None,
        sec_fetch_mode: Some("navigate".to_owned()),
        ..request("GET", path)
    };
    let own =
        |method, path| Request { sec_fetch_site: Some("same-origin".to_owned()), ..request(method, path) };
    let all = [
        own("GET", "/me"),
        own("GET", "/loyalty-accounts/v1/accounts/my-account"),
        Request { idempotency_key: Some("k".to_owned()), ..own("POST", "/actions/deed") },
        own("POST", "/actions/deed/preview"),
        own("POST", "/logout"),
        page("/login"),
        page("/callback?code=x&state=y"),
        own("POST", "/webhooks"),
    ];
    let mut at = 0;
    all.map(|request| {
        at += 1;
        Request { address: Some(format!("203.0.113.{at}")), ..request }
    })
    .into()
}

#[test]
fn p24_an_address_is_counted_before_a_token_a_sign_in_or_an_event_is_looked_at() {
    let mut world = narrow();
    for stranger in strangers() {
        for left in ["1", "0"] {
            let (checked, answer) = made_up(&mut world, stranger.clone(), true);
            assert_eq!((checked, answer.status), (true, 401), "{}: {}", stranger.target, answer.body);
            let told = format!("\"address\";r={left};t=60");
            assert_eq!(header(&answer, "ratelimit"), Some(told.as_str()), "{}", stranger.target);
        }
        let (checked, full) = made_up(&mut world, stranger.clone(), true);
        assert_eq!((checked, full.status), (false, 429), "{}: {}", stranger.target, full.body);
        assert_eq!(header(&full, "ratelimit"), Some("\"address\";r=0;t=60"));
        assert_eq!(header(&full, "ratelimit-policy"), Some("\"address\";q=2;w=60"));
        assert_eq!(header(&full, "retry-after"), Some("60"));
        assert!(!full.log.join(" ").contains("203.0.113"), "{:?}", full.log);
    }
}

#[test]
fn p24_without_a_store_what_changes_no_points_is_counted_here_and_the_rest_is_not_looked_at() {
    let mut world = narrow();
    for stranger in strangers() {
        let waits = stranger.target.ends_with("/deed") || stranger.target.ends_with("/webhooks");
        let mut statuses = || made_up(&mut world, stranger.clone(), false).1.status;
        let seen = [statuses(), statuses(), statuses()];
        assert_eq!(seen, if waits { [503; 3] } else { [401, 401, 429] }, "{}", stranger.target);
    }
}

#[test]
fn p24_where_the_policy_says_nothing_a_public_address_is_counted_all_the_same_by_each_process() {
    let mut world = limited(&json!({}));
    for (at, stranger) in strangers().into_iter().enumerate() {
        // The store is away: what counts here does not ask it.
        let mut looked_at = |address: &str| {
            let from = Request { address: Some(address.to_owned()), ..stranger.clone() };
            let (checked, answer) = made_up(&mut world, from, false);
            (checked, answer.status)
        };
        let public = format!("198.51.100.{at}");
        let seen: Vec<(bool, u16)> = (0..302).map(|_| looked_at(&public)).collect();
        let (many, more) = seen.split_at(300);
        assert!(many.iter().all(|seen| *seen == (true, 401)), "{} {many:?}", stranger.target);
        // The loyalty service sends many events from one address, and each is soon checked.
        let full = if stranger.target.ends_with("/webhooks") { (true, 401) } else { (false, 429) };
        assert_eq!(more, [full; 2], "{}", stranger.target);
        // A load balancer of one's own is everybody.
        let own = format!("10.0.0.{at}");
        assert!((0..302).all(|_| looked_at(&own) == (true, 401)), "{}", stranger.target);
    }
}

#[test]
fn p24_an_address_that_the_policy_counts_is_counted_in_the_store_wherever_it_lies() {
    let mut world = narrow();
    let stranger = strangers().remove(0);
    for address in ["10.0.0.1", "127.0.0.1", "203.0.113.99"] {
        let from = Request { address: Some(address.to_owned()), ..stranger.clone() };
        let statuses = [(); 3].map(|()| made_up(&mut world, from.clone(), true).1.status);
        assert_eq!(statuses, [401, 401, 429], "{address}");
    }
}
