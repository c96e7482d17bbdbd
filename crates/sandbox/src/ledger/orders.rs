//! The rows of a table in the order of each field that queries sort and filter by.
//!
//! A write only notes what it changed: putting a row in its place in a dozen lists costs more than the write itself,
//! most of it waiting for memory. The next query catches up, or the write that fills a batch.
//!
//! To index another field, add its path to the list of its table. A row whose field can change is changed by the one
//! way of `ledger/indexes.rs`, which notes the keys that it had.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::sorted::{Place, Sorted};
use super::{Ledger, Slot};
use crate::ids::Id;
use crate::query::cell::{Cell, Collection, Column};

/// What an index has to know of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Eight bytes of key hold the whole value, or tell it from all others; it never changes.
    Fixed,
    /// The same of one that changes.
    Changing,
    /// Text that never changes. Sixteen bytes of key hold its beginning.
    Text,
}

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

/// As many fields of a table can change at most.
const CHANGING: usize = 10;

/// The keys that a row has in the lists of the fields that can change. Half a key says all of their values.
type Keys = [u64; CHANGING];

/// One order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    path: &'static str,
    /// The field.
    pub column: Column,
    nature: Nature,
    /// The rows.
    pub rows: Sorted,
    /// Whether all values have changed at once, so that only sorting anew helps.
    spoilt: bool,
}

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

/// A value as bytes that sort as it does, as far as they reach. What is missing comes first.
fn key(cell: Cell<'_>) -> u128 {
    let first_half = |half| u128::from(half) << 64;
    match cell {
        Cell::Missing => 0,
        Cell::Id(id) => first_half(id.start()),
        Cell::Text("") => 1,
        Cell::Text(text) => start(text),
        Cell::Number(number) => first_half(sortable(number)),
        Cell::Date(moment) => first_half(sortable(moment.0)),
    }
}

fn sortable(number: i64) -> u64 {
    number.cast_unsigned() ^ 1 << 63
}

/// The first sixteen bytes, each one more than it is: so a zero ends a text, and one that has ended is known by its
/// last byte. UTF-8 has no byte 255.
fn start(text: &str) -> u128 {
    let bytes = text.bytes().map(|byte| byte + 1).chain(std::iter::repeat(0));
    bytes.take(16).fold(0, |sum, byte| sum << 8 | u128::from(byte))
}

/// Whether keys that are equal mean equal values: those of numbers, dates and ids do, and those of short text.
const fn tells_all(key: u128) -> bool {
    key & 0xff == 0
}

impl Order {
    /// How the row at an entry stands to a value and an id.
    fn compare(
        &self,
        ledger: &Ledger,
        entry: (u128, Slot),
        cell: Cell<'_>,
        id: Option<(Collection, Id)>,
    ) -> Ordering {
        let values =
            || if tells_all(entry.0) { Ordering::Equal } else { (self.column)(ledger, entry.1).order(cell) };
        let ids = || id.map_or(Ordering::Equal, |(of, id)| of.order_id(ledger, entry.1, id));
        entry.0.cmp(&key(cell)).then_with(values).then_with(ids)
    }

    /// The first place of a value, or where it would be.
    #[must_use]
    pub(crate) fn lower(&self, ledger: &Ledger, cell: Cell<'_>) -> Place {
        self.rows.seek(|key, slot| self.compare(ledger, (key, slot), cell, None).is_lt())
    }

    /// The place behind the last of a value.
    #[must_use]
    pub(crate) fn upper(&self, ledger: &Ledger, cell: Cell<'_>) -> Place {
        self.rows.seek(|key, slot| self.compare(ledger, (key, slot), cell, None).is_le())
    }

    /// The place of a value and an id; with `behind`, the one after it.
    #[must_use]
    pub(crate) fn place(&self, ledger: &Ledger, cell: Cell<'_>, id: (Collection, Id), behind: bool) -> Place {
        self.rows.seek(|key, slot| {
            let order = self.compare(ledger, (key, slot), cell, Some(id));
            order.is_lt() || (behind && order.is_eq())
        })
    }

    /// Whether two entries have the same value.
    #[must_use]
    pub(crate) fn same(&self, ledger: &Ledger, one: (u128, Slot), two: (u128, Slot)) -> bool {
        one.0 == two.0
            && (tells_all(one.0) || (self.column)(ledger, one.1).order((self.column)(ledger, two.1)).is_eq())
    }
}

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
            "couponReference" => "transactionId",
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

impl Order {
    fn build(&mut self, ledger: &Ledger, of: Collection) {
        let mut entries: Vec<Entry> =
            of.slots(ledger).map(|slot| Entry::of(ledger, of, self, slot)).collect();
        let column = self.column;
        entries.sort_unstable_by(|one, two| one.order(two, ledger, column));
        let wide = self.nature == Nature::Text;
        self.rows = Sorted::of(entries.iter().map(|entry| (entry.key(), entry.slot)), wide);
        self.spoilt = false;
    }

    fn insert(&mut self, ledger: &Ledger, slot: Slot, of: Collection) {
        let id = of.id(ledger, slot);
        let column = self.column;
        let cell = column(ledger, slot);
        let mine = key(cell);
        self.rows.insert(mine, slot, |key, other| {
            let values = || if tells_all(key) { Ordering::Equal } else { column(ledger, other).order(cell) };
            key.cmp(&mine).then_with(values).then_with(|| of.order_id(ledger, other, id)).is_lt()
        });
    }

    /// Takes rows out whose value has not changed.
    fn take_out(&mut self, ledger: &Ledger, of: Collection, gone: &[Slot]) {
        for slot in gone {
            let cell = (self.column)(ledger, *slot);
            let place = self.place(ledger, cell, (of, of.id(ledger, *slot)), false);
            self.remove(place, *slot);
        }
    }

    fn remove(&mut self, place: Place, slot: Slot) {
        if self.rows.entry(place).is_some_and(|(_, other)| other == slot) {
            self.rows.remove(place);
        }
    }

    /// Moves the rows whose value of this order, the `number`th that can change, is no longer the one in the list.
    fn move_changed(
        &mut self,
        ledger: &Ledger,
        of: Collection,
        changed: &HashMap<Slot, Keys>,
        number: usize,
    ) {
        let moved = changed.iter().filter_map(|(slot, keys)| {
            let before = u128::from(*keys.get(number)?) << 64;
            let stays = key((self.column)(ledger, *slot)) == before && of.has(ledger, *slot);
            (!stays).then(|| (before, of.id(ledger, *slot), *slot))
        });
        let mut moved: Vec<(u128, Id, Slot)> = moved.collect();
        moved.sort_unstable();
        for (before, id, slot) in &moved {
            let place = self
                .rows
                .seek(|key, other| key.cmp(before).then_with(|| of.order_id(ledger, other, *id)).is_lt());
            self.remove(place, *slot);
        }
        for (_, _, slot) in moved.into_iter().filter(|(_, _, slot)| of.has(ledger, *slot)) {
            self.insert(ledger, slot, of);
        }
    }
}

/// What decides the order of a row, as far as it can be had without looking at the row again.
struct Entry {
    key: (u64, u64),
    id: u64,
    slot: Slot,
}

impl Entry {
    fn of(ledger: &Ledger, collection: Collection, order: &Order, slot: Slot) -> Self {
        let key = key((order.column)(ledger, slot));
        let id = collection.start(ledger, slot);
        Self { key: ((key >> 64) as u64, key as u64), id, slot }
    }

    fn key(&self) -> u128 {
        u128::from(self.key.0) << 64 | u128::from(self.key.1)
    }

    fn order(&self, other: &Self, ledger: &Ledger, column: Column) -> Ordering {
        let whole = || {
            if tells_all(self.key()) {
                Ordering::Equal
            } else {
                column(ledger, self.slot).order(column(ledger, other.slot))
            }
        };
        let keys = self.key.0.cmp(&other.key.0).then_with(|| self.key.1.cmp(&other.key.1));
        keys.then_with(whole).then_with(|| self.id.cmp(&other.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::random::{self, Drawn, NOW};
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
