//! Contacts, accounts and transactions as bytes. Ids are not in them: they follow from the seed and the slot.

use std::collections::BTreeSet;

use loyalty_contract::Timestamp;
use loyalty_contract::types::{FollowedSocialMedia, Points};

use super::bytes::{Reader, Writer};
use super::{Stored, Table};
use crate::ledger::expiry::Rest;
use crate::ledger::standing::Standing;
use crate::ledger::{Account, Cause, Earned, Transaction};
use crate::sandbox::Sandbox;

/// The version that is written of every row.
pub(super) const VERSION: u64 = 1;

/// A row of a version that is known.
pub(super) fn versioned(row: &mut Reader<'_>) -> Option<()> {
    (row.number()? == VERSION).then_some(())
}

/// The key must be the next slot: rows are never removed, so a gap is a file that lost one.
pub(super) fn is_next(key: u32, length: usize) -> Option<()> {
    (key as usize == length).then_some(())
}

/// A key, if there are so many rows.
pub(super) fn within(key: u32, length: usize) -> Option<u32> {
    ((key as usize) < length).then_some(key)
}

/// The contacts.
pub(super) struct Contacts;

impl Stored for Contacts {
    const TABLE: Table = Table::Contacts;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.contacts().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_contacts().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_contacts().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let contact = sandbox.ledger.contact(key)?;
        row.number(VERSION).number(contact.member.is_some().into()).text(&contact.name).text(&contact.email);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.contacts().len())?;
        let is_member = row.number()? == 1;
        let (name, email) = (row.text()?, row.text()?);
        sandbox.ledger.add_contact(name, email, is_member);
        Some(())
    }
}

/// The accounts.
pub(super) struct Accounts;

impl Stored for Accounts {
    const TABLE: Table = Table::Accounts;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.accounts().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_accounts().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_accounts().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let account = sandbox.ledger.account(key)?;
        let Account { id: _, contact, points, revision, created, updated, active, transactions: _, .. } =
            account;
        let Account { standing, rest, .. } = account;
        row.number(VERSION).number(u64::from(*contact)).number(*revision);
        for moment in [created, updated, active, &standing.since, &rest.since] {
            row.signed(moment.0);
        }
        for part in [points.balance, points.earned, points.adjusted, points.redeemed, points.expired] {
            row.signed(part);
        }
        row.signed(standing.points).slot(standing.tier).signed(rest.times);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.accounts().len())?;
        let (contact, revision) = (row.small()?, row.number()?);
        let mut moment = || row.signed().map(Timestamp);
        let (created, updated, active) = (moment()?, moment()?, moment()?);
        let (in_tier_since, resting_since) = (moment()?, moment()?);
        let account = Account {
            id: sandbox.ledger.account_id(key),
            contact,
            revision,
            created,
            updated,
            active,
            points: Points {
                balance: row.signed()?,
                earned: row.signed()?,
                adjusted: row.signed()?,
                redeemed: row.signed()?,
                expired: row.signed()?,
            },
            transactions: Vec::new(),
            standing: Standing { points: row.signed()?, tier: row.maybe_slot()?, since: in_tier_since },
            rest: Rest { since: resting_since, times: row.signed()? },
        };
        sandbox.ledger.restore_account(account)
    }
}

/// The transactions.
pub(super) struct Transactions;

impl Stored for Transactions {
    const TABLE: Table = Table::Transactions;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.transactions().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_transactions().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_transactions().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let Transaction { id: _, account, created, amount, description, key, cause } =
            sandbox.ledger.transaction(key)?;
        row.number(VERSION).number(u64::from(*account)).signed(created.0).signed(*amount);
        row.maybe(description.as_deref()).maybe(key.as_deref());
        match cause {
            Cause::Earn(earned) => {
                let social = earned.social.as_ref().map(|social| social.channel.as_deref());
                row.number(0).text(&earned.app).maybe(earned.activity.as_deref());
                row.maybe(earned.order.as_deref()).number(social.is_some().into());
                if let Some(channel) = social {
                    row.maybe(channel);
                }
            }
            Cause::Adjust { before } => drop(row.number(1).signed(*before)),
            Cause::Redeem { reward, coupon } => drop(row.number(2).number(u64::from(*reward)).slot(*coupon)),
            Cause::Refund { of } => drop(row.number(3).number(u64::from(*of))),
            Cause::Expire { before } => drop(row.number(4).signed(*before)),
        }
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.transactions().len())?;
        let ledger = &mut sandbox.ledger;
        let transaction = Transaction {
            id: ledger.transaction_id(key),
            account: row.small()?,
            created: Timestamp(row.signed()?),
            amount: row.signed()?,
            description: row.maybe()?.map(|text| ledger.share(text)),
            key: row.maybe()?.map(Into::into),
            cause: match row.number()? {
                0 => Cause::Earn(Box::new(Earned {
                    app: ledger.share(row.text()?),
                    activity: row.maybe()?.map(|text| ledger.share(text)),
                    order: row.maybe()?.map(Into::into),
                    social: match row.number()? {
                        0 => None,
                        _ => Some(Box::new(FollowedSocialMedia { channel: row.maybe()?.map(str::to_owned) })),
                    },
                })),
                1 => Cause::Adjust { before: row.signed()? },
                2 => Cause::Redeem { reward: row.small()?, coupon: row.maybe_slot()? },
                3 => Cause::Refund { of: row.small()? },
                4 => Cause::Expire { before: row.signed()? },
                _ => return None,
            },
        };
        ledger.restore_transaction(transaction)
    }
}
