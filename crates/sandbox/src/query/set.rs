//! The rows that a filter lets through, a bit each, by the ordered indexes: for filters that let many rows through, or
//! would make a page look at many. To put the halves of two indexes together costs less than to look at any row.

use loyalty_contract::filter::{Filter, Test};

use super::access::Access;
use super::cell::Collection;
use super::matcher::Matcher;
use crate::ledger::order::Order;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// Rows of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set {
    words: Vec<u64>,
}

impl Set {
    /// No rows, of so many.
    fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)] }
    }

    /// These rows, of so many.
    #[must_use]
    pub(super) fn of(rows: usize, slots: &[Slot]) -> Self {
        let mut set = Self::none(rows);
        slots.iter().for_each(|slot| set.put(*slot, true));
        set
    }

    /// All rows of a collection.
    pub(super) fn all(ledger: &Ledger, collection: Collection) -> Self {
        let rows = collection.len(ledger);
        if matches!(collection, Collection::Accounts | Collection::Transactions) {
            let mut words = vec![u64::MAX; rows.div_ceil(64)];
            if let Some(last) = words.last_mut().filter(|_| !rows.is_multiple_of(64)) {
                *last = (1 << (rows % 64)) - 1;
            }
            return Self { words };
        }
        let mut set = Self::none(rows);
        collection.slots(ledger).for_each(|slot| set.put(slot, true));
        set
    }

    /// The rows of some parts of an index, given all rows.
    pub(super) fn within(all: &Self, order: &Order, ranges: &[(Place, Place)]) -> Self {
        let size: usize =
            ranges.iter().map(|(low, high)| order.rows.rank(*high) - order.rows.rank(*low)).sum();
        // More than half is quicker told by what is missing. The parts come in order and don't overlap.
        if size <= order.rows.len() / 2 {
            let mut set = Self::none(all.words.len() * 64);
            set.put_all(order, ranges, true);
            return set;
        }
        let starts = std::iter::once(Place::default()).chain(ranges.iter().map(|(_, high)| *high));
        let ends = ranges.iter().map(|(low, _)| *low).chain(std::iter::once(order.rows.end()));
        let gaps: Vec<(Place, Place)> = starts.zip(ends).filter(|(low, high)| low < high).collect();
        let mut set = all.clone();
        set.put_all(order, &gaps, false);
        set
    }

    fn put_all(&mut self, order: &Order, ranges: &[(Place, Place)], there: bool) {
        for slot in ranges.iter().flat_map(|(low, high)| order.rows.slots(*low, *high)).flatten() {
            self.put(*slot, there);
        }
    }

    fn put(&mut self, slot: Slot, there: bool) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            let bit = 1 << (slot % 64);
            if there { *word |= bit } else { *word &= !bit }
        }
    }

    /// Whether the row is one of them.
    #[must_use]
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    fn with(mut self, other: &Self, both: fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word = both(*word, *other);
        }
        self
    }

    /// Those of them that are in the other too.
    #[must_use]
    pub(super) fn and(self, other: &Self) -> Self {
        self.with(other, |one, two| one & two)
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The rows, in the order of recording.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        (0..).zip(&self.words).flat_map(|(number, word): (Slot, &u64)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(number * 64 + bit)
            })
        })
    }

    /// Keeps the rows that pass a test.
    pub(super) fn retain(&mut self, passes: impl Fn(Slot) -> bool) {
        for (number, word) in (0..).zip(&mut self.words) {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let slot: Slot = number * 64 + bit;
                if !passes(slot) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

/// Makes the sets of filters.
pub(super) struct Sieve<'a> {
    ledger: &'a Ledger,
    collection: Collection,
    /// Every row.
    pub all: Set,
}

impl<'a> Sieve<'a> {
    /// Over all rows of a collection.
    #[must_use]
    pub(super) fn new(ledger: &'a Ledger, collection: Collection) -> Self {
        Self { ledger, collection, all: Set::all(ledger, collection) }
    }

    /// The rows that pass. `None` where the collection lacks a field.
    #[must_use]
    pub(super) fn sift(&self, filter: &Filter) -> Option<Set> {
        Some(match filter {
            Filter::All => self.all.clone(),
            Filter::Not(part) => self.others(&self.sift(part)?),
            Filter::Or(parts) => {
                let none = Set::none(self.collection.len(self.ledger));
                parts
                    .iter()
                    .try_fold(none, |set, part| Some(set.with(&self.sift(part)?, |one, two| one | two)))?
            }
            Filter::And(parts) => {
                // What no index knows is asked of the rows that are left.
                let (known, unknown): (Vec<_>, Vec<_>) = parts.iter().partition(|part| self.is_known(part));
                let mut set = self.all.clone();
                for part in known {
                    set = set.and(&self.sift(part)?);
                }
                for part in unknown {
                    let matcher = Matcher::new(part, self.collection)?;
                    set.retain(|slot| matcher.passes(self.ledger, slot));
                }
                set
            }
            Filter::Field(field, Test::Ne(literal)) => {
                self.others(&self.sift(&Filter::Field(field, Test::Eq(literal.clone())))?)
            }
            Filter::Field(field, Test::Nin(literals)) => {
                self.others(&self.sift(&Filter::Field(field, Test::In(literals.clone())))?)
            }
            Filter::Field(..) => {
                let matcher = Matcher::new(filter, self.collection)?;
                let way = Access::to(filter, self.collection, self.ledger);
                let (mut set, exact) = match way.as_ref().and_then(|way| Some((way, way.ranges.first()?))) {
                    Some((way, (order, _, _))) => {
                        let ranges: Vec<(Place, Place)> =
                            way.ranges.iter().map(|(_, low, high)| (*low, *high)).collect();
                        (Set::within(&self.all, order, &ranges), way.exact)
                    }
                    None if way.is_some() => (Set::none(self.collection.len(self.ledger)), true),
                    None => (self.all.clone(), false),
                };
                if !exact {
                    set.retain(|slot| matcher.passes(self.ledger, slot));
                }
                set
            }
        })
    }

    fn others(&self, set: &Set) -> Set {
        self.all.clone().with(set, |all, set| all & !set)
    }

    /// Whether indexes answer the whole of it.
    fn is_known(&self, filter: &Filter) -> bool {
        match filter {
            Filter::All => true,
            Filter::And(parts) | Filter::Or(parts) => parts.iter().all(|part| self.is_known(part)),
            Filter::Not(part) => self.is_known(part),
            Filter::Field(field, test) => match Access::to(filter, self.collection, self.ledger) {
                Some(way) => way.exact,
                None => {
                    matches!(test, Test::Ne(_) | Test::Nin(_))
                        && self.collection.order(self.ledger, field.path).is_some()
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l10_a_set_holds_what_was_put_into_it() {
        let mut set = Set::none(200);
        for slot in [0, 63, 64, 199] {
            set.put(slot, true);
        }
        set.put(63, false);
        assert_eq!(set.slots().collect::<Vec<_>>(), [0, 64, 199]);
        assert_eq!((set.count(), set.has(64), set.has(63), set.has(1_000)), (3, true, false, false));
        set.retain(|slot| slot != 64);
        assert_eq!(set.slots().collect::<Vec<_>>(), [0, 199]);
        assert_eq!(set.clone().and(&Set::none(200)).count(), 0);
    }
}
