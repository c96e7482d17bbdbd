//! Rows that come back from a store: they are put where they were, without the checks of a change. What follows from
//! them (sums, counts, indexes) is not kept, but made again.

use std::sync::Arc;

use loyalty_contract::Timestamp;
use loyalty_contract::types::CouponSpecification;

use super::catalog::{Reward, Tier};
use super::coupons::{Coupon, CouponStatus};
use super::standing::counts;
use super::table::{Kept, Rows};
use super::{Account, Cause, Contact, Ledger, Transaction};

impl Ledger {
    /// The contacts, as a store has to know them.
    pub(crate) const fn kept_contacts(&mut self) -> &mut Rows<Contact> {
        &mut self.contacts
    }

    /// The accounts, as a store has to know them.
    pub(crate) const fn kept_accounts(&mut self) -> &mut Rows<Account> {
        &mut self.accounts
    }

    /// The transactions, as a store has to know them.
    pub(crate) const fn kept_transactions(&mut self) -> &mut Rows<Transaction> {
        &mut self.transactions
    }

    /// The tiers, as a store has to know them.
    pub(crate) const fn kept_tiers(&mut self) -> &mut Rows<Tier> {
        &mut self.tiers
    }

    /// The rewards, as a store has to know them.
    pub(crate) const fn kept_rewards(&mut self) -> &mut Rows<Reward> {
        &mut self.rewards
    }

    /// The coupons, as a store has to know them.
    pub(crate) const fn kept_coupons(&mut self) -> &mut Rows<Coupon> {
        &mut self.coupons
    }

    /// The window's edge, as a store has to know it.
    pub(crate) const fn kept_edge(&mut self) -> &mut Kept<Timestamp> {
        &mut self.edge_kept
    }

    /// That edge.
    #[must_use]
    pub(crate) fn edge_for_store(&self) -> Timestamp {
        *self.edge_kept
    }

    /// Puts the window's edge back.
    pub(crate) fn restore_edge(&mut self, edge: Timestamp) {
        self.edge = edge;
        *self.edge_kept = edge;
    }

    /// The text, shared with the rows that have the same.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(text)
    }

    /// What a coupon does, from JSON text, shared with those that do the same.
    pub(crate) fn share_specification(&mut self, text: &str) -> Option<Arc<CouponSpecification>> {
        self.specifications.restore(text)
    }

    /// Puts the next tier back.
    pub(crate) fn restore_tier(&mut self, tier: Tier) {
        self.tiers.add(tier);
    }

    /// Puts the next reward back.
    pub(crate) fn restore_reward(&mut self, reward: Reward) {
        let slot = self.rewards.next();
        if !reward.gone {
            self.list_reward(slot, &reward);
        }
        self.rewards.add(reward);
    }

    /// Puts the next account back. `None` if its contact or tier is missing, or the contact has another account.
    pub(crate) fn restore_account(&mut self, account: Account) -> Option<()> {
        let slot = self.accounts.next();
        let contact = self.contacts.change(account.contact)?;
        if contact.account.replace(slot).is_some() {
            return None;
        }
        if let Some(tier) = account.standing.tier {
            self.tiers.change(tier)?.accounts += 1;
        }
        let starts = self.account_starts;
        self.account_ids.insert(account.id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.accounts.add(account);
        Some(())
    }

    /// Puts the next transaction back. `None` if its account or what it refunds is missing, or its key was used.
    pub(crate) fn restore_transaction(&mut self, transaction: Transaction) -> Option<()> {
        let slot = self.transactions.next();
        if let Cause::Refund { of } = transaction.cause
            && (of >= slot || !self.refunded.insert(of))
        {
            return None;
        }
        let key = transaction.key.clone();
        if key.as_deref().is_some_and(|key| self.transaction_by_key(transaction.account, key).is_some()) {
            return None;
        }
        let account = transaction.account;
        self.accounts.change(account)?.transactions.push(slot);
        let starts = self.transaction_starts;
        self.transaction_ids.insert(transaction.id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.transactions.add(transaction);
        if let Some(key) = key {
            self.note_key(account, &key, slot);
        }
        Some(())
    }

    /// Puts the next coupon back. `None` if its account, its reward or its transaction is missing.
    pub(crate) fn restore_coupon(&mut self, coupon: Coupon) -> Option<()> {
        let slot = self.coupons.next();
        self.account(coupon.account).and(self.reward(coupon.reward))?;
        if coupon.transaction.is_some_and(|slot| self.transaction(slot).is_none()) {
            return None;
        }
        let starts = self.coupon_starts;
        self.coupon_ids.insert(coupon.id.start(), slot, |slot| starts.nth(u64::from(slot)));
        if !coupon.gone {
            self.coupons_of.entry(coupon.account).or_default().push(slot);
        }
        let is_pending = coupon.status == CouponStatus::Pending;
        self.coupons.add(coupon);
        if is_pending {
            self.await_making(slot);
        }
        Some(())
    }

    /// Makes what follows from the rows, and checks that they agree.
    ///
    /// # Errors
    /// A sentence that names the first row that does not fit the others.
    pub(crate) fn end_restoring(&mut self) -> Result<(), String> {
        for row in &*self.transactions {
            if let Cause::Redeem { reward, coupon } = row.cause
                && (self.reward(reward).is_none() || coupon.is_some_and(|slot| self.coupon(slot).is_none()))
            {
                return Err(format!("What transaction {} was for is missing.", row.id));
            }
        }
        self.add_up()?;
        self.order_ladder();
        self.settle();
        self.schedule_all();
        Ok(())
    }

    fn add_up(&mut self) -> Result<(), String> {
        let mut totals = super::Points::default();
        for row in &*self.accounts {
            let points = &row.points;
            let moved = || row.transactions.iter().filter_map(|slot| self.transaction(*slot));
            let sum: i64 = moved().map(|transaction| transaction.amount).sum();
            let counted = moved().filter(|moved| counts(&moved.cause) && moved.created > self.edge);
            let counted: i64 = counted.map(|transaction| transaction.amount).sum();
            let identity = points.earned + points.adjusted - points.redeemed - points.expired;
            if points.balance < 0 || points.balance != sum || points.balance != identity {
                return Err(format!("The points of account {} don't add up.", row.id));
            }
            if row.standing.points != counted {
                return Err(format!(
                    "The points of account {} that count for its tier don't add up.",
                    row.id
                ));
            }
            totals.balance += points.balance;
            totals.earned += points.earned;
            totals.adjusted += points.adjusted;
            totals.redeemed += points.redeemed;
            totals.expired += points.expired;
        }
        self.totals = totals;
        Ok(())
    }
}
