//! What a proxy answers with: problems, each with the statuses that it can have, and the headers.

use loyalty_contract::ErrorCode;
use serde_json::{Map, Value, json};

use crate::schemas::{doc, reference};

/// What a route does, as far as its statuses follow from it.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each stands for a step that a request may take")]
pub(crate) struct Statuses {
    /// It reads a JSON body.
    pub(crate) has_body: bool,
    /// It changes something.
    pub(crate) is_write: bool,
    /// It asks upstream.
    pub(crate) upstream: bool,
    /// What it is asked for may not be there.
    pub(crate) finds: bool,
    /// It needs to know who calls.
    pub(crate) identifies: bool,
}

impl Statuses {
    /// A route that answers by itself.
    pub(crate) const NONE: Self =
        Self { has_body: false, is_write: false, upstream: false, finds: false, identifies: false };

    fn all(self) -> Vec<u16> {
        // Whoever sends a wrong origin, method or too many headers learns it anywhere.
        let mut all = vec![403, 405, 431, 500];
        if self.identifies {
            all.extend([400, 401, 429, 503]);
        }
        if self.has_body {
            all.extend([400, 408, 413, 415]);
        }
        if self.finds {
            all.push(404);
        }
        if self.is_write {
            all.extend([409, 422, 428]);
        }
        if self.upstream {
            // 501 where upstream has given a method up.
            all.extend([501, 502, 504]);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The good answer, and a problem for each status.
pub(crate) fn responses(status: &str, good: Value, statuses: Statuses) -> Value {
    let mut responses = Map::new();
    responses.insert(status.to_owned(), good);
    let mut responses = Value::Object(responses);
    statuses.all().into_iter().for_each(|status| add(&mut responses, status));
    responses
}

/// One problem more.
pub(crate) fn add(responses: &mut Value, status: u16) {
    let name = format!("#/components/responses/{}", name(status));
    if let Some(fields) = responses.as_object_mut() {
        fields.insert(status.to_string(), json!({ "$ref": name }));
    }
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

/// The problems of every status, by name: each stands in most calls.
pub(crate) fn refusals() -> Value {
    let mut all = Map::new();
    for status in ErrorCode::ALL.iter().map(|code| code.status()).filter(|status| *status != 0) {
        all.entry(name(status)).or_insert_with(|| refusal(status));
    }
    Value::Object(all)
}

fn refusal(status: u16) -> Value {
    let codes = ErrorCode::ALL.iter().filter(|code| code.status() == status);
    let told: Vec<String> = codes.map(|code| format!("{}: {}", code.as_str(), doc(code.doc()))).collect();
    let mut headers = always();
    let mut add = |name: &str| {
        if let Some(fields) = headers.as_object_mut() {
            fields.insert(name.to_owned(), header(name));
        }
    };
    match status {
        405 => add("Allow"),
        409 | 429 | 503 => add("Retry-After"),
        _ => {}
    }
    json!({
        "description": told.join(" "),
        "headers": headers,
        "content": { "application/problem+json": { "schema": reference("Problem") } },
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The headers of every answer.
pub(crate) fn always() -> Value {
    let names = ["X-Request-Id", "X-Wix-Request-Id", "RateLimit", "RateLimit-Policy"];
    Value::Object(names.into_iter().map(|name| (name.to_owned(), header(name))).collect())
}

/// Every header that an answer may have, by name.
pub(crate) fn headers() -> Value {
    let id = "The id by which log and audit know the request.";
    json!({
        "X-Request-Id": { "description": id, "required": true, "schema": { "type": "string" } },
        "X-Wix-Request-Id": {
            "description": "The same, by the name that the official client reads.", "required": true,
            "schema": { "type": "string" },
        },
        "Retry-After": {
            "description": "How many seconds to wait.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "Allow": { "description": "The methods that the path takes.", "schema": { "type": "string" } },
        "RateLimit": {
            "description": "What is left of the limits that the call counted against, as the IETF's draft has it.",
            "schema": { "type": "string" },
        },
        "RateLimit-Policy": { "description": "The limits themselves.", "schema": { "type": "string" } },
        "Location": { "description": "Where the browser goes on.", "schema": { "type": "string" } },
    })
}

/// RFC 9457, with what both clients read.
pub(crate) fn problem() -> Value {
    let codes: Vec<_> =
        ErrorCode::ALL.iter().filter(|code| code.status() != 0).map(|code| code.as_str()).collect();
    let violation = json!({
        "type": "object",
        "required": ["field", "rule", "description"],
        "properties": {
            "field": { "type": "string", "description": "Its path on the wire; empty for the body as a whole." },
            "rule": { "type": "string" },
            "description": { "type": "string" },
            "threshold": { "type": "integer" },
        },
    });
    json!({
        "type": "object",
        "description": "What went wrong, as RFC 9457 has it; `message` and `details` are in upstream's shape.",
        "required": [
            "type", "title", "status", "code", "detail", "retryable", "requestId", "message", "details",
        ],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "enum": codes },
            "detail": { "type": "string" },
            "retryable": { "type": "boolean", "description": "Whether the same call may succeed later." },
            "requestId": { "type": "string" },
            "message": { "type": "string" },
            "details": { "type": "object" },
            "upstreamCode": { "type": "string" },
            "retryAt": { "type": "string", "format": "date-time", "description": "When a cap is over." },
            "violations": { "type": "array", "items": violation },
        },
    })
}
