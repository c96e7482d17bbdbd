//! What an action pays, to whom and how often.

use serde_json::Value;
use std::collections::BTreeMap;

/// A named way to earn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it pays.
    pub amount: Amount,
    /// What the transaction says.
    pub description: String,
    /// The activity type of the transaction.
    pub activity_type: Option<String>,
    /// The app in whose name it pays.
    pub app_id: String,
    /// How often.
    pub limit: ActionLimit,
    /// What makes two claims one; the limits say it where this is empty.
    pub key: Vec<KeyPart>,
    /// What the token has to say of the member.
    pub eligible: BTreeMap<String, Vec<Value>>,
    /// The hook that proves the deed.
    pub confirm: Option<String>,
    /// Whether the bot check comes before it.
    pub bot_check: bool,
    /// Whether it makes an account for whom it pays, where there is none.
    pub enrols: bool,
}

/// Points: the same for every claim, or by what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Fixed(i64),
    /// As a parameter of the claim says, by a table.
    Table {
        /// The parameter.
        by: String,
        /// Its values, as text, and what each pays.
        values: BTreeMap<String, i64>,
    },
}

/// How often an action pays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionLimit {
    /// One member, in a UTC day.
    pub per_member_per_day: u32,
    /// One member for one subject, for all time.
    pub per_subject: Option<u32>,
    /// Whether a subject pays one member only: the first to claim it.
    pub unique_subject: bool,
    /// The least time between two claims of one member, in seconds.
    pub cooldown_seconds: Option<u32>,
    /// Calls of all members together in a minute.
    pub per_minute: Option<u32>,
}

/// A part of an action's business key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// What it was done to.
    Subject,
    /// The UTC day.
    Day,
    /// A parameter of the claim.
    Parameter(String),
}

impl Amount {
    /// The most that one claim can pay.
    #[must_use]
    pub fn most(&self) -> i64 {
        match self {
            Self::Fixed(amount) => *amount,
            Self::Table { values, .. } => values.values().copied().max().unwrap_or(0),
        }
    }
}

impl Action {
    /// Whether a claim has to say what it was done to.
    #[must_use]
    pub fn needs_subject(&self) -> bool {
        self.limit.per_subject.is_some() || self.limit.unique_subject || self.key.contains(&KeyPart::Subject)
    }

    /// The parameters that a claim has to have.
    pub fn needed_parameters(&self) -> impl Iterator<Item = &str> {
        let by = match &self.amount {
            Amount::Table { by, .. } => Some(by.as_str()),
            Amount::Fixed(_) => None,
        };
        let of_key = self.key.iter().filter_map(|part| match part {
            KeyPart::Parameter(name) => Some(name.as_str()),
            KeyPart::Subject | KeyPart::Day => None,
        });
        by.into_iter().chain(of_key)
    }

    /// The first claim of the token that is missing or other than the policy asks for.
    #[must_use]
    pub fn unmet(&self, claims: &BTreeMap<String, Value>) -> Option<&str> {
        let met = |name: &str, wanted: &[Value]| match claims.get(name) {
            Some(Value::Array(held)) => held.iter().any(|value| wanted.contains(value)),
            Some(held) => wanted.contains(held),
            None => false,
        };
        self.eligible.iter().find(|(name, wanted)| !met(name, wanted)).map(|(name, _)| name.as_str())
    }
}

/// A plain value as the text that tables and keys compare by. `None` for lists, objects and `null`.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether the text can name a parameter of an action.
pub(crate) fn is_parameter(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn eligible(rules: &[(&str, &[Value])]) -> Action {
        Action {
            amount: Amount::Fixed(1),
            description: String::new(),
            activity_type: None,
            app_id: String::new(),
            limit: ActionLimit::default(),
            key: Vec::new(),
            eligible: rules.iter().map(|(name, wanted)| ((*name).to_owned(), wanted.to_vec())).collect(),
            confirm: None,
            bot_check: false,
            enrols: false,
        }
    }

    #[test]
    fn p05_eligibility_holds_claims_against_the_policy_and_a_missing_one_fails() {
        let action = eligible(&[("plan", &[json!("gold"), json!("silver")]), ("verified", &[json!(true)])]);
        let claims = |value: Value| -> BTreeMap<String, Value> {
            value.as_object().cloned().unwrap_or_default().into_iter().collect()
        };
        for (held, unmet) in [
            (json!({"plan": "gold", "verified": true}), None),
            (json!({"plan": ["x", "silver"], "verified": true}), None),
            (json!({"plan": "gold"}), Some("verified")),
            (json!({"plan": "gold", "verified": "true"}), Some("verified")),
            (json!({"plan": "gold", "verified": 1}), Some("verified")),
            (json!({"plan": "bronze", "verified": true}), Some("plan")),
            (json!({"plan": [], "verified": true}), Some("plan")),
            (json!({"plan": {"gold": true}, "verified": true}), Some("plan")),
            (json!({}), Some("plan")),
        ] {
            assert_eq!(action.unmet(&claims(held.clone())), unmet, "{held}");
        }
        assert_eq!(eligible(&[]).unmet(&BTreeMap::new()), None);
    }
}
