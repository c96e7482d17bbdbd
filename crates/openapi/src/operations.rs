//! One method of the API: parameters, body, answers, and where its answers lead.

use loyalty_contract::Operation;
use loyalty_contract::endpoint::{Endpoint, Identity, Method};
use loyalty_contract::schema::{Record, Type};
use serde_json::{Map, Value, json};

use super::schemas::{Components, doc, reference};

/// The method's entry.
pub(crate) fn operation(endpoint: &'static Endpoint, components: &mut Components) -> Value {
    let names: Vec<_> = endpoint.path_params().collect();
    let mut parameters = Vec::new();
    for name in &names {
        parameters.push(json!({
            "name": name, "in": "path", "required": true,
            "schema": { "type": "string", "format": "uuid" },
        }));
    }
    let mut entry = json!({
        "operationId": endpoint.name,
        "tags": [endpoint.group.as_str()],
        "description": doc(endpoint.doc),
        "externalDocs": { "url": endpoint.link },
        "deprecated": endpoint.deprecated,
        "security": security(endpoint),
        "responses": responses(endpoint, components),
    });
    match endpoint.method {
        Method::Get => query(endpoint, endpoint.request, "", &names, components, &mut parameters),
        Method::Post => {
            let schema = components.request(endpoint, endpoint.request, &names);
            let may_be_empty = schema.get("allOf").is_none()
                && schema.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty);
            if let Some(fields) = entry.as_object_mut() {
                let body = json!({
                    "required": !may_be_empty,
                    "content": { "application/json": { "schema": schema } },
                });
                fields.insert("requestBody".to_owned(), body);
            }
        }
    }
    if let Some(fields) = entry.as_object_mut() {
        fields.insert("parameters".to_owned(), Value::Array(parameters));
    }
    entry
}

/// The fields of a record as parameters of the query string: those of records in it by their dotted path.
fn query(
    endpoint: &'static Endpoint,
    record: &'static Record,
    before: &str,
    except: &[&str],
    components: &mut Components,
    parameters: &mut Vec<Value>,
) {
    for field in record.fields.iter().filter(|field| !except.contains(&field.name)) {
        let name = format!("{before}{}", field.name);
        if let Type::Record(inner) = field.ty {
            query(endpoint, inner, &format!("{name}."), &[], components, parameters);
            continue;
        }
        parameters.push(json!({
            "name": name,
            "in": "query",
            "required": field.required,
            "description": doc(field.doc),
            "schema": components.field(endpoint, field),
        }));
    }
}

fn security(endpoint: &Endpoint) -> Value {
    match endpoint.identity {
        Identity::App => json!([{ "credential": [], "site": [] }]),
        // A member's token knows its site.
        Identity::AppOrMember | Identity::Proxy => json!([{ "credential": [] }]),
    }
}

fn responses(endpoint: &'static Endpoint, components: &mut Components) -> Value {
    let json = |schema: Value| json!({ "application/json": { "schema": schema } });
    let mut responses = Map::new();
    let mut good = json!({
        "description": doc(endpoint.response.doc),
        "content": json(components.answer(endpoint.response)),
    });
    let links = links(endpoint.operation);
    if let (false, Some(fields)) = (links.is_empty(), good.as_object_mut()) {
        fields.insert("links".to_owned(), Value::Object(links));
    }
    responses.insert("200".to_owned(), good);
    for (status, description) in errors(endpoint) {
        let answer = json!({ "description": description, "content": json(reference("Error")) });
        responses.insert(status.to_string(), answer);
    }
    Value::Object(responses)
}

/// The statuses that the method refuses with.
fn errors(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let mut all = vec![
        (400, "INVALID_ARGUMENT, or a list of what is wrong with which field."),
        (401, "UNAUTHENTICATED: no credential, or not one of this sandbox."),
        (403, "PERMISSION_DENIED: the credential is good, but not for this."),
        (405, "METHOD_NOT_ALLOWED: the path takes another method."),
        (429, "RESOURCE_EXHAUSTED: more calls a minute than the option `throttle` allows."),
        (501, "UNIMPLEMENTED: the sandbox does not offer this, or not all of it."),
    ];
    let by_id = endpoint.path_params().next().is_some()
        || ["contactId", "memberId"].iter().any(|name| endpoint.request.field(name).is_some());
    if by_id || endpoint.identity == Identity::AppOrMember || endpoint.is_write() {
        all.push((404, "NOT_FOUND: there is no such thing."));
    }
    if endpoint.is_write() {
        all.push((
            409,
            "ALREADY_EXISTS, TRANSACTION_ALREADY_EXISTS or ABORTED: done before, or out of date.",
        ));
        all.push((428, "INSUFFICIENT_POINTS or PROGRAM_NOT_ACTIVE: not in this state."));
    }
    all
}

/// Where an answer leads: what a test that walks from call to call follows.
fn links(operation: Operation) -> Map<String, Value> {
    use Operation as O;
    let mut links = Map::new();
    let mut add = |name: &str, to: O, parameter: &str, from: &str| {
        let mut parameters = Map::new();
        parameters.insert(parameter.to_owned(), json!(format!("$response.body#{from}")));
        let link = json!({ "operationId": to.endpoint().name, "parameters": parameters });
        links.insert(name.to_owned(), link);
    };
    let mut account = |from: &str| {
        add("account", O::GetAccount, "id", from);
        add("earn", O::EarnPoints, "accountId", from);
        add("adjust", O::AdjustPoints, "accountId", from);
    };
    match operation {
        O::CreateAccount
        | O::GetAccount
        | O::GetCurrentMemberAccount
        | O::GetAccountBySecondaryId
        | O::EarnPoints
        | O::AdjustPoints => account("/account/id"),
        O::ListAccounts | O::SearchAccounts => account("/accounts/0/id"),
        O::QueryLoyaltyAccounts => account("/loyaltyAccounts/0/id"),
        _ => {}
    }
    match operation {
        O::EarnPoints | O::AdjustPoints => {
            add("transaction", O::GetLoyaltyTransaction, "loyaltyTransactionId", "/transactionId");
        }
        O::QueryLoyaltyTransactions => {
            add("transaction", O::GetLoyaltyTransaction, "loyaltyTransactionId", "/loyaltyTransactions/0/id");
        }
        O::ListAccounts => {
            add("next", O::ListAccounts, "cursorPaging.cursor", "/pagingMetadata/cursors/next");
        }
        O::ListTiers => add("tier", O::GetTier, "tierId", "/tiers/0/id"),
        O::ListRewards | O::QueryRewards => add("reward", O::GetReward, "id", "/rewards/0/id"),
        _ => {}
    }
    let next = |name: &str| {
        let mut body = Map::new();
        let cursor = "$response.body#/pagingMetadata/cursors/next";
        body.insert(name.to_owned(), json!({ "cursorPaging": { "cursor": cursor } }));
        json!({ "operationId": operation.endpoint().name, "requestBody": body })
    };
    match operation {
        O::QueryLoyaltyAccounts | O::QueryLoyaltyTransactions | O::QueryRewards | O::QueryLoyaltyCoupons => {
            links.insert("next".to_owned(), next("query"));
        }
        O::SearchAccounts => {
            links.insert("next".to_owned(), next("search"));
        }
        _ => {}
    }
    links
}
