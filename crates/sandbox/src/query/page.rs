//! One page of a query: which rows, in which order, from where.

use std::cmp::Ordering;

use loyalty_contract::filter::Filter;
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Collection, Column, Key};
use super::matcher::Matcher;
use super::plan::{Few, MANY};
use super::words::Words;
use crate::ids::Id;
use crate::ledger::{Ledger, Slot};

/// A place between two rows: right behind a row, or right before it when going back.
///
/// It holds the row's values and not its number, so it stays where it is while rows come and go around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The row's values in the columns of the order.
    #[serde(rename = "k")]
    pub keys: Vec<Key>,
    /// The row's id.
    #[serde(rename = "i")]
    pub id: String,
    /// Whether to go back from there.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Query {
    /// Over what.
    pub collection: Collection,
    /// Which rows.
    pub filter: Filter,
    /// Which words they have.
    pub words: Option<Words>,
    /// What the rows are sorted by; the id decides at last.
    pub order: Vec<Sort>,
}

/// One part of an order.
#[derive(Debug, Clone)]
pub(crate) struct Sort {
    /// The wire path.
    pub path: String,
    /// The field of that path.
    pub column: Column,
    /// Whether large values come first.
    pub down: bool,
}

impl Sort {
    /// Newest first: the order of every query that names none.
    #[must_use]
    pub(crate) fn by_default(collection: Collection) -> Self {
        Self { path: "createdDate".to_owned(), column: collection.created(), down: true }
    }
}

/// The rows of a page.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// The rows.
    pub slots: Vec<Slot>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
    /// Where the page before ends, if there is one.
    pub prev: Option<Position>,
}

impl Query {
    /// One page.
    #[must_use]
    pub(crate) fn page(&self, ledger: &Ledger, from: Option<&Position>, limit: usize) -> Page {
        let back = from.is_some_and(|position| position.back);
        // One more than asked for shows whether there is another page.
        let Some(mut slots) = self.slots(ledger, from, limit + 1) else { return Page::default() };
        let more = slots.len() > limit;
        slots.truncate(limit);
        if back {
            slots.reverse();
        }
        let first = slots.first().map(|slot| self.position(ledger, *slot, true));
        let last = slots.last().map(|slot| self.position(ledger, *slot, false));
        Page {
            slots,
            next: last.filter(|_| more || back),
            prev: first.filter(|_| if back { more } else { from.is_some() }),
        }
    }

    /// How many rows there are in all.
    #[must_use]
    pub(crate) fn count(&self, ledger: &Ledger) -> usize {
        let Some(matcher) = Matcher::new(&self.filter, self.collection) else { return 0 };
        let words = |slot| self.words.as_ref().is_none_or(|words| words.found(ledger, slot));
        // Exact as the index is, it answers without a look at a row.
        match self.few(ledger) {
            Some(Few::Filter(way)) if way.exact && self.words.is_none() => way.count,
            Some(few) if few.count() <= MANY => {
                let passes = |slot: &&Slot| matcher.passes(ledger, **slot) && words(**slot);
                few.slots(ledger).iter().filter(passes).count()
            }
            _ => self.set(ledger).map_or(0, |set| set.count()),
        }
    }

    /// Every row that matches, in the order of recording.
    #[must_use]
    pub(crate) fn rows(&self, ledger: &Ledger) -> Vec<Slot> {
        self.set(ledger).map(|set| set.slots().collect()).unwrap_or_default()
    }

    /// Any order: the best of all candidates, without sorting them all.
    pub(super) fn best(
        &self,
        ledger: &Ledger,
        from: Option<&Position>,
        back: bool,
        most: usize,
        candidates: impl Iterator<Item = Slot>,
    ) -> Vec<Slot> {
        let turned = |order: Ordering| if back { order.reverse() } else { order };
        let order = |one: &Slot, two: &Slot| turned(self.compare(ledger, *one, *two));
        let ahead = |slot: &Slot| from.is_none_or(|place| turned(self.against(ledger, *slot, place)).is_gt());
        let mut best: Vec<Slot> = Vec::new();
        for slot in candidates.filter(ahead) {
            best.push(slot);
            if best.len() >= 8 * most {
                best.select_nth_unstable_by(most, order);
                best.truncate(most);
            }
        }
        best.sort_unstable_by(order);
        best.truncate(most);
        best
    }

    pub(super) fn compare(&self, ledger: &Ledger, one: Slot, two: Slot) -> Ordering {
        let by_columns = self
            .order
            .iter()
            .map(|sort| directed((sort.column)(ledger, one), (sort.column)(ledger, two), sort.down));
        let ids = || self.collection.id(ledger, one).cmp(&self.collection.id(ledger, two));
        by_columns.fold(Ordering::Equal, Ordering::then).then_with(ids)
    }

    pub(super) fn against(&self, ledger: &Ledger, slot: Slot, place: &Position) -> Ordering {
        let by_columns = self
            .order
            .iter()
            .zip(&place.keys)
            .map(|(sort, key)| directed((sort.column)(ledger, slot), key.cell(), sort.down));
        let ids = || Some(self.collection.id(ledger, slot)).cmp(&Id::parse(&place.id));
        by_columns.fold(Ordering::Equal, Ordering::then).then_with(ids)
    }

    fn position(&self, ledger: &Ledger, slot: Slot, back: bool) -> Position {
        let keys = self.order.iter().map(|sort| Key::from((sort.column)(ledger, slot))).collect();
        Position { keys, id: self.collection.id(ledger, slot).to_string(), back }
    }
}

fn directed(one: Cell<'_>, two: Cell<'_>, down: bool) -> Ordering {
    if down { two.order(one) } else { one.order(two) }
}
