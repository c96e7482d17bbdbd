//! Expiry by inactivity: who does not earn or redeem for some months loses a part of the balance, and again after
//! as many months more.

use loyalty_contract::Timestamp;

use super::{Account, Ledger, ProgramStatus, Slot};

/// The terms of expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiration {
    /// Whether points expire at all.
    pub enabled: bool,
    /// After how many months without activity.
    pub months: i64,
    /// How many percent of the balance.
    pub percent: i64,
    /// Since when these terms are in force. No inactivity before it counts.
    pub since: Timestamp,
}

/// How many periods have passed since an account was last active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The beginning of the inactivity.
    pub since: Timestamp,
    /// How many periods since then, whether points expired at their ends or there were none.
    pub times: i64,
}

/// Points that expire without further activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// When.
    pub at: Timestamp,
    /// How many.
    pub amount: i64,
}

impl Ledger {
    fn rest(&self, row: &Account) -> Rest {
        let since = row.active.max(self.program.expiration.since);
        if row.rest.since == since { row.rest } else { Rest { since, times: 0 } }
    }

    /// The next points of an account to expire. The months are counted from the last activity each time, so that the
    /// end of a short month shortens none of the later ones.
    #[must_use]
    pub(crate) fn due(&self, row: &Account) -> Option<Due> {
        let terms = self.program.expiration;
        let amount = row.points.balance * terms.percent / 100;
        if !terms.enabled || self.program.status != ProgramStatus::Active || amount == 0 {
            return None;
        }
        let rest = self.rest(row);
        Some(Due { at: rest.since.plus_months(terms.months * (rest.times + 1)), amount })
    }

    /// The next points of the account at that slot to expire.
    #[must_use]
    pub(crate) fn due_of(&self, account: Slot) -> Option<Due> {
        self.account(account).and_then(|row| self.due(row))
    }

    /// Lets the periods pass that have ended while the account had nothing to expire: what comes now has until the end
    /// of the next one.
    pub(super) fn pass_periods(&mut self, account: Slot, now: Timestamp) {
        let terms = self.program.expiration;
        // Without months there are no periods, and no end of them.
        let has_periods = terms.enabled && terms.months > 0;
        let Some(mut rest) = self.account(account).filter(|_| has_periods).map(|row| self.rest(row)) else {
            return;
        };
        while rest.since.plus_months(terms.months * (rest.times + 1)) <= now {
            rest.times += 1;
        }
        if let Some(row) = self.change_account(account) {
            row.rest = rest;
        }
    }

    /// Keeps the order of what expires when an account has changed.
    pub(super) fn reschedule(&mut self, account: Slot, before: Option<Due>) {
        let after = self.due_of(account);
        if let Some(due) = before {
            self.dues.remove(&(due.at, account));
        }
        if let Some(due) = after {
            self.dues.insert((due.at, account));
        }
    }

    /// Sets the terms, or applies them anew where the program was stopped in between.
    pub(crate) fn set_expiration(&mut self, enabled: bool, months: i64, percent: i64, now: Timestamp) {
        // Where nothing expires and nothing did, no account lists anything of it.
        if enabled || self.program.expiration.enabled {
            self.spoil_expiry();
        }
        self.program.expiration = Expiration { enabled, months, percent, since: now };
        self.schedule_all();
    }

    /// Keeps in order what expires of all accounts.
    pub(super) fn schedule_all(&mut self) {
        let all = 0..self.accounts.next();
        let dues = all.filter_map(|slot| self.due_of(slot).map(|due| (due.at, slot)));
        self.dues = dues.collect();
    }

    /// Changes the program's status. Time without a program is no inactivity.
    pub(crate) fn set_status(&mut self, status: ProgramStatus, now: Timestamp) {
        if self.program.status == status {
            return;
        }
        self.program.status = status;
        self.program.updated = now;
        let Expiration { enabled, months, percent, .. } = self.program.expiration;
        self.set_expiration(enabled, months, percent, now);
        self.announce_program(now);
    }

    /// Lets expire what is due, each at its own time.
    pub(crate) fn expire_due(&mut self, now: Timestamp) {
        while let Some((at, account)) = self.dues.first().copied().filter(|(at, _)| *at <= now) {
            self.dues.remove(&(at, account));
            let Some((due, rest)) =
                self.account(account).and_then(|row| Some((self.due(row)?, self.rest(row))))
            else {
                continue;
            };
            if let Some(row) = self.change_account(account) {
                row.rest = Rest { times: rest.times + 1, ..rest };
            }
            // It can't be refused: the program is active and the amount is a part of the balance.
            let _slot = self.expire(account, due.amount, at);
        }
    }
}
