//! The rows of a table in the order of each field that queries sort and filter by.
//!
//! A write only notes what it changed: putting a row in its place in a dozen lists costs more than the write itself,
//! most of it waiting for memory. The next query catches up, or the write that fills a batch.
//!
//! To index another field, add its path to the list of its table. A row whose field can change is changed by the one
//! way of `ledger/indexes.rs`, which notes the keys that it had.

use std::collections::HashMap;

use super::order::{CHANGING, Entry, Keys, Nature, Order, key};
use super::sorted::Sorted;
use super::{Ledger, Slot};
use crate::query::cell::Collection;

const OF_ACCOUNTS: &[(&str, Nature)] = &[
    ("createdDate", Nature::Fixed),
    ("id", Nature::Fixed),
    ("contactId", Nature::Fixed),
    ("memberId", Nature::Fixed),
    ("points.balance", Nature::Changing),
    ("points.earned", Nature::Changing),
    ("points.adjusted", Nature::Changing),
    ("points.redeemed", Nature::Changing),
    ("points.expired", Nature::Changing),
    ("updatedDate", Nature::Changing),
    ("lastActivityDate", Nature::Changing),
    ("tier.id", Nature::Changing),
    ("pointsExpiration.expirationDate", Nature::Changing),
    ("pointsExpiration.expiringPointsAmount", Nature::Changing),
    ("contact.name", Nature::Text),
    ("contact.email", Nature::Text),
];

const OF_TRANSACTIONS: &[(&str, Nature)] = &[
    ("createdDate", Nature::Fixed),
    ("id", Nature::Fixed),
    ("accountId", Nature::Fixed),
    ("amount", Nature::Fixed),
    // Text, but eight bytes hold the names of all types.
    ("transactionType", Nature::Fixed),
    ("description", Nature::Text),
    ("idempotencyKey", Nature::Text),
];

const OF_COUPONS: &[(&str, Nature)] = &[
    ("createdDate", Nature::Fixed),
    ("accountId", Nature::Fixed),
    ("memberId", Nature::Fixed),
    ("updatedDate", Nature::Changing),
    // Text, but eight bytes hold the names of all.
    ("status", Nature::Changing),
    ("transactionId", Nature::Changing),
    ("rewardName", Nature::Text),
];

/// What the terms of expiry change of every account at once.
pub(super) const EXPIRY: &[&str] =
    &["pointsExpiration.expirationDate", "pointsExpiration.expiringPointsAmount"];

/// All orders of a table.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    collection: Collection,
    all: Vec<Order>,
    /// How many rows are in the lists; those behind them came later.
    known: usize,
    /// Rows that have changed since, with the keys that they have in the lists.
    changed: HashMap<Slot, Keys>,
    /// While many rows are added at once, nothing is put in order.
    paused: bool,
}

/// How many rows may wait: a query that catches up with them takes some milliseconds longer.
const BATCH: usize = if cfg!(test) { 16 } else { 512 };

impl Orders {
    /// No rows yet.
    #[must_use]
    pub(crate) fn new(collection: Collection) -> Self {
        let paths = match collection {
            Collection::Accounts => OF_ACCOUNTS,
            Collection::Transactions => OF_TRANSACTIONS,
            Collection::Coupons => OF_COUPONS,
            // A program has a handful of rewards.
            Collection::Rewards => &[],
        };
        let order = |&(path, nature): &(&'static str, Nature)| {
            let rows = Sorted::new(nature == Nature::Text);
            Some(Order { path, column: collection.column(path)?, nature, rows, spoilt: false })
        };
        Self { all: paths.iter().filter_map(order).collect(), ..Self::empty(collection) }
    }

    /// The order by a field, if it is indexed.
    #[must_use]
    pub(crate) fn by(&self, path: &str) -> Option<&Order> {
        let path = match path {
            "contact.id" => "contactId",
            "contact.displayName" => "contact.name",
            path => path,
        };
        self.all.iter().find(|order| order.path == path)
    }

    fn empty(collection: Collection) -> Self {
        Self { collection, all: Vec::new(), known: 0, changed: HashMap::new(), paused: false }
    }

    /// The orders themselves, and an empty place where they were.
    #[must_use]
    pub(crate) fn take(&mut self) -> Self {
        let empty = Self::empty(self.collection);
        std::mem::replace(self, empty)
    }

    /// Stops putting rows in order, until [`Orders::build`].
    pub(crate) const fn pause(&mut self) {
        self.paused = true;
    }

    /// Whether nothing is put in order.
    #[must_use]
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// The keys that a row has in the lists, if they must be noted before it changes.
    #[must_use]
    pub(super) fn keys(&self, ledger: &Ledger, slot: Slot) -> Option<Keys> {
        if self.paused || slot as usize >= self.known || self.changed.contains_key(&slot) {
            return None;
        }
        let mut keys = [0; CHANGING];
        for (key_of, order) in keys.iter_mut().zip(self.changing()) {
            *key_of = (key((order.column)(ledger, slot)) >> 64) as u64;
        }
        Some(keys)
    }

    fn changing(&self) -> impl Iterator<Item = &Order> {
        self.all.iter().filter(|order| order.nature == Nature::Changing)
    }

    /// Notes that a row changes, with its [`Orders::keys`].
    pub(super) fn note(&mut self, slot: Slot, keys: Option<Keys>) {
        if let Some(keys) = keys {
            self.changed.insert(slot, keys);
        }
    }

    /// Notes that the values of these fields have changed in all rows.
    pub(super) fn spoil(&mut self, paths: &[&str]) {
        for order in self.all.iter_mut().filter(|order| paths.contains(&order.path)) {
            order.spoilt = true;
        }
    }

    /// Whether so many rows wait that they should be put in order now.
    #[must_use]
    pub(super) fn is_late(&self, ledger: &Ledger) -> bool {
        !self.paused && self.waiting(ledger) >= BATCH
    }

    fn waiting(&self, ledger: &Ledger) -> usize {
        self.changed.len() + self.collection.len(ledger) - self.known
    }

    /// Puts the rows in order that wait for it.
    pub(super) fn catch_up(&mut self, ledger: &Ledger) {
        if self.paused {
            return;
        }
        if self.waiting(ledger) > 0 {
            self.merge(ledger);
        }
        for order in self.all.iter_mut().filter(|order| order.spoilt) {
            order.build(ledger, self.collection);
        }
    }

    fn merge(&mut self, ledger: &Ledger) {
        let (rows, of) = (self.collection.len(ledger), self.collection);
        if rows - self.known + self.changed.len() > self.known / 4 {
            return self.build(ledger);
        }
        let changed = std::mem::take(&mut self.changed);
        let gone: Vec<Slot> = changed.keys().copied().filter(|slot| !of.has(ledger, *slot)).collect();
        let mut number = 0;
        for order in &mut self.all {
            if order.nature == Nature::Changing {
                number += 1;
            }
            if order.spoilt {
                continue;
            }
            if order.nature == Nature::Changing {
                order.move_changed(ledger, of, &changed, number - 1);
            } else {
                order.take_out(ledger, of, &gone);
            }
            let fresh = (0..).take(rows).skip(self.known).filter(|slot| of.has(ledger, *slot));
            let mut entries: Vec<Entry> = fresh.map(|slot| Entry::of(ledger, of, order, slot)).collect();
            // One after another in the order of the list, which is how memory likes it.
            entries.sort_unstable_by(|one, two| one.order(two, ledger, order.column));
            for entry in entries {
                order.insert(ledger, entry.slot, of);
            }
        }
        self.known = rows;
    }

    /// The rows that no list has yet.
    pub(super) fn unknown(&self, ledger: &Ledger) -> impl Iterator<Item = Slot> + use<> {
        (0..).take(self.collection.len(ledger)).skip(self.known)
    }

    /// Sorts all rows anew.
    pub(super) fn build(&mut self, ledger: &Ledger) {
        self.paused = false;
        self.changed.clear();
        self.known = self.collection.len(ledger);
        for order in &mut self.all {
            order.build(ledger, self.collection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::random::{self, Drawn, NOW};
    use crate::ledger::sorted::Place;
    use loyalty_contract::Timestamp;
    use proptest::prelude::*;

    /// Every list of a table, against one that is sorted anew from all rows.
    fn check(ledger: &Ledger, orders: &Orders) {
        let of = orders.collection;
        for order in &orders.all {
            let mut fresh = Order { rows: Sorted::new(order.nature == Nature::Text), ..order.clone() };
            fresh.build(ledger, of);
            let listed = |order: &Order| {
                let mut place = Place::default();
                std::iter::from_fn(|| {
                    let entry = order.rows.entry(place);
                    place = order.rows.next(place);
                    entry
                })
                .collect::<Vec<_>>()
            };
            assert_eq!(listed(order), listed(&fresh), "{of:?} by {}", order.path);
            let mut slots: Vec<Slot> = listed(order).into_iter().map(|(_, slot)| slot).collect();
            let in_order = slots.windows(2).all(|pair| {
                let [one, two] = [pair[0], pair[1]].map(|slot| (order.column)(ledger, slot));
                one.order(two).then_with(|| of.id(ledger, pair[0]).cmp(&of.id(ledger, pair[1]))).is_lt()
            });
            assert!(in_order, "{of:?} by {}", order.path);
            slots.sort_unstable();
            assert_eq!(slots, of.slots(ledger).collect::<Vec<_>>(), "{of:?} by {}", order.path);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn l10_after_changes_of_every_kind_each_index_is_what_a_full_sort_makes(
            seed in 0_u64..4,
            accounts in 10_u32..90,
            steps in prop::collection::vec((any::<u8>(), any::<usize>(), -300_i64..300), 0..150),
            looks in prop::collection::vec(0_usize..150, 0..6),
        ) {
            let steps: Vec<Drawn> = steps;
            let mut ledger = crate::fixtures::site(seed, accounts, NOW);
            let mut now = NOW;
            for (number, drawn) in steps.into_iter().enumerate() {
                now = Timestamp(now.0 + drawn.2 % 7 * 86_400_000);
                let _refused = random::change(&mut ledger, drawn, now);
                if looks.contains(&number) {
                    ledger.catch_up();
                }
            }
            ledger.catch_up();
            for orders in [ledger.account_orders(), ledger.transaction_orders(), ledger.coupon_orders()] {
                check(&ledger, orders);
            }
        }
    }
}
