//! Reads the policy's JSON. Collects every mistake, so that one run shows them all.

use super::{Action, Grant, LOYALTY_APP_ID, Limits, Mistake, Policy};
use crate::caller::Role;
use crate::decide::{Reach, reach};
use loyalty_contract::path::is_action_name;
use loyalty_contract::{ENDPOINTS, Operation};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The most points that upstream's earnPoints takes.
const MAX_AMOUNT: u32 = 9_999_999;
/// The most points that an account can hold, and so earn in a day.
const MAX_POINTS: u32 = 999_999_999;

pub(super) fn policy(value: &Value) -> Result<Policy, Vec<Mistake>> {
    let mut reader = Reader { mistakes: Vec::new() };
    let policy = reader.policy(value);
    if reader.mistakes.is_empty() { Ok(policy) } else { Err(reader.mistakes) }
}

struct Reader {
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn mistake(&mut self, path: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake { path: path.to_owned(), message: message.into() });
    }

    /// The object at a path, its keys checked against those that are known there.
    fn object<'a>(&mut self, path: &str, value: &'a Value, known: &[&str]) -> Option<&'a Map<String, Value>> {
        let Some(map) = value.as_object() else {
            self.mistake(path, format!("must be an object, not {}", kind(value)));
            return None;
        };
        if !known.is_empty() {
            for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
                self.mistake(
                    &format!("{path}.{key}"),
                    format!("unknown field; known here: {}", known.join(", ")),
                );
            }
        }
        Some(map)
    }

    fn count(&mut self, path: &str, map: &Map<String, Value>, field: &str, max: u32) -> Option<u32> {
        let value = map.get(field)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let good = number.filter(|number| (1..=max).contains(number));
        if good.is_none() {
            self.mistake(
                &format!("{path}.{field}"),
                format!("must be a whole number from 1 to {max}, not {value}"),
            );
        }
        good
    }

    fn text(&mut self, path: &str, map: &Map<String, Value>, field: &str) -> Option<String> {
        let value = map.get(field)?;
        let text = value.as_str().filter(|text| (1..=100).contains(&text.chars().count()));
        if text.is_none() {
            self.mistake(&format!("{path}.{field}"), "must be text of 1 to 100 characters");
        }
        text.map(str::to_owned)
    }

    fn policy(&mut self, value: &Value) -> Policy {
        let mut policy = Policy::default();
        let Some(map) = self.object("$", value, &["$schema", "grants", "actions", "limits"]) else {
            return policy;
        };
        if let Some(actions) = map.get("actions").and_then(|actions| self.object("$.actions", actions, &[])) {
            for (name, action) in actions {
                let path = format!("$.actions.{name}");
                if !is_action_name(name) {
                    self.mistake(&path, "an action's name is 1 to 64 of a-z, 0-9 and -");
                } else if let Some(action) = self.action(&path, action) {
                    policy.actions.insert(name.clone(), action);
                }
            }
        }
        let names = map.get("actions").and_then(Value::as_object);
        if let Some(grants) = map.get("grants") {
            let roles = Role::ALL.map(Role::as_str);
            if let Some(grants) = self.object("$.grants", grants, &roles) {
                for role in Role::ALL {
                    let Some(list) = grants.get(role.as_str()) else { continue };
                    let granted = self.grants(role, list, names);
                    policy.grants.insert(role, granted);
                }
            }
        }
        if let Some(limits) = map.get("limits") {
            policy.limits = self.limits(limits);
        }
        policy
    }

    fn action(&mut self, path: &str, value: &Value) -> Option<Action> {
        let known = ["amount", "description", "activityType", "appId", "limit", "confirm"];
        let map = self.object(path, value, &known)?;
        for field in ["amount", "description"] {
            if !map.contains_key(field) {
                self.mistake(&format!("{path}.{field}"), "is missing");
            }
        }
        let amount = self.count(path, map, "amount", MAX_AMOUNT);
        let description = self.text(path, map, "description");
        let activity_type = self.text(path, map, "activityType");
        let app_id = self.text(path, map, "appId").unwrap_or_else(|| LOYALTY_APP_ID.to_owned());
        let confirm = self.text(path, map, "confirm");
        let limit_path = format!("{path}.limit");
        let Some(limit) = map.get("limit") else {
            self.mistake(&limit_path, "every action needs a cap per member; add { \"perMemberPerDay\": 1 }");
            return None;
        };
        let limit = self.object(&limit_path, limit, &["perMemberPerDay", "perSubject"])?;
        let per_subject = self.count(&limit_path, limit, "perSubject", 1_000_000);
        if !limit.contains_key("perMemberPerDay") {
            self.mistake(
                &limit_path,
                "every action needs perMemberPerDay: a page can make up any number of subjects, so perSubject alone caps nothing",
            );
        }
        Some(Action {
            amount: i64::from(amount?),
            description: description?,
            activity_type,
            app_id,
            per_member_per_day: self.count(&limit_path, limit, "perMemberPerDay", 1_000_000)?,
            per_subject,
            confirm,
        })
    }

    fn grants(&mut self, role: Role, list: &Value, actions: Option<&Map<String, Value>>) -> BTreeSet<Grant> {
        let path = format!("$.grants.{}", role.as_str());
        let Some(list) = list.as_array() else {
            self.mistake(&path, format!("must be a list of grants, not {}", kind(list)));
            return BTreeSet::new();
        };
        let mut grants = BTreeSet::new();
        for (at, item) in list.iter().enumerate() {
            let path = format!("{path}[{at}]");
            match item
                .as_str()
                .ok_or_else(|| "must be text".to_owned())
                .and_then(|text| grant(role, text, actions))
            {
                Ok(grant) => {
                    grants.insert(grant);
                }
                Err(message) => self.mistake(&path, message),
            }
        }
        grants
    }

    fn limits(&mut self, value: &Value) -> Limits {
        let known = ["callerPerMinute", "upstreamPerMinute", "memberPointsPerDay", "bulkAccounts"];
        let path = "$.limits";
        let Some(map) = self.object(path, value, &known) else { return Limits::default() };
        Limits {
            caller_per_minute: self.count(path, map, "callerPerMinute", 1_000_000),
            upstream_per_minute: self.count(path, map, "upstreamPerMinute", 1_000_000),
            member_points_per_day: self.count(path, map, "memberPointsPerDay", MAX_POINTS).map(i64::from),
            bulk_accounts: self.count(path, map, "bulkAccounts", 1_000_000),
        }
    }
}

fn grant(role: Role, text: &str, actions: Option<&Map<String, Value>>) -> Result<Grant, String> {
    if text == "*" {
        return if role.is_customer() {
            Err(format!("a {} can't have every operation; name each", role.as_str()))
        } else {
            Ok(Grant::Everything)
        };
    }
    if let Some(action) = text.strip_prefix("earn:") {
        if role == Role::Visitor {
            return Err("a visitor has no account to earn for; grant it to the member".to_owned());
        }
        return if actions.is_some_and(|actions| actions.contains_key(action)) {
            Ok(Grant::Earn(action.to_owned()))
        } else {
            Err(format!("there is no action \"{action}\"; add it under $.actions"))
        };
    }
    let (name, scope) = text.split_once(':').map_or((text, None), |(name, scope)| (name, Some(scope)));
    let operation = Operation::from_name(name)
        .filter(|operation| *operation != Operation::Earn)
        .ok_or_else(|| unknown_operation(name))?;
    match scope {
        None => may_have_any(role, operation).map(|()| Grant::Any(operation)),
        Some("own") => may_have_own(role, operation).map(|()| Grant::Own(operation)),
        Some(scope) => Err(format!("unknown scope \":{scope}\"; the only one is \":own\"")),
    }
}

/// P5 and P6 hold whatever the policy says: a customer never names an amount or reads another's data.
fn may_have_any(role: Role, operation: Operation) -> Result<(), String> {
    let name = operation.endpoint().name;
    match (role, reach(operation)) {
        (_, Reach::Shared) | (Role::Member, Reach::Caller) => Ok(()),
        (Role::Visitor, Reach::Caller) => {
            Err(format!("a visitor has no account; grant {name} to the member"))
        }
        (Role::Member, Reach::Ownable) => {
            Err(format!("a member may have it of the own account: \"{name}:own\""))
        }
        (Role::Visitor, _) | (Role::Member, Reach::Elevated) => {
            Err(format!("{name} reaches other people's accounts; grant it to staff or admin"))
        }
        (Role::Staff, _) if operation == Operation::BulkAdjustPoints => {
            Err("bulk adjustments are the admin's alone".to_owned())
        }
        (Role::Staff | Role::Admin, _) => Ok(()),
    }
}

fn may_have_own(role: Role, operation: Operation) -> Result<(), String> {
    match reach(operation) {
        _ if role == Role::Visitor => Err("a visitor owns no account; grant it to the member".to_owned()),
        Reach::Ownable | Reach::Caller => Ok(()),
        Reach::Shared => Err("it is the same for everybody; drop \":own\"".to_owned()),
        Reach::Elevated => {
            Err("it can't be narrowed to the own account; drop it, or grant it to staff".to_owned())
        }
    }
}

fn unknown_operation(name: &str) -> String {
    let near = ENDPOINTS
        .iter()
        .map(|endpoint| endpoint.name)
        .find(|known| known.eq_ignore_ascii_case(name) || (name.len() > 4 && known.starts_with(name)));
    match near {
        Some(near) => format!("unknown operation \"{name}\"; did you mean \"{near}\"?"),
        None => {
            format!("unknown operation \"{name}\"; grants name operations, operation:own, earn:action or *")
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
