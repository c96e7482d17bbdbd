//! The values that filters and sorts look at, and where they stand in the rows.

use std::cmp::Ordering;

use loyalty_contract::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::ledger::catalog::Reward;
use crate::ledger::coupons::Coupon;
use crate::ledger::order::Order;
use crate::ledger::{Account, Contact, Ledger, Slot, Transaction};

/// One value of one row, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// The row lacks it.
    Missing,
    /// An id.
    Id(Id),
    /// Text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A moment.
    Date(Timestamp),
}

impl Cell<'_> {
    /// The order of sorts: what is missing comes first, and text goes by code points.
    #[must_use]
    pub(crate) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Cell::Id(one), Cell::Id(two)) => one.cmp(&two),
            (Cell::Text(one), Cell::Text(two)) => one.cmp(two),
            (Cell::Number(one), Cell::Number(two)) => one.cmp(&two),
            (Cell::Date(one), Cell::Date(two)) => one.cmp(&two),
            // A column has one kind of value, so what is left is about missing ones.
            (one, two) => (one != Cell::Missing).cmp(&(two != Cell::Missing)),
        }
    }
}

/// A value that outlives its row: what a cursor remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Key {
    /// The row lacks it.
    #[serde(rename = "-")]
    Missing,
    /// An id.
    #[serde(rename = "i")]
    Id(String),
    /// Text.
    #[serde(rename = "t")]
    Text(String),
    /// A number.
    #[serde(rename = "n")]
    Number(i64),
    /// A moment, in milliseconds.
    #[serde(rename = "d")]
    Date(i64),
}

impl From<Cell<'_>> for Key {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Missing => Self::Missing,
            Cell::Id(id) => Self::Id(id.to_string()),
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Number(number) => Self::Number(number),
            Cell::Date(moment) => Self::Date(moment.0),
        }
    }
}

impl Key {
    /// The value again.
    #[must_use]
    pub(crate) fn cell(&self) -> Cell<'_> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Id(text) => Id::parse(text).map_or(Cell::Missing, Cell::Id),
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => Cell::Number(*number),
            Self::Date(millis) => Cell::Date(Timestamp(*millis)),
        }
    }
}

/// Reads one value of a row. Looked up by name once a query, then called for each row.
pub(crate) type Column = for<'a> fn(&'a Ledger, Slot) -> Cell<'a>;

/// What a query goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    /// Accounts.
    Accounts,
    /// Transactions.
    Transactions,
    /// Rewards.
    Rewards,
    /// Coupons.
    Coupons,
}

impl Collection {
    /// The column of a wire path, for every field that the contract lists.
    #[must_use]
    pub(crate) fn column(self, path: &str) -> Option<Column> {
        match self {
            Self::Accounts => account_column(path),
            Self::Transactions => transaction_column(path),
            Self::Rewards => reward_column(path),
            Self::Coupons => coupon_column(path),
        }
    }

    /// The rows in the order of a field, if that is indexed.
    #[must_use]
    pub(crate) fn order<'a>(self, ledger: &'a Ledger, path: &str) -> Option<&'a Order> {
        match self {
            Self::Accounts => ledger.account_orders().by(path),
            Self::Transactions => ledger.transaction_orders().by(path),
            Self::Rewards => None,
            // No order tells anything of what every row has.
            Self::Coupons if path == "couponReference" => None,
            Self::Coupons => ledger.coupon_orders().by(path),
        }
    }

    /// How many slots there are, those of deleted rows with them.
    #[must_use]
    pub(crate) fn len(self, ledger: &Ledger) -> usize {
        match self {
            Self::Accounts => ledger.accounts().len(),
            Self::Transactions => ledger.transactions().len(),
            Self::Rewards => ledger.rewards().len(),
            Self::Coupons => ledger.coupons().len(),
        }
    }

    /// Whether the slot has a row that was not deleted.
    #[must_use]
    pub(crate) fn has(self, ledger: &Ledger, slot: Slot) -> bool {
        match self {
            Self::Accounts | Self::Transactions => (slot as usize) < self.len(ledger),
            Self::Rewards => ledger.reward(slot).is_some_and(|row| !row.gone),
            Self::Coupons => ledger.coupon(slot).is_some_and(|row| !row.gone),
        }
    }

    /// Every row, in the order of recording.
    pub(crate) fn slots(self, ledger: &Ledger) -> impl Iterator<Item = Slot> {
        (0..).take(self.len(ledger)).filter(move |slot| self.has(ledger, *slot))
    }

    /// The id of a row.
    #[must_use]
    pub(crate) fn id(self, ledger: &Ledger, slot: Slot) -> Id {
        match self {
            Self::Accounts => ledger.account_id(slot),
            Self::Transactions => ledger.transaction_id(slot),
            Self::Rewards => ledger.reward_id(slot),
            Self::Coupons => ledger.coupon_id(slot),
        }
    }

    /// The first half of the id of a row.
    #[must_use]
    pub(crate) fn start(self, ledger: &Ledger, slot: Slot) -> u64 {
        match self {
            Self::Accounts => ledger.account_start(slot),
            Self::Transactions => ledger.transaction_start(slot),
            Self::Rewards => ledger.reward_id(slot).start(),
            Self::Coupons => ledger.coupon_start(slot),
        }
    }

    /// How the id of a row stands to another id.
    #[must_use]
    pub(crate) fn order_id(self, ledger: &Ledger, slot: Slot, other: Id) -> Ordering {
        self.start(ledger, slot).cmp(&other.start()).then_with(|| self.id(ledger, slot).cmp(&other))
    }

    /// Reads a little of each row, so that all are on their way from memory before the first is needed.
    pub(crate) fn warm(self, ledger: &Ledger, slots: &[Slot]) {
        let number = |slot: &Slot| match self {
            Self::Accounts => ledger.account(*slot).map(|row| row.points.balance ^ row.updated.0),
            Self::Transactions => ledger.transaction(*slot).map(|row| row.amount ^ row.created.0),
            Self::Rewards => None,
            Self::Coupons => ledger.coupon(*slot).map(|row| row.cost ^ row.created.0),
        };
        std::hint::black_box(slots.iter().filter_map(number).fold(0, |sum, part| sum ^ part));
    }

    /// When a row was created: the column of the default order.
    #[must_use]
    pub(crate) fn created(self) -> Column {
        match self {
            Self::Accounts => |ledger, slot| account(ledger, slot, |row| Cell::Date(row.created)),
            Self::Transactions => |ledger, slot| transaction(ledger, slot, |row| Cell::Date(row.created)),
            Self::Rewards => |ledger, slot| reward(ledger, slot, |row| Cell::Date(row.created)),
            Self::Coupons => |ledger, slot| coupon(ledger, slot, |row| Cell::Date(row.created)),
        }
    }
}

fn account<'a>(ledger: &'a Ledger, slot: Slot, read: impl Fn(&'a Account) -> Cell<'a>) -> Cell<'a> {
    ledger.account(slot).map_or(Cell::Missing, read)
}

fn contact<'a>(ledger: &'a Ledger, slot: Slot, read: impl Fn(&'a Contact) -> Cell<'a>) -> Cell<'a> {
    ledger.account(slot).and_then(|row| ledger.contact(row.contact)).map_or(Cell::Missing, read)
}

fn transaction<'a>(ledger: &'a Ledger, slot: Slot, read: impl Fn(&'a Transaction) -> Cell<'a>) -> Cell<'a> {
    ledger.transaction(slot).map_or(Cell::Missing, read)
}

fn reward<'a>(ledger: &'a Ledger, slot: Slot, read: impl Fn(&'a Reward) -> Cell<'a>) -> Cell<'a> {
    ledger.reward(slot).map_or(Cell::Missing, read)
}

fn coupon<'a>(ledger: &'a Ledger, slot: Slot, read: impl Fn(&'a Coupon) -> Cell<'a>) -> Cell<'a> {
    ledger.coupon(slot).map_or(Cell::Missing, read)
}

fn text(value: Option<&str>) -> Cell<'_> {
    value.map_or(Cell::Missing, Cell::Text)
}

fn account_column(path: &str) -> Option<Column> {
    Some(match path {
        "id" => |ledger, slot| account(ledger, slot, |row| Cell::Id(row.id)),
        "contactId" | "contact.id" => |ledger, slot| contact(ledger, slot, |row| Cell::Id(row.id)),
        "memberId" => |ledger, slot| contact(ledger, slot, |row| row.member.map_or(Cell::Missing, Cell::Id)),
        "contact.name" | "contact.displayName" => {
            |ledger, slot| contact(ledger, slot, |row| Cell::Text(&row.name))
        }
        "contact.email" => |ledger, slot| contact(ledger, slot, |row| Cell::Text(&row.email)),
        "points.balance" => |ledger, slot| account(ledger, slot, |row| Cell::Number(row.points.balance)),
        "points.earned" => |ledger, slot| account(ledger, slot, |row| Cell::Number(row.points.earned)),
        "points.adjusted" => |ledger, slot| account(ledger, slot, |row| Cell::Number(row.points.adjusted)),
        "points.redeemed" => |ledger, slot| account(ledger, slot, |row| Cell::Number(row.points.redeemed)),
        "points.expired" => |ledger, slot| account(ledger, slot, |row| Cell::Number(row.points.expired)),
        "createdDate" => Collection::Accounts.created(),
        "updatedDate" => |ledger, slot| account(ledger, slot, |row| Cell::Date(row.updated)),
        "lastActivityDate" => |ledger, slot| account(ledger, slot, |row| Cell::Date(row.active)),
        "tier.id" => |ledger, slot| {
            let tier = ledger.account(slot).and_then(|row| ledger.tier(row.standing.tier?));
            tier.map_or(Cell::Missing, |tier| Cell::Id(tier.id))
        },
        "pointsExpiration.expirationDate" => {
            |ledger, slot| ledger.due_of(slot).map_or(Cell::Missing, |due| Cell::Date(due.at))
        }
        "pointsExpiration.expiringPointsAmount" => {
            |ledger, slot| ledger.due_of(slot).map_or(Cell::Missing, |due| Cell::Number(due.amount))
        }
        _ => return None,
    })
}

fn transaction_column(path: &str) -> Option<Column> {
    Some(match path {
        "id" => |ledger, slot| transaction(ledger, slot, |row| Cell::Id(row.id)),
        "accountId" => |ledger, slot| {
            let row = ledger.transaction(slot).and_then(|row| ledger.account(row.account));
            row.map_or(Cell::Missing, |row| Cell::Id(row.id))
        },
        "createdDate" => Collection::Transactions.created(),
        "amount" => |ledger, slot| transaction(ledger, slot, |row| Cell::Number(row.amount)),
        "description" => |ledger, slot| transaction(ledger, slot, |row| text(row.description.as_deref())),
        "idempotencyKey" => |ledger, slot| transaction(ledger, slot, |row| text(row.key.as_deref())),
        "transactionType" => |ledger, slot| transaction(ledger, slot, |row| Cell::Text(row.cause.name())),
        _ => return None,
    })
}

fn reward_column(path: &str) -> Option<Column> {
    Some(match path {
        "id" => |ledger, slot| reward(ledger, slot, |row| Cell::Id(row.id)),
        "name" => |ledger, slot| reward(ledger, slot, |row| Cell::Text(&row.name)),
        "type" => |ledger, slot| reward(ledger, slot, |row| Cell::Text(row.offer.name())),
        "createdDate" => Collection::Rewards.created(),
        "updatedDate" => |ledger, slot| reward(ledger, slot, |row| Cell::Date(row.updated)),
        _ => return None,
    })
}

fn coupon_column(path: &str) -> Option<Column> {
    Some(match path {
        "createdDate" => Collection::Coupons.created(),
        "updatedDate" => |ledger, slot| coupon(ledger, slot, |row| Cell::Date(row.updated)),
        "accountId" => |ledger, slot| {
            let row = ledger.coupon(slot).and_then(|row| ledger.account(row.account));
            row.map_or(Cell::Missing, |row| Cell::Id(row.id))
        },
        "memberId" => |ledger, slot| {
            let row = ledger.coupon(slot).and_then(|row| ledger.account(row.account));
            let member = row.and_then(|row| ledger.contact(row.contact)?.member);
            member.map_or(Cell::Missing, Cell::Id)
        },
        // An object, of which a filter can only ask whether it is there. It always is.
        "couponReference" => |ledger, slot| coupon(ledger, slot, |row| Cell::Id(row.id)),
        "transactionId" => |ledger, slot| {
            let paid = ledger.coupon(slot).and_then(|row| ledger.transaction(row.transaction?));
            paid.map_or(Cell::Missing, |row| Cell::Id(row.id))
        },
        "rewardName" => |ledger, slot| coupon(ledger, slot, |row| Cell::Text(&row.name)),
        "status" => |ledger, slot| coupon(ledger, slot, |row| Cell::Text(row.status.as_str())),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::fields::{
        ACCOUNTS_QUERY, ACCOUNTS_SEARCH, COUPONS_QUERY, REWARDS_QUERY, TRANSACTIONS_QUERY,
    };

    #[test]
    fn l10_every_field_of_the_contract_has_a_column_and_no_other() {
        for field in ACCOUNTS_QUERY.iter().chain(ACCOUNTS_SEARCH) {
            assert!(Collection::Accounts.column(field.path).is_some(), "{}", field.path);
        }
        for field in TRANSACTIONS_QUERY {
            assert!(Collection::Transactions.column(field.path).is_some(), "{}", field.path);
        }
        for field in REWARDS_QUERY {
            assert!(Collection::Rewards.column(field.path).is_some(), "{}", field.path);
        }
        for field in COUPONS_QUERY {
            assert!(Collection::Coupons.column(field.path).is_some(), "{}", field.path);
        }
        assert!(Collection::Accounts.column("revision").is_none());
        assert!(Collection::Transactions.column("").is_none());
    }

    #[test]
    fn what_is_missing_comes_first_and_keys_are_the_cells_again() {
        let cells = [Cell::Missing, Cell::Number(-1), Cell::Number(2)];
        for pair in cells.windows(2) {
            assert_eq!(pair[0].order(pair[1]), Ordering::Less);
            assert_eq!(pair[1].order(pair[0]), Ordering::Greater);
        }
        assert_eq!(Cell::Missing.order(Cell::Missing), Ordering::Equal);
        let id = crate::ids::IdSource::new(1).nth(crate::ids::IdKind::Account, 1);
        for cell in [Cell::Missing, Cell::Id(id), Cell::Text("x"), Cell::Number(5), Cell::Date(Timestamp(9))]
        {
            let key = Key::from(cell);
            let text = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<Key>(&text).unwrap().cell(), cell, "{text}");
        }
    }
}
