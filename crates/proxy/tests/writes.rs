//! Writes of staff and admins: revisions, bulk limits, and outcomes that nobody knows (P9, P33).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Caller, Request, Role};
use serde_json::{Value, json};
use world::upstream::Fault;
use world::{A, World, code_of, json_of, member, request, with_role};

mod world;

fn policy(limits: &Value) -> Value {
    json!({
        "grants": {
            "admin": ["*"],
            "member": ["redeemCurrentMemberPointsForCoupon", "redeemPointsForCoupon:own"],
        },
        "limits": limits,
    })
}

fn admin() -> Caller {
    with_role(Role::Admin)
}

fn adjust() -> Request {
    request("POST", &format!("/loyalty-accounts/v1/accounts/{}/adjust-points", A.account))
}

fn sent(world: &World, end: &str) -> Vec<Value> {
    let calls = world.upstream.calls.iter().filter(|call| call.path.ends_with(end));
    calls.map(|call| serde_json::from_str(call.body.as_deref().unwrap_or("null")).unwrap()).collect()
}

#[test]
fn p33_an_adjustment_goes_up_with_a_revision_the_callers_or_the_accounts() {
    let mut world = World::new(policy(&json!({})));
    assert_eq!(world.run(adjust(), &admin(), &json!({"amount": 5})).status, 200);
    assert_eq!(
        sent(&world, "/adjust-points"),
        [json!({"accountId": A.account, "amount": 5, "revision": "1"})]
    );
    let before = world.upstream.calls.len();
    assert_eq!(world.run(adjust(), &admin(), &json!({"balance": 5, "revision": "2"})).status, 200);
    assert_eq!(world.upstream.calls.len(), before + 1, "what the caller has read is not read again");
    assert_eq!(sent(&world, "/adjust-points")[1]["revision"], "2");
}

#[test]
fn p33_a_conflict_is_told_with_the_fresh_revision_and_never_tried_again() {
    for body in [json!({"amount": 5, "revision": "1"}), json!({"amount": 5})] {
        let mut world = World::new(policy(&json!({})));
        world.upstream.raced = true;
        let answer = world.run(adjust(), &admin(), &body);
        assert_eq!((answer.status, code_of(&answer).as_str()), (409, "REVISION_CONFLICT"), "{body}");
        let problem = json_of(&answer);
        assert_eq!(
            problem["details"]["applicationError"]["data"]["revision"], "2",
            "read after the conflict"
        );
        assert_eq!(problem["retryable"], false);
        assert_eq!(sent(&world, "/adjust-points").len(), 1, "{body}");
        assert!(world.upstream.calls.last().unwrap().path.contains(A.account));
        let decided_anew = json!({"amount": 5, "revision": "2"});
        assert_eq!(world.run(adjust(), &admin(), &decided_anew).status, 200);
    }
}

#[test]
fn p33_a_conflict_whose_fresh_revision_cannot_be_read_is_one_all_the_same() {
    let mut world = World::new(policy(&json!({"upstreamPerMinute": 1})));
    world.upstream.raced = true;
    let answer = world.run(adjust(), &admin(), &json!({"amount": 5, "revision": "1"}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (409, "REVISION_CONFLICT"));
    assert_eq!(json_of(&answer)["details"]["applicationError"]["data"], json!({}));
}

#[test]
fn p33_bulk_and_redeem_are_never_repeated_and_say_how_to_find_out() {
    let reward = json!({"rewardId": A.transaction});
    let of = json!({"rewardId": A.transaction, "loyaltyAccountId": A.account});
    let bulk = json!({"search": {"filter": {"points.balance": {"$gt": 1}}}, "amount": 5});
    for (line, who, body, ask, end) in [
        (
            "/loyalty-coupons/v1/coupons/redeem-my-coupon",
            member(&A),
            &reward,
            "getCurrentMemberCoupons",
            "/v1/coupons",
        ),
        ("/loyalty-coupons/v1/coupons", admin(), &of, "queryLoyaltyCoupons", "/v1/coupons"),
        ("/loyalty-accounts/v1/accounts/bulk-adjust", admin(), &bulk, "searchAccounts", "/bulk-adjust"),
        (
            &format!("/loyalty-accounts/v1/accounts/{}/adjust-points", A.account),
            admin(),
            &json!({"amount": 5}),
            "getAccount",
            "/adjust-points",
        ),
    ] {
        for fault in [Fault::Before, Fault::After] {
            let mut world = World::new(policy(&json!({})));
            world.upstream.faults = vec![fault];
            let line = || Request { idempotency_key: Some("k".to_owned()), ..request("POST", line) };
            let answer = world.run(line(), &who, body);
            assert_eq!(
                (answer.status, code_of(&answer).as_str()),
                (502, "OUTCOME_UNKNOWN"),
                "{ask} {}",
                answer.body
            );
            let problem = json_of(&answer);
            let data = &problem["details"]["applicationError"]["data"];
            // A member's redemption goes up as the account's, but the member asks for his own.
            let told = data["ask"].as_str().unwrap();
            assert!(
                told == ask || (ask == "getCurrentMemberCoupons" && told == "queryLoyaltyCoupons"),
                "{told}"
            );
            assert_eq!(problem["retryable"], false, "{ask}");
            assert_eq!(sent(&world, end).len(), 1, "{ask}: not repeated");
            let again = world.run(line(), &who, body);
            assert_eq!(code_of(&again), "OUTCOME_UNKNOWN", "{ask}: nor with the same key");
            assert_eq!(sent(&world, end).len(), 1, "{ask}");
        }
    }
}

#[test]
fn p09_bulk_needs_a_search_a_count_and_keeps_its_limits() {
    let limits = json!({"bulkAccounts": 2, "bulkPoints": 10, "bulkPerDay": 2});
    let line = || request("POST", "/loyalty-accounts/v1/accounts/bulk-adjust");
    let search = json!({"filter": {"points.balance": {"$gt": 1}}});
    let mut world = World::new(policy(&limits));
    for body in [
        json!({"amount": 5}),
        json!({"amount": 5, "search": {}}),
        json!({"amount": 5, "search": {"filter": {}}}),
        json!({"amount": 5, "search": {"search": {"expression": " "}}}),
    ] {
        let answer = world.run(line(), &admin(), &body);
        assert_eq!(
            (answer.status, json_of(&answer)["violations"][0]["field"].as_str()),
            (400, Some("search"))
        );
    }
    for body in [
        json!({"amount": 11, "search": search}),
        json!({"amount": -11, "search": search}),
        json!({"balance": 11, "search": search}),
    ] {
        let answer = world.run(line(), &admin(), &body);
        assert_eq!((answer.status, json_of(&answer)["violations"][0]["rule"].as_str()), (400, Some("MAX")));
    }
    assert!(world.upstream.calls.is_empty(), "nothing of it went up");
    let many = world.run(line(), &admin(), &json!({"amount": 5, "search": search}));
    assert_eq!((many.status, code_of(&many).as_str()), (403, "LIMIT_REACHED"), "three accounts, two allowed");
    assert_eq!(sent(&world, "/bulk-adjust").len(), 0);

    let mut world = World::new(policy(&json!({"bulkAccounts": 3, "bulkPerDay": 2})));
    let body = json!({"amount": 5, "search": search});
    assert_eq!(world.run(line(), &admin(), &body).status, 200);
    assert_eq!(world.run(line(), &admin(), &body).status, 200);
    let third = world.run(line(), &admin(), &body);
    assert_eq!((third.status, code_of(&third).as_str()), (403, "LIMIT_REACHED"));
    assert_eq!(json_of(&third)["retryAt"], "2030-01-02T00:00:00.000Z");
    assert_eq!(sent(&world, "/bulk-adjust").len(), 2);
    world.now += 86_400_000;
    assert_eq!(world.run(line(), &admin(), &body).status, 200, "a new day");
}

#[test]
fn p30_a_bulk_call_that_was_made_is_answered_again_and_not_counted_again() {
    let mut world = World::new(policy(&json!({"bulkPerDay": 1})));
    let line = || Request {
        idempotency_key: Some("k".to_owned()),
        ..request("POST", "/loyalty-accounts/v1/accounts/bulk-adjust")
    };
    let body = json!({"amount": 5, "search": {"filter": {"points.balance": {"$gt": 1}}}});
    let first = world.run(line(), &admin(), &body);
    assert_eq!(first.status, 200, "{}", first.body);
    let calls = world.upstream.calls.len();
    let again = world.run(line(), &admin(), &body);
    assert_eq!((again.status, again.body), (200, first.body));
    assert_eq!(world.upstream.calls.len(), calls, "nothing went up for it");
}

#[test]
fn p30_staff_whose_tokens_name_nobody_are_answered_again_too() {
    let mut world = World::new(policy(&json!({})));
    let nobody = Caller { role: Role::Admin, ..Caller::visitor() };
    let line = || Request { idempotency_key: Some("k".to_owned()), ..adjust() };
    let first = world.run(line(), &nobody, &json!({"amount": 5}));
    let again = world.run(line(), &nobody, &json!({"amount": 5}));
    assert_eq!((first.status, again.status, again.body), (200, 200, first.body));
    assert_eq!(sent(&world, "/adjust-points").len(), 1, "a repeat must not adjust twice");
    let other = world.run(line(), &nobody, &json!({"amount": 6}));
    assert_eq!(code_of(&other), "IDEMPOTENCY_CONFLICT");
    assert_eq!(world.run(line(), &admin(), &json!({"amount": 6})).status, 200, "who has a name has keys");
}
