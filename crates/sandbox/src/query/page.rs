//! One page of a query: which rows, in which order, from where.

use std::cmp::{Ordering, Reverse};
use std::ops::Bound;

use loyalty_contract::Timestamp;
use loyalty_contract::filter::{Filter, Literal, Test};
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Collection, Column, Key};
use super::matcher::Matcher;
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
    /// The columns of the order, `true` for descending. Empty for the default order. The id decides at last.
    pub order: Vec<(Column, bool)>,
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
        let Some(matcher) = Matcher::new(&self.filter, self.collection) else { return Page::default() };
        let passes = |slot: Slot| {
            matcher.passes(ledger, slot) && self.words.as_ref().is_none_or(|words| words.found(ledger, slot))
        };
        let back = from.is_some_and(|position| position.back);
        // One more than asked for shows whether there is another page.
        let mut slots = match (pinned(&self.filter, self.collection, ledger), self.order.is_empty()) {
            (None, true) => self.walk(ledger, from, limit + 1, passes),
            (None, false) => {
                let all = self.collection.by_date(ledger).iter().map(|(_, _, slot)| *slot);
                self.select(ledger, from, limit + 1, all.filter(|slot| passes(*slot)))
            }
            (Some(few), _) => {
                self.select(ledger, from, limit + 1, few.into_iter().filter(|slot| passes(*slot)))
            }
        };
        let more = slots.len() > limit;
        slots.truncate(limit);
        if back {
            slots.reverse();
        }
        let first = slots.first().and_then(|slot| self.position(ledger, *slot, true));
        let last = slots.last().and_then(|slot| self.position(ledger, *slot, false));
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
        let all = self.collection.by_date(ledger);
        if matches!(matcher, Matcher::All) && self.words.is_none() {
            return all.len();
        }
        let words = |slot| self.words.as_ref().is_none_or(|words| words.found(ledger, slot));
        all.iter().filter(|(_, _, slot)| matcher.passes(ledger, *slot) && words(*slot)).count()
    }

    /// Every row that matches, in no order that an answer may depend on.
    #[must_use]
    pub(crate) fn rows(&self, ledger: &Ledger) -> Vec<Slot> {
        let Some(matcher) = Matcher::new(&self.filter, self.collection) else { return Vec::new() };
        let words = |slot| self.words.as_ref().is_none_or(|words| words.found(ledger, slot));
        let all = self.collection.by_date(ledger).iter().map(|(_, _, slot)| *slot);
        all.filter(|slot| matcher.passes(ledger, *slot) && words(*slot)).collect()
    }

    /// The default order: along the tree, no further than the page needs.
    fn walk(
        &self,
        ledger: &Ledger,
        from: Option<&Position>,
        most: usize,
        passes: impl Fn(Slot) -> bool,
    ) -> Vec<Slot> {
        let tree = self.collection.by_date(ledger);
        let place = from.and_then(|position| {
            let created = match position.keys.first() {
                Some(Key::Date(millis)) => Timestamp(*millis),
                _ => return None,
            };
            Some((position.back, (Reverse(created), Id::parse(&position.id)?)))
        });
        match place {
            None => tree.iter().map(|row| row.2).filter(|slot| passes(*slot)).take(most).collect(),
            Some((false, (created, id))) => {
                let behind = (Bound::Excluded((created, id, Slot::MAX)), Bound::Unbounded);
                tree.range(behind).map(|row| row.2).filter(|slot| passes(*slot)).take(most).collect()
            }
            Some((true, (created, id))) => {
                let before = (Bound::Unbounded, Bound::Excluded((created, id, 0)));
                tree.range(before).rev().map(|row| row.2).filter(|slot| passes(*slot)).take(most).collect()
            }
        }
    }

    /// Any order: the best of all candidates, without sorting them all.
    fn select(
        &self,
        ledger: &Ledger,
        from: Option<&Position>,
        most: usize,
        candidates: impl Iterator<Item = Slot>,
    ) -> Vec<Slot> {
        let back = from.is_some_and(|position| position.back);
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

    fn columns(&self) -> Vec<(Column, bool)> {
        if self.order.is_empty() { vec![(self.collection.created(), true)] } else { self.order.clone() }
    }

    fn compare(&self, ledger: &Ledger, one: Slot, two: Slot) -> Ordering {
        let by_default = [(self.collection.created(), true)];
        let columns = if self.order.is_empty() { by_default.as_slice() } else { self.order.as_slice() };
        let by_columns =
            columns.iter().map(|(column, down)| directed(column(ledger, one), column(ledger, two), *down));
        let ids = || self.collection.id(ledger, one).cmp(&self.collection.id(ledger, two));
        by_columns.fold(Ordering::Equal, Ordering::then).then_with(ids)
    }

    fn against(&self, ledger: &Ledger, slot: Slot, place: &Position) -> Ordering {
        let columns = self.columns();
        let by_columns = columns
            .iter()
            .zip(&place.keys)
            .map(|((column, down), key)| directed(column(ledger, slot), key.cell(), *down));
        let ids = || self.collection.id(ledger, slot).cmp(&Id::parse(&place.id));
        by_columns.fold(Ordering::Equal, Ordering::then).then_with(ids)
    }

    fn position(&self, ledger: &Ledger, slot: Slot, back: bool) -> Option<Position> {
        let keys = self.columns().iter().map(|(column, _)| Key::from(column(ledger, slot))).collect();
        Some(Position { keys, id: self.collection.id(ledger, slot)?.to_string(), back })
    }
}

fn directed(one: Cell<'_>, two: Cell<'_>, down: bool) -> Ordering {
    if down { two.order(one) } else { one.order(two) }
}

/// The few rows that a filter can match at all, where it names ids: then nothing else is looked at.
fn pinned(filter: &Filter, collection: Collection, ledger: &Ledger) -> Option<Vec<Slot>> {
    match filter {
        Filter::And(parts) => parts.iter().find_map(|part| pinned(part, collection, ledger)),
        Filter::Field(field, Test::Eq(literal)) => {
            rows_of(field.path, std::slice::from_ref(literal), collection, ledger)
        }
        Filter::Field(field, Test::In(literals)) => rows_of(field.path, literals, collection, ledger),
        _ => None,
    }
}

fn rows_of(path: &str, literals: &[Literal], collection: Collection, ledger: &Ledger) -> Option<Vec<Slot>> {
    let mut ids: Vec<Id> = Vec::new();
    for literal in literals {
        match literal {
            Literal::Text(text) => ids.extend(Id::parse(text)),
            // Rows that lack a value are not found by an id.
            _ => return None,
        }
    }
    // A value that is listed twice is not found twice.
    ids.sort_unstable();
    ids.dedup();
    let one = |find: &dyn Fn(Id) -> Option<Slot>| Some(ids.iter().filter_map(|id| find(*id)).collect());
    match (collection, path) {
        (Collection::Accounts, "id") => one(&|id| ledger.account_by_id(id)),
        (Collection::Accounts, "contactId" | "contact.id") => one(&|id| ledger.account_of_contact(id)),
        (Collection::Accounts, "memberId") => one(&|id| ledger.account_of_member(id)),
        (Collection::Coupons, "accountId") => {
            let accounts = ids.iter().filter_map(|id| ledger.account_by_id(*id));
            Some(accounts.flat_map(|slot| ledger.coupons_of(slot).iter().copied()).collect())
        }
        (Collection::Transactions, "id") => one(&|id| ledger.transaction_by_id(id)),
        (Collection::Transactions, "accountId") => {
            let accounts = ids.iter().filter_map(|id| ledger.account(ledger.account_by_id(*id)?));
            Some(accounts.flat_map(|row| row.transactions.iter().copied()).collect())
        }
        _ => None,
    }
}
