//! The changes of the ledger. Each checks everything before it writes anything, so a refused one changes nothing.

use loyalty_contract::Timestamp;
use loyalty_contract::types::{EarnInfo, Points};

use super::expiry::Rest;
use super::standing::{Standing, counts};
use super::{Account, Cause, Earned, Ledger, ProgramStatus, Slot, Transaction};
use crate::ids::{Id, hash};

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
        let contact_slot = self.contact_by_id(contact).ok_or(Refusal::NotFound("contact"))?;
        let slot = self.accounts.next();
        let id = self.account_id(slot);
        if self.contact(contact_slot).is_some_and(|row| row.account.is_some()) {
            return Err(Refusal::AccountExists);
        }
        if self.program.status != ProgramStatus::Active {
            return Err(Refusal::NotActive(self.program.status));
        }
        if let Some(row) = self.contacts.change(contact_slot) {
            row.account = Some(slot);
        }
        self.accounts.add(Account {
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
        let starts = self.account_starts;
        self.account_ids.insert(id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.note_words(slot, contact_slot);
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
        let cause = Cause::Earn(Box::new(Earned {
            app: self.texts.share(&info.app_id),
            activity: info.activity_type.map(|activity| self.texts.share(&activity)),
            order: info.order_id.map(Into::into),
            social: info.followed_social_media.map(Box::new),
        }));
        self.record(account, amount, cause, (description, Some(key)), change, now)
    }

    pub(super) fn note_key(&mut self, account: Slot, key: &str, slot: Slot) {
        let rows = &self.transactions;
        self.keys.insert(hash(account, key), slot, |slot| {
            let row = rows.at(slot);
            row.map_or(0, |row| hash(row.account, row.key.as_deref().unwrap_or_default()))
        });
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
        self.record(account, amount, Cause::Adjust { before }, (description, None), change, now)
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
        self.record(account, -cost, Cause::Redeem { reward, coupon }, (None, None), change, now)
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
        let refund =
            self.record(account, amount, Cause::Refund { of: redemption }, (None, None), change, now)?;
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
        self.record(account, -amount, Cause::Expire { before }, (None, None), change, now)
    }

    /// The one place that moves points: checks, then writes account, totals, transaction and indexes together.
    fn record(
        &mut self,
        account: Slot,
        amount: i64,
        cause: Cause,
        (description, key): (Option<Box<str>>, Option<Box<str>>),
        change: Change,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        let could_redeem = self.could_redeem(account);
        let due = self.due_of(account);
        let row = self.account(account).ok_or(Refusal::NotFound("account"))?;
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
        if due.is_none() {
            self.pass_periods(account, now);
        }
        let slot = self.transactions.next();
        let id = self.transaction_id(slot);
        let move_points = |points: &mut Points| {
            points.balance += amount;
            change(points, amount);
        };
        let bump = match cause {
            Cause::Earn(_) => self.revision_bump.earn,
            Cause::Adjust { .. } => self.revision_bump.adjust,
            _ => 1,
        };
        move_points(&mut self.totals);
        let row = self.change_account(account).ok_or(Refusal::NotFound("account"))?;
        move_points(&mut row.points);
        row.revision += u64::from(bump);
        row.updated = now;
        if matches!(cause, Cause::Earn(_) | Cause::Redeem { .. }) {
            row.active = now;
        }
        row.transactions.push(slot);
        let counted = counts(&cause) && now > self.edge;
        if counts(&cause) && !counted {
            self.keep_edge();
        }
        let description = description.map(|text| self.texts.share(&text));
        self.transactions.add(Transaction {
            id,
            account,
            created: now,
            amount,
            description,
            key: key.clone(),
            cause,
        });
        let starts = self.transaction_starts;
        self.transaction_ids.insert(id.start(), slot, |slot| starts.nth(u64::from(slot)));
        if let Some(key) = key {
            self.note_key(account, &key, slot);
        }
        if counted {
            self.count_points(account, amount, now);
        }
        self.reschedule(account, due);
        self.announce_points(account, amount, could_redeem, now);
        self.keep_up();
        Ok(slot)
    }
}
