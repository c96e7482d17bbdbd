//! Redeeming: L5, L7, L8.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_sandbox::Request;
use serde_json::{Value, json};
use support::{ACCOUNTS, COUPONS, MAKING_MS, PROGRAM, REWARDS, Service, TIERS, code, read};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
/// What the fixtures' first reward, of a fixed amount, costs in the base tier.
const COST: i64 = 100;

fn balance(service: &mut Service, account: &str) -> i64 {
    service.account(account)["points"]["balance"].as_i64().unwrap()
}

#[test]
fn l08_a_coupon_is_pending_and_then_active_and_only_then_do_points_move() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(250), service.ready_id("rewards", 0));
    let before = service.account(&account);
    let (status, made) = service.redeem(&account, &reward);
    assert_eq!(status, 200, "{made}");
    let pending = &made["coupon"];
    assert_eq!((&pending["status"], &pending["revision"]), (&json!("PENDING"), &json!("1")));
    assert_eq!(
        (&pending["accountId"], &pending["rewardName"]),
        (&json!(account), &json!("5 off a purchase"))
    );
    assert!(pending.get("transactionId").is_none(), "{pending}");
    assert_eq!(service.account(&account), before, "no points have moved");
    assert!(service.transactions(&account, "REDEEM").is_empty());

    service.now += MAKING_MS;
    let active = service.coupon(pending["id"].as_str().unwrap());
    assert_eq!((&active["status"], &active["revision"]), (&json!("ACTIVE"), &json!("2")));
    assert_eq!(active["refundable"], false, "no checkout made it");
    let after = service.account(&account);
    assert_eq!((&after["points"]["balance"], &after["points"]["redeemed"]), (&json!(150), &json!(100)));
    assert_eq!((&before["revision"], &after["revision"]), (&json!("2"), &json!("3")));
    let paid = service.transactions(&account, "REDEEM").pop().unwrap();
    assert_eq!((&paid["id"], &paid["amount"]), (&active["transactionId"], &json!(-COST)));
    let info = json!({"rewardId": reward, "rewardType": "COUPON_REWARD", "referenceEntityId": active["id"]});
    assert_eq!(paid["redeemInfo"], info);
    let reference = &active["couponReference"];
    assert_eq!(reference, &pending["couponReference"], "the shop's coupon is made first");
    assert!(reference["code"].as_str().is_some_and(|code| code.len() <= 20), "{reference}");
    assert_eq!(reference["specification"]["moneyOffAmount"], 5.0);
    assert_eq!(reference["specification"]["minimumSubtotal"], 20.0);
    assert_eq!(reference["specification"]["type"], "MONEY_OFF_AMOUNT");
}

#[test]
fn l08_the_shell_is_told_when_to_come_back_and_a_tick_settles() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(COST), service.ready_id("rewards", 0));
    let request = Request::new("POST", COUPONS);
    let request = service.as_app(request.json(&json!({"rewardId": reward, "loyaltyAccountId": account})));
    let wake = service.send(&request).effects.wake_ms.unwrap();
    assert!(wake > 0 && i64::from(wake) < MAKING_MS, "{wake}");
    let due = service.now + i64::from(wake);
    assert_eq!(service.sandbox.tick(due - 1), Some(1), "one millisecond early");
    assert_eq!(service.sandbox.tick(due), None);
    assert_eq!(service.transactions(&account, "REDEEM").len(), 1);
}

#[test]
fn l08_each_kind_of_reward_makes_its_kind_of_coupon() {
    let mut service = Service::new("{}");
    for (at, cost, kind, worth) in [
        (0, 100, "MONEY_OFF_AMOUNT", json!({"moneyOffAmount": 5.0})),
        (1, 200, "PERCENT_OFF_RATE", json!({"percentOffRate": 10.0})),
        (2, 160, "FREE_SHIPPING", json!({"freeShipping": true})),
        (3, 240, "MONEY_OFF_AMOUNT", json!({"moneyOffAmount": 12.5})),
    ] {
        let (account, reward) = (service.account_with(299), service.ready_id("rewards", at));
        let (_, made) = service.redeem(&account, &reward);
        service.now += MAKING_MS;
        let coupon = service.coupon(made["coupon"]["id"].as_str().unwrap());
        let specification = &coupon["couponReference"]["specification"];
        assert_eq!(specification["type"], kind);
        for (field, value) in worth.as_object().unwrap() {
            assert_eq!(&specification[field], value, "{field}");
        }
        assert_eq!(balance(&mut service, &account), 299 - cost, "{kind}");
    }
}

#[test]
fn l08_a_failed_coupon_leaves_the_points() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(250), service.ready_id("rewards", 0));
    let before = service.account(&account);
    service.control("POST", "coupons", &json!({"outcome": "FAILED"}));
    let (_, made) = service.redeem(&account, &reward);
    service.now += MAKING_MS;
    let failed = service.coupon(made["coupon"]["id"].as_str().unwrap());
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(
        failed["couponReference"]["deleted"], false,
        "the shop's coupon was made, and is worth nothing"
    );
    assert!(failed.get("transactionId").is_none(), "{failed}");
    assert_eq!(service.account(&account), before);
    // The points are free again.
    service.control("POST", "coupons", &json!({"outcome": "ACTIVE"}));
    assert_eq!(service.redeem(&account, &reward).0, 200);
    assert_eq!(service.redeem(&account, &reward).0, 200);
    // One in the making can be told to fail, too.
    let all = service.control("GET", "coupons", &Value::Null);
    let pending: Vec<&str> = all["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|coupon| coupon["status"] == "PENDING")
        .map(|coupon| coupon["id"].as_str().unwrap())
        .collect();
    assert_eq!(pending.len(), 2);
    service.control("POST", &format!("coupons/{}/fail", pending[0]), &Value::Null);
    service.now += MAKING_MS;
    assert_eq!(balance(&mut service, &account), 150);
    let (status, late) = service.try_control("POST", &format!("coupons/{}/fail", pending[0]), &Value::Null);
    assert_eq!((status, code(&late)), (428, "FAILED_PRECONDITION"));
}

#[test]
fn l08_what_staff_does_meanwhile_comes_first() {
    let mut service = Service::new("{}");
    let reward = service.ready_id("rewards", 0);
    let account = service.account_with(COST);
    let (_, made) = service.redeem(&account, &reward);
    assert_eq!(service.adjust(&account, &json!({"amount": -1})).0, 200);
    service.now += MAKING_MS;
    assert_eq!(service.coupon(made["coupon"]["id"].as_str().unwrap())["status"], "FAILED");
    assert_eq!(balance(&mut service, &account), COST - 1);
    let account = service.account_with(COST);
    let (_, made) = service.redeem(&account, &reward);
    service.done("POST", &format!("{PROGRAM}/pause"), &json!({}));
    service.now += MAKING_MS;
    assert_eq!(service.coupon(made["coupon"]["id"].as_str().unwrap())["status"], "FAILED");
}

#[test]
fn l08_a_refund_comes_once() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(COST), service.ready_id("rewards", 0));
    let (_, made) = service.redeem(&account, &reward);
    let order = format!("coupons/{}/refund", made["coupon"]["id"].as_str().unwrap());
    let (status, early) = service.try_control("POST", &order, &Value::Null);
    assert_eq!((status, code(&early)), (428, "FAILED_PRECONDITION"), "nothing was paid yet");
    service.now += MAKING_MS;
    let refunded = service.control("POST", &order, &Value::Null);
    assert_eq!(
        (&refunded["coupon"]["status"], &refunded["coupon"]["couponReference"]["deleted"]),
        (&json!("ARCHIVED"), &json!(true))
    );
    let (status, again) = service.try_control("POST", &order, &Value::Null);
    assert_eq!((status, code(&again)), (428, "FAILED_PRECONDITION"));
    let row = service.account(&account);
    assert_eq!((&row["points"]["balance"], &row["points"]["redeemed"]), (&json!(COST), &json!(0)));
    let refunds = service.transactions(&account, "REFUND");
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0]["refundInfo"]["refundedTransactionId"], refunded["coupon"]["transactionId"]);
    // A coupon that was used can't be given back.
    let (_, made) = service.redeem(&account, &reward);
    service.now += MAKING_MS;
    let id = made["coupon"]["id"].as_str().unwrap().to_owned();
    service.control("POST", &format!("coupons/{id}/apply"), &Value::Null);
    assert_eq!(service.try_control("POST", &format!("coupons/{id}/refund"), &Value::Null).0, 428);
    assert_eq!(balance(&mut service, &account), 0);
}

#[test]
fn l05_of_two_devices_that_redeem_the_last_points_one_succeeds() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(COST + 50), service.ready_id("rewards", 0));
    let answers: Vec<_> = (0..5).map(|_| service.redeem(&account, &reward)).collect();
    assert_eq!(answers[0].0, 200);
    for (status, answer) in &answers[1..] {
        assert_eq!((*status, code(answer)), (428, "INSUFFICIENT_POINTS"));
    }
    service.now += MAKING_MS;
    assert_eq!(balance(&mut service, &account), 50);
    assert_eq!(service.redeem(&account, &reward).0, 428);
    assert_eq!(service.transactions(&account, "REDEEM").len(), 1);
}

#[test]
fn l07_what_can_not_be_redeemed() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(299), service.ready_id("rewards", 0));
    let gold = service.account_with(1_000);
    let all = service.done("GET", REWARDS, &Value::Null);
    let inactive =
        all["rewards"].as_array().unwrap().iter().find(|reward| reward["active"] == false).unwrap();
    let inactive = inactive["id"].as_str().unwrap().to_owned();
    let gone = service.ready_id("rewards", 3);
    service.done("DELETE", &format!("{REWARDS}/{gone}?revision=1"), &Value::Null);
    let config = json!({"amount": "1", "costInPoints": 5});
    let new = json!({"name": "Mug", "active": true, "discountAmount": {"configsByTier": [config]}});
    let made = service.done("POST", REWARDS, &json!({ "reward": new }));
    let base_only = made["reward"]["id"].as_str().unwrap().to_owned();
    let before = service.ledger();
    for (account, reward, expected) in [
        (account.as_str(), NOBODY, (404, "NOT_FOUND")),
        (account.as_str(), gone.as_str(), (404, "NOT_FOUND")),
        (account.as_str(), inactive.as_str(), (428, "FAILED_PRECONDITION")),
        (gold.as_str(), base_only.as_str(), (428, "FAILED_PRECONDITION")),
        (NOBODY, reward.as_str(), (404, "NOT_FOUND")),
    ] {
        let (status, answer) = service.redeem(account, reward);
        assert_eq!((status, code(&answer)), expected, "{answer}");
    }
    let poor = service.account_with(COST - 1);
    let (status, answer) = service.redeem(&poor, &reward);
    assert_eq!((status, code(&answer)), (428, "INSUFFICIENT_POINTS"));
    assert_eq!(service.ledger()["coupons"], before["coupons"]);
    service.done("POST", &format!("{PROGRAM}/pause"), &json!({}));
    let (status, answer) = service.redeem(&account, &reward);
    assert_eq!((status, code(&answer)), (428, "PROGRAM_NOT_ACTIVE"));
}

#[test]
fn l07_the_members_own_methods_need_a_member_with_an_account() {
    let mut service = Service::new("{}");
    let reward = service.ready_id("rewards", 0);
    let path = format!("{COUPONS}/redeem-my-coupon");
    let redeem = |service: &mut Service, token: &str| {
        let request = Request::new("POST", &path).header("Authorization", token);
        read(&service.send(&request.json(&json!({ "rewardId": reward }))))
    };
    let (member, id) = (service.member(0, "token"), service.member(0, "accountId"));
    service.earn(&id, 300, "top-up");
    let had = service.get_with_token(&format!("{COUPONS}/my-coupons"), &member).1;
    let (status, made) = redeem(&mut service, &member);
    assert_eq!((status, &made["coupon"]["accountId"]), (200, &json!(id)));
    let mine = service.get_with_token(&format!("{COUPONS}/my-coupons"), &member).1;
    assert_eq!(mine["loyaltyCoupons"][0]["id"], made["coupon"]["id"], "the newest first");
    let count = |answer: &Value| answer["loyaltyCoupons"].as_array().unwrap().len();
    assert_eq!(count(&mine), count(&had) + 1);
    // A contact who can sign in but has no account.
    let contact = service.control("POST", "contacts", &json!({}));
    let token = contact["contact"]["token"].as_str().unwrap().to_owned();
    let (status, answer) = redeem(&mut service, &token);
    assert_eq!((status, code(&answer)), (404, "NOT_FOUND"));
    assert_eq!(service.get_with_token(&format!("{COUPONS}/my-coupons"), &token).0, 404);
    // Not a member at all.
    let visitor =
        Request::new("POST", "/oauth2/token").json(&json!({"clientId": "any", "grantType": "anonymous"}));
    let (_, tokens) = read(&service.send(&visitor));
    let (status, answer) = redeem(&mut service, tokens["access_token"].as_str().unwrap());
    assert_eq!((status, code(&answer)), (403, "PERMISSION_DENIED"));
    assert_eq!(service.post(&path, &json!({ "rewardId": reward })).0, 404, "an API key is no member");
    // Nor may a member redeem for somebody else, or make what is redeemed.
    let others = service.member(1, "accountId");
    for (method, path, body) in [
        ("POST", COUPONS.to_owned(), json!({"rewardId": reward, "loyaltyAccountId": others})),
        ("POST", REWARDS.to_owned(), json!({"reward": {"name": "x"}})),
        ("DELETE", format!("{TIERS}/{NOBODY}?revision=1"), Value::Null),
        ("POST", format!("{ACCOUNTS}/{id}/earn-points"), json!({})),
    ] {
        let request = Request::new(method, &path).header("Authorization", &member).json(&body);
        assert_eq!(service.send(&request).status, 403, "{method} {path}");
    }
}

#[test]
fn a_deleted_coupon_is_gone_and_its_points_stay_redeemed() {
    let mut service = Service::new("{}");
    let (account, reward) = (service.account_with(COST), service.ready_id("rewards", 0));
    let (_, made) = service.redeem(&account, &reward);
    service.now += MAKING_MS;
    let path = format!("{COUPONS}/{}", made["coupon"]["id"].as_str().unwrap());
    let (status, stale) = service.call("DELETE", &format!("{path}?revision=1"), &Value::Null);
    assert_eq!((status, code(&stale)), (409, "ABORTED"));
    assert_eq!(service.call("DELETE", &path, &Value::Null).0, 400, "the revision is required");
    assert_eq!(service.done("DELETE", &format!("{path}?revision=2"), &Value::Null), json!({}));
    assert_eq!(service.call("GET", &path, &Value::Null).0, 404);
    assert_eq!(balance(&mut service, &account), 0);
    let query = json!({"query": {"filter": {"accountId": account}}});
    let found = service.done("POST", &format!("{COUPONS}/query"), &query);
    assert_eq!(found, json!({"loyaltyCoupons": [], "metadata": {"count": 0, "cursors": {}}}));
}
