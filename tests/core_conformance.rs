//! The conformance cases against the core alone, natively and as WebAssembly in Node and browsers: what goes out,
//! what comes of the answer.
//!
//! What the JavaScript shell adds is stood in for: values that JSON can't hold become the shell's markers, dates are
//! milliseconds, pictures are still objects, a date that is `null` is still there.

// A test's helpers fail by panicking; clippy only sees that for `#[test]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use loyalty_contract::{ENDPOINTS, Timestamp};
use loyalty_edge::Naming;
use loyalty_edge::core::{Problem, begin, finish};
use serde_json::{Map, Value, json};

/// The argument that a case means, as the shell writes it; `None` for `undefined`.
fn argument(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Array(items) => {
            items.iter().map(|item| argument(item).unwrap_or(Value::Null)).collect::<Vec<_>>().into()
        }
        Value::Object(object) => match object.iter().next() {
            Some((key, _)) if key == "$undefined" => return None,
            Some((key, date)) if key == "$date" => date.clone(),
            Some((key, number)) if key == "$number" => format!("\0{}", number.as_str().unwrap()).into(),
            Some((key, _)) if key == "$bigint" => "\0bigint".into(),
            _ => object
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), argument(value)?)))
                .collect::<Map<_, _>>()
                .into(),
        },
        plain => plain.clone(),
    })
}

/// Whether a value is what a case expects.
fn same(actual: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(object) => {
            if let Some(date) = object.get("$date").and_then(Value::as_str) {
                return actual.as_i64().map(Timestamp) == Timestamp::parse(date);
            }
            if let Some(number) = object.get("$number") {
                return actual == number;
            }
            if object.get("$any").is_some() {
                return actual.as_str().is_some_and(|text| !text.is_empty());
            }
            let Value::Object(actual) = actual else { return false };
            object.iter().all(|(key, value)| match value.get("$undefined") {
                Some(_) => actual.get(key).is_none_or(Value::is_null),
                None => actual.get(key).is_some_and(|found| same(found, value)),
            }) && actual.iter().all(|(key, value)| object.contains_key(key) || value.is_null())
        }
        Value::Array(items) => actual.as_array().is_some_and(|actual| {
            actual.len() == items.len() && actual.iter().zip(items).all(|(one, other)| same(one, other))
        }),
        Value::String(text) if actual.is_object() => {
            // A picture: the shell makes the string.
            let url = actual.get("url").and_then(Value::as_str);
            text.starts_with("wix:image://") || url == Some(text)
        }
        Value::Number(number) => actual.as_f64() == number.as_f64(),
        plain => actual == plain,
    }
}

/// A path with its query's pairs in order: the JSON that the cases are read with does not keep the order of keys.
fn in_order(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    format!("{path}?{}", pairs.join("&"))
}

fn check_problem(problem: &Problem, expected: &Value) -> Result<(), String> {
    if problem.code.as_str() != expected["code"] {
        return Err(format!("{} instead of {}", problem.code.as_str(), expected["code"]));
    }
    if let Some(upstream) = expected.get("upstreamCode")
        && problem.upstream_code.as_deref() != upstream.as_str()
    {
        return Err(format!("upstream code {:?} instead of {upstream}", problem.upstream_code));
    }
    if let Some(retryable) = expected.get("retryable")
        && problem.retryable != *retryable
    {
        return Err(format!("retryable {}", problem.retryable));
    }
    if let Some(violations) = expected.get("violations").and_then(Value::as_array) {
        let mut found: Vec<_> =
            problem.violations.iter().map(|one| format!("{} {}", one.field, one.rule.as_str())).collect();
        let mut wanted: Vec<_> = violations
            .iter()
            .map(|one| format!("{} {}", one["field"].as_str().unwrap(), one["rule"].as_str().unwrap()))
            .collect();
        found.sort();
        wanted.sort();
        if found != wanted {
            return Err(format!("{found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

fn run(operation: u32, case: &Value) -> Result<(), String> {
    let args = argument(&case["args"]).unwrap_or_else(|| json!([]));
    let key = case.pointer("/options/idempotencyKey").and_then(Value::as_str).unwrap_or("made-by-the-client");
    let request = match begin(operation, args.to_string().as_bytes(), key.as_bytes(), Naming::Js) {
        Ok(request) => request,
        Err(problem) if case.get("reply").is_none() => return check_problem(&problem, &case["error"]),
        Err(problem) => return Err(format!("refused: {}", problem.message)),
    };
    let Some(reply) = case.get("reply") else { return Err("it was not refused".into()) };
    if let Some(wire) = case.get("wire") {
        let path = in_order(wire["path"].as_str().unwrap());
        if request.method() != wire["method"] || in_order(request.path()) != path {
            return Err(format!("{} {}", request.method(), request.path()));
        }
        if let Some(body) = wire.get("body") {
            let sent: Value = serde_json::from_slice(request.body()).map_err(|error| error.to_string())?;
            if !same(&sent, body) {
                return Err(format!("body {sent} instead of {body}"));
            }
        }
    }
    let text = reply
        .get("text")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| reply.get("body").map(Value::to_string))
        .unwrap_or_default();
    let status = u16::try_from(reply["status"].as_u64().unwrap()).unwrap();
    match (finish(operation, status, text.as_bytes(), Naming::Js), case.get("value")) {
        (Ok(value), Some(expected)) => {
            let value: Value = serde_json::from_slice(value.json()).map_err(|error| error.to_string())?;
            if same(&value, expected) { Ok(()) } else { Err(format!("{value} instead of {expected}")) }
        }
        (Ok(value), None) => Err(format!("it succeeded with {}", String::from_utf8_lossy(value.json()))),
        (Err(problem), None) => check_problem(&problem, &case["error"]),
        (Err(problem), Some(_)) => Err(format!("it failed: {}", problem.message)),
    }
}

/// What the shell refuses before it asks the core: keys among the call's options that are none.
fn is_the_shells(case: &Value) -> bool {
    let key = case.pointer("/options/idempotencyKey");
    let fits = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let own = case.pointer("/args/1/idempotencyKey");
    key.is_some_and(|key| !key.as_str().is_some_and(fits) || own.is_some_and(|own| own != key))
}

/// The files, compiled in: a browser has no folder to read them from.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("conformance/", $name, ".json")))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "adjustPoints",
    "bulkAdjustPoints",
    "countAccounts",
    "createAccount",
    "earn",
    "earnPoints",
    "getAccount",
    "getAccountBySecondaryId",
    "getCurrentMemberAccount",
    "getCurrentMemberCoupons",
    "getLoyaltyProgram",
    "getLoyaltyTransaction",
    "getProgramTotals",
    "getReward",
    "getTier",
    "getTiersProgram",
    "listAccounts",
    "listRewards",
    "listTiers",
    "queryLoyaltyAccounts",
    "queryLoyaltyCoupons",
    "queryLoyaltyTransactions",
    "queryRewards",
    "redeemCurrentMemberPointsForCoupon",
    "redeemPointsForCoupon",
    "searchAccounts",
];

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn every_case_of_every_method() {
    let mut ran = 0;
    let mut failures = Vec::new();
    for (number, endpoint) in ENDPOINTS.iter().enumerate() {
        let (_, text) = FILES.iter().find(|(name, _)| *name == endpoint.name).expect(endpoint.name);
        let file: Value = serde_json::from_str(text).unwrap();
        for case in file["cases"].as_array().unwrap() {
            if is_the_shells(case) {
                continue;
            }
            ran += 1;
            if let Err(failure) = run(u32::try_from(number).unwrap(), case) {
                failures.push(format!("{}: {}: {failure}", endpoint.name, case["name"]));
            }
        }
    }
    assert!(ran > 1_000, "{ran}");
    assert!(failures.is_empty(), "{} of {ran}:\n{}", failures.len(), failures.join("\n"));
}
