//! L1: what holds after every step of any sequence.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::HashMap;

use loyalty_contract::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ACCOUNTS, PROGRAM, Service, TIERS};

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Earn {
        account: usize,
        amount: i64,
        key: u8,
    },
    SetBalance {
        account: usize,
        balance: i64,
        revision: Revision,
    },
    ChangeBalance {
        account: usize,
        amount: i64,
        revision: Revision,
    },
    Redeem {
        account: usize,
        reward: usize,
    },
    /// The shop's orders for one of the coupons.
    Coupon {
        coupon: usize,
        order: &'static str,
    },
    /// Makes the coupons in the making.
    Wait,
    Expiry {
        on: bool,
        months: i64,
        percent: i64,
    },
    Window {
        months: i64,
    },
    Program(&'static str),
    Advance(i64),
}

#[derive(Debug, Clone, Copy)]
enum Revision {
    None,
    Current,
    Stale,
}

fn step() -> impl Strategy<Value = Step> {
    let account = 0..8_usize;
    let revision = prop_oneof![Just(Revision::None), Just(Revision::Current), Just(Revision::Stale)];
    // Amounts at the limits on purpose, and beyond them.
    let amount = prop_oneof![-200..200_i64, Just(9_999_999), Just(-9_999_999), Just(10_000_000)];
    let balance = prop_oneof![-1..500_i64, Just(999_999_999), Just(1_000_000_000)];
    prop_oneof![
        2 => (0..12_usize).prop_map(Step::Create),
        6 => (account.clone(), amount.clone(), any::<u8>())
            .prop_map(|(account, amount, key)| Step::Earn { account, amount, key: key % 16 }),
        3 => (account.clone(), balance, revision.clone())
            .prop_map(|(account, balance, revision)| Step::SetBalance { account, balance, revision }),
        3 => (account, amount, revision)
            .prop_map(|(account, amount, revision)| Step::ChangeBalance { account, amount, revision }),
        6 => (0..8_usize, 0..6_usize).prop_map(|(account, reward)| Step::Redeem { account, reward }),
        3 => (any::<usize>(), prop_oneof![Just("refund"), Just("apply"), Just("fail"), Just("settle")])
            .prop_map(|(coupon, order)| Step::Coupon { coupon, order }),
        3 => Just(Step::Wait),
        1 => (any::<bool>(), 1..4_i64, 1..=100_i64)
            .prop_map(|(on, months, percent)| Step::Expiry { on, months, percent }),
        1 => (1..=36_i64).prop_map(|months| Step::Window { months }),
        1 => prop_oneof![3 => Just("ACTIVE"), 1 => Just("PAUSED"), 1 => Just("DRAFT")]
            .prop_map(Step::Program),
        2 => prop_oneof![0..100_000_000_i64, -10_000_000_000..20_000_000_000_i64].prop_map(Step::Advance),
    ]
}

fn nth<'a>(ledger: &'a Value, list: &str, at: usize) -> &'a Value {
    let items = ledger[list].as_array().unwrap();
    &items[at % items.len()]
}

/// Takes a step. `Some` with the status, where the step was a call that changes points or accounts.
fn take(service: &mut Service, ledger: &Value, step: &Step) -> Option<u16> {
    let target = |at: usize| {
        let account = nth(ledger, "accounts", at);
        (account["id"].as_str().unwrap().to_owned(), account["revision"].as_str().unwrap().to_owned())
    };
    let with_revision = |mut body: Value, revision: Revision, current: &str| {
        match revision {
            Revision::None => {}
            Revision::Current => body["revision"] = json!(current),
            Revision::Stale => body["revision"] = json!((current.parse::<u64>().unwrap() + 1).to_string()),
        }
        body
    };
    let status = match step {
        Step::Create(at) => {
            let contact = nth(ledger, "contacts", *at)["contactId"].clone();
            service.post(ACCOUNTS, &json!({ "contactId": contact })).0
        }
        Step::Earn { account, amount, key } => {
            service.earn(&target(*account).0, *amount, &format!("key-{key}")).0
        }
        Step::SetBalance { account, balance, revision } => {
            let (id, current) = target(*account);
            service.adjust(&id, &with_revision(json!({ "balance": balance }), *revision, &current)).0
        }
        Step::ChangeBalance { account, amount, revision } => {
            let (id, current) = target(*account);
            service.adjust(&id, &with_revision(json!({ "amount": amount }), *revision, &current)).0
        }
        Step::Redeem { account, reward } => {
            let reward = nth(ledger, "rewards", *reward)["id"].as_str().unwrap().to_owned();
            service.redeem(&target(*account).0, &reward).0
        }
        Step::Coupon { coupon, order } => {
            if ledger["coupons"].as_array().unwrap().is_empty() {
                return None;
            }
            let id = nth(ledger, "coupons", *coupon)["id"].as_str().unwrap().to_owned();
            service.try_control("POST", &format!("coupons/{id}/{order}"), &Value::Null).0
        }
        Step::Wait => {
            service.now += support::MAKING_MS;
            return None;
        }
        Step::Expiry { on, months, percent } => {
            let terms = json!({"monthsOfInactivity": months, "expiringPointsPercentage": percent});
            service.done("PATCH", PROGRAM, &json!({"loyaltyProgram": {"pointsExpiration": terms}}));
            let order = if *on { "enable" } else { "disable" };
            service.done("POST", &format!("{PROGRAM}/points-expiration/{order}"), &json!({}));
            return None;
        }
        Step::Window { months } => {
            let revision = ledger["programSettings"]["revision"].clone();
            let settings = json!({
                "rollingWindow": {"durationInMonths": months}, "status": "ACTIVE", "revision": revision,
            });
            service.done(
                "PATCH",
                &format!("{TIERS}/program-settings"),
                &json!({"programSettings": settings}),
            );
            return None;
        }
        Step::Program(status) => {
            service.control("POST", "program", &json!({ "status": status }));
            return None;
        }
        Step::Advance(by) => {
            service.control("POST", "clock", &json!({ "advanceMs": by }));
            return None;
        }
    };
    Some(status)
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn check_sums(service: &mut Service, ledger: &Value) {
    let mut sums: HashMap<&str, i64> = HashMap::new();
    for transaction in ledger["transactions"].as_array().unwrap() {
        *sums.entry(transaction["accountId"].as_str().unwrap()).or_default() +=
            number(&transaction["amount"]);
    }
    let mut totals: HashMap<&str, i64> = HashMap::new();
    let accounts = ledger["accounts"].as_array().unwrap();
    for account in accounts {
        let points = &account["points"];
        let balance = number(&points["balance"]);
        let identity = number(&points["earned"]) + number(&points["adjusted"])
            - number(&points["redeemed"])
            - number(&points["expired"]);
        assert!((0..=999_999_999).contains(&balance), "{account}");
        assert_eq!(balance, identity, "{account}");
        assert_eq!(
            balance,
            sums.get(account["id"].as_str().unwrap()).copied().unwrap_or_default(),
            "{account}"
        );
        for name in ["balance", "earned", "adjusted", "redeemed", "expired"] {
            *totals.entry(name).or_default() += number(&points[name]);
        }
    }
    let (status, told) = service.get(&format!("{ACCOUNTS}/program-totals"));
    assert_eq!(status, 200);
    for (name, total) in totals {
        assert_eq!(number(&told["points"][name]), total, "{name}");
    }
    let tiers = told["tierTotals"].as_array().unwrap();
    let in_tiers: i64 = tiers.iter().map(|tier| number(&tier["numberOfAccounts"])).sum();
    assert_eq!(in_tiers, i64::try_from(accounts.len()).unwrap());
}

/// Every change of an account is one transaction and one revision, and a refused call changes nothing.
fn check_revisions(before: &Value, after: &Value, status: Option<u16>) {
    if status.is_some_and(|status| status != 200) {
        assert_eq!(before, after, "a refused call changes nothing");
    }
    let mut changes: HashMap<&str, u64> = HashMap::new();
    for transaction in after["transactions"].as_array().unwrap() {
        *changes.entry(transaction["accountId"].as_str().unwrap()).or_default() += 1;
    }
    for account in after["accounts"].as_array().unwrap() {
        let revision: u64 = account["revision"].as_str().unwrap().parse().unwrap();
        let changed = changes.get(account["id"].as_str().unwrap()).copied().unwrap_or_default();
        assert_eq!(revision, 1 + changed, "{account}");
    }
}

/// Tiers, said once more from the transactions alone.
fn check_tiers(service: &mut Service, ledger: &Value) {
    let clock = service.control("GET", "clock", &Value::Null);
    let date = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    let months = number(&ledger["programSettings"]["rollingWindow"]["durationInMonths"]);
    let edge = date(&clock["now"]).plus_months(-months);
    let mut counted: HashMap<&str, i64> = HashMap::new();
    for row in ledger["transactions"].as_array().unwrap() {
        let counts = matches!(row["transactionType"].as_str().unwrap(), "EARN" | "ADJUST");
        if counts && date(&row["createdDate"]) > edge {
            *counted.entry(row["accountId"].as_str().unwrap()).or_default() += number(&row["amount"]);
        }
    }
    let tiers = ledger["tiers"].as_array().unwrap();
    let mut members: HashMap<Value, i64> = HashMap::new();
    for account in ledger["accounts"].as_array().unwrap() {
        let points = counted.get(account["id"].as_str().unwrap()).copied().unwrap_or_default();
        let reached = tiers.iter().rfind(|tier| number(&tier["requiredPoints"]) <= points);
        let tier = reached.map_or(Value::Null, |tier| tier["id"].clone());
        assert_eq!(
            (&account["tier"]["id"], number(&account["tier"]["points"])),
            (&tier, points),
            "{account}"
        );
        let available = ledger["rewards"].as_array().unwrap().iter().any(|reward| {
            reward["active"] == true
                && price(reward, &tier).is_some_and(|cost| cost <= number(&account["points"]["balance"]))
        });
        assert_eq!(account["rewardAvailable"], available, "{account}");
        *members.entry(tier).or_default() += 1;
    }
    let told = service.done("GET", &format!("{ACCOUNTS}/program-totals"), &Value::Null);
    for row in told["tierTotals"].as_array().unwrap() {
        let expected = members.get(&row["id"]).copied().unwrap_or_default();
        assert_eq!(number(&row["numberOfAccounts"]), expected, "{row}");
    }
}

fn price(reward: &Value, tier: &Value) -> Option<i64> {
    let coupon = &reward["couponReward"];
    let offers =
        [&reward["discountAmount"], &coupon["fixedAmount"], &coupon["percentage"], &coupon["freeShipping"]];
    let mut configs = offers.into_iter().filter_map(|offer| offer["configsByTier"].as_array()).flatten();
    configs.find(|config| config["tierId"] == *tier).map(|config| number(&config["costInPoints"]))
}

/// A coupon that was paid for has one redemption, and one whose points came back one refund.
fn check_coupons(ledger: &Value) {
    let rows = ledger["transactions"].as_array().unwrap();
    for coupon in ledger["coupons"].as_array().unwrap() {
        let paid: Vec<_> =
            rows.iter().filter(|row| row["redeemInfo"]["referenceEntityId"] == coupon["id"]).collect();
        let status = coupon["status"].as_str().unwrap();
        let expected = usize::from(!matches!(status, "PENDING" | "FAILED"));
        assert_eq!(paid.len(), expected, "{coupon}");
        let refunds = rows
            .iter()
            .filter(|row| paid.iter().any(|paid| row["refundInfo"]["refundedTransactionId"] == paid["id"]));
        assert_eq!(refunds.count(), usize::from(status == "ARCHIVED"), "{coupon}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn l01_sums_and_revisions_hold_after_every_step(
        seed in 0..1_000_u64,
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut service = Service::new(&json!({ "seed": seed, "accounts": 5 }).to_string());
        let mut before = service.ledger();
        check_sums(&mut service, &before);
        for step in &steps {
            let status = take(&mut service, &before, step);
            let after = service.ledger();
            check_sums(&mut service, &after);
            if let Some(status) = status {
                prop_assert!(matches!(status, 200 | 400 | 409 | 428), "{step:?}: {status}");
            }
            check_revisions(&before, &after, status);
            check_tiers(&mut service, &after);
            check_coupons(&after);
            before = after;
        }
    }
}
