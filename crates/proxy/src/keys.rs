//! The keys that make a payment happen once: derived, so that the same deed always gets the same key (P31).

use crate::canonical::{digest, fingerprint};
use crate::policy::Action;
use loyalty_contract::{Guid, Timestamp};

/// What tells one payment of an action from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Business<'a> {
    /// One for each subject, for all time.
    Subject(&'a str),
    /// One for each UTC day.
    Day(i64),
    /// One for each key of the client.
    Client(&'a str),
}

impl<'a> Business<'a> {
    /// Where a limit of the action is one, what it counts *is* the key: even a lost store can't pay twice then.
    pub(crate) fn of(action: &Action, subject: Option<&'a str>, now: Timestamp, client_key: &'a str) -> Self {
        match subject {
            Some(subject) if action.per_subject == Some(1) => Self::Subject(subject),
            _ if action.per_member_per_day == 1 => Self::Day(now.utc_day()),
            _ => Self::Client(client_key),
        }
    }
}

/// The upstream key of an action's payment.
pub(crate) fn upstream_key(site: &str, account: &str, action: &str, business: Business<'_>) -> Guid {
    let day;
    let (kind, value) = match business {
        Business::Subject(subject) => ("subject", subject),
        Business::Day(number) => {
            day = number.to_string();
            ("day", day.as_str())
        }
        Business::Client(key) => ("client", key),
    };
    let account = account.to_ascii_lowercase();
    let hash = digest(&["loyalty-edge action key 1", site, &account, action, kind, value]);
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
        let key = |site, account, action, business| upstream_key(site, account, action, business).to_string();
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
        ]
        .into();
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn p31_where_a_limit_is_one_the_clients_key_does_not_count() {
        let action = |day, subject| Action {
            amount: 1,
            description: String::new(),
            activity_type: None,
            app_id: String::new(),
            per_member_per_day: day,
            per_subject: subject,
            confirm: None,
        };
        let now = Timestamp(86_400_000 * 3 + 5);
        assert_eq!(Business::of(&action(1, None), Some("x"), now, "k"), Business::Day(3));
        assert_eq!(Business::of(&action(3, Some(1)), Some("x"), now, "k"), Business::Subject("x"));
        assert_eq!(Business::of(&action(1, Some(1)), Some("x"), now, "k"), Business::Subject("x"));
        assert_eq!(Business::of(&action(3, Some(2)), Some("x"), now, "k"), Business::Client("k"));
        assert_eq!(Business::of(&action(3, None), None, now, "k"), Business::Client("k"));
    }
}
