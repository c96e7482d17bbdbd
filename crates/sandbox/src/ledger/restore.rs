//! Rows that come back from a store: they are put where they were, without the checks of a change.

use std::sync::Arc;

use super::{Account, Cause, Ledger, Slot, Transaction};

impl Ledger {
    /// The text, shared with the rows that have the same.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(text)
    }

    /// Puts the next account back. `None` if its contact is missing or has one.
    pub(crate) fn restore_account(&mut self, account: Account) -> Option<()> {
        let slot = Slot::try_from(self.accounts.len()).ok()?;
        let contact = self.contacts.get_mut(account.contact as usize)?;
        if contact.account.replace(slot).is_some() {
            return None;
        }
        let starts = self.account_starts;
        self.account_ids.insert(account.id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.accounts.push(account);
        Some(())
    }

    /// Puts the next transaction back. `None` if its account or what it refunds is missing, or its key was used.
    pub(crate) fn restore_transaction(&mut self, transaction: Transaction) -> Option<()> {
        let slot = Slot::try_from(self.transactions.len()).ok()?;
        if matches!(transaction.cause, Cause::Refund { of } if of >= slot) {
            return None;
        }
        let key = transaction.key.clone();
        if key.as_deref().is_some_and(|key| self.transaction_by_key(transaction.account, key).is_some()) {
            return None;
        }
        let account = transaction.account;
        self.accounts.get_mut(account as usize)?.transactions.push(slot);
        let starts = self.transaction_starts;
        self.transaction_ids.insert(transaction.id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.transactions.push(transaction);
        if let Some(key) = key {
            self.note_key(account, &key, slot);
        }
        Some(())
    }

    /// Adds the totals up, and checks that accounts and transactions agree.
    ///
    /// # Errors
    /// A sentence that names the first account that does not add up.
    pub(crate) fn check_sums(&mut self) -> Result<(), String> {
        let mut totals = super::Points::default();
        for row in &self.accounts {
            let points = &row.points;
            let moved = row.transactions.iter().filter_map(|slot| self.transactions.get(*slot as usize));
            let sum: i64 = moved.map(|transaction| transaction.amount).sum();
            let identity = points.earned + points.adjusted - points.redeemed - points.expired;
            if points.balance < 0 || points.balance != sum || points.balance != identity {
                return Err(format!("The points of account {} don't add up.", row.id));
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
