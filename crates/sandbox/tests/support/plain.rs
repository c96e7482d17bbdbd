//! What queries mean, said a second time and as simply as can be: over exported JSON, without any index.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cmp::Ordering;

use loyalty_contract::fields::{ACCOUNTS_QUERY, ACCOUNTS_SEARCH, FieldSpec, Kind, TRANSACTIONS_QUERY};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The three ways to ask: where, in which envelope, over which rows.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub path: &'static str,
    pub envelope: &'static str,
    pub items: &'static str,
    pub rows: &'static str,
    pub fields: &'static [FieldSpec],
}

pub const WAYS: [Way; 3] = [
    Way {
        path: "/loyalty-accounts/v1/accounts/query",
        envelope: "query",
        items: "loyaltyAccounts",
        rows: "accounts",
        fields: ACCOUNTS_QUERY,
    },
    Way {
        path: "/loyalty-accounts/v1/accounts/search",
        envelope: "search",
        items: "accounts",
        rows: "accounts",
        fields: ACCOUNTS_SEARCH,
    },
    Way {
        path: "/loyalty-transactions/v1/loyalty-transactions/query",
        envelope: "query",
        items: "loyaltyTransactions",
        rows: "transactions",
        fields: TRANSACTIONS_QUERY,
    },
];

pub fn at<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(row, |value, step| value.get(step).unwrap_or(&Value::Null))
}

/// ISO dates of one form and GUIDs of one case order as their text does.
pub fn order(one: &Value, two: &Value) -> Ordering {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one.as_f64().partial_cmp(&two.as_f64()).unwrap(),
        (Value::String(one), Value::String(two)) => one.cmp(two),
        (one, two) => (!one.is_null()).cmp(&!two.is_null()),
    }
}

/// What a filter means, said a second time and as simply as can be.
pub fn matches(row: &Value, filter: &Value) -> bool {
    filter.as_object().unwrap().iter().all(|(key, wanted)| match key.as_str() {
        "$and" => wanted.as_array().unwrap().iter().all(|part| matches(row, part)),
        "$or" => wanted.as_array().unwrap().iter().any(|part| matches(row, part)),
        "$not" => !matches(row, wanted),
        path => match wanted {
            Value::Object(tests) => tests.iter().all(|(test, wanted)| holds(at(row, path), test, wanted)),
            bare => at(row, path) == bare,
        },
    })
}

pub fn holds(value: &Value, test: &str, wanted: &Value) -> bool {
    let both = !value.is_null() && !wanted.is_null();
    let listed = || wanted.as_array().unwrap().contains(value);
    match test {
        "$eq" => value == wanted,
        "$ne" => value != wanted,
        "$lt" => both && order(value, wanted).is_lt(),
        "$lte" => both && order(value, wanted).is_le(),
        "$gt" => both && order(value, wanted).is_gt(),
        "$gte" => both && order(value, wanted).is_ge(),
        "$in" | "$hasSome" => listed(),
        "$nin" => !listed(),
        "$exists" => value.is_null() != wanted.as_bool().unwrap(),
        "$isEmpty" => (value.is_null() || value == "") == wanted.as_bool().unwrap(),
        "$startsWith" => value
            .as_str()
            .is_some_and(|text| text.to_lowercase().starts_with(&wanted.as_str().unwrap().to_lowercase())),
        other => unreachable!("{other}"),
    }
}

pub fn operators(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Id | Kind::Text => &[
            "$eq",
            "$ne",
            "$lt",
            "$lte",
            "$gt",
            "$gte",
            "$in",
            "$nin",
            "$hasSome",
            "$exists",
            "$isEmpty",
            "$startsWith",
        ],
        Kind::Number | Kind::Date => {
            &["$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$hasSome", "$exists"]
        }
        Kind::Enum => &["$eq", "$ne", "$in", "$nin", "$hasSome", "$exists"],
        Kind::Object => &["$exists"],
    }
}

/// A value that some row has, or one of the same kind that none has.
pub fn sample(rows: &[Value], field: &FieldSpec, pick: usize) -> Value {
    let there: Vec<&Value> =
        rows.iter().map(|row| at(row, field.path)).filter(|value| !value.is_null()).collect();
    match (there.len(), field.kind) {
        (0, Kind::Number) => json!(5),
        (0, Kind::Date) => json!("2026-01-01T00:00:00.000Z"),
        (0, _) => json!("none"),
        (count, _) => there[pick % count].clone(),
    }
}

/// A filter drawn by numbers: the strategy can't see the rows, so it gives places and the test looks them up.
#[derive(Debug, Clone)]
pub enum Drawn {
    Field { field: usize, operator: usize, pick: usize, bare: bool },
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
}

pub fn drawn() -> impl Strategy<Value = Drawn> {
    let leaf = (any::<usize>(), any::<usize>(), any::<usize>(), any::<bool>())
        .prop_map(|(field, operator, pick, bare)| Drawn::Field { field, operator, pick, bare });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Drawn::And),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Drawn::Or),
            inner.prop_map(|part| Drawn::Not(Box::new(part))),
        ]
    })
}

pub fn written(drawn: &Drawn, way: Way, rows: &[Value]) -> Value {
    let all = |parts: &[Drawn]| parts.iter().map(|part| written(part, way, rows)).collect::<Vec<_>>();
    match drawn {
        Drawn::And(parts) => json!({ "$and": all(parts) }),
        Drawn::Or(parts) => json!({ "$or": all(parts) }),
        Drawn::Not(part) => json!({ "$not": written(part, way, rows) }),
        Drawn::Field { field, operator, pick, bare } => {
            let field = &way.fields[field % way.fields.len()];
            let operator = operators(field.kind)[operator % operators(field.kind).len()];
            let value = sample(rows, field, *pick);
            let value = match operator {
                "$eq" if *bare => return json!({ field.path: value }),
                "$ne" if *bare => Value::Null,
                "$exists" | "$isEmpty" => json!(*bare),
                "$in" | "$nin" | "$hasSome" if *bare => json!([value, null]),
                "$in" | "$nin" | "$hasSome" => json!([value, sample(rows, field, pick / 2)]),
                "$startsWith" => {
                    json!(value.as_str().unwrap().chars().take(pick % 4).collect::<String>().to_uppercase())
                }
                _ => value,
            };
            json!({ field.path: { operator: value } })
        }
    }
}
