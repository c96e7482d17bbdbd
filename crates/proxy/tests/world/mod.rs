//! A shell without I/O: a store, an upstream of two members and a clock, all in this process.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod shelf;
pub mod store;
pub mod upstream;

use loyalty_proxy::{
    Answer, Caller, Config, Effect, Event, Exchange, Options, Order, Request, Role, SessionStep, Started,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use store::Store;
use upstream::Upstream;

pub const SITE: &str = "0b0e9a3e-0000-4000-8000-000000000001";
pub const ORIGIN: &str = "https://shop.example";
/// 2030-01-01T10:00:00Z
pub const NOON: i64 = 1_893_492_000_000;

pub struct Person {
    pub member: &'static str,
    pub contact: &'static str,
    pub account: &'static str,
    pub transaction: &'static str,
}

pub const A: Person = Person {
    member: "aaaaaaaa-0000-4000-8000-000000000001",
    contact: "aaaaaaaa-0000-4000-8000-000000000002",
    account: "aaaaaaaa-0000-4000-8000-000000000003",
    transaction: "aaaaaaaa-0000-4000-8000-000000000004",
};
pub const B: Person = Person {
    member: "bbbbbbbb-0000-4000-8000-000000000001",
    contact: "bbbbbbbb-0000-4000-8000-000000000002",
    account: "bbbbbbbb-0000-4000-8000-000000000003",
    transaction: "bbbbbbbb-0000-4000-8000-000000000004",
};
/// Has no account until one is made.
pub const C: Person = Person {
    member: "cccccccc-0000-4000-8000-000000000001",
    contact: "cccccccc-0000-4000-8000-000000000002",
    account: "cccccccc-0000-4000-8000-000000000003",
    transaction: "cccccccc-0000-4000-8000-000000000004",
};
pub const NOWHERE: &str = "cccccccc-0000-4000-8000-000000000000";

pub fn member(person: &Person) -> Caller {
    Caller {
        role: Role::Member,
        member_id: Some(person.member.to_owned()),
        contact_id: Some(person.contact.to_owned()),
        has_upstream_token: false,
        expires_at: None,
        is_resolved: false,
        claims: BTreeMap::new(),
    }
}

pub fn with_role(role: Role) -> Caller {
    match role {
        Role::Visitor => Caller::visitor(),
        Role::Member => member(&A),
        role => Caller { role, member_id: Some("works-here".to_owned()), ..Caller::visitor() },
    }
}

pub fn policy() -> Value {
    json!({
        "grants": {
            "visitor": ["getLoyaltyProgram"],
            "member": [
                "getCurrentMemberAccount", "getAccount:own", "getAccountBySecondaryId:own",
                "queryLoyaltyTransactions:own", "getLoyaltyTransaction:own", "queryLoyaltyCoupons:own",
                "getCurrentMemberCoupons", "redeemCurrentMemberPointsForCoupon", "redeemPointsForCoupon:own",
                "earn:visit", "earn:review", "earn:tap",
            ],
            "admin": ["*"],
        },
        "actions": {
            "visit": {"amount": 5, "description": "Visit", "limit": {"perMemberPerDay": 1}},
            "review": {"amount": 50, "description": "Review", "limit": {"perMemberPerDay": 3, "perSubject": 1}},
            "tap": {"amount": 1, "description": "Tap", "limit": {"perMemberPerDay": 10}},
        },
    })
}

pub fn options(policy: Value) -> Options {
    serde_json::from_value(json!({
        "policy": policy, "origins": [ORIGIN], "upstream": "http://127.0.0.1:9", "siteId": SITE, "keyKind": "other",
    }))
    .unwrap()
}

pub fn config(policy: Value) -> Rc<Config> {
    Rc::new(Config::new(&options(policy)).unwrap())
}

/// A request as our client sends it from a listed page.
pub fn request(method: &str, path: &str) -> Request {
    Request {
        method: method.to_owned(),
        target: format!("/loyalty{path}"),
        request_id: "r".to_owned(),
        origin: Some(ORIGIN.to_owned()),
        client: Some("test/1".to_owned()),
        content_type: (method == "POST").then(|| "application/json".to_owned()),
        has_authorization: true,
        ..Request::default()
    }
}

pub fn earn(action: &str, key: &str) -> Request {
    Request { idempotency_key: Some(key.to_owned()), ..request("POST", &format!("/actions/{action}")) }
}

/// Everything outside of the decisions.
pub struct World {
    pub config: Rc<Config>,
    pub store: Store,
    pub upstream: Upstream,
    pub now: i64,
    /// What webhooks were given to the handler.
    pub handled: Vec<Value>,
    /// What one exchange has under way at once.
    flying: VecDeque<(u32, Effect)>,
}

impl World {
    pub fn new(policy: Value) -> Self {
        Self {
            config: config(policy),
            store: Store::default(),
            upstream: Upstream::default(),
            now: NOON,
            handled: Vec::new(),
            flying: VecDeque::new(),
        }
    }

    pub fn exchange(&self, request: Request) -> Exchange {
        Exchange::new(Rc::clone(&self.config), request)
    }

    /// What the developer's own backend orders.
    pub fn ordered(&self, order: &Value) -> Exchange {
        let order: Order = serde_json::from_value(order.clone()).unwrap();
        Exchange::order(Rc::clone(&self.config), order, "r".to_owned())
    }

    /// An order from its start to its answer.
    pub fn order(&mut self, order: &Value) -> Answer {
        self.drive(self.ordered(order), &Caller::visitor(), &json!({}))
    }

    /// Carries one effect out.
    pub fn perform(&mut self, effect: Effect, caller: &Caller, body: &Value) -> Result<Event, Box<Answer>> {
        Ok(match effect {
            Effect::Identify => Event::Identified {
                role: caller.role,
                member_id: caller.member_id.clone(),
                contact_id: caller.contact_id.clone(),
                has_upstream_token: caller.has_upstream_token,
                expires_at: caller.expires_at,
                is_resolved: caller.is_resolved,
                claims: caller.claims.clone(),
            },
            Effect::ReadBody { limit } => {
                let text = body.to_string();
                if text.len() > limit { Event::BodyTooLarge } else { Event::Body { text } }
            }
            Effect::Confirm { .. } | Effect::BotCheck { .. } => Event::Confirmed { yes: true },
            Effect::Store { op, .. } | Effect::Here { op } => Event::Stored { reply: self.store.apply(op) },
            Effect::Upstream { call } => self.upstream.apply((*call).clone()),
            Effect::Verify { token } => Event::Verified { claims: token },
            Effect::Handle { event } => {
                self.handled.push(event);
                Event::Noted
            }
            Effect::Recall { .. } => Event::Recalled { text: None },
            Effect::Share { .. } | Effect::Forget { .. } => Event::Noted,
            Effect::Wait { ms } => {
                self.now += i64::from(ms);
                Event::Waited
            }
            Effect::Session { step: SessionStep::Logout } => Event::SignedOut,
            Effect::Session { .. } => {
                Event::Redirect { location: "https://login.example/".to_owned(), note: None }
            }
            Effect::Document => Event::Document { text: r#"{"servers": [], "paths": {}}"#.to_owned() },
            Effect::Audit { .. } => Event::Audited,
            // The first of those that are started is done first; the others wait in line.
            Effect::Several { start } => {
                self.flying.extend(start.into_iter().map(|Started { id, effect }| (id, effect)));
                let (id, effect) = self.flying.pop_front().unwrap();
                let event = Box::new(self.perform(effect, caller, body)?);
                Event::Happened { id, event }
            }
            Effect::Answer { answer } => return Err(Box::new(answer)),
        })
    }

    /// One request from its start to its answer.
    pub fn run(&mut self, request: Request, caller: &Caller, body: &Value) -> Answer {
        self.drive(self.exchange(request), caller, body)
    }

    fn drive(&mut self, mut exchange: Exchange, caller: &Caller, body: &Value) -> Answer {
        let mut effect = exchange.start(self.now);
        let mut replied = None;
        for _ in 0..100 {
            match self.perform(effect, caller, body) {
                Ok(event) => {
                    if let Event::Replied { text, .. } = &event {
                        replied = Some(text.clone());
                    }
                    effect = exchange.step(event, self.now);
                }
                Err(answer) => {
                    let has_it = replied.as_ref() == Some(&answer.body);
                    assert!(has_it || !answer.as_it_came, "{replied:?} is not {}", answer.body);
                    return *answer;
                }
            }
        }
        panic!("the exchange does not end");
    }
}

pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

pub fn code_of(answer: &Answer) -> String {
    json_of(answer)["code"].as_str().unwrap_or_default().to_owned()
}
