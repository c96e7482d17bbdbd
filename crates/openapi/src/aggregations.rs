//! Aggregations as a schema. Which options and which fields fit is decided by the type, so each type has a schema of its
//! own: a record with rules can't say it.

use loyalty_contract::fields::{ACCOUNTS_AGGREGATABLE, ACCOUNTS_SEARCH, Kind};
use loyalty_contract::schema::{Record, Type};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::schemas::{Components, nullable};

/// The schema of a record that is an aggregation, if it is one.
pub(crate) fn of(call: &Call, record: &'static Record, components: &mut Components) -> Option<Value> {
    let nested = match record.name {
        "Aggregation" => false,
        "NestedAggregationItem" => true,
        _ => return None,
    };
    let mut make = |ty: &str, option: &str, fields: Vec<String>, needs_options: bool| {
        kind(call, record, components, &Kindred { ty, option, fields, needs_options, nested })
    };
    let mut all = vec![
        make("VALUE", "value", aggregatable(|_| true), false),
        // The options alone tell the type.
        make("VALUE", "value", aggregatable(|_| true), true),
        make("RANGE", "range", aggregatable(|kind| kind == Kind::Number), true),
        make("SCALAR", "scalar", aggregatable(|kind| kind != Kind::Id), true),
        make("SCALAR", "scalar", aggregatable(|kind| kind == Kind::Id), true),
        make("DATE_HISTOGRAM", "dateHistogram", aggregatable(|kind| kind == Kind::Date), true),
    ];
    // Of an id there is no least and no greatest.
    if let Some(names) =
        all.get_mut(4).and_then(|one| one.pointer_mut("/properties/scalar/properties/type/enum"))
    {
        *names = json!(["COUNT_DISTINCT"]);
    }
    if !nested {
        all.push(make("NESTED", "nested", Vec::new(), true));
    }
    Some(json!({ "anyOf": all }))
}

/// One type of aggregation.
struct Kindred<'a> {
    ty: &'a str,
    /// The field with its options.
    option: &'a str,
    /// The fields that it takes; none for a nested one, whose levels have theirs.
    fields: Vec<String>,
    needs_options: bool,
    nested: bool,
}

fn kind(call: &Call, record: &'static Record, components: &mut Components, one: &Kindred<'_>) -> Value {
    let mut properties = Map::new();
    for field in record.fields {
        let schema = match field.name {
            "name" if one.nested => json!({ "type": "string", "minLength": 1, "maxLength": 100 }),
            "type" if one.needs_options => json!({ "enum": [one.ty, null] }),
            "type" => json!({ "const": one.ty }),
            "fieldPath" if !one.fields.is_empty() => json!({ "type": "string", "enum": one.fields }),
            name if name == one.option => options(call, &field.ty, components, one.needs_options),
            "name" | "fieldPath" => nullable(components.field(call, field)),
            _ => json!({ "type": "null" }),
        };
        properties.insert(field.name.to_owned(), schema);
    }
    let mut required = vec![if one.needs_options { one.option } else { "type" }];
    if !one.fields.is_empty() {
        required.push("fieldPath");
    }
    if one.nested {
        required.push("name");
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The options of a type: all of them are needed, but for those of `VALUE`, which have defaults.
fn options(call: &Call, ty: &Type, components: &mut Components, needed: bool) -> Value {
    let Type::Record(record) = ty else { return json!({}) };
    let mut schema = components.request(call, record, &[]);
    let needs: &[&str] = match record.name {
        "RangeAggregation" => &["buckets"],
        "ScalarAggregation" => &["type"],
        "DateHistogramAggregation" => &["interval"],
        "NestedAggregation" => &["nestedAggregations"],
        _ => &[],
    };
    for name in needs {
        let Some(field) = schema.pointer_mut(&format!("/properties/{name}")) else { continue };
        if let Some(Value::Array(names)) = field.get_mut("enum") {
            names.retain(|name| name.as_str().is_some_and(|name| !name.starts_with("UNKNOWN")));
        }
        if let Some(fields) = field.as_object_mut() {
            let ty = if fields.contains_key("items") { "array" } else { "string" };
            fields.insert("type".to_owned(), json!(ty));
            if *name == "buckets" {
                fields.insert("minItems".to_owned(), json!(1));
            }
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push(json!(name));
        }
    }
    if needed { schema } else { nullable(schema) }
}

/// The fields of some kinds, as the wire spells them and as the official client leaves them.
fn aggregatable(takes: impl Fn(Kind) -> bool) -> Vec<String> {
    let all = ACCOUNTS_SEARCH.iter().filter(|field| ACCOUNTS_AGGREGATABLE.contains(&field.path));
    let mut names = Vec::new();
    for field in all.filter(|field| takes(field.kind)) {
        names.push(field.path.to_owned());
        let (before, last) = field.path.rsplit_once('.').map_or(("", field.path), |(a, b)| (a, b));
        if matches!(last, "id" | "createdDate" | "updatedDate") {
            let dot = if before.is_empty() { "" } else { "." };
            names.push(format!("{before}{dot}_{last}"));
        }
    }
    names
}
