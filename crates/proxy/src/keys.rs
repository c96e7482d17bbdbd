//! The keys that make a payment happen once: derived, so that the same deed always gets the same key (P31).

use crate::canonical::{digest, fingerprint};
use crate::policy::{Action, KeyPart, plain};
use loyalty_contract::{Guid, Timestamp};
use serde_json::{Value, json};

/// What tells one payment of an action from the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Business<'a> {
    /// One for each subject, for all time.
    Subject(&'a str),
    /// One for each UTC day.
    Day(i64),
    /// One for each key of the client.
    Client(&'a str),
    /// One for all that the policy's `key` names, as canonical text.
    Named(String),
    /// One for each order of the developer's own backend, for all time.
    Order(&'a str),
}

impl<'a> Business<'a> {
    /// What the policy names as the key is it. Else, where a limit of the action is one, what it counts *is* the
    /// key: even a lost store can't pay twice then.
    pub(crate) fn of(
        action: &Action,
        subject: Option<&'a str>,
        parameters: Option<&Value>,
        now: Timestamp,
        client_key: &'a str,
    ) -> Self {
        if !action.key.is_empty() {
            let part = |part: &KeyPart| match part {
                KeyPart::Subject => json!(["subject", subject]),
                KeyPart::Day => json!(["day", now.utc_day()]),
                KeyPart::Parameter(name) => {
                    json!(["parameter", name, parameters.and_then(|all| all.get(name)).and_then(plain)])
                }
            };
            return Self::Named(action.key.iter().map(part).collect::<Value>().to_string());
        }
        match subject {
            Some(subject) if action.limit.per_subject == Some(1) => Self::Subject(subject),
            _ if action.limit.per_member_per_day == 1 => Self::Day(now.utc_day()),
            _ => Self::Client(client_key),
        }
    }

    /// The same for an order, which pays once however late it is repeated: where the page's key would change with the
    /// day, or be the client's, the order's own is it.
    pub(crate) fn of_order(
        action: &Action,
        subject: Option<&'a str>,
        parameters: Option<&Value>,
        now: Timestamp,
        order_key: &'a str,
    ) -> Self {
        match Self::of(action, subject, parameters, now, order_key) {
            Self::Named(_) if action.key.contains(&KeyPart::Day) => Self::Order(order_key),
            lasting @ (Self::Named(_) | Self::Subject(_)) => lasting,
            _ => Self::Order(order_key),
        }
    }

    /// Its kind and its value, as keys and claims are made of.
    pub(crate) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Subject(subject) => ("subject", (*subject).to_owned()),
            Self::Day(number) => ("day", number.to_string()),
            Self::Client(key) => ("client", (*key).to_owned()),
            Self::Named(text) => ("named", text.clone()),
            Self::Order(key) => ("order", (*key).to_owned()),
        }
    }
}

/// The upstream key of an action's payment.
pub(crate) fn upstream_key(site: &str, account: &str, action: &str, business: &Business<'_>) -> Guid {
    let (kind, value) = business.parts();
    let account = account.to_ascii_lowercase();
    let hash = digest(&["loyalty-edge action key 1", site, &account, action, kind, &value]);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    Guid::from_bytes(bytes)
}

/// The shard of the store for what one caller does, or for what all share: the same for every operation on it.
pub(crate) fn shard(site: &str, whose: &str) -> String {
    fingerprint(&["shard", site, whose])
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::guid::is_guid;
    use std::collections::HashSet;

    #[test]
    fn p31_the_key_is_a_guid_of_everything_that_tells_payments_apart() {
        let key = |site, account, action, business: Business<'_>| {
            upstream_key(site, account, action, &business).to_string()
        };
        let base = key("s", "a", "visit", Business::Client("k"));
        assert!(is_guid(&base));
        assert_eq!(base, key("s", "A", "visit", Business::Client("k")), "the case of a GUID means nothing");
        let all: HashSet<String> = [
            base,
            key("s2", "a", "visit", Business::Client("k")),
            key("s", "b", "visit", Business::Client("k")),
            key("s", "a", "review", Business::Client("k")),
            key("s", "a", "visit", Business::Client("k2")),
            key("s", "a", "visit", Business::Subject("k")),
            key("s", "a", "visit", Business::Subject("5")),
            key("s", "a", "visit", Business::Day(5)),
            key("s", "a", "visit", Business::Day(6)),
            key("s", "a", "visit", Business::Named("k".to_owned())),
            key("s", "a", "visit", Business::Order("k")),
        ]
        .into();
        assert_eq!(all.len(), 11);
    }

    #[test]
    fn p31_where_a_limit_is_one_the_clients_key_does_not_count() {
        let action = |day, subject| {
            let mut action = paying(&[]);
            (action.limit.per_member_per_day, action.limit.per_subject) = (day, subject);
            action
        };
        let now = Timestamp(86_400_000 * 3 + 5);
        let of = |action: &Action, subject| Business::of(action, subject, None, now, "k");
        assert_eq!(of(&action(1, None), Some("x")), Business::Day(3));
        assert_eq!(of(&action(3, Some(1)), Some("x")), Business::Subject("x"));
        assert_eq!(of(&action(1, Some(1)), Some("x")), Business::Subject("x"));
        assert_eq!(of(&action(3, Some(2)), Some("x")), Business::Client("k"));
        assert_eq!(of(&action(3, None), None), Business::Client("k"));
    }

    #[test]
    fn p31_a_business_key_is_what_the_policy_names_and_nothing_beside_it() {
        let of = |key: &[&str], subject: &str, order: Value, day: i64| {
            let parameters = json!({ "order": order, "note": subject });
            let now = Timestamp(86_400_000 * day);
            Business::of(&paying(key), Some(subject), Some(&parameters), now, "client").parts()
        };
        let order = of(&["parameters.order"], "s", json!("7"), 1);
        assert_eq!(order, of(&["parameters.order"], "t", json!("7"), 2), "neither subject nor day is named");
        assert_eq!(order, of(&["parameters.order"], "s", json!(7), 1), "as text");
        assert_ne!(order, of(&["parameters.order"], "s", json!("8"), 1));
        let both = of(&["subject", "day"], "s", json!("7"), 1);
        assert_eq!(both, of(&["subject", "day"], "s", json!("8"), 1));
        assert_ne!(both, of(&["subject", "day"], "t", json!("7"), 1));
        assert_ne!(both, of(&["subject", "day"], "s", json!("7"), 2));
        assert_ne!(of(&["subject"], "x", json!("y"), 1), of(&["parameters.order"], "y", json!("x"), 1));
    }

    fn paying(key: &[&str]) -> Action {
        let policy = json!({"actions": {"a": {
            "amount": 1, "description": "d", "limit": {"perMemberPerDay": 1},
        }}});
        let mut action =
            crate::Policy::parse(&policy).ok().and_then(|policy| policy.action("a").cloned()).unwrap();
        action.key = key
            .iter()
            .map(|part| match *part {
                "subject" => KeyPart::Subject,
                "day" => KeyPart::Day,
                other => KeyPart::Parameter(other.trim_start_matches("parameters.").to_owned()),
            })
            .collect();
        action
    }
}
