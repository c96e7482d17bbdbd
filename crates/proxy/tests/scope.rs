//! A member reaches the own account and no other, whatever the request (P3-P6).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_contract::{ENDPOINTS, endpoint::Method, path};
use loyalty_proxy::Request;
use proptest::prelude::*;
use serde_json::{Value, json};
use world::{A, B, NOWHERE, World, code_of, member, request};

mod world;

#[test]
fn p03_a_foreign_id_and_an_unknown_one_get_the_same_answer_byte_for_byte() {
    let accounts = "/loyalty-accounts/v1/accounts";
    let transactions = "/loyalty-transactions/v1/loyalty-transactions";
    for (foreign, unknown) in [
        (format!("{accounts}/{}", B.account), format!("{accounts}/{NOWHERE}")),
        (format!("{accounts}/{}", B.member), format!("{accounts}/{NOWHERE}")),
        (format!("{transactions}/{}", B.transaction), format!("{transactions}/{NOWHERE}")),
        (
            format!("{accounts}/fetch-by?memberId={}", B.member),
            format!("{accounts}/fetch-by?memberId={NOWHERE}"),
        ),
        (
            format!("{accounts}/fetch-by?contactId={}", B.contact),
            format!("{accounts}/fetch-by?contactId={NOWHERE}"),
        ),
    ] {
        let mut world = World::new(world::policy());
        let foreign = world.run(request("GET", &foreign), &member(&A), &json!({}));
        let unknown = world.run(request("GET", &unknown), &member(&A), &json!({}));
        assert_eq!(foreign.status, 404, "{}", foreign.body);
        assert_eq!(foreign, unknown);
    }
    let redeem = |account: &str, key: &str| {
        let request = Request {
            idempotency_key: Some(key.to_owned()),
            ..request("POST", "/loyalty-coupons/v1/coupons")
        };
        let mut world = World::new(world::policy());
        let answer =
            world.run(request, &member(&A), &json!({"rewardId": NOWHERE, "loyaltyAccountId": account}));
        (answer, world)
    };
    let (foreign, world) = redeem(B.account, "k1");
    assert_eq!((foreign.clone(), foreign.status), (redeem(NOWHERE, "k1").0, 404));
    assert!(world.upstream.calls.iter().all(|call| call.method == "GET"));
    assert_eq!(redeem(A.account, "k2").0.status, 200, "the own account is the positive control");
}

#[test]
fn p03_the_own_ids_are_answered() {
    let accounts = "/loyalty-accounts/v1/accounts";
    for path in [
        format!("{accounts}/my-account"),
        format!("{accounts}/{}", A.account),
        format!("{accounts}/{}", A.account.to_uppercase()),
        format!("{accounts}/fetch-by?memberId={}", A.member),
        format!("{accounts}/fetch-by?contactId={}", A.contact),
        format!("/loyalty-transactions/v1/loyalty-transactions/{}", A.transaction),
    ] {
        let answer = World::new(world::policy()).run(request("GET", &path), &member(&A), &json!({}));
        assert_eq!(answer.status, 200, "{path} {}", answer.body);
    }
}

#[test]
fn p05_an_amount_from_a_customer_is_refused_with_its_field() {
    for (path, body, field) in [
        (
            format!("/loyalty-accounts/v1/accounts/{}/earn-points", A.account),
            json!({"amount": 5, "appId": "x"}),
            "amount",
        ),
        (
            format!("/loyalty-accounts/v1/accounts/{}/adjust-points", A.account),
            json!({"balance": 5}),
            "balance",
        ),
        ("/loyalty-accounts/v1/accounts/bulk-adjust".to_owned(), json!({"amount": 5}), "amount"),
        ("/actions/tap".to_owned(), json!({"amount": 5}), "amount"),
        ("/actions/tap".to_owned(), json!({"balance": 5}), "balance"),
        ("/actions/tap".to_owned(), json!({"appId": "x"}), "appId"),
    ] {
        let mut world = World::new(world::policy());
        let request = Request { idempotency_key: Some("k".to_owned()), ..request("POST", &path) };
        let answer = world.run(request, &member(&A), &body);
        assert!(matches!(answer.status, 400 | 403), "{path}");
        assert_eq!(world::json_of(&answer)["violations"][0]["field"], field, "{}", answer.body);
        assert!(world.upstream.calls.is_empty());
    }
}

fn any_id() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        A.account,
        A.member,
        A.contact,
        A.transaction,
        B.account,
        B.member,
        B.contact,
        B.transaction,
        NOWHERE,
        "..%2f",
        "bbbbbbbb",
        "",
    ])
    .prop_map(str::to_owned)
}

fn any_filter() -> impl Strategy<Value = Value> {
    let field = prop::sample::select(vec![
        "accountId",
        "id",
        "memberId",
        "contactId",
        "amount",
        "contact.id",
        "__proto__",
    ]);
    let operator =
        prop::sample::select(vec!["$eq", "$ne", "$in", "$nin", "$hasSome", "$exists", "$startsWith"]);
    let leaf = prop_oneof![
        (field.clone(), any_id()).prop_map(|(field, id)| json!({ field: id })),
        (field.clone(), operator.clone(), any_id())
            .prop_map(|(field, operator, id)| json!({ field: { operator: id } })),
        (field, operator, any_id(), any_id())
            .prop_map(|(field, operator, a, b)| json!({ field: { operator: [a, b] } })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "$or": parts })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "$and": parts })),
            inner.prop_map(|part| json!({ "$not": part })),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Value> {
    let paging = prop_oneof![Just(json!(null)), Just(json!({"limit": 5})), Just(json!({"cursor": "of-b"})),];
    prop_oneof![
        (any_filter(), paging)
            .prop_map(|(filter, paging)| json!({"query": {"filter": filter, "cursorPaging": paging}})),
        Just(json!({"query": {"cursorPaging": {"cursor": "of-b"}}})),
        Just(json!({"query": {}})),
        any_filter().prop_map(|filter| json!({"search": {"filter": filter}, "amount": 5})),
        (any_id(), any_id())
            .prop_map(|(reward, account)| json!({"rewardId": reward, "loyaltyAccountId": account})),
        any_id().prop_map(|id| json!({"accountId": id, "amount": 5, "appId": "x", "idempotencyKey": "k"})),
        any_id().prop_map(|id| json!({"contactId": id})),
        any_id().prop_map(|id| json!({"subject": id})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]
    #[test]
    fn p03_no_request_of_a_reads_or_changes_what_is_bs(
        at in 0..ENDPOINTS.len(),
        id in any_id(),
        query in prop::option::of((prop::sample::select(vec!["id", "memberId", "contactId", "contactIds", "accountId"]), any_id())),
        body in any_body(),
    ) {
        let endpoint = ENDPOINTS[at];
        let path = path::build(endpoint, |name| Some(if name == "action" { "tap" } else { &id }))
            .unwrap_or_else(|| endpoint.path.replace("{id}", &id).replace("{accountId}", &id));
        let query = query.filter(|_| endpoint.method == Method::Get).map_or_else(String::new, |(name, id)| format!("?{name}={id}"));
        let mut world = World::new(world::policy());
        let request = Request {
            idempotency_key: Some("k".to_owned()),
            ..request(endpoint.method.as_str(), &format!("{path}{query}"))
        };
        let answer = world.run(request, &member(&A), &body);
        for mark in [B.account, B.member, B.contact, B.transaction] {
            prop_assert!(!answer.body.contains(mark), "{} {path}{query} {body} read {}", endpoint.name, answer.body);
        }
        for call in &world.upstream.calls {
            let sent: Value = serde_json::from_str(call.body.as_deref().unwrap_or("null")).unwrap();
            let written = ["accountId", "loyaltyAccountId", "contactId"].map(|field| sent[field].as_str() == Some(A.account));
            let writes = call.method == "POST" && !call.path.contains("/query");
            prop_assert!(!writes || written.contains(&true), "{} {path} {body} wrote {sent}", endpoint.name);
        }
    }
}

#[test]
fn p04_an_upstream_that_loses_the_filter_gives_nothing_away() {
    let mut world = World::new(world::policy());
    let path = "/loyalty-transactions/v1/loyalty-transactions/query";
    // A cursor carries its filter; this one brings everybody's.
    let body = json!({"query": {"cursorPaging": {"cursor": "of-b"}}});
    let answer = world.run(request("POST", path), &member(&A), &body);
    assert_eq!((answer.status, code_of(&answer).as_str()), (403, "PERMISSION_DENIED"));
    assert!(!answer.body.contains(B.transaction));
    let own = world.run(request("POST", path), &member(&A), &json!({"query": {}}));
    assert_eq!(own.status, 200, "{}", own.body);
    assert!(own.body.contains(A.transaction));
}
