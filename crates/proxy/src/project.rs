//! What of an upstream answer reaches the caller.

use loyalty_contract::schema::{Record, Type};
use serde_json::{Map, Value};

/// Keys that mean something to JavaScript objects. No record has them; they go nowhere (P23).
const DANGEROUS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// The answer with only the fields that the contract names: what a customer gets (P6). A field that upstream adds
/// one day can't leak to pages unseen.
pub(crate) fn known(record: &'static Record, value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let fields = record.fields.iter().filter_map(|field| {
        let value = map.get(field.name)?;
        Some((field.name.to_owned(), by_type(field.ty, value)))
    });
    Value::Object(fields.collect())
}

fn by_type(ty: Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::Record(record), _) => known(record, value),
        (Type::List(item), Value::Array(items)) => items.iter().map(|value| by_type(*item, value)).collect(),
        (Type::Map(item), Value::Object(map)) => {
            let safe = map.iter().filter(|(key, _)| !DANGEROUS.contains(&key.as_str()));
            Value::Object(safe.map(|(key, value)| (key.clone(), by_type(*item, value))).collect())
        }
        _ => harmless(value),
    }
}

/// The whole answer, for those who work for the shop: it may be newer than this code.
pub(crate) fn harmless(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(harmless).collect(),
        Value::Object(map) => {
            let safe = map.iter().filter(|(key, _)| !DANGEROUS.contains(&key.as_str()));
            Value::Object(safe.map(|(key, value)| (key.clone(), harmless(value))).collect::<Map<_, _>>())
        }
        leaf => leaf.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;
    use serde_json::json;

    #[test]
    fn p06_only_known_fields_reach_a_customer() {
        let record = Operation::GetAccount.endpoint().response;
        let answer = json!({
            "account": {"id": "x", "points": {"balance": 1, "secret": 2}, "neighbours": [{"email": "b@x"}]},
            "trace": "internal",
        });
        assert_eq!(known(record, &answer), json!({"account": {"id": "x", "points": {"balance": 1}}}));
    }

    #[test]
    fn p23_keys_that_mean_something_to_javascript_go_nowhere() {
        let text = r#"{"a":[{"__proto__":{"x":1},"b":1}],"constructor":2}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(harmless(&value), json!({"a": [{"b": 1}]}));
    }
}
