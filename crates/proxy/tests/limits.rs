//! Caps, cooldowns, rates and what is told of them; what an action pays, to whom, and by which key.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_proxy::{Answer, Caller, Effect, Request, Role};
use serde_json::{Value, json};
use world::{A, B, World, code_of, earn, json_of, member, request, with_role};

mod world;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// A policy of one action, granted to members, and everything granted to admins.
fn paying(action: &Value, limits: &Value) -> Value {
    let mut whole = json!({"amount": 5, "description": "Deed", "limit": {"perMemberPerDay": 1000}});
    for (key, value) in action.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({
        "grants": {"member": ["earn:deed", "getCurrentMemberAccount"], "admin": ["*"], "visitor": ["getLoyaltyProgram"]},
        "actions": {"deed": whole},
        "limits": limits,
    })
}

fn claim(world: &mut World, who: &Caller, key: &str, body: &Value) -> Answer {
    world.run(earn("deed", key), who, body)
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers().find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn paid(world: &World) -> Vec<Value> {
    let calls = world.upstream.calls.iter().filter(|call| call.path.ends_with("/earn-points"));
    calls.map(|call| serde_json::from_str(call.body.as_deref().unwrap()).unwrap()).collect()
}

#[test]
fn p27_a_cooldown_says_to_the_millisecond_when_it_is_over() {
    let mut world =
        World::new(paying(&json!({"limit": {"perMemberPerDay": 9, "cooldownSeconds": 90}}), &json!({})));
    let start = world.now;
    assert_eq!(claim(&mut world, &member(&A), "k1", &json!({})).status, 200);
    world.now = start + 40_123;
    let answer = claim(&mut world, &member(&A), "k2", &json!({}));
    assert_eq!((answer.status, code_of(&answer).as_str()), (403, "LIMIT_REACHED"));
    assert_eq!(json_of(&answer)["retryAt"], "2030-01-01T10:01:30.000Z");
    assert_eq!(json_of(&answer)["retryable"], false);
    assert_eq!(claim(&mut world, &member(&B), "k3", &json!({})).status, 200, "it is the member's own");
    world.now = start + 89_999;
    assert_eq!(claim(&mut world, &member(&A), "k4", &json!({})).status, 403);
    world.now = start + 90_000;
    assert_eq!(claim(&mut world, &member(&A), "k5", &json!({})).status, 200);
    assert_eq!(paid(&world).len(), 3);
}

#[test]
fn p27_where_cap_and_cooldown_are_both_reached_the_later_end_is_told() {
    let limit = json!({"limit": {"perMemberPerDay": 1, "cooldownSeconds": 60}});
    let mut world = World::new(paying(&limit, &json!({})));
    claim(&mut world, &member(&A), "k1", &json!({}));
    let answer = claim(&mut world, &member(&A), "k2", &json!({}));
    assert_eq!(json_of(&answer)["retryAt"], "2030-01-02T00:00:00.000Z", "not in a minute");
    // Shortly before midnight either may be over first, whatever a new cooldown would come to.
    let midnight = world::NOON + 14 * 3_600_000;
    for (paid_at, asked_at, free_at, told) in [
        (-80_000, -30_000, 0, "2030-01-02T00:00:00.000Z"),
        (-30_000, -10_000, 30_000, "2030-01-02T00:00:30.000Z"),
        (-60_000, -1, 0, "2030-01-02T00:00:00.000Z"),
    ] {
        let mut world = World::new(paying(&limit, &json!({})));
        world.now = midnight + paid_at;
        assert_eq!(claim(&mut world, &member(&A), "k1", &json!({})).status, 200);
        world.now = midnight + asked_at;
        let answer = claim(&mut world, &member(&A), "k2", &json!({}));
        assert_eq!(json_of(&answer)["retryAt"], told, "paid {paid_at} ms from midnight");
        world.now = midnight + free_at;
        assert_eq!(claim(&mut world, &member(&A), "k3", &json!({})).status, 200, "and from then on");
    }
}

#[test]
fn p27_a_cooldown_that_was_not_used_is_given_back() {
    let mut world =
        World::new(paying(&json!({"limit": {"perMemberPerDay": 9, "cooldownSeconds": 90}}), &json!({})));
    let nobody = Caller { member_id: None, contact_id: Some("no-such".to_owned()), ..member(&A) };
    assert_eq!(code_of(&claim(&mut world, &nobody, "k1", &json!({}))), "ACCOUNT_NOT_FOUND");
    assert_eq!(
        code_of(&claim(&mut world, &nobody, "k2", &json!({}))),
        "ACCOUNT_NOT_FOUND",
        "no LIMIT_REACHED"
    );
}

#[test]
fn p05_a_table_says_what_is_paid_and_nothing_else_does() {
    let table = json!({"amount": {"by": "size", "values": {"small": 5, "large": 20, "3": 7}}});
    let mut world = World::new(paying(&table, &json!({})));
    for (size, amount) in [(json!("small"), 5), (json!("large"), 20), (json!(3), 7), (json!("3"), 7)] {
        let body = json!({"parameters": {"size": size, "note": "x"}});
        let key = format!("k{}", paid(&world).len());
        assert_eq!(claim(&mut world, &member(&A), &key, &body).status, 200);
        assert_eq!(paid(&world).last().unwrap()["amount"], amount);
    }
    for parameters in
        [json!({"size": "huge"}), json!({}), json!({"size": null}), json!({"size": "__proto__"})]
    {
        let answer = claim(&mut world, &member(&A), "bad", &json!({ "parameters": parameters }));
        assert_eq!((answer.status, code_of(&answer).as_str()), (400, "INVALID_ARGUMENT"), "{parameters}");
        assert_eq!(json_of(&answer)["violations"][0]["field"], "parameters.size", "{parameters}");
    }
    assert_eq!(paid(&world).len(), 4);
}

#[test]
fn p27_points_of_a_table_count_against_the_members_day() {
    let table = json!({"amount": {"by": "size", "values": {"small": 5, "large": 20}}});
    let mut world = World::new(paying(&table, &json!({"memberPointsPerDay": 30})));
    let of = |size: &str| json!({"parameters": {"size": size}});
    assert_eq!(claim(&mut world, &member(&A), "k1", &of("large")).status, 200);
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k2", &of("large"))), "LIMIT_REACHED");
    assert_eq!(claim(&mut world, &member(&A), "k3", &of("small")).status, 200, "5 still fit");
    assert_eq!(paid(&world).len(), 2);
}

#[test]
fn p05_only_the_eligible_are_paid() {
    let mut world = World::new(paying(&json!({"eligible": {"plan": ["gold", "silver"]}}), &json!({})));
    let with = |plan: Value| Caller { claims: [("plan".to_owned(), plan)].into(), ..member(&A) };
    assert_eq!(claim(&mut world, &with(json!("silver")), "k1", &json!({})).status, 200);
    for (at, who) in [with(json!("bronze")), with(json!(null)), member(&A)].iter().enumerate() {
        let answer = claim(&mut world, who, &format!("n{at}"), &json!({}));
        assert_eq!((answer.status, code_of(&answer).as_str()), (403, "PERMISSION_DENIED"));
        assert!(!answer.body.contains("plan"), "what is asked for is not the page's to know");
    }
    assert_eq!(paid(&world).len(), 1);
}

#[test]
fn p06_a_mask_of_what_earn_may_send_is_kept() {
    let mut policy = paying(&json!({}), &json!({}));
    policy["masks"] = json!({"member": {"earn": {"send": ["subject"]}}});
    let mut world = World::new(policy);
    let body = json!({"subject": "s", "parameters": {"size": "large"}});
    let answer = claim(&mut world, &member(&A), "k1", &body);
    assert_eq!((answer.status, code_of(&answer).as_str()), (400, "INVALID_ARGUMENT"));
    assert!(json_of(&answer)["violations"][0]["field"].as_str().unwrap().starts_with("parameters"));
    assert_eq!(paid(&world).len(), 0);
    assert_eq!(claim(&mut world, &member(&A), "k1", &json!({"subject": "s"})).status, 200);
}

#[test]
fn p31_a_business_key_pays_once_whatever_key_the_client_sends() {
    let key = json!({"key": ["parameters.order"]});
    let mut world = World::new(paying(&key, &json!({})));
    let order = |number: Value| json!({"parameters": {"order": number}});
    assert_eq!(claim(&mut world, &member(&A), "k1", &order(json!("7"))).status, 200);
    let again = claim(&mut world, &member(&A), "k2", &order(json!(7)));
    assert_eq!(
        (code_of(&again).as_str(), json_of(&again).get("retryAt")),
        ("LIMIT_REACHED", None),
        "for all time"
    );
    world.now += 3 * DAY;
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k3", &order(json!("7")))), "LIMIT_REACHED");
    assert_eq!(claim(&mut world, &member(&A), "k4", &order(json!("8"))).status, 200);
    let none = claim(&mut world, &member(&A), "k5", &json!({}));
    assert_eq!(json_of(&none)["violations"][0]["field"], "parameters.order");
    let keys: Vec<Value> = paid(&world).iter().map(|body| body["idempotencyKey"].clone()).collect();
    assert_ne!(keys[0], keys[1]);

    // Even a lost store makes no second payment: upstream knows the key.
    world.store = world::store::Store::default();
    let lost = claim(&mut world, &member(&A), "k6", &order(json!("7")));
    assert_eq!(paid(&world).last().unwrap()["idempotencyKey"], keys[0], "{}", lost.body);
}

#[test]
fn p27_a_unique_subject_pays_the_first_member_only() {
    let limit = json!({"limit": {"perMemberPerDay": 9, "uniqueSubject": true}});
    let mut world = World::new(paying(&limit, &json!({})));
    let code = json!({"subject": "code-1"});
    let missing = claim(&mut world, &member(&A), "k0", &json!({}));
    assert_eq!(json_of(&missing)["violations"][0]["field"], "subject");
    assert_eq!(claim(&mut world, &member(&A), "k1", &code).status, 200);
    let other = claim(&mut world, &member(&B), "k2", &code);
    assert_eq!((other.status, code_of(&other).as_str()), (403, "LIMIT_REACHED"));
    assert!(!other.body.contains(A.member) && !other.body.contains(A.account));
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k3", &code)), "LIMIT_REACHED", "nor twice");
    assert_eq!(claim(&mut world, &member(&B), "k4", &json!({"subject": "code-2"})).status, 200);
    assert_eq!(paid(&world).len(), 2);
}

#[test]
fn p27_a_unique_subject_that_was_not_paid_for_is_free_again() {
    let limit = json!({"limit": {"perMemberPerDay": 9, "uniqueSubject": true}});
    let mut world = World::new(paying(&limit, &json!({})));
    let code = json!({"subject": "code-1"});
    world.upstream.refuse_next_earn = true;
    assert_ne!(claim(&mut world, &member(&A), "k1", &code).status, 200);
    assert_eq!(claim(&mut world, &member(&B), "k2", &code).status, 200);
}

#[test]
fn p24_the_windows_of_a_known_caller_are_one_operation_of_the_store() {
    let limits = json!({"callerPerMinute": 5, "addressPerMinute": 5});
    let action = json!({"limit": {"perMemberPerDay": 9, "perMinute": 5}});
    let world = World::new(paying(&action, &limits));
    let incoming = Request { address: Some("203.0.113.9".to_owned()), ..earn("deed", "k") };
    let mut exchange = world.exchange(incoming);
    let mut effect = exchange.start(world.now);
    let mut world = world;
    let mut hits = Vec::new();
    let answer = loop {
        if let Effect::Store { op, .. } = &effect {
            let text = serde_json::to_string(op).unwrap();
            assert!(!text.contains("203.0.113"), "an address stands in the store only hashed");
            if text.contains("\"op\":\"hit\"") {
                hits.push(serde_json::from_str::<Value>(&text).unwrap()["windows"].as_array().unwrap().len());
            }
        }
        match world.perform(effect, &member(&A), &json!({})) {
            Ok(event) => effect = exchange.step(event, world.now),
            Err(answer) => break *answer,
        }
    };
    assert_eq!(answer.status, 200);
    assert_eq!(
        hits,
        [1, 2, 1, 1],
        "the address; caller and action at once; then each call that goes upstream"
    );
    assert!(!answer.log.join(" ").contains("203.0.113"), "{:?}", answer.log);
}

#[test]
fn p24_addresses_count_across_callers_and_callers_across_addresses() {
    let limits = json!({"callerPerMinute": 3, "addressPerMinute": 4});
    let mut world = World::new(paying(&json!({}), &limits));
    let mut from = |who: &Caller, address: Option<&str>| {
        let line = request("GET", "/loyalty-accounts/v1/accounts/my-account");
        world.run(Request { address: address.map(str::to_owned), ..line }, who, &json!({}))
    };
    for _ in 0..2 {
        assert_eq!(from(&member(&A), Some("203.0.113.1")).status, 200);
        assert_eq!(from(&member(&B), Some("203.0.113.1")).status, 200);
    }
    let full = from(&member(&A), Some("203.0.113.1"));
    assert_eq!((full.status, header(&full, "ratelimit")), (429, Some("\"address\";r=0;t=60")));
    assert_eq!(
        from(&member(&A), Some("203.0.113.2")).status,
        200,
        "a call refused for its address counted nowhere else"
    );
    let caller = from(&member(&A), Some("203.0.113.3"));
    assert_eq!((caller.status, header(&caller, "ratelimit")), (429, Some("\"caller\";r=0;t=60")));
    assert_eq!(from(&member(&B), None).status, 200, "without an address the caller counts");
}

#[test]
fn p24_an_action_has_a_rate_of_its_own_which_refused_callers_do_not_use_up() {
    let action = json!({"limit": {"perMemberPerDay": 9, "perMinute": 2}});
    let mut world = World::new(paying(&action, &json!({})));
    for _ in 0..5 {
        let visitor = world.run(earn("deed", "v"), &with_role(Role::Visitor), &json!({}));
        assert_eq!(visitor.status, 403);
    }
    assert_eq!(claim(&mut world, &member(&A), "k1", &json!({})).status, 200);
    assert_eq!(claim(&mut world, &member(&B), "k2", &json!({})).status, 200);
    let full = claim(&mut world, &member(&B), "k3", &json!({}));
    assert_eq!((full.status, header(&full, "ratelimit")), (429, Some("\"action\";r=0;t=60")));
    world.now += MINUTE;
    assert_eq!(claim(&mut world, &member(&B), "k3", &json!({})).status, 200);
}

#[test]
fn p24_the_budget_upstream_is_below_two_hundred_where_the_policy_says_nothing() {
    let mut world = World::new(json!({"grants": {"visitor": ["getLoyaltyProgram"]}}));
    let line = || request("GET", "/loyalty-programs/v1/program");
    let statuses: Vec<u16> =
        (0..200).map(|_| world.run(line(), &Caller::visitor(), &json!({})).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 180);
    assert!(statuses[180..].iter().all(|status| *status == 429));
    assert_eq!(world.upstream.calls.len(), 180);
    // What never goes upstream takes nothing from the budget.
    world.now += MINUTE;
    for _ in 0..300 {
        world.run(request("GET", "/loyalty-rewards/v1/rewards"), &Caller::visitor(), &json!({}));
    }
    assert_eq!(world.run(line(), &Caller::visitor(), &json!({})).status, 200);
}

#[test]
fn p25_answers_tell_what_is_left_and_429_and_503_one_time() {
    let mut world = World::new(paying(&json!({}), &json!({"callerPerMinute": 2, "addressPerMinute": 9})));
    world.now += 15_500;
    let line = || Request {
        address: Some("203.0.113.1".to_owned()),
        ..request("GET", "/loyalty-accounts/v1/accounts/my-account")
    };
    let first = world.run(line(), &member(&A), &json!({}));
    assert_eq!(header(&first, "ratelimit-policy"), Some("\"address\";q=9;w=60, \"caller\";q=2;w=60"));
    assert_eq!(header(&first, "ratelimit"), Some("\"address\";r=8;t=45, \"caller\";r=1;t=45"));
    assert_eq!(header(&first, "retry-after"), None);
    world.run(line(), &member(&A), &json!({}));
    let full = world.run(line(), &member(&A), &json!({}));
    assert_eq!(full.status, 429);
    assert_eq!(header(&full, "ratelimit"), Some("\"caller\";r=0;t=45"));
    assert_eq!(header(&full, "retry-after"), Some("45"));
    world.now += 45_000;
    assert_eq!(world.run(line(), &member(&A), &json!({})).status, 200, "and that is long enough");

    // What upstream says of its own load.
    for (status, retry, expected) in [(429, Some("30"), "30"), (503, Some("7"), "7"), (503, None, "5")] {
        let mut world = World::new(paying(&json!({}), &json!({})));
        world.upstream.say_next = Some((status, retry.map(str::to_owned)));
        let answer =
            world.run(request("GET", "/loyalty-programs/v1/program"), &Caller::visitor(), &json!({}));
        assert_eq!(answer.status, status);
        assert_eq!(header(&answer, "retry-after"), Some(expected));
        assert_eq!(header(&answer, "ratelimit"), Some(format!("\"service\";r=0;t={expected}").as_str()));
        assert_eq!(header(&answer, "ratelimit-policy"), Some("\"service\";q=180;w=60"));
    }
}

#[test]
fn p27_a_refusal_after_a_lost_answer_gives_nothing_back_that_may_be_spent() {
    let limit = json!({"limit": {"perMemberPerDay": 2}});
    let mut world = World::new(paying(&limit, &json!({"upstreamPerMinute": 4})));
    // Paid, three answers lost, and no budget left to look for it.
    world.upstream.faults = vec![world::upstream::Fault::After; 3];
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k1", &json!({}))), "OUTCOME_UNKNOWN");
    world.now += MINUTE;
    world.upstream.refuse_next_earn = true;
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k1", &json!({}))), "PROGRAM_NOT_ACTIVE");
    assert_eq!(claim(&mut world, &member(&A), "k2", &json!({})).status, 200);
    world.now += MINUTE;
    assert_eq!(code_of(&claim(&mut world, &member(&A), "k3", &json!({}))), "LIMIT_REACHED");
    assert_eq!(world.upstream.credits(), 2, "the cap holds over what nobody saw");
}
