//! One call: parameters, body, answers, and where its answers lead.

use loyalty_contract::schema::{Record, Type};
use serde_json::{Map, Value, json};

use super::answers::{self, Refusals};
use super::call::Call;
use super::links;
use super::schemas::{Components, doc, reference};
use super::tighten;

/// What a call takes: the parameters of path and query, and the schema of the body where it has one.
pub(crate) struct Arguments {
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
}

/// What a call takes. `shown` are the names that the document gives the parameters of the path.
pub(crate) fn arguments(call: &Call, shown: &[&str], components: &mut Components) -> Arguments {
    let names: Vec<_> = call.path_params().collect();
    let mut parameters = Vec::new();
    for name in shown {
        parameters.push(json!({
            "name": name, "in": "path", "required": true,
            "schema": { "type": "string", "format": "uuid" },
        }));
    }
    if call.verb.has_body() {
        let mut schema = components.request(call, call.request, &names);
        tighten::body(call.name, &mut schema);
        return Arguments { parameters, body: Some(schema) };
    }
    match tighten::query(call.name) {
        Some(one) => parameters.push(one),
        None => query(call, call.request, "", &names, components, &mut parameters),
    }
    Arguments { parameters, body: None }
}

/// The call's entry in the sandbox's document.
pub(crate) fn operation(call: &Call, shown: &[&str], components: &mut Components) -> Value {
    let Arguments { parameters, body } = arguments(call, shown, components);
    let mut entry = described(call);
    let Some(fields) = entry.as_object_mut() else { return entry };
    fields.insert("security".to_owned(), security(call));
    fields.insert("responses".to_owned(), responses(call, components));
    fields.insert("parameters".to_owned(), Value::Array(parameters));
    if let Some(schema) = body {
        let may_be_empty = schema.get("allOf").is_none()
            && schema.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty);
        let body = json!({ "required": !may_be_empty, "content": json_of(schema) });
        fields.insert("requestBody".to_owned(), body);
    }
    entry
}

/// Name, group and words of a call: the same in every document.
pub(crate) fn described(call: &Call) -> Value {
    let mut entry = json!({
        "operationId": call.name,
        "tags": [call.tag],
        "description": doc(call.doc),
        "deprecated": call.deprecated,
    });
    if let (Some(link), Some(fields)) = (call.link, entry.as_object_mut()) {
        fields.insert("externalDocs".to_owned(), json!({ "url": link }));
    }
    entry
}

/// The fields of a record as parameters of the query string: those of records in it by their dotted path.
fn query(
    call: &Call,
    record: &'static Record,
    before: &str,
    except: &[&str],
    components: &mut Components,
    parameters: &mut Vec<Value>,
) {
    for field in record.fields.iter().filter(|field| !except.contains(&field.name)) {
        let name = format!("{before}{}", field.name);
        if let Type::Record(inner) = field.ty {
            query(call, inner, &format!("{name}."), &[], components, parameters);
            continue;
        }
        parameters.push(json!({
            "name": name,
            "in": "query",
            "required": field.required,
            "description": doc(field.doc),
            "schema": components.field(call, field),
        }));
    }
}

fn security(call: &Call) -> Value {
    if call.by_members {
        // A member's token knows its site.
        json!([{ "credential": [] }])
    } else {
        json!([{ "credential": [], "site": [] }])
    }
}

fn responses(call: &Call, components: &mut Components) -> Value {
    let mut good = json!({
        "description": doc(call.response.doc),
        "content": json_of(components.answer(call.response)),
    });
    let links = links::of(call.name);
    if let (false, Some(fields)) = (links.is_empty(), good.as_object_mut()) {
        fields.insert("links".to_owned(), Value::Object(links));
    }
    with_refusals(good, &answers::refusals(call.name))
}

pub(crate) fn json_of(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// The good answer and the refusals.
pub(crate) fn with_refusals(good: Value, refusals: Refusals<'_>) -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), good);
    for (status, description) in refusals {
        let answer = json!({ "description": description, "content": json_of(reference("Error")) });
        responses.insert(status.to_string(), answer);
    }
    Value::Object(responses)
}
