//! The ledger: contacts, accounts, transactions and the program, with the indexes that find them.
//!
//! Reading is here, changing is in [`change`]. Every lookup is by hash or by ordered tree, so that a call costs the
//! same with a million accounts as with a thousand. No answer depends on the order of a hash map.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod coupons;
pub(crate) mod expiry;
mod rows;
mod specification;
pub(crate) mod standing;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use loyalty_contract::Timestamp;
use loyalty_contract::types::{Points, TierDefinition};

use crate::events::Events;
use crate::ids::{Id, IdKind, IdSource};
use catalog::{Reward, Tier, TierSettings, TiersStatus};
use coupons::{Coupon, Fate};
use expiry::Expiration;
pub(crate) use rows::{Account, Cause, Contact, Program, ProgramStatus, Slot, Transaction};

/// Rows in the default order of every list: newest first, then by id.
pub(crate) type ByDate = BTreeSet<(Reverse<Timestamp>, Id, Slot)>;

/// All that the sandbox remembers of the site.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    ids: IdSource,
    /// The loyalty program.
    pub program: Program,
    /// What happened, told to whoever listens.
    pub events: Events,
    contacts: Vec<Contact>,
    accounts: Vec<Account>,
    transactions: Vec<Transaction>,
    contact_ids: HashMap<Id, Slot>,
    member_ids: HashMap<Id, Slot>,
    account_ids: HashMap<Id, Slot>,
    transaction_ids: HashMap<Id, Slot>,
    keys: HashMap<(Slot, Box<str>), Slot>,
    accounts_by_date: ByDate,
    transactions_by_date: ByDate,
    totals: Points,
    /// How the tiers work.
    pub settings: TierSettings,
    tiers: Vec<Tier>,
    /// Required points and slot of every tier, from the lowest to the highest.
    ladder: Vec<(i64, Slot)>,
    /// The edge of the rolling window: what happened then or before doesn't count for tiers.
    edge: Timestamp,
    rewards: Vec<Reward>,
    reward_ids: HashMap<Id, Slot>,
    rewards_by_date: ByDate,
    coupons: Vec<Coupon>,
    coupon_ids: HashMap<Id, Slot>,
    coupons_by_date: ByDate,
    coupons_of: HashMap<Slot, Vec<Slot>>,
    /// What becomes of coupons that are redeemed from now on.
    pub fate: Fate,
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
        Self {
            ids,
            program,
            events: Events::new(ids),
            contacts: Vec::new(),
            accounts: Vec::new(),
            transactions: Vec::new(),
            contact_ids: HashMap::new(),
            member_ids: HashMap::new(),
            account_ids: HashMap::new(),
            transaction_ids: HashMap::new(),
            keys: HashMap::new(),
            accounts_by_date: ByDate::new(),
            transactions_by_date: ByDate::new(),
            totals: Points::default(),
            settings: TierSettings {
                status: TiersStatus::Active,
                months: 12,
                base: TierDefinition::default(),
                revision: 1,
                created: now,
                updated: now,
            },
            tiers: Vec::new(),
            ladder: Vec::new(),
            edge: now.plus_months(-12),
            rewards: Vec::new(),
            reward_ids: HashMap::new(),
            rewards_by_date: ByDate::new(),
            coupons: Vec::new(),
            coupon_ids: HashMap::new(),
            coupons_by_date: ByDate::new(),
            coupons_of: HashMap::new(),
            fate: Fate::default(),
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

    /// Accounts, newest first.
    #[must_use]
    pub(crate) fn accounts_by_date(&self) -> &ByDate {
        &self.accounts_by_date
    }

    /// Transactions, newest first.
    #[must_use]
    pub(crate) fn transactions_by_date(&self) -> &ByDate {
        &self.transactions_by_date
    }

    /// The contact at that slot.
    #[must_use]
    pub(crate) fn contact(&self, slot: Slot) -> Option<&Contact> {
        self.contacts.get(slot as usize)
    }

    /// The account at that slot.
    #[must_use]
    pub(crate) fn account(&self, slot: Slot) -> Option<&Account> {
        self.accounts.get(slot as usize)
    }

    /// The transaction at that slot.
    #[must_use]
    pub(crate) fn transaction(&self, slot: Slot) -> Option<&Transaction> {
        self.transactions.get(slot as usize)
    }

    /// The account of that id.
    #[must_use]
    pub(crate) fn account_by_id(&self, id: Id) -> Option<Slot> {
        self.account_ids.get(&id).copied()
    }

    /// The account of that contact.
    #[must_use]
    pub(crate) fn account_of_contact(&self, id: Id) -> Option<Slot> {
        self.contact(*self.contact_ids.get(&id)?)?.account
    }

    /// The account of that member.
    #[must_use]
    pub(crate) fn account_of_member(&self, id: Id) -> Option<Slot> {
        self.contact_of_member(id)?.account
    }

    /// The contact that this member is.
    #[must_use]
    pub(crate) fn contact_of_member(&self, id: Id) -> Option<&Contact> {
        self.contact(*self.member_ids.get(&id)?)
    }

    /// The transaction of that id.
    #[must_use]
    pub(crate) fn transaction_by_id(&self, id: Id) -> Option<Slot> {
        self.transaction_ids.get(&id).copied()
    }

    /// The transaction that used this key on this account.
    #[must_use]
    pub(crate) fn transaction_by_key(&self, account: Slot, key: &str) -> Option<Slot> {
        // A map with a pair as its key can't be asked by a borrowed pair; keys are short, so one is made.
        self.keys.get(&(account, key.into())).copied()
    }

    /// Adds a contact; its ids are the next of the seed.
    pub(crate) fn add_contact(&mut self, name: &str, email: &str, is_member: bool) -> &Contact {
        let slot = self.contacts.len();
        let id = self.ids.nth(IdKind::Contact, slot as u64);
        let member = is_member.then(|| self.ids.nth(IdKind::Member, slot as u64));
        let index = Slot::try_from(slot).unwrap_or(Slot::MAX);
        self.contact_ids.insert(id, index);
        if let Some(member) = member {
            self.member_ids.insert(member, index);
        }
        self.contacts.push(Contact { id, member, name: name.into(), email: email.into(), account: None });
        // Just pushed, so the last one is there; `expect` is not the way of this house.
        #[allow(clippy::indexing_slicing)]
        &self.contacts[slot]
    }
}
