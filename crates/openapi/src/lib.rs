//! The OpenAPI 3.1 documents of the sandbox and of the proxy, made from the endpoint table: what validates requests also
//! describes them, so the two can't disagree for long.

mod aggregations;
mod answers;
mod call;
mod filters;
mod links;
mod operations;
mod proxy;
mod schemas;
mod services;
mod tighten;

use std::collections::HashMap;

use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::Identity;
use loyalty_contract::neighbours::NEIGHBOURS;
use serde_json::{Map, Value, json};

use call::Call;
pub use proxy::document as proxy;
use schemas::Components;

/// The document of the sandbox: everything that it answers but its control plane.
#[must_use]
pub fn sandbox() -> Value {
    let mut components = Components::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut put = |path: &str, method: &str, entry: Value| {
        if let Some(methods) = paths.entry(path).or_insert_with(|| json!({})).as_object_mut() {
            methods.insert(method.to_ascii_lowercase(), entry);
        }
    };
    let upstream = ENDPOINTS.iter().filter(|endpoint| endpoint.identity != Identity::Proxy);
    let calls = upstream.map(|row| Call::from(*row)).chain(NEIGHBOURS.iter().map(|row| Call::from(*row)));
    // Calls of one place have one path, whatever each of them calls its parameter.
    let mut places: HashMap<String, Call> = HashMap::new();
    for call in calls {
        let first = *places.entry(call.place()).or_insert(call);
        let shown: Vec<_> = first.path_params().collect();
        put(first.path, call.verb.as_str(), operations::operation(&call, &shown, &mut components));
    }
    for (path, method, entry) in services::all(&mut components.schemas) {
        put(path, method, entry);
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
        let paths = document["paths"].as_object().unwrap();
        let told: Vec<&str> = paths
            .values()
            .flat_map(|methods| methods.as_object().unwrap().values())
            .map(|entry| entry["operationId"].as_str().unwrap())
            .collect();
        let upstream = ENDPOINTS.iter().filter(|endpoint| endpoint.identity != Identity::Proxy);
        for name in upstream.map(|row| row.name).chain(NEIGHBOURS.iter().map(|row| row.name)) {
            assert!(told.contains(&name), "{name}");
        }
        for name in
            ["getToken", "getAppToken", "getTokenInfo", "getAsyncJob", "listAsyncJobItems", "getOpenApi"]
        {
            assert!(told.contains(&name), "{name}");
        }
        assert_eq!(told.len(), 25 + NEIGHBOURS.len() + 6);
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
        assert_eq!(statuses, ["200", "400", "401", "403", "404", "405", "409", "428", "429"]);
    }

    #[test]
    fn l16_what_a_call_needs_beyond_its_record_is_said() {
        let document = sandbox();
        let body = |path: &str, method: &str| {
            document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"].clone()
        };
        let tier = body("/loyalty-tiers/v1/tiers", "post")["properties"]["tier"].clone();
        assert_eq!(tier["required"], json!(["tierDefinition", "requiredPoints"]));
        assert_eq!(tier["properties"]["tierDefinition"]["type"], "object");
        assert_eq!(tier["properties"]["tierDefinition"]["required"], json!(["name"]));
        let tier = body("/loyalty-tiers/v1/tiers/{tierId}", "patch")["properties"]["tier"].clone();
        assert_eq!((&tier["required"], &tier["properties"]["id"]), (&json!(["revision"]), &Value::Null));
        let settings = body("/loyalty-tiers/v1/tiers/program-settings", "patch");
        let status = &settings["properties"]["programSettings"]["properties"]["status"]["enum"];
        assert_eq!(*status, json!(["DISABLED", "DRAFT", "ACTIVE", "PAUSED"]));
        let reward = body("/loyalty-rewards/v1/rewards", "post")["properties"]["reward"].clone();
        let kinds = reward["properties"]["couponReward"]["allOf"][0]["oneOf"].as_array().unwrap().len();
        assert_eq!(kinds, 3, "and not: none of them");
        let bulk = body("/loyalty-accounts/v1/accounts/bulk-adjust", "post");
        let paging = &bulk["properties"]["search"]["properties"]["cursorPaging"]["properties"];
        assert_eq!(paging["limit"], json!({ "type": "null" }));
        let search = body("/loyalty-accounts/v1/accounts/search", "post");
        let one = &search["properties"]["search"]["properties"]["aggregations"]["items"]["anyOf"];
        assert_eq!(one.as_array().unwrap().len(), 7);
        assert_eq!(one[2]["properties"]["fieldPath"]["enum"], json!(["points.balance", "points.redeemed"]));
        assert_eq!(one[4]["properties"]["fieldPath"]["enum"], json!(["contact.id", "contact._id"]));
        assert_eq!(one[4]["properties"]["scalar"]["properties"]["type"]["enum"], json!(["COUNT_DISTINCT"]));
        assert_eq!(one[5]["properties"]["dateHistogram"]["required"], json!(["interval"]));
        let levels = &one[6]["properties"]["nested"]["properties"]["nestedAggregations"];
        assert_eq!(
            (&levels["minItems"], &levels["items"]["anyOf"][0]["required"]),
            (&json!(2), &json!(["type", "fieldPath", "name"]))
        );
    }
}
