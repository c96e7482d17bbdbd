//! Along an index in any direction, until a page is full.
//!
//! Rows of equal value go by id, upwards whatever the direction of the values: so where values go down, the walk
//! goes from group to group of equal values and through each of them upwards. Rows that `keep` does not let through
//! cost no more than that question.

use super::cell::{Cell, Collection};
use crate::ids::Id;
use crate::ledger::order::Order;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// So many rows of a group are gathered, before its ends are searched for.
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
    pub(super) fn rows(
        self,
        from: Option<(Cell<'_>, Id)>,
        keep: impl Fn(Slot) -> bool,
        mut visit: impl FnMut(Slot) -> bool,
    ) {
        let values_up = self.down == self.back;
        let ids_up = !self.back;
        let Some((cell, id)) = from else {
            if values_up == ids_up {
                self.straight(self.within, ids_up, &keep, &mut visit);
            } else {
                self.by_groups(self.within, values_up, &keep, &mut visit);
            }
            return;
        };
        let (first, end) = self.within;
        let inside = |place: Place| place.max(first).min(end);
        let here = inside(self.order.place(self.ledger, cell, (self.collection, id), ids_up));
        if values_up == ids_up {
            let rest = if ids_up { (here, end) } else { (first, here) };
            self.straight(rest, ids_up, &keep, &mut visit);
            return;
        }
        let (low, high) =
            (inside(self.order.lower(self.ledger, cell)), inside(self.order.upper(self.ledger, cell)));
        let group = if ids_up { (here, high) } else { (low, here) };
        if self.straight(group, ids_up, &keep, &mut visit) {
            let rest = if values_up { (high, end) } else { (first, low) };
            self.by_groups(rest, values_up, &keep, &mut visit);
        }
    }

    /// The part of the index behind a value and in its group, in the direction of the values.
    pub(super) fn behind(self, from: Option<Cell<'_>>) -> (Place, Place) {
        let (mut low, mut high) = self.within;
        if let Some(cell) = from {
            if self.values_up() {
                low = low.max(self.order.lower(self.ledger, cell));
            } else {
                high = high.min(self.order.upper(self.ledger, cell));
            }
        }
        (low, high)
    }

    /// Whether values go up, as the way is gone.
    #[must_use]
    pub(super) fn values_up(self) -> bool {
        self.down == self.back
    }

    /// The groups of equal values, in the direction of the values. `from` is a value to begin with.
    pub(super) fn groups(
        self,
        from: Option<Cell<'_>>,
        mut visit: impl FnMut((Place, Place), Cell<'a>) -> bool,
    ) {
        let values_up = self.values_up();
        let rows = &self.order.rows;
        let (mut low, mut high) = self.behind(from);
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
    fn straight(
        self,
        part: (Place, Place),
        up: bool,
        keep: &impl Fn(Slot) -> bool,
        visit: &mut impl FnMut(Slot) -> bool,
    ) -> bool {
        self.order.rows.scan(part, up, keep, |_, _, slot| visit(slot))
    }

    fn by_groups(
        self,
        (mut low, mut high): (Place, Place),
        up: bool,
        keep: &impl Fn(Slot) -> bool,
        visit: &mut impl FnMut(Slot) -> bool,
    ) {
        let mut group: Vec<(u128, Slot)> = Vec::with_capacity(NEAR);
        loop {
            let (mut long, mut goes_on) = (None, true);
            self.order.rows.scan((low, high), up, keep, |place, key, slot| {
                if group.first().is_some_and(|first| !self.order.same(self.ledger, *first, (key, slot))) {
                    goes_on = group.drain(..).rev().all(|(_, slot)| visit(slot));
                }
                group.push((key, slot));
                if group.len() == NEAR {
                    long = Some(place);
                }
                goes_on && long.is_none()
            });
            if !goes_on {
                return;
            }
            let Some(place) = long else { break };
            let (first, last) = self.group(place);
            group.clear();
            if !self.straight((first.max(low), last.min(high)), !up, keep, visit) {
                return;
            }
            if up {
                low = last;
            } else {
                high = first;
            }
        }
        let _all = group.into_iter().rev().all(|(_, slot)| visit(slot));
    }

    /// The ends of the group that a place is in.
    pub(super) fn group(self, at: Place) -> (Place, Place) {
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
