//! The rows of a table in the order of one field.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::sorted::{Place, Sorted};
use super::{Ledger, Slot};
use crate::ids::Id;
use crate::query::cell::{Cell, Collection, Column};

/// What an index has to know of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Eight bytes of key hold the whole value, or tell it from all others; it never changes.
    Fixed,
    /// The same of one that changes.
    Changing,
    /// Text that never changes. Sixteen bytes of key hold its beginning.
    Text,
}

/// As many fields of a table can change at most.
pub(super) const CHANGING: usize = 10;

/// The keys that a row has in the lists of the fields that can change. Half a key says all of their values.
pub(super) type Keys = [u64; CHANGING];

/// One order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The field's path.
    pub(super) path: &'static str,
    /// The field.
    pub column: Column,
    /// What is known of it.
    pub(super) nature: Nature,
    /// The rows.
    pub rows: Sorted,
    /// Whether all values have changed at once, so that only sorting anew helps.
    pub(super) spoilt: bool,
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

    /// Sorts all rows anew.
    pub(super) fn build(&mut self, ledger: &Ledger, of: Collection) {
        let mut entries: Vec<Entry> =
            of.slots(ledger).map(|slot| Entry::of(ledger, of, self, slot)).collect();
        let column = self.column;
        entries.sort_unstable_by(|one, two| one.order(two, ledger, column));
        let wide = self.nature == Nature::Text;
        self.rows = Sorted::of(entries.iter().map(|entry| (entry.key(), entry.slot)), wide);
        self.spoilt = false;
    }

    /// Puts a row in its place.
    pub(super) fn insert(&mut self, ledger: &Ledger, slot: Slot, of: Collection) {
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
    pub(super) fn take_out(&mut self, ledger: &Ledger, of: Collection, gone: &[Slot]) {
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
    pub(super) fn move_changed(
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
pub(super) struct Entry {
    key: (u64, u64),
    id: u64,
    /// The row.
    pub(super) slot: Slot,
}

impl Entry {
    /// That of a row.
    pub(super) fn of(ledger: &Ledger, collection: Collection, order: &Order, slot: Slot) -> Self {
        let key = key((order.column)(ledger, slot));
        let id = collection.start(ledger, slot);
        Self { key: ((key >> 64) as u64, key as u64), id, slot }
    }

    fn key(&self) -> u128 {
        u128::from(self.key.0) << 64 | u128::from(self.key.1)
    }

    /// Which of two comes first.
    pub(super) fn order(&self, other: &Self, ledger: &Ledger, column: Column) -> Ordering {
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

/// A value as bytes that sort as it does, as far as they reach. What is missing comes first.
pub(super) fn key(cell: Cell<'_>) -> u128 {
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
