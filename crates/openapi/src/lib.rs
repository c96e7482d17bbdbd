//! The OpenAPI 3.1 document of the sandbox, made from the endpoint table: what validates requests also describes
//! them, so the two can't disagree for long.

mod filters;
mod operations;
mod schemas;

use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::Identity;
use serde_json::{Map, Value, json};

use schemas::Components;

/// The document of the sandbox.
#[must_use]
pub fn sandbox() -> Value {
    let mut components = Components::default();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.identity != Identity::Proxy) {
        let operation = operations::operation(endpoint, &mut components);
        let entry = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = entry.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let mut schemas = components.schemas;
    schemas.insert("Error".to_owned(), error());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Loyalty sandbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A local stand-in for the Wix Loyalty REST API. Its own choices are listed in its read-me.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "credential": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "The API key, or a token, bare.",
                },
                "site": {
                    "type": "apiKey", "in": "header", "name": "wix-site-id",
                    "description": "The site that an API key is for.",
                },
            },
        },
    })
}

fn error() -> Value {
    let violation = json!({
        "type": "object",
        "required": ["field", "description", "violatedRule", "ruleName"],
        "properties": {
            "field": { "type": "string" },
            "description": { "type": "string" },
            "violatedRule": { "type": "string" },
            "ruleName": { "type": "string" },
            "data": { "type": "object" },
        },
    });
    json!({
        "type": "object",
        "required": ["message", "details"],
        "properties": {
            "message": { "type": "string" },
            "details": {
                "type": "object",
                "properties": {
                    "applicationError": {
                        "type": "object",
                        "required": ["code", "description", "data"],
                        "properties": {
                            "code": { "type": "string" },
                            "description": { "type": "string" },
                            "data": { "type": "object" },
                        },
                    },
                    "validationError": {
                        "type": "object",
                        "required": ["fieldViolations"],
                        "properties": { "fieldViolations": { "type": "array", "items": violation, "minItems": 1 } },
                    },
                },
                "oneOf": [{ "required": ["applicationError"] }, { "required": ["validationError"] }],
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` of the document.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(target) if name == "$ref" => found.push(target.clone()),
                        value => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn l16_every_method_is_there_and_every_reference_leads_somewhere() {
        let document = sandbox();
        for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.identity != Identity::Proxy) {
            let method = endpoint.method.as_str().to_ascii_lowercase();
            assert_eq!(document["paths"][endpoint.path][&method]["operationId"], endpoint.name);
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50, "{}", found.len());
        for target in found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
    }

    #[test]
    fn l16_limits_come_from_the_table() {
        let document = sandbox();
        let earn = &document["paths"]["/loyalty-accounts/v1/accounts/{accountId}/earn-points"]["post"];
        let body = &earn["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["properties"]["amount"]["maximum"], 9_999_999);
        assert_eq!(body["properties"]["idempotencyKey"]["maxLength"], 128);
        assert_eq!(body["additionalProperties"], false);
        assert!(body["properties"].get("accountId").is_none(), "it stands in the path");
        assert_eq!(earn["parameters"][0]["name"], "accountId");
        let statuses: Vec<_> = earn["responses"].as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["200", "400", "401", "403", "404", "405", "409", "428", "429", "501"]);
    }
}
