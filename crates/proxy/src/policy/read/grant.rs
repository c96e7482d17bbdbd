//! Grants, and what no policy can grant.

use super::{Reader, nearest};
use crate::caller::Role;
use crate::decide::{Reach, reach};
use crate::policy::{Grant, Policy};
use loyalty_contract::{ENDPOINTS, Operation};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl Reader {
    pub(super) fn grants(
        &mut self,
        role: Role,
        list: &Value,
        actions: Option<&Map<String, Value>>,
    ) -> BTreeSet<Grant> {
        let path = format!("$.grants.{}", role.as_str());
        let mut grants = BTreeSet::new();
        for (path, text) in self.list(&path, list, "grants") {
            match grant(role, text, actions) {
                Ok(grant) => {
                    grants.insert(grant);
                }
                Err(message) => self.mistake(&path, message),
            }
        }
        grants
    }

    pub(super) fn bot_check(
        &mut self,
        policy: &mut Policy,
        list: &Value,
        actions: Option<&Map<String, Value>>,
    ) {
        for (path, text) in self.list("$.botCheck", list, "operations") {
            if let Some(name) = text.strip_prefix("earn:") {
                match policy.actions.get_mut(name) {
                    Some(action) => action.bot_check = true,
                    None if actions.is_some_and(|actions| actions.contains_key(name)) => {}
                    None => self.mistake(&path, unknown_action(name)),
                }
            } else if let Some(operation) = Operation::from_name(text).filter(|it| *it != Operation::Earn) {
                policy.bot_check.insert(operation);
            } else {
                self.mistake(&path, unknown_operation(text));
            }
        }
    }
}

/// The narrowest grant that would give a role an operation, or why none can.
pub(in crate::policy) fn grantable(role: Role, operation: Operation) -> Result<String, String> {
    let name = operation.endpoint().name;
    if may_have_own(role, operation).is_ok() && reach(operation) == Reach::Ownable {
        return Ok(format!("{name}:own"));
    }
    may_have_any(role, operation).map(|()| name.to_owned())
}

fn unknown_action(name: &str) -> String {
    format!("there is no action \"{name}\"; add it under $.actions")
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
            Err(unknown_action(action))
        };
    }
    let (name, scope) = text.split_once(':').map_or((text, None), |(name, scope)| (name, Some(scope)));
    let operation = Operation::from_name(name)
        .filter(|operation| *operation != Operation::Earn)
        .ok_or_else(|| unknown_operation(name))?;
    match scope {
        None => may_have_any(role, operation).map(|()| Grant::Any(operation)),
        Some("any") if reach(operation) == Reach::Caller => {
            Err(format!("{name} is of the caller's own account by its meaning; drop \":any\""))
        }
        Some("any") => may_have_any(role, operation).map(|()| Grant::Any(operation)),
        Some("own") => may_have_own(role, operation).map(|()| Grant::Own(operation)),
        Some(scope) => Err(format!("unknown scope \":{scope}\"; there are \":own\" and \":any\"")),
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

pub(in crate::policy) fn unknown_operation(name: &str) -> String {
    let known = ENDPOINTS.iter().map(|endpoint| endpoint.name).filter(|name| *name != "earn");
    match nearest(name, known) {
        Some(near) => format!("unknown operation \"{name}\"; did you mean \"{near}\"?"),
        None => {
            format!("unknown operation \"{name}\"; grants name operations, operation:own, earn:action or *")
        }
    }
}
