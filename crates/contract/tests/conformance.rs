//! The contract held to the conformance cases: each request that goes out is valid and finds its route, each
//! refused argument is refused for the same reason, each answer is judged as the case says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

mod cases;

use cases::{Case, json, load, plain};
use loyalty_contract::endpoint::Arg;
use loyalty_contract::path::{Route, build, parse_query, query_string, route};
use loyalty_contract::rename::path_to_wire;
use loyalty_contract::validate::{self, Strictness};
use loyalty_contract::{ENDPOINTS, Endpoint, ErrorCode};
use serde_json::{Map, Value};
use std::collections::HashSet;

#[test]
fn every_method_has_cases_of_every_sort() {
    let files = load();
    let with_file: HashSet<_> = files.iter().map(|file| file.operation).collect();
    for endpoint in ENDPOINTS {
        assert!(with_file.contains(&endpoint.operation), "{} has no file", endpoint.name);
    }
    for file in &files {
        let endpoint = file.operation.endpoint();
        let count = |test: fn(&Case) -> bool| file.cases.iter().filter(|case| test(case)).count();
        let name = endpoint.name;
        assert!(count(|case| case.value.is_some()) > 0, "{name} has no success");
        assert!(count(|case| case.is_error("INVALID_RESPONSE")) >= 4, "{name} has too few broken answers");
        assert!(count(|case| case.reply_status() >= 400) >= 5, "{name} has too few errors from outside");
        if !endpoint.args.is_empty() {
            assert!(count(|case| case.wire.is_none()) > 0, "{name} has no refused arguments");
        }
        let titles: HashSet<_> = file.cases.iter().map(|case| &case.title).collect();
        assert_eq!(titles.len(), file.cases.len(), "{name} has two cases of one name");
    }
}

impl Case {
    fn is_error(&self, code: &str) -> bool {
        self.error.as_ref().is_some_and(|error| error["code"] == code)
    }

    fn reply_status(&self) -> u64 {
        self.reply.as_ref().and_then(|reply| reply["status"].as_u64()).unwrap_or(0)
    }
}

/// The payload of a request on the wire, path parameters included.
fn payload(
    endpoint: &Endpoint,
    wire: &Value,
    query: &str,
    params: &[(&'static str, String)],
) -> Option<Value> {
    if wire["method"] == "GET" {
        return Some(parse_query(endpoint.request, query).unwrap());
    }
    let mut body = plain(wire.get("body")?).unwrap().unwrap();
    for (name, value) in params {
        // The official client repeats a path's ids in the body; the proxy's own methods don't.
        let field = body.as_object_mut().unwrap().entry(*name).or_insert_with(|| Value::from(value.as_str()));
        assert_eq!(field, value);
    }
    Some(body)
}

#[test]
fn requests_on_the_wire_are_valid_and_find_their_route() {
    let mut checked = 0;
    for file in load() {
        let endpoint = file.operation.endpoint();
        for case in &file.cases {
            let Some(wire) = &case.wire else { continue };
            let title = &case.title;
            let whole = wire["path"].as_str().unwrap();
            let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
            let params = match route(wire["method"].as_str().unwrap(), path) {
                Route::Found { endpoint: found, params } => {
                    assert_eq!(found.operation, endpoint.operation, "{title}");
                    params
                }
                other => panic!("{title}: {path} leads to {other:?}"),
            };
            let of =
                |name: &str| params.iter().find(|(param, _)| *param == name).map(|(_, value)| value.as_str());
            assert_eq!(build(endpoint, of).as_deref(), Some(path), "{title}");
            let Some(payload) = payload(endpoint, wire, query, &params) else { continue };
            assert_eq!(validate::request(endpoint, &payload, Strictness::Strict), [], "{title}");
            if wire["method"] == "GET" {
                assert_eq!(query_string(endpoint.request, &payload), query, "{title}");
            }
            checked += 1;
        }
    }
    assert!(checked > 250, "{checked} requests");
}

/// What the client makes of arguments, where that needs no more than names: `None` for arguments that a payload
/// can't be made of.
fn payload_of_args(endpoint: &Endpoint, args: &[Value]) -> Option<Value> {
    let mut payload = Map::new();
    let taken =
        |name: &str| endpoint.args.iter().any(|arg| matches!(arg, Arg::Field { wire, .. } if *wire == name));
    for (at, arg) in endpoint.args.iter().enumerate() {
        let value = args.get(at).map(plain).transpose().ok()?.flatten().unwrap_or_default();
        match (arg, value) {
            (Arg::Field { wire, .. }, value) => drop(payload.insert((*wire).to_owned(), value)),
            (Arg::Spread { .. }, Value::Null) => {}
            (Arg::Spread { .. }, Value::Object(fields)) => {
                if fields.keys().any(|name| taken(name)) {
                    return None;
                }
                payload.extend(fields);
            }
            _ => return None,
        }
    }
    if endpoint.name == "earnPoints" && payload.get("idempotencyKey").is_none_or(Value::is_null) {
        payload.insert("idempotencyKey".into(), Value::from("filled-in"));
    }
    Some(to_wire(Value::Object(payload)))
}

fn to_wire(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| match (key.as_str(), value) {
                    ("fieldName", Value::String(name)) => (key, Value::from(path_to_wire(&name))),
                    (_, value) => (path_to_wire(&key), to_wire(value)),
                })
                .collect(),
        ),
        Value::Array(items) => items.into_iter().map(to_wire).collect(),
        other => other,
    }
}

/// `[(field, rule)]`, whatever the order.
fn sorted<'a>(found: impl Iterator<Item = (String, &'a str)>) -> Vec<(String, String)> {
    let mut found: Vec<_> = found.map(|(field, rule)| (field, rule.to_owned())).collect();
    found.sort();
    found
}

fn expected(violations: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> =
        violations.as_array().unwrap().iter().map(|one| (text(&one["field"]), text(&one["rule"]))).collect();
    found.sort();
    found
}

#[test]
fn refused_arguments_break_the_rules_that_the_cases_name() {
    let (mut checked, mut left) = (0, 0);
    for file in load() {
        let endpoint = file.operation.endpoint();
        for case in file.cases.iter().filter(|case| case.wire.is_none()) {
            let error = case.error.as_ref().unwrap();
            assert_eq!(error["code"], "INVALID_ARGUMENT", "{}", case.title);
            let payload = payload_of_args(endpoint, &case.args).filter(|_| !case.has_options);
            let (Some(payload), Some(violations)) = (payload, error.get("violations")) else {
                left += 1;
                continue;
            };
            let found = validate::request(endpoint, &payload, Strictness::Strict);
            let found = sorted(found.iter().map(|one| (endpoint.sdk_path(&one.field), one.rule.as_str())));
            assert_eq!(found, expected(violations), "{}", case.title);
            checked += 1;
        }
    }
    // Values that JSON can't hold, arguments of another shape and call options are the JavaScript runner's.
    assert!(checked > 350 && checked > 3 * left, "{checked} checked, {left} left");
}

#[test]
fn answers_are_judged_as_the_cases_say() {
    let (mut good, mut bad) = (0, 0);
    for file in load() {
        let record = file.operation.endpoint().response;
        for case in &file.cases {
            let Some(reply) = case.reply.as_ref().filter(|reply| reply["status"] == 200) else { continue };
            let answer = json(reply);
            if case.value.is_some() {
                let answer = answer.unwrap_or_else(|| panic!("{} is not JSON", case.title));
                assert_eq!(validate::response(record, &answer), [], "{}", case.title);
                good += 1;
            } else {
                assert!(case.is_error("INVALID_RESPONSE"), "{}", case.title);
                assert!(
                    answer.is_none_or(|answer| !validate::response(record, &answer).is_empty()),
                    "{} is a good answer",
                    case.title
                );
                bad += 1;
            }
        }
    }
    assert!(good > 200 && bad > 150, "{good} good, {bad} bad");
}

#[test]
fn c04_error_answers_are_classified_as_the_cases_say() {
    let mut seen = HashSet::new();
    for file in load() {
        let endpoint = file.operation.endpoint();
        for case in &file.cases {
            let (Some(reply), Some(error)) = (&case.reply, &case.error) else { continue };
            let status = u16::try_from(reply["status"].as_u64().unwrap()).unwrap();
            if status == 200 {
                continue;
            }
            let title = &case.title;
            let body = json(reply).unwrap_or_default();
            let details = &body["details"];
            let violations = details["validationError"]["fieldViolations"].as_array();
            let own = body["code"].as_str().or_else(|| details["applicationError"]["code"].as_str());
            let code =
                ErrorCode::classify(status, if violations.is_some() { Some("validationError") } else { own });
            assert_eq!(error["code"], code.as_str(), "{title}");
            seen.insert(code.as_str());
            if let Some(retryable) = error.get("retryable").filter(|_| body.get("retryable").is_none()) {
                assert_eq!(*retryable, code.retryable(), "{title}");
            }
            if let Some(named) = error.get("violations") {
                let found = violations.unwrap().iter().map(|one| {
                    (endpoint.sdk_path(one["field"].as_str().unwrap()), one["violatedRule"].as_str().unwrap())
                });
                assert_eq!(sorted(found), expected(named), "{title}");
            }
        }
    }
    for code in ErrorCode::ALL.iter().filter(|code| code.status() != 0) {
        assert!(seen.contains(code.as_str()), "no case answers with {}", code.as_str());
    }
}
