//! Reads the policy's JSON. Collects every mistake, so that one run shows them all.

mod action;
mod grant;
mod mask;

pub(super) use grant::{grantable, unknown_operation};

use super::{Limits, Mistake, Policy};
use crate::caller::Role;
use loyalty_contract::path::is_action_name;
use serde_json::{Map, Value};

/// The most points that an account can hold, and so earn in a day.
const MAX_POINTS: u32 = 999_999_999;
/// The most of anything else that is counted.
const MAX_COUNT: u32 = 1_000_000;

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
                let hint = nearest(key, known.iter().copied())
                    .map_or_else(String::new, |near| format!(" did you mean \"{near}\"?"));
                let message = format!("unknown field;{hint} known here: {}", known.join(", "));
                self.mistake(&format!("{path}.{key}"), message);
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

    fn flag(&mut self, path: &str, map: &Map<String, Value>, field: &str) -> bool {
        match map.get(field) {
            None => false,
            Some(Value::Bool(yes)) => *yes,
            Some(other) => {
                self.mistake(&format!("{path}.{field}"), format!("must be true or false, not {other}"));
                false
            }
        }
    }

    /// The texts of a list, with their paths.
    fn list<'a>(&mut self, path: &str, value: &'a Value, of: &str) -> Vec<(String, &'a str)> {
        let Some(list) = value.as_array() else {
            self.mistake(path, format!("must be a list of {of}, not {}", kind(value)));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (at, item) in list.iter().enumerate() {
            let path = format!("{path}[{at}]");
            match item.as_str() {
                Some(text) if texts.iter().any(|(_, other)| *other == text) => {
                    self.mistake(&path, format!("\"{text}\" stands here twice; take one out"));
                }
                Some(text) => texts.push((path, text)),
                None => self.mistake(&path, format!("must be text, not {}", kind(item))),
            }
        }
        texts
    }

    fn policy(&mut self, value: &Value) -> Policy {
        let mut policy = Policy::default();
        let known = ["$schema", "grants", "masks", "actions", "botCheck", "enrol", "limits"];
        let Some(map) = self.object("$", value, &known) else { return policy };
        if map.get("$schema").is_some_and(|schema| !schema.is_string()) {
            self.mistake("$.$schema", "must be text: the path or address of policy.schema.json");
        }
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
        if let Some(list) = map.get("botCheck") {
            self.bot_check(&mut policy, list, names);
        }
        match map.get("enrol") {
            None => {}
            Some(Value::String(when)) if when == "on-first-earn" => policy.enrols = true,
            Some(other) => {
                self.mistake("$.enrol", format!("must be \"on-first-earn\", or left out, not {other}"));
            }
        }
        if let Some(limits) = map.get("limits") {
            policy.limits = self.limits(limits);
        }
        if let Some(masks) = map.get("masks") {
            self.masks(&mut policy, masks);
        }
        policy
    }

    fn limits(&mut self, value: &Value) -> Limits {
        let known = [
            "callerPerMinute",
            "addressPerMinute",
            "upstreamPerMinute",
            "memberPointsPerDay",
            "bulkAccounts",
            "bulkPoints",
            "bulkPerDay",
        ];
        let path = "$.limits";
        let mut limits = Limits::default();
        let Some(map) = self.object(path, value, &known) else { return limits };
        limits.caller_per_minute = self.count(path, map, "callerPerMinute", MAX_COUNT);
        limits.address_per_minute = self.count(path, map, "addressPerMinute", MAX_COUNT);
        if let Some(count) = self.count(path, map, "upstreamPerMinute", MAX_COUNT) {
            limits.upstream_per_minute = count;
        }
        limits.member_points_per_day = self.count(path, map, "memberPointsPerDay", MAX_POINTS).map(i64::from);
        if let Some(count) = self.count(path, map, "bulkAccounts", MAX_COUNT) {
            limits.bulk_accounts = count;
        }
        limits.bulk_points = self.count(path, map, "bulkPoints", MAX_POINTS).map(i64::from);
        limits.bulk_per_day = self.count(path, map, "bulkPerDay", MAX_COUNT);
        limits
    }
}

/// The known name that a mistyped one most likely meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    let far = (word.len() / 3).max(1);
    known
        .map(|name| {
            let candidate = name.to_ascii_lowercase();
            let extends = lower.len() > 4 && candidate.starts_with(&lower);
            (if extends { 1 } else { distance(&lower, &candidate) }, name)
        })
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein's distance, one row at a time. Long words are not worth the look.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 80 || b.len() > 80 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.bytes()) {
            let change = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = change.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_its_neighbour() {
        let known = ["getAccount", "getReward", "listTiers", "perMemberPerDay"];
        let near = |word| nearest(word, known.iter().copied());
        assert_eq!(near("getacount"), Some("getAccount"));
        assert_eq!(near("perMemberPerday"), Some("perMemberPerDay"));
        assert_eq!(near("listTier"), Some("listTiers"));
        assert_eq!(near("x"), None);
        assert_eq!(near("deleteEverything"), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
