//! A page found along the index of its order: row by row, until it is full.

use super::access::Access;
use super::cell::{Cell, Column};
use super::page::{Position, Query, Sort};
use super::walk::Walk;
use crate::ids::Id;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// Groups of equal values up to this size are sorted by themselves.
const SMALL_GROUP: usize = if cfg!(test) { 4 } else { 2_048 };
/// How many rows are met before they are tested.
const TOGETHER: usize = 32;

/// A walk that fills a page.
pub(super) struct Search<'a, P> {
    /// What is asked.
    pub query: &'a Query,
    /// Of what.
    pub ledger: &'a Ledger,
    /// Whether a row passes the filter and the words.
    pub passes: &'a P,
    /// How many rows the page has.
    pub most: usize,
    /// Whether the page is the one before the place.
    pub back: bool,
    /// How many rows may still be looked at.
    pub left: usize,
    /// The rows of the page, as far as they are known.
    pub found: Vec<Slot>,
}

impl<'a, P: Fn(Slot) -> bool> Search<'a, P> {
    /// Goes along the first of `sorts` through the rows that have the `fixed` values. Says whether it got to the
    /// end of the page or of the rows; otherwise the way was too long, or a sort has no index.
    pub(super) fn along(
        &mut self,
        sorts: &[Sort],
        fixed: &mut Vec<(Column, Cell<'a>)>,
        from: Option<&Position>,
    ) -> bool {
        let Some((sort, rest)) = sorts.split_first() else { return false };
        let (ledger, collection) = (self.ledger, self.query.collection);
        let Some(order) = collection.order(ledger, &sort.path) else { return false };
        let within = Access::within(&self.query.filter, collection, ledger, order);
        let walk = Walk { order, ledger, collection, down: sort.down, back: self.back, within };
        let key = from.and_then(|place| place.keys.get(self.query.order.len() - sorts.len()));
        if rest.is_empty() {
            let start = from.and_then(|place| Some((key?.cell(), Id::parse(&place.id)?)));
            let mut met = Vec::with_capacity(TOGETHER);
            let all = |_| true;
            walk.rows(start, all, |slot| {
                met.push(slot);
                if met.len() < TOGETHER {
                    return true;
                }
                let goes_on = self.look(&met, fixed);
                met.clear();
                goes_on
            });
            return self.look(&met, fixed) || self.found.len() >= self.most;
        }
        let mut goes_well = true;
        walk.groups(key.map(|key| key.cell()), |group, cell| {
            // Only in the group that the place is in does the place matter.
            let from = from.filter(|_| key.is_some_and(|key| key.cell().order(cell).is_eq()));
            goes_well = self.group(walk, group, rest, (sort.column, cell), fixed, from);
            goes_well && self.found.len() < self.most
        });
        goes_well
    }

    /// The rows of one group of equal values.
    fn group(
        &mut self,
        walk: Walk<'a>,
        (mut low, high): (Place, Place),
        rest: &[Sort],
        value: (Column, Cell<'a>),
        fixed: &mut Vec<(Column, Cell<'a>)>,
        from: Option<&Position>,
    ) -> bool {
        let rows = &walk.order.rows;
        let size = rows.rank(high) - rows.rank(low);
        let missing = self.most - self.found.len();
        // Along the next index, one row in so many is of this group.
        let along = missing.saturating_mul(rows.len() / size.max(1));
        if size > SMALL_GROUP && along < size {
            fixed.push(value);
            let goes_well = self.along(rest, fixed, from);
            fixed.pop();
            return goes_well;
        }
        let mut members = Vec::with_capacity(size.min(self.left));
        while low < high
            && let Some((_, slot)) = rows.entry(low)
        {
            if self.left == 0 {
                return false;
            }
            self.left -= 1;
            if has(self.ledger, slot, fixed) && (self.passes)(slot) {
                members.push(slot);
            }
            low = rows.next(low);
        }
        // Even without a place to begin at, going back turns the order around.
        let best = self.query.best(self.ledger, from, self.back, missing, members.into_iter());
        self.found.extend(best);
        true
    }

    /// Tests rows in their order. Says whether to go on.
    fn look(&mut self, met: &[Slot], fixed: &[(Column, Cell<'a>)]) -> bool {
        // The tests come one after another; what they read is asked of memory all at once.
        self.query.collection.warm(self.ledger, met);
        for slot in met {
            if self.left == 0 || self.found.len() >= self.most {
                return false;
            }
            self.left -= 1;
            if has(self.ledger, *slot, fixed) && (self.passes)(*slot) {
                self.found.push(*slot);
            }
        }
        self.left > 0 && self.found.len() < self.most
    }
}

fn has(ledger: &Ledger, slot: Slot, fixed: &[(Column, Cell<'_>)]) -> bool {
    fixed.iter().all(|(column, cell)| column(ledger, slot) == *cell)
}
