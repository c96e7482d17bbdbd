//! Along an index in any direction, until a page is full.
//!
//! Rows of equal value go by id, upwards whatever the direction of the values: so where values go down, the walk
//! goes from group to group of equal values and through each of them upwards.

use super::cell::{Cell, Collection};
use crate::ids::Id;
use crate::ledger::orders::Order;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// How far the ends of a group are looked for step by step, before they are searched for.
const NEAR: usize = 16;

/// An index, and the way through it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub order: &'a Order,
    pub ledger: &'a Ledger,
    pub collection: Collection,
    /// Whether values go down.
    pub down: bool,
    /// Whether the whole way is gone backwards.
    pub back: bool,
    /// The part of the index to stay in: a range of values, so it cuts no group in two.
    pub within: (Place, Place),
}

impl<'a> Walk<'a> {
    /// Shows every row behind the place to `visit`, until that says no more.
    pub(super) fn rows(self, from: Option<(Cell<'_>, Id)>, mut visit: impl FnMut(Slot) -> bool) {
        let values_up = self.down == self.back;
        let ids_up = !self.back;
        let Some((cell, id)) = from else {
            if values_up == ids_up {
                self.straight(self.within, ids_up, &mut visit);
            } else {
                self.by_groups(self.within, values_up, &mut visit);
            }
            return;
        };
        let (first, end) = self.within;
        let inside = |place: Place| place.max(first).min(end);
        let here = inside(self.order.place(self.ledger, cell, (self.collection, id), ids_up));
        if values_up == ids_up {
            let rest = if ids_up { (here, end) } else { (first, here) };
            self.straight(rest, ids_up, &mut visit);
            return;
        }
        let (low, high) =
            (inside(self.order.lower(self.ledger, cell)), inside(self.order.upper(self.ledger, cell)));
        let group = if ids_up { (here, high) } else { (low, here) };
        if self.straight(group, ids_up, &mut visit) {
            let rest = if values_up { (high, end) } else { (first, low) };
            self.by_groups(rest, values_up, &mut visit);
        }
    }

    /// The groups of equal values, in the direction of the values. `from` is a value to begin with.
    pub(super) fn groups(
        self,
        from: Option<Cell<'_>>,
        mut visit: impl FnMut((Place, Place), Cell<'a>) -> bool,
    ) {
        let values_up = self.down == self.back;
        let rows = &self.order.rows;
        let (mut low, mut high) = self.within;
        if let Some(cell) = from {
            if values_up {
                low = low.max(self.order.lower(self.ledger, cell));
            } else {
                high = high.min(self.order.upper(self.ledger, cell));
            }
        }
        while low < high {
            let at = if values_up { Some(low) } else { rows.prev(high) };
            let Some((at, (_, slot))) = at.and_then(|at| Some((at, rows.entry(at)?))) else { return };
            let group = self.group(at);
            if !visit(group, (self.order.column)(self.ledger, slot)) {
                return;
            }
            if values_up {
                low = group.1;
            } else {
                high = group.0;
            }
        }
    }

    /// Whether to go on.
    fn straight(self, (low, high): (Place, Place), up: bool, visit: &mut impl FnMut(Slot) -> bool) -> bool {
        let rows = &self.order.rows;
        let mut place = if up { low } else { high };
        loop {
            let at = if up { place } else { rows.prev(place).unwrap_or(high) };
            if at < low || at >= high {
                return true;
            }
            let Some((_, slot)) = rows.entry(at) else { return true };
            if !visit(slot) {
                return false;
            }
            place = if up { rows.next(at) } else { at };
        }
    }

    fn by_groups(self, (mut low, mut high): (Place, Place), up: bool, visit: &mut impl FnMut(Slot) -> bool) {
        while low < high {
            let at = if up { Some(low) } else { self.order.rows.prev(high) };
            let Some(at) = at else { return };
            let group = self.group(at);
            if !self.straight(group, !up, visit) {
                return;
            }
            if up {
                low = group.1;
            } else {
                high = group.0;
            }
        }
    }

    /// The ends of the group that a place is in.
    fn group(self, at: Place) -> (Place, Place) {
        let rows = &self.order.rows;
        let Some(entry) = rows.entry(at) else { return (at, at) };
        let same = |place| rows.entry(place).is_some_and(|other| self.order.same(self.ledger, entry, other));
        let cell = || (self.order.column)(self.ledger, entry.1);
        let (mut low, mut high) = (at, rows.next(at));
        let mut steps = 0;
        while let Some(place) = rows.prev(low).filter(|place| same(*place)) {
            low = place;
            steps += 1;
            if steps == NEAR {
                low = self.order.lower(self.ledger, cell());
                break;
            }
        }
        steps = 0;
        while same(high) {
            high = rows.next(high);
            steps += 1;
            if steps == NEAR {
                high = self.order.upper(self.ledger, cell());
                break;
            }
        }
        (low, high)
    }
}
