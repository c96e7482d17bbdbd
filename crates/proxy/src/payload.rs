//! From a request to one checked payload: body, query and path put together.

use crate::problem::{Fault, Problem};
use loyalty_contract::validate::{self, Strictness};
use loyalty_contract::{Endpoint, endpoint::Method, path};
use serde_json::{Map, Value};

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// How deep JSON may nest: the deepest filter that is taken, and some.
const MAX_DEPTH: usize = 32;
/// What a customer's request never says: how much, and in whose name (P5).
const PROXYS_OWN: [&str; 3] = ["amount", "balance", "appId"];

fn malformed(description: &str) -> Problem {
    Problem::argument("", "FORMAT", description)
}

/// Reads the body: one JSON object, not too deep.
pub(crate) fn parse_body(text: &str) -> Result<Map<String, Value>, Problem> {
    if depth(text) > MAX_DEPTH {
        let mut problem = Problem::argument("", "MAX_DEPTH", "the body is nested too deep");
        for fault in &mut problem.violations {
            fault.threshold = i64::try_from(MAX_DEPTH).ok();
        }
        return Err(problem);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(malformed("the body is not a JSON object")),
        Err(_) => Err(malformed("the body is not JSON")),
    }
}

/// How deep brackets nest, strings apart. Counted on the text, so that nothing is built before it is known.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The names of a body that a customer may not send.
pub(crate) fn named_amounts(body: &Map<String, Value>) -> Vec<Fault> {
    PROXYS_OWN
        .into_iter()
        .filter(|name| body.contains_key(*name))
        .map(|name| Fault {
            field: name.to_owned(),
            rule: "NOT_ALLOWED".to_owned(),
            description: "is the proxy's to say; a page earns by a named action".to_owned(),
            threshold: None,
        })
        .collect()
}

/// The refusal of fields that the policy's mask leaves out (P6).
pub(crate) fn masked(fields: Vec<String>) -> Problem {
    let fault = |field| Fault {
        field,
        rule: "NOT_ALLOWED".to_owned(),
        description: "is not a field that the policy lets this caller use here".to_owned(),
        threshold: None,
    };
    Problem::arguments(fields.into_iter().map(fault).collect())
}

/// The whole payload of a call. What the path says and body or query repeat must agree (P3).
pub(crate) fn assemble(
    endpoint: &'static Endpoint,
    params: &[(&'static str, String)],
    query: Option<&str>,
    body: Option<Map<String, Value>>,
) -> Result<Value, Problem> {
    let mut payload = match (endpoint.method, query) {
        (Method::Get, query) => match path::parse_query(endpoint.request, query.unwrap_or_default()) {
            Ok(Value::Object(map)) => map,
            Ok(_) => Map::new(),
            Err(violation) => return Err(Problem::arguments(vec![violation.into()])),
        },
        (Method::Post, None | Some("")) => body.unwrap_or_default(),
        (Method::Post, Some(_)) => {
            return Err(malformed("a POST takes its arguments in the body, not in the query"));
        }
    };
    for (name, value) in params {
        match payload.get(*name).map(Value::as_str) {
            None => {}
            Some(Some(repeated)) if repeated.eq_ignore_ascii_case(value) => {}
            Some(_) => return Err(Problem::argument(name, "FORMAT", "is not the id in the path")),
        }
        payload.insert((*name).to_owned(), Value::from(value.to_ascii_lowercase()));
    }
    let payload = Value::Object(payload);
    let violations = validate::request(endpoint, &payload, Strictness::Strict);
    if violations.is_empty() {
        Ok(payload)
    } else {
        Err(Problem::arguments(violations.into_iter().map(Fault::from).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;
    use serde_json::json;

    const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
    const OTHER: &str = "653c79f3-5625-4f38-b14b-ef7c0d1e87df";

    #[test]
    fn p26_depth_is_counted_outside_of_strings() {
        assert_eq!(depth(r#"{"a":[1,{"b":"[[[\"{{{"}]}"#), 3);
        assert!(parse_body(&format!("{{\"a\":{}{}}}", "[".repeat(31), "]".repeat(31))).is_ok());
        assert!(parse_body(&format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32))).is_err());
        for bad in ["", "[]", "null", "1", "{", "{}x", "{\"a\":NaN}"] {
            assert!(parse_body(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn p03_an_id_in_path_and_body_must_agree() {
        let endpoint = Operation::AdjustPoints.endpoint();
        let params = [("accountId", ID.to_owned())];
        let body = |account: &str| {
            Some(json!({"accountId": account, "amount": 5}).as_object().cloned().unwrap_or_default())
        };
        let payload = assemble(endpoint, &params, None, body(&ID.to_uppercase())).unwrap();
        assert_eq!(payload, json!({"accountId": ID, "amount": 5}));
        assert_eq!(
            assemble(endpoint, &params, None, body(OTHER)).unwrap_err().violations[0].field,
            "accountId"
        );
        let get = Operation::GetAccount.endpoint();
        let params = [("id", ID.to_owned())];
        assert!(assemble(get, &params, Some(&format!("id={ID}")), None).is_ok());
        assert!(assemble(get, &params, Some(&format!("id={OTHER}")), None).is_err());
        assert!(assemble(get, &params, Some(&format!("id={ID}&id={OTHER}")), None).is_err());
    }

    #[test]
    fn p06_unknown_fields_are_named() {
        let endpoint = Operation::AdjustPoints.endpoint();
        let params = [("accountId", ID.to_owned())];
        let body = json!({"amount": 5, "__proto__": {"x": 1}, "foo": 2}).as_object().cloned();
        let problem = assemble(endpoint, &params, None, body).unwrap_err();
        let fields: Vec<&str> = problem.violations.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["__proto__", "foo"]);
        assert!(assemble(endpoint, &params, Some("x=1"), None).is_err(), "a query on a POST");
    }
}
