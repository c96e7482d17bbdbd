//! What a sound policy may still be wrong about. Each warning says why it is one, and what to write instead.

use super::review::{all, reaches};
use super::{Action, AnswerMask, Mask, Policy};
use crate::caller::Role;
use loyalty_contract::schema::{Record, Type};
use loyalty_contract::{ENDPOINTS, Endpoint, Operation};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Upstream throttles a credential here.
const UPSTREAM_THROTTLE: u32 = 200;
/// From here a single claim is worth forging.
const HIGH_AMOUNT: i64 = 1_000;
/// And from here a day's claims of one action.
const HIGH_DAY: i64 = 5_000;

/// Something to think about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Risk {
    path: String,
    why: String,
    mend: String,
}

impl Risk {
    pub(super) fn to_json(&self) -> Value {
        json!({ "path": self.path, "why": self.why, "mend": self.mend })
    }
}

pub(super) fn risks(policy: &Policy, value: &Value) -> Vec<Risk> {
    let mut found = Vec::new();
    let mut risk = |path: String, why: String, mend: &str| {
        found.push(Risk { path, why, mend: mend.to_owned() });
    };
    grants(policy, value, &mut risk);
    for name in policy.action_names() {
        if let Some(action) = policy.action(name) {
            of_action(policy, name, action, &mut risk);
        }
    }
    limits(policy, value, &mut risk);
    masks(policy, &mut risk);
    found
}

/// The place of a grant in the file.
pub(super) fn place(value: &Value, role: Role, names: &[&str]) -> Option<(String, String)> {
    let list = value.pointer(&format!("/grants/{}", role.as_str()))?.as_array()?;
    let at = list.iter().position(|item| item.as_str().is_some_and(|text| names.contains(&text)))?;
    let text = list.get(at)?.as_str()?.to_owned();
    Some((format!("$.grants.{}[{at}]", role.as_str()), text))
}

fn grants(policy: &Policy, value: &Value, risk: &mut impl FnMut(String, String, &str)) {
    for role in [Role::Staff, Role::Admin] {
        let who = role.as_str();
        if let Some((path, _)) = place(value, role, &["*"]) {
            let why = format!("the {who} may do everything, and whatever a later version adds");
            risk(path, why, "name the operations that are needed");
        }
    }
    for name in ["earnPoints", "adjustPoints"] {
        if let Some((path, _)) = place(value, Role::Staff, &[name, &format!("{name}:any")]) {
            let why = format!(
                "{name} lets staff name any amount for any account; no cap of this file holds for it"
            );
            risk(path, why, "keep it for admins, or watch the audit for it");
        }
    }
    let bulk = policy.granted(Role::Admin, Operation::BulkAdjustPoints).is_some();
    if bulk && policy.limits.bulk_points.is_none() {
        let why = "one bulk call may set or move up to 999,999,999 points on each of its accounts".to_owned();
        risk("$.limits.bulkPoints".to_owned(), why, "add the most that a bulk call may need");
    }
    if bulk && policy.limits.bulk_per_day.is_none() {
        let accounts = policy.limits.bulk_accounts;
        let why = format!("bulk calls of up to {accounts} accounts each may follow one another all day");
        risk("$.limits.bulkPerDay".to_owned(), why, "add \"bulkPerDay\": 3 or so");
    }
    for role in [Role::Visitor, Role::Member] {
        let names = ["getProgramTotals", "getProgramTotals:any"];
        if let Some((path, _)) = place(value, role, &names) {
            let why = format!("a {} sees the sums over all accounts of the site", role.as_str());
            risk(path, why, "leave it to staff, unless these figures are public");
        }
    }
}

fn of_action(policy: &Policy, name: &str, action: &Action, risk: &mut impl FnMut(String, String, &str)) {
    let path = format!("$.actions.{name}");
    let most = action.amount.most();
    let in_a_day = most.saturating_mul(i64::from(action.limit.per_member_per_day));
    if action.confirm.is_none() {
        let why = format!(
            "nothing proves that it was done: a page that just claims it gets {in_a_day} points a day"
        );
        risk(path.clone(), why, "add \"confirm\": \"HOOK\" and a function of that name, or keep it small");
    }
    if most >= HIGH_AMOUNT {
        let why = format!("a single claim pays {most} points");
        risk(
            format!("{path}.amount"),
            why,
            "pay less, or pay it from your backend, where no page takes part",
        );
    }
    let cap = policy.limits.member_points_per_day;
    if in_a_day >= HIGH_DAY && cap.is_none_or(|cap| cap >= HIGH_DAY) {
        let why = format!("one member can earn {in_a_day} points a day by it");
        risk(format!("{path}.limit.perMemberPerDay"), why, "lower it, or set $.limits.memberPointsPerDay");
    }
    if let Some(cap) = cap.filter(|cap| *cap < most) {
        let why = format!("it pays {most}, and memberPointsPerDay is {cap}: such a claim is always refused");
        risk(format!("{path}.amount"), why, "raise memberPointsPerDay or lower the amount");
    }
    if !policy.may_earn(Role::Member, name) {
        let why = "no member may claim it from a page".to_owned();
        risk(
            path,
            why,
            &format!("add \"earn:{name}\" to $.grants.member, or leave it so for your backend alone"),
        );
    }
}

fn limits(policy: &Policy, value: &Value, risk: &mut impl FnMut(String, String, &str)) {
    let limits = &policy.limits;
    if limits.upstream_per_minute > UPSTREAM_THROTTLE {
        let why = format!(
            "upstream throttles a credential at {UPSTREAM_THROTTLE} calls a minute; {} would meet its 429 first",
            limits.upstream_per_minute
        );
        risk("$.limits.upstreamPerMinute".to_owned(), why, "set 180, or leave it out");
    }
    if policy.action_names().next().is_some() && limits.member_points_per_day.is_none() {
        let why = "nothing caps what a member earns in a day by all actions together".to_owned();
        risk("$.limits.memberPointsPerDay".to_owned(), why, "add the most that an honest day can earn");
    }
    let anything = value.get("grants").and_then(Value::as_object).is_some_and(|grants| !grants.is_empty());
    if anything && limits.caller_per_minute.is_none() {
        let why = "one caller may use up the budget that all share".to_owned();
        risk("$.limits.callerPerMinute".to_owned(), why, "add \"callerPerMinute\": 60");
    }
    let visitors = all(policy).iter().any(|asked| reaches(policy, Role::Visitor, asked) != "no");
    if visitors && limits.address_per_minute.is_none() {
        let why =
            "visitors have no token to be counted by: one address may use up the budget of all".to_owned();
        risk("$.limits.addressPerMinute".to_owned(), why, "add \"addressPerMinute\": 120");
    }
}

/// A field that is hidden in one answer and stands in another hides nothing.
fn masks(policy: &Policy, risk: &mut impl FnMut(String, String, &str)) {
    for role in Role::ALL {
        let shown = |operation: Operation| {
            policy.granted(role, operation).is_some() || (operation == Operation::Earn && policy.earns(role))
        };
        for endpoint in ENDPOINTS {
            let Some(mask) = policy.mask(role, endpoint.operation) else { continue };
            // By which other calls the role gets at the field, if only by counting.
            let open = |record: &'static Record, rest: &str| -> Vec<&str> {
                ENDPOINTS
                    .iter()
                    .filter(|other| other.operation != endpoint.operation && shown(other.operation))
                    .filter(|other| {
                        shows(other, record, rest, policy.mask(role, other.operation))
                            || counts(other, record, rest)
                    })
                    .map(|other| other.name)
                    .collect()
            };
            let place = format!("$.masks.{}.{}", role.as_str(), endpoint.name);
            let mend = "hide it there too, or take those grants out";
            match &mask.answer {
                None => {}
                Some(AnswerMask::Hide(paths)) => {
                    for path in paths {
                        let Some((list, rest)) = path.split_once('.') else { continue };
                        let Some(record) = entity(endpoint, list) else { continue };
                        let open = open(record, rest);
                        if !open.is_empty() {
                            let why = format!("the {} still sees it by {}", role.as_str(), open.join(", "));
                            risk(format!("{place}.hide: {path}"), why, mend);
                        }
                    }
                }
                Some(AnswerMask::See(_)) => {
                    // What it leaves out, by the calls that show it all the same.
                    let mut still: BTreeMap<String, Vec<String>> = BTreeMap::new();
                    for field in endpoint.response.fields {
                        let Some(record) = record_of(field.ty) else { continue };
                        for rest in left_out(mask, record, field.name) {
                            let open = open(record, &rest);
                            if !open.is_empty() {
                                still.entry(open.join(", ")).or_default().push(rest);
                            }
                        }
                    }
                    if !still.is_empty() {
                        let each = still.iter().map(|(by, fields)| format!("{} by {by}", fields.join(", ")));
                        let each: Vec<String> = each.collect();
                        let why = format!(
                            "the {} still sees what it leaves out: {}",
                            role.as_str(),
                            each.join("; ")
                        );
                        risk(format!("{place}.see"), why, mend);
                    }
                }
            }
        }
    }
}

/// The fields of an entity that a mask takes out of the answer, each by the first part of its path that is gone.
fn left_out(mask: &Mask, record: &'static Record, root: &str) -> Vec<String> {
    let mut gone = Vec::new();
    for field in record.fields {
        if !field.required && mask.is_hidden(&format!("{root}.{}", field.name)) {
            gone.push(field.name.to_owned());
        } else if let Some(inner) = record_of(field.ty) {
            let below = left_out(mask, inner, &format!("{root}.{}", field.name));
            gone.extend(below.into_iter().map(|rest| format!("{}.{rest}", field.name)));
        }
    }
    gone
}

/// Whether accounts can be counted by the field: who may ask "how many begin with…" finds out what it holds.
fn counts(endpoint: &'static Endpoint, record: &'static Record, rest: &str) -> bool {
    endpoint.operation == Operation::CountAccounts
        && record.name == "LoyaltyAccount"
        && endpoint
            .fields
            .iter()
            .any(|field| field.path == rest || field.path.starts_with(&format!("{rest}.")))
}

fn entity(endpoint: &'static Endpoint, field: &str) -> Option<&'static Record> {
    record_of(endpoint.response.field(field)?.ty)
}

fn record_of(ty: Type) -> Option<&'static Record> {
    match ty {
        Type::Record(record) => Some(record),
        Type::List(item) => record_of(*item),
        _ => None,
    }
}

fn shows(endpoint: &'static Endpoint, record: &'static Record, rest: &str, mask: Option<&Mask>) -> bool {
    endpoint.response.fields.iter().any(|field| {
        record_of(field.ty).is_some_and(|other| other.name == record.name)
            && !mask.is_some_and(|mask| mask.is_hidden(&format!("{}.{rest}", field.name)))
    })
}
