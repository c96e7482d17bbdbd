//! The changes of the ledger. Each checks everything before it writes anything, so a refused one changes nothing.

use std::cmp::Reverse;

use loyalty_contract::Timestamp;
use loyalty_contract::types::{EarnInfo, Points};

use super::expiry::Rest;
use super::standing::{Standing, counts};
use super::{Account, Cause, Ledger, ProgramStatus, Slot, Transaction};
use crate::ids::{Id, IdKind};

/// The most points that an account can hold.
pub(crate) const MAX_BALANCE: i64 = 999_999_999;

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No account, contact or transaction of that id.
    NotFound(&'static str),
    /// The contact has an account.
    AccountExists,
    /// The key was used before on this account.
    KeyUsed,
    /// The revision that came is not the account's.
    StaleRevision {
        /// The one it has.
        current: u64,
    },
    /// The balance would fall below 0.
    Insufficient {
        /// What it is.
        balance: i64,
    },
    /// The balance would rise above [`MAX_BALANCE`].
    TooMany,
    /// Points move only while the program is active.
    NotActive(ProgramStatus),
    /// Another one has the name or the number that must be its own.
    Taken(&'static str),
    /// The thing is not in the state that this needs.
    Precondition(&'static str),
    /// A price of a reward doesn't fit.
    WrongPrice {
        /// Which.
        at: usize,
        /// What is wrong, to be read behind the field's name.
        what: &'static str,
    },
}

/// Points to earn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Earn {
    /// How many.
    pub amount: i64,
    /// The key that keeps it from happening twice.
    pub key: Box<str>,
    /// Text for people.
    pub description: Option<Box<str>>,
    /// Where they come from.
    pub info: EarnInfo,
}

/// A change of the balance by staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adjustment {
    /// Set the balance.
    To(i64),
    /// Change the balance.
    By(i64),
}

/// The fields of an account that a movement changes.
type Change = fn(&mut Points, i64);

impl Ledger {
    /// Opens an account for a contact.
    ///
    /// # Errors
    /// The contact is unknown or has an account, or the program is not active.
    pub(crate) fn create_account(&mut self, contact: Id, now: Timestamp) -> Result<Slot, Refusal> {
        let contact_slot = *self.contact_ids.get(&contact).ok_or(Refusal::NotFound("contact"))?;
        let slot = Slot::try_from(self.accounts.len()).unwrap_or(Slot::MAX);
        let id = self.ids.nth(IdKind::Account, u64::from(slot));
        let row = self.contacts.get_mut(contact_slot as usize).ok_or(Refusal::NotFound("contact"))?;
        if row.account.is_some() {
            return Err(Refusal::AccountExists);
        }
        if self.program.status != ProgramStatus::Active {
            return Err(Refusal::NotActive(self.program.status));
        }
        row.account = Some(slot);
        self.accounts.push(Account {
            id,
            contact: contact_slot,
            points: Points::default(),
            revision: 1,
            created: now,
            updated: now,
            active: now,
            transactions: Vec::new(),
            standing: Standing { points: 0, tier: None, since: now },
            rest: Rest { since: now, times: 0 },
        });
        self.account_ids.insert(id, slot);
        self.accounts_by_date.insert((Reverse(now), id, slot));
        // A tier may ask for no points at all.
        self.climb(slot, now);
        self.announce_account(slot, now);
        Ok(slot)
    }

    /// Adds earned points and returns the transaction.
    ///
    /// The key is looked at before the program: a repeated earn says that it was done, even if the program has
    /// been paused since.
    ///
    /// # Errors
    /// No account, the key was used, the program is not active, or the balance would be too large.
    pub(crate) fn earn(&mut self, account: Slot, earn: Earn, now: Timestamp) -> Result<Slot, Refusal> {
        self.account(account).ok_or(Refusal::NotFound("account"))?;
        if self.transaction_by_key(account, &earn.key).is_some() {
            return Err(Refusal::KeyUsed);
        }
        let Earn { amount, key, description, info } = earn;
        let change: Change = |points, amount| points.earned += amount;
        let slot = self.record(account, amount, Cause::Earn(Box::new(info)), description, change, now)?;
        if let Some(row) = self.transactions.get_mut(slot as usize) {
            row.key = Some(key.clone());
        }
        self.keys.insert((account, key), slot);
        Ok(slot)
    }

    /// Sets or changes the balance and returns the transaction.
    ///
    /// # Errors
    /// No account, a stale revision, the program is not active, or the balance would leave its range.
    pub(crate) fn adjust(
        &mut self,
        account: Slot,
        adjustment: Adjustment,
        revision: Option<&str>,
        description: Option<Box<str>>,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        let row = self.account(account).ok_or(Refusal::NotFound("account"))?;
        if revision.is_some_and(|sent| sent.parse() != Ok(row.revision)) {
            return Err(Refusal::StaleRevision { current: row.revision });
        }
        let before = row.points.balance;
        let amount = match adjustment {
            Adjustment::To(balance) => balance - before,
            Adjustment::By(amount) => amount,
        };
        let change: Change = |points, amount| points.adjusted += amount;
        self.record(account, amount, Cause::Adjust { before }, description, change, now)
    }

    /// Takes points for a reward and returns the transaction.
    ///
    /// # Errors
    /// No account, the program is not active, or too few points.
    pub(crate) fn redeem(
        &mut self,
        account: Slot,
        cost: i64,
        reward: Slot,
        coupon: Option<Slot>,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        let change: Change = |points, amount| points.redeemed -= amount;
        self.record(account, -cost, Cause::Redeem { reward, coupon }, None, change, now)
    }

    /// Gives the points of a redemption back and returns the transaction.
    ///
    /// # Errors
    /// No such redemption, it was refunded before, or the balance would be too large.
    pub(crate) fn refund(&mut self, redemption: Slot, now: Timestamp) -> Result<Slot, Refusal> {
        let row = self.transaction(redemption).ok_or(Refusal::NotFound("transaction"))?;
        let (account, amount) = (row.account, -row.amount);
        if !matches!(row.cause, Cause::Redeem { .. }) || self.refunded.contains(&redemption) {
            return Err(Refusal::Precondition("Only a redemption can be refunded, and only once."));
        }
        let change: Change = |points, amount| points.redeemed -= amount;
        let refund = self.record(account, amount, Cause::Refund { of: redemption }, None, change, now)?;
        self.refunded.insert(redemption);
        Ok(refund)
    }

    /// Lets points expire and returns the transaction.
    ///
    /// # Errors
    /// No account, or too few points.
    pub(crate) fn expire(&mut self, account: Slot, amount: i64, now: Timestamp) -> Result<Slot, Refusal> {
        let before = self.account(account).ok_or(Refusal::NotFound("account"))?.points.balance;
        let change: Change = |points, amount| points.expired -= amount;
        self.record(account, -amount, Cause::Expire { before }, None, change, now)
    }

    /// The one place that moves points: checks, then writes account, totals, transaction and indexes together.
    fn record(
        &mut self,
        account: Slot,
        amount: i64,
        cause: Cause,
        description: Option<Box<str>>,
        change: Change,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        let could_redeem = self.could_redeem(account);
        let due = self.due_of(account);
        let row = self.accounts.get_mut(account as usize).ok_or(Refusal::NotFound("account"))?;
        if self.program.status != ProgramStatus::Active {
            return Err(Refusal::NotActive(self.program.status));
        }
        let balance = row.points.balance;
        let after = balance.saturating_add(amount);
        if after < 0 {
            return Err(Refusal::Insufficient { balance });
        }
        if after > MAX_BALANCE {
            return Err(Refusal::TooMany);
        }
        let slot = Slot::try_from(self.transactions.len()).unwrap_or(Slot::MAX);
        let id = self.ids.nth(IdKind::Transaction, u64::from(slot));
        for points in [&mut row.points, &mut self.totals] {
            points.balance += amount;
            change(points, amount);
        }
        row.revision += 1;
        row.updated = now;
        if matches!(cause, Cause::Earn(_) | Cause::Redeem { .. }) {
            row.active = now;
        }
        row.transactions.push(slot);
        let counted = counts(&cause) && now > self.edge;
        self.transactions.push(Transaction {
            id,
            account,
            created: now,
            amount,
            description,
            key: None,
            cause,
        });
        self.transaction_ids.insert(id, slot);
        self.transactions_by_date.insert((Reverse(now), id, slot));
        if counted {
            self.count_points(account, amount, now);
        }
        self.reschedule(account, due);
        self.announce_points(account, amount, could_redeem, now);
        Ok(slot)
    }
}
