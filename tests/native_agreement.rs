//! The walker against the contract's validator: written apart, they must come to the same answer about any JSON.
//! Nothing that it is given may make the core panic (C6).

#![cfg(not(target_arch = "wasm32"))] // the wasm runs have tests of their own, and no proptest
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use loyalty_contract::schema::{Record, Type};
use loyalty_contract::validate::{self, Strictness};
use loyalty_contract::{ENDPOINTS, Endpoint};
use loyalty_edge::Naming;
use loyalty_edge::core::{Problem, begin, finish};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/// A value that fits a type, now and then one that doesn't.
fn value(ty: Type, depth: u32) -> BoxedStrategy<Value> {
    let fitting = match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Int => {
            prop_oneof![(-5..2_000_i64).prop_map(Value::from), any::<i32>().prop_map(Value::from)].boxed()
        }
        Type::Int64 => {
            prop_oneof![Just(json!("1")), Just(json!("-7")), Just(json!("9223372036854775807"))].boxed()
        }
        Type::Float => {
            prop_oneof![Just(json!(1.5)), Just(json!("NaN")), Just(json!("-Infinity")), Just(json!("nan"))]
                .boxed()
        }
        Type::Str => {
            prop_oneof!["[a-z]{0,12}".prop_map(Value::from), any::<String>().prop_map(Value::from)].boxed()
        }
        Type::Guid => prop_oneof![4 => Just(json!(ID)), 1 => Just(json!("../x"))].boxed(),
        Type::Date => {
            prop_oneof![4 => Just(json!("2024-02-29T08:15:30.123Z")), 1 => Just(json!("2024-02-30"))].boxed()
        }
        Type::Enum(names) => {
            let names: Vec<_> = names.values.iter().map(|name| json!(name)).chain([json!("NEWER")]).collect();
            prop::sample::select(names).boxed()
        }
        Type::List(inner) => {
            prop::collection::vec(value(*inner, depth + 1), 0..4).prop_map(Value::from).boxed()
        }
        Type::Map(inner) => prop::collection::btree_map("[a-z]{1,4}", value(*inner, depth + 1), 0..3)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
            .boxed(),
        Type::Record(record) => object(record, depth + 1),
        Type::Image => Just(json!({"id": "a", "url": "b", "width": 1, "height": 2})).boxed(),
        Type::Filter => Just(json!({})).boxed(),
        Type::Json => Just(json!({"any": [1, null, {"id": true}]})).boxed(),
    };
    let odd = prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(1e300)),
        Just(json!(9_007_199_254_740_993_i64)),
        Just(json!(2.5)),
        Just(json!("5")),
        Just(json!([])),
        Just(json!({})),
    ];
    prop_oneof![30 => fitting, 1 => odd].boxed()
}

fn object(record: &'static Record, depth: u32) -> BoxedStrategy<Value> {
    let fields: Vec<_> = record
        .fields
        .iter()
        .map(|field| {
            let absent = if field.required { 1 } else { 10 };
            let present = if depth > 4 { 1 } else { 20 };
            (
                Just(field.name),
                prop_oneof![absent => Just(None), present => value(field.ty, depth).prop_map(Some)],
            )
        })
        .collect();
    (fields, prop::option::weighted(0.05, "[a-z_]{1,8}"))
        .prop_map(|(fields, unknown)| {
            let mut object: Map<_, _> =
                fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            if let Some(name) = unknown {
                object.insert(name, json!(1));
            }
            Value::Object(object)
        })
        .boxed()
}

fn endpoint() -> impl Strategy<Value = (u32, &'static Endpoint)> {
    (0..ENDPOINTS.len()).prop_map(|at| (u32::try_from(at).unwrap(), ENDPOINTS[at]))
}

/// The arguments that carry a payload.
fn arguments(endpoint: &Endpoint, payload: &Value) -> Value {
    use loyalty_contract::endpoint::Arg;
    let mut rest = payload.as_object().cloned().unwrap_or_default();
    let taken: Vec<_> = endpoint
        .args
        .iter()
        .filter_map(|arg| match arg {
            Arg::Field { wire, .. } => Some((*wire, rest.remove(*wire))),
            Arg::Spread { .. } => None,
        })
        .collect();
    let arg = |arg: &Arg| match arg {
        Arg::Field { wire, .. } => taken
            .iter()
            .find(|(name, _)| name == wire)
            .and_then(|(_, value)| value.clone())
            .unwrap_or(Value::Null),
        Arg::Spread { .. } => Value::Object(rest.clone()),
    };
    endpoint.args.iter().map(arg).collect::<Vec<_>>().into()
}

/// The violations, as wire paths and rules.
fn found(problem: &Problem) -> Vec<String> {
    let mut found: Vec<_> =
        problem.violations.iter().map(|one| format!("{} {}", one.field, one.rule.as_str())).collect();
    found.sort();
    found.dedup();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn requests_are_judged_as_the_contract_judges_them(
        ((number, endpoint), payload) in endpoint().prop_flat_map(|(number, endpoint)| {
            (Just((number, endpoint)), object(endpoint.request, 0))
        })
    ) {
        // Without arguments there is nowhere for an unknown field to stand.
        prop_assume!(!endpoint.args.is_empty());
        let has_spread = endpoint.args.iter().any(|arg| matches!(arg, loyalty_contract::endpoint::Arg::Spread { .. }));
        let mut payload = payload;
        if !has_spread && let Some(object) = payload.as_object_mut() {
            object.retain(|name, _| endpoint.request.field(name).is_some());
        }
        let mut expected: Vec<_> = validate::request(endpoint, &payload, Strictness::Strict)
            .into_iter()
            .map(|one| format!("{} {}", endpoint.sdk_path(&one.field), one.rule.as_str()))
            .collect();
        expected.sort();
        expected.dedup();
        let args = arguments(endpoint, &payload).to_string();
        let judged = match begin(number, args.as_bytes(), b"", Naming::Wire) {
            Ok(_) => Vec::new(),
            Err(problem) => found(&problem),
        };
        prop_assert_eq!(judged, expected, "{}", args);
    }

    #[test]
    fn answers_are_judged_as_the_contract_judges_them(
        ((number, endpoint), answer) in endpoint().prop_flat_map(|(number, endpoint)| {
            (Just((number, endpoint)), object(endpoint.response, 0))
        })
    ) {
        let expected = validate::response(endpoint.response, &answer);
        let text = answer.to_string();
        let finished = finish(number, 200, text.as_bytes(), Naming::Wire);
        prop_assert_eq!(finished.is_ok(), expected.is_empty(), "{} {:?}", text, expected);
        if let Ok(value) = finished {
            let value: Value = serde_json::from_slice(value.json()).unwrap();
            let whole = endpoint.unwrap.map_or(&answer, |field| &answer[field]);
            prop_assert_eq!(&value, whole);
        }
        // And for JavaScript: valid JSON comes out wherever valid JSON went in.
        if let Ok(value) = finish(number, 200, text.as_bytes(), Naming::Js) {
            prop_assert!(serde_json::from_slice::<Value>(value.json()).is_ok());
        }
    }

    #[test]
    fn c06_mutated_text_never_panics_and_is_read_as_json_is(
        ((number, endpoint), answer, cuts) in endpoint().prop_flat_map(|(number, endpoint)| {
            let cuts = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4);
            (Just((number, endpoint)), object(endpoint.response, 0), cuts)
        })
    ) {
        let mut text = answer.to_string().into_bytes();
        for (at, byte, how) in cuts {
            if text.is_empty() { break; }
            let at = at.index(text.len());
            match how {
                0 => text[at] = b"\"\\{}[],:0-.eEntu \x00\x7f\xc3"[usize::from(byte) % 20],
                1 => { text.remove(at); }
                _ => text.truncate(at),
            }
        }
        let finished = finish(number, 200, &text, Naming::Js);
        if let Ok(parsed) = serde_json::from_slice::<Value>(&text) {
            prop_assert_eq!(finished.is_ok(), validate::response(endpoint.response, &parsed).is_empty());
        }
        let _ = finish(number, 502, &text, Naming::Js);
        let _ = begin(number, &text, b"key", Naming::Js);
    }

    #[test]
    fn c06_any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), number in 0..30_u32, status in any::<u16>()) {
        let _ = finish(number, status, &bytes, Naming::Js);
        let _ = begin(number, &bytes, b"key", Naming::Js);
        let _ = begin(number, &[b"[", bytes.as_slice(), b"]"].concat(), b"key", Naming::Js);
    }
}
