//! Who may do what, and what an action is worth: the developer's policy, checked at start.

mod action;
mod explain;
mod mask;
mod read;
mod review;
mod risks;

pub use action::{Action, ActionLimit, Amount, KeyPart};
pub(crate) use action::{is_parameter, plain};
pub use mask::{AnswerMask, Mask};
pub use review::review;

use crate::caller::Role;
use crate::decide::{Reach, reach};
use loyalty_contract::Operation;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The Loyalty app's own id: what an action's `appId` is by default.
pub const LOYALTY_APP_ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/// Upstream throttles a credential at 200 calls a minute: stay below it, whatever the policy says nothing of.
pub const DEFAULT_UPSTREAM_PER_MINUTE: u32 = 180;
/// Five a second from one address, where the policy says nothing: more than a household or an office behind one address
/// asks for, and too little to keep a process busy with made-up tokens. Counted by each process for itself.
pub const DEFAULT_ADDRESS_PER_MINUTE: u32 = 300;
/// The most accounts of a bulk call where the policy says nothing.
pub const DEFAULT_BULK_ACCOUNTS: u32 = 1_000;

/// A policy that was read and found sound.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    grants: BTreeMap<Role, BTreeSet<Grant>>,
    actions: BTreeMap<String, Action>,
    masks: BTreeMap<(Role, Operation), Mask>,
    bot_check: BTreeSet<Operation>,
    /// Whether the first earn makes the account, by whatever action.
    enrols: bool,
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

/// Limits over all actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls of one caller in a minute.
    pub caller_per_minute: Option<u32>,
    /// Calls from one address in a minute, counted in the store. Without it, [`DEFAULT_ADDRESS_PER_MINUTE`].
    pub address_per_minute: Option<u32>,
    /// Calls that go upstream in a minute, of all callers.
    pub upstream_per_minute: u32,
    /// Points that a member may earn by actions in a UTC day.
    pub member_points_per_day: Option<i64>,
    /// The most accounts that one bulk call may change.
    pub bulk_accounts: u32,
    /// The most points that one bulk call may add to, take from or set for an account.
    pub bulk_points: Option<i64>,
    /// Bulk calls in a UTC day, of all callers.
    pub bulk_per_day: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            caller_per_minute: None,
            address_per_minute: None,
            upstream_per_minute: DEFAULT_UPSTREAM_PER_MINUTE,
            member_points_per_day: None,
            bulk_accounts: DEFAULT_BULK_ACCOUNTS,
            bulk_points: None,
            bulk_per_day: None,
        }
    }
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

    /// Which fields of an operation's request and answer the role may send and see. `None`: all that it has.
    #[must_use]
    pub fn mask(&self, role: Role, operation: Operation) -> Option<&Mask> {
        self.masks.get(&(role, operation))
    }

    /// Whether the bot check comes before a call.
    #[must_use]
    pub fn needs_bot_check(&self, operation: Operation, action: Option<&str>) -> bool {
        match action {
            Some(name) => self.action(name).is_some_and(|action| action.bot_check),
            None => self.bot_check.contains(&operation),
        }
    }

    /// Whether anything needs the bot check.
    #[must_use]
    pub fn has_bot_check(&self) -> bool {
        !self.bot_check.is_empty() || self.actions.values().any(|action| action.bot_check)
    }

    /// Whether the action makes an account for whom it pays, where there is none.
    #[must_use]
    pub fn enrols_by(&self, action: &Action) -> bool {
        self.enrols || action.enrols
    }

    /// The claims of tokens that actions ask for. No others come in.
    #[must_use]
    pub fn claims(&self) -> BTreeSet<&str> {
        self.actions.values().flat_map(|action| action.eligible.keys().map(String::as_str)).collect()
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

    /// Whether the role may earn at all.
    #[must_use]
    pub fn earns(&self, role: Role) -> bool {
        self.actions.keys().any(|action| self.may_earn(role, action))
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
