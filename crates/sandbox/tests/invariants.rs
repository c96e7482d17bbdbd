//! L1: what holds after every step of any sequence.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ACCOUNTS, Service};

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Earn { account: usize, amount: i64, key: u8 },
    SetBalance { account: usize, balance: i64, revision: Revision },
    ChangeBalance { account: usize, amount: i64, revision: Revision },
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
        1 => prop_oneof![Just("ACTIVE"), Just("PAUSED"), Just("DRAFT")].prop_map(Step::Program),
        1 => (0..100_000_000_i64).prop_map(Step::Advance),
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

/// One call more or less: exactly one account is one revision ahead, or nothing is different at all.
fn check_revisions(before: &Value, after: &Value, status: u16) {
    if status != 200 {
        assert_eq!(before, after, "a refused call changes nothing");
        return;
    }
    let revisions = |ledger: &Value| -> Vec<i64> {
        let accounts = ledger["accounts"].as_array().unwrap();
        accounts.iter().map(|account| account["revision"].as_str().unwrap().parse().unwrap()).collect()
    };
    let (mut old, new) = (revisions(before), revisions(after));
    // A new account begins at 1, as if one without a revision had been changed.
    old.resize(new.len(), 0);
    let changes: i64 = old.iter().zip(&new).map(|(old, new)| new - old).sum();
    assert_eq!(changes, 1);
    assert!(old.iter().zip(&new).all(|(old, new)| new >= old));
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
                check_revisions(&before, &after, status);
            }
            before = after;
        }
    }
}
