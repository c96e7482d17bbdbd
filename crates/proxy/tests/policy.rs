//! The policy: what is taken, and how mistakes are named.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_contract::{ENDPOINTS, Operation};
use loyalty_proxy::{Policy, Role};
use proptest::prelude::*;
use serde_json::{Value, json};

mod world;

fn mistakes(policy: &Value) -> Vec<String> {
    Policy::parse(policy).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn with(path: &str, value: Value) -> Value {
    let mut policy = world::policy();
    let (parent, field) = path.rsplit_once('/').unwrap();
    let parent = policy.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(map) => {
            map.insert(field.to_owned(), value);
        }
        Value::Array(list) => list.push(value),
        _ => panic!("no parent at {path}"),
    }
    policy
}

#[test]
fn a_sound_policy_is_taken() {
    assert_eq!(mistakes(&world::policy()), Vec::<String>::new());
    assert_eq!(mistakes(&json!({})), Vec::<String>::new(), "an empty policy is one: it denies all");
    assert_eq!(
        mistakes(&json!({"$schema": "x", "grants": {}, "actions": {}, "limits": {}})),
        Vec::<String>::new()
    );
}

#[test]
fn every_mistake_is_named_by_its_path() {
    let action = |limit: Value| json!({"amount": 1, "description": "d", "limit": limit});
    for (policy, start) in [
        (json!([]), "$: must be an object"),
        (json!({"grant": {}}), "$.grant: unknown field"),
        (with("/grants/members", json!([])), "$.grants.members: unknown field"),
        (with("/grants/staff", json!("*")), "$.grants.staff: must be a list"),
        (with("/grants/staff", json!([1])), "$.grants.staff[0]: must be text"),
        (with("/grants/staff", json!(["getAccount", "getacount"])), "$.grants.staff[1]: unknown operation"),
        (
            with("/grants/staff", json!(["getaccount"])),
            "$.grants.staff[0]: unknown operation \"getaccount\"; did you mean \"getAccount\"?",
        ),
        (with("/grants/staff", json!(["earn"])), "$.grants.staff[0]: unknown operation"),
        (with("/grants/staff", json!(["earn:nope"])), "$.grants.staff[0]: there is no action \"nope\""),
        (with("/grants/staff", json!(["getAccount:all"])), "$.grants.staff[0]: unknown scope"),
        (with("/grants/staff", json!(["bulkAdjustPoints"])), "$.grants.staff[0]: bulk"),
        (with("/actions/x", json!(5)), "$.actions.x: must be an object"),
        (with("/actions/X!", action(json!({"perMemberPerDay": 1}))), "$.actions.X!: an action's name"),
        (
            with("/actions/x", action(json!({"perMemberPerDay": 0}))),
            "$.actions.x.limit.perMemberPerDay: must be",
        ),
        (
            with("/actions/x", action(json!({"perMemberPerDay": 1, "perWeek": 1}))),
            "$.actions.x.limit.perWeek: unknown",
        ),
        (with("/actions/tap/amount", json!(0)), "$.actions.tap.amount: must be"),
        (with("/actions/tap/amount", json!(10_000_000)), "$.actions.tap.amount: must be"),
        (with("/actions/tap/amount", json!(1.5)), "$.actions.tap.amount: must be"),
        (with("/actions/tap/amount", json!("5")), "$.actions.tap.amount: must be"),
        (with("/actions/tap/description", json!("")), "$.actions.tap.description: must be"),
        (with("/actions/tap/secret", json!(1)), "$.actions.tap.secret: unknown"),
        (with("/limits", json!({"callerPerMinute": -1})), "$.limits.callerPerMinute: must be"),
        (with("/limits", json!({"perMinute": 1})), "$.limits.perMinute: unknown"),
        (serde_json::from_str(r#"{"__proto__": {"grants": {}}}"#).unwrap(), "$.__proto__: unknown field"),
    ] {
        let found = mistakes(&policy);
        assert!(found.iter().any(|mistake| mistake.starts_with(start)), "{start}: {found:?}");
    }
}

#[test]
fn p05_an_action_without_a_cap_per_member_fails_at_start() {
    for limit in [json!(null), json!({}), json!({"perSubject": 1})] {
        let mut action = json!({"amount": 1, "description": "d"});
        if !limit.is_null() {
            action["limit"] = limit;
        }
        let found = mistakes(&with("/actions/x", action));
        assert!(
            found.iter().any(|mistake| mistake.starts_with("$.actions.x.limit: every action needs")),
            "{found:?}"
        );
    }
}

#[test]
fn p05_no_policy_lets_a_customer_name_an_amount() {
    for role in ["visitor", "member"] {
        for grant in
            ["*", "earnPoints", "adjustPoints", "bulkAdjustPoints", "earnPoints:own", "adjustPoints:own"]
        {
            assert_eq!(
                mistakes(&with(&format!("/grants/{role}"), json!([grant]))).len(),
                1,
                "{role} {grant}"
            );
        }
    }
}

#[test]
fn p06_no_policy_lets_a_customer_read_others() {
    for grant in
        ["getAccount", "queryLoyaltyTransactions", "queryLoyaltyAccounts", "searchAccounts", "countAccounts"]
    {
        assert_eq!(mistakes(&with("/grants/member", json!([grant]))).len(), 1, "{grant}");
    }
    for grant in ["getAccount:own", "earn:tap", "getCurrentMemberAccount"] {
        assert_eq!(mistakes(&with("/grants/visitor", json!([grant]))).len(), 1, "{grant}");
    }
}

#[test]
fn a_grant_gives_what_it_says_and_nothing_beside_it() {
    let policy = Policy::parse(&world::policy()).unwrap();
    for endpoint in ENDPOINTS {
        let visitor = policy.granted(Role::Visitor, endpoint.operation);
        assert_eq!(
            visitor.is_some(),
            endpoint.operation == Operation::GetLoyaltyProgram,
            "{}",
            endpoint.name
        );
        assert!(policy.granted(Role::Staff, endpoint.operation).is_none(), "{}", endpoint.name);
        assert!(policy.granted(Role::Admin, endpoint.operation).is_some(), "{}", endpoint.name);
    }
    assert!(policy.may_earn(Role::Member, "tap") && policy.may_earn(Role::Admin, "tap"));
    assert!(!policy.may_earn(Role::Staff, "tap") && !policy.may_earn(Role::Visitor, "tap"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z:*]{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("grants".to_owned()),
        Just("actions".to_owned()),
        Just("limits".to_owned()),
        Just("member".to_owned()),
        Just("amount".to_owned()),
        Just("limit".to_owned()),
        Just("perMemberPerDay".to_owned()),
        "[a-z_]{1,6}",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn p23_no_policy_makes_it_panic_and_every_mistake_has_a_path(value in any_json()) {
        for mistake in Policy::parse(&value).err().unwrap_or_default() {
            prop_assert!(mistake.path.starts_with('$') && mistake.message.len() > 4, "{mistake}");
        }
    }
}
