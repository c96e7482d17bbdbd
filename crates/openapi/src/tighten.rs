//! What a call asks for beyond its record: the sandbox checks it where it carries the call out, because the same record
//! serves calls that ask for less.

use serde_json::{Map, Value, json};

/// Says of a body what the records can't.
pub(crate) fn body(name: &str, schema: &mut Value) {
    match name {
        "createTier" => {
            require(schema, "/properties/tier", &["tierDefinition", "requiredPoints"]);
            require(schema, "/properties/tier/properties/tierDefinition", &["name"]);
        }
        "updateTier" => require(schema, "/properties/tier", &["revision"]),
        "updateTiersProgramSettings" => {
            let settings = "/properties/programSettings";
            require(schema, settings, &["revision"]);
            let names = schema.pointer_mut(&format!("{settings}/properties/status/enum"));
            if let Some(Value::Array(names)) = names {
                names.retain(|name| name != "UNKNOWN");
            }
        }
        "createReward" => one_kind(schema),
        "updateReward" => {
            require(schema, "/properties/reward", &["revision"]);
            one_kind(schema);
        }
        "bulkAdjustPoints" => {
            // Nobody should believe that a limit of 10 adjusts ten.
            let paging = schema.pointer_mut("/properties/search/properties/cursorPaging/properties");
            if let Some(Value::Object(fields)) = paging {
                fields.values_mut().for_each(|field| *field = json!({ "type": "null" }));
            }
        }
        _ => {}
    }
}

/// Parameters of the query string that exclude each other, as one parameter: OpenAPI has no rule over several.
pub(crate) fn query(name: &str) -> Option<Value> {
    let one = |name: &str| {
        let mut properties = Map::new();
        properties.insert(name.to_owned(), json!({ "type": "string", "minLength": 1, "maxLength": 50 }));
        json!({ "type": "object", "properties": properties, "required": [name], "additionalProperties": false })
    };
    (name == "getAccountBySecondaryId").then(|| {
        json!({
            "name": "secondaryId",
            "in": "query",
            "required": true,
            "description": "Either `contactId` or `memberId`, each by its own name in the query string.",
            "style": "form",
            "explode": true,
            "schema": { "type": "object", "oneOf": [one("contactId"), one("memberId")] },
        })
    })
}

fn require(schema: &mut Value, place: &str, names: &[&str]) {
    let Some(record) = schema.pointer_mut(place) else { return };
    for name in names {
        if let Some(field) = record.pointer_mut(&format!("/properties/{name}")) {
            not_null(field);
        }
        if let Some(Value::Array(required)) = record.get_mut("required") {
            required.push(json!(name));
        }
    }
}

/// The field can't be left out any more, so `null` is no way to leave it out.
fn not_null(field: &mut Value) {
    if let Some(Value::Array(names)) = field.get_mut("enum") {
        names.retain(|name| !name.is_null());
    }
    if let Some(ty) = field.get_mut("type")
        && let Some(first) = ty.as_array().and_then(|types| types.first()).cloned()
    {
        *ty = first;
    }
}

/// A coupon is of one of its three kinds.
fn one_kind(schema: &mut Value) {
    let rules = schema.pointer_mut("/properties/reward/properties/couponReward/allOf");
    if let Some(Value::Array(rules)) = rules
        && let Some(Value::Array(choices)) = rules.first_mut().and_then(|rule| rule.get_mut("oneOf"))
    {
        // The last choice is that none of them is given.
        choices.pop();
    }
}
