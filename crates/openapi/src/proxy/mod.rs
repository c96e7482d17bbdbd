//! The document of the proxy: upstream's own methods as far as a policy can grant them, and the proxy's routes beside
//! them. A running proxy knows its path, its actions and whether it has sessions, and says so when it serves this.

mod answers;
mod routes;

use loyalty_contract::endpoint::{Effect, Endpoint, Identity};
use loyalty_contract::{ENDPOINTS, Operation};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::links;
use super::operations::{self, Arguments, json_of};
use super::schemas::{Components, doc};
use answers::{Statuses, responses};

/// The document of a proxy, of any policy.
#[must_use]
pub fn document() -> Value {
    let mut components = Components::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut put = |path: &str, method: &str, entry: Value| {
        if let Some(methods) = paths.entry(path).or_insert_with(|| json!({})).as_object_mut() {
            methods.insert(method.to_owned(), entry);
        }
    };
    for endpoint in ENDPOINTS {
        let entry = operation(endpoint, &mut components);
        if endpoint.operation == Operation::Earn {
            put(&format!("{}/preview", endpoint.path), "post", routes::preview(entry.clone()));
        }
        put(endpoint.path, &endpoint.method.as_str().to_ascii_lowercase(), entry);
    }
    for (path, method, entry) in routes::all() {
        put(path, method, entry);
    }
    let mut schemas = components.schemas;
    schemas.insert("Problem".to_owned(), answers::problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Loyalty proxy",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Upstream's own methods under the proxy's path, as far as its policy grants them to the \
                            caller, and the proxy's own routes. A customer's call may take less than is said here: \
                            only the own account, and only some fields to filter and sort by.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/loyalty" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": answers::headers(),
            "responses": answers::refusals(),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "The caller's own token, with or without the word `Bearer`. No token is a visitor.",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-loyalty",
                    "description": "The cookie of a session, where the proxy has sessions.",
                },
            },
        },
    })
}

/// A method of the API, or a named earn.
fn operation(endpoint: &'static Endpoint, components: &mut Components) -> Value {
    let call = Call::from(endpoint);
    let is_own = endpoint.identity == Identity::Proxy;
    let shown: Vec<_> = call.path_params().collect();
    let Arguments { mut parameters, body } =
        operations::arguments(&call, if is_own { &[] } else { &shown }, components);
    if is_own {
        parameters.push(action());
    }
    parameters.push(routes::client());
    if let Effect::Write(_) = endpoint.effect {
        // What is the caller's own by its meaning is a customer's write, whoever calls.
        parameters.push(key(is_own || endpoint.operation == Operation::RedeemCurrentMemberPointsForCoupon));
    }
    let mut good = json!({
        "description": doc(endpoint.response.doc),
        "headers": answers::always(),
        "content": json_of(components.answer(endpoint.response)),
    });
    let links = links::of(endpoint.name);
    let known = |link: &Value| {
        let to = link.get("operationId").and_then(Value::as_str).and_then(Operation::from_name);
        to.is_some()
    };
    let links: Map<_, _> = links.into_iter().filter(|(_, link)| known(link)).collect();
    if let (false, Some(fields)) = (links.is_empty(), good.as_object_mut()) {
        fields.insert("links".to_owned(), Value::Object(links));
    }
    let statuses = Statuses {
        has_body: body.is_some(),
        is_write: endpoint.is_write(),
        upstream: true,
        finds: true,
        identifies: true,
    };
    let mut entry = operations::described(&call);
    let Some(fields) = entry.as_object_mut() else { return entry };
    fields.insert("security".to_owned(), routes::callers());
    fields.insert("parameters".to_owned(), Value::Array(parameters));
    fields.insert("responses".to_owned(), responses("200", good, statuses));
    if let Some(mut schema) = body {
        if endpoint.operation == Operation::BulkAdjustPoints {
            never_everybody(&mut schema);
        }
        if let Some(parameters) = schema.pointer_mut("/properties/parameters").filter(|_| is_own) {
            *parameters = json!({
                "type": ["object", "null"],
                "description": "Plain values under plain names: what the policy's amount or its hook asks for.",
                "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$" },
                "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
            });
        }
        fields.insert("requestBody".to_owned(), json!({ "required": true, "content": json_of(schema) }));
    }
    entry
}

/// A bulk adjustment names whom it means, by a filter or by words.
fn never_everybody(schema: &mut Value) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.push(json!("search"));
    }
    let Some(search) = schema.pointer_mut("/properties/search").and_then(Value::as_object_mut) else {
        return;
    };
    search.insert("type".to_owned(), json!("object"));
    let filter = json!({
        "required": ["filter"],
        "properties": { "filter": { "type": "object", "minProperties": 1 } },
    });
    let words = json!({
        "required": ["search"],
        "properties": { "search": {
            "type": "object",
            "required": ["expression"],
            "properties": { "expression": { "type": "string", "pattern": "[^\\s]" } },
        } },
    });
    search.insert("anyOf".to_owned(), json!([filter, words]));
}

fn action() -> Value {
    json!({
        "name": "action", "in": "path", "required": true,
        "description": "Name of an action of the policy.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z0-9-]+$" },
    })
}

/// The header that keeps a write from happening twice. Members' writes need it; staff may leave it out.
fn key(required: bool) -> Value {
    let needed = if required { "" } else { " Members' writes need it." };
    json!({
        "name": "Idempotency-Key", "in": "header", "required": required,
        "description": format!("A key of the caller's own that stays the same on a retry, bare or quoted.{needed}"),
        "schema": {
            "type": "string",
            "pattern": "^([A-Za-z0-9_-]{1,128}|\"[A-Za-z0-9_-]{1,128}\")$",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l16_the_proxys_document_has_every_method_and_every_route_of_its_own() {
        let document = document();
        for endpoint in ENDPOINTS {
            let method = endpoint.method.as_str().to_ascii_lowercase();
            let entry = &document["paths"][endpoint.path][&method];
            assert_eq!(entry["operationId"], endpoint.name);
            for (status, answer) in entry["responses"].as_object().unwrap() {
                let shared =
                    answer["$ref"].as_str().map(|place| &document["components"]["responses"][&place[23..]]);
                let kind = if status == "200" { "application/json" } else { "application/problem+json" };
                let content = &shared.unwrap_or(answer)["content"];
                assert!(content.get(kind).is_some(), "{} {status}", endpoint.name);
            }
        }
        for path in [
            "/me",
            "/actions/{action}/preview",
            "/healthz",
            "/openapi.json",
            "/webhooks",
            "/login",
            "/callback",
            "/logout",
        ] {
            assert!(document["paths"].get(path).is_some(), "{path}");
        }
    }

    #[test]
    fn l16_writes_take_a_key_and_only_reads_have_no_conflicts() {
        let document = document();
        for endpoint in ENDPOINTS {
            let method = endpoint.method.as_str().to_ascii_lowercase();
            let entry = &document["paths"][endpoint.path][&method];
            let names: Vec<_> =
                entry["parameters"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
            assert!(names.contains(&json!("X-Loyalty-Client")), "{}", endpoint.name);
            assert_eq!(names.contains(&json!("Idempotency-Key")), endpoint.is_write(), "{}", endpoint.name);
            let statuses = entry["responses"].as_object().unwrap();
            assert_eq!(statuses.contains_key("422"), endpoint.is_write(), "{}", endpoint.name);
        }
        let earn = &document["paths"]["/actions/{action}"]["post"];
        assert_eq!(earn["parameters"][0]["name"], "action");
        let body = &earn["requestBody"]["content"]["application/json"]["schema"]["properties"];
        assert!(body.get("action").is_none() && body.get("subject").is_some());
    }
}
