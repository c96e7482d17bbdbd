//! Rows that the ordered indexes go over: how they are changed, and how the indexes catch up.

use loyalty_contract::Timestamp;

use super::orders::{EXPIRY, Orders};
use super::terms::Terms;
use super::{Account, Ledger, Slot};
use crate::ids::{IdKind, IdSource, Starts};
use crate::ledger::coupons::Coupon;

impl Ledger {
    /// The account at a slot, to be changed: the one way to it.
    pub(super) fn change_account(&mut self, slot: Slot) -> Option<&mut Account> {
        let keys = self.account_orders.keys(self, slot);
        self.account_orders.note(slot, keys);
        self.accounts.change(slot)
    }

    /// The coupon at a slot, to be changed: the one way to it.
    pub(super) fn change_coupon(&mut self, slot: Slot) -> Option<&mut Coupon> {
        let keys = self.coupon_orders.keys(self, slot);
        self.coupon_orders.note(slot, keys);
        self.coupons.change(slot)
    }

    /// The terms of expiry have changed, and with them what every account lists of it.
    pub(super) fn spoil_expiry(&mut self) {
        self.account_orders.spoil(EXPIRY);
    }

    /// Accounts in the order of each indexed field.
    #[must_use]
    pub(crate) const fn account_orders(&self) -> &Orders {
        &self.account_orders
    }

    /// Transactions in the order of each indexed field.
    #[must_use]
    pub(crate) const fn transaction_orders(&self) -> &Orders {
        &self.transaction_orders
    }

    /// Coupons in the order of each indexed field.
    #[must_use]
    pub(crate) const fn coupon_orders(&self) -> &Orders {
        &self.coupon_orders
    }

    /// Accounts by the words of their contacts.
    #[must_use]
    pub(crate) const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The words of a new account's contact.
    pub(super) fn note_words(&mut self, account: Slot, contact: Slot) {
        if !self.account_orders.is_paused()
            && let Some(contact) = self.contacts.at(contact)
        {
            self.terms.insert(account, contact);
        }
    }

    /// The same, with room for that many accounts with a few transactions each. Nothing is put in order until
    /// [`Ledger::settle`]: sorting a million rows once is quicker than putting each in its place.
    #[must_use]
    pub(crate) fn unsettled(ids: IdSource, now: Timestamp, accounts: usize) -> Self {
        let mut ledger = Self::new(ids, now);
        ledger.expect_rows(accounts);
        ledger
    }

    fn expect_rows(&mut self, accounts: usize) {
        let ids = self.ids;
        let start = |starts: Starts| move |slot| starts.nth(u64::from(slot));
        let transactions = accounts * 6;
        self.contacts.reserve(accounts);
        self.accounts.reserve(accounts);
        self.transactions.reserve(transactions);
        self.coupons.reserve(accounts);
        self.contact_ids.reserve(accounts, start(ids.starts(IdKind::Contact)));
        self.member_ids.reserve(accounts, start(ids.starts(IdKind::Member)));
        self.account_ids.reserve(accounts, start(self.account_starts));
        self.transaction_ids.reserve(transactions, start(self.transaction_starts));
        self.coupon_ids.reserve(accounts, start(self.coupon_starts));
        // Most are earned; there are none yet whose keys could be hashed again.
        self.keys.reserve(accounts * 4, |_| 0);
        for orders in [&mut self.account_orders, &mut self.transaction_orders, &mut self.coupon_orders] {
            orders.pause();
        }
    }

    /// Puts the rows in order that were written since the last query. Before every query.
    pub(crate) fn catch_up(&mut self) {
        self.with_orders(Orders::catch_up);
    }

    /// Puts rows in order where so many wait that the next query would feel it.
    pub(super) fn keep_up(&mut self) {
        let all = [&self.account_orders, &self.transaction_orders, &self.coupon_orders];
        if all.iter().any(|orders| orders.is_late(self)) {
            self.catch_up();
        }
    }

    /// Puts all rows in order.
    pub(crate) fn settle(&mut self) {
        self.with_orders(Orders::build);
        let mut terms = std::mem::take(&mut self.terms);
        terms.build(self);
        self.terms = terms;
    }

    /// The orders read the ledger that they are a part of, so they are taken out meanwhile.
    fn with_orders(&mut self, work: fn(&mut Orders, &Self)) {
        let mut accounts = self.account_orders.take();
        work(&mut accounts, self);
        self.account_orders = accounts;
        let mut transactions = self.transaction_orders.take();
        work(&mut transactions, self);
        self.transaction_orders = transactions;
        let mut coupons = self.coupon_orders.take();
        work(&mut coupons, self);
        self.coupon_orders = coupons;
    }
}
