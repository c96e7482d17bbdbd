//! The Rust shell against a real proxy and a real sandbox, in Node and in browsers, by `wasm-pack test`. What the
//! tests talk to is told at compile time: see `tests/browser/wasm-pack.js`.
#![cfg(target_arch = "wasm32")]
// A test's helpers fail by panicking; clippy only sees that for `#[test]`. `env!` would fail for those who only check.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::option_env_unwrap)]

use js_sys::{Function, Reflect};
use loyalty_edge::contract::accounts::{
    AdjustPointsRequest, CountAccountsRequest, EarnPointsRequest, ListAccountsRequest,
};
use loyalty_edge::contract::types::{CouponStatus, CursorPaging, CursorQuery, CursorSearch, TransactionType};
use loyalty_edge::contract::values::RawFilter;
use loyalty_edge::contract::{ErrorCode, Guid};
use loyalty_edge::{CallOptions, Client, to_js};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

fn stack(pointer: &str) -> String {
    let stack = option_env!("LOYALTY_TEST_STACK").expect("run by tests/browser/wasm-pack.js");
    let stack: Value = serde_json::from_str(stack).expect("the stack is JSON");
    stack.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned()
}

fn client(token: &str) -> Client {
    let token = stack(token);
    Client::new(&stack("/proxy")).token(move || Some(token.clone()))
}

fn member(number: usize) -> Client {
    client(&format!("/members/{number}/token"))
}

fn account_id(number: usize) -> Guid {
    Guid::parse(&stack(&format!("/members/{number}/accountId"))).expect("a GUID")
}

/// Puts a function in the place of `fetch`, until it is dropped.
struct Fetch(JsValue);

impl Fetch {
    fn replaced_by(arguments: &str, body: &str) -> Self {
        let global = js_sys::global();
        let kept = Reflect::get(&global, &"fetch".into()).expect("there is a fetch");
        Reflect::set(&global, &"fetch".into(), &Function::new_with_args(arguments, body))
            .expect("it can be set");
        Self(kept)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        Reflect::set(&js_sys::global(), &"fetch".into(), &self.0).expect("it can be set back");
    }
}

#[wasm_bindgen_test]
async fn a_member_reads_earns_and_sees_the_transaction() {
    let client = member(0);
    let before = client.accounts().get_current_member().await.expect("own account");
    assert_eq!(before.id, account_id(0));
    let subject = format!("product-{}", js_sys::Math::random());
    let earned = client.points().earn("write-review", Some(&subject)).await.expect("an earn");
    assert_eq!(earned.account.points.balance, before.points.balance + 50);
    let after = client.accounts().get(&before.id).await.expect("own account by id");
    assert_eq!(after.points, earned.account.points);
    let query = CursorQuery {
        filter: Some(RawFilter(json!({ "id": earned.transaction_id }))),
        cursor_paging: Some(CursorPaging { limit: Some(5), cursor: None }),
        ..CursorQuery::default()
    };
    let found = client.transactions().query(query).await.expect("own transactions").loyalty_transactions;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].amount, &found[0].transaction_type), (50, &TransactionType::Earn));
    let again = client.points().earn("write-review", Some(&subject)).await.expect_err("once per subject");
    assert_eq!((again.code(), again.status()), (ErrorCode::LimitReached, Some(403)));
    assert!(!again.is_retryable());
}

#[wasm_bindgen_test]
async fn p03_a_foreign_account_is_as_unknown_as_one_that_does_not_exist() {
    let client = member(1);
    let foreign = client.accounts().get(&account_id(2)).await.expect_err("somebody else's");
    let unknown = client.accounts().get(&Guid::parse(UNKNOWN).expect("a GUID")).await.expect_err("nobody's");
    assert_eq!((foreign.code(), foreign.status()), (unknown.code(), unknown.status()));
    assert_eq!(foreign.message(), unknown.message());
    assert!(client.accounts().get(&account_id(1)).await.is_ok(), "one's own");
}

#[wasm_bindgen_test]
async fn an_admin_earns_for_an_account_with_a_key_that_pays_once() {
    let admin = client("/admin/token");
    let request = EarnPointsRequest {
        account_id: account_id(3),
        amount: 7,
        app_id: "rust-shell-test".into(),
        idempotency_key: format!("key-{}", js_sys::Math::random()),
        ..EarnPointsRequest::default()
    };
    let before = admin.accounts().get(&account_id(3)).await.expect("an account").points.balance;
    assert_eq!(
        admin.accounts().earn_points(&request).await.expect("paid").account.points.balance,
        before + 7
    );
    let twice = admin.accounts().earn_points(&request).await.expect_err("the same key");
    assert_eq!(twice.code(), ErrorCode::TransactionAlreadyExists);
    let filled = EarnPointsRequest { idempotency_key: String::new(), ..request.clone() };
    assert!(admin.accounts().earn_points(&filled).await.is_ok(), "c01: a missing key is made");
    let refused = member(3).accounts().earn_points(&request).await.expect_err("p05: not a member's to name");
    assert_eq!(refused.status(), Some(403));
    assert_eq!(admin.accounts().get(&account_id(3)).await.expect("an account").points.balance, before + 14);
}

#[wasm_bindgen_test]
async fn c07_bad_arguments_never_reach_the_network() {
    let _none = Fetch::replaced_by("", "throw new Error('the network was asked')");
    let request =
        EarnPointsRequest { account_id: account_id(0), app_id: "app".into(), ..EarnPointsRequest::default() };
    let error = member(0).accounts().earn_points(&request).await.expect_err("0 points");
    assert_eq!((error.code(), error.status()), (ErrorCode::InvalidArgument, None));
    let fields: Vec<_> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["options.amount"]);
    for action in ["", "../accounts", "Write Review"] {
        let error = member(0).points().earn(action, None).await.expect_err(action);
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{action}");
    }
}

#[wasm_bindgen_test]
async fn an_elevated_credential_is_refused_and_never_sent() {
    let _none = Fetch::replaced_by("", "throw new Error('the network was asked')");
    for token in ["IST.abc", "SANDBOX.abc", "Bearer IST.abc"] {
        let client = Client::new(&stack("/proxy")).token(move || Some(token.into()));
        let error = client.accounts().get_current_member().await.expect_err(token);
        assert_eq!(error.code(), ErrorCode::InvalidConfiguration);
        assert!(!error.message().contains("abc"));
    }
}

#[wasm_bindgen_test]
async fn a_caller_without_a_token_and_one_with_a_bad_one() {
    let visitor = Client::new(&stack("/proxy"));
    let denied = visitor.accounts().get_current_member().await.expect_err("a visitor has no account");
    assert!(matches!(denied.status(), Some(401 | 403)), "{denied}");
    let forged = Client::new(&stack("/proxy")).token(|| Some("not.a.token".into()));
    let error = forged.accounts().get_current_member().await.expect_err("a forged token");
    assert_eq!((error.code(), error.status()), (ErrorCode::Unauthenticated, Some(401)));
    let split = Client::new(&stack("/proxy")).token(|| Some("two\nlines".into()));
    let error = split.accounts().get_current_member().await.expect_err("no header value");
    assert_eq!(error.code(), ErrorCode::InvalidConfiguration);
}

#[wasm_bindgen_test]
async fn c03_any_reason_aborts() {
    for (reason, early) in
        [(JsValue::from_str("a string"), true), (JsValue::from_str("a string"), false), (5.into(), false)]
    {
        let controller = AbortController::new().expect("there is one");
        if early {
            controller.abort_with_reason(&reason);
        } else {
            // `fetch` aborts by itself once it is under way.
            let abort = Function::new_with_args(
                "controller, reason",
                "setTimeout(() => controller.abort(reason), 5)",
            );
            abort.call2(&JsValue::NULL, &controller, &reason).expect("it can be called");
        }
        let hanging = Fetch::replaced_by("", "return new Promise(() => {})");
        let options = CallOptions { signal: Some(controller.signal()), ..CallOptions::default() };
        let error = member(0).with(options).accounts().get_current_member().await.expect_err("aborted");
        drop(hanging);
        assert_eq!(error.code(), ErrorCode::Cancelled);
        assert_eq!(error.cause(), Some(&reason));
    }
}

#[wasm_bindgen_test]
async fn c03_an_abort_while_the_body_is_read() {
    let body = "return { status: 200, headers: new Headers(), text: () => new Promise(() => {}) }";
    let stuck = Fetch::replaced_by("", body);
    let controller = AbortController::new().expect("there is one");
    let abort = Function::new_with_args("controller", "setTimeout(() => controller.abort('enough'), 5)");
    abort.call1(&JsValue::NULL, &controller).expect("it can be called");
    let options = CallOptions { signal: Some(controller.signal()), ..CallOptions::default() };
    let error = member(0).with(options).accounts().get_current_member().await.expect_err("aborted");
    drop(stuck);
    assert_eq!((error.code(), error.cause()), (ErrorCode::Cancelled, Some(&"enough".into())));
}

#[wasm_bindgen_test]
async fn c03_the_timeout_covers_fetch_and_body() {
    for body in [
        "return new Promise(() => {})",
        "return { status: 200, headers: new Headers(), text: () => new Promise(() => {}) }",
    ] {
        let hanging = Fetch::replaced_by("", body);
        let options = CallOptions { timeout_ms: Some(30), ..CallOptions::default() };
        let error = member(0).with(options).accounts().get_current_member().await.expect_err("too late");
        drop(hanging);
        assert_eq!(error.code(), ErrorCode::Timeout, "{body}");
    }
}

#[wasm_bindgen_test]
async fn c04_what_a_fetch_can_do() {
    for (body, code) in [
        ("throw 'a string'", ErrorCode::NetworkError),
        ("return Promise.reject(undefined)", ErrorCode::NetworkError),
        ("return { status: 200, headers: new Headers(), text: () => '<html>' }", ErrorCode::InvalidResponse),
        ("return { status: 200, headers: new Headers(), text: () => 'null' }", ErrorCode::InvalidResponse),
        (
            "return { status: 0, type: 'opaqueredirect', headers: {}, text: () => '' }",
            ErrorCode::InvalidResponse,
        ),
        ("return { status: 403, headers: {}, text: () => '' }", ErrorCode::PermissionDenied),
        ("return {}", ErrorCode::NetworkError),
    ] {
        let fetch = Fetch::replaced_by("", body);
        let options = CallOptions { timeout_ms: Some(2_000), ..CallOptions::default() };
        let error = member(0).with(options).accounts().get_current_member().await.expect_err(body);
        drop(fetch);
        assert_eq!(error.code(), code, "{body}: {error}");
    }
}

#[wasm_bindgen_test]
async fn c02_a_read_is_sent_again_and_a_write_with_the_same_key() {
    let script = "globalThis.sent ??= []; sent.push(request.headers.get('idempotency-key')); \
         return { status: 503, headers: new Headers(), text: () => '' }";
    let fetch = Fetch::replaced_by("request", script);
    let read = member(0).accounts().get_current_member().await.expect_err("unavailable");
    let earn = member(0).points().earn("daily-visit", None).await.expect_err("unavailable");
    drop(fetch);
    assert_eq!((read.code(), earn.code()), (ErrorCode::Unavailable, ErrorCode::Unavailable));
    let sent = js_sys::Array::from(&Reflect::get(&js_sys::global(), &"sent".into()).expect("what was sent"));
    let sent: Vec<_> = sent.iter().map(|key| key.as_string()).collect();
    let key = earn.idempotency_key().map(str::to_owned);
    assert!(key.is_some());
    assert_eq!(sent, [None, None, None, key.clone(), key.clone(), key]);
}

#[wasm_bindgen_test]
async fn values_and_errors_become_plain_javascript() {
    let account = member(4).accounts().get_current_member().await.expect("own account");
    let object = to_js(&account).expect("an object");
    let points = Reflect::get(&object, &"points".into()).expect("points");
    assert_eq!(
        Reflect::get(&points, &"balance".into()).expect("a balance").as_f64(),
        Some(account.points.balance as f64)
    );
    assert!(!points.is_instance_of::<js_sys::Map>());

    let error = member(4).points().earn("", None).await.expect_err("no action");
    let message = error.message().to_owned();
    let thrown = JsValue::from(error);
    assert!(thrown.is_instance_of::<js_sys::Error>());
    let text = |name: &str| Reflect::get(&thrown, &name.into()).expect(name).as_string();
    assert_eq!(text("name").as_deref(), Some("LoyaltyError"));
    assert_eq!(text("code").as_deref(), Some("INVALID_ARGUMENT"));
    assert_eq!(text("message"), Some(message));
    let violations = Reflect::get(&thrown, &"violations".into()).expect("violations");
    assert_eq!(js_sys::Array::from(&violations).length(), 1);
}

#[wasm_bindgen_test]
async fn two_calls_in_flight_do_not_disturb_each_other() {
    let (one, two) = (member(0), member(1));
    let both = js_sys::Promise::all(&js_sys::Array::of2(
        &wasm_bindgen_futures::future_to_promise(async move {
            Ok(JsValue::from_str(one.accounts().get_current_member().await?.id.as_str()))
        }),
        &wasm_bindgen_futures::future_to_promise(async move {
            Ok(JsValue::from_str(two.accounts().get_current_member().await?.id.as_str()))
        }),
    ));
    let ids = js_sys::Array::from(&wasm_bindgen_futures::JsFuture::from(both).await.expect("both"));
    assert_eq!(ids.get(0).as_string().as_deref(), Some(account_id(0).as_str()));
    assert_eq!(ids.get(1).as_string().as_deref(), Some(account_id(1).as_str()));
}

fn ready(pointer: &str) -> Guid {
    Guid::parse(&stack(pointer)).expect("a GUID")
}

#[wasm_bindgen_test]
async fn tiers_rewards_and_the_program_are_read() {
    let admin = client("/admin/token");
    let tiers = admin.tiers().list().await.expect("tiers");
    assert_eq!(tiers.len(), 3);
    assert_eq!(admin.tiers().get(&tiers[0].id).await.expect("a tier"), tiers[0]);
    assert_eq!(admin.tiers().program().await.expect("the tiers' program").tiers, tiers);
    let unknown = Guid::parse(UNKNOWN).expect("a GUID");
    assert_eq!(admin.tiers().get(&unknown).await.expect_err("none").code(), ErrorCode::NotFound);
    let page = CursorPaging { limit: Some(2), cursor: None };
    assert_eq!(admin.rewards().list(Some(page)).await.expect("rewards").rewards.len(), 2);
    let reward = admin.rewards().get(&ready("/rewards/0")).await.expect("a reward");
    assert_eq!(reward.active, Some(true));
    let filter = Some(RawFilter(json!({ "id": reward.id })));
    let query = CursorQuery { filter, ..CursorQuery::default() };
    assert_eq!(admin.rewards().query(query).await.expect("rewards").rewards, [reward]);
    assert!(admin.programs().get().await.expect("the program").name.is_some());
}

#[wasm_bindgen_test]
async fn l08_redeeming_makes_a_coupon_and_moves_the_points_when_it_is_active() {
    let (admin, member) = (client("/admin/token"), member(3));
    let id = account_id(3);
    let set =
        AdjustPointsRequest { account_id: id.clone(), balance: Some(400), ..AdjustPointsRequest::default() };
    admin.accounts().adjust_points(&set).await.expect("400 points");
    let reward = ready("/rewards/0");
    let pending = member.coupons().redeem_current_member(&reward).await.expect("a coupon");
    assert_eq!(pending.status, CouponStatus::Pending);
    let mut coupon = pending.clone();
    let until = js_sys::Date::now() + 1_000.0;
    while coupon.status == CouponStatus::Pending && js_sys::Date::now() < until {
        let mine = member.coupons().current_member().await.expect("own coupons");
        coupon = mine.into_iter().find(|coupon| coupon.id == pending.id).expect("the coupon");
    }
    assert_eq!(coupon.status, CouponStatus::Active);
    let paid = member.transactions().get(&coupon.transaction_id.clone().expect("paid")).await.expect("own");
    assert_eq!(paid.transaction_type, TransactionType::Redeem);
    let after = admin.accounts().get(&id).await.expect("the account");
    assert_eq!(after.points.balance, 400 + paid.amount);
    let query = CursorQuery { filter: Some(RawFilter(json!({ "accountId": id }))), ..CursorQuery::default() };
    let found = admin.coupons().query(query).await.expect("coupons").loyalty_coupons;
    assert!(found.contains(&coupon));
    let unknown = Guid::parse(UNKNOWN).expect("a GUID");
    let none = admin.coupons().redeem(&unknown, &id).await.expect_err("no such reward");
    assert_eq!(none.code(), ErrorCode::NotFound);
}

#[wasm_bindgen_test]
async fn l08_points_redeem_waits_for_the_coupon() {
    let (admin, member) = (client("/admin/token"), member(4));
    let id = account_id(4);
    let set =
        AdjustPointsRequest { account_id: id.clone(), balance: Some(400), ..AdjustPointsRequest::default() };
    admin.accounts().adjust_points(&set).await.expect("400 points");
    let coupon = member.points().redeem(&ready("/rewards/0")).await.expect("a coupon");
    assert_eq!(coupon.status, CouponStatus::Active);
    let paid = member.transactions().get(&coupon.transaction_id.expect("paid")).await.expect("own");
    assert_eq!(admin.accounts().get(&id).await.expect("the account").points.balance, 400 + paid.amount);
    let none = member.points().redeem(&Guid::parse(UNKNOWN).expect("a GUID")).await.expect_err("no reward");
    assert_eq!(none.code(), ErrorCode::NotFound);
    let hasty = CallOptions { timeout_ms: Some(5_000), ..CallOptions::default() };
    let poor = AdjustPointsRequest { account_id: id, balance: Some(0), ..AdjustPointsRequest::default() };
    admin.accounts().adjust_points(&poor).await.expect("no points");
    let refused = member.with(hasty).points().redeem(&ready("/rewards/0")).await.expect_err("no points");
    assert_eq!(refused.code(), ErrorCode::InsufficientPoints);
}

#[wasm_bindgen_test]
async fn builders_find_page_after_page() {
    let admin = client("/admin/token");
    let whole = CursorQuery {
        cursor_paging: Some(CursorPaging { limit: Some(100), cursor: None }),
        ..CursorQuery::default()
    };
    let mut expected = admin.coupons().query(whole).await.expect("coupons").loyalty_coupons;
    expected.retain(|coupon| matches!(coupon.status, CouponStatus::Active | CouponStatus::Applied));
    expected.sort_by_key(|coupon| (coupon.created_date, coupon.id.as_str().to_owned()));
    assert!(expected.len() > 4, "the fixtures have coupons");
    let coupons = admin.coupons().find().is_in("status", ["ACTIVE", "APPLIED"]).ascending("createdDate");
    let first = coupons.clone().limit(2).find().await.expect("a page");
    let mut found = first.items.clone();
    let mut page = first.next().await.expect("a page").expect("the second");
    let back = page.prev().await.expect("a page").expect("the first");
    assert_eq!(back.items, first.items);
    assert!(first.prev().await.expect("no call").is_none(), "nothing is in front of the first");
    loop {
        found.extend(page.items.iter().cloned());
        let Some(next) = page.next().await.expect("a page") else { break };
        page = next;
    }
    assert_eq!(found, expected);
    let (one, last) = (&expected[0], &expected[expected.len() - 1]);
    let own = coupons.clone().eq("accountId", one.account_id.as_str()).find().await.expect("a page");
    assert!(own.items.contains(one) && own.items.iter().all(|coupon| coupon.account_id == one.account_id));
    let newest = coupons.descending("id").find().await.expect_err("no sort of coupons");
    assert_eq!(newest.code(), ErrorCode::InvalidArgument);
    let late =
        admin.coupons().find().eq("id", last.id.as_str()).find().await.expect_err("no field of theirs");
    assert_eq!(late.code(), ErrorCode::InvalidArgument);

    let id = account_id(2);
    let rich = admin.accounts().find().eq("id", id.as_str()).ge("points.balance", 0).find().await;
    assert_eq!(rich.expect("a page").items[0].id, id);
    let earned =
        admin.transactions().find().eq("accountId", id.as_str()).gt("amount", 0).descending("amount");
    let earned = earned.limit(3).find().await.expect("a page").items;
    assert!(!earned.is_empty() && earned.windows(2).all(|pair| pair[0].amount >= pair[1].amount));
    let free = admin.rewards().find().starts_with("name", "free").find().await.expect("a page").items;
    assert_eq!(free.len(), 1);
}

#[wasm_bindgen_test]
async fn staff_finds_accounts_in_every_way() {
    let admin = client("/admin/token");
    let account = admin.accounts().get(&account_id(2)).await.expect("an account");
    let same = admin.accounts().get_by_contact(account.contact_id.as_str()).await.expect("by contact");
    assert_eq!(same.id, account.id);
    let member_id = account.member_id.clone().expect("a member");
    assert_eq!(admin.accounts().get_by_member(member_id.as_str()).await.expect("by member").id, account.id);
    let totals = admin.accounts().program_totals().await.expect("totals");
    let all = admin.accounts().count(&CountAccountsRequest::default()).await.expect("a count");
    assert_eq!(totals.tier_totals.iter().map(|tier| tier.number_of_accounts).sum::<i64>(), all);
    let filter = || Some(RawFilter(json!({ "contact.id": account.contact_id })));
    let search = CursorSearch { filter: filter(), ..CursorSearch::default() };
    assert_eq!(admin.accounts().search(search).await.expect("a page").accounts.len(), 1);
    let query =
        CursorQuery { filter: Some(RawFilter(json!({ "id": account.id }))), ..CursorQuery::default() };
    assert_eq!(admin.accounts().query(query).await.expect("a page").loyalty_accounts.len(), 1);
    let list = ListAccountsRequest {
        contact_ids: Some(vec![account.contact_id.clone()]),
        ..ListAccountsRequest::default()
    };
    assert_eq!(admin.accounts().list(&list).await.expect("a page").accounts.len(), 1);
    let twice = admin.accounts().create(&account.contact_id).await.expect_err("it has one");
    assert_eq!(twice.code(), ErrorCode::AlreadyExists);
}
