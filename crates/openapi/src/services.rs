//! The calls that stand in no table: tokens and async jobs, which are other services' upstream, and the document itself.

use serde_json::{Map, Value, json};

use super::answers::{DOCUMENT, JOB, TOKEN, TOKEN_OF_MEMBER};
use super::links;
use super::operations::{json_of, with_refusals};
use super::schemas::reference;

/// Path, method and entry of each.
pub(crate) fn all(schemas: &mut Map<String, Value>) -> Vec<(&'static str, &'static str, Value)> {
    schemas.insert("Token".to_owned(), token());
    schemas.insert("TokenInfo".to_owned(), token_info());
    schemas.insert("AsyncJob".to_owned(), job());
    schemas.insert("AsyncJobItem".to_owned(), job_item());
    vec![
        ("/oauth2/token", "post", {
            let doc = "Tokens: for a visitor, for a member by the shop's backend, for the app. Names may be written in \
                       camelCase or with underscores.";
            let answers = with_refusals(good("The tokens.", reference("Token")), TOKEN_OF_MEMBER);
            called("getToken", doc, json!([{}, { "credential": [] }]), grants(), answers)
        }),
        ("/oauth/access", "post", {
            let answers = with_refusals(good("The tokens.", reference("Token")), TOKEN);
            called(
                "getAppToken",
                "A token for the app, by its refresh token.",
                json!([]),
                app_grant(),
                answers,
            )
        }),
        ("/oauth2/token-info", "post", {
            let body = object(&[("token", text())]);
            let answers = with_refusals(good("Whose it is.", reference("TokenInfo")), TOKEN);
            called("getTokenInfo", "Whose a token is.", json!([]), body, answers)
        }),
        ("/async-jobs/v1/async-jobs/{jobId}", "get", {
            let schema = json!({ "type": "object", "properties": { "job": reference("AsyncJob") }, "required": ["job"] });
            let answers = with_refusals(good("The job.", schema), JOB);
            about_job("getAsyncJob", "Where a bulk job stands.", &[], answers)
        }),
        ("/async-jobs/v1/async-jobs/{jobId}/items", "get", {
            let schema = json!({
                "type": "object",
                "properties": {
                    "items": { "type": "array", "items": reference("AsyncJobItem") },
                    "pagingMetadata": reference("CursorPagingMetadata"),
                },
                "required": ["items", "pagingMetadata"],
            });
            let mut page = good("The items that were tried so far.", schema);
            if let Some(fields) = page.as_object_mut() {
                fields.insert("links".to_owned(), Value::Object(links::of("listAsyncJobItems")));
            }
            let paging = [
                json!({
                    "name": "paging.limit", "in": "query", "required": false,
                    "description": "How many, 1 to 100; 50 when absent.",
                    "schema": { "type": "integer", "minimum": 1, "maximum": 100 },
                }),
                json!({
                    "name": "paging.cursor", "in": "query", "required": false,
                    "description": "From where: a cursor of an earlier page.",
                    "schema": { "type": "string", "minLength": 1, "maxLength": 16_000 },
                }),
            ];
            let doc = "What became of each account of a bulk job.";
            about_job("listAsyncJobItems", doc, &paging, with_refusals(page, JOB))
        }),
        (
            "/openapi.json",
            "get",
            json!({
                "operationId": "getOpenApi",
                "tags": ["sandbox"],
                "description": "This document.",
                "security": [],
                "responses": with_refusals(good("OpenAPI 3.1.", json!({ "type": "object" })), DOCUMENT),
            }),
        ),
    ]
}

fn good(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": json_of(schema) })
}

fn called(name: &str, doc: &str, security: Value, body: Value, responses: Value) -> Value {
    json!({
        "operationId": name,
        "tags": ["tokens"],
        "description": doc,
        "security": security,
        "requestBody": { "required": true, "content": json_of(body) },
        "responses": responses,
    })
}

fn about_job(name: &str, doc: &str, paging: &[Value], responses: Value) -> Value {
    let mut parameters = vec![json!({
        "name": "jobId", "in": "path", "required": true,
        "schema": { "type": "string", "format": "uuid" },
    })];
    parameters.extend_from_slice(paging);
    json!({
        "operationId": name,
        "tags": ["jobs"],
        "description": doc,
        "security": [{ "credential": [], "site": [] }],
        "parameters": parameters,
        "responses": responses,
    })
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// An object with these fields, all required, and whatever else: token calls carry more than is looked at.
fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// One grant in both spellings.
fn grant(name: &str, parts: &[(&str, &str)]) -> Vec<Value> {
    let of = |camel: bool| {
        let mut fields = vec![(if camel { "grantType" } else { "grant_type" }, json!({ "const": name }))];
        fields.extend(parts.iter().map(|part| (if camel { part.0 } else { part.1 }, text())));
        object(&fields)
    };
    vec![of(true), of(false)]
}

fn grants() -> Value {
    let mut all = grant("anonymous", &[("clientId", "client_id")]);
    all.extend(grant("refresh_token", &[("clientId", "client_id"), ("refreshToken", "refresh_token")]));
    all.extend(grant("authorized_client", &[("memberId", "member_id")]));
    // Those of an app have one spelling.
    let app = |name: &str, parts: &[&str]| {
        let mut fields = vec![("grant_type", json!({ "const": name }))];
        fields.extend(parts.iter().map(|part| (*part, text())));
        object(&fields)
    };
    all.push(app("client_credentials", &["instance_id", "client_id", "client_secret"]));
    all.push(app("strip_bound_session", &["access_token", "client_secret"]));
    json!({ "type": "object", "anyOf": all })
}

fn app_grant() -> Value {
    object(&[
        ("grant_type", json!({ "const": "refresh_token" })),
        ("refresh_token", text()),
        ("client_id", text()),
        ("client_secret", text()),
    ])
}

fn token() -> Value {
    json!({
        "type": "object",
        "properties": {
            "access_token": text(),
            "refresh_token": text(),
            "token_type": { "const": "Bearer" },
            "expires_in": { "type": "integer", "description": "Seconds by the sandbox's clock." },
        },
        "required": ["access_token", "refresh_token", "token_type", "expires_in"],
    })
}

fn token_info() -> Value {
    let maybe = || json!({ "type": ["string", "null"] });
    json!({
        "type": "object",
        "properties": {
            "active": { "const": true },
            "subjectType": { "enum": ["APP", "MEMBER", "VISITOR"] },
            "subjectId": text(),
            "exp": maybe(),
            "siteId": text(),
            "clientId": maybe(),
            "instanceId": maybe(),
        },
        "required": ["active", "subjectType", "subjectId", "siteId"],
    })
}

fn job() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let date = || json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "status": { "enum": ["INITIALIZED", "PROCESSING", "FINISHED", "FAILED"] },
            "counters": {
                "type": "object",
                "properties": { "itemsToProcess": count(), "itemsSucceeded": count(), "itemsFailed": count() },
                "required": ["itemsToProcess", "itemsSucceeded", "itemsFailed"],
            },
            "counts": {
                "type": "object",
                "properties": {
                    "total": count(),
                    "successCount": count(),
                    "failCount": count(),
                    "errorByCodeCount": { "type": "object", "additionalProperties": count() },
                },
            },
            "createdDate": date(),
            "updatedDate": date(),
        },
        "required": ["id", "status", "counters", "createdDate", "updatedDate"],
    })
}

fn job_item() -> Value {
    json!({
        "type": "object",
        "properties": {
            "itemMetadata": reference("ItemMetadata"),
            "transactionId": { "type": "string", "format": "uuid" },
        },
        "required": ["itemMetadata"],
    })
}
