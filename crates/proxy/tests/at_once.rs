//! A host may answer any of its effects at once, or none: what comes of a request is the same, and what it leaves behind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Effect, Event, Exchange, Host, Known, Request, Role, Twin};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use world::{A, ORIGIN, World, earn, member, request, with_role};

mod world;

/// Answers at once where its list says so, time and again.
struct Sometimes {
    world: Rc<RefCell<World>>,
    says: Vec<bool>,
    asked: Cell<usize>,
    answered: Cell<usize>,
}

impl Sometimes {
    fn says_yes(&self) -> bool {
        let at = self.asked.replace(self.asked.get() + 1);
        self.says.get(at % self.says.len()).copied().unwrap_or_default()
    }
}

impl Host for Sometimes {
    fn at_once(&self, effect: &Effect) -> Option<Event> {
        let is_memory = matches!(
            effect,
            Effect::Store { .. }
                | Effect::Here { .. }
                | Effect::Recall { .. }
                | Effect::Share { .. }
                | Effect::Forget { .. }
        );
        if !is_memory || !self.says_yes() {
            return None;
        }
        self.answered.set(self.answered.get() + 1);
        Some(self.world.borrow_mut().perform(effect.clone(), &Caller::visitor(), &Value::Null).unwrap())
    }

    fn ends_alone(&self, _: &Twin<String>) -> bool {
        self.says_yes()
    }
}

/// What a member, staff and a stranger ask for: reads, payments, repeats, refusals.
fn requests() -> Vec<(Request, Role, Value)> {
    let rewards = "/loyalty-rewards/v1/rewards";
    vec![
        (request("GET", "/loyalty-accounts/v1/accounts/my-account"), Role::Member, json!({})),
        (request("GET", "/me"), Role::Member, json!({})),
        (earn("visit", "one"), Role::Member, json!({})),
        (earn("visit", "two"), Role::Member, json!({})),
        (earn("tap", "one"), Role::Member, json!({})),
        (earn("tap", "three"), Role::Member, json!({})),
        (earn("review", "four"), Role::Member, json!({"subject": "review-1"})),
        (request("GET", "/loyalty-programs/v1/program"), Role::Visitor, json!({})),
        (request("GET", rewards), Role::Visitor, json!({})),
        (request("GET", rewards), Role::Admin, json!({})),
        (request("GET", &format!("/loyalty-accounts/v1/accounts/{}", A.account)), Role::Admin, json!({})),
        (request("GET", "/health?ready"), Role::Visitor, json!({})),
        (Request { origin: None, ..earn("tap", "five") }, Role::Member, json!({})),
    ]
}

/// What shows of an answer.
fn shown(answer: &loyalty_proxy::Answer) -> (u16, Vec<(String, String)>, String, Vec<String>) {
    let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (answer.status, headers, answer.body.clone(), answer.log.clone())
}

fn caller_of(role: Role) -> Caller {
    if role == Role::Member { member(&A) } else { with_role(role) }
}

/// What went up: calls that are made at once may change places.
fn calls(world: &World) -> Vec<String> {
    let mut all: Vec<_> = world.upstream.calls.iter().map(|call| format!("{call:?}")).collect();
    all.sort();
    all
}

/// One request at a host, from a caller who is known already or not.
fn run_at(
    host: &Rc<Sometimes>,
    known: &mut Option<Rc<Known>>,
    (request, role, body): &(Request, Role, Value),
) -> loyalty_proxy::Answer {
    let config = Rc::clone(&host.world.borrow().config);
    let caller = caller_of(*role);
    let mut exchange = Exchange::at(config, request.clone(), host.clone(), known.clone());
    let now = host.world.borrow().now;
    let mut effect = exchange.start(now);
    for _ in 0..100 {
        let performed = host.world.borrow_mut().perform(effect, &caller, body);
        match performed {
            Ok(event) => {
                let now = host.world.borrow().now;
                effect = exchange.step(event, now);
            }
            Err(answer) => {
                *known = exchange.caller();
                return *answer;
            }
        }
    }
    panic!("the exchange does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn p27_what_is_answered_at_once_changes_nothing(
        says in proptest::collection::vec(any::<bool>(), 1..40),
        order in proptest::collection::vec((0..13_usize, any::<bool>()), 1..14),
    ) {
        let all = requests();
        prop_assert_eq!(all.len(), 13);
        let mut plain = World::new(world::policy());
        let world = Rc::new(RefCell::new(World::new(world::policy())));
        let host = Rc::new(Sometimes { world, says, asked: Cell::default(), answered: Cell::default() });
        let mut known: Vec<(Role, Rc<Known>)> = Vec::new();
        for (at, remembers) in order {
            let sent = all.get(at).unwrap();
            let expected = plain.run(sent.0.clone(), &caller_of(sent.1), &sent.2);
            let before = known.iter().find(|(role, _)| *role == sent.1).map(|(_, known)| Rc::clone(known));
            let mut caller = before.filter(|_| remembers);
            let answer = run_at(&host, &mut caller, sent);
            prop_assert_eq!(shown(&answer), shown(&expected), "{:?}", sent.0);
            prop_assert_eq!(&answer.summary, &expected.summary);
            known.extend(caller.map(|caller| (sent.1, caller)));
        }
        prop_assert_eq!(calls(&host.world.borrow()), calls(&plain));
        prop_assert_eq!(&host.world.borrow().upstream.paid, &plain.upstream.paid);
    }
}

#[test]
fn a_host_that_knows_everything_leaves_two_effects_of_a_read() {
    let world = Rc::new(RefCell::new(World::new(world::policy())));
    let host =
        Rc::new(Sometimes { world, says: vec![true], asked: Cell::default(), answered: Cell::default() });
    let read = (request("GET", "/loyalty-accounts/v1/accounts/my-account"), Role::Member, json!({}));
    let mut known = None;
    assert_eq!(run_at(&host, &mut known, &read).status, 200);
    assert!(known.is_some());
    let answered = host.answered.get();
    let config = Rc::clone(&host.world.borrow().config);
    let mut exchange = Exchange::at(config, read.0.clone(), host.clone(), known);
    let effect = exchange.start(world::NOON);
    assert!(matches!(effect, Effect::Upstream { .. }), "{effect:?}");
    let event = host.world.borrow_mut().perform(effect, &Caller::visitor(), &Value::Null).unwrap();
    let effect = exchange.step(event, world::NOON);
    let Effect::Answer { answer } = effect else { panic!("{effect:?}") };
    let origin = answer.headers().find(|(name, _)| *name == "access-control-allow-origin");
    assert_eq!((answer.status, origin), (200, Some(("access-control-allow-origin", ORIGIN))));
    assert!(host.answered.get() > answered, "it was asked");
}
