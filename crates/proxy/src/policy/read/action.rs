//! One action, its amount, limits, key and eligibility.

use super::{MAX_COUNT, Reader, kind};
use crate::policy::{Action, ActionLimit, Amount, KeyPart, LOYALTY_APP_ID, is_parameter};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most points that upstream's earnPoints takes.
const MAX_AMOUNT: u32 = 9_999_999;
/// Thirty days: a cooldown beyond is a cap.
const MAX_COOLDOWN: u32 = 2_592_000;

impl Reader {
    pub(super) fn action(&mut self, path: &str, value: &Value) -> Option<Action> {
        let known = [
            "amount",
            "description",
            "activityType",
            "appId",
            "limit",
            "key",
            "eligible",
            "confirm",
            "botCheck",
            "enrol",
        ];
        let map = self.object(path, value, &known)?;
        for (field, example) in [("amount", "add \"amount\": 5"), ("description", "say what was done")] {
            if !map.contains_key(field) {
                self.mistake(&format!("{path}.{field}"), format!("is missing; {example}"));
            }
        }
        let amount = map.get("amount").and_then(|_| self.amount(path, map));
        let description = self.text(path, map, "description");
        let activity_type = self.text(path, map, "activityType");
        let app_id = self.text(path, map, "appId").unwrap_or_else(|| LOYALTY_APP_ID.to_owned());
        let confirm = self.text(path, map, "confirm");
        let bot_check = self.flag(path, map, "botCheck");
        let enrols = self.flag(path, map, "enrol");
        let eligible = map.get("eligible").map(|value| self.eligible(&format!("{path}.eligible"), value));
        let limit = self.limit(&format!("{path}.limit"), map.get("limit"));
        let key = map.get("key").map(|value| self.key(&format!("{path}.key"), value)).unwrap_or_default();
        Some(Action {
            amount: amount?,
            description: description?,
            activity_type,
            app_id,
            limit: limit?,
            key,
            eligible: eligible.unwrap_or_default(),
            confirm,
            bot_check,
            enrols,
        })
    }

    fn amount(&mut self, path: &str, map: &Map<String, Value>) -> Option<Amount> {
        let value = map.get("amount")?;
        let Value::Object(table) = value else {
            return self.count(path, map, "amount", MAX_AMOUNT).map(|amount| Amount::Fixed(amount.into()));
        };
        let path = format!("{path}.amount");
        self.object(&path, value, &["by", "values"])?;
        let by = table.get("by").and_then(Value::as_str).filter(|name| is_parameter(name));
        if by.is_none() {
            self.mistake(
                &format!("{path}.by"),
                "must name a parameter: a letter, then up to 63 of letters, digits, _ and -",
            );
        }
        let Some(Value::Object(values)) = table.get("values").filter(|values| **values != Value::Null) else {
            self.mistake(
                &format!("{path}.values"),
                "must be a table such as { \"small\": 5, \"large\": 20 }",
            );
            return None;
        };
        if values.is_empty() {
            self.mistake(&format!("{path}.values"), "is empty: the action could never pay; add a value");
        }
        let mut amounts = BTreeMap::new();
        for name in values.keys() {
            if !(1..=100).contains(&name.chars().count()) {
                self.mistake(&format!("{path}.values"), "a value's name is 1 to 100 characters");
            }
            if let Some(amount) = self.count(&format!("{path}.values"), values, name, MAX_AMOUNT) {
                amounts.insert(name.clone(), i64::from(amount));
            }
        }
        Some(Amount::Table { by: by?.to_owned(), values: amounts })
    }

    fn limit(&mut self, path: &str, value: Option<&Value>) -> Option<ActionLimit> {
        let Some(value) = value else {
            self.mistake(path, "every action needs a cap per member; add { \"perMemberPerDay\": 1 }");
            return None;
        };
        let known = ["perMemberPerDay", "perSubject", "uniqueSubject", "cooldownSeconds", "perMinute"];
        let limit = self.object(path, value, &known)?;
        if !limit.contains_key("perMemberPerDay") {
            self.mistake(
                path,
                "every action needs perMemberPerDay: a page can make up any number of subjects, so perSubject alone caps nothing",
            );
        }
        let per_member_per_day = self.count(path, limit, "perMemberPerDay", MAX_COUNT);
        let unique_subject = self.flag(path, limit, "uniqueSubject");
        let once = unique_subject.then_some(1);
        let per_subject = self.count(path, limit, "perSubject", MAX_COUNT).or(once);
        let cooldown_seconds = self.count(path, limit, "cooldownSeconds", MAX_COOLDOWN);
        let per_minute = self.count(path, limit, "perMinute", MAX_COUNT);
        let per_member_per_day = per_member_per_day?;
        Some(ActionLimit { per_member_per_day, per_subject, unique_subject, cooldown_seconds, per_minute })
    }

    fn key(&mut self, path: &str, value: &Value) -> Vec<KeyPart> {
        let texts = self.list(path, value, "parts of the key");
        if value.as_array().is_some_and(Vec::is_empty) {
            self.mistake(path, "is empty: every claim would be the same one; name a part or leave it out");
        }
        let mut parts = Vec::new();
        for (path, text) in texts {
            match (text, text.strip_prefix("parameters.")) {
                ("subject", _) => parts.push(KeyPart::Subject),
                ("day", _) => parts.push(KeyPart::Day),
                (_, Some(name)) if is_parameter(name) => parts.push(KeyPart::Parameter(name.to_owned())),
                _ => {
                    self.mistake(
                        &path,
                        format!("\"{text}\" is no part; there are subject, day and parameters.NAME"),
                    );
                }
            }
        }
        if parts == [KeyPart::Day] {
            self.mistake(path, "is the day alone; say it by \"perMemberPerDay\": 1");
        }
        parts
    }

    fn eligible(&mut self, path: &str, value: &Value) -> BTreeMap<String, Vec<Value>> {
        let mut rules = BTreeMap::new();
        let Some(map) = self.object(path, value, &[]) else { return rules };
        if map.is_empty() {
            self.mistake(path, "is empty: everybody would be eligible; name a claim or leave it out");
        }
        for (claim, wanted) in map {
            let path = format!("{path}.{claim}");
            if !is_claim(claim) {
                self.mistake(&path, "a claim's name is 1 to 128 of letters, digits and _ - . : /");
                continue;
            }
            let list = match wanted {
                Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            if list.is_empty() {
                self.mistake(&path, "is an empty list: nobody would be eligible; name a value");
            }
            for (at, wanted) in list.iter().enumerate() {
                let good = match wanted {
                    Value::String(text) => (1..=256).contains(&text.chars().count()),
                    Value::Bool(_) => true,
                    Value::Number(number) => number.is_i64(),
                    Value::Null | Value::Array(_) | Value::Object(_) => false,
                };
                if !good {
                    let path = if list.len() == 1 { path.clone() } else { format!("{path}[{at}]") };
                    let found = kind(wanted);
                    self.mistake(
                        &path,
                        format!(
                            "must be text of 1 to 256 characters, a whole number, true or false, not {found}"
                        ),
                    );
                }
            }
            rules.insert(claim.clone(), list);
        }
        rules
    }
}

/// A name that can stand in a token, and that means nothing to JavaScript objects.
fn is_claim(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name != "__proto__"
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}
