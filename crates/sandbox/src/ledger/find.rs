//! Finds rows by what they are known by: ids, a contact, a member, a key.

use super::{Contact, Ledger, Slot};
use crate::ids::{Id, IdKind, hash};

impl Ledger {
    /// The id of the account at that slot. Made, not looked up: that is quicker than memory.
    #[must_use]
    pub(crate) fn account_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Account, u64::from(slot))
    }

    /// The first half of that id.
    #[must_use]
    pub(crate) fn account_start(&self, slot: Slot) -> u64 {
        self.account_starts.nth(u64::from(slot))
    }

    /// The id of the transaction at that slot.
    #[must_use]
    pub(crate) fn transaction_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Transaction, u64::from(slot))
    }

    /// The first half of that id.
    #[must_use]
    pub(crate) fn transaction_start(&self, slot: Slot) -> u64 {
        self.transaction_starts.nth(u64::from(slot))
    }

    /// The id of the coupon at that slot.
    #[must_use]
    pub(crate) fn coupon_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Coupon, u64::from(slot))
    }

    /// The first half of that id.
    #[must_use]
    pub(crate) fn coupon_start(&self, slot: Slot) -> u64 {
        self.coupon_starts.nth(u64::from(slot))
    }

    /// The id of the reward at that slot.
    #[must_use]
    pub(crate) fn reward_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Reward, u64::from(slot))
    }

    fn contact_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Contact, u64::from(slot))
    }

    /// The contact of that id.
    #[must_use]
    pub(crate) fn contact_by_id(&self, id: Id) -> Option<Slot> {
        self.contact_ids.find(id.start(), |slot| self.contact_id(slot) == id)
    }

    /// The account of that id.
    #[must_use]
    pub(crate) fn account_by_id(&self, id: Id) -> Option<Slot> {
        self.account_ids
            .find(id.start(), |slot| self.account_start(slot) == id.start() && self.account_id(slot) == id)
    }

    /// The account of that contact.
    #[must_use]
    pub(crate) fn account_of_contact(&self, id: Id) -> Option<Slot> {
        self.contact(self.contact_by_id(id)?)?.account
    }

    /// The account of that member.
    #[must_use]
    pub(crate) fn account_of_member(&self, id: Id) -> Option<Slot> {
        self.contact_of_member(id)?.account
    }

    /// The contact that this member is.
    #[must_use]
    pub(crate) fn contact_of_member(&self, id: Id) -> Option<&Contact> {
        let is = |slot| self.contact(slot).is_some_and(|row| row.member == Some(id));
        self.contact(self.member_ids.find(id.start(), is)?)
    }

    /// The transaction of that id.
    #[must_use]
    pub(crate) fn transaction_by_id(&self, id: Id) -> Option<Slot> {
        self.transaction_ids.find(id.start(), |slot| {
            self.transaction_start(slot) == id.start() && self.transaction_id(slot) == id
        })
    }

    /// The coupon of that id, unless it was deleted.
    #[must_use]
    pub(crate) fn coupon_by_id(&self, id: Id) -> Option<Slot> {
        let slot = self.coupon_ids.find(id.start(), |slot| self.coupon_id(slot) == id)?;
        self.coupon(slot).filter(|row| !row.gone).map(|_| slot)
    }

    /// The transaction that used this key on this account.
    #[must_use]
    pub(crate) fn transaction_by_key(&self, account: Slot, key: &str) -> Option<Slot> {
        self.keys.find(hash(account, key), |slot| {
            self.transaction(slot)
                .is_some_and(|row| row.account == account && row.key.as_deref() == Some(key))
        })
    }
}
