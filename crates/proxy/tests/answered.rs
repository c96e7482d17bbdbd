//! What an answer of upstream is on its way to the caller: its own text wherever nothing has to be taken out (P6, P23).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Effect, Event, Request, Role};
use serde_json::{Value, json};
use world::upstream::account;
use world::{A, World, earn, json_of, member, request, with_role};

mod world;

const MY_ACCOUNT: &str = "/loyalty-accounts/v1/accounts/my-account";
const PROGRAM: &str = "/loyalty-programs/v1/program";

fn world() -> World {
    World::new(json!({
        "grants": {"member": ["getCurrentMemberAccount", "queryLoyaltyTransactions:own", "earn:visit"],
            "staff": ["getCurrentMemberAccount:own", "getAccount"], "visitor": ["getLoyaltyProgram"]},
        "actions": {"visit": {"amount": 5, "description": "Visit", "limit": {"perMemberPerDay": 9}}},
    }))
}

/// One request whose calls upstream are all answered by this text.
fn answered_by(text: &str, request: Request, caller: &Caller) -> Answer {
    let mut world = world();
    let mut exchange = world.exchange(request);
    let mut effect = exchange.start(world.now);
    for _ in 0..20 {
        let event = match effect {
            Effect::Answer { answer } => return answer,
            Effect::Upstream { .. } => {
                Event::Replied { status: 200, headers: Vec::new(), text: text.to_owned() }
            }
            other => world.perform(other, caller, &json!({})).unwrap(),
        };
        effect = exchange.step(event, world.now);
    }
    panic!("the exchange does not end");
}

#[test]
fn an_answer_goes_on_as_it_came() {
    let page = json!({"query": {}});
    for (role, asked, body) in [
        (Role::Member, request("GET", MY_ACCOUNT), json!({})),
        (Role::Member, request("POST", "/loyalty-transactions/v1/loyalty-transactions/query"), page),
        (Role::Member, earn("visit", "k"), json!({})),
        (Role::Staff, request("GET", &format!("/loyalty-accounts/v1/accounts/{}", A.account)), json!({})),
        (Role::Visitor, request("GET", PROGRAM), json!({})),
    ] {
        let target = asked.target.clone();
        let answer = world().run(asked, &with_role(role), &body);
        assert_eq!((answer.status, answer.as_it_came), (200, true), "{target}: {}", answer.body);
    }
}

#[test]
fn what_was_put_together_or_kept_did_not_come() {
    let mut world = world();
    let me = world.run(request("GET", "/me"), &member(&A), &json!({}));
    assert_eq!((me.status, me.as_it_came), (200, false));
    let [first, second] = [(), ()].map(|()| world.run(earn("visit", "k"), &member(&A), &json!({})));
    assert_eq!((first.as_it_came, second.as_it_came), (true, false), "the second is the store's");
    assert_eq!(first.body, second.body);
}

#[test]
fn p06_what_is_taken_out_depends_on_the_reader() {
    let own = account(&A, 5);
    let mut more = own.clone();
    more["trace"] = json!({"host": "internal", "constructor": 1});
    let text = json!({ "account": more, "also": [] }).to_string();
    let seen = |caller: &Caller, path: &str| {
        let answer = answered_by(&text, request("GET", path), caller);
        assert_eq!((answer.status, answer.as_it_came), (200, false), "{}", answer.body);
        json_of(&answer)
    };
    assert_eq!(seen(&member(&A), MY_ACCOUNT), json!({ "account": own }));
    let mut harmless: Value = more;
    harmless["trace"] = json!({"host": "internal"});
    let by_id = format!("/loyalty-accounts/v1/accounts/{}", A.account);
    assert_eq!(seen(&with_role(Role::Staff), &by_id), json!({ "account": harmless, "also": [] }));
    // Of the own account, whatever came beside it is nobody's.
    let own_staff = Caller { role: Role::Staff, ..member(&A) };
    assert_eq!(seen(&own_staff, MY_ACCOUNT), json!({ "account": harmless }));
}

#[test]
fn p23_an_odd_answer_is_read_all_the_same() {
    let text =
        json!({ "account": account(&A, 5) }).to_string().replace("\"balance\":5", "\"b\\u0061lance\":5.0e0");
    let answer = answered_by(&text, request("GET", MY_ACCOUNT), &member(&A));
    assert_eq!((answer.status, answer.as_it_came), (200, false));
    assert_eq!(json_of(&answer)["account"]["points"]["balance"], 5.0);
}
