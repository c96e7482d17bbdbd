//! What of an upstream answer reaches the caller.

use loyalty_contract::schema::{Record, Type};
use serde_json::Value;

/// Keys that mean something to JavaScript objects. No record has them; they go nowhere (P23).
const DANGEROUS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Whether a name is one of those.
pub(crate) fn is_dangerous(name: impl AsRef<[u8]>) -> bool {
    DANGEROUS.iter().any(|dangerous| dangerous.as_bytes() == name.as_ref())
}

/// The answer with only the fields that the contract names: what a customer gets (P6). A field that upstream adds
/// one day can't leak to pages unseen. In place: most of an answer stays.
pub(crate) fn known(record: &'static Record, mut value: Value) -> Value {
    keep_known(record, &mut value);
    value
}

fn keep_known(record: &'static Record, value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.retain(|name, value| {
        let field = record.field(name);
        if let Some(field) = field {
            by_type(field.ty, value);
        }
        field.is_some()
    });
}

fn by_type(ty: Type, value: &mut Value) {
    match (ty, value) {
        (Type::Record(record), value) => keep_known(record, value),
        (Type::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| by_type(*item, value)),
        (Type::Map(item), Value::Object(map)) => map.retain(|key, value| {
            by_type(*item, value);
            !is_dangerous(key)
        }),
        (_, value) => disarm(value),
    }
}

/// The whole answer, for those who work for the shop: it may be newer than this code.
pub(crate) fn harmless(mut value: Value) -> Value {
    disarm(&mut value);
    value
}

fn disarm(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(disarm),
        Value::Object(map) => map.retain(|key, value| {
            disarm(value);
            !is_dangerous(key)
        }),
        _ => {}
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
        assert_eq!(known(record, answer), json!({"account": {"id": "x", "points": {"balance": 1}}}));
    }

    #[test]
    fn p23_keys_that_mean_something_to_javascript_go_nowhere() {
        let text = r#"{"a":[{"__proto__":{"x":1},"b":1}],"constructor":2}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(harmless(value), json!({"a": [{"b": 1}]}));
    }
}
