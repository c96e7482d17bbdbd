//! In which tier an account stands: the points that were earned and adjusted within the rolling window.
//!
//! Each account keeps their sum. When time goes on, the window's edge moves over the transactions in the order of
//! their dates, and what it passes is taken out of the sums: nothing is ever computed anew over all transactions.

use std::collections::BTreeMap;

use loyalty_contract::Timestamp;

use super::catalog::TiersStatus;
use super::{Cause, Ledger, Slot};
use crate::query::cell::Cell;

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Points earned and adjusted within the window.
    pub points: i64,
    /// The tier; `None` is the base.
    pub tier: Option<Slot>,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a movement counts for the tier.
#[must_use]
pub(crate) const fn counts(cause: &Cause) -> bool {
    matches!(cause, Cause::Earn(_) | Cause::Adjust { .. })
}

impl Ledger {
    /// Moves the window's edge to where it is at this time. What happened at the edge or before no longer counts.
    /// A clock that was set back, or a longer window, moves it back.
    pub(crate) fn move_window(&mut self, now: Timestamp) {
        let to = now.plus_months(-self.settings.months);
        let from = std::mem::replace(&mut self.edge, to);
        if from == to {
            return;
        }
        let (low, high, sign) = if from < to { (from, to, -1) } else { (to, from, 1) };
        let moved = self.counted_between(low, high);
        // A store need not know of every millisecond: only where it matters for what counts, or will.
        if !moved.is_empty() || to < from {
            *self.edge_kept = to;
        }
        let could_redeem: BTreeMap<Slot, bool> =
            moved.keys().map(|account| (*account, self.could_redeem(*account))).collect();
        for (account, amount) in moved {
            self.count_points(account, sign * amount, now);
        }
        for (account, could_redeem) in could_redeem {
            self.announce_availability(account, could_redeem, "TIERS_RECALCULATED", now);
        }
    }

    /// Tells a store where the edge is: something happened in front of it.
    pub(super) fn keep_edge(&mut self) {
        if *self.edge_kept != self.edge {
            *self.edge_kept = self.edge;
        }
    }

    /// What was earned and adjusted after `low` and not after `high`, by account. In one sum each: an account that ends
    /// where it began was nowhere else in between.
    fn counted_between(&self, low: Timestamp, high: Timestamp) -> BTreeMap<Slot, i64> {
        let orders = self.transaction_orders();
        let known = orders.by("createdDate").into_iter().flat_map(|order| {
            let [from, to] = [low, high].map(|at| order.upper(self, Cell::Date(at)));
            order.rows.slots(from, to).flatten().copied()
        });
        let unknown = orders.unknown(self);
        let rows = known.chain(unknown).filter_map(|slot| self.transaction(slot));
        let passed = rows.filter(|row| low < row.created && row.created <= high && counts(&row.cause));
        let mut sums = BTreeMap::new();
        for row in passed {
            *sums.entry(row.account).or_default() += row.amount;
        }
        sums
    }

    /// Adds points to what counts for an account's tier.
    pub(super) fn count_points(&mut self, account: Slot, amount: i64, now: Timestamp) {
        if let Some(row) = self.change_account(account) {
            row.standing.points += amount;
        }
        self.climb(account, now);
    }

    /// Puts an account into the tier that its points reach.
    pub(super) fn climb(&mut self, account: Slot, now: Timestamp) {
        let Some(row) = self.account(account) else { return };
        let Standing { points, tier: from, .. } = row.standing;
        let reached = self.ladder.partition_point(|(required, _)| *required <= points);
        let tiers = if self.settings.status == TiersStatus::Active { reached } else { 0 };
        let to = tiers.checked_sub(1).and_then(|at| self.ladder.get(at)).map(|(_, slot)| *slot);
        if from == to {
            return;
        }
        if let Some(row) = self.change_account(account) {
            row.standing = Standing { points, tier: to, since: now };
        }
        for (slot, change) in [(from, -1), (to, 1)] {
            if let Some(tier) = slot.and_then(|slot| self.tiers.change(slot)) {
                tier.accounts += change;
            }
        }
    }

    /// Puts every account where it belongs, after the tiers have changed.
    pub(super) fn climb_anew(&mut self, now: Timestamp) {
        let reach = self.reach();
        self.order_ladder();
        for account in 0..self.accounts.next() {
            self.climb(account, now);
        }
        self.announce_reach(reach, "TIERS_RECALCULATED", now);
    }

    /// Puts the tiers in order.
    pub(super) fn order_ladder(&mut self) {
        let slots = self.tiers.iter().enumerate().filter(|(_, row)| !row.gone);
        let mut ladder: Vec<(i64, Slot)> =
            slots.map(|(slot, row)| (row.required, Slot::try_from(slot).unwrap_or(Slot::MAX))).collect();
        ladder.sort_unstable();
        self.ladder = ladder;
    }
}
