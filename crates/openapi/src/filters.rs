//! The query language as a schema: which fields a method's filter may name, and with which operators.

use loyalty_contract::fields::Kind;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::schemas::{Components, reference};

/// The filter of a method, by name: it holds itself.
pub(crate) fn filter(call: &Call, components: &mut Components) -> Value {
    let name = format!("{}Filter", call.name);
    let within = reference(&name);
    if !components.schemas.contains_key(&name) {
        let some = json!({ "type": "array", "items": within, "minItems": 1 });
        let mut properties = Map::new();
        properties.insert("$and".to_owned(), some.clone());
        properties.insert("$or".to_owned(), some);
        properties.insert("$not".to_owned(), within.clone());
        for field in call.fields {
            properties.insert(field.path.to_owned(), tests(field.kind));
        }
        let schema = json!({
            "type": "object",
            "description": "At most 8 levels deep, with at most 500 conditions and values.",
            "properties": properties,
            "additionalProperties": false,
        });
        components.schemas.insert(name, schema);
    }
    within
}

fn tests(kind: Kind) -> Value {
    let literal = match kind {
        Kind::Id | Kind::Text | Kind::Enum => json!({ "type": "string" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Date => json!({ "type": "string", "format": "date-time" }),
        Kind::Object => json!({ "type": "null" }),
    };
    let or_null = json!({ "anyOf": [literal, { "type": "null" }] });
    let flag = json!({ "type": "boolean" });
    let mut operators = Map::new();
    let mut add = |names: &[&str], schema: &Value| {
        for name in names {
            operators.insert((*name).to_owned(), schema.clone());
        }
    };
    add(&["$eq", "$ne"], &or_null);
    add(&["$exists"], &flag);
    if kind != Kind::Object {
        add(&["$in", "$nin", "$hasSome"], &json!({ "type": "array", "items": or_null }));
    }
    if !matches!(kind, Kind::Enum | Kind::Object) {
        add(&["$lt", "$lte", "$gt", "$gte"], &literal);
    }
    if matches!(kind, Kind::Id | Kind::Text) {
        add(&["$startsWith"], &json!({ "type": "string" }));
    }
    if matches!(kind, Kind::Id | Kind::Text | Kind::Object) {
        add(&["$isEmpty"], &flag);
    }
    let tests = json!({
        "type": "object",
        "properties": operators,
        "additionalProperties": false,
        "minProperties": 1,
    });
    json!({ "anyOf": [or_null, tests] })
}
