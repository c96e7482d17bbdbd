//! The proxy's own routes, the named earns apart.

use serde_json::{Map, Value, json};

use super::answers::{self, Statuses, responses};
use crate::operations::json_of;

/// The parts of `/me`.
const PARTS: [&str; 6] = ["account", "transactions", "rewards", "coupons", "tiers", "program"];

/// Path, method and entry of each.
pub(crate) fn all() -> Vec<(&'static str, &'static str, Value)> {
    let asks = Statuses { upstream: false, identifies: true, ..Statuses::NONE };
    vec![
        ("/me", "get", {
            let include = json!({
                "name": "include", "in": "query", "required": false,
                "description": "The parts to read, all where it is missing.",
                "style": "form", "explode": false,
                "schema": {
                    "type": "array", "minItems": 1, "uniqueItems": true,
                    "items": { "type": "string", "enum": PARTS },
                },
            });
            let doc = "What a loyalty page shows, in one round trip. Each part is the answer that its own call would \
                       have got, under the same grants.";
            let good = good("A status and a body for each part.", me());
            entry("getMe", doc, callers(), vec![include, client()], responses("200", good, asks))
        }),
        ("/healthz", "get", {
            let schema = json!({
                "type": "object", "required": ["status"], "properties": { "status": { "const": "ok" } },
            });
            let mut answers = responses("200", good("It is up.", schema), Statuses::NONE);
            answers::add(&mut answers, 503);
            let doc = "Whether the proxy is up; with `?ready` whether its store answers too.";
            entry("getHealth", doc, json!([]), Vec::new(), answers)
        }),
        ("/openapi.json", "get", {
            let answers = responses("200", good("OpenAPI 3.1.", json!({ "type": "object" })), Statuses::NONE);
            entry("getOpenApi", "This document.", json!([]), Vec::new(), answers)
        }),
        ("/webhooks", "post", webhooks()),
        ("/login", "get", {
            let back = json!({
                "name": "returnTo", "in": "query", "required": false,
                "description": "A path of this origin to come back to, at most 512 characters.",
                "schema": { "type": "string", "maxLength": 512 },
            });
            let doc = "Sends the browser to where its user signs in. A page to go to, not one to fetch.";
            let statuses = Statuses { identifies: true, ..Statuses::NONE };
            let answers = responses("303", gone("To where the user signs in."), statuses);
            entry("login", doc, json!([]), vec![back, navigates()], answers)
        }),
        ("/callback", "get", {
            let of = |name: &str| json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } });
            let doc =
                "Takes the answer of the sign-in, begins a session and sends the browser back to the page.";
            let statuses = Statuses { identifies: true, ..Statuses::NONE };
            let answers = responses("303", gone("Back to the page."), statuses);
            entry("callback", doc, json!([]), vec![of("code"), of("state"), navigates()], answers)
        }),
        ("/logout", "post", {
            let statuses = Statuses { has_body: true, identifies: true, ..Statuses::NONE };
            let answers =
                responses("200", good("The session is over.", json!({ "type": "object" })), statuses);
            let mut entry =
                entry("logout", "Ends the session, for good.", callers(), vec![client()], answers);
            if let Some(fields) = entry.as_object_mut() {
                let body = json!({ "required": true, "content": json_of(json!({ "type": "object" })) });
                fields.insert("requestBody".to_owned(), body);
            }
            entry
        }),
    ]
}

/// The same claim as an earn's, without a key and without an effect.
pub(crate) fn preview(mut earn: Value) -> Value {
    let schema = json!({
        "type": "object", "required": ["amount", "payable", "needsProof"], "additionalProperties": false,
        "properties": {
            "amount": { "type": "integer", "description": "The points that the claim comes to." },
            "payable": { "type": "boolean", "description": "Whether the caps let it pay now." },
            "needsProof": { "type": "boolean", "description": "Whether a hook decides when it is claimed." },
            "retryAt": {
                "type": "string", "format": "date-time",
                "description": "From when nothing stands in the way; missing where it pays, or never will.",
            },
        },
    });
    let asks = Statuses { has_body: true, upstream: true, finds: true, identifies: true, ..Statuses::NONE };
    let answer = responses("200", good("What it would pay.", schema), asks);
    let Some(fields) = earn.as_object_mut() else { return earn };
    fields.insert("operationId".to_owned(), json!("previewEarn"));
    let doc = "What a claim of the action would pay now. Nothing is paid, counted or held.";
    fields.insert("description".to_owned(), json!(doc));
    fields.insert("responses".to_owned(), answer);
    if let Some(Value::Array(parameters)) = fields.get_mut("parameters") {
        parameters.retain(|one| one.get("name").and_then(Value::as_str) != Some("Idempotency-Key"));
    }
    earn
}

fn webhooks() -> Value {
    let doc = "Events of the loyalty service: the signed token as text. Only the service can write one.";
    let statuses = Statuses { has_body: true, is_write: true, identifies: true, ..Statuses::NONE };
    let answers = responses("200", good("It was taken.", json!({ "type": "object" })), statuses);
    let mut entry = entry("receiveEvent", doc, json!([]), Vec::new(), answers);
    if let Some(fields) = entry.as_object_mut() {
        let content = json!({ "text/plain": { "schema": { "type": "string", "minLength": 1 } } });
        fields.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    entry
}

fn entry(name: &str, doc: &str, security: Value, parameters: Vec<Value>, responses: Value) -> Value {
    json!({
        "operationId": name,
        "tags": ["proxy"],
        "description": doc,
        "security": security,
        "parameters": parameters,
        "responses": responses,
    })
}

fn good(description: &str, schema: Value) -> Value {
    json!({ "description": description, "headers": answers::always(), "content": json_of(schema) })
}

fn gone(description: &str) -> Value {
    let mut headers = answers::always();
    if let Some(fields) = headers.as_object_mut() {
        fields.insert("Location".to_owned(), json!({ "$ref": "#/components/headers/Location" }));
    }
    json!({ "description": description, "headers": headers })
}

/// Who calls: anybody, by what the policy grants to visitors; a token or a session says who it is.
pub(crate) fn callers() -> Value {
    json!([{}, { "token": [] }, { "session": [] }])
}

/// The header that a page of another site can't send unasked.
pub(crate) fn client() -> Value {
    json!({
        "name": "X-Loyalty-Client", "in": "header", "required": true,
        "description": "Name and version of the client, such as `shop/1.0`.",
        "schema": { "type": "string", "pattern": "^[!-.0-~]{1,64}/[!-~]{1,64}$" },
    })
}

/// What a browser sends when it opens a page.
fn navigates() -> Value {
    json!({
        "name": "Sec-Fetch-Mode", "in": "header", "required": true,
        "description": "Set by browsers that open a page; no script can.",
        "schema": { "const": "navigate" },
    })
}

fn me() -> Value {
    let part = json!({
        "type": "object",
        "required": ["status", "body"],
        "properties": { "status": { "type": "integer" }, "body": { "type": "object" } },
    });
    let properties: Map<String, Value> =
        PARTS.into_iter().map(|name| (name.to_owned(), part.clone())).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
