//! The ledger: contacts, accounts, transactions, what the program offers, and the indexes that find them.
//!
//! Reading is here, changing is in [`change`] and its neighbours. Every lookup is by hash or by ordered list, so that
//! a call costs the same with a million accounts as with a thousand. No answer depends on the order of a hash map.
//!
//! Rows are written by way of [`table`], which notes it for a store; accounts and coupons by
//! [`Ledger::change_account`] and [`Ledger::change_coupon`], which tell the ordered indexes too.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod coupons;
pub(crate) mod expiry;
mod find;
mod indexes;
mod lookup;
pub(crate) mod order;
pub(crate) mod orders;
#[cfg(test)]
pub(crate) mod random;
mod restore;
mod rows;
pub(crate) mod sorted;
mod specification;
pub(crate) mod standing;
pub(crate) mod table;
pub(crate) mod terms;
mod texts;

use std::collections::{BTreeSet, HashMap, HashSet};

use loyalty_contract::Timestamp;
use loyalty_contract::types::{Points, TierDefinition};

use crate::behaviour::RevisionBump;
use crate::events::Events;
use crate::ids::{Id, IdKind, IdSource, Starts};
use crate::query::cell::Collection;
use catalog::{Reward, Tier, TierSettings, TiersStatus};
use coupons::{Coupon, Fate};
use expiry::Expiration;
use lookup::Lookup;
use orders::Orders;
pub(crate) use rows::{Account, Cause, Contact, Earned, Program, ProgramStatus, Slot, Transaction};
use specification::Specifications;
use table::{Kept, Rows};
use terms::Terms;
use texts::Texts;

/// Rows in the default order of every list: newest first, then by id.
pub(crate) type ByDate = BTreeSet<(std::cmp::Reverse<Timestamp>, Id, Slot)>;

/// All that the sandbox remembers of the site.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    ids: IdSource,
    /// The loyalty program.
    pub program: Kept<Program>,
    /// What happened, told to whoever listens.
    pub events: Events,
    /// By how much earns and adjusts raise an account's revision.
    pub revision_bump: RevisionBump,
    contacts: Rows<Contact>,
    accounts: Rows<Account>,
    transactions: Rows<Transaction>,
    contact_ids: Lookup,
    member_ids: Lookup,
    account_ids: Lookup,
    transaction_ids: Lookup,
    keys: Lookup,
    account_starts: Starts,
    transaction_starts: Starts,
    coupon_starts: Starts,
    texts: Texts,
    terms: Terms,
    account_orders: Orders,
    transaction_orders: Orders,
    coupon_orders: Orders,
    totals: Points,
    /// How the tiers work.
    pub settings: Kept<TierSettings>,
    tiers: Rows<Tier>,
    /// Required points and slot of every tier, from the lowest to the highest.
    ladder: Vec<(i64, Slot)>,
    /// The edge of the rolling window: what happened then or before doesn't count for tiers.
    edge: Timestamp,
    /// The edge as a store has to know it: no transaction that counts lies between the two.
    edge_kept: Kept<Timestamp>,
    rewards: Rows<Reward>,
    reward_ids: HashMap<Id, Slot>,
    rewards_by_date: ByDate,
    coupons: Rows<Coupon>,
    coupon_ids: Lookup,
    coupons_of: HashMap<Slot, Vec<Slot>>,
    specifications: Specifications,
    /// What becomes of coupons that are redeemed from now on.
    pub fate: Kept<Fate>,
    /// Coupons in the making, by the real clock.
    making: BTreeSet<(i64, Slot)>,
    /// Points that coupons in the making have set aside, by account.
    aside: HashMap<Slot, i64>,
    /// Redemptions that were refunded.
    refunded: HashSet<Slot>,
    /// Accounts whose points expire, by when.
    dues: BTreeSet<(Timestamp, Slot)>,
}

impl Ledger {
    /// A site without contacts, its program active.
    #[must_use]
    pub(crate) fn new(ids: IdSource, now: Timestamp) -> Self {
        let program = Program {
            name: "Sandbox Rewards".into(),
            points_name: "Points".into(),
            icon: None,
            expiration: Expiration { enabled: false, months: 12, percent: 100, since: now },
            status: ProgramStatus::Active,
            created: now,
            updated: now,
        };
        let edge = now.plus_months(-12);
        Self {
            ids,
            program: Kept::new(program),
            events: Events::new(ids),
            revision_bump: RevisionBump::default(),
            contacts: Rows::default(),
            accounts: Rows::default(),
            transactions: Rows::default(),
            contact_ids: Lookup::default(),
            member_ids: Lookup::default(),
            account_ids: Lookup::default(),
            transaction_ids: Lookup::default(),
            keys: Lookup::default(),
            account_starts: ids.starts(IdKind::Account),
            transaction_starts: ids.starts(IdKind::Transaction),
            coupon_starts: ids.starts(IdKind::Coupon),
            texts: Texts::default(),
            terms: Terms::default(),
            account_orders: Orders::new(Collection::Accounts),
            transaction_orders: Orders::new(Collection::Transactions),
            coupon_orders: Orders::new(Collection::Coupons),
            totals: Points::default(),
            settings: Kept::new(TierSettings {
                status: TiersStatus::Active,
                months: 12,
                base: TierDefinition::default(),
                revision: 1,
                created: now,
                updated: now,
            }),
            tiers: Rows::default(),
            ladder: Vec::new(),
            edge,
            edge_kept: Kept::new(edge),
            rewards: Rows::default(),
            reward_ids: HashMap::new(),
            rewards_by_date: ByDate::new(),
            coupons: Rows::default(),
            coupon_ids: Lookup::default(),
            coupons_of: HashMap::new(),
            specifications: Specifications::default(),
            fate: Kept::new(Fate::default()),
            making: BTreeSet::new(),
            aside: HashMap::new(),
            refunded: HashSet::new(),
            dues: BTreeSet::new(),
        }
    }

    /// Every contact, in the order of creation.
    #[must_use]
    pub(crate) fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Every account, in the order of creation.
    #[must_use]
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Every transaction, in the order of recording.
    #[must_use]
    pub(crate) fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    /// The points of all accounts together.
    #[must_use]
    pub(crate) fn totals(&self) -> &Points {
        &self.totals
    }

    /// The contact at that slot.
    #[must_use]
    pub(crate) fn contact(&self, slot: Slot) -> Option<&Contact> {
        self.contacts.at(slot)
    }

    /// The account at that slot.
    #[must_use]
    pub(crate) fn account(&self, slot: Slot) -> Option<&Account> {
        self.accounts.at(slot)
    }

    /// The transaction at that slot.
    #[must_use]
    pub(crate) fn transaction(&self, slot: Slot) -> Option<&Transaction> {
        self.transactions.at(slot)
    }

    /// Adds a contact; its ids are the next of the seed.
    pub(crate) fn add_contact(&mut self, name: &str, email: &str, is_member: bool) -> &Contact {
        let slot = self.contacts.next();
        let id = self.ids.nth(IdKind::Contact, u64::from(slot));
        let member = is_member.then(|| self.ids.nth(IdKind::Member, u64::from(slot)));
        let starts = self.ids.starts(IdKind::Contact);
        self.contact_ids.insert(id.start(), slot, |slot| starts.nth(u64::from(slot)));
        if let Some(member) = member {
            let starts = self.ids.starts(IdKind::Member);
            self.member_ids.insert(member.start(), slot, |slot| starts.nth(u64::from(slot)));
        }
        self.contacts.add(Contact { id, member, name: name.into(), email: email.into(), account: None });
        // Just added, so it is there; `expect` is not the way of this house.
        #[allow(clippy::indexing_slicing)]
        &self.contacts[slot as usize]
    }
}
