//! `GET /openapi.json`: the document of this very proxy. What any proxy says is generated and loaded by the shell; here
//! it gets the path, the actions and the routes of the one that runs.

use crate::config::Config;
use crate::flow::{Context, Reply};
use crate::policy::{Action, Amount};
use crate::problem::Problem;
use serde_json::{Value, json};

/// Routes that are there only with sessions.
const SESSION: [&str; 3] = ["/login", "/callback", "/logout"];
/// The paths of any action, and what the name of each operation begins with.
const ACTION: [(&str, &str); 2] = [("/actions/{action}", "earn"), ("/actions/{action}/preview", "preview")];

/// Gives the document.
pub(crate) async fn serve(context: &Context) -> Result<Reply, Problem> {
    context.trail.route("document");
    let body = match context.config.document.get() {
        Some(known) => known.clone(),
        None => {
            let text = context.shell.document().await?;
            let document: Value = serde_json::from_str(&text)
                .map_err(|_| context.shell.broken("the document that was generated is no JSON"))?;
            context.config.document.get_or_init(|| own(&context.config, document).to_string()).clone()
        }
    };
    Ok(Reply { status: 200, body, ..Reply::default() })
}

/// The document as this proxy keeps it.
fn own(config: &Config, mut document: Value) -> Value {
    let path = if config.base_path.is_empty() { "/" } else { config.base_path.as_str() };
    if let Some(servers) = document.get_mut("servers") {
        *servers = json!([{ "url": path }]);
    }
    let routes = document.get_mut("paths").and_then(Value::as_object_mut);
    if let Some(routes) = routes {
        let missing: &[&str] = if config.session { &[] } else { &SESSION };
        missing.iter().for_each(|path| drop(routes.remove(*path)));
        if config.webhooks.is_none() {
            routes.remove("/webhooks");
        }
        for (path, verb) in ACTION {
            let Some(any) = routes.remove(path) else { continue };
            for name in config.policy.action_names() {
                let Some(known) = config.policy.action(name) else { continue };
                let id = format!("{verb}-{name}");
                routes.insert(path.replace("{action}", name), action(id, known, any.clone()));
            }
        }
    }
    cookie(config, &mut document);
    document
}

/// One action: a path of its own, because what it has to be told is its own.
fn action(id: String, known: &Action, mut path: Value) -> Value {
    let Some(entry) = path.get_mut("post").and_then(Value::as_object_mut) else { return path };
    entry.insert("operationId".to_owned(), json!(id));
    entry.insert("summary".to_owned(), json!(known.description));
    if let Some(Value::Array(parameters)) = entry.get_mut("parameters") {
        parameters.retain(|one| one.get("name").and_then(Value::as_str) != Some("action"));
    }
    let body = "/post/requestBody/content/application~1json/schema";
    let Some(schema) = path.pointer_mut(body) else { return path };
    if known.needs_subject() {
        need(schema, "subject");
    }
    let needed: Vec<&str> = known.needed_parameters().collect();
    if !needed.is_empty() {
        need(schema, "parameters");
        if let Some(parameters) = schema.pointer_mut("/properties/parameters").and_then(Value::as_object_mut)
        {
            let plain = json!({ "type": ["string", "number", "boolean"] });
            let each = needed.iter().map(|name| ((*name).to_owned(), plain.clone())).collect();
            parameters.insert("properties".to_owned(), Value::Object(each));
            parameters.insert("required".to_owned(), json!(needed));
        }
        if let (Amount::Table { by, values }, Some(schema)) = (
            &known.amount,
            schema.pointer_mut("/properties/parameters/properties").and_then(Value::as_object_mut),
        ) {
            let named: Vec<&String> = values.keys().collect();
            schema.insert(by.clone(), json!({ "enum": named }));
        }
    }
    path
}

/// The field can't be left out, and so it can't be `null`.
fn need(schema: &mut Value, name: &str) {
    let ty = schema
        .get_mut("properties")
        .and_then(|fields| fields.get_mut(name))
        .and_then(|field| field.get_mut("type"));
    if let Some(ty) = ty
        && let Some(first) = ty.as_array().and_then(|types| types.first()).cloned()
    {
        *ty = first;
    }
    match schema.get_mut("required") {
        Some(Value::Array(required)) => required.push(json!(name)),
        _ => {
            if let Some(fields) = schema.as_object_mut() {
                fields.insert("required".to_owned(), json!([name]));
            }
        }
    }
}

/// Says by which cookie a caller is known, or that there is none.
fn cookie(config: &Config, document: &mut Value) {
    if config.session {
        if let Some(name) = document.pointer_mut("/components/securitySchemes/session/name") {
            *name = json!(format!("__Host-{}", mount(config)));
        }
        return;
    }
    if let Some(schemes) = document.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut)
    {
        schemes.remove("session");
    }
    let routes = document.get_mut("paths").and_then(Value::as_object_mut);
    let entries = routes.into_iter().flat_map(|routes| routes.values_mut()).filter_map(Value::as_object_mut);
    for entry in entries.flat_map(|methods| methods.values_mut()) {
        if let Some(Value::Array(ways)) = entry.get_mut("security") {
            ways.retain(|way| way.get("session").is_none());
        }
    }
}

/// What stands for the path in the names of cookies.
fn mount(config: &Config) -> String {
    let path = config.base_path.trim_start_matches('/').replace('/', ".");
    if path.is_empty() { "loyalty".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;

    fn config(more: &Value) -> Config {
        let mut options = json!({
            "policy": { "grants": {}, "actions": {
                "daily-visit": {
                    "amount": 5, "description": "Daily visit", "limit": { "perMemberPerDay": 1 },
                },
                "write-review": {
                    "amount": 50, "description": "Wrote a review",
                    "limit": { "perMemberPerDay": 3, "perSubject": 1 },
                },
            } },
            "origins": ["https://shop.example"], "siteId": "s", "keyKind": "other",
        });
        for (name, value) in more.as_object().unwrap() {
            options[name] = value.clone();
        }
        let options: Options = serde_json::from_value(options).unwrap();
        Config::new(&options).unwrap()
    }

    fn any() -> Value {
        json!({
            "servers": [{ "url": "/x" }],
            "paths": {
                "/me": { "get": { "security": [{}, { "token": [] }, { "session": [] }] } },
                "/login": { "get": {} }, "/callback": { "get": {} }, "/logout": { "post": {} },
                "/webhooks": { "post": {} },
                "/actions/{action}": { "post": {
                    "parameters": [{ "name": "action" }, { "name": "X-Loyalty-Client" }],
                    "requestBody": { "content": { "application/json": { "schema": {
                        "properties": { "subject": { "type": ["string", "null"] } }, "required": [],
                    } } } },
                } },
            },
            "components": { "securitySchemes": { "token": {}, "session": { "name": "x" } } },
        })
    }

    #[test]
    fn l16_a_proxy_tells_its_own_path_actions_and_routes() {
        let told = own(&config(&json!({ "basePath": "/points/api" })), any());
        assert_eq!(told["servers"], json!([{ "url": "/points/api" }]));
        let paths: Vec<_> = told["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/actions/daily-visit", "/actions/write-review", "/me"]);
        let [visit, review] =
            ["daily-visit", "write-review"].map(|name| &told["paths"][format!("/actions/{name}")]["post"]);
        assert_eq!(
            (&visit["operationId"], &visit["summary"]),
            (&json!("earn-daily-visit"), &json!("Daily visit"))
        );
        assert_eq!(visit["parameters"], json!([{ "name": "X-Loyalty-Client" }]), "the path says which");
        let body = |entry: &Value| entry["requestBody"]["content"]["application/json"]["schema"].clone();
        assert_eq!(body(visit)["required"], json!([]));
        assert_eq!(body(review)["required"], json!(["subject"]), "each subject once");
        assert_eq!(body(review)["properties"]["subject"]["type"], "string");
        assert_eq!(told["paths"]["/me"]["get"]["security"], json!([{}, { "token": [] }]));
        assert_eq!(told["components"]["securitySchemes"], json!({ "token": {} }));
    }

    #[test]
    fn l16_sessions_and_their_cookie_are_told_where_there_are_any() {
        let told =
            own(&config(&json!({ "basePath": "/points/api", "cookies": true, "session": true })), any());
        assert_eq!(told["components"]["securitySchemes"]["session"]["name"], "__Host-points.api");
        assert!(SESSION.iter().all(|path| told["paths"].get(path).is_some()));
        let no_actions = own(&config(&json!({ "policy": { "grants": {} } })), any());
        let paths = no_actions["paths"].as_object().unwrap();
        assert!(paths.keys().all(|path| !path.starts_with("/actions/")), "{paths:?}");
    }
}
