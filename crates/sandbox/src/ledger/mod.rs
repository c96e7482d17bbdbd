//! The ledger: contacts, accounts, transactions and the program, with the indexes that find them.
//!
//! Reading is here, changing is in [`change`]. Every lookup is by hash or by ordered tree, so that a call costs the
//! same with a million accounts as with a thousand. No answer depends on the order of a hash map.

pub(crate) mod change;
mod lookup;
pub(crate) mod orders;
mod restore;
mod rows;
pub(crate) mod sorted;
pub(crate) mod terms;
mod texts;

use loyalty_contract::Timestamp;
use loyalty_contract::types::Points;

use crate::ids::{Id, IdKind, IdSource, Starts, hash};
use crate::query::cell::Collection;
use crate::store::{Changes, Table};
use lookup::Lookup;
use orders::Orders;
pub(crate) use rows::{Account, Cause, Contact, Earned, Program, ProgramStatus, Slot, Transaction};
use terms::Terms;
use texts::Texts;

/// All that the sandbox remembers of the site.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    ids: IdSource,
    /// The loyalty program.
    pub program: Program,
    contacts: Vec<Contact>,
    accounts: Vec<Account>,
    transactions: Vec<Transaction>,
    contact_ids: Lookup,
    member_ids: Lookup,
    account_ids: Lookup,
    transaction_ids: Lookup,
    keys: Lookup,
    account_starts: Starts,
    transaction_starts: Starts,
    texts: Texts,
    terms: Terms,
    account_orders: Orders,
    transaction_orders: Orders,
    totals: Points,
    /// The rows that a store has to be told of.
    pub changes: Changes,
}

impl Ledger {
    /// A site without contacts, its program active.
    #[must_use]
    pub(crate) fn new(ids: IdSource, now: Timestamp) -> Self {
        let program = Program {
            name: "Sandbox Rewards".into(),
            status: ProgramStatus::Active,
            created: now,
            updated: now,
        };
        Self {
            ids,
            program,
            contacts: Vec::new(),
            accounts: Vec::new(),
            transactions: Vec::new(),
            contact_ids: Lookup::default(),
            member_ids: Lookup::default(),
            account_ids: Lookup::default(),
            transaction_ids: Lookup::default(),
            keys: Lookup::default(),
            account_starts: ids.starts(IdKind::Account),
            transaction_starts: ids.starts(IdKind::Transaction),
            texts: Texts::default(),
            terms: Terms::default(),
            account_orders: Orders::new(Collection::Accounts),
            transaction_orders: Orders::new(Collection::Transactions),
            totals: Points::default(),
            changes: Changes::default(),
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

    /// Accounts in the order of each indexed field.
    #[must_use]
    pub(crate) const fn account_orders(&self) -> &Orders {
        &self.account_orders
    }

    /// Accounts by the words of their contacts.
    #[must_use]
    pub(crate) const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Transactions in the order of each indexed field.
    #[must_use]
    pub(crate) const fn transaction_orders(&self) -> &Orders {
        &self.transaction_orders
    }

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

    /// The first half of the id of the transaction at that slot.
    #[must_use]
    pub(crate) fn transaction_start(&self, slot: Slot) -> u64 {
        self.transaction_starts.nth(u64::from(slot))
    }

    /// The id of the transaction at that slot.
    #[must_use]
    pub(crate) fn transaction_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Transaction, u64::from(slot))
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

    /// The transaction that used this key on this account.
    #[must_use]
    pub(crate) fn transaction_by_key(&self, account: Slot, key: &str) -> Option<Slot> {
        self.keys.find(hash(account, key), |slot| {
            self.transaction(slot)
                .is_some_and(|row| row.account == account && row.key.as_deref() == Some(key))
        })
    }

    /// The contact of that id.
    #[must_use]
    pub(crate) fn contact_by_id(&self, id: Id) -> Option<Slot> {
        self.contact_ids.find(id.start(), |slot| self.contact_id(slot) == id)
    }

    fn contact_id(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::Contact, u64::from(slot))
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
        let start = |kind| {
            let starts = ids.starts(kind);
            move |slot| starts.nth(u64::from(slot))
        };
        let transactions = accounts * 6;
        self.contacts.reserve(accounts);
        self.accounts.reserve(accounts);
        self.transactions.reserve(transactions);
        self.contact_ids.reserve(accounts, start(IdKind::Contact));
        self.member_ids.reserve(accounts, start(IdKind::Member));
        self.account_ids.reserve(accounts, start(IdKind::Account));
        self.transaction_ids.reserve(transactions, start(IdKind::Transaction));
        // Most are earned; there are none yet whose keys could be hashed again.
        self.keys.reserve(accounts * 4, |_| 0);
        self.account_orders.pause();
        self.transaction_orders.pause();
    }

    /// Puts the rows in order that were written since the last query. Before every query.
    pub(crate) fn catch_up(&mut self) {
        // The orders read the ledger that they are a part of, so they are taken out meanwhile.
        let mut accounts = self.account_orders.take();
        accounts.catch_up(self);
        self.account_orders = accounts;
        let mut transactions = self.transaction_orders.take();
        transactions.catch_up(self);
        self.transaction_orders = transactions;
    }

    /// Puts all rows in order.
    pub(crate) fn settle(&mut self) {
        let mut accounts = self.account_orders.take();
        accounts.build(self);
        self.account_orders = accounts;
        let mut terms = std::mem::take(&mut self.terms);
        terms.build(self);
        self.terms = terms;
        let mut transactions = self.transaction_orders.take();
        transactions.build(self);
        self.transaction_orders = transactions;
    }

    /// Adds a contact; its ids are the next of the seed.
    pub(crate) fn add_contact(&mut self, name: &str, email: &str, is_member: bool) -> &Contact {
        let slot = self.contacts.len();
        let id = self.ids.nth(IdKind::Contact, slot as u64);
        let member = is_member.then(|| self.ids.nth(IdKind::Member, slot as u64));
        let index = Slot::try_from(slot).unwrap_or(Slot::MAX);
        let ids = self.ids;
        let start = |kind| {
            let starts = ids.starts(kind);
            move |slot| starts.nth(u64::from(slot))
        };
        self.contact_ids.insert(id.start(), index, start(IdKind::Contact));
        if let Some(member) = member {
            self.member_ids.insert(member.start(), index, start(IdKind::Member));
        }
        self.changes.touch(Table::Contacts, index);
        self.contacts.push(Contact { id, member, name: name.into(), email: email.into(), account: None });
        // Just pushed, so the last one is there; `expect` is not the way of this house.
        #[allow(clippy::indexing_slicing)]
        &self.contacts[slot]
    }
}
