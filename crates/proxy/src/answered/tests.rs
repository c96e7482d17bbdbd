//! The scan against the tree: whatever an answer is, both come to the same, or the scan leaves it to the tree.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that trips is a test that fails"
)]

use super::made_up::Maker;
use super::scan::scan;
use super::{Answered, Shown};
use crate::project;
use loyalty_contract::schema::{Record, Type};
use loyalty_contract::{ENDPOINTS, Operation, validate};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the tree says: the answer, where it keeps the record.
fn reference(record: &'static Record, text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value| validate::response(record, value).is_empty())
}

fn text_of(shown: Shown) -> String {
    match shown {
        Shown::AsItCame(text) | Shown::Made(text) => text,
    }
}

/// Holds the scan against the tree. Whether the scan did it alone.
fn holds(record: &'static Record, text: &str) -> bool {
    let expected = reference(record, text);
    let is_scanned = scan(record, text).is_some();
    let read = || Answered::read(record, text);
    let Some(expected) = expected else {
        assert!(read().is_none(), "{}: {text}", record.name);
        return false;
    };
    for is_customer in [true, false] {
        let narrowed = match is_customer {
            true => project::known(record, expected.clone()),
            false => project::harmless(expected.clone()),
        };
        let shown = read().unwrap().shown(record, is_customer);
        if let Shown::AsItCame(shown) = &shown {
            assert_eq!((shown.as_str(), &narrowed), (text, &expected), "{}", record.name);
        }
        let shown = text_of(shown);
        let back: Value =
            serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{error}: {text} => {shown}"));
        assert!(alike(&back, &narrowed), "{} {is_customer}: {text} => {shown}", record.name);
        assert_eq!(read().unwrap().seen(record, is_customer), narrowed, "{text}");
    }
    let answered = read().unwrap();
    looks(answered.look(), &expected);
    assert_eq!(answered.into_value(), expected, "{text}");
    is_scanned
}

/// Whether two values are the same but for the last bit of a number: one with a large exponent that was read and printed
/// by the tree is not always read again as what it was.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (Some(a), Some(b)) = (one.as_f64(), other.as_f64()) else { return one == other };
            one == other || (a - b).abs() <= a.abs() * 2.0 * f64::EPSILON
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same =
                |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| alike(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

#[test]
fn a_large_exponent_survives_the_tree_but_for_its_last_bit() {
    let id = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
    let coupon = format!(
        r#"{{"coupon":{{"id":"{id}","accountId":"{id}","transactionId":"{id}","status":"PENDING","revision":"42","x y":12e50}}}}"#
    );
    let known = ENDPOINTS.iter().filter(|endpoint| reference(endpoint.response, &coupon).is_some());
    assert!(known.inspect(|endpoint| assert!(!holds(endpoint.response, &coupon))).count() > 0);
    // Not equal by itself: without that this would show nothing.
    let read: Value = serde_json::from_str("12e50").unwrap();
    assert_ne!(serde_json::from_str::<Value>(&read.to_string()).unwrap(), read);
    assert!(!alike(&json!({"a": 1}), &json!({"a": 2})) && !alike(&json!([1]), &json!([1, 1])));
    assert!(!alike(&json!({"a": 1}), &json!({"b": 1})) && !alike(&json!("1"), &json!(1)));
}

/// Every look leads to what the tree has.
fn looks(look: super::Look<'_>, expected: &Value) {
    assert_eq!(look.text().as_deref(), expected.as_str());
    assert_eq!(look.value(), *expected);
    assert!(look.get("nowhere").is_none());
    match expected {
        Value::Object(map) => {
            for (name, value) in map {
                looks(look.get(name).unwrap_or_else(|| panic!("{name} in {expected}")), value);
            }
        }
        Value::Array(items) => {
            let found: Vec<_> = look.items().unwrap().collect();
            assert_eq!(found.len(), items.len());
            found.into_iter().zip(items).for_each(|(look, value)| looks(look, value));
        }
        _ => assert!(look.items().is_none()),
    }
}

fn answers(cases: u32, mut check: impl FnMut(&'static Record, u64)) {
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::with_cases(cases)
    });
    for _ in 0..runner.config().cases {
        let (seed, at) = (runner.rng().next_u64(), runner.rng().next_u64() as usize);
        check(ENDPOINTS[at % ENDPOINTS.len()].response, seed);
    }
}

#[test]
fn p06_a_sound_answer_is_scanned_and_narrowed_as_the_tree_would() {
    let mut narrowed = 0;
    answers(8_000, |record, seed| {
        let mut maker = Maker::new(seed, false);
        maker.record(record);
        assert!(holds(record, &maker.text), "{}: {}", record.name, maker.text);
        let shown = Answered::read(record, &maker.text).unwrap().shown(record, true);
        narrowed += usize::from(matches!(shown, Shown::Made(_)));
    });
    assert!(narrowed > 2_000, "{narrowed}");
}

#[test]
fn p23_a_mistaken_answer_is_judged_as_the_tree_would() {
    let (mut scanned, mut sound) = (0, 0);
    answers(8_000, |record, seed| {
        let mut maker = Maker::new(seed, true);
        maker.record(record);
        sound += usize::from(reference(record, &maker.text).is_some());
        scanned += usize::from(holds(record, &maker.text));
    });
    assert!(scanned > 1_000 && sound > scanned && sound < 7_500, "{scanned} of {sound} of 8000");
}

#[test]
fn p23_a_spoilt_answer_is_judged_as_the_tree_would() {
    let (mut scanned, mut unsound) = (0, 0);
    answers(8_000, |record, seed| {
        let mut maker = Maker::new(seed, false);
        maker.record(record);
        maker.spoil();
        unsound += usize::from(reference(record, &maker.text).is_none());
        scanned += usize::from(holds(record, &maker.text));
    });
    assert!(scanned > 100 && unsound > 4_000, "{scanned} scanned, {unsound} unsound of 8000");
}

#[test]
fn what_is_odd_is_left_to_the_tree() {
    let record = Operation::GetLoyaltyTransaction.endpoint().response;
    let sound = |more: &str| {
        format!(
            r#"{{"loyaltyTransaction":{{"id":"i","accountId":"a","amount":5,"transactionType":"EARN"{more}}}}}"#
        )
    };
    assert!(holds(record, &sound("")) && holds(record, &sound(r#","x":{"y":[1,{"z":null}]}"#)));
    let deep = format!(r#","x":{}1{}"#, "[".repeat(70), "]".repeat(70));
    for odd in [
        r#","amount":5"#,
        r#","x":1,"x":1"#,
        r#","x":{"y":1,"y":2}"#,
        r#","\u0078":1"#,
        r#","x":1e5"#,
        r#","x":-0"#,
        r#","x":9007199254740993"#,
        r#","x":"\ud83c\udf89""#,
        &deep,
    ] {
        let text = sound(odd);
        assert!(reference(record, &text).is_some(), "{text}");
        assert!(!holds(record, &text), "{text}");
    }
    for text in ["", " ", "null", "[]", "\u{feff}{}", "{}", "{\"loyaltyTransaction\":{}}"] {
        assert!(!holds(record, text), "{text}");
    }
    for behind in ["x", "{}", ",", "\0"] {
        assert!(!holds(record, &format!("{}{behind}", sound(""))), "{behind}");
    }
}

#[test]
fn a_customers_text_is_the_old_one_without_what_is_not_known() {
    let record = Operation::GetAccount.endpoint().response;
    let account = |before: &str, after: &str| {
        format!(
            r#"{{"account":{{{before}"id":"i","contactId":"c","points":{{"balance":1,"earned":1,"adjusted":0,"redeemed":0,"expired":0}},"rewardAvailable":true,"revision":"1"{after}}}}}"#
        )
    };
    let plain = account("", "");
    let shown = |text: &str, is_customer| Answered::read(record, text).unwrap().shown(record, is_customer);
    assert_eq!(shown(&plain, true), Shown::AsItCame(plain.clone()));
    let hidden = account(r#""a":1, "b":{"c":[]}, "#, r#","d":2 , "__proto__":{}"#);
    assert_eq!(shown(&hidden, true), Shown::Made(plain));
    let harmless = account(r#""a":1, "b":{"c":[]}, "#, r#","d":2"#);
    assert_eq!(shown(&hidden, false), Shown::Made(harmless.clone()));
    assert_eq!(shown(&harmless, false), Shown::AsItCame(harmless));
}

#[test]
fn an_answer_of_another_method_is_shown_by_the_tree() {
    let text = json!({"count": 5, "account": {"id": "x"}}).to_string();
    let count = Operation::CountAccounts.endpoint().response;
    let account = Operation::GetAccount.endpoint().response;
    let shown = Answered::read(count, &text).unwrap().shown(account, true);
    assert_eq!(shown, Shown::Made(r#"{"account":{"id":"x"}}"#.to_owned()));
}

/// What a scanned answer is taken for another method's by.
#[test]
fn records_of_one_name_are_one() {
    fn gather(ty: Type, known: &mut BTreeMap<&'static str, Vec<String>>) {
        match ty {
            Type::List(item) | Type::Map(item) => gather(*item, known),
            Type::Record(record) => {
                let said: Vec<String> = record
                    .fields
                    .iter()
                    .map(|field| format!("{} {} {}", field.name, field.required, short(field.ty)))
                    .collect();
                assert!(record.fields.len() <= 64, "the scan has a bit for each field of {}", record.name);
                for field in record.fields {
                    assert!(!project::is_dangerous(field.name), "{}", record.name);
                }
                if let Some(known) = known.insert(record.name, said.clone()) {
                    return assert_eq!(known, said, "{}", record.name);
                }
                record.fields.iter().for_each(|field| gather(field.ty, known));
            }
            _ => {}
        }
    }
    fn short(ty: Type) -> String {
        match ty {
            Type::List(item) => format!("list of {}", short(*item)),
            Type::Map(item) => format!("map of {}", short(*item)),
            Type::Record(record) => record.name.to_owned(),
            Type::Enum(names) => names.name.to_owned(),
            other => format!("{other:?}"),
        }
    }
    let mut known = BTreeMap::new();
    ENDPOINTS.iter().for_each(|endpoint| gather(Type::Record(endpoint.response), &mut known));
    let name = |operation: Operation| operation.endpoint().response.name;
    for operation in [Operation::GetAccount, Operation::GetAccountBySecondaryId, Operation::CreateAccount] {
        assert_eq!(name(operation), name(Operation::GetCurrentMemberAccount));
    }
    assert_eq!(name(Operation::Earn), name(Operation::EarnPoints));
}
