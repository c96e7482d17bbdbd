//! Who calls.

use loyalty_contract::guid::is_guid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The four kinds of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// No token.
    Visitor,
    /// A token that names a member.
    Member,
    /// A token with the role `staff`.
    Staff,
    /// A token with the role `admin`.
    Admin,
}

impl Role {
    /// Every role, the least trusted first.
    pub const ALL: [Self; 4] = [Self::Visitor, Self::Member, Self::Staff, Self::Admin];

    /// The name in policies and audits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Member => "member",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// Whether this is a customer of the shop and not somebody who works for it.
    #[must_use]
    pub const fn is_customer(self) -> bool {
        matches!(self, Self::Visitor | Self::Member)
    }
}

/// A caller as the identity provider vouches for it. The token itself stays in the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// What it may be granted.
    pub role: Role,
    /// Its member id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    /// Its contact id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Whether the shell holds a token of this caller that upstream accepts.
    #[serde(default, skip_serializing)]
    pub has_upstream_token: bool,
    /// When its token ends, in milliseconds since 1970, where that is known: nothing of it is kept longer (P29).
    #[serde(default, skip_serializing)]
    pub expires_at: Option<i64>,
    /// Whether the ids are what the developer's `resolve` says, which must be ids of the site.
    #[serde(default, skip_serializing)]
    pub is_resolved: bool,
    /// Those verified claims of its token that the policy asks for. They decide, and go no further: not to hooks,
    /// not into records.
    #[serde(default, skip_serializing)]
    pub claims: BTreeMap<String, Value>,
}

/// The longest id that upstream takes.
const MAX_ID: usize = 50;

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

impl Caller {
    /// Somebody without a token.
    #[must_use]
    pub const fn visitor() -> Self {
        Self {
            role: Role::Visitor,
            member_id: None,
            contact_id: None,
            has_upstream_token: false,
            expires_at: None,
            is_resolved: false,
            claims: BTreeMap::new(),
        }
    }

    /// Says what is wrong with what the identity provider gave.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.role == Role::Member && self.member_id.is_none() && self.contact_id.is_none() {
            return Err("identify named a member without memberId or contactId");
        }
        if self.role == Role::Visitor && (self.member_id.is_some() || self.contact_id.is_some()) {
            return Err("identify named a visitor with an id: a caller with an id is a member");
        }
        let ids = [&self.member_id, &self.contact_id];
        if self.is_resolved && ids.into_iter().flatten().any(|id| !is_guid(id)) {
            return Err("resolve gave a memberId or contactId that is not a GUID");
        }
        if ids.into_iter().flatten().any(|id| !is_id(id)) {
            return Err("identify gave an id that is not 1 to 50 of A-Z a-z 0-9 - _ .");
        }
        Ok(())
    }

    /// What stands for this caller in keys and counters. `None` for callers that can't be told apart.
    pub(crate) fn subject(&self) -> Option<String> {
        let role = self.role.as_str();
        match (&self.member_id, &self.contact_id) {
            (Some(id), _) => Some(format!("{role}:member:{}", id.to_ascii_lowercase())),
            (None, Some(id)) => Some(format!("{role}:contact:{}", id.to_ascii_lowercase())),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_resolve_may_not_give() {
        const GUID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
        let by = |member: Option<&str>, contact: Option<&str>| {
            let id = |text: Option<&str>| text.map(str::to_owned);
            let (member_id, contact_id) = (id(member), id(contact));
            Caller { role: Role::Member, member_id, contact_id, is_resolved: true, ..Caller::visitor() }
                .check()
        };
        assert_eq!(by(Some(GUID), None), Ok(()));
        assert_eq!(by(None, Some(GUID)), Ok(()));
        for (member, contact) in [
            (None, None),
            (Some("42"), None),
            (Some(GUID), Some("42")),
            (Some(""), None),
            (Some("me"), Some(GUID)),
        ] {
            assert!(by(member, contact).is_err(), "{member:?} {contact:?}");
        }
    }

    #[test]
    fn what_identify_may_not_give() {
        let good = Caller { role: Role::Member, member_id: Some("m-1".into()), ..Caller::visitor() };
        assert_eq!(good.check(), Ok(()));
        assert_eq!(Caller::visitor().check(), Ok(()));
        assert!(Caller { role: Role::Member, ..Caller::visitor() }.check().is_err());
        assert!(Caller { role: Role::Visitor, ..good.clone() }.check().is_err());
        for bad in ["", "a/b", "a&b", "a b", "../x", "é", &"x".repeat(51)] {
            let caller = Caller { member_id: Some(bad.into()), ..good.clone() };
            assert!(caller.check().is_err(), "{bad}");
        }
    }
}
