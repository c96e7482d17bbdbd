//! What the control plane can be told.

use loyalty_contract::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::events::hook::Hook;
use crate::faults::Rule;
use crate::faults::plan::Plan;
use crate::ledger::{Contact, ProgramStatus};
use crate::sandbox::Sandbox;

pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failure> {
    serde_json::from_value(body)
        .map_err(|error| Failure::invalid_argument(format!("The body is wrong: {error}.")))
}

/// A contact, with a member's token where it can sign in.
pub(super) fn contact(sandbox: &Sandbox, contact: &Contact) -> Value {
    let account = contact.account.and_then(|slot| sandbox.ledger.account(slot));
    json!({
        "contactId": contact.id.to_string(),
        "memberId": contact.member.map(|id| id.to_string()),
        "accountId": account.map(|row| row.id.to_string()),
        "name": &*contact.name,
        "email": &*contact.email,
        "token": contact.member.map(|id| sandbox.credentials.member_token(id)),
    })
}

pub(super) fn contacts(sandbox: &Sandbox) -> Value {
    let all: Vec<Value> = sandbox.ledger.contacts().iter().map(|row| contact(sandbox, row)).collect();
    json!({ "contacts": all })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewContact {
    name: Option<String>,
    email: Option<String>,
    member: bool,
}

impl Default for NewContact {
    fn default() -> Self {
        Self { name: None, email: None, member: true }
    }
}

pub(super) fn add_contact(sandbox: &mut Sandbox, body: Value) -> Result<Value, Failure> {
    let new: NewContact = read(body)?;
    let number = sandbox.ledger.contacts().len() + 1;
    let name = new.name.unwrap_or_else(|| format!("Contact {number}"));
    let email = new.email.unwrap_or_else(|| format!("contact-{number}@customers.example"));
    let added = sandbox.ledger.add_contact(&name, &email, new.member).clone();
    Ok(json!({ "contact": contact(sandbox, &added) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewProgram {
    status: String,
}

pub(super) fn set_program(sandbox: &mut Sandbox, body: Value, real_ms: i64) -> Result<Value, Failure> {
    let new: NewProgram = read(body)?;
    let status = ProgramStatus::from_name(&new.status)
        .ok_or_else(|| Failure::invalid_argument("status takes DRAFT, ACTIVE or PAUSED."))?;
    let now = sandbox.clock.now(real_ms);
    sandbox.ledger.set_status(status, now);
    Ok(json!({ "loyaltyProgram": crate::api::render::program(&sandbox.ledger) }))
}

pub(super) fn clock(sandbox: &Sandbox, real_ms: i64) -> Value {
    json!({ "now": sandbox.clock.now(real_ms), "still": sandbox.clock.is_still() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewClock {
    now: Option<Timestamp>,
    advance_ms: Option<i64>,
    still: Option<bool>,
}

pub(super) fn set_clock(sandbox: &mut Sandbox, body: Value, real_ms: i64) -> Result<Value, Failure> {
    let new: NewClock = read(body)?;
    let mut set = *sandbox.clock;
    if let Some(now) = new.now {
        set = set.set(now, real_ms);
    }
    if let Some(by) = new.advance_ms {
        set = set.advance(by, real_ms);
    }
    if let Some(still) = new.still {
        set = set.stand(still, real_ms);
    }
    *sandbox.clock = set;
    sandbox.keep_time(real_ms);
    Ok(clock(sandbox, real_ms))
}

pub(super) fn faults(sandbox: &Sandbox) -> Value {
    json!({ "rules": sandbox.faults.rules(), "plan": sandbox.faults.plan() })
}

/// Follows a plan, `{"plan": seed, …}`, or adds one rule, or those of `{"rules": […]}`: all of them or none.
pub(super) fn add_faults(sandbox: &mut Sandbox, body: Value) -> Result<Value, Failure> {
    if body.get("plan").is_some() {
        let plan: Plan = read(body)?;
        plan.check().map_err(|wrong| Failure::invalid_argument(format!("The plan is wrong: {wrong}.")))?;
        sandbox.faults.follow(plan);
        return Ok(faults(sandbox));
    }
    let rules: Vec<Rule> = match body.get("rules") {
        Some(rules) => read(rules.clone())?,
        None => vec![read(body)?],
    };
    let mut changed = (*sandbox.faults).clone();
    for rule in rules {
        changed
            .add(rule)
            .map_err(|wrong| Failure::invalid_argument(format!("The rule is wrong: {wrong}.")))?;
    }
    *sandbox.faults = changed;
    Ok(faults(sandbox))
}

pub(super) fn clear_faults(sandbox: &mut Sandbox) -> Value {
    sandbox.faults.clear(sandbox.options.seed);
    faults(sandbox)
}

pub(super) fn webhooks(sandbox: &Sandbox) -> Value {
    json!({ "webhooks": sandbox.ledger.events.hook() })
}

pub(super) fn set_webhooks(sandbox: &mut Sandbox, body: Value) -> Result<Value, Failure> {
    let hook: Hook = read(body)?;
    hook.check().map_err(|wrong| Failure::invalid_argument(format!("The body is wrong: {wrong}.")))?;
    sandbox.ledger.events.deliver_to(Some(hook));
    Ok(webhooks(sandbox))
}
