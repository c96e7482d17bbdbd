//! Who may do what, and what an action is worth: the developer's policy, checked at start.

mod read;

use crate::caller::Role;
use crate::decide::{Reach, reach};
use loyalty_contract::Operation;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The Loyalty app's own id: what an action's `appId` is by default.
pub const LOYALTY_APP_ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/// A policy that was read and found sound.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    grants: BTreeMap<Role, BTreeSet<Grant>>,
    actions: BTreeMap<String, Action>,
    /// Limits that hold for all actions and callers.
    pub limits: Limits,
}

/// One line of a role's grants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// `*`
    Everything,
    /// `getAccount`
    Any(Operation),
    /// `getAccount:own`
    Own(Operation),
    /// `earn:daily-visit`
    Earn(String),
}

/// A named way to earn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Points that it pays.
    pub amount: i64,
    /// What the transaction says.
    pub description: String,
    /// The activity type of the transaction.
    pub activity_type: Option<String>,
    /// The app in whose name it pays.
    pub app_id: String,
    /// How often one member may.
    pub per_member_per_day: u32,
    /// How often one member may for one subject, for all time.
    pub per_subject: Option<u32>,
    /// The hook that proves the deed.
    pub confirm: Option<String>,
}

/// Limits over all actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls of one caller in a minute.
    pub caller_per_minute: Option<u32>,
    /// Calls that go upstream in a minute, of all callers.
    pub upstream_per_minute: Option<u32>,
    /// Points that a member may earn by actions in a UTC day.
    pub member_points_per_day: Option<i64>,
    /// The most accounts that one bulk call may change.
    pub bulk_accounts: Option<u32>,
}

/// A mistake in the policy, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// JSONPath: `$.actions.daily-visit.limit`.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.path, self.message)
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every mistake that was found, each with its path.
    pub fn parse(value: &Value) -> Result<Self, Vec<Mistake>> {
        read::policy(value)
    }

    /// The action of that name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.get(name)
    }

    /// The names of all actions.
    pub fn action_names(&self) -> impl Iterator<Item = &str> {
        self.actions.keys().map(String::as_str)
    }

    /// The hooks that actions name.
    pub fn hooks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.actions.iter().filter_map(|(name, action)| Some((name.as_str(), action.confirm.as_deref()?)))
    }

    /// How far the role's grants for an operation reach.
    #[must_use]
    pub fn granted(&self, role: Role, operation: Operation) -> Option<Granted> {
        let grants = self.grants.get(&role)?;
        if grants.contains(&Grant::Everything) || grants.contains(&Grant::Any(operation)) {
            return Some(match reach(operation) {
                Reach::Caller => Granted::Own,
                _ => Granted::Any,
            });
        }
        grants.contains(&Grant::Own(operation)).then_some(Granted::Own)
    }

    /// Whether the role may earn by an action.
    #[must_use]
    pub fn may_earn(&self, role: Role, action: &str) -> bool {
        self.grants.get(&role).is_some_and(|grants| {
            grants.contains(&Grant::Everything) || grants.contains(&Grant::Earn(action.to_owned()))
        })
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// Any account of the site.
    Any,
    /// The caller's own account.
    Own,
}

/// Whether the text can name a parameter of an action.
pub(crate) fn is_action_parameter(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
