//! JSON schemas of records: strict for requests, which the sandbox checks, and by name for answers.

use loyalty_contract::fields::Kind;
use loyalty_contract::schema::{Field, Limit, Record, Rule, Type};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::{aggregations, filters};

/// The named schemas of a document, filled as they are reached.
#[derive(Debug, Default)]
pub(crate) struct Components {
    pub(crate) schemas: Map<String, Value>,
}

pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A documentation comment on one line.
pub(crate) fn doc(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a value may be, and `null`, which says the same as leaving it out.
pub(crate) fn nullable(mut schema: Value) -> Value {
    if let Some(Value::String(name)) = schema.get("type").cloned() {
        if let Some(Value::Array(names)) = schema.get_mut("enum") {
            names.push(Value::Null);
        }
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("type".to_owned(), json!([name, "null"]));
        }
        return schema;
    }
    if schema.as_object().is_some_and(Map::is_empty) {
        return schema;
    }
    json!({ "anyOf": [schema, { "type": "null" }] })
}

impl Components {
    /// The schema of an answer's record, by name.
    pub(crate) fn answer(&mut self, record: &'static Record) -> Value {
        if !self.schemas.contains_key(record.name) {
            // Set before the fields are walked: a record may hold itself.
            self.schemas.insert(record.name.to_owned(), Value::Null);
            let mut properties = Map::new();
            for field in record.fields {
                let mut schema = self.answer_type(&field.ty);
                if let Some(fields) = schema.as_object_mut().filter(|fields| !fields.contains_key("$ref")) {
                    fields.insert("description".to_owned(), json!(doc(field.doc)));
                }
                properties.insert(field.name.to_owned(), schema);
            }
            let required: Vec<_> =
                record.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
            let schema = json!({
                "type": "object",
                "description": doc(record.doc),
                "properties": properties,
                "required": required,
            });
            self.schemas.insert(record.name.to_owned(), schema);
        }
        reference(record.name)
    }

    fn answer_type(&mut self, ty: &Type) -> Value {
        match ty {
            Type::List(item) => json!({ "type": "array", "items": self.answer_type(item) }),
            Type::Map(item) => json!({ "type": "object", "additionalProperties": self.answer_type(item) }),
            Type::Record(record) => self.answer(record),
            Type::Filter | Type::Image => json!({ "type": "object" }),
            Type::Float => {
                json!({ "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }] })
            }
            plain => scalar(plain, &[]),
        }
    }

    /// The schema of what a request carries in a record, the fields in `except` apart.
    pub(crate) fn request(&mut self, call: &Call, record: &'static Record, except: &[&str]) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let writable =
            |field: &&Field| !field.limits.contains(&Limit::ReadOnly) && !except.contains(&field.name);
        for field in record.fields.iter().filter(writable) {
            let mut schema = self.writable(call, field, except);
            if field.required {
                required.push(field.name);
            } else {
                schema = nullable(schema);
            }
            if let Some(fields) = schema.as_object_mut().filter(|fields| !fields.contains_key("$ref")) {
                fields.insert("description".to_owned(), json!(doc(field.doc)));
            }
            properties.insert(field.name.to_owned(), schema);
        }
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        let rules: Vec<_> = record.rules.iter().map(rule).collect();
        if !rules.is_empty()
            && let Some(fields) = schema.as_object_mut()
        {
            fields.insert("allOf".to_owned(), Value::Array(rules));
        }
        schema
    }

    /// The schema of one field of a request, without what stands in the path: `tier.id` is the `id` of the `tier`.
    fn writable(&mut self, call: &Call, field: &Field, except: &[&str]) -> Value {
        let within: Vec<&str> =
            except.iter().filter_map(|name| name.strip_prefix(field.name)?.strip_prefix('.')).collect();
        match field.ty {
            Type::Record(record) if !within.is_empty() => self.request(call, record, &within),
            _ => self.field(call, field),
        }
    }

    /// The schema of one field of a request.
    pub(crate) fn field(&mut self, call: &Call, field: &Field) -> Value {
        self.request_type(call, &field.ty, field.limits)
    }

    fn request_type(&mut self, call: &Call, ty: &Type, limits: &[Limit]) -> Value {
        match ty {
            Type::Record(record) => {
                // Only a search carries aggregations out; a bulk job passes them over, whatever they say.
                let aggregation =
                    if call.name == "searchAccounts" { aggregations::of(call, record, self) } else { None };
                aggregation.unwrap_or_else(|| self.request(call, record, &[]))
            }
            Type::Filter => filters::filter(call, self),
            Type::List(item) => {
                let mut items = self.request_type(call, item, &[]);
                if limits.contains(&Limit::SearchField) {
                    items = json!({ "type": "string", "enum": call.searchable });
                }
                let mut schema = json!({ "type": "array", "items": items });
                for limit in limits {
                    if let (Limit::Len(least, most), Some(fields)) = (limit, schema.as_object_mut()) {
                        fields.insert("minItems".to_owned(), json!(least));
                        fields.insert("maxItems".to_owned(), json!(most));
                    }
                }
                schema
            }
            Type::Map(item) => {
                json!({ "type": "object", "additionalProperties": self.request_type(call, item, &[]) })
            }
            Type::Image => image(),
            Type::Float => {
                let mut number = json!({ "type": "number" });
                let mut names = vec!["NaN", "Infinity", "-Infinity"];
                for limit in limits {
                    if let (Limit::MinHundredths(least), Some(fields)) = (limit, number.as_object_mut()) {
                        #[allow(clippy::cast_precision_loss, reason = "limits are small")]
                        fields.insert("minimum".to_owned(), json!(*least as f64 / 100.0));
                        // The only one of the three that is not below it.
                        names.retain(|name| *name == "Infinity");
                    }
                }
                json!({ "anyOf": [number, { "enum": names }] })
            }
            Type::Str if limits.contains(&Limit::FieldName) => {
                let sortable = call.fields.iter().filter(|field| field.kind != Kind::Object);
                json!({ "type": "string", "enum": sortable.map(|field| field.path).collect::<Vec<_>>() })
            }
            plain => scalar(plain, limits),
        }
    }
}

/// Above 0, at most twelve digits before the point and two behind it.
const MONEY: &str = "^([1-9][0-9]{0,11}(\\.[0-9]{1,2})?|0\\.(0[1-9]|[1-9][0-9]?))$";

/// A picture as it is sent.
fn image() -> Value {
    let text = || json!({ "type": ["string", "null"] });
    let pixels = || json!({ "type": ["integer", "null"], "minimum": i64::MIN, "maximum": i64::MAX });
    json!({
        "type": "object",
        "properties": {
            "id": text(),
            "url": text(),
            "height": pixels(),
            "width": pixels(),
            "altText": text(),
            "filename": text(),
        },
    })
}

/// A value that holds no others.
fn scalar(ty: &Type, limits: &[Limit]) -> Value {
    let mut schema = match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Int => {
            json!({ "type": "integer", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_i64 })
        }
        Type::Guid => json!({ "type": "string", "format": "uuid" }),
        Type::Date => json!({ "type": "string", "format": "date-time" }),
        Type::Int64 if limits.iter().any(|limit| matches!(limit, Limit::Range(1, _))) => {
            json!({ "type": "string", "pattern": "^[1-9][0-9]{0,17}$" })
        }
        Type::Int64 => json!({ "type": "string", "pattern": "^-?[0-9]{1,18}$" }),
        Type::Enum(names) => json!({ "type": "string", "enum": names.values }),
        Type::Str => json!({ "type": "string" }),
        _ => json!({}),
    };
    let Some(fields) = schema.as_object_mut() else { return schema };
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    for limit in limits {
        match *limit {
            Limit::Range(least, most) if matches!(ty, Type::Int) => {
                set("minimum", json!(least));
                set("maximum", json!(most));
            }
            Limit::NonZero => set("not", json!({ "const": 0 })),
            Limit::Len(least, most) => {
                set("minLength", json!(least));
                set("maxLength", json!(most));
            }
            Limit::Key => set("pattern", json!("^[a-z0-9-]+$")),
            Limit::Money => set("pattern", json!(MONEY)),
            _ => {}
        }
    }
    schema
}

fn rule(rule: &Rule) -> Value {
    // `null` says the same as leaving it out, so a field counts as given only where it is not `null`.
    let given = |name: &&str| {
        let mut properties = Map::new();
        properties.insert((*name).to_owned(), json!({ "not": { "type": "null" } }));
        json!({ "required": [name], "properties": properties })
    };
    match rule {
        Rule::ExactlyOne(names) => json!({ "oneOf": names.iter().map(given).collect::<Vec<_>>() }),
        Rule::AtLeastOne(names) => json!({ "anyOf": names.iter().map(given).collect::<Vec<_>>() }),
        Rule::AtMostOne(names) => {
            let mut all: Vec<_> = names.iter().map(given).collect();
            let none = json!({ "not": { "anyOf": all } });
            all.push(none);
            json!({ "oneOf": all })
        }
    }
}
